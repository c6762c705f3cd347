"""What later days bring in the demo: agreements, broken SLAs, leads that wake.

Nearly nobody touches the leads of these acts: what happens to them, time does.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from leadstate.service.timers.slas import open_slas
from leadstate_demo.staff import MARKETER, SELLER
from leadstate_demo.story import Act
from leadstate_demo.why import Show

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.store import RecordRow
    from leadstate_demo.story import Story

__all__ = ["LATER_ACTS"]

_HOUR = timedelta(hours=1)
_MOST = 20_000
# How much may become due at once: what is short needs a closer look.
_STEP_OF_A_DAY, _STEP_OF_WEEKS = timedelta(hours=3), timedelta(days=7)


def _reopened(story: Story) -> None:
    """Sales wants a lost lead back; nobody agrees with themselves, marketing does."""
    [row] = story.cast("job_role = director", "lost", 1)
    waiting = story.ask(row, "reopen", SELLER).waits
    if waiting is not None:
        story.answer(waiting, SELLER, "They called me.")
        story.answer(waiting, MARKETER, "They have a new budget.")
    story.tell("was lost, and came back when both teams agreed", row, Show.APPROVED)
    story.theatre.wait_until_quiet()


def _a_day(story: Story) -> None:
    """Nobody looks at anything until the SLA of the first day is broken."""
    row, due = _last_due(story, "mql", "accept")
    story.theatre.let_pass(due + _HOUR, _STEP_OF_A_DAY)
    story.tell("was about to be forgotten", row, Show.WARNED)
    story.tell("was forgotten all the same", row, Show.BROKEN)


def _weeks(story: Story) -> None:
    """What was sent back comes again by itself; what was put off, before its date."""
    parked = [
        (story.cast("job_role = director", stage, 1)[0], told)
        for stage, told in (
            ("nurture", "was sent back, and woke after a month"),
            ("backlog", "was put off, and woke before the decision"),
        )
    ]
    story.theatre.arrive(_STEP_OF_WEEKS)
    for row, told in parked:
        story.tell(told, row, Show.WOKEN)


def _last_due(story: Story, stage: str, sla: str) -> tuple[RecordRow, datetime]:
    """Return the record whose clock breaks its SLA last, and when that is."""
    open_ones = open_slas(story.theatre.app, stage=stage, sla=sla, limit=_MOST)
    due = {
        one.clock.record_id: one.clock.due_at
        for one in open_ones
        if one.clock.due_at is not None and one.clock.breached_at is None
    }
    cast = story.cast("email is known", stage, _MOST)
    found = [(row, due[row.record.id]) for row in cast if row.record.id in due]
    return max(found, key=lambda one: one[1])


LATER_ACTS = (
    Act("A lost lead comes back, if both teams agree", _reopened),
    Act("A day passes: SLAs are at risk, and broken", _a_day),
    Act("Weeks pass: parked leads wake by themselves", _weeks),
)
