"""Which CRM has to be told of what was decided, as outbox items.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leadstate.domain.decision import Move, Stay
from leadstate.domain.effect import FieldSet
from leadstate.domain.lifecycle import OutsideAnswer
from leadstate.service.change_set import Superseded
from leadstate.service.sync.field_sync import lacking
from leadstate.service.sync.outbox_items import (
    creation_item,
    fields_item,
    note_item,
    stage_item,
)
from leadstate.store import (
    FieldsWrite,
    LinkStatus,
    OutboxItem,
    OutboxKind,
    OutboxState,
    StageWrite,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from leadstate.domain.decision import Decision
    from leadstate.domain.signal import Signal
    from leadstate.engine.case import Consequences
    from leadstate.service.app import Connected
    from leadstate.service.change_set import DecisionContext
    from leadstate.store import LinkRow, OutboxRow

__all__ = ["RemoteState", "with_fields", "writes_of"]

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
        put_back: Objects that have to show the record's stage again.
        begins: Whether the record was started just now: CRMs may owe it an object.
    """

    open_rows: Sequence[OutboxRow] = ()
    unsettled: Collection[str] = ()
    hold: Collection[str] | None = ()
    put_back: Collection[LinkRow] = ()
    begins: bool = False


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
    if remote.put_back:
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
        if moved is not None or self.remote.begins:
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
        for link, _ in self.about.objects:
            if link.connection == signal.source:
                self.items.append(note_item(self.about, link, stay, signal))
        self.overtaken = self.overtaken or bool(self.items)

    def _lacking_stage(self) -> Iterator[tuple[LinkRow, Connected]]:
        """Yield objects that show another stage than the record's."""
        stage = self.about.record.stage
        for link, connected in self.about.objects:
            shown = link.remote_stage == stage
            if shown and link.connection not in self.remote.unsettled:
                continue
            # A stage that the binding leaves unmapped has no place in that CRM.
            if stage in connected.binding.stages:
                yield link, connected

    def stages_anew(self, also: Collection[LinkRow] = ()) -> None:
        """Replace the stage's writes that wait, because they are void or incomplete."""
        there = {one.token for one in self.items}
        waiting = [one for one in self.remote.open_rows if one.kind is OutboxKind.STAGE]
        due = {row.connection for row in waiting}
        besides = {_place(one) for one in also}
        stage = self.about.record.stage
        for link, connected in self.about.objects:
            wanted = link.connection in due or _place(link) in besides
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
            wanted = name in about.live and name not in there
            if wanted and about.record.stage in connected.binding.hand_off:
                self.items.append(creation_item(about, connected))

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
    for link, connected in about.objects:
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
            found.append(fields_item(about, link, fields))
    return found


def _same_object(item: OutboxItem, link: LinkRow) -> bool:
    return (item.connection, item.external_id) == _place(link)


def _place(link: LinkRow) -> tuple[str, str]:
    return link.connection, link.external_id
