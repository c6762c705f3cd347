"""Read leads as they are now, with what the binding wants of contact and company.

Names: amoCRM's own (``name``, ``price``), ``pipeline`` and ``status`` by name or with
``_id`` by id, ``tags``, ``cf.CODE`` or ``cf.ID`` for custom fields, and the same behind
``contact.`` (the main contact) and ``company.``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from leadstate.adapters import Gone, GoneReason, RemoteObject
from leadstate.errors import ConfigurationError

from .batching import chunks
from .values import (
    did_you_mean,
    epoch_of,
    further_of,
    moment_text,
    number_text,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from .api import AmoCrmApi
    from .batching import Rows
    from .lifecycle import Definitions
    from .payloads import FieldValues, Row

__all__ = [
    "BUILT_IN",
    "CODES",
    "READ_ONLY",
    "TYPES",
    "Names",
    "Reader",
    "moment",
    "split",
    "values_in",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SETTLES = timedelta(seconds=5)
_ENTITY_IDS = 10  # events take no more ids at once (facts of 2026-11-22)
_ENDINGS = {
    "lead_deleted": GoneReason.DELETED,
    "entity_merged": GoneReason.MERGED,
}
TYPES: dict[str, str] = {
    "name": "text",
    "price": "numeric",
    "responsible_user_id": "id",
    "loss_reason_id": "id",
    "loss_reason": "select",
    "source_id": "id",
    "created_by": "id",
    "updated_by": "id",
    "created_at": "date_time",
    "updated_at": "date_time",
    "closed_at": "date_time",
    "score": "numeric",
    "pipeline_id": "id",
    "status_id": "id",
    "pipeline": "select",
    "status": "select",
    "tags": "multiselect",
}
"""What a lead has without custom fields, with the type of its text."""

READ_ONLY = frozenset(
    {"source_id", "created_by", "updated_by", "created_at", "updated_at", "score"}
)
_PERSON = ("name", "first_name", "last_name", "email", "phone")
BUILT_IN: dict[str, tuple[str, ...]] = {
    "leads": tuple(TYPES),
    "contacts": _PERSON,
    "companies": ("name", "email", "phone"),
}
CODES = {"email": "EMAIL", "phone": "PHONE"}
"""Names for the predefined custom fields of contacts and companies."""

_PREFIXES = {"contact.": "contacts", "company.": "companies"}


@dataclass(frozen=True, slots=True)
class Names:
    """The binding's properties, by the kind of entity that has them."""

    leads: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()

    @classmethod
    def of(cls, names: Iterable[str]) -> Names:
        """Part the names; raise `ConfigurationError` for one that nothing can have."""
        found: dict[str, list[str]] = {"leads": [], "contacts": [], "companies": []}
        for name in dict.fromkeys(names):
            kind, own = split(name)
            if not own.startswith("cf.") and own not in BUILT_IN[kind]:
                hint = did_you_mean(own, BUILT_IN[kind])
                raise ConfigurationError(
                    f"amoCRM's {kind} have no property {own!r} ({name!r}); custom "
                    f"fields are cf.CODE or cf.ID{hint}"
                )
            found[kind].append(own)
        return cls(**{kind: tuple(own) for kind, own in found.items()})

    def joined(self, other: Names) -> Names:
        """Return these names and the others."""
        return Names(
            leads=tuple(dict.fromkeys((*self.leads, *other.leads))),
            contacts=tuple(dict.fromkeys((*self.contacts, *other.contacts))),
            companies=tuple(dict.fromkeys((*self.companies, *other.companies))),
        )

    @property
    def linked(self) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        """The kinds beside the lead with prefix and names, as far as bound."""
        return tuple(
            (kind, prefix, names)
            for prefix, kind in _PREFIXES.items()
            if (names := getattr(self, kind))
        )


def split(name: str) -> tuple[str, str]:
    """Return the kind of entity that has a property, and its name there."""
    for prefix, kind in _PREFIXES.items():
        if name.startswith(prefix):
            return kind, name.removeprefix(prefix)
    return "leads", name


