"""Find the records a call means, by id or by a unique property."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.testing.sandbox.payloads import whole_number
from leadstate_hubspot.sandbox.problems import Problem, invalid, not_found

if TYPE_CHECKING:
    from leadstate_hubspot.sandbox.crm.object_types import ObjectType
    from leadstate_hubspot.sandbox.crm.portal import Portal
    from leadstate_hubspot.sandbox.crm.records import Record

OBJECT_ID = "hs_object_id"


def check_id_property(portal: Portal, kind: ObjectType, name: str) -> None:
    """Refuse an idProperty that does not identify records."""
    if name in ("", OBJECT_ID):
        return
    definition = portal.definition(kind, name)
    if definition is None or not definition.unique:
        message = f"{name[:100]} is not a unique property of {kind.plural}"
        raise invalid(message, idProperty=[name[:100]])


def look_up(
    portal: Portal, kind: ObjectType, value: str, id_property: str
) -> Record | None:
    """Return the record, archived or not, or None."""
    if id_property in ("", OBJECT_ID):
        return portal.get(kind, value)
    return portal.shelf(kind).find(id_property, value)


def find(
    portal: Portal,
    kind: ObjectType,
    value: str,
    id_property: str = "",
    *,
    archived: bool = False,
) -> Record:
    """Return the record or refuse with 404, as for one in the other drawer."""
    check_id_property(portal, kind, id_property)
    if not id_property and whole_number(value) is None:
        message = "Object not found.  objectId are usually numeric."
        raise not_found(message)
    record = look_up(portal, kind, value, id_property)
    if record is None or (record.archived_at is not None) is not archived:
        raise not_found()
    return record


def missing(kind: ObjectType, ids: list[str]) -> Problem:
    """Return what a batch says of ids it does not find."""
    message = (
        f"Could not get some {kind.singular.upper()} objects, they may be deleted "
    )
    message += "or not exist. Check that ids are valid."
    return Problem(
        status=404,
        message=message,
        category="OBJECT_NOT_FOUND",
        context={"ids": ids},
    )
