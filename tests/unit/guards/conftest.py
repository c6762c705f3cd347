"""A small workflow's names, and short ways to ask about a record."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from leadstate.domain.lifecycle import Criterion, Field
from leadstate.domain.record import Record
from leadstate.domain.values import FieldType
from leadstate.guards import Facts, NameScope, compile_guard, read_condition

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.domain.condition import Condition
    from leadstate.domain.receipt import Finding
    from leadstate.domain.record import Happening
    from leadstate.domain.values import Value

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")
TYPES = {
    "email": FieldType.EMAIL,
    "company_size": FieldType.INTEGER,
    "rating": FieldType.NUMBER,
    "job_role": FieldType.CHOICE,
    "budget": FieldType.MONEY,
    "need": FieldType.TEXT,
    "source": FieldType.TEXT,
    "decision_date": FieldType.DATE,
    "last_seen": FieldType.DATETIME,
    "technical_fit": FieldType.BOOLEAN,
    "tags": FieldType.TAGS,
}
ROLES = ("owner", "director", "Team Lead", "1-10")


@pytest.fixture(name="now")
def _now() -> datetime:
    return NOW


@pytest.fixture(name="zone")
def _zone() -> ZoneInfo:
    return ZONE


@pytest.fixture(name="scope", scope="session")
def _scope() -> NameScope:
    fields = {
        name: Field(
            name=name,
            type=kind,
            label=name.replace("_", " ").capitalize(),
            options=ROLES if kind is FieldType.CHOICE else (),
        )
        for name, kind in TYPES.items()
    }
    plain = NameScope(
        fields=fields, scores=("fit", "interest"), timezone="Europe/Berlin"
    )
    criteria = {
        name: Criterion(name=name, label=label, condition=read_condition(text, plain))
        for name, label, text in (
            ("budget", "Budget", "budget >= 10000"),
            ("need", "Need", "need is known"),
            ("ideal", "Ideal customer", "score.fit >= 40"),
        )
    }
    return NameScope(
        fields=fields,
        scores=("fit", "interest"),
        criteria=criteria,
        unresolved=("timing", "technical_fit_later"),
        timezone="Europe/Berlin",
    )


@pytest.fixture(name="read", scope="session")
def _read(scope: NameScope) -> Callable[[str], Condition]:
    return lambda text: read_condition(text, scope)


@pytest.fixture(name="facts", scope="session")
def _facts() -> Callable[..., Facts]:
    def facts(*happenings: Happening, **values: Value) -> Facts:
        record = Record(id="1", stage="lead", values=values, happenings=happenings)
        return Facts.of(record, NOW, ZONE)

    return facts


@pytest.fixture(name="finding", scope="session")
def _finding(
    read: Callable[[str], Condition], facts: Callable[..., Facts]
) -> Callable[..., Finding]:
    """Explain a text for values, after checking that every answer agrees."""

    def finding(text: str, **values: Value) -> Finding:
        guard = compile_guard(read(text), {})
        held = facts(**values)
        examined = guard.examine(held)
        found = examined.finding()
        assert guard.allows(held) is examined.met is found.met
        return found

    return finding
