"""The properties of an object type: read, and enough of writing to set a portal up."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from leadstate.testing.sandbox.clock import iso
from leadstate_hubspot.sandbox.crm.definitions import Definition, Kind, Option
from leadstate_hubspot.sandbox.payloads import READ
from leadstate_hubspot.sandbox.problems import conflict, invalid, not_found, refused

from .batches import inputs_of
from .calls import Call, Reply
from .shapes import batch_body

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate_hubspot.sandbox.crm.object_types import ObjectType
    from leadstate_hubspot.sandbox.site import Site

_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")


def list_properties(site: Site, call: Call) -> Reply:
    """List every property; there is no paging."""
    kind, archived = call.kind(), call.flag("archived")
    definitions = site.portal.definitions[kind.plural].values()
    shown = [_show(site, d) for d in definitions if d.archived is archived]
    return Reply(200, {"results": shown})


def read_property(site: Site, call: Call) -> Reply:
    """Show one property."""
    return Reply(200, _show(site, _find(site, call.kind(), call.params["name"])))


def create_property(site: Site, call: Call) -> Reply:
    """Define a custom property."""
    kind = call.kind()
    definition = _read(call.body())
    if site.portal.definition(kind, definition.name) is not None:
        message = f"A property named '{definition.name}' already exists."
        raise conflict(message)
    site.portal.define(kind, definition)
    return Reply(201, _show(site, definition))


def update_property(site: Site, call: Call) -> Reply:
    """Change a property's label, description or options."""
    kind, body = call.kind(), call.body()
    found = _find(site, kind, call.params["name"])
    if found.calculated or found.read_only:
        message = f"the definition of {found.name} is read only"
        raise invalid(message)
    given = body.get("options")
    options = found.options if given is None else _options(given)
    changed = replace(
        found,
        label=READ.optional_text(body, "label") or found.label,
        description=READ.optional_text(body, "description") or found.description,
        options=options,
    )
    site.portal.define(kind, changed)
    return Reply(200, _show(site, changed))


def archive_property(site: Site, call: Call) -> Reply:
    """Archive a custom property; HubSpot's own cannot be."""
    kind = call.kind()
    found = _find(site, kind, call.params["name"])
    if not found.custom:
        message = f"{found.name} is defined by HubSpot and cannot be archived"
        raise refused(400, message, "VALIDATION_ERROR")
    site.portal.define(kind, replace(found, archived=True))
    return Reply(204)


def batch_read(site: Site, call: Call) -> Reply:
    """Show many properties by name."""
    kind, started = call.kind(), site.clock.now()
    names = [READ.required_text(entry, "name") for entry in inputs_of(call)]
    found = [site.portal.definition(kind, name) for name in names]
    shown = [_show(site, one) for one in found if one is not None]
    return Reply(200, batch_body(started, site.clock.now(), shown))


def list_groups(site: Site, call: Call) -> Reply:
    """List the groups properties are shown in."""
    definitions = site.portal.definitions[call.kind().plural].values()
    groups = dict.fromkeys(definition.group for definition in definitions)
    shown = [
        {"name": name, "label": name.capitalize(), "displayOrder": i, "archived": False}
        for i, name in enumerate(groups)
    ]
    return Reply(200, {"results": shown})


def _find(site: Site, kind: ObjectType, name: str) -> Definition:
    found = site.portal.definition(kind, name)
    if found is None:
        message = f"Property {name[:100]} does not exist"
        raise not_found(message)
    return found


def _read(body: Mapping[str, object]) -> Definition:
    name, kind = READ.required_text(body, "name"), READ.required_text(body, "type")
    if not _NAME.fullmatch(name):
        message = (
            f"{name[:100]} is not a property name: lower case, digits, underscores"
        )
        raise invalid(message)
    if kind not in set(Kind):
        message = f"{kind[:50]} is not a property type. Known: {', '.join(Kind)}"
        raise invalid(message)
    return Definition(
        name=name,
        label=READ.required_text(body, "label"),
        kind=Kind(kind),
        field_type=READ.required_text(body, "fieldType"),
        group=READ.required_text(body, "groupName"),
        description=READ.optional_text(body, "description") or "",
        options=_options(body.get("options")),
        unique=READ.flag(body.get("hasUniqueValue") or False, at="hasUniqueValue"),
        hidden=READ.flag(body.get("hidden") or False, at="hidden"),
        custom=True,
    )


def _options(given: object) -> tuple[Option, ...]:
    items = READ.mappings(given, at="options")
    return tuple(
        Option(
            READ.required_text(item, "value"),
            READ.required_text(item, "label"),
            hidden=READ.flag(item.get("hidden") or False, at="options.hidden"),
        )
        for item in items
    )


def _show(site: Site, definition: Definition) -> dict[str, object]:
    since = iso(site.subscriptions.settings_at - 86_400_000 * 365)
    locked = definition.read_only or definition.calculated
    shown: dict[str, object] = {
        "name": definition.name,
        "label": definition.label,
        "type": definition.kind.value,
        "fieldType": definition.field_type,
        "description": definition.description,
        "groupName": definition.group,
        "options": [
            {
                "label": option.label,
                "value": option.value,
                "description": "",
                "displayOrder": order,
                "hidden": option.hidden,
            }
            for order, option in enumerate(definition.options)
        ],
        "displayOrder": -1,
        "calculated": definition.calculated,
        "externalOptions": definition.owners_only,
        "hasUniqueValue": definition.unique,
        "hidden": definition.hidden,
        "hubspotDefined": not definition.custom,
        "formField": not locked,
        "archived": definition.archived,
        "createdAt": since,
        "updatedAt": since,
        "modificationMetadata": {
            "archivable": definition.custom,
            "readOnlyDefinition": not definition.custom,
            "readOnlyOptions": not definition.options,
            "readOnlyValue": locked,
        },
    }
    if definition.owners_only:
        shown["referencedObjectType"] = "OWNER"
    return shown
