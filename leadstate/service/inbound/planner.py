"""What one object's news means: judge it, and collect all that its commit changes.

Pure but for the record id it is handed: no clock, no database, no CRM.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from leadstate.adapters import Gone, RemoteObject
from leadstate.domain.frozen import replace
from leadstate.domain.record import Record
from leadstate.domain.signal import FirstSeen
from leadstate.engine.case import Case
from leadstate.engine.consequences import run
from leadstate.service.change_set import ChangeSet, NewsRedacted, link_ref
from leadstate.service.inbound.conflicts import left_behind
from leadstate.service.inbound.endings import end_object
from leadstate.service.inbound.joining import ambiguity, being_created, the_one
from leadstate.service.inbound.merging import elsewhere
from leadstate.service.inbound.scene import ObjectCase
from leadstate.service.inbound.updating import update_record
from leadstate.service.sync.changes import added_case
from leadstate.service.sync.mapping import happenings_of, values_of
from leadstate.service.sync.writes import RemoteState, writes_of
from leadstate.store import DeadLetterItem, Door, LinkStatus, RecordStatus

if TYPE_CHECKING:
    from leadstate.engine.rota import Rota
    from leadstate.service.change_set import InboundChange, Match, StoredState
    from leadstate.service.inbound.scene import Scene

__all__ = ["plan_inbound"]


def plan_inbound(
    scene: Scene, change: InboundChange, state: StoredState, rota: Rota, *, new_id: str
) -> ChangeSet:
    """Return what the commit changes; nothing is judged while an own write is open.

    Args:
        scene: The connection and the moment.
        change: What the inbox and the CRM say.
        state: What the store knows.
        rota: Whose turn it is.
        new_id: Id of the record, should one come under care.
    """
    match change.remote:
        case Gone():
            return end_object(scene, change, state, change.remote)
        case RemoteObject():
            stage = scene.connected.binding.stage_of(change.remote.properties)
            reading = ObjectCase(
                scene=scene,
                change=change,
                state=state,
                remote=change.remote,
                stage=stage or "",
                rota=rota,
            )
            return _judge(reading, new_id)
        case _:
            assert_never(change.remote)


def _judge(reading: ObjectCase, new_id: str) -> ChangeSet:
    state, binding = reading.state, reading.scene.connected.binding
    known = state.link is not None or state.merged
    if not known and binding.ignores(reading.remote.properties):
        return reading.unchanged
    if state.forgotten or _is_forgotten(state):
        return _turn_away(reading)
    # Its own stage is on the way there: what it shows has no meaning before.
    unplaced = not reading.stage and state.moving
    if unplaced or (state.sending and not state.expects(reading.stage or None)):
        return replace(reading.unchanged, defer=True)
    if not reading.stage:
        return _quarantine(reading, "unknown stage", _unknown_stage(reading))
    if state.record is not None and not state.chosen:
        return update_record(reading, state.record)
    return _place(reading, new_id)


def _place(reading: ObjectCase, new_id: str) -> ChangeSet:
    """Find the record of an object that has none, or that a person gave another one."""
    state = reading.state
    if state.chosen and state.matches:
        return _join(reading, state.matches[0])
    if state.merged:
        return _adopt(reading)
    if state.matches:
        return _belong(reading)
    return _enter(reading, new_id)


def _is_forgotten(state: StoredState) -> bool:
    """Whether the person was erased: nothing that another CRM holds comes back."""
    rows = [state.record, *(one.record for one in state.matches)]
    return any(row and row.status is RecordStatus.ERASED for row in rows)


def _turn_away(reading: ObjectCase) -> ChangeSet:
    """Take nothing of an object of somebody who was forgotten but its id."""
    redacted = NewsRedacted(reading.change.inbox_ids)
    if not reading.state.forgotten:
        return replace(reading.unchanged, effects=(redacted,))
    link = replace(
        reading.link,
        remote_properties={},
        remote_stage=None,
        status=LinkStatus.ERASED,
        reason="erased",
    )
    return ChangeSet(
        inbox_ids=reading.change.inbox_ids,
        seen=reading.state.seen,
        effects=(redacted, link, *reading.answered),
    )


# -- an object that nobody can place ---------------------------------------------------


def _unknown_stage(reading: ObjectCase) -> str:
    scene, shown_by = reading.scene, reading.remote.properties
    names = scene.connected.binding.stage_properties
    shown = ", ".join(f"{name}={shown_by.get(name)!r}" for name in names)
    return (
        f"no stage of {scene.lifecycle.name!r} is bound to {shown}; bind it under "
        "'stages' in the binding file, or correct the object in the CRM"
    )


def _quarantine(reading: ObjectCase, what: str, reason: str) -> ChangeSet:
    """Put an object aside that nobody can place; never guess."""
    # Whatever it shows next is judged: moves made meanwhile were not written to it.
    link = replace(
        reading.link,
        status=LinkStatus.QUARANTINED,
        reason=reason,
        remote_stage=None,
    )
    letter = DeadLetterItem(
        door=Door.LINK,
        ref=link_ref(link),
        connection=link.connection,
        object=link.object,
        external_id=link.external_id,
        record_id=link.record_id,
        reason=what,
        detail=reason,
        at=reading.scene.now,
    )
    return replace(reading.unchanged, seen=reading.state.seen, effects=(link, letter))


# -- an object that may be somebody we know --------------------------------------------


def _belong(reading: ObjectCase) -> ChangeSet:
    """Link the object to its record, or list it for a person."""
    name, matches = reading.scene.connected.name, reading.state.matches
    if any(being_created(match, name) for match in matches):
        return replace(reading.unchanged, defer=True)
    match = the_one(matches, name)
    if match is None:
        why = ambiguity(matches, name, reading.remote.id)
        return _quarantine(reading, "ambiguous person", why)
    return _join(reading, match)


def _join(reading: ObjectCase, match: Match) -> ChangeSet:
    """Let an object of this CRM be the record's from now on.

    What the CRM shows is an edit like any other: by field owner, then the newest.
    """
    state, row = reading.state, match.record
    link = replace(
        reading.link,
        record_id=row.record.id,
        remote_stage=None,
        remote_properties={},
    )
    joined = replace(
        state,
        link=link,
        record=row,
        links=(*match.links, link),
        open_rows=match.open_rows,
        clocks=match.clocks,
        timers=match.timers,
        in_force=match.in_force,
        merged=(),
    )
    found = update_record(replace(reading, state=joined), row, joining=match.by)
    behind = left_behind(reading, row)
    return replace(
        found,
        seen=(*state.seen, *match.links),
        effects=(*found.effects, *behind, *reading.answered),
    )


def _adopt(reading: ObjectCase) -> ChangeSet:
    """Keep one timeline when the CRM merged known objects into a new one.

    HubSpot gives the survivor of a merge a new id, unless the portal preserves the
    primary's (developers.hubspot.com, merging records, as of 2026-11); the oldest
    record goes on, the others are closed into it.
    """
    state = reading.state
    kept_link, kept = min(state.merged, key=lambda pair: pair[1].created_at)
    link = replace(
        reading.link,
        record_id=kept.record.id,
        remote_stage=kept_link.remote_stage,
        remote_properties=kept_link.remote_properties,
    )
    adopted = replace(
        state,
        link=link,
        record=kept,
        links=(
            *(one for one in elsewhere(reading) if one.record_id == kept.record.id),
            link,
        ),
        clocks=tuple(one for one in state.clocks if one.record_id == kept.record.id),
        timers=tuple(one for one in state.timers if one.record_id == kept.record.id),
    )
    found = update_record(replace(reading, state=adopted), kept)
    return replace(found, seen=state.seen)


# -- an object that is new -------------------------------------------------------------


def _enter(reading: ObjectCase, new_id: str) -> ChangeSet:
    """Know a new object from now on, where the CRM says it stands."""
    scene, record = reading.scene, _new_record(reading, new_id)
    link = replace(reading.link, record_id=new_id, remote_stage=reading.stage)
    seen = FirstSeen(
        at=reading.happened_at,
        source=scene.connected.name,
        note=_how_seen(reading),
    )
    case = Case(record=record, since=link.live_since, rota=reading.rota)
    found = run(scene.lifecycle, case, [seen], now=scene.now)
    about = reading.about(found.case.record, (link,))
    return ChangeSet(
        inbox_ids=reading.change.inbox_ids,
        seen=reading.state.seen,
        about=about,
        rota=found.case.rota,
        effects=(
            added_case(found.case, scene.lifecycle, scene.now),
            link,
            *writes_of(about, found, RemoteState()),
            *reading.events(new_id, record.happenings),
            *found.effects,
            *reading.answered,
        ),
    )


def _new_record(reading: ObjectCase, new_id: str) -> Record:
    lifecycle, remote = reading.scene.lifecycle, reading.remote
    binding = reading.scene.connected.binding
    # Only in the first stage is the time of entering known: the object's birth.
    fresh = reading.stage == lifecycle.initial.name
    return Record(
        id=new_id,
        stage=reading.stage,
        version=1,
        entered_at=remote.created_at if fresh else None,
        workflow_version=lifecycle.version,
        values=values_of(lifecycle, binding, remote.properties),
        happenings=happenings_of(binding, remote.properties),
    )


def _how_seen(reading: ObjectCase) -> str:
    if reading.stage == reading.scene.lifecycle.initial.name:
        return "first seen in the CRM"
    return "was in this stage already when first seen"
