"""The API itself: one routing table, and an endpoint for every row."""
