"""Who lives in a new portal; the same seed always brings the same people."""
