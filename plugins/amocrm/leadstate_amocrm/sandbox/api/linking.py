"""Links between leads, contacts and companies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate_amocrm.sandbox.crm.happenings import Happening, What
from leadstate_amocrm.sandbox.crm.records import KINDS
from leadstate_amocrm.sandbox.payloads import items_of
from leadstate_amocrm.sandbox.problems import no_choice, not_found, refused, rejected

from .calls import Answer, Call
from .pages import whole
from .query import texts, under, wholes

if TYPE_CHECKING:
    from leadstate_amocrm.sandbox.crm.records import Record
    from leadstate_amocrm.sandbox.site import Site

    from .bulk import Row


def list_links(site: Site, call: Call) -> Answer:
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
    return whole(call, "links", rows) if rows else Answer(204)


def link(site: Site, call: Call) -> Answer:
    """Link records; one of a lead's contacts is its main one."""
    record = _editable(site, call)
    wanted = _targets(site, call, record)
    rows = []
    for kind, to, is_main in wanted:
        known = to in site.account.links.of(record.kind, record.id, kind)
        site.account.links.link(record.kind, record.id, kind, to)
        if is_main and {record.kind, kind} == {"leads", "contacts"}:
            lead, contact = (record.id, to) if kind == "contacts" else (to, record.id)
            site.account.links.make_main(lead, contact)
        if not known:
            _tell(site, call, record, What.LINKED, kind, to)
        rows.append(_show(site, record, kind, to, named=True))
    return whole(call, "links", rows)


def unlink(site: Site, call: Call) -> Answer:
    """Part records."""
    record = _editable(site, call)
    for kind, to, _ in _targets(site, call, record):
        if site.account.links.unlink(record.kind, record.id, kind, to):
            _tell(site, call, record, What.UNLINKED, kind, to)
    return Answer(204)


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


def _targets(site: Site, call: Call, record: Record) -> list[tuple[str, int, bool]]:
    found, wrong = [], {}
    for index, item in enumerate(items_of(call.raw)):
        kind, to = item.get("to_entity_type"), item.get("to_entity_id")
        metadata = item.get("metadata")
        main = isinstance(metadata, dict) and bool(metadata.get("is_main"))
        if not isinstance(kind, str) or kind not in KINDS or kind == record.kind:
            wrong[str(index)] = [no_choice("to_entity_type")]
        elif not isinstance(to, int) or site.account.get(kind, to) is None:
            wrong[str(index)] = [no_choice("to_entity_id")]
        else:
            found.append((kind, to, main))
    if wrong:
        raise rejected(wrong)
    return found


def _tell(
    site: Site, call: Call, record: Record, what: What, kind: str, to: int
) -> None:
    site.account.tell(
        Happening(
            what=what,
            at=site.account.now(),
            author=call.caller.id,
            record=record,
            extra={"kind": kind, "id": to},
        )
    )


def _show(site: Site, record: Record, kind: str, to: int, *, named: bool) -> Row:
    own: Row = {"entity_id": record.id, "entity_type": record.kind} if named else {}
    known = dict(site.account.links.of(record.kind, record.id, kind).get(to, {}))
    if kind == "contacts" and record.kind == "leads":
        known.setdefault("main_contact", False)
    target: Row = {"to_entity_id": to, "to_entity_type": kind}
    return own | target | {"metadata": known or None}
