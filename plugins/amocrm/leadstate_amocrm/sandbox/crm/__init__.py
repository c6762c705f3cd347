"""The account itself: leads, rules and history, knowing nothing of HTTP."""
