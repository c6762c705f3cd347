"""What a CRM's own history tells, in the words of the workflow.

A CRM tells of properties, one change at a time; which stage they show together is read
back by the binding, as of that moment.  What nobody knows is never made up.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from leadstate.service.past.rebuilding import PastState
from leadstate.service.past.reported import UNBOUND, Counts, ReportedChange
from leadstate.service.sync.mapping import values_of
from leadstate.store import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from leadstate.domain.binding import Binding
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.people import People, Person
    from leadstate.domain.values import Value
    from leadstate.service.app import App, Connected
    from leadstate.service.past.building import Story
    from leadstate.service.past.reported import Rebuilt
    from leadstate.store import LinkRow, PastRow, View, Work

__all__ = ["CrmPast", "reported_changes"]

# HubSpot: "CRM_UI userId:11"; amoCRM: the id alone.  A robot's name has no such form.
_USER = re.compile(r"(?:^|userId:)(\d+)$")
_PROPERTIES = "properties"
_CLEARED = timedelta(minutes=1)


class CrmPast:
    """Tells the stories of the records that have an object in one connection.

    Args:
        app: The installation.
        connected: The connection.
        from_birth: Whether the CRM told everything since each object's creation.
        covers: The properties of which it told every change.
    """

    def __init__(
        self,
        app: App,
        connected: Connected,
        *,
        from_birth: bool,
        covers: Collection[str],
    ) -> None:
        self.source = connected.name
        self._lifecycle: Lifecycle = app.lifecycle
        self._people: People = app.people
        self._binding: Binding = connected.binding
        self._from_birth, self._every = from_birth, frozenset(covers)

    def stories(
        self, view: View, rows: Mapping[str, Sequence[PastRow]]
    ) -> dict[str, Story]:
        """Return the stories; of a person who was forgotten nothing is told."""
        ids = list(rows)
        known = view.records.get_many(ids, self._lifecycle.fields)
        entries = view.history.of_many(ids)
        links = view.links.of_records(ids)
        found: dict[str, Story] = {}
        for record_id, told in rows.items():
            row = known.get(record_id)
            if row is None or row.status is RecordStatus.ERASED:
                continue
            mine = [
                one for one in links.get(record_id, ()) if one.connection == self.source
            ]
            story, start, unbound = self._story_of(told, mine)
            before = PastState(
                record_id=record_id,
                entries=entries[record_id],
                field_changes=view.field_changes.of(record_id),
                since=row.created_at,
                complete=self._complete,
                start=start,
                happenings=row.record.happenings,
            )
            found[record_id] = (before, story, Counts(unbound=unbound))
        return found

    @property
    def _complete(self) -> tuple[str, ...]:
        """The fields of which every value is told, from the first one."""
        if not self._from_birth:
            return ()
        return tuple(
            name
            for name, one in self._binding.fields.items()
            if one.property in self._every
        )

    def _story_of(
        self, rows: Iterable[PastRow], links: Iterable[LinkRow]
    ) -> tuple[list[ReportedChange], dict[str, Value], int]:
        """Return what the record's objects tell, and the values that never changed."""
        shown = {one.external_id: one.remote_properties for one in links}
        told: list[ReportedChange] = []
        start: dict[str, Value] = {}
        unbound = 0
        by_object = sorted(rows, key=lambda one: one.external_id)
        for external_id, changes in groupby(by_object, lambda one: one.external_id):
            mine = list(changes)
            present = shown.get(external_id, {})
            still = _unmentioned(mine, present, self._every)
            start |= values_of(self._lifecycle, self._binding, still)
            found, lost = reported_changes(
                mine,
                self._lifecycle,
                self._binding,
                still=still,
                from_birth=self._from_birth,
            )
            told += found
            unbound += lost
        return told, start, unbound

    def person(self, actor: str) -> Person | None:
        """Return who a user of the CRM is."""
        user = _USER.search(actor)
        return self._people.of_user(self.source, user[1]) if user else None

    @staticmethod
    def place(work: Work, rebuilt: Mapping[str, Rebuilt]) -> None:
        """Leave every record where it is: the past does not move it."""
        del work, rebuilt


