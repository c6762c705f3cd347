"""Which CRM has to be told of what was decided, as outbox items.  Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leadstate.domain.decision import Move, Stay
from leadstate.domain.effect import FieldSet
from leadstate.domain.lifecycle import OutsideAnswer
from leadstate.domain.values import FieldType
from leadstate.engine.receipts import finding_lines, open_criteria
from leadstate.service.change_set import Superseded
from leadstate.service.sync.field_sync import crm_text, lacking
from leadstate.store import (
    Creation,
    FieldsWrite,
    LinkStatus,
    NoteWrite,
    OutboxItem,
    OutboxKind,
    OutboxState,
    StageWrite,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from leadstate.domain.decision import Decision
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.record import Record
    from leadstate.domain.signal import Signal
    from leadstate.engine.case import Consequences
    from leadstate.service.app import Connected
    from leadstate.service.change_set import DecisionContext
    from leadstate.store import LinkRow, OutboxPayload, OutboxRow

__all__ = ["RemoteState", "stage_item", "with_fields", "writes_of"]

_THERE = (LinkStatus.ACTIVE, LinkStatus.QUARANTINED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteState:
    """What the CRMs show of a record, and what is on its way to them.

    Attributes:
        open_rows: Everything of the record that has still to go out.
        unsettled: Connections to which an older stage write is still open; what their
            CRM shows now may be overwritten by it, so that nothing can be spared.
        hold: Fields to hold every CRM against, besides those that actions set; None
            holds all.
        put_back: An object that has to show the record's stage again, or None.
    """

    open_rows: Sequence[OutboxRow] = ()
    unsettled: Collection[str] = ()
    hold: Collection[str] | None = ()
    put_back: LinkRow | None = None


def writes_of(
    about: DecisionContext, found: Consequences, remote: RemoteState
) -> tuple[OutboxItem | Superseded, ...]:
    """Return what is to be written, and which waiting writes that overtakes.

    Args:
        about: The record as it is decided, with its objects.
        found: What was decided.
        remote: What the CRMs show, and what is on its way.
    """
    writing = _Writing(about, remote)
    writing.decisions(found.decisions)
    if remote.put_back is not None:
        writing.stages_anew(remote.put_back)
    names = {one.field for one in found.effects if isinstance(one, FieldSet)}
    writing.fields(names)
    return writing.done()


@dataclass(slots=True)
class _Writing:
    """The writes of one change set, while they are collected.

    Attributes:
        overtaken: Whether unsent stage writes of the record are void by now.
        outdated: Whether unsent field writes are.
    """

    about: DecisionContext
    remote: RemoteState
    items: list[OutboxItem] = field(default_factory=list)
    overtaken: bool = False
    outdated: bool = False

    def done(self) -> tuple[OutboxItem | Superseded, ...]:
        """Return what was collected."""
        record_id = self.about.record.id
        void: list[OutboxItem | Superseded] = []
        if self.overtaken:
            void.append(Superseded(record_id, OutboxKind.STAGE))
        if self.outdated:
            void.append(Superseded(record_id, OutboxKind.FIELDS))
        return (*void, *self.items)

    # -- the stage ---------------------------------------------------------------------

    def decisions(self, decisions: Iterable[tuple[Signal, Decision]]) -> None:
        """Let the CRMs show where the record went, or that it was put back."""
        decided = list(decisions)
        moved = next((one for one in decided if isinstance(one[1], Move)), None)
        for signal, decision in decided:
            if isinstance(decision, Stay) and decision.answer is OutsideAnswer.REVERT:
                self._put_back(decision, signal, stays=moved is None)
        if moved is not None:
            self._show_stage(getattr(moved[0], "reason", None))
            self._hand_off()

    def _show_stage(self, reason: object) -> None:
        self.overtaken = True
        for link, connected in self._lacking_stage():
            self.items.append(stage_item(self.about, link, connected, reason=reason))

    def _put_back(self, stay: Stay, signal: Signal, *, stays: bool) -> None:
        """Undo a move in the CRM, and leave a note there that says why."""
        if stays:
            for link, connected in self._lacking_stage():
                self.items.append(
                    stage_item(self.about, link, connected, put_back=True)
                )
        for link, _ in self._living():
            if link.connection == signal.source:
                text = _note_text(self.about, stay, signal)
                note = _item(self.about, link, OutboxKind.NOTE, NoteWrite(text=text))
                self.items.append(note)
        self.overtaken = self.overtaken or bool(self.items)

    def _lacking_stage(self) -> Iterator[tuple[LinkRow, Connected]]:
        """Yield objects that show another stage than the record's."""
        stage = self.about.record.stage
        for link, connected in self._living():
            shown = link.remote_stage == stage
            if shown and link.connection not in self.remote.unsettled:
                continue
            # A stage that the binding leaves unmapped has no place in that CRM.
            if stage in connected.binding.stages:
                yield link, connected

    def _living(self) -> Iterator[tuple[LinkRow, Connected]]:
        for link in self.about.links:
            connected = self.about.connections.get(link.connection)
            if connected is not None and link.status is LinkStatus.ACTIVE:
                yield link, connected

    def stages_anew(self, also: LinkRow | None = None) -> None:
        """Replace the stage's writes that wait, because they are void or incomplete."""
        there = {one.token for one in self.items}
        waiting = [one for one in self.remote.open_rows if one.kind is OutboxKind.STAGE]
        due = {row.connection for row in waiting}
        stage = self.about.record.stage
        for link, connected in self._living():
            wanted = link.connection in due or (
                also is not None and _place(link) == _place(also)
            )
            placed = stage in connected.binding.stages
            if not wanted or not placed or link.remote_stage == stage:
                continue
            item = stage_item(self.about, link, connected)
            if item.token not in there:
                self.items.append(item)
        self.overtaken = True

    # -- the hand-off ------------------------------------------------------------------

    def _hand_off(self) -> None:
        """Create the record's object in CRMs that lack it, where a binding says so."""
        about, rows = self.about, self.remote.open_rows
        there = {one.connection for one in about.links if one.status in _THERE}
        there |= {row.connection for row in rows if row.kind is OutboxKind.CREATE}
        for name, connected in about.connections.items():
            if name not in there and about.record.stage in connected.binding.hand_off:
                self.items.append(_create(about, connected))

    # -- shared fields -----------------------------------------------------------------

    def fields(self, set_here: Collection[str]) -> None:
        """Write the shared values of fields where a CRM lacks them.

        What was to be written and has not been sent yet is written anew with them.
        """
        waiting = [
            row
            for row in self.remote.open_rows
            if row.state is not OutboxState.CLAIMED and _carried(row)
        ]
        names = self.remote.hold
        if names is not None:
            names = {*names, *set_here}
            if self.overtaken or names:
                names = {*names, *self._fields_in(waiting)}
            if not names:
                return
        self.outdated = True
        if not self.overtaken and any(row.kind is OutboxKind.STAGE for row in waiting):
            self.stages_anew()  # they carry values that are old by now
        self.items = with_fields(self.about, self.items, names)

    def _fields_in(self, rows: Iterable[OutboxRow]) -> set[str]:
        """Return the workflow's names of the fields that these rows would write."""
        found: set[str] = set()
        for row in rows:
            connected = self.about.connections.get(row.connection)
            if connected is None:
                continue
            carried = _carried(row)
            found |= {
                name
                for name, source in connected.binding.fields.items()
                if source.property in carried
            }
        return found


