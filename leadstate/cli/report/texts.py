"""How reports write numbers, shares and lengths for people."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadstate.service.reports.figures import Share

__all__ = ["count_text", "interval_text", "length_text", "share_text", "stage_text"]

_DAY = timedelta(days=1)


def count_text(number: int) -> str:
    """Return a number for people."""
    return f"{number:,}"


def share_text(found: Share | None) -> str:
    """Return a share for people, or a dash when there is none."""
    if found is None or found.share is None:
        return "-"
    return f"{found.share:.1%}"


def interval_text(found: Share) -> str:
    """Return the interval of a share for people."""
    if found.interval is None:
        return "-"
    return f"{found.interval.low:.1%} .. {found.interval.high:.1%}"


def length_text(length: timedelta | None, *, business: bool = False) -> str:
    """Return a length of time for people; business time is never told in days."""
    if length is None:
        return "-"
    if not business and abs(length) >= _DAY:
        return f"{length / _DAY:,.1f} d"
    hours = length / timedelta(hours=1)
    return f"{hours:,.1f} h" if abs(hours) >= 1 else f"{hours * 60:,.0f} min"


def stage_text(label: str, *, known: bool) -> str:
    """Return a stage for people; one that no longer exists is marked."""
    return label if known else f"{label} (not in the workflow)"
