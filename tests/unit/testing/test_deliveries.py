"""The courier of a sandbox outlives whatever a delivery meets."""

from __future__ import annotations

import asyncio
import contextlib
from random import Random
from typing import TYPE_CHECKING

import pytest

from leadstate.testing.sandbox.clock import SandboxClock
from leadstate.testing.sandbox.deliveries import Deliveries, Delivery
from leadstate.testing.sandbox.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TAKEN = 200


class Troubled(Deliveries):
    """A CRM that sends one event a body; what is planned is raised once each."""

    def __init__(self, *, parting: Sequence[BaseException] = ()) -> None:
        """Start with an empty queue and a clock that runs."""
        super().__init__(SandboxClock(0), Faults(Random(1), ()), Random(1), most_open=2)
        self.sending: list[BaseException] = []
        self.coming_back: list[BaseException] = []
        self.parting = list(parting)
        self.taken: list[object] = []

    def parted(self, due: Sequence[Delivery]) -> list[list[Delivery]]:
        """Return one event a body."""
        if self.parting:
            raise self.parting.pop()
        return [[delivery] for delivery in due]

    def room(self) -> int:
        """Return how many events may be in flight."""
        return 2

    def can_deliver(self) -> bool:
        """Say that somebody is there."""
        return True

    async def send(self, batch: Sequence[Delivery]) -> int:
        """Take what is sent."""
        if self.sending:
            raise self.sending.pop()
        self.taken += [delivery.event["n"] for delivery in batch]
        return TAKEN

    def came_back(self, batch: Sequence[Delivery], status: int) -> None:
        """Queue again at once."""
        del status
        if self.coming_back:
            raise self.coming_back.pop()
        for delivery in batch:
            self.queue_again(delivery, self._clock.now())

    def is_taken(self, status: int) -> bool:
        """Say whether the receiver has it."""
        return status == TAKEN


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - the courier tells nobody
            await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def _working(troubled: Troubled) -> contextlib.AsyncIterator[asyncio.Task[None]]:
    working = asyncio.create_task(troubled.work())
    yield working
    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working


TROUBLE = [
    LookupError("no peer"),
    RuntimeError("the transport is closed"),
    AssertionError(),
    ExceptionGroup("connecting", [OSError("refused")]),
    asyncio.CancelledError(),
]


@pytest.mark.parametrize("error", TROUBLE, ids=lambda one: type(one).__name__)
def test_whatever_a_delivery_raises_is_a_failed_try(error: BaseException) -> None:
    """The event comes again, and the courier says what went wrong."""

    async def deliver() -> None:
        troubled = Troubled()
        troubled.sending = [error]
        async with _working(troubled):
            troubled.enqueue({"n": 1})
            troubled.wake()
            await _until(lambda: bool(troubled.stats()["drained"]))

            assert [1] == troubled.taken
            assert troubled.courier()["alive"]
            assert type(error).__name__ in str(troubled.courier()["last_error"])

    asyncio.run(deliver())


def test_what_goes_wrong_between_deliveries_ends_no_courier() -> None:
    """Nor does it cost an event: what was not set off stays in the queue."""

    async def deliver() -> None:
        troubled = Troubled(parting=[KeyError("target")])
        async with _working(troubled):
            troubled.enqueue({"n": 1})
            troubled.wake()
            await _until(lambda: bool(troubled.stats()["drained"]))

            assert [1] == troubled.taken
            assert "KeyError: 'target'" == troubled.courier()["last_error"]

    asyncio.run(deliver())


def test_an_event_that_cannot_come_back_costs_itself_alone() -> None:
    """It counts as failed, and nothing stays in flight for ever."""

    async def deliver() -> None:
        troubled = Troubled()
        troubled.sending = [OSError("refused")]
        troubled.coming_back = [IndexError("no such wait")]
        async with _working(troubled):
            troubled.enqueue({"n": 1})
            troubled.wake()
            await _until(lambda: troubled.counts.failed == 1)
            troubled.enqueue({"n": 2})
            troubled.wake()
            await _until(lambda: bool(troubled.stats()["drained"]))

            assert [2] == troubled.taken

    asyncio.run(deliver())


def test_a_courier_that_was_stopped_says_so() -> None:
    """Before its first delivery and after its last there is none."""

    async def stop() -> None:
        troubled = Troubled()
        assert not troubled.courier()["alive"]
        async with _working(troubled):
            await _until(lambda: bool(troubled.courier()["alive"]))
        assert {"alive": False, "last_error": None} == troubled.courier()

    asyncio.run(stop())
