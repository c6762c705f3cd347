"""Effort told in calls, which no busy machine can change."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["at_most_calls"]


@contextmanager
def at_most_calls(most: int) -> Iterator[None]:
    """Hold the block to a number of calls and returns, of Python and of C."""
    done = 0

    def count(_frame: object, _event: str, _value: Any) -> None:
        nonlocal done
        done += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(before)
    assert done <= most, f"{done:,} calls, {most:,} are allowed"
