"""Read what happens in a scenario: a change, a move, a timer, or time that passes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from .calendars import ALWAYS
from .durations import read_duration
from .keys import BUSINESS, WHEN
from .nodes import TextNode
from .problems import shown
from .reader import open_mapping
from .scenario import Trigger, Wait, What

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import Lifecycle

    from .reader import Reader

__all__ = ["read_when"]

_BARE: Final = {"changed": What.CHANGED, "timer": What.TIMER}
_VERBS: Final = {
    "move": What.MOVE,
    "moved in crm": What.MOVED_IN_CRM,
    "timer": What.TIMER,
    "after": What.AFTER,
}
_BUSINESS: Final = re.compile(BUSINESS)


def read_when(scenario: Reader, lifecycle: Lifecycle, stage: str) -> Trigger | None:
    """Return what happens to a record in ``stage``."""
    node = scenario.get("when")
    if isinstance(node, TextNode) and node.value in _BARE:
        return Trigger(what=_BARE[node.value])
    if isinstance(node, TextNode):
        scenario.problems.error(
            "LS110",
            node.mark,
            f"{scenario.name}: 'when' is {shown(node.value)}",
            hint="Write changed, timer, {move: TRANSITION, as: ROLE},"
            " {moved in crm: STAGE}, {timer: TRANSITION} or {after: 3 days}.",
        )
        return None
    title = f"{scenario.name}: 'when'"
    reader = open_mapping(node, WHEN, scenario.problems, title) if node else None
    return _trigger(reader, lifecycle, stage) if reader else None


def _trigger(reader: Reader, lifecycle: Lifecycle, stage: str) -> Trigger | None:
    verbs = [verb for verb in _VERBS if reader.has(verb)]
    if len(verbs) != 1:
        reader.problems.error(
            "LS118",
            reader.node.mark,
            f"{reader.name} needs one of 'move', 'moved in crm', 'timer' and 'after'",
            hint="One scenario shows one thing that happens.",
        )
        return None
    what = _VERBS[verbs[0]]
    _check_companions(reader, what)
    return Trigger(
        what=what,
        transition=reader.text("move") or reader.text("timer"),
        stage=reader.reference("moved in crm", "stage", lifecycle.stages, "goes to"),
        roles=frozenset(node.value for node in reader.words("as")),
        approved_as=frozenset(node.value for node in reader.words("approved_as")),
        reason=reader.text("reason"),
        note=reader.text("note") or "",
        wait=_wait(reader, lifecycle, stage) if what is What.AFTER else None,
    )


def _check_companions(reader: Reader, what: What) -> None:
    """Refuse what says something about another thing that could happen."""
    for key, verb in (("approved_as", What.MOVE), ("calendar", What.AFTER)):
        if reader.has(key) and what is not verb:
            reader.problems.error(
                "LS118",
                reader.at(key),
                f"{reader.name} has {shown(key)} without {shown(verb)}",
                hint=f"Delete `{key}`.",
            )


def _wait(reader: Reader, lifecycle: Lifecycle, stage: str) -> Wait | None:
    """Return how much time passes, and by whose hours."""
    text = reader.text("after") or ""
    wait = _read_wait(text)
    if wait is None:
        if text:
            _refuse(reader, text)
        return None
    if _BUSINESS.fullmatch(text):
        calendar = _calendar(reader, lifecycle, stage)
        return replace(wait, calendar=calendar) if calendar else None
    if reader.has("calendar"):
        reader.problems.error(
            "LS118",
            reader.at("calendar"),
            f"{reader.name} has 'calendar', and {shown(text)} is no business time",
            hint="Write `after: 2 business days`, or delete `calendar`.",
        )
    return wait


def _read_wait(text: str) -> Wait | None:
    business = _BUSINESS.fullmatch(text)
    if business is not None and business[2].startswith("day"):
        return Wait(days=int(business[1])) if int(business[1]) else None
    length = read_duration(text.replace("business ", "", 1) if business else text)
    return Wait(length=length) if length is not None else None


def _refuse(reader: Reader, text: str) -> None:
    reader.problems.error(
        "LS113",
        reader.at("after"),
        f"{reader.name}: 'after' is {shown(text)}",
        why="which is not a length of time",
        hint="Write 3 hours, 31 days, 4 business hours or 2 business days.",
    )


def _calendar(reader: Reader, lifecycle: Lifecycle, stage: str) -> str | None:
    """Return the calendar that is named, or the one that can only be meant."""
    known = [name for name in lifecycle.calendars if name != ALWAYS]
    if reader.has("calendar"):
        return reader.reference("calendar", "calendar", known, "counts in")
    meant = _meant(lifecycle, stage, known)
    if meant is None:
        reader.problems.error(
            "LS103",
            reader.at("after"),
            f"{reader.name} lacks 'calendar'",
            why="and nothing says in whose business time it counts",
            hint=f"Add `calendar: …`. {reader.problems.known('', known)}",
        )
    return meant


def _meant(lifecycle: Lifecycle, stage: str, known: list[str]) -> str | None:
    """Return the calendar of the stage's team, of its SLAs, or the only one."""
    here = lifecycle.stages.get(stage)
    if here is None:
        return known[0] if known else None  # its own mistake is reported
    team = lifecycle.teams.get(here.owner or "")
    counted = {sla.calendar for sla in here.slas}.intersection(known)
    for names in ({team}.intersection(known), counted, set(known)):
        if len(names) == 1:
            return next(iter(names))
    return None
