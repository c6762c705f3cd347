"""What a decision asks of the CRMs, as outbox items.  Pure; nothing is sent here."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from leadstate.domain.decision import Move, Stay
from leadstate.domain.lifecycle import OutsideAnswer
from leadstate.domain.values import FieldType
from leadstate.engine.receipts import finding_lines, open_criteria
from leadstate.service.deciding.sharing import crm_text, lacking
from leadstate.store import LinkStatus, OutboxItem, OutboxKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from leadstate.domain.decision import Decision
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.record import Record
    from leadstate.domain.signal import Signal
    from leadstate.service.app import Connected
    from leadstate.store import LinkRow

__all__ = ["note_text", "outbox_items", "stage_item", "with_fields"]

_THERE = (LinkStatus.ACTIVE, LinkStatus.QUARANTINED)


def outbox_items(  # noqa: PLR0913 - the circumstances of one decision, keyword-only
    lifecycle: Lifecycle,
    record: Record,
    decision: Decision,
    signal: Signal,
    *,
    links: Sequence[LinkRow],
    connections: Mapping[str, Connected],
    unsettled: Collection[str] = (),
    creating: Collection[str] = (),
    event: str,
    now: datetime,
) -> tuple[OutboxItem, ...]:
    """Return what to put into the CRMs after ``decision``.

    Args:
        record: The record as the decision leaves it.
        links: Its links, with the stage that each CRM shows now.
        unsettled: Connections to which an older stage write is still open; what their
            CRM shows now may be overwritten by it, so that nothing can be spared.
        creating: Connections in which the record's object is being created.
        event: Key of the signal; makes the tokens the same on a second decision.
    """
    items: list[OutboxItem] = []
    reason = getattr(signal, "reason", None)
    reverted = isinstance(decision, Stay) and decision.answer is OutsideAnswer.REVERT
    for link in links:
        connected = connections.get(link.connection)
        if connected is None or link.status is not LinkStatus.ACTIVE:
            continue
        shown = link.remote_stage == record.stage and link.connection not in unsettled
        # A stage that the binding leaves unmapped has no place in that CRM.
        placed = record.stage in connected.binding.stages
        if placed and not shown and (reverted or isinstance(decision, Move)):
            kept = None if reverted else reason
            item = stage_item(
                record, link, connected, event=event, now=now, reason=kept
            )
            if reverted:
                item = replace(item, payload={**item.payload, "put_back": True})
            items.append(item)
        if reverted and link.connection == getattr(signal, "source", ""):
            text = note_text(lifecycle, record, decision, signal)
            items.append(
                _item(record, link, OutboxKind.NOTE, {"text": text}, event, now)
            )
    if isinstance(decision, Move):
        there = {one.connection for one in links if one.status in _THERE}
        items += _hand_offs(
            lifecycle,
            record,
            [c for n, c in connections.items() if n not in {*there, *creating}],
            event,
            now,
        )
    return tuple(items)


def stage_item(  # noqa: PLR0913 - the facts of one write, keyword-only
    record: Record,
    link: LinkRow,
    connected: Connected,
    *,
    event: str,
    now: datetime,
    reason: object = None,
) -> OutboxItem:
    """Return the write that makes a CRM show the record's stage."""
    properties = connected.binding.properties_of(record.stage)
    if connected.binding.reason and reason:
        properties[connected.binding.reason] = str(reason)
    payload = {"stage": record.stage, "properties": properties}
    return _item(record, link, OutboxKind.STAGE, payload, event, now)


