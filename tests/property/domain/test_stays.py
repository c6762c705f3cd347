"""Visits are a function of the rows: of all of them, in whatever order they come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.domain.stays import BEGINNING, ENDING, in_order, is_reported, visits_of

DAY0 = datetime(2026, 3, 2, tzinfo=UTC)
STAGES = ("lead", "mql", "nurture", "won")
RESTING = ("nurture", "won")
MOMENTS = st.integers(0, 12).map(lambda hours: DAY0 + timedelta(hours=hours))
KINDS = st.sampled_from(
    [
        HistoryKind.ENTERED,
        HistoryKind.MOVED,
        HistoryKind.MOVED,
        HistoryKind.MOVED,
        HistoryKind.REOPENED,
        HistoryKind.CLOSED,
        HistoryKind.ERASED,
        HistoryKind.REFUSED,
    ]
)


@st.composite
def stories(draw: st.DrawFn) -> list[HistoryEntry]:
    """Rows of one record, of any kind, by any clock, in the order of their commits."""
    return [
        HistoryEntry(
            id=place,
            record_id="r1",
            kind=draw(KINDS),
            cause=draw(st.sampled_from([Cause.OUTSIDE, Cause.REPORTED])),
            actor="",
            happened_at=draw(st.none() | MOMENTS),
            learnt_at=draw(MOMENTS),
            from_stage=draw(st.none() | st.sampled_from(STAGES)),
            to_stage=draw(st.sampled_from(STAGES)),
        )
        for place in range(1, draw(st.integers(0, 12)) + 1)
    ]


@given(stories(), st.randoms(use_true_random=False))
def test_any_order_of_the_rows_gives_the_same_visits(
    rows: list[HistoryEntry], chance: object
) -> None:
    """A recount does not depend on how the rows were fetched."""
    shuffled = list(rows)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    assert visits_of(rows, resting=RESTING) == visits_of(shuffled, resting=RESTING)


@given(stories())
def test_visits_never_overlap(rows: list[HistoryEntry]) -> None:
    """Each begins when the one before it is over, and ends after it began."""
    visits = visits_of(rows, resting=RESTING)
    moments = [
        at for one in visits for at in (one.entered_at, one.left_at) if at is not None
    ]

    assert sorted(moments) == moments
    assert all(one.left_by is not None for one in visits[:-1])


@given(stories())
def test_every_row_is_accounted_for(rows: list[HistoryEntry]) -> None:
    """A row that says where the record is stands in exactly one visit, of its stage."""
    visits = visits_of(rows, resting=RESTING)
    counted = [place for one in visits for place in one.rows]
    ends = {one.left_by for one in visits} - {None}

    assert sorted(one.id for one in rows if one.kind in BEGINNING) == sorted(counted)
    assert ends <= {one.id for one in rows if one.kind in BEGINNING | ENDING}
    stage_of = {one.id: one.to_stage for one in rows}
    assert all(one.stage == stage_of[place] for one in visits for place in one.rows)


@given(stories())
def test_what_was_seen_keeps_the_order_of_the_commits(rows: list[HistoryEntry]) -> None:
    """Reported rows are put between witnessed ones, and turn none of them round."""
    seen = [one.id for one in in_order(rows) if not is_reported(one)]

    assert sorted(seen, key=lambda place: place or 0) == seen


@given(stories())
def test_passes_only_go_up_by_one(rows: list[HistoryEntry]) -> None:
    """Trips are counted without leaving one out."""
    passes = [one.pass_number for one in visits_of(rows, resting=RESTING)]

    assert {1} >= set(passes[:1])
    assert all(after - before in {0, 1} for before, after in pairwise(passes))
