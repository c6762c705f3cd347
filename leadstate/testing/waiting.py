"""Wait for what other threads and processes do, without guessing how long it takes.

>>> import threading
>>> came = threading.Event()
>>> threading.Thread(target=came.set).start()
>>> wait_until(came.is_set, "the thread says so")
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PATIENCE_SECONDS", "wait_until"]

PATIENCE_SECONDS = 600.0
"""Longer than anything takes, on a busy machine too: what has not come hangs."""

_FIRST_LOOK_SECONDS = 0.005
_LAST_LOOK_SECONDS = 0.1
"""Looks cost what is waited for its processor: the longer it takes, the rarer."""


def wait_until(holds: Callable[[], object], what: str | Callable[[], str]) -> None:
    """Return as soon as something holds.

    Args:
        holds: Asked again and again; true when it holds.
        what: What is waited for, or a function that says it; for the error.

    Raises:
        TimeoutError: It does not hold after `PATIENCE_SECONDS`.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    pause = _FIRST_LOOK_SECONDS
    while not holds():
        if time.monotonic() > end:
            said = what() if callable(what) else what
            raise TimeoutError(f"not in {PATIENCE_SECONDS:g} seconds: {said}")
        time.sleep(pause)
        pause = min(pause * 1.5, _LAST_LOOK_SECONDS)
