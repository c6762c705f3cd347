"""A stage that a CRM shows and that nobody put there from here.  Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from leadstate.domain.decision import Stay
from leadstate.domain.signal import MovedOutside, PassedStage
from leadstate.service.inbound.between import shown_between
from leadstate.service.inbound.conflicts import overruled

if TYPE_CHECKING:
    from leadstate.adapters import PastChange
    from leadstate.domain.people import Person
    from leadstate.domain.record import Record
    from leadstate.engine.case import Consequences
    from leadstate.service.inbound.scene import ObjectCase
    from leadstate.store import LinkRow

__all__ = ["OutsideMove", "counted", "outside_move"]

# HubSpot: "CRM_UI userId:11"; amoCRM: the id alone.  A robot's name has no such form.
_USER = re.compile(r"(?:^|userId:)(\d+)$")
_REVERT_MEMORY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class OutsideMove:
    """A move made in the CRM; overruled when another CRM's came later."""

    signal: MovedOutside
    overruled: bool


def outside_move(reading: ObjectCase, record: Record) -> OutsideMove | None:
    """Return the move that somebody made in the CRM, or None when nobody did."""
    state = reading.state
    if state.expects(reading.stage):
        return None
    signal = _moved_outside(reading)
    late = overruled(state, record, signal, reading.scene.connected.name)
    return OutsideMove(signal, late)


def _moved_outside(reading: ObjectCase) -> MovedOutside:
    scene, change = reading.scene, reading.change
    told = change.reported_change(scene.connected.binding.stage_properties)
    happened = told[1] if told else None
    actor = (told[0].actor or "") if told else ""
    through, last = _between(reading)
    if last is not None:
        happened, actor = happened or last.at, actor or last.actor
    person = _person(reading, actor)
    return MovedOutside(
        stage=reading.stage,
        at=min(happened or reading.happened_at, scene.now),
        actor=person.name if person else actor,
        roles=person.roles if person else None,
        source=scene.connected.name,
        reason=_reason(reading),
        repeated=_repeated(reading),
        through=through,
    )


def _between(
    reading: ObjectCase,
) -> tuple[tuple[PassedStage, ...], PastChange | None]:
    """Return the stages between two looks, and what led to the one that is shown.

    What the CRM tells is believed where it ends at what the CRM shows, and begins after
    all that is known of the record.
    """
    row, link, told = reading.state.record, reading.state.link, reading.change.between
    if row is None or link is None or not told:
        return (), None
    binding = reading.scene.connected.binding
    steps = list(shown_between(binding, link.remote_properties, told))
    known = max(row.created_at, row.record.entered_at or row.created_at)
    if not steps or steps[-1][0] != reading.stage or steps[0][1].at <= known:
        return (), None
    passed: list[PassedStage] = []
    for stage, change in steps[:-1]:
        person = _person(reading, change.actor)
        passed.append(
            PassedStage(
                stage=stage,
                at=change.at,
                key=change.key,
                actor=person.name if person else change.actor,
                roles=person.roles if person else None,
            )
        )
    return tuple(passed), steps[-1][1]


def _person(reading: ObjectCase, actor: str) -> Person | None:
    """Return who that is in the CRM's words: ``CRM_UI userId:11``, or ``11``."""
    user, scene = _USER.search(actor), reading.scene
    return scene.people.of_user(scene.connected.name, user[1]) if user else None


def _repeated(reading: ObjectCase) -> int:
    link, now = reading.link, reading.scene.now
    lately = link.reverted_at and now - link.reverted_at < _REVERT_MEMORY
    return link.reverts if lately else 0


def _reason(reading: ObjectCase) -> str | None:
    name = reading.scene.connected.binding.reason
    return (reading.remote.properties.get(name) or None) if name else None


def counted(
    reading: ObjectCase, outside: OutsideMove | None, found: Consequences
) -> LinkRow:
    """Return the object's link, with its count of moves that were put back."""
    link = replace(reading.link, remote_stage=reading.stage)
    if outside is None or outside.overruled:
        return link
    decision = next(one for its, one in found.decisions if its is outside.signal)
    if isinstance(decision, Stay):
        again = outside.signal.repeated + 1
        return replace(link, reverts=again, reverted_at=reading.scene.now)
    return replace(link, reverts=0, reverted_at=None)
