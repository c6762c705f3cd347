"""What the local twins of CRMs have in common, whatever the CRM.

The plugins' sandboxes are built from these parts: a served socket, a clock, a request
log, faults on request, deliveries.  Nothing here knows a CRM, and Leadstate itself
never imports it; `server` and `lines` need the `sandbox` extra of a plugin.
"""
