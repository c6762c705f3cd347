"""Exports: what the store knows, as files for other tools, without growing memory."""
