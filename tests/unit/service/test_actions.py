"""Actions: tasks, fields, messages, calls, escalations and owners, each once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from action_desk import accepted, notes, qualified, said
from doubles import Trouble, busy, unanswered

from leadstate.domain.people import Absence, People
from leadstate.errors import SkipRecord, UsageError
from leadstate.store import LinkRow, MessageWrite

if TYPE_CHECKING:
    from collections.abc import Callable

    from office_hours import TimedDesk


# -- tasks -----------------------------------------------------------------------------


def test_a_task_is_given_in_the_crm_with_its_date(
    doing: Callable[..., TimedDesk],
) -> None:
    """Two hours from the decision, to whoever owns the object there."""
    desk = doing(enter="{task: {text: 'Call {first_name}', due: 2h}}")

    qualified(desk)

    [task] = desk.crm.tasks
    moved = desk.last("1", "moved").learnt_at
    assert ("1", "Call Ada", None) == (task.id, task.text, task.owner)
    assert moved + timedelta(hours=2) == task.due_at


def test_a_task_is_due_in_a_day_unless_said(doing: Callable[..., TimedDesk]) -> None:
    """The short way of writing it."""
    desk = doing(enter="{task: Call}")

    qualified(desk)

    [task] = desk.crm.tasks
    assert desk.last("1", "moved").learnt_at + timedelta(days=1) == task.due_at


def test_a_task_goes_to_the_person_who_is_named(
    doing: Callable[..., TimedDesk],
) -> None:
    """By the id under which the CRM knows that person."""
    desk = doing(enter="{task: {text: Call, to: quinn}}")

    qualified(desk)

    assert ["9"] == [one.owner for one in desk.crm.tasks]


def test_a_task_behind_an_assignment_is_the_new_owners(
    doing: Callable[..., TimedDesk],
) -> None:
    """Also when the CRM does not take the owner: the decision counts."""
    desk = doing(enter="[{assign: sales}, {task: Call}]")
    desk.crm.refusing["owner_id", "1"] = "not allowed"

    qualified(desk)

    assert "ann" == desk.record("1").record.values["rep"]
    assert ["1"] == [one.owner for one in desk.crm.tasks]


def test_a_task_whose_answer_was_lost_is_given_once(
    doing: Callable[..., TimedDesk],
) -> None:
    """It is repeated as maybe given."""
    desk = doing(enter="{task: Call}")
    desk.crm.trouble["task"] = [unanswered(), unanswered(applied=False), busy()]

    qualified(desk)
    desk.later(hours=1)

    assert 1 == len(desk.crm.tasks)
    assert [] == desk.letters()


def test_a_task_that_is_refused_holds_nothing_else_up(
    doing: Callable[..., TimedDesk],
) -> None:
    """It is a dead letter; the note beside it is there."""
    desk = doing(enter="[{task: Call}, {note: Hello}]")
    desk.crm.trouble["task"] = [Trouble(SkipRecord("tasks are switched off"))]

    qualified(desk)

    assert [] == desk.crm.tasks
    assert ["Hello"] == notes(desk)
    assert ["cannot be written"] == [reason for *_, reason in desk.letters()]


# -- fields ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "held", "shown"),
    [
        ("budget: 2500", ("budget", 2500.0), ("budget", "2500")),
        ("hot: true", ("hot", True), ("hot", "true")),
        (
            "called_on: 2026-04-01",
            ("called_on", date(2026, 4, 1)),
            ("called_on", "2026-04-01"),
        ),
        ("need: a call", ("need", "a call"), ("need", "a call")),
    ],
    ids=["money", "boolean", "date", "text"],
)
def test_a_field_is_set_by_its_type_and_shared_with_the_crm(
    doing: Callable[..., TimedDesk],
    written: str,
    held: tuple[str, object],
    shown: tuple[str, str],
) -> None:
    """In the CRM's own spelling."""
    desk = doing(enter=f"{{set: {{{written}}}}}")

    qualified(desk)

    name, value = held
    assert value == desk.record("1").record.values[name]
    name, text = shown
    assert text == desk.crm.things["1"].properties[name]
    assert [] == desk.faults()


def test_a_field_that_is_not_shared_is_set_here_alone(
    doing: Callable[..., TimedDesk],
) -> None:
    """Nor one that is the CRM's own; the next reading does not undo it."""
    desk = doing(enter="{set: {signs: [vip, urgent], level: 3}}")

    qualified(desk)
    desk.edit("1", name="Ada L.")

    values = desk.record("1").record.values
    assert frozenset({"vip", "urgent"}) == values["signs"]
    assert 3.0 == values["level"]
    assert not {"signs", "level"} & set(desk.crm.things["1"].properties)


