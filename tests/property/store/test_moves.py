"""Compare-and-set and visits: after any moves by any threads, all tables agree."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from threading import Thread
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.domain.record import Record
from leadstate.errors import VersionConflict
from leadstate.store import (
    FirstVisit,
    NewRecord,
    RecordChange,
    RecordStatus,
    VisitEnd,
    VisitTurn,
)

if TYPE_CHECKING:
    from leadstate.store import Store, Work
    from tests.property.store.conftest import Fresh

NOW = datetime(2026, 3, 1, tzinfo=UTC)
IDS = ("r1", "r2", "r3")
moves = st.tuples(st.sampled_from(IDS), st.sampled_from(["mql", "sal", "closed"]))


@given(batches=st.lists(st.lists(moves, max_size=6), max_size=6))
@settings(max_examples=30, deadline=None)
def test_a_record_is_in_one_stage_at_a_time(
    fresh: Fresh, batches: list[list[tuple[str, str]]]
) -> None:
    """Position, history and visits tell the same story after every commit."""
    with fresh() as store:
        _enter(store)
        for batch in batches:
            with store.begin() as work:
                for record_id, target in batch:
                    _move(work, record_id, target)
                work.commit()
        assert store.integrity() == []
        with store.read() as view:
            for id_ in IDS:
                stages = [row.to_stage for row in view.history.of(id_)]
                stays = [visit.stage for visit in view.visits.of(id_)]
                assert stays == [stage for stage in stages if stage]


@given(turns=st.lists(st.lists(moves, max_size=8), max_size=5))
@settings(max_examples=25, deadline=None)
def test_a_batch_of_turns_is_as_turn_by_turn(
    fresh: Fresh, turns: list[list[tuple[str, str]]]
) -> None:
    """Cascades in one batch leave the same visits as one commit a step."""
    told = []
    for one_by_one in (False, True):
        with fresh() as store:
            _enter(store)
            for batch in turns:
                steps = [
                    VisitTurn(record_id=id_, history_id="h", stage=stage)
                    for id_, stage in batch
                ]
                with store.begin() as work:
                    for group in [[step] for step in steps] if one_by_one else [steps]:
                        work.visits.turn(group)
                    work.commit()
            with store.read() as view:
                told.append(
                    [
                        [(visit.stage, visit.left_by) for visit in view.visits.of(id_)]
                        for id_ in IDS
                    ]
                )

    assert told[0] == told[1]


def test_every_success_of_a_race_counts_once(fresh: Fresh) -> None:
    """Threads read, decide and commit; who is too late decides again."""
    wins: list[int] = []
    with fresh() as store:
        _enter(store)

        def race() -> None:
            done = 0
            while done < 15:
                with store.read() as view:
                    known = view.records.get("r1", {}).record
                try:
                    with store.begin() as work:
                        work.records.update([_change(known, "lead")])
                        work.commit()
                except VersionConflict:
                    continue
                done += 1
                wins.append(known.version + 1)

        threads = [Thread(target=race) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with store.read() as view:
            final = view.records.get("r1", {}).record.version

    assert final == 60
    assert sorted(wins) == list(range(1, 61))


def _enter(store: Store) -> None:
    with store.begin() as work:
        work.records.add(
            [
                NewRecord(
                    record=Record(id=id_, stage="lead"), workflow="b2b", created_at=NOW
                )
                for id_ in IDS
            ]
        )
        rows = work.history.append([_entry(id_, "lead") for id_ in IDS])
        work.visits.open_first(
            [
                FirstVisit(record_id=id_, stage="lead", entered_by=row)
                for id_, row in zip(IDS, rows, strict=True)
            ]
        )
        work.commit()


def _move(work: Work, record_id: str, target: str) -> None:
    known = work.records.get(record_id, {})
    if known.status is not RecordStatus.ACTIVE:
        return
    if target == "closed":
        work.records.update(
            [
                replace(
                    _change(known.record, known.record.stage),
                    status=RecordStatus.CLOSED,
                )
            ]
        )
        (row,) = work.history.append([_entry(record_id, None, HistoryKind.CLOSED)])
        work.visits.close([VisitEnd(record_id=record_id, left_by=row)])
        return
    work.records.update([_change(known.record, target)])
    (row,) = work.history.append([_entry(record_id, target, HistoryKind.MOVED)])
    work.visits.turn([VisitTurn(record_id=record_id, history_id=row, stage=target)])


def _change(known: Record, stage: str) -> RecordChange:
    new = replace(known, stage=stage, version=known.version + 1)
    return RecordChange(record=new, expected_version=known.version)


def _entry(
    record_id: str, to_stage: str | None, kind: HistoryKind = HistoryKind.ENTERED
) -> HistoryEntry:
    return HistoryEntry(
        record_id=record_id,
        kind=kind,
        cause=Cause.AUTOMATIC,
        actor="leadstate",
        happened_at=NOW,
        learnt_at=NOW,
        from_stage=None,
        to_stage=to_stage,
    )
