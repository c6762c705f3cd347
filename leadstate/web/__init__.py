"""The HTTP edge: the receiver of webhooks (FastAPI).  It stores and answers, no more."""