def _carried(row: OutboxRow) -> Mapping[str, str]:
    """Return the shared values that a row would write."""
    payload = row.payload
    return payload.fields if isinstance(payload, StageWrite | FieldsWrite) else {}


# -- single items ----------------------------------------------------------------------


def stage_item(
    about: DecisionContext,
    link: LinkRow,
    connected: Connected,
    *,
    reason: object = None,
    put_back: bool = False,
) -> OutboxItem:
    """Return the write that makes a CRM show the record's stage."""
    stage = about.record.stage
    properties = connected.binding.properties_of(stage)
    if connected.binding.reason and reason:
        properties[connected.binding.reason] = str(reason)
    payload = StageWrite(stage=stage, properties=properties, put_back=put_back)
    return _item(about, link, OutboxKind.STAGE, payload)


def with_fields(
    about: DecisionContext, items: Iterable[OutboxItem], names: Collection[str] | None
) -> list[OutboxItem]:
    """Return the items with the values of fields that several CRMs share.

    A value travels with the stage's write to the same object where there is one.  A
    creation carries them all as they are now: an action may have set one on the way.

    Args:
        about: The record, its objects and the connections.
        items: The writes so far.
        names: Fields to hold every CRM against; None holds all.
    """
    record, found = about.record, list(items)
    for link in about.links:
        connected = about.connections.get(link.connection)
        if connected is None or link.status is not LinkStatus.ACTIVE:
            continue
        shown = link.remote_properties
        fields = lacking(about.lifecycle, connected, record, shown, names)
        if not fields:
            continue
        for index, item in enumerate(found):
            if isinstance(item.payload, StageWrite) and _same_object(item, link):
                both = replace(item.payload, fields=fields)
                found[index] = replace(item, payload=both)
                break
        else:
            alone = FieldsWrite(fields=fields)
            found.append(_item(about, link, OutboxKind.FIELDS, alone))
    return found


