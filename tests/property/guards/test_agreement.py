"""Closure, examination, explanation and SQL give one verdict; text and tree are one.

Records hold every type, missing and unparsable values, and text whose case folds in
surprising ways; trees hold every operator, scores and named criteria.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    insert,
    not_,
    select,
)
from sqlalchemy.pool import StaticPool

from leadstate.domain.condition import FieldRef, Named, Operator, ScoreRef, Test
from leadstate.domain.lifecycle import Criterion, EventRule, Field, PointRule, Score
from leadstate.domain.receipt import Contribution
from leadstate.domain.record import Happening, Record
from leadstate.domain.values import FieldType, Unparsable, coerce, to_json
from leadstate.guards import (
    Facts,
    GuardError,
    NameScope,
    SqlColumns,
    all_of,
    any_of,
    at_least,
    compile_guard,
    compile_score,
    folded,
    negate,
    none_of,
    read_condition,
    references,
    render_condition,
    to_sql,
)
from leadstate.store.sqlite import dialect as sqlite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from leadstate.domain.condition import Condition, Literal
    from leadstate.domain.values import Value
    from leadstate.guards import CompiledScore, Mistake


NOW = datetime(2026, 3, 29, 23, 30, tzinfo=UTC)  # already the 30th in Berlin
ZONE = ZoneInfo("Europe/Berlin")
OPTIONS = ("owner", "Director", "1-10", "known", "or")
FIELDS = {
    kind.value: Field(name=kind.value, type=kind, label=kind.name, options=OPTIONS)
    for kind in FieldType
}
TEXTS = ["Acme GmbH", "ACME", "Straße", "STRASSE", "İzmir", "izmir", "ΟΔΟΣ", "οδος"]
TEXTS += ["50% off_", "it's 'x'", '"', "😀 crm", "a\\b", "true", "50", "null", "ﬁ"]
DAYS = st.dates(date(2026, 3, 1), date(2026, 4, 30)) | st.sampled_from(
    [date(2026, 3, 29), date(2026, 3, 30), date(1970, 1, 1), date(2099, 12, 31)]
)
MOMENTS = st.datetimes(
    datetime(2026, 3, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2026, 4, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
) | st.sampled_from([NOW, NOW + timedelta(hours=2), NOW - timedelta(days=7)])
WORDS = st.sampled_from(TEXTS) | st.text(
    st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=4
).filter(lambda text: text.strip())
NUMBERS = st.sampled_from([0.0, 50.0, 0.1, 0.3, -1.5]) | st.integers(
    -(10**7), 10**7
).map(lambda number: number / 1000)
WHOLE = st.integers(-5, 60) | st.sampled_from([2**62 + 1, 2**62, -(2**63)])
PHONES = st.sampled_from(["+4930901820", "+380441234567", "room 5", "12-34"])
EMAILS = st.sampled_from(["a@example.com", "Bob@Example.com", "straße@example.de"])
TAGS = st.sampled_from(["spam", "Existing_Client", "STRASSE", "straße", "x"])
CONSTANTS: dict[FieldType, st.SearchStrategy[Literal]] = {
    FieldType.TEXT: WORDS,
    FieldType.EMAIL: EMAILS.map(str.lower),
    FieldType.PHONE: PHONES,
    FieldType.CHOICE: st.sampled_from(OPTIONS),
    FieldType.OWNER: st.sampled_from(["ann", "bob", "straße", "7"]).map(str.casefold),
    FieldType.TAGS: TAGS.map(str.casefold),
    FieldType.INTEGER: WHOLE,
    FieldType.NUMBER: NUMBERS,
    FieldType.MONEY: NUMBERS,
    FieldType.BOOLEAN: st.booleans(),
    FieldType.DATE: DAYS,
    FieldType.DATETIME: MOMENTS,
}
RAW: dict[FieldType, st.SearchStrategy[object]] = {
    **CONSTANTS,
    FieldType.EMAIL: EMAILS,
    FieldType.OWNER: st.sampled_from(["Ann", " bob", "STRASSE", "7"]),
    FieldType.PHONE: PHONES,
    FieldType.TAGS: st.lists(TAGS, min_size=1, max_size=3),
}
EQUAL = [Operator.EQ, Operator.NE]
ORDER = [Operator.LT, Operator.LE, Operator.GT, Operator.GE]
LISTS = [Operator.IN, Operator.NOT_IN]
PRESENT = [Operator.KNOWN, Operator.UNKNOWN]
PARTS = [each for each in Operator if each.name.endswith(("CONTAINS", "_WITH"))]
SPANS = [each for each in Operator if "WITHIN" in each.name]
NUMERIC = EQUAL + ORDER + LISTS + PRESENT
OPERATORS = {
    FieldType.TEXT: EQUAL + LISTS + PRESENT + PARTS,
    FieldType.EMAIL: EQUAL + LISTS + PRESENT + PARTS,
    FieldType.PHONE: EQUAL + LISTS + PRESENT + PARTS,
    FieldType.CHOICE: EQUAL + LISTS + PRESENT,
    FieldType.OWNER: EQUAL + LISTS + PRESENT,
    FieldType.TAGS: [Operator.HAS, Operator.HAS_NOT, *PRESENT],
    FieldType.INTEGER: NUMERIC,
    FieldType.NUMBER: NUMERIC,
    FieldType.MONEY: NUMERIC,
    FieldType.BOOLEAN: EQUAL + PRESENT,
    FieldType.DATE: NUMERIC + SPANS,
    FieldType.DATETIME: EQUAL + ORDER + PRESENT + SPANS,
}

# -- strategies --------------------------------------------------------------


@st.composite
def field_tests(draw: st.DrawFn) -> Test:
    """Any test on any field that the language can write."""
    kind = draw(st.sampled_from(list(FieldType)))
    operator = draw(st.sampled_from(OPERATORS[kind]))
    subject = FieldRef(kind.value, kind, kind.name)
    if operator in PRESENT:
        return Test(subject, operator)
    if operator in SPANS:
        units = [timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)]
        each = units[0] if kind is FieldType.DATE else draw(st.sampled_from(units))
        return Test(subject, operator, (each * draw(st.integers(0, 40)),))
    most = 3 if operator in LISTS else 1
    constants = draw(st.lists(CONSTANTS[kind], min_size=1, max_size=most))
    return Test(subject, operator, tuple(constants))


SCORE_TESTS = st.builds(
    lambda name, operator, points: Test(ScoreRef(name), operator, (points,)),
    st.sampled_from(["fit", "interest"]),
    st.sampled_from(EQUAL + ORDER),
    st.sampled_from([0.0, 10.0, 25.0, 20.0, 40.0, 33.333333]) | NUMBERS,
)


def grown(leaves: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    """Trees over the leaves, through every builder."""

    def group(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
        several = st.lists(parts, max_size=5)
        some = st.lists(parts, min_size=1, max_size=5)
        counted = some.flatmap(
            lambda found: st.integers(1, len(found)).map(
                lambda needed: at_least(needed, found)
            )
        )
        builders = [several.map(build) for build in (all_of, any_of, none_of)]
        return st.one_of(*builders, counted, parts.map(negate))

    return st.recursive(leaves, group, max_leaves=8)


FIELD_TREES = grown(field_tests())
CRITERIA = {
    "fits": Criterion(
        name="fits",
        label="Fits",
        condition=read_condition(
            "integer >= 50 and (text contains 'e' or not 'spam' in tags)",
            NameScope(fields=FIELDS),
        ),
    ),
    "boolean": Criterion(
        name="boolean",
        label="Yes",
        condition=read_condition("boolean is true", NameScope(fields=FIELDS)),
    ),
}
NAMED = st.sampled_from(
    [Named(each.name, each.label, each.condition) for each in CRITERIA.values()]
)
TREES = grown(field_tests() | SCORE_TESTS | NAMED)
SCOPE = NameScope(fields=FIELDS, scores=("fit", "interest"), criteria=CRITERIA)


def values_of(kind: FieldType, *, known: bool = False) -> st.SearchStrategy[Value]:
    """Values as they come in through the door: typed, missing or unparsable."""
    typed = (
        RAW[kind]
        .map(lambda raw: coerce(raw, kind, OPTIONS))
        .filter(lambda value: value is not None and not isinstance(value, Unparsable))
    )
    if known:
        return typed
    return typed | st.none() | st.builds(Unparsable, st.sampled_from(["?", "spam"]))


HAPPENINGS = st.lists(
    st.builds(
        Happening,
        st.sampled_from(["demo", "visit", "other"]),
        st.integers(-40 * 24, 48).map(lambda hours: NOW + timedelta(hours=hours))
        | MOMENTS,
    ),
    max_size=8,
    unique=True,
).map(tuple)


@st.composite
def records(draw: st.DrawFn, *, known: bool = False) -> Record:
    """Any record."""
    values = {
        kind.value: draw(values_of(kind, known=known))
        for kind in FieldType
        if known or draw(st.booleans())
    }
    return Record(id="r", stage="s", values=values, happenings=draw(HAPPENINGS))


@st.composite
def scores(draw: st.DrawFn) -> dict[str, CompiledScore]:
    """Two compiled scores: one of rules and events, one of events that decay."""
    points = st.sampled_from([25.0, 10.0, -15.0, 33.333333]) | NUMBERS
    rules = tuple(
        PointRule(points=draw(points), condition=condition, text="rule")
        for condition in draw(st.lists(FIELD_TREES, max_size=2))
    )
    caps = st.none() | st.sampled_from([30.0, 0.5, 100.0])
    lives = st.sampled_from([None, timedelta(days=14), timedelta(hours=7)])
    events = tuple(
        EventRule(event=name, points=draw(points), at_most=draw(caps))
        for name in ("demo", "visit")
    )
    fit = Score(name="fit", label="Fit", rules=rules, at_most=draw(caps))
    interest = Score(
        name="interest",
        label="Interest",
        rules=rules[:1],
        events=events,
        half_life=draw(lives),
        at_most=draw(caps),
    )
    return {each.name: compile_score(each) for each in (fit, interest)}


# -- a real database ---------------------------------------------------------

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
    Column("at", BigInteger),
)
COLUMNS = SqlColumns(
    data=RECORDS.c.data,
    folded=RECORDS.c.folded,
    record_id=RECORDS.c.id,
    event_record_id=EVENTS.c.record_id,
    event_name=EVENTS.c.name,
    event_at=EVENTS.c.at,
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module", name="connection")
def _connection() -> Iterator[Connection]:
    sqlite.learn()
    engine = create_engine("sqlite://", poolclass=StaticPool)
    METADATA.create_all(engine)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def stored(connection: Connection, number: int, record: Record) -> None:
    """Store a record as the store does."""
    data = {name: to_json(value) for name, value in record.values.items()}
    row = {
        "id": str(number),
        "data": {name: value for name, value in data.items() if value is not None},
        "folded": folded(record.values, FIELDS),
    }
    connection.execute(insert(RECORDS), row)
    for event, at in record.happenings:
        micros = (at - EPOCH) // timedelta(microseconds=1)
        happening = {"record_id": str(number), "name": event, "at": micros}
        connection.execute(insert(EVENTS), happening)


def thorough(examples: int = 100) -> settings:
    """Settings for trees that take a while to draw."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    checks += [HealthCheck.function_scoped_fixture]
    return settings(max_examples=examples, deadline=None, suppress_health_check=checks)


