"""What files tell: of records of the CRMs, and of records that no CRM has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from leadstate.domain.record import Record
from leadstate.domain.stays import in_order, visits_of
from leadstate.domain.values import from_json
from leadstate.guards import folded
from leadstate.service.past.rebuilding import PastState
from leadstate.service.past.reported import Counts
from leadstate.service.past.rows import reported_rows
from leadstate.service.sync.identity import identities_of
from leadstate.store import NewRecord, RecordChange, RecordStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from leadstate.domain.file_mapping import FileMapping
    from leadstate.domain.history import HistoryEntry
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.people import Person
    from leadstate.domain.values import Value
    from leadstate.service.past.building import Story
    from leadstate.service.past.reported import Rebuilt, ReportedChange
    from leadstate.store import PastRow, RecordRow, View, Work

__all__ = ["FilePast", "imported_id"]

_NAMESPACE = UUID("5a8a4d0e-3c5c-5d0e-9d2b-6f1f0a1c7e55")


def imported_id(source: str, record_id: str) -> str:
    """Return the id of a record that a file alone tells of: always the same."""
    return uuid5(_NAMESPACE, f"{source}\n{record_id}").hex


class FilePast:
    """Tells the stories of the records of one mapping."""

    def __init__(
        self, lifecycle: Lifecycle, mapping: FileMapping, now: datetime
    ) -> None:
        self.source = mapping.source
        self._lifecycle, self._mapping, self._now = lifecycle, mapping, now

    def stories(
        self, view: View, rows: Mapping[str, Sequence[PastRow]]
    ) -> dict[str, Story]:
        """Return the stories; of a person who was forgotten nothing is told."""
        ids = list(rows)
        known = view.records.get_many(ids, self._lifecycle.fields)
        entries = view.history.of_many(ids)
        found: dict[str, Story] = {}
        for record_id, told in rows.items():
            row = known.get(record_id)
            if row is not None and row.status is RecordStatus.ERASED:
                continue
            before = self._before(view, record_id, row, entries[record_id])
            bodies = [(one.at, one.body) for one in told]
            says_before = self._mapping.from_stage is not None
            story = reported_rows(
                bodies, self._lifecycle.fields, says_before=says_before
            )
            if row is None and self._is_forgotten(view, story):
                continue
            found[record_id] = (before, story, Counts())
        return found

    def _is_forgotten(self, view: View, story: Sequence[ReportedChange]) -> bool:
        """Whether a new record carries a value of somebody who was forgotten since."""
        fields = self._lifecycle.fields
        values = {
            value
            for told in story
            for value in identities_of(fields, told.values).values()
        }
        found = view.forgotten.among(values=values).values
        moments = [told.at for told in story if told.at is not None]
        began = min(moments, default=None)
        return any(began is None or began <= at for at in found.values())

    def _before(
        self,
        view: View,
        record_id: str,
        row: RecordRow | None,
        entries: Sequence[HistoryEntry],
    ) -> PastState:
        seen = row is not None and row.status is not RecordStatus.IMPORTED
        return PastState(
            record_id=record_id,
            entries=entries,
            field_changes=view.field_changes.of(record_id) if row else (),
            since=row.created_at if row is not None and seen else None,
            happenings=row.record.happenings if row else (),
        )

    @staticmethod
    def person(actor: str) -> Person | None:
        """Return nobody: a file names people as it likes."""
        del actor
        return None

    def place(self, work: Work, rebuilt: Mapping[str, Rebuilt]) -> None:
        """Let the records that a file alone tells of stand where it says."""
        known = work.records.get_many(list(rebuilt), self._lifecycle.fields)
        entries = work.history.of_many(list(rebuilt))
        added: list[NewRecord] = []
        changes: list[RecordChange] = []
        for record_id, one in rebuilt.items():
            row = known.get(record_id)
            if row is not None and row.status is not RecordStatus.IMPORTED:
                continue
            values = self._values(work, row, one)
            record = self._placed(record_id, row, entries[record_id], values)
            if row is None:
                added.append(self._new(record))
            elif record != row.record:
                changes.append(self._change(row, record))
        work.records.add(added)
        work.records.update(changes)

    def _values(
        self, work: Work, row: RecordRow | None, rebuilt: Rebuilt
    ) -> Mapping[str, Value]:
        """Return the values as all files together tell them: the newest counts."""
        if row is None:
            return rebuilt.values
        if not rebuilt.field_changes:
            return row.record.values
        changes = work.field_changes.of(row.record.id)
        fields = self._lifecycle.fields
        values = {
            one.field: from_json(one.new, fields[one.field].type)
            for one in sorted(changes, key=lambda one: one.changed_at or one.learnt_at)
            if one.field in fields
        }
        return {name: value for name, value in values.items() if value is not None}

    def _placed(
        self,
        record_id: str,
        row: RecordRow | None,
        entries: Sequence[HistoryEntry],
        values: Mapping[str, Value],
    ) -> Record:
        """Return the record at the end of its story; without one it is at the start."""
        visits = visits_of(entries, resting=self._lifecycle.resting_stages)
        moves = in_order(entries)
        last = visits[-1] if visits else None
        before = row.record if row else Record(id=record_id, stage="")
        return replace(
            before,
            stage=last.stage if last else self._lifecycle.initial.name,
            version=max(before.version, 1),
            pass_number=last.pass_number if last else 1,
            stage_version=len(visits),
            entered_at=last.entered_at if last else None,
            came_from=visits[-2].stage if len(visits) > 1 else None,
            entered_via=moves[-1].transition if moves else None,
            workflow_version=self._lifecycle.version,
            values=values,
        )

    def _new(self, record: Record) -> NewRecord:
        # No identities: a lead of a CRM never turns out to be a row of a file.
        return NewRecord(
            record=record,
            workflow=self._lifecycle.name,
            created_at=self._now,
            folded=folded(record.values, self._lifecycle.fields),
            owner=self._lifecycle.owner_of(record),
            status=RecordStatus.IMPORTED,
        )

    def _change(self, row: RecordRow, record: Record) -> RecordChange:
        return RecordChange(
            record=replace(record, version=row.record.version + 1),
            expected_version=row.record.version,
            folded=folded(record.values, self._lifecycle.fields),
            status=RecordStatus.IMPORTED,
            owner=self._lifecycle.owner_of(record),
        )
