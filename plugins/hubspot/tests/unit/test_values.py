"""Values: HubSpot keeps them its own way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from leadstate_hubspot.values import moment_of, same


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        ("lead", "lead"),
        ("", None),
        (" lead ", "lead"),
        ("1500.50", "1500.5"),
        ("1e3", "1000"),
        ("TRUE", "true"),
        ("Ada@Example.com", "ada@example.com"),
        ("b;a", "a;b"),
        ("2026-11-22", "2026-11-22T00:00:00.000Z"),
        ("2026-11-22T04:00:00+01:00", "1795316400000"),
    ],
)
def test_the_same_value_written_otherwise_is_the_same(asked: str, held: str) -> None:
    """What HubSpot tidies up was written nevertheless."""
    assert same(asked, held)


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        ("lead", "customer"),
        ("lead", None),
        ("", "lead"),
        ("lead", "Lead"),
        ("a;b", "a"),
        ("1", "2"),
        ("NaN", "NaN2"),
        ("nan", "Infinity"),
        ("2026-11-22", "2026-11-23"),
        ("1", "1970-01-01"),
        ("99999999999999999999", "2026-11-22"),
    ],
)
def test_another_value_is_another(asked: str, held: str | None) -> None:
    """Nothing is taken for written that was not."""
    assert not same(asked, held)


@given(asked=st.text(), held=st.none() | st.text())
def test_comparing_never_fails(asked: str, held: str | None) -> None:
    """Values are strangers' texts."""
    assert isinstance(same(asked, held), bool)
    assert same(asked, asked)
    moment = moment_of(asked)
    assert moment is None or moment.tzinfo is not None