@thorough(250)
@given(TREES, st.lists(records(), min_size=1, max_size=5), scores())
def test_every_way_of_asking_gives_one_verdict(
    connection: Connection,
    tree: Condition,
    many: list[Record],
    compiled: dict[str, CompiledScore],
) -> None:
    """SQL selects exactly the records that the guard allows, and explains as met."""
    guard = compile_guard(tree, compiled)
    allowed = set()
    connection.execute(delete(RECORDS))
    connection.execute(delete(EVENTS))
    for number, record in enumerate(many):
        facts = Facts.of(record, NOW, ZONE)
        examined = guard.examine(facts)
        assert guard.allows(facts) is examined.met is examined.finding().met
        stored(connection, number, record)
        allowed |= {str(number)} if examined.met else set()
    today = NOW.astimezone(ZONE).date()
    condition = to_sql(tree, COLUMNS, now=NOW, today=today, scores=compiled)
    found = set(connection.scalars(select(RECORDS.c.id).where(condition)))
    others = set(connection.scalars(select(RECORDS.c.id).where(not_(condition))))

    assert allowed == found
    assert {str(number) for number in range(len(many))} - allowed == others


WORDS_OF_CODE = {"get", "casefold", "startswith", "endswith"}
WORDS_OF_CODE |= {"score", "now", "today", "__class__"}
WORDS_OF_DATA = {"status", "observed", "parts"}


