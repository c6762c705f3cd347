"""The control API under /_sandbox/: what people and the network do."""
