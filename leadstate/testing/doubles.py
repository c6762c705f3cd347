"""Doubles for what Leadstate hands to an adapter: budget, credentials, a connection.

>>> bench = Bench()
>>> bench.budget.take("acme", per_second=2, burst=1)
0.0
>>> bench.budget.take("acme", per_second=2, burst=1)
0.5
>>> bench.budget.taken
{'acme': 2}
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from leadstate.adapters import Connection
from leadstate.testing.clock import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    import httpx

    from leadstate.domain.binding import Binding

__all__ = ["Bench", "MemoryBudget", "MemoryCredentials"]


class MemoryBudget:
    """The rate budget of one process: a burst, then spaced calls; safe over threads.

    Args:
        now: The clock that the calls are spaced by.

    Attributes:
        taken: How often each budget was booked, by key.
        rates: What was last asked for, by key: calls per second and burst.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = Lock()
        self._due: dict[str, float] = {}
        self.taken: dict[str, int] = {}
        self.rates: dict[str, tuple[float, int]] = {}

    @property
    def total(self) -> int:
        """How often any budget was booked."""
        return sum(self.taken.values())

    def take(self, key: str, *, per_second: float, burst: int) -> float:
        """Book one call; see `leadstate.adapters.Budget.take`."""
        now, spacing = self._now().timestamp(), 1 / per_second
        with self._lock:
            due = max(self._due.get(key, now), now)
            self._due[key] = due + spacing
            self.taken[key] = self.taken.get(key, 0) + 1
            self.rates[key] = (per_second, burst)
        return max(0.0, due - (burst - 1) * spacing - now)


class MemoryCredentials:
    """Keeps tokens in memory; `saved` is what an adapter kept, by name."""

    def __init__(self) -> None:
        self.saved: dict[str, Mapping[str, str]] = {}
        self._swapping = Lock()

    def load(self, name: str) -> Mapping[str, str] | None:
        """Return what was saved under ``name``, or None."""
        return self.saved.get(name)

    def save(self, name: str, values: Mapping[str, str]) -> None:
        """Keep ``values``."""
        self.saved[name] = dict(values)

    def swap(
        self, name: str, held: Mapping[str, str] | None, values: Mapping[str, str]
    ) -> bool:
        """Keep ``values`` if what is kept is still ``held``; say whether it was."""
        with self._swapping:
            if self.saved.get(name) != held:
                return False
            self.saved[name] = dict(values)
            return True


@dataclass(slots=True)
class Bench:
    """All that an adapter is handed, as doubles; `connection` puts them together.

    Attributes:
        clock: Moves when the adapter sleeps, or when a test says so.
        budget: Counts what was booked; by default on this clock.
    """

    clock: FrozenClock = field(default_factory=FrozenClock)
    budget: MemoryBudget = field(init=False)
    credentials: MemoryCredentials = field(default_factory=MemoryCredentials)

    def __post_init__(self) -> None:
        """Space the calls by the clock of this bench."""
        self.budget = MemoryBudget(self.clock.now)

    def connection(
        self,
        binding: Binding,
        settings: Mapping[str, object],
        *,
        name: str = "bench",
        transport: httpx.BaseTransport | None = None,
    ) -> Connection:
        """Return a connection for an adapter to be opened with."""
        return Connection(
            name=name,
            binding=binding,
            settings=settings,
            now=self.clock.now,
            sleep=self.clock.sleep,
            budget=self.budget,
            credentials=self.credentials,
            transport=transport,
        )
