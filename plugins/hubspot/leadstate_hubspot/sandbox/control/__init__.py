"""The control API: what people in the CRM, the network and the clock do."""
