"""What people do in the CRM's own interface, where fewer rules hold.

    POST /_sandbox/edit
    {"object": "contacts", "id": "5401", "properties": {"lifecyclestage": "lead"},
     "as": {"user": "olena.koval@portal.example"}}

`as` is `{"user": e-mail or userId}` or `{"integration": id}`; without it the first
owner acts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate_hubspot.sandbox.api.calls import Answer, Call
from leadstate_hubspot.sandbox.api.linking import tell_link
from leadstate_hubspot.sandbox.crm import endings, writing
from leadstate_hubspot.sandbox.crm.associations import types_between
from leadstate_hubspot.sandbox.crm.owners import OWNERS, USER_BY_EMAIL
from leadstate_hubspot.sandbox.crm.portal import object_type
from leadstate_hubspot.sandbox.crm.records import Author, Record
from leadstate_hubspot.sandbox.payloads import (
    as_list,
    as_object,
    as_properties,
    as_text,
    required_text,
    whole_number,
)
from leadstate_hubspot.sandbox.problems import invalid, not_found

from .observing import whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate_hubspot.sandbox.crm.definitions import ObjectType
    from leadstate_hubspot.sandbox.site import Site


def edit(site: Site, call: Call) -> Answer:
    """Change properties of a record."""
    record = _edit(site, call.body())
    return Answer(200, whole(site.portal, record, history=False))


def bulk_edit(site: Site, call: Call) -> Answer:
    """Change many records, one after the other."""
    edits = as_list(call.body().get("edits"), at="edits")
    ids = [str(_edit(site, as_object(one, at="edits")).id) for one in edits]
    return Answer(200, {"edited": len(ids), "ids": ids})


def create(site: Site, call: Call) -> Answer:
    """Create a record, with `associations` [{object, id}] if wanted."""
    body = call.body()
    kind, author = _kind(body), _author(body)
    others = [
        _record(site, as_object(one, at="associations"))
        for one in as_list(body.get("associations"), at="associations")
    ]
    given = as_properties(body.get("properties"))
    record = writing.create(site.portal, kind, given, author)
    for other in others:
        _associate(site, record, other, author)
    return Answer(201, whole(site.portal, record, history=False))


def archive(site: Site, call: Call) -> Answer:
    """Move a record to the recycle bin."""
    body = call.body()
    record = _record(site, body)
    endings.archive(site.portal, record, _author(body))
    return Answer(200, whole(site.portal, record, history=False))


def restore(site: Site, call: Call) -> Answer:
    """Take a record out of the recycle bin."""
    body = call.body()
    record = _record(site, body)
    endings.restore(site.portal, record, _author(body))
    return Answer(200, whole(site.portal, record, history=False))


def merge(site: Site, call: Call) -> Answer:
    """Merge the record `other` into the record `id`."""
    body = call.body()
    primary = _record(site, body)
    other = _record(site, body | {"id": required_text(body, "other")})
    survivor = endings.merge(site.portal, primary, other, _author(body))
    return Answer(200, whole(site.portal, survivor, history=False))


def privacy_delete(site: Site, call: Call) -> Answer:
    """Delete a record beyond recovery."""
    body = call.body()
    endings.forget(site.portal, _record(site, body), _author(body))
    return Answer(204)


def _edit(site: Site, body: dict[str, object]) -> Record:
    record = _record(site, body)
    given = as_properties(body.get("properties"))
    writing.update(site.portal, record, given, _author(body))
    return record


def _kind(body: Mapping[str, object]) -> ObjectType:
    name = required_text(body, "object")
    found = object_type(name)
    if found is None:
        message = f"object {name[:50]!r} is unknown"
        raise invalid(message)
    return found


def _record(site: Site, body: Mapping[str, object]) -> Record:
    kind, wanted = _kind(body), required_text(body, "id")
    record = site.portal.get(kind, wanted)
    if record is None:
        message = f"there is no record {wanted[:50]} among {kind.plural}"
        raise not_found(message)
    return record


def _author(body: Mapping[str, object]) -> Author:
    given = as_object(body.get("as") or {}, at="as")
    if given.get("integration") is not None:
        return Author("INTEGRATION", as_text(given["integration"], at="as.integration"))
    name = as_text(given.get("user", OWNERS[0].user_id), at="as.user")
    user = USER_BY_EMAIL.get(name.lower(), whole_number(name))
    if user is None:
        known = ", ".join(USER_BY_EMAIL)
        message = f"user {name[:100]!r} is neither a userId nor one of {known}"
        raise invalid(message)
    return Author(writing.PERSON, f"userId:{user}", user)


def _associate(site: Site, record: Record, other: Record, author: Author) -> None:
    to = (other.kind.plural, other.id)
    if not site.portal.associations.link_default(record.kind.plural, record.id, to):
        message = f"{record.kind.plural} and {other.kind.plural} cannot be associated"
        raise invalid(message)
    link = types_between(record.kind.plural, other.kind.plural)[0]
    tell_link(site.portal, link, record.id, other.id, author)
