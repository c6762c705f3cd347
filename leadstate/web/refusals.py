"""Log refused webhooks, but no more lines than somebody can read.

Whoever forges requests decides how many there are, not how long our log gets: the first
ones have a line each, then there is one line a minute that says how many it stands for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

__all__ = ["Refusals"]

_EACH: Final = 5  # lines of their own, until it has been quiet for a minute
_QUIET: Final = timedelta(minutes=1)

log = structlog.get_logger("leadstate.receiver")


@dataclass(slots=True)
class _Burst:
    """What one connection refused lately.

    Attributes:
        lines: How many lines were written.
        silent: How many refusals had none since the last line.
        spoke_at: When the last line was written (aware UTC).
    """

    spoke_at: datetime
    lines: int = 0
    silent: int = 0


class Refusals:
    """Tells the log of refused webhooks; lives on one event loop."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._bursts: dict[str, _Burst] = {}

    def tell(self, connection: str, error: str) -> None:
        """Write a line about a refusal, or count it for the next line."""
        now = self._now()
        burst = self._bursts.setdefault(connection, _Burst(spoke_at=now))
        # A clock that was set back must not silence the log for the difference.
        due = not timedelta(0) <= now - burst.spoke_at < _QUIET
        if burst.lines >= _EACH and not due:
            burst.silent += 1
            return
        more = {"and_before": burst.silent} if burst.silent else {}
        log.warning("webhook refused", connection=connection, error=error, **more)
        lines = 0 if due and not burst.silent else burst.lines
        self._bursts[connection] = _Burst(spoke_at=now, lines=lines + 1)
