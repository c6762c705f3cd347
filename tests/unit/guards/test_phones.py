"""A phone is a number when it is named whole, and a text when a part of it is."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from leadstate.domain.lifecycle import Field
from leadstate.domain.record import Record
from leadstate.domain.values import FieldType, coerce
from leadstate.guards import Facts, NameScope, compile_guard, read_condition

PHONE = Field(name="phone", type=FieldType.PHONE, label="Phone", options=("DE",))
NUMBER = coerce("030 9018200", FieldType.PHONE, ("DE",))


@pytest.mark.parametrize(
    "text",
    [
        "phone = '030 901 82 00'",
        "phone = '+49309018200'",
        "phone in ['0049 30 9018200']",
        "phone contains '9018'",
        "phone starts with '+4930'",
        "phone ends with '200'",
        "phone is known",
        "phone != '030 1'",
        "phone does not contain '777'",
    ],
)
def test_a_number_is_known_however_it_is_written(text: str) -> None:
    """Whole numbers compare as people dial them, parts as they stand."""
    scope = NameScope(fields={"phone": PHONE})
    record = Record(id="1", stage="lead", values={"phone": NUMBER})
    facts = Facts.of(record, datetime(2026, 3, 10, tzinfo=UTC), ZoneInfo("UTC"))

    assert compile_guard(read_condition(text, scope), {}).allows(facts)
