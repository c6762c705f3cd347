"""Conditions as SQL on a real SQLite, held against what a guard says of each record."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    MetaData,
    String,
    Table,
    TypeDecorator,
    create_engine,
    insert,
    not_,
    select,
)

from leadstate.domain.lifecycle import EventRule, PointRule, Score
from leadstate.domain.record import Happening
from leadstate.domain.values import Unparsable, to_json
from leadstate.guards import (
    GuardError,
    SqlColumns,
    compile_guard,
    compile_score,
    folded,
    to_sql,
)
from leadstate.guards.cursor import DEEPEST, MOST
from leadstate.store.sqlite import dialect as sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from leadstate.domain.condition import Condition
    from leadstate.domain.values import Value
    from leadstate.guards import CompiledScore, Facts, NameScope


EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")


class Instant(TypeDecorator[datetime]):
    """A column that reads as a moment and holds microseconds, as a store may have."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(
        self,
        value: datetime | None,
        dialect: object,  # noqa: ARG002
    ) -> int:
        assert value is not None
        return (value - EPOCH) // timedelta(microseconds=1)


METADATA = MetaData()
RECORDS = Table(
    "record",
    METADATA,
    Column("id", String, primary_key=True),
    Column("data", JSON),
    Column("folded", JSON),
)
EVENTS = Table(
    "event",
    METADATA,
    Column("record_id", String),
    Column("name", String),
    Column("at", Instant),
)
COLUMNS = SqlColumns(
    data=RECORDS.c.data,
    folded=RECORDS.c.folded,
    record_id=RECORDS.c.id,
    event_record_id=EVENTS.c.record_id,
    event_name=EVENTS.c.name,
    event_at=EVENTS.c.at,
)
RECORDS_BY_ID: dict[str, dict[str, Value]] = {
    "full": {
        "company_size": 2**62 + 1,
        "rating": 0.1,
        "job_role": "owner",
        "need": "Straße İ 50%_ \\ 😀",
        "decision_date": date(2026, 3, 11),
        "last_seen": datetime.fromisoformat("2026-03-10T11:00:00Z"),
        "technical_fit": True,
        "tags": frozenset({"vip", "spam"}),
        "email": "ann@example.com",
    },
    "other": {
        "company_size": 2**62,
        "rating": 0.30000000000000004,
        "job_role": "director",
        "need": "weg",
        "decision_date": date(2026, 3, 1),
        "last_seen": datetime.fromisoformat("2026-03-12T00:00:00.000001Z"),
        "technical_fit": False,
        "tags": frozenset({"x"}),
        "email": "bob@other.com",
    },
    "unparsable": dict.fromkeys(
        ("company_size", "rating", "need", "tags", "last_seen", "technical_fit"),
        Unparsable("vip"),
    ),
    "odd": {"company_size": "5", "need": 5, "technical_fit": 1, "rating": True},
    "empty": {},
}


@pytest.fixture(name="compiled", scope="module")
def _compiled(read: Callable[[str], Condition]) -> dict[str, CompiledScore]:
    rule = PointRule(points=25, condition=read("need contains 'STRASSE'"), text="")
    events = (
        EventRule(event="demo", points=40),
        EventRule(event="visit", points=10, at_most=12),
    )
    half = timedelta(days=14)
    fit = Score(name="fit", label="Fit", rules=(rule,), at_most=20)
    interest = Score(name="interest", label="", events=events, half_life=half)
    return {each.name: compile_score(each) for each in (fit, interest)}


@pytest.fixture(name="happened")
def _happened(now: datetime) -> dict[str, tuple[Happening, ...]]:
    visits = [Happening("visit", now - timedelta(hours=hours)) for hours in (0, 1)]
    demos = [Happening("demo", now - timedelta(days=days)) for days in (14, -1)]
    return {"full": (*visits, *demos)}


