"""Notes, reached through their kind or through their record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate_amocrm.sandbox.crm import notes
from leadstate_amocrm.sandbox.crm.happenings import Happening, What
from leadstate_amocrm.sandbox.crm.notes import Note
from leadstate_amocrm.sandbox.payloads import READ, items_of
from leadstate_amocrm.sandbox.problems import Issue, no_choice, not_found

from .bulk import Item, Row, apply_all, request_id
from .calls import Call, Reply
from .pages import listed, order_of, written
from .query import span, texts, under, wholes, within
from .shapes import link_to

if TYPE_CHECKING:
    from leadstate_amocrm.sandbox.crm.account import Account
    from leadstate_amocrm.sandbox.crm.records import Record
    from leadstate_amocrm.sandbox.site import Site


def list_notes(site: Site, call: Call) -> Reply:
    """Page through the notes of a kind, or of one record."""
    given, kind = call.tree().get("filter"), call.params["kind"]
    rows = [note for note in site.account.notes.values() if note.kind == kind]
    entities = wholes(under(given, "entity_id"))
    if "entity" in call.params:
        entities = {call.number("entity") or 0}
    ids, types = wholes(under(given, "id")), texts(under(given, "note_type"))
    bounds = span(under(given, "updated_at"))
    rows = [n for n in rows if entities is None or n.entity_id in entities]
    rows = [n for n in rows if ids is None or n.id in ids]
    rows = [n for n in rows if types is None or n.note_type in types]
    rows = [n for n in rows if within(n.updated_at, bounds)]
    key, down = order_of(call, ("updated_at", "id"), "id")
    rows.sort(key=lambda n: (getattr(n, key), n.id), reverse=down)
    return listed(site, call, "notes", rows, lambda n: _show(site, call, n))


def read_note(site: Site, call: Call) -> Reply:
    """Show one note."""
    return Reply(200, _show(site, call, _note(site, call)))


def create_notes(site: Site, call: Call) -> Reply:
    """Add notes to records."""
    account, kind = site.account, call.params["kind"]
    items: list[Item[tuple[Row, Record | None]]] = []
    for index, item in enumerate(items_of(call.raw)):
        number = call.number("entity") if "entity" in call.params else None
        number = number or READ.whole(item.get("entity_id", 0), at="entity_id")
        record = account.get(kind, number)
        issues: list[Issue] = [] if record else [no_choice("entity_id")]
        issues += notes.issues_of(item)
        items.append(Item(request_id(item, index), (item, record), issues))

    def apply(item: Item[tuple[Row, Record | None]]) -> Row:
        body, record = item.draft
        if record is None:
            return {}
        note = _keep(account, record, _new(site, call, record, body))
        return {
            "id": note.id,
            "entity_id": note.entity_id,
            "request_id": item.request_id,
            "_links": _link(call, note),
        }

    return written(call, "notes", apply_all(site, call, items, apply))


def update_notes(site: Site, call: Call) -> Reply:
    """Change notes."""
    rows = []
    for item in items_of(call.raw):
        note = site.account.notes.get(READ.whole(item.get("id", 0), at="id"))
        rows.append(_change(site, call, _checked(call, note), item))
    return written(call, "notes", rows)


def update_note(site: Site, call: Call) -> Reply:
    """Change one note."""
    return Reply(200, _change(site, call, _note(site, call), call.body()))


def _new(site: Site, call: Call, record: Record, body: Row) -> Note:
    now, author = site.account.now(), call.caller.id
    if body.get("created_by") == 0:
        author = 0
    return Note(
        id=site.account.next_id("notes"),
        kind=record.kind,
        entity_id=record.id,
        note_type=str(body["note_type"]),
        params=READ.mapping(body["params"], at="params"),
        created_by=author,
        updated_by=author,
        created_at=now,
        updated_at=now,
        responsible=record.responsible,
    )


def _keep(account: Account, record: Record, note: Note) -> Note:
    account.notes[note.id] = note
    account.tell(
        Happening(
            what=What.NOTED,
            at=note.created_at,
            author=note.created_by,
            record=record,
            extra={"note": note},
        )
    )
    return note


def _change(site: Site, call: Call, note: Note, item: Row) -> Row:
    if item.get("params") is not None:
        note.params = READ.mapping(item["params"], at="params")
    note.updated_at, note.updated_by = site.account.now(), call.caller.id
    shown: Row = {"id": note.id, "entity_id": note.entity_id}
    return shown | {"updated_at": note.updated_at, "_links": _link(call, note)}


def _note(site: Site, call: Call) -> Note:
    return _checked(call, site.account.notes.get(call.number("note") or 0))


def _checked(call: Call, note: Note | None) -> Note:
    entity = call.number("entity") if "entity" in call.params else None
    strange = note is None or note.kind != call.params["kind"]
    if note is None or strange or entity not in (None, note.entity_id):
        message = "Note not found"
        raise not_found(message)
    return note


def _link(call: Call, note: Note) -> Row:
    return link_to(call, f"{note.kind}/{note.entity_id}/notes/{note.id}")


def _show(site: Site, call: Call, note: Note) -> Row:
    return {
        "id": note.id,
        "entity_id": note.entity_id,
        "created_by": note.created_by,
        "updated_by": note.updated_by,
        "created_at": note.created_at,
        "updated_at": note.updated_at,
        "responsible_user_id": note.responsible,
        "group_id": site.account.group_of(note.responsible),
        "note_type": note.note_type,
        "params": note.params,
        "account_id": site.config.account_id,
        "is_pinned": note.is_pinned,
        "_links": _link(call, note),
    }
