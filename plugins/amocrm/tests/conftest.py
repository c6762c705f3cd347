"""Doubles for what Leadstate hands to the amoCRM adapter."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from leadstate_amocrm.adapter import AmoCrmAdapter

from leadstate.adapters import Connection
from leadstate.domain.binding import Binding, FieldSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

TOKEN = "canary-long-lived-token"
BASE = "https://acme.amocrm.ru"


class FrozenClock:
    """Time that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


class MemoryBudget:
    """The rate budget of one process: spacing by the cell rate, with a burst."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._due: dict[str, float] = {}
        self.taken: dict[str, int] = {}
        self.rates: dict[str, tuple[float, int]] = {}

    def take(self, key: str, *, per_second: float, burst: int) -> float:
        now, spacing = self._now().timestamp(), 1 / per_second
        with self._lock:
            due = max(self._due.get(key, now), now)
            self._due[key] = due + spacing
            self.taken[key] = self.taken.get(key, 0) + 1
            self.rates[key] = (per_second, burst)
        return max(0.0, due - (burst - 1) * spacing - now)


class MemoryCredentials:
    """Keeps tokens in memory, for any number of workers."""

    def __init__(self) -> None:
        self.saved: dict[str, Mapping[str, str]] = {}
        self._lock = threading.Lock()

    def load(self, name: str) -> Mapping[str, str] | None:
        return self.saved.get(name)

    def save(self, name: str, values: Mapping[str, str]) -> None:
        self.saved[name] = dict(values)

    def swap(
        self, name: str, held: Mapping[str, str] | None, values: Mapping[str, str]
    ) -> bool:
        with self._lock:
            if self.saved.get(name) != held:
                return False
            self.saved[name] = dict(values)
            return True


def binding_of(names: Sequence[str], kind: str = "leads") -> Binding:
    """Return a binding that reads ``names`` of leads."""
    fields = {f"f{number}": FieldSource(property=n) for number, n in enumerate(names)}
    return Binding(workflow="demo", adapter="amocrm", object=kind, fields=fields)


@pytest.fixture(name="clock")
def _clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture(name="budget")
def _budget(clock: FrozenClock) -> MemoryBudget:
    return MemoryBudget(clock.now)


@pytest.fixture(name="credentials")
def _credentials() -> MemoryCredentials:
    return MemoryCredentials()


@pytest.fixture(name="connect")
def _connect(
    clock: FrozenClock, budget: MemoryBudget, credentials: MemoryCredentials
) -> Iterator[Callable[..., AmoCrmAdapter]]:
    """Return a function that opens an adapter for properties and settings."""
    opened: list[AmoCrmAdapter] = []

    def connect(
        names: Sequence[str] = ("name", "status_id", "pipeline_id"),
        binding: Binding | None = None,
        **settings: object,
    ) -> AmoCrmAdapter:
        if "oauth" not in settings:
            settings.setdefault("token", TOKEN)
        settings.setdefault("base_url", BASE)
        adapter = AmoCrmAdapter(
            Connection(
                name="acme",
                binding=binding or binding_of(names),
                settings=settings,
                now=clock.now,
                sleep=clock.sleep,
                budget=budget,
                credentials=credentials,
            )
        )
        opened.append(adapter)
        return adapter

    yield connect
    for adapter in opened:
        adapter.close()


@pytest.fixture(name="budget_of")
def _budget_of() -> Callable[..., MemoryBudget]:
    """Return the way to make a budget on another clock."""
    return MemoryBudget