def with_fields(  # noqa: PLR0913 - the circumstances of one decision, keyword-only
    items: Iterable[OutboxItem],
    *,
    lifecycle: Lifecycle,
    record: Record,
    links: Iterable[LinkRow],
    connections: Mapping[str, Connected],
    names: Collection[str] | None,
    event: str,
    now: datetime,
) -> list[OutboxItem]:
    """Return the items with the values of fields that several CRMs share.

    A value travels with the stage's write to the same object where there is one.  A
    creation carries them all as they are now: an action may have set one on the way.

    Args:
        names: Fields to hold every CRM against; None holds all.
    """
    found = [
        replace(one, payload=_creation(lifecycle, record, connections[one.connection]))
        if one.kind is OutboxKind.CREATE
        else one
        for one in items
    ]
    for link in links:
        connected = connections.get(link.connection)
        if connected is None or link.status is not LinkStatus.ACTIVE:
            continue
        fields = lacking(lifecycle, connected, record, link.remote_properties, names)
        if not fields:
            continue
        carried = {"fields": fields}
        for index, item in enumerate(found):
            if item.kind is OutboxKind.STAGE and _same_object(item, link):
                found[index] = replace(item, payload={**item.payload, **carried})
                break
        else:
            found.append(_item(record, link, OutboxKind.FIELDS, carried, event, now))
    return found


def _same_object(item: OutboxItem, link: LinkRow) -> bool:
    return (item.connection, item.external_id) == (link.connection, link.external_id)


def _item(  # noqa: PLR0913, PLR0917 - the parts of one row
    record: Record,
    link: LinkRow,
    kind: OutboxKind,
    payload: Mapping[str, object],
    event: str,
    now: datetime,
) -> OutboxItem:
    position = f"{record.id}:{record.stage_version}"
    return OutboxItem(
        token=f"{position}:{link.connection}:{link.external_id}:{kind}:{event}",
        record_id=record.id,
        connection=link.connection,
        object=link.object,
        external_id=link.external_id,
        kind=kind,
        payload=payload,
        created_at=now,
        due_at=now,
    )


def _hand_offs(
    lifecycle: Lifecycle,
    record: Record,
    missing: Iterable[Connected],
    event: str,
    now: datetime,
) -> Iterator[OutboxItem]:
    """Create the record's object in CRMs that lack it, where the binding says so."""
    for connected in missing:
        binding = connected.binding
        if record.stage not in binding.hand_off:
            continue
        yield OutboxItem(
            token=_token(record.id, record.stage_version, connected.name, event),
            record_id=record.id,
            connection=connected.name,
            object=binding.object,
            external_id="",
            kind=OutboxKind.CREATE,
            payload=_creation(lifecycle, record, connected),
            created_at=now,
            due_at=now,
        )


def _creation(
    lifecycle: Lifecycle, record: Record, connected: Connected
) -> dict[str, object]:
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
    return {
        "stage": record.stage,
        "properties": filled | binding.properties_of(record.stage),
        "identity": identity,
    }


def _token(*parts: object) -> str:
    """Return a short name for a creation: the CRM keeps it in a property."""
    whole = ":".join(map(str, parts))
    return f"ls-{hashlib.sha256(whole.encode()).hexdigest()[:24]}"


def note_text(
    lifecycle: Lifecycle, record: Record, decision: Decision, signal: Signal
) -> str:
    """Return the note that tells people in the CRM why their move was put back."""
    return "\n".join(_note_lines(lifecycle, record, decision, signal))


def _note_lines(
    lifecycle: Lifecycle, record: Record, decision: Decision, signal: Signal
) -> Iterator[str]:
    here = lifecycle.stages[record.stage].label
    wanted = lifecycle.stages.get(getattr(signal, "stage", ""))
    asked = wanted.label if wanted else "another stage"
    yield f"Leadstate moved this lead back to {here}."
    refusal = decision.refusal if isinstance(decision, Stay) else None
    if refusal is not None:
        yield f"Why: {refusal.text}."
    missing = [one for receipt in decision.receipts for one in open_criteria(receipt)]
    if missing:
        yield f"Missing for {asked}:"
        for finding in missing:
            yield from finding_lines(finding, depth=1)
        yield "(+ met, - not met, ? nothing known, ! cannot be read)"
