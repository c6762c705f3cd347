"""Use cases, one verb a file.  Each takes the `App` that `bootstrap` put together.

A change comes in at the inbox, is decided by pure code, is committed once, and leaves
by the outbox.  Nothing flows back.
"""
