"""From a CRM object's properties to typed values and behaviour, by the binding.  Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from leadstate.domain.record import Happening
from leadstate.domain.values import FieldType, coerce

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.domain.binding import Binding, FieldSource
    from leadstate.domain.lifecycle import Field, Lifecycle
    from leadstate.domain.values import Value

__all__ = ["happenings_of", "values_of"]



def values_of(
    lifecycle: Lifecycle, binding: Binding, properties: Mapping[str, str | None]
) -> dict[str, Value]:
    """Return the fields that these properties carry, typed; missing ones are absent.

    Only fields whose property is in ``properties`` are looked at, so that handing in the
    changed ones alone is enough.
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
    return tuple(found)
