"""A lock that serves threads in the order in which they came.

`threading.Lock` lets a thread that releases it take it again at once, so that a worker
that commits batch after batch would starve a receiver that waits for one insert.
"""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from threading import Lock, get_ident
from typing import TYPE_CHECKING, Self

from leadstate.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

__all__ = ["FairLock"]


class FairLock:
    """First come, first served; a context manager, not reentrant."""

    def __init__(self, *, longest_wait_seconds: float = 30.0) -> None:
        self._longest_wait_seconds = longest_wait_seconds
        self._inner = Lock()
        self._holder: int | None = None
        self._waiting: deque[tuple[int, Lock]] = deque()

    def __enter__(self) -> Self:
        """Wait for this thread's turn."""
        self.take(self._longest_wait_seconds)
        return self

    @contextmanager
    def within(self, seconds: float | None) -> Iterator[None]:
        """Wait for this thread's turn, no longer than so many seconds."""
        self.take(self._longest_wait_seconds if seconds is None else seconds)
        try:
            yield
        finally:
            self.give_back()

    def take(self, seconds: float) -> None:
        """Wait for this thread's turn; whoever has it gives it back.

        Raises:
            StoreUnavailable: It did not come in so many seconds.
        """
        me = get_ident()
        with self._inner:
            if self._holder == me:
                message = "This thread already has a write transaction open."
                raise RuntimeError(message)
            if self._holder is None:
                self._holder = me
                return
            gate = Lock()
            gate.acquire()
            self._waiting.append((me, gate))
        if not gate.acquire(timeout=seconds):
            self._give_up(me, gate, seconds)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Hand over to the one who waits longest."""
        self.give_back()

    def give_back(self) -> None:
        """Hand over to the one who waits longest."""
        with self._inner:
            if not self._waiting:
                self._holder = None
                return
            self._holder, gate = self._waiting.popleft()
            gate.release()

    def _give_up(self, me: int, gate: Lock, seconds: float) -> None:
        with self._inner:
            if (me, gate) not in self._waiting:
                return  # the turn came in the last moment
            self._waiting.remove((me, gate))
        message = (
            f"Waited {seconds:g} seconds for another thread's write "
            "to end; nothing was written.  Trying again is safe."
        )
        raise StoreUnavailable(message)
