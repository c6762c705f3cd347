"""The portal itself: records, rules and history, knowing nothing of HTTP."""
