"""Webhook bodies: forms in PHP's bracket notation, every value a text.

There are two of a stage change.  The account's own has the whole lead and its old
stage, but no old pipeline (recorded 2016 to 2023); that of the Digital Pipeline has
five ids, the old pipeline among them, and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from leadstate_amocrm.sandbox.crm.fields import DATES, Field, Value
from leadstate_amocrm.sandbox.crm.happenings import What
from leadstate_amocrm.sandbox.crm.notes import Note
from leadstate_amocrm.sandbox.crm.records import SINGULAR
from leadstate_amocrm.sandbox.crm.tasks import Task
from leadstate_amocrm.sandbox.crm.unsorted import Unsorted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadstate_amocrm.sandbox.crm.account import Account
    from leadstate_amocrm.sandbox.crm.happenings import Happening
    from leadstate_amocrm.sandbox.crm.records import Record

Entity = dict[str, object]
_ELEMENTS = {"contacts": "1", "leads": "2", "companies": "3"}
_SCALARS = DATES | {"checkbox"}


def encoded(body: Mapping[str, object]) -> bytes:
    """Write nested objects and lists as a form."""
    return urlencode(list(_pairs("", body))).encode()


def _pairs(prefix: str, node: object) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _pairs(f"{prefix}[{name}]" if prefix else str(name), value)
    elif isinstance(node, list | tuple):
        for number, value in enumerate(node):
            yield from _pairs(f"{prefix}[{number}]", value)
    elif isinstance(node, bool):
        yield prefix, "1" if node else "0"
    else:
        yield prefix, "" if node is None else str(node)


def events_of(account: Account, happening: Happening) -> Iterator[tuple[str, Entity]]:
    """Yield what a happening is told as: the setting that wants it, and the event.

    An event is `{"entity": "leads", "action": "status", "fields": {...}}`.
    """
    record = happening.record
    if happening.what is What.TASK:
        yield from _task(happening)
    elif happening.what is What.UNSORTED:
        yield from _unsorted(account, happening)
    elif record is not None:
        yield from _of_record(account, happening, record)


def _of_record(
    account: Account, happening: Happening, record: Record
) -> Iterator[tuple[str, Entity]]:
    if happening.what is What.UPDATED:
        yield from _updated(account, happening, record)
    elif happening.what is What.NOTED:
        yield from _noted(happening, record)
    elif happening.what is What.MERGED:
        loser = happening.extra.get("loser")
        if account.policy.merge_hooks and loser is not None:
            yield _event(record, "delete", {"id": getattr(loser, "id", 0)})
            yield _event(record, "update", whole(account, record))
    elif happening.what is What.DELETED:
        gone: Entity = {"id": record.id}
        if record.kind == "leads":
            stage = {"status_id": record.status_id, "pipeline_id": record.pipeline_id}
            gone |= stage
        yield _event(record, "delete", gone)
    elif happening.what in {What.ADDED, What.RESTORED}:
        yield _event(record, happening.what.value, whole(account, record))


def _updated(
    account: Account, happening: Happening, record: Record
) -> Iterator[tuple[str, Entity]]:
    """Tell of one change up to three times: status, responsible, update."""
    entity = whole(account, record)
    if happening.moved:
        entity["old_status_id"] = happening.old("status_id")
        yield _event(record, "status", dict(entity))
    if "responsible_user_id" in happening.changes:
        old = {"old_responsible_user_id": happening.old("responsible_user_id")}
        yield _event(record, "responsible", entity | old)
    yield _event(record, "update", entity)


def _noted(happening: Happening, record: Record) -> Iterator[tuple[str, Entity]]:
    note = happening.extra.get("note")
    if not isinstance(note, Note):
        return
    fields = {
        "id": note.id,
        "note_type": "4",
        "text": note.params.get("text", ""),
        "element_id": note.entity_id,
        "element_type": _ELEMENTS[note.kind],
        "created_by": note.created_by,
        "modified_by": note.updated_by,
        "date_create": note.created_at,
        "last_update": note.updated_at,
        "main_user_id": note.responsible,
    }
    yield _event(record, "note", {"note": fields})


def _event(record: Record, action: str, fields: Entity) -> tuple[str, Entity]:
    # Companies come under `contacts` too; `type` tells them apart.
    entity = "contacts" if record.kind == "companies" else record.kind
    if record.kind != "leads":
        fields = fields | {"type": record.singular}
    setting = f"{action}_{SINGULAR[record.kind]}"
    return setting, {"entity": entity, "action": action, "fields": fields}


def whole(account: Account, record: Record) -> Entity:
    """Return a record as the account's own webhooks tell it."""
    entity: Entity = {"id": record.id, "name": record.name}
    if record.kind == "leads":
        entity |= {"status_id": record.status_id, "price": int(record.price)}
    entity |= {
        "responsible_user_id": record.responsible,
        "last_modified": record.updated_at,
        "modified_user_id": record.updated_by,
        "created_user_id": record.created_by,
        "date_create": record.created_at,
    }
    if record.kind == "leads":
        entity |= {"pipeline_id": record.pipeline_id}
        if record.loss_reason_id is not None:
            entity["loss_reason_id"] = record.loss_reason_id
    tags = account.tags[record.kind]
    if record.tags:
        entity["tags"] = [{"id": t, "name": tags[t].name} for t in record.tags]
    entity["account_id"] = account.config.account_id
    custom = _custom_fields(account, record)
    if custom:
        entity["custom_fields"] = custom
    linked = account.links.of(record.kind, record.id, "leads")
    if linked and record.kind != "leads":
        entity["linked_leads_id"] = {to: {"ID": to} for to in linked}
    stamps = {"created_at": record.created_at, "updated_at": record.updated_at}
    return entity | stamps


