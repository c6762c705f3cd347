"""How each test comes out, for each type and for each kind of value."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from leadstate.domain.receipt import Status
from leadstate.domain.values import Unparsable

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.domain.receipt import Finding
    from leadstate.domain.values import Value


MET, UNMET = Status.MET, Status.UNMET
MARCH_10 = date(2026, 3, 10)
NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
FRIENDS = frozenset({"vip", "spam"})

# text of the test, a value that meets it, a value that does not
HELD = [
    ("company_size = 50", 50, 51),
    ("company_size == 50", 50, 51),
    ("company_size is 50", 50, 51),
    ("company_size != 50", 51, 50),
    ("company_size <> 50", 51, 50),
    ("company_size is not 50", 51, 50),
    ("company_size < 50", 49, 50),
    ("company_size <= 50", 50, 51),
    ("company_size > 50", 51, 50),
    ("company_size >= 50", 50, 49),
    ("company_size in [1, 50]", 50, 2),
    ("company_size is in [1, 50]", 50, 2),
    ("company_size not in [1, 50]", 2, 50),
    ("company_size is not in [1, 50]", 2, 50),
    ("company_size = -5", -5, 5),
    ("not company_size >= 50", 49, 50),
    ("rating >= 0.5", 0.5, 0.25),
    ("rating = 1", 1.0, 1.5),
    ("rating in [0.5, 2]", 2.0, 1.0),
    ("budget >= 10000", 10000.0, 9999.99),
    ("job_role = owner", "owner", "director"),
    ("job_role = OWNER", "owner", "director"),
    ("job_role != owner", "director", "owner"),
    ("job_role = 'team lead'", "Team Lead", "owner"),
    ("job_role = 1-10", "1-10", "owner"),
    ("job_role in [owner, director]", "director", "Team Lead"),
    ("job_role not in [owner, director]", "Team Lead", "owner"),
    ("need = 'CRM please'", "crm PLEASE", "crm"),
    ("need != 'crm'", "erp", "CRM"),
    ("need in ['strasse', x]", "Straße", "Weg"),
    ("need not in ['strasse', x]", "Weg", "STRASSE"),
    ("need contains 'crm'", "A new CRM now", "erp"),
    ("need does not contain 'crm'", "erp", "CRM"),
    ("need starts with 'new'", "New CRM", "A new CRM"),
    ("need does not start with 'new'", "A new CRM", "NEW"),
    ("need ends with 'SS'", "Maß", "Maßt"),
    ("need does not end with 'ss'", "Maßt", "Maß"),
    ("need = '50%_'", "50%_", "50xx"),
    ("need = 'it''s'", "It's", "its"),
    ('need = "say ""hi"""', 'SAY "HI"', "say hi"),
    ("email = 'Ann@Example.com'", "ann@example.com", "bob@example.com"),
    ("email != ann@example.com", "bob@example.com", "ann@example.com"),
    ("email in [ann@example.com]", "ann@example.com", "bob@example.com"),
    ("email contains 'EXAMPLE'", "ann@example.com", "ann@other.com"),
    ("email does not contain 'example'", "ann@other.com", "ann@example.com"),
    ("email starts with 'ann'", "ann@example.com", "bob@example.com"),
    ("email does not start with 'ann'", "bob@example.com", "ann@example.com"),
    ("email ends with '@example.com'", "ann@example.com", "ann@other.com"),
    ("email does not end with '@example.com'", "ann@other.com", "ann@example.com"),
    ("'VIP' in tags", FRIENDS, frozenset({"x"})),
    ("vip in tags", FRIENDS, frozenset({"x"})),
    ("tags has vip", FRIENDS, frozenset({"x"})),
    ("tags contains vip", FRIENDS, frozenset({"x"})),
    ("'vip' not in tags", frozenset({"x"}), FRIENDS),
    ("vip not in tags", frozenset({"x"}), FRIENDS),
    ("not 'vip' in tags", frozenset({"x"}), FRIENDS),
    ("tags has not vip", frozenset({"x"}), FRIENDS),
    ("tags does not have vip", frozenset({"x"}), FRIENDS),
    ("tags does not contain vip", frozenset({"x"}), FRIENDS),
    ("technical_fit", True, False),
    ("technical_fit is true", True, False),
    ("technical_fit = yes", True, False),
    ("technical_fit is not true", False, True),
    ("technical_fit is false", False, True),
    ("not technical_fit", False, True),
    ("decision_date before 2026-03-10", date(2026, 3, 9), MARCH_10),
    ("decision_date is before 2026-03-10", date(2026, 3, 9), MARCH_10),
    ("decision_date is not before 2026-03-10", MARCH_10, date(2026, 3, 9)),
    ("decision_date after '2026-03-10'", date(2026, 3, 11), MARCH_10),
    ("decision_date <= 2026-03-10", MARCH_10, date(2026, 3, 11)),
    ("decision_date = 2026-03-10", MARCH_10, date(2026, 3, 11)),
    ("decision_date in [2026-03-10]", MARCH_10, date(2026, 3, 11)),
    ("decision_date within next 90 days", date(2026, 6, 8), date(2026, 6, 9)),
    ("decision_date within next 0 days", MARCH_10, date(2026, 3, 11)),
    ("decision_date is within next 2 weeks", date(2026, 3, 24), date(2026, 3, 9)),
    ("decision_date not within next 1 day", date(2026, 3, 9), date(2026, 3, 11)),
    ("decision_date is not within next 1 day", date(2026, 3, 12), MARCH_10),
    ("decision_date within last 7 days", date(2026, 3, 3), date(2026, 3, 2)),
    ("decision_date within last 7 days", MARCH_10, date(2026, 3, 11)),
    ("decision_date not within last 7 days", date(2026, 3, 11), MARCH_10),
    ("last_seen within last 2 hours", NOON.replace(hour=10), NOON.replace(hour=9)),
    ("last_seen within last 1 hour", NOON, NOON.replace(minute=1)),
    ("last_seen not within last 1 hour", NOON.replace(hour=10), NOON),
    ("last_seen within next 30 minutes", NOON.replace(minute=30), NOON.replace(day=9)),
    ("last_seen not within next 1 week", NOON.replace(day=18), NOON),
    ("last_seen = 2026-03-10T12:00Z", NOON, NOON.replace(minute=1)),
    ("last_seen != 2026-03-10T13:00+01:00", NOON.replace(minute=1), NOON),
    ("last_seen after '2026-03-10 12:59'", NOON, NOON.replace(hour=11)),
    ("last_seen before 2026-03-10", NOON.replace(day=9, hour=22), NOON),
    ("last_seen >= 2026-03-10", NOON.replace(day=9, hour=23), NOON.replace(day=9)),
    ("last_seen <= 2026-03-10", NOON.replace(hour=22), NOON.replace(hour=23)),
    ("last_seen after 2026-03-10", NOON.replace(hour=23), NOON.replace(hour=22)),
]