@thorough(250)
@given(TREES, scores())
def test_nothing_that_a_workflow_says_stands_in_the_code(
    tree: Condition, compiled: dict[str, CompiledScore]
) -> None:
    """Compiled functions know fixed words and made-up names, and call nothing else."""
    guard = compile_guard(tree, compiled)

    for made in (guard.check, guard.explain):
        code = made.__code__
        assert set(code.co_names) <= WORDS_OF_CODE | {
            f"k{number}" for number in range(len(made.__globals__))
        }
        assert set(_constants(code.co_consts)) <= {None, True, False, *WORDS_OF_DATA}
        assert {} == made.__globals__["__builtins__"]


def _constants(found: tuple[object, ...]) -> Iterator[object]:
    """Yield every constant; Python keeps a row of them as a tuple."""
    for one in found:
        if isinstance(one, tuple):
            yield from _constants(one)
        else:
            yield one


@thorough()
@given(records(), scores())
def test_the_parts_of_a_score_sum_to_it(
    record: Record, compiled: dict[str, CompiledScore]
) -> None:
    """Every point of a score is explained, the cap included."""
    facts = Facts.of(record, NOW, ZONE)

    for score in compiled.values():
        parts = [Contribution.of_data(one) for one in score.explain(facts)]
        assert score.value(facts) == pytest.approx(sum(part.points for part in parts))


