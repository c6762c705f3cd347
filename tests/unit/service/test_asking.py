"""Whatever a person asks for goes through the inbox, and the answer comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadstate.domain.signal import ManualMove
from leadstate.errors import UsageError
from leadstate.service.commands.approving import answer_item
from leadstate.service.commands.pausing import pause_item
from leadstate.service.records import ask, move

if TYPE_CHECKING:
    from office_hours import TimedDesk

    from leadstate.service.records import CommandResult


def answered(desk: TimedDesk, *, agreed: bool, actor: str) -> CommandResult:
    """Let somebody answer the request that waits."""
    item = answer_item(desk.app, 1, agreed=agreed, actor=actor)
    return ask(desk.app, item, item.external_id)


def paused(desk: TimedDesk, *, stop: bool) -> CommandResult:
    """Let somebody pause the clocks of a lead, or let them go on."""
    record = desk.record("late").record.id
    item = pause_item(
        desk.app, record, stop=stop, sla=None, reason="they are ill", actor="ann"
    )
    return ask(desk.app, item, record)


def test_a_move_that_waits_names_its_request(full: TimedDesk) -> None:
    """It is no refusal; asked again, it is the same request."""
    asked = ManualMove(transition="win", actor="bob", at=full.now)

    moved = move(full.app, full.record("pending").record.id, asked)

    assert not moved.refused
    assert moved.waits is not None
    assert (1, "ann") == (moved.waits.id, moved.waits.asked_by)
    assert "sal" == full.stage("pending")


def test_an_agreement_makes_the_move(full: TimedDesk) -> None:
    """The answer is the history row of the move; nothing waits any more."""
    moved = answered(full, agreed=True, actor="quinn")

    assert ["moved"] == [one.kind for one in moved.entries]
    assert (False, None) == (moved.refused, moved.waits)
    assert "won" == full.stage("pending")


def test_a_refused_agreement_leaves_the_request(full: TimedDesk) -> None:
    """Who asked cannot agree; somebody else still can."""
    assert answered(full, agreed=True, actor="ann").refused
    assert answered(full, agreed=True, actor="bob").refused
    assert not answered(full, agreed=True, actor="quinn").refused


def test_a_declined_move_is_an_answer(full: TimedDesk) -> None:
    """Not a refusal of the answer; the record stays."""
    moved = answered(full, agreed=False, actor="quinn")

    assert ["declined"] == [one.kind for one in moved.entries]
    assert not moved.refused
    assert "sal" == full.stage("pending")


def test_the_second_answer_of_two_at_once_changes_nothing(full: TimedDesk) -> None:
    """Both saw the request wait; one was quicker."""
    first, second = (
        answer_item(full.app, 1, agreed=agreed, actor="quinn")
        for agreed in (True, False)
    )

    assert not ask(full.app, first, first.external_id).refused
    late = ask(full.app, second, second.external_id)

    assert (True, (), None) == (late.refused, late.entries, late.letter)


def test_clocks_stand_still_until_they_are_resumed(full: TimedDesk) -> None:
    """A second pause and a second resume find nothing to do."""
    before = full.clocks("late")["first_touch"].due_at
    told = [paused(full, stop=stop) for stop in (True, True, False, False)]

    assert [["paused"], [], ["resumed"], []] == [
        [str(entry.kind) for entry in one.entries] for one in told
    ]
    assert [False, True, False, True] == [one.refused for one in told]
    assert before == full.clocks("late")["first_touch"].due_at


def test_what_cannot_be_paused_is_told(full: TimedDesk) -> None:
    """A lead whose clocks are over, and an SLA that is not open."""
    parked = full.record("parked").record.id
    with pytest.raises(UsageError, match="the record has no open clock; open: none"):
        pause_item(full.app, parked, stop=True, sla=None, reason="x", actor="ann")
    late = full.record("late").record.id
    with pytest.raises(
        UsageError, match="the record has no open clock 'look'; open: first_touch"
    ):
        pause_item(full.app, late, stop=True, sla="look", reason="x", actor="ann")
