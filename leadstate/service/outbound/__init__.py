"""What goes out: writes to the CRMs, hand-offs, tasks, messages."""
