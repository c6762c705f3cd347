"""The timers that a case needs, in the order in which they wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from leadstate.definition import load_workflow_text
from leadstate.domain.clock import TimerKind
from leadstate.domain.record import Record
from leadstate.domain.signal import FirstSeen, TimerDue
from leadstate.engine.case import Case
from leadstate.engine.consequences import run

TWO = load_workflow_text(
    """\
workflow: two
stages:
  lead:
    initial: true
    sla:
      accept: {within: 40 min, calendar: always, warn_at: ['50%']}
      touch:  {within: 40 min, calendar: always}
  won: {kind: won}
transitions: {win: {from: lead, to: won, by: [sales]}}
"""
)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_of_two_timers_of_one_moment_the_one_that_waited_longer_comes_first() -> None:
    """A warning arms the breach anew; the other SLA's has been waiting meanwhile."""
    record = Record(
        id="r", stage="lead", version=1, entered_at=NOON, workflow_version=TWO.version
    )
    seen = run(
        TWO,
        Case(record=record, since=NOON),
        [FirstSeen(at=NOON, source="hub")],
        now=NOON,
    )
    later = NOON + timedelta(minutes=20)
    warned = TimerDue(
        at=later, stage_version=0, kind=TimerKind.WARN, sla="accept", mark="50%"
    )

    found = run(TWO, seen.case, [warned], now=later)

    assert ["accept", "touch"] == [one.sla for one in seen.case.timers]
    assert ["touch", "accept"] == [one.sla for one in found.case.timers]
    assert 1 == len({one.due_at for one in found.case.timers})
