"""The amoCRM adapter and the amoCRM sandbox."""
