"""Which visits a record's history amounts to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.domain.stays import (
    CountedVisit,
    as_story,
    in_order,
    last_word,
    visits_of,
)

DAY0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
RESTING = ("nurture", "lost")


def day(number: float) -> datetime:
    return DAY0 + timedelta(days=number)


def row(
    id: int,  # noqa: A002
    to_stage: str | None,
    at: float | None,
    *,
    kind: HistoryKind = HistoryKind.MOVED,
    cause: Cause = Cause.OUTSIDE,
    from_stage: str | None = None,
    learnt: float = 100,
    pass_number: int = 1,
) -> HistoryEntry:
    return HistoryEntry(
        id=id,
        record_id="r1",
        kind=kind,
        cause=cause,
        actor="somebody",
        happened_at=None if at is None else day(at),
        learnt_at=day(learnt),
        from_stage=from_stage,
        to_stage=to_stage,
        pass_number=pass_number,
        workflow_version="v1",
    )


def reported(
    id: int,  # noqa: A002
    to_stage: str,
    at: float,
    *,
    from_stage: str | None = None,
) -> HistoryEntry:
    return row(id, to_stage, at, cause=Cause.REPORTED, from_stage=from_stage)


def entered(
    id: int,  # noqa: A002
    to_stage: str,
    at: float | None,
    *,
    learnt: float = 50,
) -> HistoryEntry:
    return row(
        id,
        to_stage,
        at,
        kind=HistoryKind.ENTERED,
        cause=Cause.IMPORT,
        learnt=learnt,
    )


def told(visits: tuple[CountedVisit, ...]) -> list[tuple[object, ...]]:
    """Return each visit as stage, day in, day out, pass."""

    def of(moment: datetime | None) -> float | None:
        return None if moment is None else (moment - DAY0) / timedelta(days=1)

    return [
        (one.stage, of(one.entered_at), of(one.left_at), one.pass_number)
        for one in visits
    ]


def test_a_record_without_rows_has_no_visits() -> None:
    """Nothing happened: there is nothing to count."""
    assert visits_of([]) == ()
    assert last_word([]) is None


def test_people_read_the_past_where_it_happened() -> None:
    """Whenever it was told; what was seen stays in the order in which it was kept."""
    entered = row(1, "mql", 0, kind=HistoryKind.ENTERED, learnt=10)
    late = row(2, "mql", 8, kind=HistoryKind.WARNED, learnt=20)
    moved = row(3, "sal", 30, learnt=30)
    first, second = reported(4, "lead", 2), reported(5, "mql", 15)

    assert [first, entered, late, second, moved] == as_story(
        [second, moved, first, late, entered]
    )


def test_each_move_ends_a_visit_and_begins_the_next() -> None:
    """What Leadstate saw is told as it saw it; a closing row ends the last visit."""
    rows = [
        entered(1, "lead", 0),
        row(2, None, 60, kind=HistoryKind.REFUSED),
        row(3, "mql", 61, from_stage="lead"),
        row(4, None, 70, kind=HistoryKind.CLOSED, from_stage="mql"),
        row(5, None, 71, kind=HistoryKind.ERASED, from_stage="mql"),
    ]
    visits = visits_of(rows)

    assert [("lead", 0, 61, 1), ("mql", 61, 70, 1)] == told(visits)
    assert [(1,), (3,)] == [one.rows for one in visits]
    assert [3, 4] == [one.left_by for one in visits]
    assert {"v1"} == {one.workflow_version for one in visits}


def test_an_entry_time_that_nobody_knows_stays_unknown() -> None:
    """A record that was in its stage already when first seen came nobody knows when."""
    visits = visits_of([entered(1, "sal", None), row(2, "sql", 60, from_stage="sal")])

    assert [("sal", None, 60, 1), ("sql", 60, None, 1)] == told(visits)


def test_what_is_reported_gives_the_first_sight_its_entry_time() -> None:
    """The CRM's history and the first look tell of the same stay: it is one visit."""
    rows = [
        entered(1, "mql", None),
        row(2, "sal", 60, from_stage="mql"),
        reported(3, "mql", 20, from_stage="lead"),
        reported(4, "lead", 10),
    ]
    visits = visits_of(rows)

    assert [("lead", 10, 20, 1), ("mql", 20, 60, 1), ("sal", 60, None, 1)] == told(
        visits
    )
    assert [(4,), (3, 1), (2,)] == [one.rows for one in visits]
    assert [True, True, False] == [one.reported for one in visits]


def test_first_sight_elsewhere_than_reported_knows_no_entry_time() -> None:
    """The CRM's history lacks the last move: nobody knows when it was."""
    visits = visits_of([entered(1, "sal", 0), reported(2, "mql", 20)])

    assert [("mql", 20, None, 1), ("sal", None, None, 1)] == told(visits)
    assert 1 == visits[0].left_by