def _custom_fields(account: Account, record: Record) -> list[Entity]:
    fields, shown = account.fields[record.kind], []
    for number, values in record.fields.items():
        field = fields[number]
        one: Entity = {"id": field.id, "name": field.name}
        one["values"] = [_value(account, field, value) for value in values]
        if field.code is not None:
            one["code"] = field.code
        shown.append(one)
    return shown


def _value(account: Account, field: Field, value: Value) -> object:
    told = value.get("value", value)
    if field.type in _SCALARS and account.policy.scalar_values:
        return told
    if "enum_id" in value:
        return {"value": told, "enum": value["enum_id"]}
    return {"value": told}


def _task(happening: Happening) -> Iterator[tuple[str, Entity]]:
    task = happening.extra.get("task")
    if not isinstance(task, Task):
        return
    action = "add" if happening.extra.get("added") else "update"
    fields: Entity = {
        "id": task.id,
        "element_id": task.entity_id or 0,
        "element_type": _ELEMENTS.get(task.entity_type or "", "0"),
        "task_type": task.task_type_id,
        "date_create": task.created_at,
        "text": task.text,
        "status": int(task.is_completed),
        "created_user_id": task.created_by,
        "modified_user_id": task.updated_by,
        "last_modified": task.updated_at,
        "responsible_user_id": task.responsible,
        "complete_till": task.complete_till,
        "action_close": int("is_completed" in happening.changes),
    }
    if task.result is not None:
        fields["result"] = {"text": task.result}
    told = [action] + ["responsible"] * ("responsible" in happening.changes)
    for verb in told:
        yield f"{verb}_task", {"entity": "task", "action": verb, "fields": fields}


def _unsorted(account: Account, happening: Happening) -> Iterator[tuple[str, Entity]]:
    kept, action = happening.extra.get("unsorted"), str(happening.extra.get("action"))
    if not isinstance(kept, Unsorted):
        return
    fields: Entity = {
        "uid": kept.uid,
        "category": kept.category,
        "created_at": kept.created_at,
    }
    if action == "add":
        fields |= {
            "account_id": account.config.account_id,
            "user_id": happening.author,
            "source": kept.source_name,
            "pipeline_id": kept.pipeline_id,
            "source_data": kept.metadata,
            "data": {"leads": [{"id": kept.lead_id}]},
        }
    else:
        result: Entity = {"leads": [kept.lead_id]}
        if kept.outcome == "accept":
            result["contacts"] = list(kept.contact_ids)
        fields |= {"action": kept.outcome, f"{kept.outcome}_result": result}
    event: Entity = {"entity": "unsorted", "action": action, "fields": fields}
    yield f"{action}_unsorted", event


def digital_pipeline(happening: Happening) -> Entity:
    """Return the other body of a stage change: five ids and nothing else."""
    record = happening.record
    stage = {
        "id": getattr(record, "id", 0),
        "status_id": getattr(record, "status_id", 0),
        "pipeline_id": getattr(record, "pipeline_id", 0),
        "old_status_id": happening.old("status_id"),
        "old_pipeline_id": happening.old("pipeline_id"),
    }
    return {"entity": "leads", "action": "status", "fields": stage}


def body_of(account: Account, events: Sequence[Mapping[str, object]]) -> bytes:
    """Put events of one destination into one body."""
    told: dict[str, object] = {}
    for event in events:
        actions = told.setdefault(str(event["entity"]), {})
        if isinstance(actions, dict):
            actions.setdefault(event["action"], []).append(event["fields"])
    config = account.config
    where = f"https://{config.subdomain}.amocrm.ru"
    about = {
        "account": {
            "subdomain": config.subdomain,
            "id": config.account_id,
            "_links": {"self": where},
        }
    }
    if account.policy.account_first:
        return encoded(about | told)
    return encoded(told | about)
