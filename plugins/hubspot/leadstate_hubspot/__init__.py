"""HubSpot for Leadstate: the adapter and the sandbox."""