def reported_changes(
    rows: Iterable[PastRow],
    lifecycle: Lifecycle,
    binding: Binding,
    *,
    still: Mapping[str, str | None],
    from_birth: bool,
) -> tuple[list[ReportedChange], int]:
    """Return what one object's changes say, and how many led to an unbound stage.

    Args:
        rows: The changes, in any order.
        lifecycle: Declares the fields.
        binding: Says what the properties mean.
        still: Properties that never changed in all that is told, as they are now.
        from_birth: Whether a property was empty before its first change.
    """
    shown = _Shown(binding, still, from_birth=from_birth)
    found: list[ReportedChange] = []
    unbound = 0
    last: str | None = None
    told = sorted(rows, key=lambda one: (one.at, one.key))
    for row in _without_clearing(told, binding):
        changed = _properties(row)
        shown.take(changed)
        stage: str | None = None
        before = last
        if shown.about_stage(changed):
            stage, last = shown.stage(), shown.stage() or last
            if stage is None and shown.sure:
                unbound += last != UNBOUND
                last = UNBOUND
            elif stage is None:
                last = None
        change = ReportedChange(
            key=row.key,
            at=row.at,
            actor=str(row.body.get("actor") or ""),
            stage=stage if stage != before else None,
            from_stage=before,
            reason=(changed.get(binding.reason) or None) if binding.reason else None,
            values=_values(lifecycle, binding, changed),
        )
        if change.stage or change.values:
            found.append(change)
    return found, unbound


def _without_clearing(rows: Sequence[PastRow], binding: Binding) -> Iterator[PastRow]:
    """Yield the changes, those together that empty a stage on the way to another one.

    HubSpot's lifecycle stage goes backward only when it was emptied before; what is
    shown in between is no stay.
    """
    names = binding.stage_properties
    held: PastRow | None = None
    for row in rows:
        changed = _properties(row)
        if held is not None:
            cleared = _properties(held)
            set_ = any(changed.get(name) for name in names if cleared.get(name) == "")
            same = row.body.get("actor") == held.body.get("actor")
            if set_ and same and row.at and held.at and row.at - held.at <= _CLEARED:
                body = {**row.body, _PROPERTIES: {**cleared, **changed}}
                row = replace(row, body=body)  # noqa: PLW2901 - both are one change
            else:
                yield held
            held = None
        if any(_properties(row).get(name) == "" for name in names):
            held = row
        else:
            yield row
    if held is not None:
        yield held


class _Shown:
    """What an object shows at one moment, as far as that is known."""

    def __init__(
        self, binding: Binding, still: Mapping[str, str | None], *, from_birth: bool
    ) -> None:
        self._binding = binding
        self._properties: dict[str, str | None] = dict(still)
        unknown = () if from_birth else binding.stage_properties
        self._unknown = {name for name in unknown if name not in still}

    def take(self, changed: Mapping[str, str]) -> None:
        """Go on to the moment of the next change."""
        self._properties |= changed
        self._unknown -= set(changed)

    def about_stage(self, changed: Mapping[str, str]) -> bool:
        """Whether the change may have been a move."""
        return any(name in changed for name in self._binding.stage_properties)

    @property
    def sure(self) -> bool:
        """Whether every stage but none can be told."""
        return self._first() is None

    def stage(self) -> str | None:
        """Return the stage that is shown for sure, or None."""
        first = self._first()
        if first is None or self._unknown & set(self._binding.stages[first]):
            return None
        return first

    def _first(self) -> str | None:
        """Return the first stage that may be shown, as far as is known."""
        for stage, wanted in self._binding.stages.items():
            if all(
                name in self._unknown or (self._properties.get(name) or "") in values
                for name, values in wanted.items()
            ):
                return stage
        return None


def _unmentioned(
    rows: Iterable[PastRow], present: Mapping[str, str | None], every: frozenset[str]
) -> dict[str, str | None]:
    """Return the properties that never changed, of those whose changes are told."""
    changed = {name for row in rows for name in _properties(row)}
    return {name: present[name] for name in present if name in every - changed}


def _properties(row: PastRow) -> dict[str, str]:
    found = row.body[_PROPERTIES]
    assert isinstance(found, dict)  # noqa: S101 - as `gather` wrote it
    return {str(name): str(value) for name, value in found.items()}


def _values(
    lifecycle: Lifecycle, binding: Binding, changed: Mapping[str, str]
) -> dict[str, Value]:
    """Return the fields that a change set, emptied ones as None."""
    found = values_of(lifecycle, binding, changed)
    touched = (
        name for name, source in binding.fields.items() if source.property in changed
    )
    return {name: found.get(name) for name in touched}