def test_a_reported_step_refines_what_was_seen_as_one_move() -> None:
    """Leadstate slept through a step: it is put between, and leaves no gap."""
    rows = [
        entered(1, "lead", 0),
        row(2, "sal", 80, from_stage="lead"),
        reported(3, "mql", 60, from_stage="lead"),
    ]

    assert [("lead", 0, 60, 1), ("mql", 60, 80, 1), ("sal", 80, None, 1)] == told(
        visits_of(rows)
    )


def test_a_move_that_was_reported_before_it_was_seen_is_one_visit() -> None:
    """A late poll tells of the move once more; the reported time is the entry time."""
    rows = [
        entered(1, "lead", 0),
        row(2, "mql", 80, from_stage="lead"),
        reported(3, "mql", 60, from_stage="lead"),
    ]

    assert [("lead", 0, 60, 1), ("mql", 60, None, 1)] == told(visits_of(rows))


def test_a_repeated_report_opens_nothing() -> None:
    """A CRM may set a stage to what it is already."""
    visits = visits_of([reported(1, "mql", 10), reported(2, "mql", 20)])

    assert [("mql", 10, None, 1)] == told(visits)
    assert (1, 2) == visits[0].rows


def test_a_move_into_its_own_stage_is_a_new_visit() -> None:
    """What Leadstate did counts as it did it, even in a circle of one."""
    rows = [entered(1, "lead", 0), row(2, "lead", 60, from_stage="lead")]

    assert [("lead", 0, 60, 1), ("lead", 60, None, 1)] == told(visits_of(rows))


def test_a_gap_leaves_the_end_unknown() -> None:
    """Where the next row begins elsewhere, nobody knows when the stage was left."""
    rows = [
        reported(1, "mql", 10, from_stage="lead"),
        reported(2, "won", 30, from_stage="sql"),
    ]
    visits = visits_of(rows)

    assert [("mql", 10, None, 1), ("won", 30, None, 1)] == told(visits)
    assert 2 == visits[0].left_by


def test_what_was_seen_keeps_its_order_whatever_the_clocks_say() -> None:
    """A CRM's clock that is behind ours turns no story round, and no visit either."""
    rows = [
        entered(1, "lead", 0),
        row(2, "mql", 60, from_stage="lead"),
        row(3, "sal", 59, from_stage="mql"),
    ]

    assert ["lead", "mql", "sal"] == [one.to_stage for one in in_order(reversed(rows))]
    assert [("lead", 0, 60, 1), ("mql", 60, 60, 1), ("sal", 60, None, 1)] == told(
        visits_of(rows)
    )
    assert day(60) == last_word(rows)


def test_at_the_same_second_the_row_that_was_kept_first_comes_first() -> None:
    """Ties are kept in the order of the rows."""
    rows = [reported(2, "sal", 10), reported(1, "mql", 10)]

    assert [("mql", 10, 10, 1), ("sal", 10, None, 1)] == told(visits_of(rows))


def test_a_record_that_comes_back_is_in_its_stage_again() -> None:
    """A closed record opens where it stood; the time between belongs to no stage."""
    rows = [
        entered(1, "lead", 0),
        row(2, None, 60, kind=HistoryKind.CLOSED),
        row(3, "lead", 70, kind=HistoryKind.REOPENED),
    ]

    assert [("lead", 0, 60, 1), ("lead", 70, None, 1)] == told(visits_of(rows))


@pytest.mark.parametrize(
    ("stages", "passes"),
    [
        (("lead", "lost", "lead"), [1, 1, 2]),
        (("lead", "nurture", "lost", "lead"), [1, 1, 1, 2]),
        (("nurture", "lead", "nurture", "lead"), [1, 2, 2, 3]),
    ],
    ids=["comes_back", "rests_twice", "begins_parked"],
)
def test_coming_back_begins_the_next_pass(
    stages: tuple[str, ...], passes: list[int]
) -> None:
    """From a parked or closed stage to an open one is the next trip."""
    rows = [reported(place, stage, place) for place, stage in enumerate(stages, 1)]
    visits = visits_of(rows, resting=RESTING)

    assert passes == [one.pass_number for one in visits]


def test_trips_before_leadstate_came_count_for_what_it_saw_too() -> None:
    """What was its first pass here turns out to be the second; later ones follow."""
    rows = [
        entered(1, "mql", None),
        row(2, "lost", 60, from_stage="mql"),
        row(3, "mql", 70, from_stage="lost", pass_number=2),
        reported(4, "lost", 10),
        reported(5, "mql", 20, from_stage="lost"),
    ]
    visits = visits_of(rows, resting=RESTING)

    assert [1, 2, 2, 3] == [one.pass_number for one in visits]


def test_a_report_after_the_last_word_is_news() -> None:
    """Leadstate tells the story until it last looked or moved."""
    rows = [entered(1, "lead", 0, learnt=50), reported(2, "mql", 60)]

    assert day(50) == last_word(rows)
