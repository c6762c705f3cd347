"""When actions are taken, in which order, what their texts say, and when not at all."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from action_desk import ADA, EVERYTHING, accepted, notes, qualified, said
from doubles import Trouble

from leadstate.domain.record import Record
from leadstate.engine.acting import ActionTrigger, act
from leadstate.engine.case import Case
from leadstate.engine.draft import CaseDraft
from leadstate.errors import RetryLater
from leadstate.service.change_set import ChangeSet, DecisionContext
from leadstate.service.dispatch import rows_of
from leadstate.store import LinkRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from office_hours import TimedDesk

    from leadstate.store import OutboxItem


# -- texts -----------------------------------------------------------------------------


def test_a_text_says_who_moved_it_why_and_whence(
    doing: Callable[..., TimedDesk],
) -> None:
    """Names of the move, of the record and of its fields."""
    text = (
        "{actor}/{reason}/{from_stage}/{transition}/{stage}/{stage_label}/{owner}"
        "/{pass}/{first_name}"
    )
    desk = doing(enter="{assign: sales}", sal=f"{{note: '{text}'}}")
    qualified(desk)

    accepted(desk, actor="ann")

    assert ["ann/Not now/mql/accept/sal/SAL/ann/1/Ada"] == notes(desk)


def test_a_text_says_what_is_missing_to_go_on(
    doing: Callable[..., TimedDesk],
) -> None:
    """By the guards of the stage that is entered."""
    desk = doing(sal="{note: 'missing: {missing}'}")
    qualified(desk, budget="20")

    accepted(desk)

    assert ["missing: Budget"] == notes(desk)


def test_nothing_is_missing_where_nothing_stands_in_the_way(
    doing: Callable[..., TimedDesk],
) -> None:
    """A word, and no gap."""
    desk = doing(sql="{note: 'missing: {missing}'}")
    qualified(desk, budget="500")

    accepted(desk)

    assert ["missing: nothing"] == notes(desk)


def test_a_text_of_a_warning_says_when_the_sla_breaks(
    doing: Callable[..., TimedDesk],
) -> None:
    """In the time zone of the workflow; what nobody knows is empty."""
    desk = doing(warning="{note: '{sla} until {due}, {owner}, {actor}'}")
    qualified(desk)

    desk.later(hours=4)

    assert "accept until 2026-03-10 17:00 Europe/Berlin, , " == notes(desk)[0]


# -- when, in which order, how often ---------------------------------------------------


def test_a_later_action_sees_what_an_earlier_one_changed(
    doing: Callable[..., TimedDesk],
) -> None:
    """Owner and fields, in the texts behind them and not before them."""
    text = "{owner} {budget}"
    note = f"{{note: '{text}'}}"
    desk = doing(enter=f"[{note}, {{assign: sales}}, {{set: {{budget: 5}}}}, {note}]")

    qualified(desk, budget="7")

    assert [" 7", "ann 5"] == notes(desk)


def test_leaving_comes_before_entering(doing: Callable[..., TimedDesk]) -> None:
    """Of one move, and of one move after the other."""
    desk = doing(
        enter="{note: in mql}",
        leave="{note: out of mql}",
        sal="{note: in sal}",
        sql="{note: in sql}",
    )
    qualified(desk, budget="500")

    accepted(desk)

    assert ["in mql", "out of mql", "in sal", "in sql"] == notes(desk)


def test_a_stage_that_is_passed_speaks_of_itself(
    doing: Callable[..., TimedDesk],
) -> None:
    """A move that goes on by itself enters every stage on its way."""
    text = "{note: '{from_stage} {transition} {stage}'}"
    desk = doing(sal=text, sql=text)
    qualified(desk, budget="500")

    accepted(desk)

    assert ["mql accept sal", "sal confirm sql"] == notes(desk)
    record = desk.record("1").record
    assert ("sal", "confirm") == (record.came_from, record.entered_via)


def test_what_a_passed_stage_set_and_gave_stays(
    doing: Callable[..., TimedDesk],
) -> None:
    """The record ends with everything that was done on its way."""
    desk = doing(sal="[{assign: sales}, {set: {hot: true}}]", sql="{note: '{owner}'}")
    qualified(desk, budget="500")

    accepted(desk)

    values = desk.record("1").record.values
    assert ("sql", "ann", True) == (desk.stage("1"), values["rep"], values["hot"])
    assert "sal" == desk.last("1", "assigned").from_stage
    assert ["ann"] == notes(desk)


def test_two_actions_of_one_kind_at_one_occasion_both_go_out(
    doing: Callable[..., TimedDesk],
) -> None:
    """Even when they say the same."""
    twice = (
        "[{note: same}, {note: same}, {task: same}, {task: same},"
        " {notify: {channel: chat, text: same}}, {notify: {channel: chat, text: same}},"
        " {call: {name: page}}, {call: {name: page}}]"
    )
    desk = doing(enter=twice, leave=twice)

    qualified(desk)
    accepted(desk)

    assert 4 * ["same"] == notes(desk)
    assert 4 == len(desk.crm.tasks)
    assert 4 * ["same"] == said(desk)
    assert 4 == len(desk.outbox("call"))


def test_one_occasion_judged_twice_asks_for_the_same(
    doing: Callable[..., TimedDesk],
) -> None:
    """The tokens are the same, whenever it is judged; another occasion's differ."""
    desk = doing(
        enter="[{note: a}, {task: b}, {notify: {channel: c, text: d}},"
        " {call: {name: e}}]"
    )
    desk.fresh("1", name="Ada")
    link = desk.link("1")["row"]
    assert isinstance(link, LinkRow)

    def asked(event: str, minutes: int) -> list[OutboxItem]:
        lifecycle, now = desk.app.lifecycle, desk.now + timedelta(minutes=minutes)
        record = Record(id="r", stage="mql")
        draft = CaseDraft.of(lifecycle, Case(record=record, since=now), now)
        trigger = ActionTrigger(name="enter:mql:0", at=desk.now)
        act(draft, lifecycle.stages["mql"].on_enter, trigger)
        about = DecisionContext(
            lifecycle=lifecycle,
            record=record,
            event=event,
            now=now,
            connections=desk.app.connections,
            links=(link,),
        )
        effects = tuple(draft.effects)
        return rows_of([ChangeSet(inbox_ids=(), about=about, effects=effects)]).outbox

    first, again, other = asked("a", 0), asked("a", 5), asked("b", 0)

    assert [one.token for one in first] == [one.token for one in again]
    assert 8 == len({one.token for one in (*first, *other)})


