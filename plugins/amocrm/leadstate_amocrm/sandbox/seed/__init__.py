"""Who is in a new account; the same seed always brings the same people."""
