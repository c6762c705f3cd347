"""What stands between a client and the account: tokens, limits, faults."""