class Reader:
    """Reads leads with the properties of one binding."""

    def __init__(  # noqa: PLR0913 - its parts, by keyword
        self,
        api: AmoCrmApi,
        rows: Rows,
        definitions: Definitions,
        *,
        names: Names,
        token_field: str,
        now: Callable[[], datetime],
    ) -> None:
        self._api, self._rows, self._definitions = api, rows, definitions
        self._names, self._token_field, self._now = names, token_field, now

    def read(self, ids: Sequence[str]) -> list[RemoteObject | Gone]:
        """Return one answer per id, in any order."""
        unique = list(dict.fromkeys(ids))
        rows = self._rows.fetch("leads", unique)
        living = [row for row in rows.values() if not row.is_deleted]
        deleted = [
            Gone(id=row.id, reason=GoneReason.DELETED)
            for row in rows.values()
            if row.is_deleted
        ]
        missing = self.endings([key for key in unique if key not in rows])
        return [*self.objects(living), *deleted, *missing.values()]

    def objects(
        self, leads: Sequence[Row], names: Names | None = None
    ) -> list[RemoteObject]:
        """Return leads with the properties of their contacts and companies."""
        names = names or self._names
        linked = {
            kind: self._rows.fetch(kind, _ids_of(kind, leads))
            for kind, _, _ in names.linked
        }
        return [self._object(lead, linked, names) for lead in leads]

    def properties(
        self, kind: str, row: Row | None, names: Sequence[str]
    ) -> dict[str, str | None]:
        """Return the named properties of a row; of no row, all of them empty."""
        found: dict[str, str | None] = {}
        for name in names:
            key = CODES.get(name) if kind != "leads" else None
            if name.startswith("cf.") or key:
                key = key or name.removeprefix("cf.")
                field = self._definitions.field(kind, key)
                if field is None:
                    continue
                found[name] = self._custom(row, field.id)
            else:
                found[name] = self._built_in(row, name)
        return found

    def endings(self, ids: Sequence[str]) -> dict[str, Gone]:
        """Say why leads are not there: amoCRM answers 204 for all of them alike."""
        reasons: dict[str, GoneReason] = {}
        valid = [key for key in ids if key.isascii() and key.isdigit()]
        for chunk in chunks(valid, _ENTITY_IDS):
            filters = [("filter[entity]", "lead")]
            filters += [("filter[type][]", name) for name in _ENDINGS]
            filters += [("filter[entity_id][]", key) for key in chunk]
            events = self._api.events(filters).rows
            for event in sorted(events, key=lambda one: -one.created_at):
                if event.type in _ENDINGS and event.entity_id in chunk:
                    reasons.setdefault(event.entity_id, _ENDINGS[event.type])
        unknown = [key for key in valid if key not in reasons]
        deleted = self._in_recycle_bin(unknown) if unknown else set()
        reasons |= dict.fromkeys(deleted, GoneReason.DELETED)
        return {
            key: Gone(id=key, reason=reasons.get(key, GoneReason.UNKNOWN))
            for key in ids
        }

    def _in_recycle_bin(self, ids: Sequence[str]) -> set[str]:
        """Look at the newest of the bin; older ones stay unknown."""
        filters = [("filter[id][]", key) for key in ids] if self._api.filters else []
        found = self._api.deleted(1, filters[:250]).rows
        return {row.id for row in found}.intersection(ids)

    def _object(
        self, lead: Row, linked: Mapping[str, Mapping[str, Row]], names: Names
    ) -> RemoteObject:
        properties = self.properties("leads", lead, names.leads)
        rows, also = [lead], dict[str, tuple[str, ...]]()
        for kind, prefix, wanted in names.linked:
            key = lead.contact_id if kind == "contacts" else lead.company_id
            row = linked[kind].get(key or "")
            rows += [row] if row else []
            values = self.properties(kind, row, wanted)
            properties |= {prefix + name: value for name, value in values.items()}
            also |= {prefix + name: it for name, it in _others(row, wanted).items()}
        return RemoteObject(
            id=lead.id,
            properties=properties,
            updated_at=self.updated_at(rows),
            created_at=moment(lead.created_at),
            token=self._custom(lead, self._token_field),
            also=also,
        )

    def updated_at(self, rows: Sequence[Row]) -> datetime | None:
        """Return when the newest of the rows changed, as far as that is certain.

        amoCRM counts in seconds: what was changed in this very second may change again
        in it, so a moment before is named, and a later hint of it is read again.
        """
        newest = moment(max((row.updated_at or 0 for row in rows), default=0))
        if newest is None or self._now() - newest > _SETTLES:
            return newest
        return newest - timedelta(microseconds=1)

    def _custom(self, row: Row | None, key: str) -> str | None:
        values = values_in(row, key)
        if values is None:
            return None
        return text_of(values.type, values.values, self._definitions.zone)

    def _built_in(self, row: Row | None, name: str) -> str | None:
        if row is None:
            return None
        if name in {"pipeline", "status"}:
            stage = self._definitions.stage(row.pipeline_id, row.status_id)
            named = stage and (stage.pipeline if name == "pipeline" else stage.status)
            return named.name if named else None
        if name in _SPECIAL:
            return _SPECIAL[name](row) or None
        value = getattr(row, name)
        return (moment_text(value) if TYPES.get(name) == "date_time" else value) or None


def _price(row: Row) -> str | None:
    price = row.minor_price if row.minor_price is not None else row.price
    return None if price is None else number_text(price)


_SPECIAL: dict[str, Callable[[Row], str | None]] = {
    "tags": lambda row: ";".join(tag.name for tag in row.embedded.tags),
    "price": _price,
    "loss_reason": lambda row: row.loss_reason if row.loss_reason_id else None,
}


def _others(row: Row | None, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the further addresses and numbers of a contact or company."""
    found = {name: values_in(row, CODES[name]) for name in names if name in CODES}
    return {
        name: further_of(held.values)
        for name, held in found.items()
        if held is not None and len(held.values) > 1
    }


def values_in(row: Row | None, key: str) -> FieldValues | None:
    """Return what a row holds in a custom field, by its code or its id."""
    fields = row.fields if row else []
    return next((one for one in fields if key in {one.code, one.id}), None)


def moment(seconds: int | None) -> datetime | None:
    """Return epoch seconds as a moment; None for nothing and for nonsense."""
    if not seconds or epoch_of(str(seconds)) is None:
        return None
    return _EPOCH + timedelta(seconds=seconds)


def _ids_of(kind: str, leads: Sequence[Row]) -> list[str]:
    ids = [row.contact_id if kind == "contacts" else row.company_id for row in leads]
    return [key for key in dict.fromkeys(ids) if key]
