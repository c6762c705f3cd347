"""Create and change records, or refuse with everything that is wrong at once.

The portal checks first and writes second: a refused write leaves no trace.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from leadstate_hubspot.sandbox.config import LifecyclePolicy
from leadstate_hubspot.sandbox.problems import Detail, conflict, invalid, not_found

from .happenings import Event, Happening
from .lifecycle import is_backward
from .records import Author, Record
from .values import Unfit, fit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .object_types import ObjectType
    from .portal import Portal

# A person in HubSpot's interface may move a record backward; the API may not.
PERSON = "CRM_UI"


def create(
    portal: Portal, kind: ObjectType, given: Mapping[str, str], author: Author
) -> Record:
    """Put a new record on its shelf; the caller adds its associations."""
    values = check(portal, kind, given, None, author)
    require(kind, values)
    now = portal.clock.now()
    record = Record(kind, portal.shelf(kind).next_id(), now, now)
    portal.shelf(kind).put(record)
    happening = Happening(
        event=Event.CREATION, kind=kind, record_id=record.id, at=now, author=author
    )
    portal.tell(happening)
    for name, value in _with_pipeline(portal, kind, values).items():
        if value:
            change(portal, record, name, value, author, during_creation=True)
    return record


def update(
    portal: Portal, record: Record, given: Mapping[str, str], author: Author
) -> None:
    """Write the values that differ; the same value again changes nothing."""
    if record.archived_at is not None:
        raise not_found()
    values = check(portal, record.kind, given, record, author)
    for name, value in values.items():
        if value != record.values.get(name, ""):
            change(portal, record, name, value, author)


def change(  # noqa: PLR0913 - the parts of one sentence
    portal: Portal,
    record: Record,
    name: str,
    value: str,
    author: Author,
    *,
    during_creation: bool = False,
) -> None:
    """Write one checked value, keep its history and tell the listeners."""
    now = portal.clock.now()
    before = record.values.get(name, "")
    shelf = portal.shelf(record.kind)
    if name in shelf.unique and before:
        shelf.unique[name].pop(before.lower(), None)
    record.write(name, value, now, author)
    shelf.claim(record, name, value)
    record.updated_at = max(now, record.updated_at)
    portal.tell(
        Happening(
            event=Event.PROPERTY_CHANGE,
            kind=record.kind,
            record_id=record.id,
            at=now,
            author=author,
            property=name,
            before=before,
            after=value,
            during_creation=during_creation,
        )
    )


def check(
    portal: Portal,
    kind: ObjectType,
    given: Mapping[str, str],
    record: Record | None,
    author: Author,
) -> dict[str, str]:
    """Return the values as they would be stored, or refuse them together."""
    values: dict[str, str] = {}
    unfit: dict[str, Unfit] = {}
    for name, raw in given.items():
        current = record.values.get(name) if record else None
        fitted = _fit(portal, kind, name, raw, current)
        if isinstance(fitted, Unfit):
            unfit[name] = fitted
        else:
            values[name] = fitted
    if unfit:
        raise _property_problem(unfit)
    _check_rules(portal, kind, values, record)
    _check_unique(portal, kind, values, record)
    return _check_lifecycle(portal, kind, values, record, author)


def _fit(
    portal: Portal, kind: ObjectType, name: str, raw: str, current: str | None
) -> str | Unfit:
    definition = portal.definition(kind, name)
    if definition is None:
        message = f'Property "{name[:200]}" does not exist'
        return Unfit("PROPERTY_DOESNT_EXIST", message)
    if definition.read_only or definition.calculated:
        message = f'"{name}" is a read only property; its value cannot be set.'
        return Unfit("READ_ONLY_VALUE", message)
    return fit(definition, raw, current)


def _property_problem(unfit: Mapping[str, Unfit]) -> Exception:
    # The message repeats the errors as JSON text, as integrators see it live.
    listed = [
        {"isValid": False, "message": u.message, "error": u.code, "name": name}
        for name, u in unfit.items()
    ]
    details = [
        Detail(message=u.message, code=u.code, context={"propertyName": [name]})
        for name, u in unfit.items()
    ]
    text = json.dumps(listed, ensure_ascii=False)
    return invalid(f"Property values were not valid: {text}", *details)


def _check_rules(
    portal: Portal,
    kind: ObjectType,
    values: Mapping[str, str],
    record: Record | None,
) -> None:
    """Apply the administrator's validation rules.

    Enforced on all CRM write paths since 2026-09-08 (changelog of 2026-08-11).
    """
    broken = [
        rule
        for rule in portal.rules
        if rule.kind is kind
        and rule.property in values
        and rule.value in (None, values[rule.property])
        and values[rule.property]
        != (record.values.get(rule.property) if record else None)
    ]
    if not broken:
        return
    details = [
        Detail(
            message=rule.message,
            code="VALIDATION_RULE",
            context={"propertyName": [rule.property]},
        )
        for rule in broken
    ]
    raise invalid(broken[0].message, *details)


def _check_unique(
    portal: Portal,
    kind: ObjectType,
    values: Mapping[str, str],
    record: Record | None,
) -> None:
    for name in portal.shelf(kind).unique:
        value = values.get(name)
        holder = portal.shelf(kind).find(name, value) if value else None
        if holder is not None and holder is not record:
            title = kind.singular.capitalize()
            message = f"{title} already exists. Existing ID: {holder.id}"
            raise conflict(message)


def _check_lifecycle(
    portal: Portal,
    kind: ObjectType,
    values: dict[str, str],
    record: Record | None,
    author: Author,
) -> dict[str, str]:
    """Hold `lifecyclestage` to its one direction.

    "You can only set the value forward in the stage order" (lifecycle stages guide,
    2026-09); a backward write answers success and changes nothing (staff answer,
    integrate.hubspot.com/t/1333).
    """
    wanted = values.get("lifecyclestage")
    if not wanted or record is None or author.source == PERSON:
        return values
    if portal.policy.lifecycle is LifecyclePolicy.ALLOW:
        return values
    current = record.values.get("lifecyclestage", "")
    if not is_backward(portal.definitions[kind.plural], current, wanted):
        return values
    if portal.policy.lifecycle is LifecyclePolicy.ERROR:
        message = f"lifecyclestage cannot be set backward from {current} to {wanted}"
        detail = Detail(
            message=message,
            code="INVALID_LIFECYCLE_STAGE",
            context={"propertyName": ["lifecyclestage"]},
        )
        raise invalid(message, detail)
    return {name: v for name, v in values.items() if name != "lifecyclestage"}


def require(kind: ObjectType, values: Mapping[str, str]) -> None:
    """Refuse a creation without what its type demands."""
    missing = [name for name in kind.required if not values.get(name)]
    if missing:
        message = f"Error creating {kind.singular.upper()}. Some required properties "
        message += f"were not set: [{', '.join(missing)}]"
        raise invalid(message, properties=missing)


def _with_pipeline(
    portal: Portal, kind: ObjectType, values: Mapping[str, str]
) -> dict[str, str]:
    """Fill in the only pipeline and, for leads, the first stage."""
    if kind.pipeline is None or kind.stage is None:
        return dict(values)
    filled = dict(values)
    definitions = portal.definitions[kind.plural]
    if not filled.get(kind.pipeline):
        filled[kind.pipeline] = definitions[kind.pipeline].options[0].value
    if not filled.get(kind.stage):
        filled[kind.stage] = definitions[kind.stage].options[0].value
    return filled