@pytest.fixture(name="connection")
def _connection(
    scope: NameScope, happened: dict[str, tuple[Happening, ...]]
) -> Iterator[Connection]:
    sqlite.learn()
    engine = create_engine("sqlite://")
    METADATA.create_all(engine)
    with engine.connect() as connection:
        for name, values in RECORDS_BY_ID.items():
            row = {
                "id": name,
                "data": {each: to_json(value) for each, value in values.items()},
                "folded": folded(values, scope.fields),
            }
            connection.execute(insert(RECORDS), row)
            for event, at in happened.get(name, ()):
                happening = {"record_id": name, "name": event, "at": at}
                connection.execute(insert(EVENTS), happening)
        yield connection
    engine.dispose()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"company_size = {2**62 + 1}", {"full"}),
        (f"company_size > {2**62}", {"full"}),
        (f"company_size != {2**62}", {"full"}),
        (f"company_size in [1, {2**62}]", {"other"}),
        ("company_size is unknown", {"empty"}),
        ("company_size is known", {"full", "other"}),
        ("rating = 0.1", {"full"}),
        ("rating <= 0.3", {"full"}),
        ("rating < 0.1 or rating >= 0.30000000000000004", {"other"}),
        ("rating not in [0.1]", {"other"}),
        ("job_role = OWNER", {"full"}),
        ("job_role not in [owner]", {"other"}),
        ("need contains 'STRASSE i̇'", {"full"}),
        ("need contains '50%_ \\'", {"full"}),
        ("need does not contain '%%'", {"full", "other"}),
        ("need starts with 'strasse'", {"full"}),
        ("need ends with '😀'", {"full"}),
        ("need does not end with 'a very long text indeed'", {"full", "other"}),
        ("need = WEG", {"other"}),
        ("email ends with '@EXAMPLE.com'", {"full"}),
        ("technical_fit", {"full"}),
        ("not technical_fit", {"other"}),
        ("technical_fit is not false", {"full"}),
        ("'VIP' in tags", {"full"}),
        ("vip not in tags", {"other"}),
        ("tags is known", {"full", "other"}),
        ("decision_date within next 1 day", {"full"}),
        ("decision_date not within last 9 days", {"full"}),
        ("last_seen within last 1 hour", {"full"}),
        ("last_seen not within next 2 days", {"full"}),
        ("last_seen before 2026-03-11", {"full"}),
        ("all of ()", set(RECORDS_BY_ID)),
        ("any of ()", set()),
        ("at least 2 of (technical_fit, rating = 0.1, need = x)", {"full"}),
        ("at least 1 of (any of (), all of (technical_fit))", {"full"}),
        ("at least 2 of (all of (), any of (), technical_fit)", {"full"}),
        ("score.fit = 20", {"full"}),
        ("score.fit = 0", set(RECORDS_BY_ID) - {"full"}),
        ("score.interest = 32", {"full"}),
        ("score.interest > 31.999999 and need", {"full"}),
        ("score.interest < 0.000001", set(RECORDS_BY_ID) - {"full"}),
    ],
)
def test_sql_finds_the_records_that_the_guard_allows(
    connection: Connection,
    read: Callable[[str], Condition],
    facts: Callable[..., Facts],
    now: datetime,
    compiled: dict[str, CompiledScore],
    happened: dict[str, tuple[Happening, ...]],
    text: str,
    found: set[str],
) -> None:
    """The same records, one by one and all at once, and never neither yes nor no."""
    tree = read(text)
    guard = compile_guard(tree, compiled)
    allowed = {
        name
        for name, values in RECORDS_BY_ID.items()
        if guard.allows(facts(*happened.get(name, ()), **values))
    }

    condition = to_sql(tree, COLUMNS, now=now, today=now.date(), scores=compiled)
    query = select(RECORDS.c.id)
    assert found == allowed
    assert found == set(connection.scalars(query.where(condition)))
    others = set(RECORDS_BY_ID) - found
    assert others == set(connection.scalars(query.where(not_(condition))))


def test_sql_for_an_unknown_score_is_refused(
    read: Callable[[str], Condition], now: datetime
) -> None:
    """As compiling is."""
    with pytest.raises(GuardError, match="'fit'"):
        to_sql(read("ideal"), COLUMNS, now=now, today=now.date(), scores={})


def test_a_condition_at_the_bounds_runs_on_sqlite(
    connection: Connection, read: Callable[[str], Condition], now: datetime
) -> None:
    """SQLite limits the depth of an expression; the bounds of a condition are below."""
    deep = "technical_fit"
    for _ in range(DEEPEST - 1):
        deep = f"at least 2 of (need = x, {deep}, vip not in tags)"
    wide = " or ".join(["need = x"] * (MOST - 2))
    rule = PointRule(points=1, condition=read(deep), text="")
    score = Score(name="fit", label="", rules=(rule, rule), at_most=5)
    deeper = deep.replace("technical_fit", "score.fit > 0")

    for text in (deep, deeper, wide, f"at least 1 of ({wide.replace(' or ', ', ')})"):
        tree, scores = read(text), {"fit": compile_score(score)}
        condition = to_sql(tree, COLUMNS, now=now, today=now.date(), scores=scores)
        assert set() == set(connection.scalars(select(RECORDS.c.id).where(condition)))


def test_only_texts_of_declared_fields_are_folded(scope: NameScope) -> None:
    """Choices and addresses are stored in one spelling already."""
    values = {"need": "STRASSE ß", "job_role": "Team Lead", "old": "X", "source": None}

    assert folded(values, scope.fields) == {"need": "strasse ss"}
