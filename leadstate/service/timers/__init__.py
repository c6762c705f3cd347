"""SLAs and wake-ups: timers that come due, clocks that are kept and shown."""
