"""The v4 API: what each path answers."""
