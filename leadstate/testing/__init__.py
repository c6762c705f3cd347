"""The shipped kit for tests: time that stands still until a test moves it.

Never imported by Leadstate itself.
"""

from leadstate.testing.clock import FrozenClock

__all__ = ["FrozenClock"]
