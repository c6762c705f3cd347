"""A field that a person sets in Leadstate: quality control tags a lead, for instance.

Through the inbox; every CRM that shares the field is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.history import Cause, HistoryKind
from leadstate.domain.signal import Changed
from leadstate.domain.values import FieldType, Unparsable, coerce, to_text
from leadstate.errors import UsageError
from leadstate.guards.constants import did_you_mean
from leadstate.service.asking.manual import roles_of, text_of
from leadstate.service.clocks.timekeeping import keep_time
from leadstate.service.deciding.acting import put_field, put_owner
from leadstate.service.deciding.asked import known_record, plan_of
from leadstate.service.deciding.telling import told
from leadstate.service.inbox import EDIT, InboxItem, asked_item

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from leadstate.domain.lifecycle import Field
    from leadstate.domain.record import Record
    from leadstate.domain.values import Value
    from leadstate.service.app import App
    from leadstate.service.deciding.judging import Judging
    from leadstate.service.plan import Plan
    from leadstate.store import InboxRow

__all__ = ["edit_item", "plan_edit"]


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
        {
            "field": field,
            "value": value,
            "actor": actor,
            "roles": sorted(roles),
            "note": note,
        },
        now=now,
    )


def plan_edit(app: App, row: InboxRow, now: datetime) -> Plan:
    """Set the field, if this person may; what follows is decided as ever."""
    asked = known_record(app, row)
    judging = asked.judging(app, row.key, now)
    field = app.lifecycle.fields[text_of(row, "field")]
    actor = text_of(row, "actor") or "unknown"
    roles = roles_of(app.people, actor, row.payload)
    if field.by and not roles.intersection(field.by):
        have = ", ".join(sorted(roles)) or "no role"
        why = f"{field.name!r} is set by {' or '.join(field.by)}; {actor} has {have}"
        _tell(judging, HistoryKind.REFUSED, why, actor)
    else:
        _edit(app, judging, field, row)
    keep_time(judging, at=now)
    judging.share(())
    return plan_of(asked, judging, row)


def _edit(app: App, judging: Judging, field: Field, row: InboxRow) -> None:
    now, actor = judging.now, text_of(row, "actor") or "unknown"
    old = judging.record.values.get(field.name)
    value = _value(app, field, text_of(row, "value"), judging.record)
    before, behind = to_text(old) or "nothing", to_text(value) or "nothing"
    # The history outlives a privacy deletion: what is personal stays out of it.
    words = field.name if field.personal else f"{field.name}: {before} -> {behind}"
    note = text_of(row, "note")
    _tell(judging, HistoryKind.EDITED, f"{words}; {note}" if note else words, actor)
    if value == old:
        return
    if field.type is FieldType.OWNER and isinstance(value, str):
        put_owner(judging, field.name, value, now)
    else:
        put_field(judging, field.name, value, now, source=actor)
    judging.take(Changed(at=now, source="leadstate"))


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


def _tell(judging: Judging, kind: HistoryKind, note: str, actor: str) -> None:
    judging.history.append(
        told(judging, kind, judging.now, note, cause=Cause.MANUAL, actor=actor)
    )
