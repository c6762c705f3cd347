"""From a CRM object's properties to typed values and behaviour.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from leadstate.domain.frozen import replace
from leadstate.domain.record import Happening, Record
from leadstate.domain.values import FieldType, coerce

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.domain.binding import Binding, FieldSource
    from leadstate.domain.lifecycle import Field, Lifecycle
    from leadstate.domain.values import Value

__all__ = ["Updated", "happenings_of", "update", "values_of"]


def values_of(
    lifecycle: Lifecycle, binding: Binding, properties: Mapping[str, str | None]
) -> dict[str, Value]:
    """Return the fields that these properties carry, typed; missing ones are absent.

    Only fields whose property is in ``properties`` are looked at, so that handing in
    the changed ones alone is enough.
    """
    found = {
        name: _value(lifecycle.fields[name], source, properties[source.property])
        for name, source in binding.fields.items()
        if source.property in properties
    }
    return {name: value for name, value in found.items() if value is not None}


def _value(field: Field, source: FieldSource, raw: str | None) -> Value:
    if raw is not None and source.values:
        raw = source.values.get(raw, raw)
    return coerce(raw, field.type, field.options)


def happenings_of(
    binding: Binding, properties: Mapping[str, str | None]
) -> tuple[Happening, ...]:
    """Return the events that these properties tell of: each date-time is one."""
    found: list[Happening] = []
    for event, name in binding.events.items():
        at = coerce(properties.get(name), FieldType.DATETIME)
        if isinstance(at, datetime):
            found.append(Happening(event, at))
    return tuple(sorted(found, key=lambda one: one.at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Updated:
    """A record with what a reading brought.

    Attributes:
        record: The record with the new values and behaviour.
        fields: Fields whose value changed: (name, before, after).
        happened: Events that were not known yet.
    """

    record: Record
    fields: tuple[tuple[str, Value, Value], ...] = ()
    happened: tuple[Happening, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether there is anything new; a reading without it is no signal."""
        return bool(self.fields or self.happened)


def update(
    lifecycle: Lifecycle,
    binding: Binding,
    record: Record,
    *,
    before: Mapping[str, str | None],
    now: Mapping[str, str | None],
) -> Updated:
    """Return the record with the properties that differ between two readings.

    Args:
        lifecycle: Declares the fields' types.
        binding: Says which property is which field.
        record: The record before.
        before: The properties as read last.
        now: The properties as read now.
    """
    news = {
        name: value
        for name, value in now.items()
        if name not in before or before[name] != value
    }
    if not news:
        return Updated(record=record)
    touched = [n for n, source in binding.fields.items() if source.property in news]
    values = values_of(lifecycle, binding, news)
    fields = tuple(
        (name, record.values.get(name), values.get(name))
        for name in touched
        if record.values.get(name) != values.get(name)
    )
    happened = tuple(
        one for one in happenings_of(binding, news) if one not in record.happenings
    )
    if not fields and not happened:
        return Updated(record=record)
    kept = {n: v for n, v in record.values.items() if n not in touched}
    happenings = sorted((*record.happenings, *happened), key=lambda one: one.at)
    changed = replace(record, values=kept | values, happenings=tuple(happenings))
    return Updated(record=changed, fields=fields, happened=happened)
