"""What the CRMs tell: read, recognised, and made into plans."""