def test_a_field_is_emptied(doing: Callable[..., TimedDesk]) -> None:
    """Here and in the CRM."""
    desk = doing(enter="{set: {budget: ''}}")

    qualified(desk, budget="70")

    assert "budget" not in desk.record("1").record.values
    assert not desk.crm.things["1"].properties["budget"]


def test_what_an_action_set_is_kept_as_a_change_of_the_field(
    doing: Callable[..., TimedDesk],
) -> None:
    """With before, after, and that it was Leadstate."""
    desk = doing(enter="{set: {budget: 50}}")

    qualified(desk, budget="70")

    record = desk.record("1").record.id
    with desk.app.store.read() as view:
        changes = [
            one for one in view.field_changes.of(record) if one.source == "leadstate"
        ]
    assert [("budget", 70.0, 50.0)] == [
        (one.field, one.old, one.new) for one in changes
    ]
    assert desk.last("1", "moved").happened_at == changes[0].changed_at


def test_a_field_that_has_the_value_is_not_changed(
    doing: Callable[..., TimedDesk],
) -> None:
    """No row, no write."""
    desk = doing(enter="{set: {budget: 70}}")

    qualified(desk, budget="70")

    record = desk.record("1").record.id
    with desk.app.store.read() as view:
        changes = view.field_changes.of(record)
    assert [] == [one for one in changes if one.source == "leadstate"]
    assert {"stage"} == {one.property for one in desk.crm.ours("1")}


@pytest.mark.parametrize("applied", [True, False], ids=["arrived", "lost"])
def test_a_field_set_while_a_write_of_it_is_under_way_ends_equal(
    doing: Callable[..., TimedDesk],
    applied: bool,  # noqa: FBT001
) -> None:
    """The older write got no answer; the newer value is in the CRM in the end."""
    desk = doing(enter="{set: {budget: 50}}", sal="{set: {budget: 60}}")
    desk.fresh("1", name="Ada")
    desk.crm.trouble["write"] = [unanswered(applied=applied)] * 3
    desk.tell(*desk.crm.edit("1", need="a CRM"))
    desk.advance()
    desk.push()

    with pytest.raises(UsageError, match="the request is stored"):
        desk.move("1", "accept", reason="timing")
    desk.settle(seconds=60)

    assert "sal" == desk.stage("1")
    assert 60.0 == desk.record("1").record.values["budget"]
    seen = desk.crm.things["1"].properties
    assert ("sal", "60") == (seen["stage"], seen["budget"])


def test_a_field_that_a_person_edits_meanwhile_is_the_persons(
    doing: Callable[..., TimedDesk],
) -> None:
    """What is newer counts, and both sides agree."""
    desk = doing(enter="{set: {budget: 50}}")
    desk.fresh("1", name="Ada")
    desk.adapter.before_write = lambda: desk.crm.edit("1", budget="80")
    desk.edit("1", need="a CRM")

    desk.tell_all()
    desk.later(minutes=5)

    held = desk.record("1").record.values["budget"]
    assert str(int(held)) == desk.crm.things["1"].properties["budget"]  # type: ignore[call-overload]


# -- messages and calls ----------------------------------------------------------------


def test_a_message_carries_what_a_program_wants_to_know(
    doing: Callable[..., TimedDesk],
) -> None:
    """The record, its stage, what happened and when."""
    desk = doing(
        enter="{notify: {channel: chat, subject: 'New: {first_name}', text: '{need}'}}"
    )

    qualified(desk)

    [row] = desk.outbox("message")
    moved = desk.last("1", "moved").happened_at
    assert moved is not None
    assert row.payload == MessageWrite(
        subject="New: Ada",
        text="a CRM",
        record=desk.record("1").record.id,
        stage="mql",
        event="enter:mql:0",
        at=moved,
    )
    assert ("chat", "channel") == (row.connection, row.object)


def test_a_message_goes_out_for_a_lead_whose_object_is_nowhere(
    doing: Callable[..., TimedDesk],
) -> None:
    """A note needs an object; a message and a call do not."""
    desk = doing(
        breach="[{note: gone}, {notify: {channel: chat, text: late}},"
        " {call: {name: page}}]"
    )
    qualified(desk)
    link = desk.link("1")["row"]
    assert isinstance(link, LinkRow)
    with desk.app.store.begin() as work:
        work.links.save([replace(link, status="gone")])  # type: ignore[arg-type]
        work.commit()

    desk.later(hours=5)

    assert ["late"] == said(desk)
    assert 1 == len(desk.outbox("call"))
    assert [] == notes(desk)


