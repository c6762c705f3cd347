"""The associations a creation carries: read and checked before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate_hubspot.sandbox.crm.associations import (
    LEAD_TO_CONTACT,
    LinkType,
    find_type,
)
from leadstate_hubspot.sandbox.crm.happenings import Event, Happening
from leadstate_hubspot.sandbox.crm.object_types import LEADS, OBJECT_TYPES, ObjectType
from leadstate_hubspot.sandbox.payloads import READ
from leadstate_hubspot.sandbox.problems import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate_hubspot.sandbox.crm.portal import Portal
    from leadstate_hubspot.sandbox.crm.records import Author


@dataclass(frozen=True, slots=True)
class WantedLink:
    """One association to make."""

    type: LinkType
    target_id: int


def read_links(
    portal: Portal, kind: ObjectType, given: Mapping[str, object]
) -> list[WantedLink]:
    """Return the associations of a creation, or refuse one that cannot be made."""
    wanted: list[WantedLink] = []
    for item in READ.items(given.get("associations"), at="associations"):
        entry = READ.mapping(item, at="associations")
        to = READ.mapping(entry.get("to"), at="associations.to")
        target = READ.text(to.get("id", ""), at="associations.to.id")
        for one in READ.items(entry.get("types"), at="associations.types"):
            spec = READ.mapping(one, at="associations.types")
            type_id = READ.whole(spec.get("associationTypeId"), at="associationTypeId")
            wanted.append(wanted_link(portal, kind, type_id, target))
    contacts = [link for link in wanted if link.type.type_id == LEAD_TO_CONTACT]
    if kind is LEADS and not contacts:
        message = "A lead must be associated with an existing contact when created"
        raise invalid(message)
    return wanted


def wanted_link(
    portal: Portal, kind: ObjectType, type_id: int, target: str
) -> WantedLink:
    """Return one association, or refuse a wrong type or a missing record."""
    for other in OBJECT_TYPES:
        link = find_type(kind.plural, other.plural, type_id)
        if link is None:
            continue
        record = portal.get(other, target)
        if record is None or record.archived_at is not None:
            message = f"{other.singular.upper()}={target[:50]} is not valid"
            raise invalid(message)
        return WantedLink(link, record.id)
    message = f"association type id {type_id} doesn't exist from {kind.plural}"
    raise invalid(message)


def make_links(
    portal: Portal, source_id: int, wanted: list[WantedLink], author: Author
) -> None:
    """Associate and tell the listeners, once for each direction."""
    for link in wanted:
        portal.associations.link(link.type, source_id, link.target_id)
        tell_link(portal, link.type, source_id, link.target_id, author)


def tell_link(  # noqa: PLR0913 - the parts of one sentence
    portal: Portal,
    link: LinkType,
    source_id: int,
    target_id: int,
    author: Author,
    *,
    removed: bool = False,
) -> None:
    """Tell both ends of an association that came or went."""
    kinds = {kind.plural: kind for kind in OBJECT_TYPES}
    ends = (
        (kinds[link.source], kinds[link.target], source_id, target_id),
        (kinds[link.target], kinds[link.source], target_id, source_id),
    )
    for kind, other, from_id, to_id in ends:
        name = f"{kind.singular}_TO_{other.singular}".upper()
        extra: dict[str, object] = {
            "associationType": name,
            "fromObjectId": from_id,
            "toObjectId": to_id,
            "associationRemoved": removed,
            "isPrimaryAssociation": link.label == "Primary",
        }
        portal.tell(
            Happening(
                event=Event.ASSOCIATION_CHANGE,
                kind=kind,
                record_id=from_id,
                at=portal.clock.now(),
                author=author,
                extra=extra,
            )
        )
