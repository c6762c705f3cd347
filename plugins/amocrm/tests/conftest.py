"""Doubles for what Leadstate hands to the amoCRM adapter."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from leadstate_amocrm.adapter import AmoCrmAdapter

from leadstate.adapters import Connection
from leadstate.domain.binding import Binding, FieldSource
from leadstate.testing import FrozenClock, MemoryBudget, MemoryCredentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

TOKEN = "canary-long-lived-token"
BASE = "https://acme.amocrm.ru"
START = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def binding_of(names: Sequence[str], kind: str = "leads") -> Binding:
    """Return a binding that reads ``names`` of leads."""
    fields = {f"f{number}": FieldSource(property=n) for number, n in enumerate(names)}
    return Binding(workflow="demo", adapter="amocrm", object=kind, fields=fields)


@pytest.fixture(name="clock")
def _clock() -> FrozenClock:
    return FrozenClock(START)


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
