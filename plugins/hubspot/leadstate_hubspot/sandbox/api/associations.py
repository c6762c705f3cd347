"""Associations v4 and their date-based aliases."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from leadstate_hubspot.sandbox.crm.associations import (
    LinkType,
    find_type,
    types_between,
)
from leadstate_hubspot.sandbox.crm.records import Record
from leadstate_hubspot.sandbox.payloads import READ
from leadstate_hubspot.sandbox.problems import ApiProblem, Problem, invalid

from .batches import inputs_of
from .calls import Call, Reply, app_author
from .finding import find
from .linking import tell_link
from .shapes import batch_body, page_body

if TYPE_CHECKING:
    from leadstate_hubspot.sandbox.crm.object_types import ObjectType
    from leadstate_hubspot.sandbox.crm.portal import Portal
    from leadstate_hubspot.sandbox.site import Site

Linker = Callable[[Record, Record, dict[str, object]], list[object]]
DEFINED = "HUBSPOT_DEFINED"
PAGE = 500


def list_links(site: Site, call: Call) -> Reply:
    """Page through the associations of one record."""
    source, target = call.kind(), call.kind("to")
    record = find(site.portal, source, call.params["id"])
    limit, after = call.limit(PAGE, PAGE), call.first("after", "0")
    links = sorted(
        site.portal.associations.of(source.plural, record.id, target.plural).items()
    )
    following = [item for item in links if item[0] > int(_cursor(after))]
    page = following[:limit]
    shown = [_shown(source, target, to, types) for to, types in page]
    more = str(page[-1][0]) if len(following) > limit else None
    return Reply(200, page_body(shown, more, call.path))


def _cursor(after: str) -> str:
    if after.isascii() and after.isdigit() and len(after) < 19:  # noqa: PLR2004
        return after
    message = f"after is not a paging cursor: {after[:50]}"
    raise invalid(message)


def put_labels(site: Site, call: Call) -> Reply:
    """Associate two records under the types of the body."""
    source, target = call.kind(), call.kind("to")
    links = _types(source, target, READ.json(call.raw or b"[]"))
    record = find(site.portal, source, call.params["id"])
    other = find(site.portal, target, call.params["to_id"])
    return Reply(201, _link(site, record, other, links))


def put_default(site: Site, call: Call) -> Reply:
    """Associate two records without a label."""
    source, target = call.kind(), call.kind("to")
    record = find(site.portal, source, call.params["id"])
    other = find(site.portal, target, call.params["to_id"])
    now = site.clock.now()
    return Reply(200, batch_body(now, now, _link_default(site, record, other)))


def remove(site: Site, call: Call) -> Reply:
    """Take every association between two records away."""
    source, target = call.kind(), call.kind("to")
    record = find(site.portal, source, call.params["id"])
    other = find(site.portal, target, call.params["to_id"])
    _unlink(site, record, other, [])
    return Reply(204)


def labels(site: Site, call: Call) -> Reply:
    """List the association types of a pair of object types."""
    del site
    source, target = call.kind(), call.kind("to")
    found = types_between(source.plural, target.plural)
    return Reply(200, {"results": [_spec(link) for link in found]})


def batch_read(site: Site, call: Call) -> Reply:
    """Show the associations of many records; those without any make it a 207."""
    source, target, started = call.kind(), call.kind("to"), site.clock.now()
    results: list[object] = []
    errors: list[dict[str, object]] = []
    for entry in inputs_of(call, 1000):
        record_id = READ.required_text(entry, "id")
        record = site.portal.get(source, record_id)
        links = _links_of(site.portal, record, target)
        if record is None or not links:
            errors.append(_no_links(source, target, record_id))
            continue
        to = [_shown(source, target, one, types) for one, types in links.items()]
        results.append({"from": {"id": str(record.id)}, "to": to})
    site.portal.random.shuffle(results)
    body = batch_body(started, site.clock.now(), results, errors)
    return Reply(207 if errors else 200, body)


def batch_create(site: Site, call: Call) -> Reply:
    """Associate many pairs under the types each names."""

    def link(record: Record, other: Record, entry: dict[str, object]) -> list[object]:
        types = _types(record.kind, other.kind, entry.get("types"))
        return [_link(site, record, other, types)]

    return _for_pairs(site, call, link, done=201)


def batch_default(site: Site, call: Call) -> Reply:
    """Associate many pairs without a label."""

    def link(record: Record, other: Record, entry: dict[str, object]) -> list[object]:
        del entry
        return _link_default(site, record, other)

    return _for_pairs(site, call, link)


def batch_archive(site: Site, call: Call) -> Reply:
    """Take the associations of many pairs away."""
    source, target = call.kind(), call.kind("to")
    for entry in inputs_of(call, 2000):
        record = site.portal.get(source, _id_of(entry, "from"))
        for item in READ.items(entry.get("to"), at="to"):
            other = site.portal.get(target, _id_of({"to": item}, "to"))
            if record is not None and other is not None:
                _unlink(site, record, other, [])
    return Reply(204)


def batch_archive_labels(site: Site, call: Call) -> Reply:
    """Take some association types of many pairs away."""
    source, target = call.kind(), call.kind("to")
    for entry in inputs_of(call, 2000):
        record = site.portal.get(source, _id_of(entry, "from"))
        other = site.portal.get(target, _id_of(entry, "to"))
        links = _types(source, target, entry.get("types"))
        if record is not None and other is not None:
            _unlink(site, record, other, [link.type_id for link in links])
    return Reply(204)


def _for_pairs(
    site: Site,
    call: Call,
    link: Linker,
    done: int = 200,
) -> Reply:
    source, target, started = call.kind(), call.kind("to"), site.clock.now()
    results: list[object] = []
    errors: list[dict[str, object]] = []
    for entry in inputs_of(call, 2000):
        try:
            record = find(site.portal, source, _id_of(entry, "from"))
            other = find(site.portal, target, _id_of(entry, "to"))
            results.extend(link(record, other, entry))
        except ApiProblem as refusal:
            errors.append(refusal.problem.batch_entry())
    body = batch_body(started, site.clock.now(), results, errors)
    return Reply(207 if errors else done, body)


def _id_of(entry: dict[str, object], end: str) -> str:
    return READ.required_text(READ.mapping(entry.get(end), at=end), "id")


def _links_of(
    portal: Portal, record: Record | None, target: ObjectType
) -> dict[int, set[int]]:
    if record is None or record.archived_at is not None:
        return {}
    return portal.associations.of(record.kind.plural, record.id, target.plural)


def _no_links(source: ObjectType, target: ObjectType, one: str) -> dict[str, object]:
    message = f"No {target.singular} is associated with {source.singular} {one[:50]}."
    problem = Problem(
        status=404,
        message=message,
        category="OBJECT_NOT_FOUND",
        context={"fromObjectId": [one]},
    )
    shown = problem.batch_entry()
    return shown | {"subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND"}


def _types(source: ObjectType, target: ObjectType, given: object) -> list[LinkType]:
    links: list[LinkType] = []
    for item in READ.items(given, at="types"):
        spec = READ.mapping(item, at="types")
        type_id = READ.whole(spec.get("associationTypeId"), at="associationTypeId")
        link = find_type(source.plural, target.plural, type_id)
        if link is None:
            message = f"association type id {type_id} doesn't exist between "
            message += f"{source.plural} and {target.plural}"
            raise invalid(message)
        links.append(link)
    if not links:
        message = "at least one association type is needed"
        raise invalid(message)
    return links


def _link(
    site: Site, record: Record, other: Record, links: list[LinkType]
) -> dict[str, object]:
    for link in links:
        site.portal.associations.link(link, record.id, other.id)
        tell_link(site.portal, link, record.id, other.id, app_author(site))
    return {
        "fromObjectTypeId": record.kind.type_id,
        "fromObjectId": str(record.id),
        "toObjectTypeId": other.kind.type_id,
        "toObjectId": str(other.id),
        "labels": [link.label for link in links if link.label is not None],
    }


def _link_default(site: Site, record: Record, other: Record) -> list[object]:
    to = (other.kind.plural, other.id)
    book = site.portal.associations
    if not book.link_default(record.kind.plural, record.id, to):
        message = f"{record.kind.plural} and {other.kind.plural} cannot be associated"
        raise invalid(message)
    link = types_between(record.kind.plural, other.kind.plural)[0]
    tell_link(site.portal, link, record.id, other.id, app_author(site))
    ends = ((link.type_id, record, other), (link.mirror_id, other, record))
    return [
        {
            "from": {"id": str(one.id)},
            "to": {"id": str(two.id)},
            "associationSpec": {
                "associationCategory": DEFINED,
                "associationTypeId": type_id,
            },
        }
        for type_id, one, two in ends
    ]


def _unlink(site: Site, record: Record, other: Record, types: list[int]) -> None:
    to = (other.kind.plural, other.id)
    book, source = site.portal.associations, record.kind.plural
    had = book.of(source, record.id, to[0]).get(other.id, set())
    gone = [t for t in sorted(had) if not types or t in types]
    book.unlink(source, record.id, to, types)
    for type_id in gone:
        link = find_type(source, to[0], type_id)
        if link is not None:
            tell_link(
                site.portal, link, record.id, other.id, app_author(site), removed=True
            )


def _shown(
    source: ObjectType, target: ObjectType, to: int, types: set[int]
) -> dict[str, object]:
    links = types_between(source.plural, target.plural)
    shown = [_spec(link) for link in links if link.type_id in types]
    # An integer here; some rollouts answer a string, so clients must accept both.
    return {"toObjectId": to, "associationTypes": shown}


def _spec(link: LinkType) -> dict[str, object]:
    return {"category": DEFINED, "typeId": link.type_id, "label": link.label}