def _same_object(item: OutboxItem, link: LinkRow) -> bool:
    return (item.connection, item.external_id) == _place(link)


def _place(link: LinkRow) -> tuple[str, str]:
    return link.connection, link.external_id


def _item(
    about: DecisionContext, link: LinkRow, kind: OutboxKind, payload: OutboxPayload
) -> OutboxItem:
    record = about.record
    position = f"{record.id}:{record.stage_version}"
    return OutboxItem(
        token=f"{position}:{link.connection}:{link.external_id}:{kind}:{about.event}",
        record_id=record.id,
        connection=link.connection,
        object=link.object,
        external_id=link.external_id,
        kind=kind,
        payload=payload,
        created_at=about.now,
        due_at=about.now,
    )


def _create(about: DecisionContext, connected: Connected) -> OutboxItem:
    record = about.record
    return OutboxItem(
        token=_token(record.id, record.stage_version, connected.name, about.event),
        record_id=record.id,
        connection=connected.name,
        object=connected.binding.object,
        external_id="",
        kind=OutboxKind.CREATE,
        payload=_creation(about.lifecycle, record, connected),
        created_at=about.now,
        due_at=about.now,
    )


def _creation(lifecycle: Lifecycle, record: Record, connected: Connected) -> Creation:
    """Return what a new object is to show, and by what the person is looked for."""
    binding = connected.binding
    fields = {
        name: crm_text(lifecycle.fields[name], source, record.values.get(name))
        for name, source in binding.fields.items()
        # Without users mapped an owner is the id of another CRM, and nobody's here.
        if lifecycle.fields[name].type is not FieldType.OWNER or source.values
    }
    identity = {
        binding.fields[name].property: text
        for name, text in fields.items()
        if text and lifecycle.fields[name].identity
    }
    values = {binding.fields[name].property: fields[name] for name in fields}
    filled = {name: text for name, text in values.items() if text}
    return Creation(
        stage=record.stage,
        properties=filled | binding.properties_of(record.stage),
        identity=identity,
    )


def _token(*parts: object) -> str:
    """Return a short name for a creation: the CRM keeps it in a property."""
    whole = ":".join(map(str, parts))
    return f"ls-{hashlib.sha256(whole.encode()).hexdigest()[:24]}"


def _note_text(about: DecisionContext, stay: Stay, signal: Signal) -> str:
    """Return the note that tells people in the CRM why their move was put back."""
    return "\n".join(_note_lines(about, stay, signal))


def _note_lines(about: DecisionContext, stay: Stay, signal: Signal) -> Iterator[str]:
    stages = about.lifecycle.stages
    here = stages[about.record.stage].label
    wanted = stages.get(getattr(signal, "stage", ""))
    asked = wanted.label if wanted else "another stage"
    yield f"Leadstate moved this lead back to {here}."
    if stay.refusal is not None:
        yield f"Why: {stay.refusal.text}."
    missing = [one for receipt in stay.receipts for one in open_criteria(receipt)]
    if missing:
        yield f"Missing for {asked}:"
        for finding in missing:
            yield from finding_lines(finding, depth=1)
        yield "(+ met, - not met, ? nothing known, ! cannot be read)"
