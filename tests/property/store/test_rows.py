"""Whatever is put in comes out: values, texts of any script, exact times."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from leadstate.domain.clock import Pause, SlaClock
from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.domain.lifecycle import Field
from leadstate.domain.record import Record
from leadstate.domain.values import FieldType, Unparsable
from leadstate.store import InboxItem, NewRecord
from leadstate.store.columns import from_micros, to_micros

if TYPE_CHECKING:
    from tests.property.store.conftest import Fresh

NOW = datetime(2026, 3, 1, tzinfo=UTC)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
moments = st.datetimes(timezones=st.just(UTC)).filter(lambda at: at.year >= 1000)
numbers = st.floats(allow_nan=False, allow_infinity=False)
whole = st.integers(-(2**63), 2**63 - 1)
VALUES = {
    FieldType.TEXT: texts,
    FieldType.TAGS: st.frozensets(texts, min_size=1, max_size=3),
    FieldType.INTEGER: whole,
    FieldType.NUMBER: numbers,
    FieldType.BOOLEAN: st.booleans(),
    FieldType.DATE: st.dates(),
    FieldType.DATETIME: moments,
}
FIELDS = {kind: Field(name=kind, type=kind, label=kind) for kind in VALUES}
values = st.fixed_dictionaries(
    {},
    optional={
        str(kind): one | st.none() | texts.map(Unparsable)
        for kind, one in VALUES.items()
    },
)
scalars = st.none() | st.booleans() | whole | numbers | st.text(max_size=10)
documents = st.dictionaries(
    st.text(max_size=5),
    st.recursive(scalars, lambda inner: st.lists(inner, max_size=3), max_leaves=5),
    max_size=4,
)

lengths = st.timedeltas(timedelta(0), timedelta(days=10_000))
clocks = st.builds(
    SlaClock,
    record_id=st.just("r1"),
    sla=texts,
    stage=texts,
    stage_version=st.integers(0, 9),
    team=st.none() | texts,
    entered_at=st.none() | moments,
    started_at=st.none() | moments,
    carried=lengths,
    pauses=st.lists(
        st.builds(Pause, moments, st.none() | moments, texts, texts), max_size=3
    ).map(tuple),
    due_at=st.none() | moments,
    used=st.none() | lengths,
    fired=st.frozensets(texts, max_size=3),
    breached_at=st.none() | moments,
    ended_at=st.none() | moments,
)


@given(values=values, entered_at=moments | st.none())
@settings(max_examples=40, deadline=None)
def test_a_record_survives(
    fresh: Fresh, values: dict[str, object], entered_at: datetime | None
) -> None:
    """Every type of value, missing and unreadable ones too."""
    record = Record(id="r1", stage="lead", entered_at=entered_at, values=values)
    with fresh() as store, store.begin() as work:
        work.records.add([NewRecord(record=record, workflow="b2b", created_at=NOW)])

        assert work.records.get("r1", FIELDS).record == record


@given(text=texts, happened_at=moments | st.none(), receipt=documents)
@settings(max_examples=40, deadline=None)
def test_a_history_entry_survives(
    fresh: Fresh, text: str, happened_at: datetime | None, receipt: dict[str, object]
) -> None:
    """Texts of people and receipts, as they were."""
    entry = HistoryEntry(
        record_id="r1",
        kind=HistoryKind.MOVED,
        cause=Cause.OUTSIDE,
        actor=text,
        happened_at=happened_at,
        learnt_at=NOW,
        from_stage=text,
        to_stage=None,
        note=text,
        receipt=receipt,
    )
    with fresh() as store, store.begin() as work:
        work.history.append([entry])

        assert work.history.of("r1") == [replace(entry, id=1)]


@given(clock=clocks)
@settings(max_examples=40, deadline=None)
def test_a_clock_survives(fresh: Fresh, clock: SlaClock) -> None:
    """Pauses with any words, open or ended, and lengths of time to the microsecond."""
    with fresh() as store, store.begin() as work:
        work.clocks.save([clock])

        assert {"r1": [replace(clock, id=1)]} == work.clocks.of(["r1"])
        open_ones = {} if clock.ended_at else {"r1": [replace(clock, id=1)]}
        assert open_ones == work.clocks.open_of(["r1"])
        standing = work.clocks.listing(paused=True)
        assert (clock.paused is not None) == bool(standing)


@given(payload=documents)
@settings(max_examples=40, deadline=None)
def test_a_payload_survives(fresh: Fresh, payload: dict[str, object]) -> None:
    """Also with lone surrogates, which no other column could hold."""
    item = InboxItem(
        key="k",
        connection="hub",
        kind="changed",
        object="contacts",
        external_id="1",
        happened_at=None,
        received_at=NOW,
        due_at=NOW,
        payload=payload,
    )
    with fresh() as store, store.begin() as work:
        work.inbox.add([item])

        assert work.inbox.get(1).payload == payload


@given(one=moments, other=moments)
def test_stored_moments_sort_as_moments_do(one: datetime, other: datetime) -> None:
    """Exact in both directions, before 1970 too."""
    assert from_micros(to_micros(one)) == one
    assert (one < other) == (to_micros(one) < to_micros(other))
