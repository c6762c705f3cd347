"""A poll that sees a jump asks for the steps between, where the CRM keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from modes import observing
from reported_past import (
    STAGE,
    STATUS,
    Remembering,
    differences,
    remembering,
    reported,
    visits_of,
)

from leadstate.domain.frozen import replace
from leadstate.errors import RetryLater
from leadstate.service.past.backfill import backfill

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from doubles import Desk

    from leadstate.adapters import PastChange

MQL, SAL, SQL = "marketingqualifiedlead", "174913201", "salesqualifiedlead"
HOUR = timedelta(hours=1)


@dataclass
class Recalling(Remembering):
    """The adapter that remembers, and tells of single objects, too."""

    asked: int = 0
    away: bool = False

    def recent(self, ids: Sequence[str], *, since: datetime) -> list[PastChange]:
        """Return what happened to these objects since a moment."""
        self.asked += 1
        if self.away:
            raise RetryLater("not now")
        return [one for one in self.past if one.id in ids and one.at >= since]


@pytest.fixture(name="crm")
def _crm(desk: Desk) -> Recalling:
    adapter = Recalling(desk.crm)
    connected = replace(desk.connected, adapter=adapter)
    desk.app.connections["crm"] = connected  # type: ignore[index]
    desk.adapter = adapter
    return adapter


def jump(desk: Desk, crm: Remembering, *way: tuple[str, dict[str, str]]) -> None:
    """Let an object go a way, an hour each, of which the next poll sees the end."""
    for stage, shown in way:
        desk.clock.advance(HOUR)
        crm.change("h1", desk.clock.now(), **shown)
        desk.drag("h1", stage)
    desk.clock.advance(HOUR)
    desk.poll()
    desk.settle()


TO_MQL = ("mql", {STAGE: MQL, STATUS: "OPEN"})
TO_SAL = ("sal", {STAGE: SAL, STATUS: "IN_PROGRESS"})
TO_SQL = ("sql", {STAGE: SQL, STATUS: "OPEN_DEAL"})


def fitting(desk: Desk) -> None:
    """Have a lead that qualifies for what people do with it."""
    desk.take_in("h1", "lead")
    desk.tell(*desk.qualify("h1"))


def test_the_steps_between_are_kept_as_reported(desk: Desk, crm: Recalling) -> None:
    """Each with who and when; the last one is judged from where it began."""
    desk.take_in("h1", "mql")
    began = desk.clock.now()
    jump(desk, crm, TO_SAL, ("backlog", {STAGE: SAL, STATUS: "BAD_TIMING"}))

    assert 1 == crm.asked
    [step] = reported(desk, "h1")
    assert ("mql", "sal", "accept") == (step.from_stage, step.to_stage, step.transition)
    assert (began + HOUR, "7", "past-0") == (
        step.happened_at,
        step.actor,
        step.source_event,
    )
    assert ["mql", "sal", "backlog"] == [one.stage for one in visits_of(desk, "h1")]
    last = desk.history("h1")[-1]
    assert ("sal", "backlog", "postpone", "accept") == (
        last.from_stage,
        last.to_stage,
        last.transition,
        last.answer,
    )
    assert desk.record("h1").flag is None
    assert [] == differences(desk)
    assert not desk.faults()


def test_a_backfill_finds_them_known(desk: Desk, crm: Recalling) -> None:
    """Told again by the same key, nothing is there twice."""
    desk.take_in("h1", "mql")
    jump(desk, crm, TO_SAL, ("backlog", {STAGE: SAL, STATUS: "BAD_TIMING"}))
    before = desk.history("h1")

    done = backfill(desk.app, desk.connected)

    assert 0 == done.counts.moves
    assert before == desk.history("h1")
    assert [] == differences(desk)


def test_a_step_that_is_not_allowed_is_not_passed(desk: Desk, crm: Recalling) -> None:
    """Two moves at once open no door that one would not."""
    desk.take_in("h1", "mql")
    jump(desk, crm, TO_SQL, ("won", {STAGE: "customer"}))

    assert [] == reported(desk, "h1")
    assert "moved in the CRM from 'mql' to 'won'" in str(desk.record("h1").flag)
    assert [] == differences(desk)


def test_a_crm_that_cannot_tell_now_leaves_the_jump(desk: Desk, crm: Recalling) -> None:
    """The record follows all the same; a backfill tells later."""
    crm.away = True
    desk.take_in("h1", "mql")
    jump(desk, crm, TO_SAL, ("backlog", {STAGE: SAL, STATUS: "BAD_TIMING"}))

    assert "backlog" == desk.stage("h1")
    assert "moved in the CRM from 'mql' to 'backlog'" in str(desk.record("h1").flag)
    crm.away = False
    backfill(desk.app, desk.connected)
    assert ["mql", "sal", "backlog"] == [one.stage for one in visits_of(desk, "h1")]
    assert desk.record("h1").flag is None
    assert [] == differences(desk)


def test_an_adapter_without_it_is_not_asked(desk: Desk) -> None:
    """A jump is a jump."""
    adapter = remembering(desk)
    desk.take_in("h1", "mql")
    jump(desk, adapter, TO_SAL, ("backlog", {STAGE: SAL, STATUS: "BAD_TIMING"}))

    assert "moved in the CRM from 'mql' to 'backlog'" in str(desk.record("h1").flag)


def test_a_step_that_a_transition_allows_asks_for_nothing(
    desk: Desk, crm: Recalling
) -> None:
    """Only a jump costs a call."""
    desk.take_in("h1", "mql")
    jump(desk, crm, TO_SAL)

    assert 0 == crm.asked
    assert [] == reported(desk, "h1")


def test_an_observed_record_passes_them_too(desk: Desk, crm: Recalling) -> None:
    """It is followed, without a judgement."""
    observing(desk.app)
    desk.take_in("h1", "mql")
    jump(desk, crm, TO_SQL, ("won", {STAGE: "customer"}))

    assert ["mql", "sql", "won"] == [one.stage for one in visits_of(desk, "h1")]
    assert ["sql"] == [one.to_stage for one in reported(desk, "h1")]
    assert [] == differences(desk)


def test_steps_of_a_clock_that_is_behind_are_left(desk: Desk, crm: Recalling) -> None:
    """What seems to be older than what is known of the record comes with a backfill."""
    desk.take_in("h1", "mql")
    crm.change("h1", desk.clock.now() - HOUR, **{STAGE: SAL, STATUS: "IN_PROGRESS"})
    jump(desk, crm, ("backlog", {STAGE: SAL, STATUS: "BAD_TIMING"}))

    assert [] == reported(desk, "h1")
    assert "backlog" == desk.stage("h1")
    assert [] == differences(desk)
