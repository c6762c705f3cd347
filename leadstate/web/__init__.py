"""The HTTP edge: the receiver of webhooks.  It stores and answers, no more."""
