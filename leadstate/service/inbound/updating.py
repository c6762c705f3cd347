"""Hold a known record against what a CRM shows now, and collect what follows.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.domain.frozen import replace
from leadstate.domain.history import HistoryKind
from leadstate.domain.record import Happening
from leadstate.domain.signal import Changed, WentLive
from leadstate.domain.sla import ASSIGNED
from leadstate.domain.values import to_json
from leadstate.engine.case import Case, Consequences, with_event
from leadstate.engine.consequences import run
from leadstate.engine.draft import OURS
from leadstate.service.change_set import ChangeSet
from leadstate.service.inbound.conflicts import journal_entries, stage_conflict
from leadstate.service.inbound.merging import absorb, estate_of
from leadstate.service.inbound.outside_moves import counted, outside_move
from leadstate.service.sync.changes import changed_case
from leadstate.service.sync.entries import entry_of
from leadstate.service.sync.field_sync import resolve
from leadstate.service.sync.mapping import update
from leadstate.service.sync.writes import RemoteState, writes_of
from leadstate.store import FieldChange, LinkStatus, OutboxItem, RecordStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.domain.history import HistoryEntry
    from leadstate.domain.record import Record
    from leadstate.domain.signal import Signal
    from leadstate.service.inbound.outside_moves import OutsideMove
    from leadstate.service.inbound.scene import ObjectCase
    from leadstate.service.sync.field_sync import Resolved
    from leadstate.service.sync.mapping import Updated
    from leadstate.store import ConflictItem, EventRow, LinkRow, RecordRow

__all__ = ["update_record"]


def update_record(
    reading: ObjectCase, row: RecordRow, *, joining: str = ""
) -> ChangeSet:
    """Hold a known record against what the CRM says now, and decide.

    Args:
        reading: The object, and what is known of it.
        row: The record that it belongs to.
        joining: What says that the object is the record's from now on; "" when it has
            been before.
    """
    resolved = _resolved(reading, row, joining=bool(joining))
    record, assigned = _with_owner(reading, row.record, resolved.updated)
    resolved = replace(resolved, updated=replace(resolved.updated, record=record))
    outside = outside_move(reading, record)
    story = tuple(_story(reading, row, joining))
    found = _decide(reading, row, resolved.updated, outside, story=bool(story))
    link = counted(reading, outside, found)
    change = _Update(reading, row, resolved, outside, story, found, link)
    return change.change_set(assigned, everything=bool(joining))


# -- what came in ----------------------------------------------------------------------


def _resolved(reading: ObjectCase, row: RecordRow, *, joining: bool) -> Resolved:
    """Return what the reading brought, as far as it counts."""
    scene, state = reading.scene, reading.state
    shown = reading.remote.properties
    if joining:  # what is empty here is no edit that empties it elsewhere
        shown = {name: value for name, value in shown.items() if value}
    updated = update(
        scene.lifecycle,
        scene.connected.binding,
        row.record,
        before=state.link.remote_properties if state.link else {},
        now=shown,
    )
    return resolve(
        updated,
        lifecycle=scene.lifecycle,
        connected=scene.connected,
        connections=scene.connections,
        state=state,
        at=reading.happened_at,
        now=scene.now,
    )


def _with_owner(
    reading: ObjectCase, before: Record, updated: Updated
) -> tuple[Record, tuple[EventRow, ...]]:
    """Return the record with the event that somebody got it, if somebody did."""
    record, lifecycle = updated.record, reading.scene.lifecycle
    owner = lifecycle.owner_of(record)
    if owner is None or owner == lifecycle.owner_of(before):
        return record, ()
    at = reading.happened_at
    rows = reading.events(record.id, [Happening(ASSIGNED, at)])
    return replace(record, happenings=with_event(record, ASSIGNED, at)), rows


def _story(reading: ObjectCase, row: RecordRow, joining: str) -> Iterator[HistoryEntry]:
    """Yield what the history tells of the object before anything is decided."""
    if row.status is not RecordStatus.ACTIVE:
        back = _entry(reading, row, HistoryKind.REOPENED, "is back in the CRM")
        yield replace(back, to_stage=row.record.stage)
    if joining:
        how = {"token": "was created for it", "choice": "a person said so"}
        why = how.get(joining, f"has the same {joining}")
        note = f"{reading.link.object} {reading.remote.id} is this lead, too: {why}"
        yield _entry(reading, row, HistoryKind.LINKED, note)


def _entry(
    reading: ObjectCase, row: RecordRow, kind: HistoryKind, note: str
) -> HistoryEntry:
    return entry_of(
        reading.scene.lifecycle,
        row.record,
        kind,
        source=reading.scene.connected.name,
        now=reading.scene.now,
        event=reading.change.key,
        happened_at=reading.happened_at,
        note=note,
    )


# -- deciding --------------------------------------------------------------------------


def _decide(
    reading: ObjectCase,
    row: RecordRow,
    updated: Updated,
    outside: OutsideMove | None,
    *,
    story: bool,
) -> Consequences:
    """Return what the news brings about; nothing at all when there is nothing new."""
    scene, state = reading.scene, reading.state
    signals: list[Signal] = []
    if outside is not None and not outside.overruled:
        signals.append(outside.signal)
    if updated.changed:
        signals.append(_changed(reading, updated))
    if row.care_since is None and reading.live_since is not None:
        signals.append(_went_live(reading))
    case = Case(
        record=updated.record,
        since=row.care_since,
        in_force=state.in_force,
        clocks=state.clocks,
        timers=state.timers,
        flag=row.flag,
        flagged_at=row.flagged_at,
        rota=reading.rota,
    )
    if not signals and not story:
        return Consequences(case)
    return run(scene.lifecycle, case, signals, now=scene.now, at=reading.happened_at)


def _went_live(reading: ObjectCase) -> WentLive:
    """Return that a record that was observed has an object that is acted on."""
    name = reading.scene.connected.name
    return WentLive(
        at=reading.scene.now,
        source=name,
        actor=OURS,
        note=f"{name} is live and shows it: it is under care from now on",
    )


def _changed(reading: ObjectCase, updated: Updated) -> Changed:
    return Changed(
        at=reading.happened_at,
        source=reading.scene.connected.name,
        fields=frozenset(name for name, _, _ in updated.fields),
        happened=updated.happened,
    )


# -- what is kept of it ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Update:
    """A record that was judged, ready to be kept."""

    reading: ObjectCase
    row: RecordRow
    resolved: Resolved
    outside: OutsideMove | None
    story: tuple[HistoryEntry, ...]
    found: Consequences
    link: LinkRow

    def change_set(
        self, assigned: tuple[EventRow, ...], *, everything: bool
    ) -> ChangeSet:
        """Return all that the commit changes.

        Args:
            assigned: The event that somebody got the record, if somebody did.
            everything: Every CRM is held against all fields, not only those that came.
        """
        reading, row, updated = self.reading, self.row, self.resolved.updated
        case = self.found.case
        links = self._links()
        estate = estate_of(reading, row.record, links)
        about = reading.about(case.record, (*links, *estate.joined))
        remote = self._remote_state(everything=everything, joined=estate.joined)
        writes = writes_of(about, self.found, remote)
        case = self._with_double_flagged(case)
        merged = tuple(absorb(reading, row.record, self.link, estate))
        told = (*self.story, *self.found.effects)
        # A write rests on the record as it is: it must not have moved meanwhile.
        asked = any(isinstance(one, OutboxItem) for one in writes)
        touched = updated.changed or told or asked or case.flag != row.flag
        changes = [changed_case(row, case, reading.scene.lifecycle)] if touched else []
        conflicts = (*self.resolved.conflicts, *self._stage_conflicts())
        return ChangeSet(
            inbox_ids=reading.change.inbox_ids,
            seen=reading.state.seen,
            about=about,
            rota=case.rota,
            effects=(
                *changes,
                self.link,
                *writes,
                *reading.events(row.record.id, updated.happened),
                *self._field_changes(),
                *assigned,
                *told,
                *merged,
                *journal_entries(reading.scene.lifecycle, row.record, conflicts),
                *reading.answered,
            ),
        )

    def _links(self) -> tuple[LinkRow, ...]:
        """Return the record's links, with this one as just read."""
        place = (self.link.connection, self.link.external_id)
        others = [
            one
            for one in self.reading.state.links
            if (one.connection, one.external_id) != place
        ]
        return (*others, self.link)

    def _remote_state(
        self, *, everything: bool, joined: tuple[LinkRow, ...]
    ) -> RemoteState:
        state = self.reading.state
        # An object that was deleted and is back has missed what happened since.
        gone = state.link is not None and state.link.status is LinkStatus.GONE
        again = self.reading.change.again or gone
        late = self.outside is not None and self.outside.overruled
        elsewhere = self.reading.stage != self.found.case.record.stage
        return RemoteState(
            open_rows=state.open_rows,
            hold=None if everything or again or joined else self.resolved.names,
            put_back=(*joined, self.link) if late or (again and elsewhere) else joined,
        )

    def _with_double_flagged(self, case: Case) -> Case:
        """List a record for a person when it turns out to be another one, too."""
        state = self.reading.state
        mine = self.row.record.id
        others = [one for one in state.matches if one.record.record.id != mine]
        doubles = [one for one in others if not one.sure]
        if not doubles or state.chosen:
            return case
        names = ", ".join(one.record.record.id for one in doubles)
        why = (
            f"has the {doubles[0].by} of record {names}; if they are one lead, say so "
            "with 'leadstate record link'"
        )
        return replace(case, flag=why, flagged_at=self.reading.scene.now)

    def _stage_conflicts(self) -> tuple[ConflictItem, ...]:
        if self.outside is None or not self.outside.overruled:
            return ()
        now = self.reading.scene.now
        return (stage_conflict(self.row.record, self.outside.signal, now),)

    def _field_changes(self) -> tuple[FieldChange, ...]:
        scene = self.reading.scene
        return tuple(
            FieldChange(
                record_id=self.row.record.id,
                field=name,
                old=to_json(before),
                new=to_json(value),
                changed_at=self.reading.happened_at,
                learnt_at=scene.now,
                source=scene.connected.name,
                personal=scene.lifecycle.fields[name].tells_of_a_person,
            )
            for name, before, value in self.resolved.updated.fields
        )
