"""What a CRM is to be shown, one outbox item each.  Pure."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from leadstate.domain.values import FieldType
from leadstate.engine.receipts import finding_lines, open_criteria
from leadstate.service.sync.field_sync import crm_text
from leadstate.store import (
    Creation,
    FieldsWrite,
    NoteWrite,
    OutboxItem,
    OutboxKind,
    StageWrite,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadstate.domain.decision import Stay
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.record import Record
    from leadstate.domain.signal import Signal
    from leadstate.service.app import Connected
    from leadstate.service.change_set import DecisionContext
    from leadstate.store import LinkRow, OutboxPayload, OutboxRow

__all__ = [
    "creation_item",
    "fields_item",
    "note_item",
    "properties_of",
    "stage_item",
]


def properties_of(row: OutboxRow) -> dict[str, str]:
    """Return what an outbox row writes."""
    match row.payload:
        case StageWrite(properties=stage, fields=fields):
            return {**stage, **fields}
        case FieldsWrite(fields=fields):
            return dict(fields)
        case Creation(properties=properties):
            return dict(properties)
        case _:
            return {}


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


def fields_item(
    about: DecisionContext, link: LinkRow, fields: Mapping[str, str]
) -> OutboxItem:
    """Return the write of these shared values, by property."""
    return _item(about, link, OutboxKind.FIELDS, FieldsWrite(fields=fields))


def note_item(
    about: DecisionContext, link: LinkRow, stay: Stay, signal: Signal
) -> OutboxItem:
    """Return the note that tells people in the CRM why their move was put back."""
    text = "\n".join(_note_lines(about, stay, signal))
    return _item(about, link, OutboxKind.NOTE, NoteWrite(text=text))


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


def creation_item(about: DecisionContext, connected: Connected) -> OutboxItem:
    """Return the creation of the record's object in a CRM that lacks it."""
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