@thorough()
@given(TREES)
def test_a_rendered_condition_reads_back(tree: Condition) -> None:
    """Text and tree are two forms of one thing."""
    assert tree == read_condition(render_condition(tree), SCOPE)


@thorough()
@given(TREES)
def test_a_double_negation_changes_nothing(tree: Condition) -> None:
    """Turning a tree round twice gives the same tree, and so the same verdict."""
    assert tree == negate(negate(tree))


@thorough()
@given(TREES, records(known=True), scores())
def test_a_negation_is_the_opposite_where_all_is_known(
    tree: Condition, record: Record, compiled: dict[str, CompiledScore]
) -> None:
    """Only missing and unparsable values make a difference between no and not yes."""
    facts = Facts.of(record, NOW, ZONE)

    met = compile_guard(tree, compiled).allows(facts)
    assert met is not compile_guard(negate(tree), compiled).allows(facts)


@thorough()
@given(field_tests(), records())
def test_nothing_is_met_by_a_missing_value(test: Test, record: Record) -> None:
    """Neither a test nor its negation is met without a value to hold against it."""
    values = {**record.values, test.subject.name: None}
    facts = Facts(values, (), NOW, NOW.date())

    for asked in (test, negate(test)):
        met = compile_guard(asked, {}).allows(facts)
        assert met is (asked == Test(test.subject, Operator.UNKNOWN))


SOUP = st.lists(
    st.sampled_from(
        [
            "(",
            ")",
            "[",
            "]",
            ",",
            "=",
            "!=",
            "<",
            ">=",
            "and",
            "or",
            "not",
            "in",
            "is",
            "has",
            "known",
            "unknown",
            "contains",
            "starts",
            "ends",
            "with",
            "does",
            "within",
            "next",
            "last",
            "before",
            "after",
            "all",
            "any",
            "none",
            "of",
            "at",
            "least",
            "2",
            "90",
            "days",
            "text",
            "choice",
            "tags",
            "integer",
            "number",
            "boolean",
            "date",
            "datetime",
            "score.fit",
            "fits",
            "owner",
            "2026-01-31",
            "'x'",
            "10k",
            "nowhere",
            "hours",
            "weeks",
            "contain",
            "start",
            "end",
            "true",
        ]
    ),
    max_size=12,
).map(" ".join)


@thorough(400)
@given(SOUP | st.text(max_size=60))
def test_any_text_is_read_or_refused_with_sentences(text: str) -> None:
    """Whatever people type, they get a condition or a list of mistakes."""
    tree, mistakes = read_or_refused(text)

    assert (tree is None) is bool(mistakes)
    assert tree is None or tree == read_condition(render_condition(tree), SCOPE)
    for mistake in mistakes:
        assert 0 <= mistake.offset <= mistake.offset + mistake.length <= len(text)
    assert all(name in text for name in references(text))


def read_or_refused(text: str) -> tuple[Condition | None, tuple[Mistake, ...]]:
    """Return the tree or the mistakes."""
    try:
        return read_condition(text, SCOPE), ()
    except GuardError as error:
        return None, error.mistakes
