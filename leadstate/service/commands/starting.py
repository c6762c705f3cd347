"""A record that begins because one of another workflow started it.

The new record, all that follows from its entering, and a row in the history of the
record that started it are one change set: there are never two, and never half of one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.domain.record import Record
from leadstate.domain.signal import Started
from leadstate.domain.values import FieldType, coerce, from_json
from leadstate.engine.case import Case
from leadstate.engine.consequences import run
from leadstate.engine.draft import OURS
from leadstate.errors import SkipRecord
from leadstate.service.change_set import ChangeSet, DecisionContext, NewsRedacted
from leadstate.service.sync.changes import added_case
from leadstate.service.sync.writes import RemoteState, writes_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from leadstate.domain.lifecycle import Field
    from leadstate.domain.values import Value
    from leadstate.engine.rota import Rota
    from leadstate.service.app import App
    from leadstate.store import InboxRow, StartRequest

__all__ = ["Starter", "start_of"]


@dataclass(frozen=True, slots=True)
class Starter:
    """What is known of the record that starts another one.

    Attributes:
        history: All that happened to it.
        live: The connections on which the workflow of the new one acts.
    """

    history: Collection[HistoryEntry]
    live: frozenset[str] = frozenset()

    @property
    def forgotten(self) -> bool:
        """Whether the person was erased: their values are kept nowhere else."""
        return any(one.kind is HistoryKind.ERASED for one in self.history)

    def has_started(self, key: str) -> bool:
        """Whether this very start was made; the inbox forgets its keys in time."""
        return any(
            one.kind is HistoryKind.STARTED and one.source_event == key
            for one in self.history
        )


def start_of(  # noqa: PLR0913 - the parts of one start
    app: App,
    row: InboxRow,
    asked: StartRequest,
    starter: Starter,
    rota: Rota,
    *,
    new_id: str,
    now: datetime,
) -> ChangeSet:
    """Return the change set of a record that begins.

    Args:
        app: The workflow in which it begins.
        row: The inbox row that asks for it.
        asked: What it says.
        starter: The record that starts it.
        rota: Whose turn it is to be given a record.
        new_id: The id that the record gets.
        now: The moment of judging.

    Raises:
        SkipRecord: The workflow has no such stage any more.
    """
    if starter.forgotten:
        return ChangeSet(inbox_ids=(row.id,), effects=(NewsRedacted((row.id,)),))
    if starter.has_started(row.key):
        return ChangeSet(inbox_ids=(row.id,))
    _check_stage(app, asked)
    at = min(row.happened_at or now, now)
    begun = _Begun(app, row, asked, at, now, starter.live)
    return begun.change_set(new_id, rota)


def _check_stage(app: App, asked: StartRequest) -> None:
    stages, name = app.lifecycle.stages, app.lifecycle.name
    if asked.stage not in stages:
        known = ", ".join(stages)
        raise SkipRecord(
            f"{asked.workflow} starts a record of {name} in stage {asked.stage!r}, "
            f"which {name} does not have any more (it has: {known}).  Declare the "
            "stage again and replay this letter; and correct `start` in "
            f"{asked.workflow} for the records to come"
        )


@dataclass(frozen=True, slots=True)
class _Begun:
    """A start that is made now.

    Attributes:
        at: When the other record came into the stage that starts this one.
        live: The connections on which the workflow acts.
    """

    app: App
    row: InboxRow
    asked: StartRequest
    at: datetime
    now: datetime
    live: frozenset[str]

    def change_set(self, new_id: str, rota: Rota) -> ChangeSet:
        """Return the record with all that follows, and the row that tells of it."""
        app, now = self.app, self.now
        record, left_out = self._record(new_id)
        case = Case(record=record, since=now, rota=rota)
        found = run(app.lifecycle, case, [self._signal(left_out)], now=now)
        about = DecisionContext(
            lifecycle=app.lifecycle,
            record=found.case.record,
            event=self.row.key,
            now=now,
            connections=app.connections,
            people=app.people,
            live=self.live,
        )
        return ChangeSet(
            inbox_ids=(self.row.id,),
            commanded=True,
            about=about,
            rota=found.case.rota,
            effects=(
                added_case(found.case, app.lifecycle, now),
                *writes_of(about, found, RemoteState(begins=True)),
                *found.effects,
                self._told(new_id),
            ),
        )

    def _record(self, new_id: str) -> tuple[Record, list[str]]:
        """Return the record as it begins, and the named fields that it cannot get."""
        asked, fields = self.asked, self.app.lifecycle.fields
        values: dict[str, Value] = {}
        left_out: list[str] = []
        for name, stored in asked.values.items():
            value = _copied(fields.get(name), asked.types.get(name), stored)
            if value is not None:
                values[name] = value
            elif asked.copy is not None:
                left_out.append(name)
        record = Record(
            id=new_id,
            stage=asked.stage,
            version=1,
            entered_at=self.at,
            workflow_version=self.app.lifecycle.version,
            values=values,
        )
        return record, left_out

    def _signal(self, left_out: Collection[str]) -> Started:
        note = f"started by {self.asked.workflow} record {self.row.external_id}"
        if left_out:
            note += f"; {', '.join(left_out)} cannot be copied"
        return Started(at=self.at, source=self.asked.workflow, note=note)

    def _told(self, new_id: str) -> HistoryEntry:
        """Return what the history of the record that started this one says."""
        asked, name = self.asked, self.app.lifecycle.name
        return HistoryEntry(
            record_id=self.row.external_id,
            kind=HistoryKind.STARTED,
            cause=Cause.AUTOMATIC,
            actor=OURS,
            happened_at=self.at,
            learnt_at=self.now,
            from_stage=asked.from_stage,
            to_stage=None,
            note=f"started {name} record {new_id} in {asked.stage}",
            source=name,
            source_event=self.row.key,
            pass_number=asked.pass_number,
            workflow_version=asked.version,
            receipt={"started": new_id},
        )


def _copied(field: Field | None, kind: str | None, stored: object) -> Value:
    """Return a value as the field takes it; None where it does not."""
    if field is None or kind != field.type:
        return None
    value = from_json(stored, field.type)
    if field.type is FieldType.CHOICE and isinstance(value, str):
        return value if coerce(value, field.type, field.options) == value else None
    return value
