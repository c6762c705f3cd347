"""Visits equal a recount from the history, whenever the past is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.history import Cause, HistoryKind
from leadstate.store import FieldChange, FirstVisit, VisitTurn

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.store import Store, Work
    from tests.unit.store.conftest import Make

RESTING = ("nurture", "lost")


def enter(work: Work, make: type[Make], record_id: str, stage: str) -> None:
    """Take a record under care as a commit does: nobody knows when it came there."""
    entry = make.entry(record_id, stage, happened_at=None, learnt_at=make.at(100))
    [row] = work.history.append([entry])
    work.visits.open_first(
        [FirstVisit(record_id=record_id, stage=stage, entered_by=row, owner="olena")]
    )


def move(
    work: Work,
    make: type[Make],
    record_id: str,
    way: tuple[str, str],
    at: datetime,
    pass_number: int = 1,
) -> None:
    """Move a record as a commit does."""
    entry = make.entry(
        record_id,
        way[1],
        kind=HistoryKind.MOVED,
        from_stage=way[0],
        happened_at=at,
        learnt_at=at,
        pass_number=pass_number,
    )
    [row] = work.history.append([entry])
    turn = VisitTurn(
        record_id=record_id,
        history_id=row,
        stage=way[1],
        left_at=at,
        entered_at=at,
        pass_number=pass_number,
    )
    work.visits.turn([turn])


def tell(work: Work, make: type[Make], record_id: str, stage: str, at: float) -> str:
    """Keep what a CRM's history says of the past."""
    entry = make.entry(
        record_id,
        stage,
        kind=HistoryKind.MOVED,
        cause=Cause.REPORTED,
        happened_at=make.at(at),
        learnt_at=make.at(500),
    )
    return work.history.append([entry])[0]


def test_live_moves_equal_a_recount(store: Store, make: type[Make]) -> None:
    """Also where a clock is behind: no visit begins before the one before it."""
    with store.begin() as work:
        work.records.add([make.new("r1", "sal")])
        enter(work, make, "r1", "lead")
        move(work, make, "r1", ("lead", "mql"), make.at(200))
        move(work, make, "r1", ("mql", "sal"), make.at(190))

        assert [] == work.visits.differences(resting=RESTING)
        assert [make.at(200)] * 2 == [
            one.entered_at for one in work.visits.of("r1")[1:]
        ]


def test_the_past_is_put_before_what_was_seen(store: Store, make: type[Make]) -> None:
    """The first visit gets its entry time and keeps its owner; the rest follows."""
    with store.begin() as work:
        work.records.add([make.new("r1", "mql")])
        enter(work, make, "r1", "mql")
        lead = tell(work, make, "r1", "lead", 10)
        tell(work, make, "r1", "mql", 20)
        [said] = work.visits.differences(resting=RESTING)
        changed = work.visits.recount(["r1"], resting=RESTING, owners={lead: "petro"})
        again = work.visits.recount(["r1"], resting=RESTING)
        first, second = work.visits.of("r1")

        assert "has visited" in said or "visited mql" in said
        assert [1, 0] == [changed, again]
        assert [] == work.visits.differences(resting=RESTING)
    assert ("lead", make.at(10), make.at(20), "petro", True) == (
        first.stage,
        first.entered_at,
        first.left_at,
        first.owner,
        first.reported,
    )
    assert ("mql", make.at(20), None, "olena", True) == (
        second.stage,
        second.entered_at,
        second.left_at,
        second.owner,
        second.reported,
    )


def test_passes_that_were_told_count_for_later_moves(
    store: Store, make: type[Make]
) -> None:
    """A live move after a backfill goes on with the recounted pass."""
    with store.begin() as work:
        work.records.add([make.new("r1", "mql")])
        enter(work, make, "r1", "mql")
        for stage, at in (("mql", 10), ("lost", 20), ("mql", 30)):
            tell(work, make, "r1", stage, at)
        work.visits.recount(["r1"], resting=RESTING)
        move(work, make, "r1", ("mql", "lost"), make.at(200))
        move(work, make, "r1", ("lost", "mql"), make.at(210), pass_number=2)

        assert [1, 1, 2, 2, 3] == [one.pass_number for one in work.visits.of("r1")]
        assert [] == work.visits.differences(resting=RESTING)


def test_a_record_of_a_file_that_turns_up_keeps_its_open_visit(
    store: Store, make: type[Make]
) -> None:
    """Being seen in a CRM is no second stay."""
    with store.begin() as work:
        work.records.add([make.new("r1", "mql")])
        tell(work, make, "r1", "mql", 10)
        work.visits.recount(["r1"], resting=RESTING)
        back = make.entry(
            "r1", "mql", kind=HistoryKind.REOPENED, learnt_at=make.at(500)
        )
        [row] = work.history.append([back])
        work.visits.open_first(
            [FirstVisit(record_id="r1", stage="mql", entered_by=row)]
        )

        assert 1 == len(work.visits.of("r1"))
        assert [] == work.visits.differences(resting=RESTING)


def test_a_wrong_time_is_a_difference(store: Store, make: type[Make]) -> None:
    """Not only the stages are held against the history."""
    with store.begin() as work:
        work.records.add([make.new("r1", "lead")])
        [row] = work.history.append([make.entry("r1", "lead")])
        work.visits.open_first(
            [FirstVisit(record_id="r1", stage="lead", entered_by=row)]
        )

        assert [
            "the times or passes of record r1's visits differ from its history"
        ] == (work.visits.differences(resting=RESTING, limit=1))


def test_told_values_are_older_than_seen_ones(store: Store, make: type[Make]) -> None:
    """Which value is the newest does not change by learning an older one later."""

    def change(at: float | None, source: str) -> FieldChange:
        return FieldChange(
            record_id="r1",
            field="need",
            old=None,
            new="x",
            changed_at=None if at is None else make.at(at),
            learnt_at=make.at(500),
            source=source,
        )

    with store.begin() as work:
        work.records.add([make.new("r1", "lead")])
        work.field_changes.add([change(-30, "told"), change(-40, "told earlier")])
        before = work.field_changes.latest(["r1"])
        work.field_changes.add([change(60, "seen"), change(-20, "told late")])

        assert {"r1": {"need": (make.at(-30), "told")}} == before
        assert {"r1": {"need": (make.at(60), "seen")}} == (
            work.field_changes.latest(["r1"])
        )
