"""Who may move, who must agree, who gets a lead, and who lets a clock stand still."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from office_hours import SALES, WORKFLOW

from leadstate.domain.clock import ClockState
from leadstate.domain.people import People, Person
from leadstate.errors import UsageError
from leadstate.service.commands.approving import answer_item, approvals
from leadstate.service.commands.pausing import pause_item
from leadstate.store import ApprovalState

if TYPE_CHECKING:
    from collections.abc import Callable

    from office_hours import TimedDesk

    from leadstate.store import InboxItem


def put(timed: TimedDesk, item: InboxItem) -> None:
    """Put a request into the inbox and work on it."""
    with timed.app.store.begin() as work:
        work.inbox.add([item])
        work.commit()
    timed.work()


def answer(timed: TimedDesk, *, agreed: bool, actor: str, note: str = "") -> None:
    """Answer the oldest request."""
    [first, *_] = approvals(timed.app)
    put(
        timed,
        answer_item(timed.app, first.id, agreed=agreed, actor=actor, note=note),
    )


def sold(timed: TimedDesk, id_: str = "1") -> None:
    """Have an SQL that somebody wants to call won."""
    timed.accepted(id_)
    timed.edit(id_, budget="500")
    timed.move(id_, "confirm")
    timed.move(id_, "win", "sales", note="signed")
    timed.work()


# -- approvals -------------------------------------------------------------------------


def test_a_move_waits_for_somebody_elses_agreement(timed: TimedDesk) -> None:
    """The record stays, the request is there, the history says so."""
    sold(timed)

    [asked] = approvals(timed.app)
    assert ("win", "ann", "signed", ApprovalState.PENDING) == (
        asked.transition,
        asked.asked_by,
        asked.note,
        asked.state,
    )
    assert "sql" == timed.stage("1")
    assert "approval_asked" == timed.kinds("1")[-1]


def test_an_agreement_makes_the_move(timed: TimedDesk) -> None:
    """It is made in the name of who asked, and the note says who agreed."""
    sold(timed)

    answer(timed, agreed=True, actor="quinn", note="saw the contract")

    assert "won" == timed.stage("1")
    moved = timed.last("1", "moved")
    assert ("ann", "signed; approved by quinn: saw the contract") == (
        moved.actor,
        moved.note,
    )
    assert [] == approvals(timed.app)
    [settled] = approvals(timed.app, pending_only=False)
    assert (ApprovalState.APPROVED, "quinn") == (settled.state, settled.decided_by)


def test_nobody_agrees_with_themselves(timed: TimedDesk) -> None:
    """Not even with the role."""
    both = SALES | {"quality_control"}
    people = {"ann": Person(name="ann", roles=both), **timed.app.people.by_name}
    people["ann"] = replace(people["ann"], roles=both)
    timed.app = replace(timed.app, people=People(people))
    sold(timed)

    answer(timed, agreed=True, actor="ann")

    assert "sql" == timed.stage("1")
    assert "somebody else must approve" in timed.last("1", "refused").note
    assert 1 == len(approvals(timed.app))


@pytest.mark.parametrize("actor", ["bob", "stranger"])
def test_only_who_has_the_role_agrees(timed: TimedDesk, actor: str) -> None:
    """Sales does not, and a stranger does not."""
    sold(timed)

    answer(timed, agreed=True, actor=actor)
    answer(timed, agreed=False, actor=actor)

    assert "sql" == timed.stage("1")
    assert ["refused", "refused"] == timed.kinds("1")[-2:]
    assert 1 == len(approvals(timed.app))


def test_a_declined_move_is_not_made(timed: TimedDesk) -> None:
    """With the reason in the history."""
    sold(timed)

    answer(timed, agreed=False, actor="quinn", note="no signature")

    assert "sql" == timed.stage("1")
    assert "'win', asked for by ann, was declined: no signature" == (
        timed.last("1", "declined").note
    )
    assert [] == approvals(timed.app)


def test_who_asked_may_take_the_wish_back(timed: TimedDesk) -> None:
    """Without any role."""
    sold(timed)

    answer(timed, agreed=False, actor="ann")

    assert [] == approvals(timed.app)


def test_a_request_is_void_when_the_record_moves(timed: TimedDesk) -> None:
    """What was agreed to is not there any more."""
    sold(timed)
    timed.move("1", "recycle", reason="other", note="changed their mind")
    timed.work()

    assert [] == approvals(timed.app)
    [asked] = approvals(timed.app, pending_only=False)
    assert ApprovalState.VOID is asked.state
    with pytest.raises(UsageError, match="is void already"):
        answer_item(timed.app, asked.id, agreed=True, actor="quinn")
    with pytest.raises(UsageError, match="no request 99"):
        answer_item(timed.app, 99, agreed=True, actor="quinn")


def test_the_quicker_answer_counts(timed: TimedDesk) -> None:
    """A second one, already under way, changes nothing."""
    sold(timed)
    [first] = approvals(timed.app)
    late = answer_item(timed.app, first.id, agreed=False, actor="quinn")
    answer(timed, agreed=True, actor="quinn")

    put(timed, late)

    assert "won" == timed.stage("1")
    assert "declined" not in timed.kinds("1")


def test_the_same_wish_twice_is_one_request(timed: TimedDesk) -> None:
    """The second is told, and changes nothing."""
    sold(timed)
    timed.move("1", "win", "sales")
    timed.work()

    assert 1 == len(approvals(timed.app))


# -- roles -----------------------------------------------------------------------------


def test_the_people_file_says_who_has_which_role(timed: TimedDesk) -> None:
    """What somebody claims counts for nothing where people are known."""
    timed.interested("1")

    timed.move("1", "accept", "sales", actor="quinn")
    timed.move("1", "accept", "sales", actor="stranger")

    assert "mql" == timed.stage("1")
    assert ["refused", "refused"] == timed.kinds("1")[-2:]


def test_a_known_person_without_the_role_is_judged_in_the_crm_too(
    timed: TimedDesk,
) -> None:
    """Quality control drags a record that only sales may accept: it is flagged."""
    timed.interested("1")
    timed.interested("2")

    timed.tell(*timed.crm.edit("1", actor="CRM_UI userId:9", stage="sal"))
    timed.tell(*timed.crm.edit("2", actor="CRM_UI userId:2", stage="sal"))
    timed.work()

    assert "against the criteria" in str(timed.record("1").flag)
    assert None is timed.record("2").flag
    assert ["quinn", "bob"] == [
        next(row.actor for row in timed.history(one) if row.to_stage == "sal")
        for one in ("1", "2")
    ]


# -- assignment ------------------------------------------------------------------------


def test_leads_go_round_and_who_is_away_is_passed_over(timed: TimedDesk) -> None:
    """Ann, Bob, Ann, Bob; Eve is on vacation; the CRM shows the owner."""
    for one in ("1", "2", "3", "4"):
        timed.accepted(one)

    owners = [
        timed.crm.things[one].properties["owner_id"] for one in ("1", "2", "3", "4")
    ]
    assert ["1", "2", "1", "2"] == owners
    assert "given to ann, round robin of sales" == timed.last("1", "assigned").note


def test_who_has_fewest_leads_is_next(timed_of: Callable[[str], TimedDesk]) -> None:
    """Least loaded: Bob got rid of his, so that he gets the next ones."""
    least = WORKFLOW.replace("assign: sales", "assign: {team: sales, by: least_loaded}")
    timed = timed_of(least)
    for one in ("1", "2", "3", "4"):
        timed.accepted(one)
    for one in ("2", "4"):
        timed.move(one, "lose")

    timed.accepted("5")
    timed.accepted("6")

    owners = [timed.crm.things[one].properties["owner_id"] for one in ("5", "6")]
    assert ["2", "2"] == owners


def test_an_owner_of_the_team_may_keep_a_lead(
    timed_of: Callable[[str], TimedDesk],
) -> None:
    """Bob had the lead already."""
    kept = WORKFLOW.replace("assign: sales", "assign: {team: sales, keep: true}")
    timed = timed_of(kept)
    timed.interested("1")
    timed.edit("1", owner_id="2")

    timed.move("1", "accept", "sales")
    timed.work()

    assert "bob" == timed.record("1").record.values["rep"]
    assert "assigned" not in timed.kinds("1")


def test_a_lead_that_nobody_can_take_is_listed(timed: TimedDesk) -> None:
    """The whole team is away."""
    away = {
        name: replace(one, absences=timed.app.people.by_name["eve"].absences)
        for name, one in timed.app.people.by_name.items()
    }
    timed.app = replace(timed.app, people=People(away))

    timed.accepted("1")

    assert "nobody of sales is there to take it over" == timed.record("1").flag
    assert "sal" == timed.stage("1")


def test_an_owner_given_in_the_crm_starts_the_human_clock(
    timed_of: Callable[[str], TimedDesk],
) -> None:
    """System delay until somebody has the lead, human delay from then on."""
    timed = timed_of(WORKFLOW.replace("    on_enter: {assign: sales}\n", ""))
    timed.accepted("1")
    assert ClockState.WAITING is timed.clocks("1")["first_touch"].state
    timed.clock.advance(timedelta(minutes=40))

    timed.edit("1", owner_id="2")

    clock = timed.clocks("1")["first_touch"]
    assert (ClockState.RUNNING, "bob") == (clock.state, clock.owner)
    assert clock.entered_at is not None
    assert clock.started_at is not None
    waited = clock.started_at - clock.entered_at
    assert timedelta(minutes=40) <= waited < timedelta(minutes=41)


# -- pauses ----------------------------------------------------------------------------


def test_a_person_lets_a_clock_stand_still_and_go_on(timed: TimedDesk) -> None:
    """With a reason, in the history, by name."""
    timed.interested("1")
    record = timed.record("1").record.id
    put(
        timed,
        pause_item(
            timed.app, record, stop=True, sla="accept", reason="on a fair", actor="ann"
        ),
    )
    timed.later(days=5)
    assert ClockState.PAUSED is timed.clocks("1")["accept"].state
    assert [] == timed.told("1", "warned", "breached")

    put(
        timed,
        pause_item(timed.app, record, stop=False, sla=None, reason="", actor="bob"),
    )
    timed.later(days=5)

    assert "breached" in timed.kinds("1")
    paused, resumed = timed.last("1", "paused"), timed.last("1", "resumed")
    assert ("ann", None, "bob") == (paused.actor, paused.reason, resumed.actor)
    assert paused.note.endswith("stands still: on a fair")


def test_pausing_twice_changes_nothing(timed: TimedDesk) -> None:
    """The first pause counts."""
    timed.interested("1")
    record = timed.record("1").record.id
    for reason in ("a fair", "another fair"):
        put(
            timed,
            pause_item(
                timed.app, record, stop=True, sla=None, reason=reason, actor="ann"
            ),
        )

    assert 1 == len(timed.clocks("1")["accept"].pauses)
    assert 1 == timed.kinds("1").count("paused")


def test_a_pause_needs_a_reason_and_a_clock(timed: TimedDesk) -> None:
    """The message says what is open."""
    timed.interested("1")
    record = timed.record("1").record.id

    with pytest.raises(UsageError, match="a pause needs a reason"):
        pause_item(timed.app, record, stop=True, sla=None, reason=" ", actor="ann")
    with pytest.raises(UsageError, match="no open clock 'call'; open: accept"):
        pause_item(timed.app, record, stop=True, sla="call", reason="x", actor="ann")
