"""What actions set is judged at once: one signal, one commit, and no ring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from action_desk import BINDING, accepted, notes, qualified, workflow_of

from leadstate.engine.decide import CASCADE_BOUND

if TYPE_CHECKING:
    from collections.abc import Callable

    from office_hours import TimedDesk

RICH, POOR = "{set: {budget: 500}}", "{set: {budget: 5}}"
GROW = "  grow: {from: mql, to: sql, automatic: true, when: affords}\n"
BACK = "  back: {from: sql, to: sal, automatic: true, when: budget < 100}\n"


def moves(desk: TimedDesk) -> list[str]:
    """Return the stages that the record went to."""
    return [str(one.to_stage) for one in desk.history("1") if one.kind == "moved"]


def test_what_entering_a_stage_sets_is_judged_at_once(
    doing: Callable[..., TimedDesk],
) -> None:
    """The next transition is taken by the same news, at the same time."""
    desk = doing(sal=RICH, sql="{note: '{from_stage} {transition} {actor}'}")
    qualified(desk)

    accepted(desk, actor="ann")

    assert ["mql", "sal", "sql"] == moves(desk)
    accept, confirm = desk.history("1")[-2:]
    assert ("automatic", "leadstate") == (confirm.cause, confirm.actor)
    assert (accept.happened_at, accept.source_event) == (
        confirm.happened_at,
        confirm.source_event,
    )
    assert ["sal confirm ann"] == notes(desk)
    assert [] == desk.faults()


def test_a_crm_is_told_the_last_stage_alone(
    timed_of: Callable[..., TimedDesk],
) -> None:
    """With the reason that was given for the move, and what was set on the way."""
    binding = f"{BINDING}reason: why\n"
    desk = timed_of(workflow_of(sal=RICH), binding)
    qualified(desk)

    accepted(desk, reason="timing")

    assert "sql" == desk.crm.things["1"].properties["stage"]
    assert "timing" == desk.crm.things["1"].properties["why"]
    assert "500" == desk.crm.things["1"].properties["budget"]
    written = [one.payload.stage for one in desk.outbox("stage")]
    assert ["mql", "sql"] == written


def test_an_owner_that_is_given_is_judged_at_once(
    timed_of: Callable[..., TimedDesk],
) -> None:
    """A transition may wait for somebody to have it."""
    text = workflow_of(sal="{assign: sales}")
    text = text.replace("when: affords, outside", "when: rep is known, outside")
    desk = timed_of(text, BINDING)
    qualified(desk)

    accepted(desk)

    assert ["mql", "sal", "sql"] == moves(desk)


def test_what_a_warning_sets_is_judged_at_once(
    timed_of: Callable[..., TimedDesk],
) -> None:
    """Although a warning itself moves nothing."""
    desk = timed_of(workflow_of(warning=RICH) + GROW, BINDING)
    qualified(desk)

    desk.later(hours=3)

    assert ["mql", "sql"] == moves(desk)
    assert desk.history("1")[-1].happened_at == desk.last("1", "warned").happened_at


def test_a_move_that_a_warning_leads_to_ends_what_a_person_was_asked_for(
    timed_of: Callable[..., TimedDesk],
) -> None:
    """As every move does; who the warning itself calls is called."""
    desk = timed_of(workflow_of(warning=RICH) + GROW, BINDING)
    called = timed_of(workflow_of(warning=f"[escalate, {RICH}]") + GROW, BINDING)
    for one in (desk, called):
        qualified(one)
        one.tell(*one.crm.edit("1", stage="won"))
        one.work()
        one.tell(*one.crm.edit("1", stage="mql"))
        one.work()
        assert "against the criteria" in str(one.record("1").flag)

        one.later(hours=3)

        assert "sql" == one.stage("1")

    assert desk.record("1").flag is None
    assert "marketing has to act" in str(called.record("1").flag)


def test_a_ring_of_actions_and_moves_ends_flagged(
    timed_of: Callable[..., TimedDesk],
) -> None:
    """The bound of automatic moves holds for all that one signal causes."""
    desk = timed_of(workflow_of(sal=RICH, sql=POOR) + BACK, BINDING)
    qualified(desk)

    accepted(desk)

    assert 1 + CASCADE_BOUND == len(moves(desk)[1:])
    flag = str(desk.record("1").flag)
    assert flag.startswith("25 automatic moves at once: what entering a stage sets")
    assert "(sal, sql)" in flag
    assert desk.crm.things["1"].properties["stage"] == desk.stage("1")
    assert [] == desk.faults()


def test_a_move_against_the_criteria_stays_for_somebody_to_look_at(
    timed_of: Callable[..., TimedDesk],
) -> None:
    """What entering sets there waits for the next news, like all that is due there."""
    desk = timed_of(workflow_of(sql=POOR) + BACK, BINDING)
    qualified(desk)

    desk.edit("1", stage="sql")
    flagged = desk.stage("1"), str(desk.record("1").flag)
    desk.edit("1", name="Eva")

    assert "sql" == flagged[0]
    assert "against the criteria" in flagged[1]
    assert "sal" == desk.stage("1")
