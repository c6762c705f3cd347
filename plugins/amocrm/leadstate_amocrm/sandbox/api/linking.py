"""Links between leads, contacts and companies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate_amocrm.sandbox.crm import linking
from leadstate_amocrm.sandbox.crm.records import KINDS
from leadstate_amocrm.sandbox.payloads import items_of
from leadstate_amocrm.sandbox.problems import (
    Issue,
    no_choice,
    not_found,
    refused,
    rejected,
)

from .calls import Call, Reply
from .pages import whole
from .query import texts, under, wholes

if TYPE_CHECKING:
    from leadstate_amocrm.sandbox.crm.records import Record
    from leadstate_amocrm.sandbox.site import Site

    from .bulk import Row


def list_links(site: Site, call: Call) -> Reply:
    """List what is linked to a record; nothing is no content."""
    record, given = _record(site, call), call.tree().get("filter")
    ids, kinds = (
        wholes(under(given, "to_entity_id")),
        texts(under(given, "to_entity_type")),
    )
    rows = [
        _show(site, record, kind, to, named=False)
        for kind in KINDS
        for to in site.account.links.of(record.kind, record.id, kind)
        if (kinds is None or kind in kinds) and (ids is None or to in ids)
    ]
    return whole(call, "links", rows) if rows else Reply(204)


def link(site: Site, call: Call) -> Reply:
    """Link records; one of a lead's contacts is its main one."""
    record, author, rows = _editable(site, call), call.caller.id, []
    for to, is_main in _targets(site, call, record):
        linking.link(site.account, record, to, author, main=is_main)
        rows.append(_show(site, record, to.kind, to.id, named=True))
    return whole(call, "links", rows)


def unlink(site: Site, call: Call) -> Reply:
    """Part records."""
    record = _editable(site, call)
    for to, _ in _targets(site, call, record):
        linking.unlink(site.account, record, to, call.caller.id)
    return Reply(204)


def _record(site: Site, call: Call) -> Record:
    found = site.account.get(call.params["kind"], call.number())
    if found is None or found.is_deleted:
        message = "Entity not found"
        raise not_found(message)
    return found


def _editable(site: Site, call: Call) -> Record:
    record = _record(site, call)
    if not site.account.may(call.caller, "edit", record):
        raise refused(403, f"you may not edit {record.kind} {record.id}")
    return record


def _targets(site: Site, call: Call, record: Record) -> list[tuple[Record, bool]]:
    found: list[tuple[Record, bool]] = []
    wrong: dict[str, list[Issue]] = {}
    for index, item in enumerate(items_of(call.raw)):
        kind, to = item.get("to_entity_type"), item.get("to_entity_id")
        metadata = item.get("metadata")
        main = isinstance(metadata, dict) and bool(metadata.get("is_main"))
        if not isinstance(kind, str) or kind not in KINDS or kind == record.kind:
            wrong[str(index)] = [no_choice("to_entity_type")]
            continue
        target = site.account.get(kind, to) if isinstance(to, int) else None
        if target is None:
            wrong[str(index)] = [no_choice("to_entity_id")]
        else:
            found.append((target, main))
    if wrong:
        raise rejected(wrong)
    return found


def _show(site: Site, record: Record, kind: str, to: int, *, named: bool) -> Row:
    own: Row = {"entity_id": record.id, "entity_type": record.kind} if named else {}
    known = dict(site.account.links.of(record.kind, record.id, kind).get(to, {}))
    if kind == "contacts" and record.kind == "leads":
        known.setdefault("main_contact", False)
    target: Row = {"to_entity_id": to, "to_entity_type": kind}
    return own | target | {"metadata": known or None}
