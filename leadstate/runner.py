"""Who runs what: named loops on threads of this process.

    runner = Runner()
    runner.add("advance", step, every_seconds=0.5)
    runner.start()
    runner.wake("advance")   # do not wait for the interval
    runner.stop()

A step returns True when there is more to do at once.  This is the one place that
catches every exception: a loop that fails is reported, pauses, and goes on; it never
dies quietly.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from leadstate.errors import FatalAdapterError, RetryLater

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["Runner"]

_LONGEST_PAUSE_SECONDS = 60.0
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 86_400.0  # whatever a CRM asks for, look again after a day

log = structlog.get_logger("leadstate.runner")


@dataclass(slots=True)
class _Loop:
    name: str
    step: Callable[[], bool]
    every_seconds: float
    woken: threading.Event = field(default_factory=threading.Event)
    at_work: threading.Lock = field(default_factory=threading.Lock)
    thread: threading.Thread | None = None
    failure: str | None = None
    failures: int = 0
    rests: int = 0


class Runner:
    """Runs each added step on a thread of its own until it is stopped."""

    def __init__(self) -> None:
        self._loops: dict[str, _Loop] = {}
        self._stopping = threading.Event()

    def add(self, name: str, step: Callable[[], bool], *, every_seconds: float) -> None:
        """Add a loop; ``step`` runs at least every ``every_seconds``."""
        self._loops[name] = _Loop(name, step, every_seconds)

    def start(self) -> None:
        """Start every loop."""
        for loop in self._loops.values():
            loop.thread = threading.Thread(
                target=self._run,
                args=(loop,),
                name=f"leadstate-{loop.name}",
                daemon=True,
            )
            loop.thread.start()

    def wake(self, name: str) -> None:
        """Let loop ``name`` run now instead of at the end of its interval."""
        self._loops[name].woken.set()

    def stop(self, *, timeout_seconds: float = 10.0) -> None:
        """Ask every loop to end after its current step, and wait for them."""
        self._stopping.set()
        for loop in self._loops.values():
            loop.woken.set()
        for loop in self._loops.values():
            if loop.thread is not None:
                loop.thread.join(timeout_seconds)

    @contextmanager
    def held(self, *names: str) -> Iterator[None]:
        """Let loops take no step meanwhile; waits for the end of those under way."""
        with ExitStack() as holding:
            for name in names:
                holding.enter_context(self._loops[name].at_work)
            yield

    def rests(self, name: str) -> int:
        """Return how often loop ``name`` found no more to do at once.

        Who has woken it and seen two more rests knows that it looked since then.
        """
        return self._loops[name].rests

    def failures(self) -> Mapping[str, str]:
        """Return the loops whose last step failed, with the reason."""
        return {
            loop.name: loop.failure
            for loop in self._loops.values()
            if loop.failure is not None
        }

    def _run(self, loop: _Loop) -> None:
        while True:
            # Cleared before looking: `stop` first says so, then wakes, so that its
            # wake-up is either seen here or still there at the end of the step.
            loop.woken.clear()
            if self._stopping.is_set():
                return
            with loop.at_work:
                pause = self._step(loop)
            if pause > 0:
                loop.woken.wait(pause)

    def _step(self, loop: _Loop) -> float:
        """Run one step; return how many seconds to pause before the next."""
        try:
            more = loop.step()
        except FatalAdapterError as error:
            return self._failed(loop, error, _LONGEST_PAUSE_SECONDS)
        except RetryLater as error:
            wanted = error.after_seconds or self._pause(loop)
            return self._failed(loop, error, min(wanted, _LONGEST_WAIT_SECONDS))
        except Exception as error:  # noqa: BLE001 - the one door where a loop survives
            return self._failed(loop, error, self._pause(loop))
        loop.failure, loop.failures = None, 0
        if more:
            return 0.0
        loop.rests += 1
        return loop.every_seconds

    def _pause(self, loop: _Loop) -> float:
        doubled = _FIRST_PAUSE_SECONDS * 2.0 ** min(loop.failures, 10)
        return min(doubled, _LONGEST_PAUSE_SECONDS)

    def _failed(self, loop: _Loop, error: Exception, pause: float) -> float:
        loop.failure = f"{type(error).__name__}: {error}"
        loop.failures += 1
        # The message only: a traceback could carry a record's values or a token.
        log.warning(
            "loop failed", loop=loop.name, error=loop.failure, pause_seconds=pause
        )
        return pause
