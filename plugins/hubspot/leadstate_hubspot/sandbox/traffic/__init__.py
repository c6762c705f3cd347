"""What stands between a client and the portal: tokens, limits, faults, the log."""
