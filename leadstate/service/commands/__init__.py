"""What people ask for: moves, agreements, edits, pauses, links."""