def test_a_second_visit_to_a_stage_acts_again(
    doing: Callable[..., TimedDesk],
) -> None:
    """Every entry is one of its own."""
    desk = doing(enter="[{note: in}, {task: in}]")
    qualified(desk)
    desk.move("1", "park")
    desk.move("1", "reawaken")
    desk.work()

    desk.edit("1", need="another CRM")

    assert "mql" == desk.stage("1")
    assert ["in", "in"] == notes(desk)
    assert 2 == len(desk.crm.tasks)


def test_a_webhook_that_comes_twice_acts_once(
    doing: Callable[..., TimedDesk],
) -> None:
    """So does one that is heard of again by polling."""
    desk = doing(enter="[{note: in}, {notify: {channel: chat, text: in}}]")
    desk.fresh("1", name="Ada")
    events = desk.crm.edit("1", need="a CRM")

    desk.tell(*events, *events)
    desk.work()
    desk.tell(*events)
    desk.poll()
    desk.work()

    assert ["in"] == notes(desk)
    assert ["in"] == said(desk)


# -- when nothing is done --------------------------------------------------------------


def untouched(desk: TimedDesk, id_: str = "1") -> bool:
    """Whether no action was taken for a record."""
    values = desk.record(id_).record.values
    sent = [desk.outbox(kind) for kind in ("note", "task", "message", "call")]
    return not any(sent) and not {"rep", "hot"} & set(values)


@pytest.mark.parametrize("stage", ["mql", "sal", "sql"])
def test_a_record_that_was_there_before_is_taken_in_silently(
    doing: Callable[..., TimedDesk], stage: str
) -> None:
    """It entered its stage before Leadstate came."""
    desk = doing(enter=EVERYTHING, sal=EVERYTHING, sql=EVERYTHING)

    desk.fresh("1", stage, **ADA)

    assert stage == desk.stage("1")
    assert untouched(desk)
    assert desk.record("1").flag is None


def test_a_record_that_moves_on_as_it_is_taken_in_acts_for_the_move(
    doing: Callable[..., TimedDesk],
) -> None:
    """What it enters by our own decision, it enters now."""
    desk = doing(enter="{note: 'in {stage}'}", sal="{note: in sal}")

    desk.fresh("1", **ADA)

    assert "mql" == desk.stage("1")
    assert ["in mql"] == notes(desk)


def test_a_move_that_is_refused_does_nothing(doing: Callable[..., TimedDesk]) -> None:
    """Asked for without a reason, or by a role that may not."""
    desk = doing(leave=EVERYTHING, sal=EVERYTHING)
    qualified(desk)

    desk.move("1", "accept")
    desk.move("1", "accept", reason="timing", actor="quinn")
    desk.work()

    assert ["refused", "refused"] == desk.kinds("1")[-2:]
    assert untouched(desk)


def test_a_drag_that_is_put_back_leaves_its_own_note_only(
    doing: Callable[..., TimedDesk],
) -> None:
    """Nobody has left or entered anything."""
    desk = doing(enter=EVERYTHING, leave=EVERYTHING, sql=EVERYTHING)
    desk.fresh("1", "sal", name="Ada")

    desk.edit("1", stage="sql")

    assert "sal" == desk.stage("1")
    [note] = notes(desk)
    assert note.startswith("Leadstate moved this lead back to SAL.")
    assert [] == desk.crm.tasks
    assert [] == desk.outbox("message")


def test_a_drag_that_is_accepted_acts(doing: Callable[..., TimedDesk]) -> None:
    """In the name of the person who dragged."""
    desk = doing(sql="{note: '{actor} {from_stage}'}")
    desk.fresh("1", "sal", name="Ada")
    desk.crm.edit("1", budget="500")

    desk.tell(*desk.crm.edit("1", actor="CRM_UI userId:1", stage="sql"))
    desk.work()

    assert "sql" == desk.stage("1") == desk.crm.things["1"].properties["stage"]
    assert ["ann sal"] == notes(desk)


def test_a_crm_that_is_down_gets_everything_once_when_it_is_back(
    doing: Callable[..., TimedDesk],
) -> None:
    """Whatever failed how often."""
    desk = doing(enter="[{note: one}, {note: two}, {task: three}]")
    down = Trouble(RetryLater("down"))
    desk.crm.trouble |= {"note": [down] * 5, "task": [down] * 5, "write": [down] * 5}

    qualified(desk)
    desk.settle(seconds=60)

    assert {"one", "two"} == set(notes(desk))
    assert ["three"] == [one.text for one in desk.crm.tasks]
    assert "mql" == desk.crm.things["1"].properties["stage"]
