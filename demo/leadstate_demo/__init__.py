"""The demo: the whole product against two sandboxes, on real HTTP.

A distribution of its own, because it needs the receiver and a CRM's sandbox.  The
command line finds it by its entry point in the group ``leadstate.commands``.
"""