def subject(text: str) -> str:
    """Return the field that a test of the table is about."""
    words = text.removeprefix("not ").replace("'", "").split()
    return words[-1] if words[-1] == "tags" else words[0]


@pytest.mark.parametrize(("text", "good", "bad"), HELD)
def test_a_value_meets_the_test_or_does_not(
    finding: Callable[..., Finding], text: str, good: Value, bad: Value
) -> None:
    """Each operator tells the value that is asked for from the nearest other."""
    name = subject(text)

    assert finding(text, **{name: good}).status is MET
    assert finding(text, **{name: bad}).status is UNMET


@pytest.mark.parametrize("text", sorted({row[0] for row in HELD}))
def test_a_missing_value_is_never_met(
    finding: Callable[..., Finding], text: str
) -> None:
    """Unknown counts as not met and is shown as missing, asked this way or that."""
    for negated in (text, f"not ({text})"):
        assert finding(negated).status is Status.MISSING
        assert finding(negated, **{subject(text): None}).status is Status.MISSING
        assert finding(negated).observed is None


@pytest.mark.parametrize("text", sorted({row[0] for row in HELD}))
def test_an_unparsable_value_is_never_met(
    finding: Callable[..., Finding], text: str
) -> None:
    """A value that cannot be read is an outcome of its own and shows what came in."""
    for negated in (text, f"not ({text})"):
        found = finding(negated, **{subject(text): Unparsable("n/a")})
        assert found.status is Status.UNPARSABLE
        assert found.observed == "n/a"