def test_a_call_carries_its_settings_and_the_values(
    doing: Callable[..., TimedDesk],
) -> None:
    """Settings are texts with their names filled in."""
    desk = doing(
        enter="[{set: {called_on: 2026-04-01}},"
        " {call: {name: page, who: '{first_name}', loud: true}}]"
    )

    qualified(desk)

    [row] = desk.outbox("call")
    assert "plugin" == row.connection
    assert "page" == row.payload.name
    assert {"who": "Ada", "loud": "true"} == row.payload.settings
    values = row.payload.values
    assert isinstance(values, dict)
    assert ("Ada", "a CRM", "2026-04-01") == (
        values["first_name"],
        values["need"],
        values["called_on"],
    )


# -- escalations -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "to"),
    [
        ("escalate", "marketing"),
        ("{escalate: heads}", "heads"),
        ("{escalate: quinn}", "quinn"),
    ],
    ids=["the stage's team", "a team", "a person"],
)
def test_a_broken_sla_is_escalated_to_whoever_has_to_act(
    doing: Callable[..., TimedDesk], written: str, to: str
) -> None:
    """In the list, in the clock and in the history."""
    desk = doing(breach=written)
    qualified(desk)

    desk.later(hours=5)

    told = f"the SLA 'accept' of MQL is broken: {to} has to act"
    assert told == desk.record("1").flag == desk.last("1", "escalated").note
    assert to == desk.clocks("1")["accept"].escalated_to
    assert desk.last("1", "breached").happened_at == (
        desk.last("1", "escalated").happened_at
    )


def test_a_stage_that_is_entered_can_be_escalated(
    doing: Callable[..., TimedDesk],
) -> None:
    """Without any SLA."""
    desk = doing(enter="escalate")

    qualified(desk)

    assert "MQL needs somebody: marketing has to act" == desk.record("1").flag


def test_a_lead_that_needs_somebody_when_it_comes_is_listed(
    doing: Callable[..., TimedDesk],
) -> None:
    """What its first look brings about counts as what a later one does."""
    desk = doing(enter="[escalate]")

    desk.fresh("1", need="a CRM")

    row = desk.record("1")
    assert "MQL needs somebody: marketing has to act" == row.flag
    assert desk.last("1", "escalated").learnt_at == row.flagged_at


def test_an_escalation_of_a_stage_that_is_passed_names_its_own_team(
    doing: Callable[..., TimedDesk],
) -> None:
    """Though the record is further by the same decision."""
    desk = doing(sal="escalate", sql="{note: '{stage}'}")
    qualified(desk, budget="500")

    accepted(desk)

    assert "sql" == desk.stage("1")
    told = desk.last("1", "escalated")
    assert ("SAL needs somebody: sales has to act", "sal") == (
        told.note,
        told.from_stage,
    )


# -- owners ----------------------------------------------------------------------------


def test_a_wake_up_gives_the_record_to_somebody(
    doing: Callable[..., TimedDesk],
) -> None:
    """And the CRM is told whose it is."""
    desk = doing()
    desk.fresh("1", name="Ada")
    desk.move("1", "park")
    desk.work()

    desk.later(days=31)

    assert ("lead", "ann") == (
        desk.stage("1"),
        desk.record("1").record.values.get("rep"),
    )
    assert "1" == desk.crm.things["1"].properties["owner_id"]
    assert "given to ann, round robin of sales" == desk.last("1", "assigned").note


def test_who_wakes_a_record_by_hand_gives_it_to_nobody(
    doing: Callable[..., TimedDesk],
) -> None:
    """Only waking by itself does."""
    desk = doing()
    desk.fresh("1", name="Ada")
    desk.move("1", "park")
    desk.move("1", "reawaken")

    desk.work()

    assert "lead" == desk.stage("1")
    assert "rep" not in desk.record("1").record.values


def test_without_people_nobody_is_given_anything(
    doing: Callable[..., TimedDesk],
) -> None:
    """The doctor says so once; records are not listed for it."""
    desk = doing(enter="{assign: sales}")
    desk.app = replace(desk.app, people=People())

    qualified(desk)

    assert ("mql", None) == (desk.stage("1"), desk.record("1").flag)
    assert "rep" not in desk.record("1").record.values
    assert [] == desk.faults()


def test_a_record_that_nobody_can_take_is_listed(
    doing: Callable[..., TimedDesk],
) -> None:
    """Everybody is away; the record moves all the same."""
    desk = doing(enter="{assign: sales}")
    away = (Absence(date(2026, 1, 1), date(2026, 12, 31)),)
    people = {
        name: replace(one, absences=away)
        for name, one in desk.app.people.by_name.items()
    }
    desk.app = replace(desk.app, people=People(people))

    qualified(desk)

    assert "mql" == desk.stage("1")
    assert "nobody of sales is there to take it over" == desk.record("1").flag
