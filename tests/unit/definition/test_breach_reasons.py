"""The reason that goes with the move of a broken SLA."""

from __future__ import annotations

import pytest

from leadstate.definition.workflow import check_workflow_text

WORKFLOW = """\
workflow: small
stages:
  lead:
    initial: true
    sla: {call: {within: 4h, calendar: always, then: THEN}}
  nurture: {kind: parked, wake: {after: 30 days, to: lead}}
  won: {kind: won}
transitions:
  recycle: {from: lead, to: nurture, reason: [no_answer, other]}
  win: {from: lead, to: won}
"""


def read(then: str) -> tuple[list[tuple[str | None, str | None]], list[str]]:
    """Return move and reason of the SLA, and every mistake."""
    lifecycle, problems = check_workflow_text(WORKFLOW.replace("THEN", then))
    slas = lifecycle.stages["lead"].slas if lifecycle else ()
    return [(one.move, one.reason) for one in slas], [str(one) for one in problems]


@pytest.mark.parametrize(
    ("then", "reason"),
    [
        ("{move: recycle}", None),
        ("{move: {transition: recycle}}", None),
        ("[escalate, {move: {transition: recycle, reason: no_answer}}]", "no_answer"),
    ],
)
def test_a_move_may_have_a_reason(then: str, reason: str | None) -> None:
    """One of those that a person could give."""
    assert ([("recycle", reason)], []) == read(then)


@pytest.mark.parametrize(
    ("then", "said"),
    [
        (
            "{move: {transition: recycle, reason: no_anser}}",
            "which is no reason of it. Did you mean 'no_answer'?",
        ),
        (
            "{move: {transition: win, reason: price}}",
            "which is no reason of it. It has no reasons: delete `reason`.",
        ),
        ("{move: {reason: price}}", "'transition'"),
        ("{move: [recycle]}", "must be a mapping"),
    ],
)
def test_a_reason_that_the_transition_lacks_is_a_mistake(then: str, said: str) -> None:
    """With what was meant."""
    found, mistakes = read(then)

    assert [] == found
    assert any(said in one for one in mistakes), mistakes
