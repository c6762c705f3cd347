"""Promises of what waits for a moment or a person."""

# ruff: noqa: S101, SIM300 - these are tests: expected on the left

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from leadstate.domain.clock import Pause, SlaClock
from leadstate.store import ApprovalItem, ApprovalState, Assignment
from leadstate.testing.stores.base import NOON, Promises, after, look

if TYPE_CHECKING:
    from leadstate.store import Store

__all__ = ["Waiting"]


def _clock(record_id: str, **columns: object) -> SlaClock:
    given: dict[str, object] = {
        "sla": "accept",
        "stage": "lead",
        "stage_version": 0,
        "started_at": NOON,
        "due_at": after(60),
    }
    return SlaClock(record_id=record_id, **(given | columns))  # type: ignore[arg-type]


def _request(record_id: str = "r1") -> ApprovalItem:
    return ApprovalItem(
        record_id=record_id,
        stage_version=0,
        transition="win",
        asked_by="ann",
        asked_at=NOON,
    )


class Waiting(Promises):
    """Timers, clocks, approvals, and whose turn it is."""

    def test_timers_come_due_in_their_order(self, store: Store) -> None:
        """Those that waited longest first; none before its moment."""
        with store.begin() as work:
            work.timers.replace(
                {
                    "r1": [look("r1", -1), look("r1", 1, mark="later")],
                    "r2": [look("r2", -9)],
                    "r3": [look("r3", 0)],
                }
            )
            work.commit()

        with store.read() as view:
            due = [one.record_id for one in view.timers.due(NOON)]
            first = [one.record_id for one in view.timers.due(NOON, limit=1)]
            next_due = view.timers.next_due()
        assert (["r2", "r1", "r3"], ["r2"], after(-9)) == (due, first, next_due)

    def test_a_timer_that_changed_does_not_fire_as_it_was(self, store: Store) -> None:
        """Whoever read it before cannot remove it; one that stayed keeps its id."""
        with store.begin() as work:
            work.timers.replace({"r1": [look("r1", 1), look("r1", 5, mark="same")]})
            before = work.timers.of(["r1"])["r1"]
            work.timers.replace({"r1": [look("r1", 2), look("r1", 5, mark="same")]})
            after_it = work.timers.of(["r1"])["r1"]
            removed = work.timers.remove([before[0].id])

        assert (0, before[1]) == (removed, after_it[1])
        assert before[0].id != after_it[0].id

    def test_a_clock_comes_back_as_it_was_kept(self, store: Store) -> None:
        """With its pauses; saved again, it is the same one."""
        paused = _clock("r1", pauses=(Pause(NOON, None, "holidays", "ann"),))
        with store.begin() as work:
            work.clocks.save([paused, _clock("r2", fired=frozenset({"50 %"}))])
            [kept] = work.clocks.of(["r1"])["r1"]
            over = (Pause(NOON, after(5), "holidays", "ann"),)
            used = timedelta(seconds=7)
            work.clocks.save([replace(kept, pauses=over, used=used)])
            work.commit()

        with store.read() as view:
            [found] = view.clocks.of(["r1"])["r1"]
            counts = [(one.open, one.paused) for one in view.clocks.counts()]
        assert replace(paused, id=kept.id) == kept
        assert replace(kept, pauses=over, used=used) == found
        assert [(2, 0)] == counts

    def test_clocks_that_stand_still_are_found(self, store: Store) -> None:
        """A pause without an end is one that lasts."""
        over = Pause(NOON, after(5), "", "")
        with store.begin() as work:
            work.clocks.save(
                [
                    _clock("r1", pauses=(over, Pause(after(9)))),
                    _clock("r2", pauses=(over,)),
                    _clock("r3"),
                ]
            )
            found = [one.record_id for one in work.clocks.listing(paused=True)]
            others = [one.record_id for one in work.clocks.listing(paused=False)]

        assert (["r1"], ["r2", "r3"]) == (found, others)

    def test_a_request_is_pending_once_and_answered_once(self, store: Store) -> None:
        """The second question is the first one; the second answer comes too late."""
        with store.begin() as work:
            [one] = work.approvals.ask([_request()])
            [again] = work.approvals.ask([_request()])
            yes = work.approvals.settle(one, ApprovalState.APPROVED, "ben", NOON)
            no = work.approvals.settle(one, ApprovalState.DECLINED, "eve", NOON)
            [new] = work.approvals.ask([_request()])

        assert (one, True, False) == (again, yes, no)
        assert new != one

    def test_whoever_waits_longest_is_known(self, store: Store) -> None:
        """By the order in which records were given, not by their moments."""
        given = [
            Assignment(record_id="r1", person="ann", at=after(9)),
            Assignment(record_id="r2", person="ben", at=after(1)),
            Assignment(record_id="r3", person="ann", at=after(2)),
        ]
        with store.begin() as work:
            work.assignments.add(given)
            work.commit()

        with store.read() as view:
            last = view.assignments.last(["ann", "ben", "eve"])
        assert ["ben", "ann"] == sorted(last, key=last.__getitem__)
