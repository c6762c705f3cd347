"""A field that a person sets in Leadstate: quality control tags a lead, for instance.

Through the inbox; every CRM that shares the field is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.signal import FieldEdit
from leadstate.domain.values import FieldType, Unparsable, coerce
from leadstate.errors import UsageError
from leadstate.guards.constants import did_you_mean
from leadstate.service.commands.moving import roles_of
from leadstate.service.inbox import EDIT, InboxItem, asked_item
from leadstate.store import EditRequest

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from leadstate.domain.lifecycle import Field
    from leadstate.domain.record import Record
    from leadstate.domain.values import Value
    from leadstate.service.app import App

__all__ = ["edit_item", "edit_of"]


def edit_item(  # noqa: PLR0913 - the parts of one edit, keyword-only
    app: App,
    record_id: str,
    *,
    field: str,
    value: str,
    actor: str,
    roles: Collection[str] = (),
    note: str = "",
) -> InboxItem:
    """Return the inbox item of an edit.

    Args:
        value: As people write it; "" empties the field.  ``+spam`` and ``-spam`` add
            and take away one of several tags.

    Raises:
        UsageError: There is no such field, or it cannot hold the value.
    """
    known = app.lifecycle.fields.get(field)
    if known is None:
        hint = did_you_mean(field, list(app.lifecycle.fields))
        raise UsageError(f"there is no field {field!r}. {hint}")
    if isinstance(_value(app, known, value, None), Unparsable):
        options = f"; known: {', '.join(known.options)}" if known.options else ""
        raise UsageError(f"{field!r} is {known.type} and cannot be {value!r}{options}")
    now = app.clock.now()
    return asked_item(
        EDIT,
        record_id,
        EditRequest(
            field=field,
            value=value,
            actor=actor,
            roles=tuple(sorted(roles)),
            note=note,
        ),
        now=now,
    )


def edit_of(app: App, asked: EditRequest, record: Record, now: datetime) -> FieldEdit:
    """Return the edit that a request asks for; tags depend on what the record has."""
    field = app.lifecycle.fields[asked.field]
    return FieldEdit(
        field=field.name,
        value=_value(app, field, asked.value, record),
        actor=asked.actor,
        roles=roles_of(app.people, asked.actor, asked.roles),
        at=now,
        note=asked.note,
    )


def _value(app: App, field: Field, text: str, record: Record | None) -> Value:
    """Return what the field is to hold; a person's name must be known."""
    if field.type is FieldType.TAGS and text[:1] in ("+", "-"):
        held = record.values.get(field.name) if record is not None else None
        tags = held if isinstance(held, frozenset) else frozenset()
        tag = frozenset({text[1:].strip()}) - {""}
        return (tags | tag if text[0] == "+" else tags - tag) or None
    value = coerce(text, field.type, field.options)
    if field.type is FieldType.OWNER and app.people and isinstance(value, str):
        return value if app.people.get(value) else Unparsable(text)
    return value
