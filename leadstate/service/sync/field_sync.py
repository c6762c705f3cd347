"""Fields that several CRMs carry: whose edit counts, and who has to be told.  Pure.

An edit is in conflict when both sides changed since they last agreed.  `owner` fields
take their owner's value; `newest` fields the newest edit, by each CRM's own clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.domain.binding import Sync
from leadstate.domain.frozen import replace
from leadstate.domain.values import FieldType, Unparsable, coerce, to_json, to_text
from leadstate.store import ConflictItem, LinkStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from leadstate.domain.binding import FieldSource
    from leadstate.domain.lifecycle import Field, Lifecycle
    from leadstate.domain.record import Record
    from leadstate.domain.values import Value
    from leadstate.service.app import Connected
    from leadstate.service.change_set import StoredState
    from leadstate.service.sync.mapping import Updated
    from leadstate.store import LinkRow

__all__ = ["Resolved", "crm_text", "lacking", "resolve"]

_SHARED = (Sync.COPY, Sync.NEWEST)
_Change = tuple[str, "Value", "Value"]  # field, before, after


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What is left of an update when the rules have spoken.

    Attributes:
        updated: The record with the values that count.
        conflicts: Values that do not, or that overruled another CRM's.
        names: Fields that every CRM is to be held against.
    """

    updated: Updated
    conflicts: tuple[ConflictItem, ...] = ()
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One reading of one object, and what was known before it."""

    lifecycle: Lifecycle
    connected: Connected
    connections: Mapping[str, Connected]
    state: StoredState
    at: datetime
    now: datetime

    @property
    def others(self) -> tuple[LinkRow, ...]:
        """The record's living objects in other CRMs."""
        return tuple(
            one
            for one in self.state.links
            if one.connection != self.connected.name
            and one.status is LinkStatus.ACTIVE
            and one.connection in self.connections
        )

    def agreed(self, name: str, before: Value) -> bool:
        """Whether this CRM showed the record's value when it was read last."""
        link = self.state.link
        shown = link.remote_properties if link else {}
        return _shown(self.lifecycle, self.connected, name, shown) == before

    def owner(self, name: str) -> str | None:
        """Return the other CRM that owns a field, where the record has an object."""
        for link in self.others:
            source = self.connections[link.connection].binding.fields.get(name)
            if source and source.sync is Sync.OWNER:
                return link.connection
        return None

    def since(self, name: str) -> tuple[datetime | None, str]:
        """Return when and where the record got its value; at the latest known time."""
        if name in self.state.since:
            return self.state.since[name]
        told = [
            (one.remote_updated_at, one.connection)
            for one in self.others
            if one.remote_updated_at is not None
            and name in self.connections[one.connection].binding.fields
        ]
        return max(told) if told else (None, "")

    def conflict(self, change: _Change, rule: str, *, kept: bool) -> ConflictItem:
        """Return the journal's row; ``kept`` when the record's own value stays."""
        name, before, after = change
        at, source = self.since(name)
        mine = (to_json(after), self.connected.name, self.at)
        other = (to_json(before), source, at)
        winner, loser = (other, mine) if kept else (mine, other)
        return ConflictItem(
            record_id=self.state.record.record.id if self.state.record else "",
            what=name,
            connection=loser[1],
            kept_from=winner[1],
            rule=rule,
            kept=winner[0],
            dropped=loser[0],
            kept_at=winner[2],
            dropped_at=loser[2],
            at=self.now,
            personal=self.lifecycle.fields[name].tells_of_a_person,
        )


def resolve(  # noqa: PLR0913 - the circumstances of one reading, keyword-only
    updated: Updated,
    *,
    lifecycle: Lifecycle,
    connected: Connected,
    connections: Mapping[str, Connected],
    state: StoredState,
    at: datetime,
    now: datetime,
) -> Resolved:
    """Return which of the changed values count.

    Args:
        updated: What the reading changed, all of it.
        lifecycle: Declares the fields' types.
        connected: The CRM that was read.
        connections: Every open connection.
        state: What was known before the reading.
        at: When the edit was made, by that CRM's clock.
        now: The moment of judging.
    """
    case = _Case(
        lifecycle=lifecycle,
        connected=connected,
        connections=connections,
        state=state,
        at=at,
        now=now,
    )
    if not updated.fields or not case.others:
        return Resolved(updated=updated)
    kept: list[_Change] = []
    conflicts: list[ConflictItem] = []
    for change in updated.fields:
        counts, conflict = _judge(case, change)
        if not counts:
            kept.append(change)
        if conflict:
            conflicts.append(conflict)
    return Resolved(
        updated=_without(updated, kept),
        conflicts=tuple(conflicts),
        names=frozenset(name for name, _, _ in updated.fields),
    )


def _judge(case: _Case, change: _Change) -> tuple[bool, ConflictItem | None]:
    """Return whether an edit counts, and the conflict that it was or settled."""
    name, before, _ = change
    sync = case.connected.binding.fields[name].sync
    if sync is Sync.COPY and case.owner(name):
        return False, case.conflict(change, "owner", kept=True)
    if sync is not Sync.NEWEST or case.agreed(name, before):
        return True, None
    since, source = case.since(name)
    if source == case.connected.name or (before is None and since is None):
        return True, None
    newer = since is None or case.at > since
    return newer, case.conflict(change, "newest", kept=not newer)


def _without(updated: Updated, dropped: Iterable[_Change]) -> Updated:
    """Return the update with these fields as they were before."""
    before = {name: value for name, value, _ in dropped}
    if not before:
        return updated
    values = {n: v for n, v in updated.record.values.items() if n not in before}
    values |= {name: value for name, value in before.items() if value is not None}
    return replace(
        updated,
        record=replace(updated.record, values=values),
        fields=tuple(one for one in updated.fields if one[0] not in before),
    )


def lacking(
    lifecycle: Lifecycle,
    connected: Connected,
    record: Record,
    shown: Mapping[str, str | None],
    names: Collection[str] | None = None,
) -> dict[str, str]:
    """Return what has to be written so that a CRM shows the record's shared values.

    Args:
        lifecycle: Declares the fields' types.
        connected: The CRM.
        record: The record.
        shown: What the CRM's object shows.
        names: Fields to look at; None looks at all.
    """
    found: dict[str, str] = {}
    for name, source in connected.binding.fields.items():
        if source.sync not in _SHARED or (names is not None and name not in names):
            continue
        value = record.values.get(name)
        if isinstance(value, Unparsable):
            continue
        text = crm_text(lifecycle.fields[name], source, value)
        if text is not None and _shown(lifecycle, connected, name, shown) != value:
            found[source.property] = text
    return found


def crm_text(field: Field, source: FieldSource, value: Value) -> str | None:
    """Return what to write for a value; None when this CRM knows no such person.

    Without any user mapped, an owner is the CRM's own id, and written as it is.
    """
    text = to_text(value)
    people = set(source.values.values()) if field.type is FieldType.OWNER else set()
    return None if people and text and text not in people else source.crm_value(text)


def _shown(
    lifecycle: Lifecycle,
    connected: Connected,
    name: str,
    properties: Mapping[str, str | None],
) -> Value:
    field, source = lifecycle.fields[name], connected.binding.fields[name]
    return coerce(_ours(source, properties), field.type, field.options)


def _ours(source: FieldSource, properties: Mapping[str, str | None]) -> str | None:
    raw = properties.get(source.property)
    return source.values.get(raw, raw) if raw is not None else None
