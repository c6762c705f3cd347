"""Timers against a model: replaced, found when due and removed, in any order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from leadstate.domain.clock import Timer, TimerKind
from leadstate.domain.record import Record
from leadstate.store import NewRecord

if TYPE_CHECKING:
    from leadstate.store import Work
    from tests.property.store.conftest import Fresh

START = datetime(2026, 3, 1, tzinfo=UTC)
RECORDS = ("r1", "r2", "r3")
timers = st.lists(
    st.builds(
        Timer,
        record_id=st.just(""),
        kind=st.sampled_from(TimerKind),
        due_at=st.integers(0, 5).map(lambda n: START + timedelta(seconds=n)),
        stage_version=st.integers(0, 1),
        sla=st.sampled_from(["", "accept"]),
        mark=st.sampled_from(["", "80%"]),
    ),
    unique_by=lambda one: one.key,
    max_size=4,
)
commits = st.dictionaries(st.sampled_from(RECORDS), timers, min_size=1)
steps = st.lists(commits | st.integers(-1, 5), min_size=1, max_size=8)


class Model:
    """What should be armed, and with which id each timer was last seen."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.armed: dict[str, set[Timer]] = {}
        self.ids: dict[Timer, int | None] = {}

    def commit(self, step: dict[str, list[Timer]]) -> None:
        of = {id_: [replace(one, record_id=id_) for one in step[id_]] for id_ in step}
        self.work.timers.replace(of)
        self.armed |= {id_: set(ones) for id_, ones in of.items()}

    def sweep(self, now: datetime, limit: int) -> None:
        due = self.work.timers.due(now, limit)
        waiting = [one for one in self.all_armed() if one.due_at <= now]
        oldest = sorted(one.due_at for one in waiting)[:limit]
        assert oldest == [one.due_at for one in due]
        assert {replace(one, id=None) for one in due} <= set(waiting)
        assert len(due) == self.work.timers.remove([one.id for one in due])
        for one in due:
            self.armed[one.record_id].remove(replace(one, id=None))

    def compare(self) -> None:
        kept = [one for ones in self.work.timers.of(RECORDS).values() for one in ones]
        ids = {replace(one, id=None): one.id for one in kept}
        assert set(self.all_armed()) == ids.keys()
        assert len(kept) == self.work.timers.count()
        stayed = ids.keys() & self.ids.keys()
        assert {one: self.ids[one] for one in stayed} == {
            one: ids[one] for one in stayed
        }
        self.ids = ids

    def all_armed(self) -> list[Timer]:
        return [one for ones in self.armed.values() for one in ones]


@given(steps=steps, limit=st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_each_timer_fires_once_and_never_early(
    fresh: Fresh, steps: list[dict[str, list[Timer]] | int], limit: int
) -> None:
    """A commit says what waits; a sweep gets the oldest that are due, and no other."""
    with fresh() as store, store.begin() as work:
        work.records.add([_new(id_) for id_ in RECORDS])
        model = Model(work)
        for step in steps:
            if isinstance(step, dict):
                model.commit(step)
            else:
                model.sweep(START + timedelta(seconds=step), limit)
            model.compare()


def _new(id_: str) -> NewRecord:
    record = Record(id=id_, stage="lead")
    return NewRecord(record=record, workflow="b2b", created_at=START)