@pytest.mark.parametrize("text", sorted({row[0] for row in HELD}))
def test_a_value_of_another_type_counts_as_unparsable(
    finding: Callable[..., Finding], text: str
) -> None:
    """What an older version of the workflow stored never raises and is never met."""
    wrong = 7 if subject(text) not in ("company_size", "rating", "budget") else "7"
    for negated in (text, f"not ({text})"):
        assert finding(negated, **{subject(text): wrong}).status is Status.UNPARSABLE


@pytest.mark.parametrize(
    ("text", "value", "status"),
    [
        ("need is known", "x", MET),
        ("need is known", None, UNMET),
        ("need is known", Unparsable("?"), Status.UNPARSABLE),
        ("need is unknown", "x", UNMET),
        ("need is unknown", None, MET),
        ("need is unknown", Unparsable("?"), Status.UNPARSABLE),
        ("need is not known", None, MET),
        ("need is not unknown", "x", MET),
        ("not need is known", None, MET),
        ("not not need is known", "x", MET),
        ("tags is known", frozenset({"x"}), MET),
        ("technical_fit is known", False, MET),
        ("company_size is known", 0, MET),
    ],
)
def test_known_and_unknown_ask_whether_there_is_a_value(
    finding: Callable[..., Finding], text: str, value: Value, status: Status
) -> None:
    """Being missing is the one thing that a missing value can answer."""
    name = next(word for word in text.split() if word not in ("not", "is"))

    assert finding(text, **{name: value}).status is status


@pytest.mark.parametrize(
    ("size", "status"), [(49, UNMET), (50, MET), (None, Status.MISSING)]
)
@pytest.mark.parametrize("needed", [1, 2, 3, 4, 5])
def test_a_group_of_any_length_needs_each_part(
    finding: Callable[..., Finding], needed: int, size: int | None, status: Status
) -> None:
    """Groups of every length give the same answer as their parts."""
    parts = " and ".join(["company_size >= 50"] * needed)
    choices = " or ".join(["company_size >= 50"] * needed)

    assert finding(parts, company_size=size).status is status
    assert finding(choices, company_size=size).status is status


@pytest.mark.parametrize("position", range(5))
@pytest.mark.parametrize("length", [2, 3, 4, 5])
def test_one_part_decides_wherever_it_stands(
    finding: Callable[..., Finding], length: int, position: int
) -> None:
    """One part that fails refuses all of them; one that holds allows any of them."""
    failing = ["technical_fit"] * length
    failing[position % length] = "need is unknown"
    holding = ["not technical_fit"] * length
    holding[position % length] = "need = x"

    known = {"technical_fit": True, "need": "x"}
    assert finding(" and ".join(failing), **known).status is UNMET
    assert finding(" or ".join(holding), **known).status is MET


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"budget": 20000.0, "need": "x", "technical_fit": True}, MET),
        ({"budget": 20000.0, "need": "x"}, MET),
        ({"budget": 20000.0, "technical_fit": False}, UNMET),
        ({"budget": 20000.0, "need": "x", "technical_fit": False}, MET),
    ],
)
def test_at_least_counts_the_parts_that_are_met(
    finding: Callable[..., Finding], values: dict[str, Value], status: Status
) -> None:
    """Two of three suffice, and a missing value is simply not one of them."""
    text = "at least 2 of (budget, need, technical_fit)"

    assert finding(text, **values).status is status


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("all of ()", MET),
        ("any of ()", UNMET),
        ("none of ()", MET),
        ("company_size > 1 and source = x", Status.MISSING),
        ("company_size > 1 and need = y", UNMET),
        ("company_size > 1 or need = x", MET),
        ("all of (need = x)", MET),
        ("any of (need = y)", UNMET),
        ("none of (need = y, need = z)", MET),
        ("none of (need = x, need = z)", UNMET),
        ("rating > 1 and rating > 2", UNMET),
    ],
)
def test_a_group_is_missing_when_only_absence_speaks_against_it(
    finding: Callable[..., Finding], text: str, status: Status
) -> None:
    """A group that is refused says whether a value could still turn it."""
    found = finding(text, need="x", rating=Unparsable("?"))

    assert found.status is status
