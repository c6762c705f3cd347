"""Records that may be one person: they share a value by which people are told apart.

Over two CRMs such an object is linked or listed when it is read.  Inside one CRM nobody
asks: HubSpot keeps one contact an address, and neither CRM minds a number twice.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from leadstate.errors import UsageError
from leadstate.service.reports.scope import about
from leadstate.store import LinkStatus, RecordStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.service.reports.scope import About, Scope
    from leadstate.store import LinkRow, RecordRow, View

__all__ = ["DEFINITIONS", "Double", "DoubleRecord", "Doubles", "doubles"]

DEFINITIONS: Final = (
    "Active records as they stand now that share a value of an identifying field.",
    "A value that two colleagues share, such as a switchboard, is one of these, too.",
    "Join two CRMs' objects with 'leadstate record link'; merge two of one CRM there.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubleRecord:
    """One of several records that may be one person.

    Attributes:
        objects: Its living objects, as ``connection:id``.
    """

    record_id: str
    stage: str
    owner: str | None
    objects: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Double:
    """A value that several records have.

    Attributes:
        field: The identifying field.
        value: As it is compared: an address in small letters, a number with its
            country code.
        records: The oldest first; at least two.
    """

    field: str
    label: str
    value: str
    records: tuple[DoubleRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubles:
    """Everybody who may be known more than once.

    Attributes:
        rows: By field, in the order in which the workflow trusts them, then by value.
        records: Records that are in one of them; each counts once.
    """

    about: About
    rows: tuple[Double, ...]
    records: int


def doubles(view: View, lifecycle: Lifecycle, scope: Scope, now: datetime) -> Doubles:
    """Return which records may be one person, as they stand now.

    Raises:
        UsageError: The scope asks for a part: whoever is left out may be the double.
    """
    asked = [one.name for one in fields(scope) if getattr(scope, one.name) is not None]
    if asked:
        names = ", ".join(f"--{one.replace('_number', '')}" for one in asked)
        raise UsageError(
            "the report on doubles compares all records as they stand now, because "
            f"whoever is left out may be the double; leave {names} out"
        )
    known = [name for name, one in lifecycle.fields.items() if one.identity]
    shared = view.identities.shared()
    ids = sorted({one for these in shared.values() for one in these})
    rows = view.records.get_many(ids, lifecycle.fields)
    links = view.links.of_records(ids)
    found = sorted(
        _doubles(lifecycle, shared, rows, links),
        key=lambda one: (known.index(one.field), one.value),
    )
    return Doubles(
        about=about("doubles", lifecycle, scope, now, DEFINITIONS),
        rows=tuple(found),
        records=len({one.record_id for double in found for one in double.records}),
    )


def _doubles(
    lifecycle: Lifecycle,
    shared: Mapping[tuple[str, str], tuple[str, ...]],
    rows: Mapping[str, RecordRow],
    links: Mapping[str, tuple[LinkRow, ...]],
) -> Iterator[Double]:
    for (name, value), ids in shared.items():
        living = [
            rows[one]
            for one in ids
            if one in rows and rows[one].status is RecordStatus.ACTIVE
        ]
        field = lifecycle.fields.get(name)
        if len(living) > 1 and field is not None and field.identity:
            oldest_first = sorted(living, key=lambda one: one.created_at)
            records = (_record(one, links) for one in oldest_first)
            yield Double(
                field=name, label=field.label, value=value, records=tuple(records)
            )


def _record(row: RecordRow, links: Mapping[str, tuple[LinkRow, ...]]) -> DoubleRecord:
    record = row.record
    objects = [
        f"{one.connection}:{one.external_id}"
        for one in links.get(record.id, ())
        if one.status is LinkStatus.ACTIVE
    ]
    return DoubleRecord(
        record_id=record.id, stage=record.stage, owner=row.owner, objects=tuple(objects)
    )
