"""Frozen values are copied as `dataclasses.replace` does it."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from leadstate.domain.clock import SlaClock
from leadstate.domain.decision import Step
from leadstate.domain.frozen import replace
from leadstate.domain.record import Record


@dataclasses.dataclass(frozen=True, slots=True)
class Empty:
    """A value without a field."""


VALUES: list[tuple[Any, dict[str, object]]] = [
    (Record(id="r1", stage="lead"), {"stage": "mql", "values": {"need": "a CRM"}}),
    (Record(id="r1", stage="lead"), {}),
    (
        SlaClock(record_id="r1", sla="accept", stage="mql", stage_version=1),
        {"fired": frozenset({"breach"}), "owner": None},
    ),
    (Step("qualify", "lead", "mql", ()), {"target": "sal"}),
    (Empty(), {}),
]


@pytest.mark.parametrize(("value", "changes"), VALUES)
def test_a_copy_has_what_is_said_and_keeps_the_rest(
    value: Any, changes: dict[str, object]
) -> None:
    """It is what `dataclasses.replace` makes, and another object."""
    before = dataclasses.replace(value)

    found = replace(value, **changes)

    assert found == dataclasses.replace(value, **changes)
    assert type(found) is type(value)
    assert found is not value
    assert value == before


def test_a_copy_is_as_frozen_as_its_original() -> None:
    """Nothing thaws on the way."""
    found = replace(Record(id="r1", stage="lead"), stage="mql")

    with pytest.raises(dataclasses.FrozenInstanceError):
        found.stage = "sal"  # type: ignore[misc]


def test_a_field_that_is_not_there_is_refused() -> None:
    """A slip of the pen is told, with its name."""
    with pytest.raises(TypeError, match="stagge"):
        replace(Record(id="r1", stage="lead"), stagge="mql")  # type: ignore[call-arg]
