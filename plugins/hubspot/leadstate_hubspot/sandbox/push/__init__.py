"""Webhooks: what is subscribed to, how it is told, signed and delivered."""
