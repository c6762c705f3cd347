"""A record with all that its decisions rest on, as one snapshot of the store has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.domain.action import AssignBy
from leadstate.domain.effect import FieldSet
from leadstate.engine.case import Case
from leadstate.engine.rota import Rota, assigning
from leadstate.errors import StoreUnavailable
from leadstate.service.change_set import ChangeSet, DecisionContext
from leadstate.service.sync.changes import changed_case
from leadstate.service.sync.writes import RemoteState, writes_of
from leadstate.store import OutboxKind

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from leadstate.domain.clock import SlaClock, Timer
    from leadstate.domain.record import Record
    from leadstate.engine.case import Consequences
    from leadstate.service.app import App
    from leadstate.service.change_set import ServiceEffect
    from leadstate.store import InboxRow, LinkRow, OutboxRow, RecordRow, View

__all__ = ["LoadedRecord", "load_each", "load_records", "load_rota"]


@dataclass(frozen=True, slots=True)
class LoadedRecord:
    """A record, its objects, what waits to be written, and its clocks and timers.

    Attributes:
        in_force: Since when the version of the workflow is in force that judges it.
        live: The connections on which the workflow acts.
    """

    row: RecordRow
    links: tuple[LinkRow, ...]
    open_rows: tuple[OutboxRow, ...]
    clocks: tuple[SlaClock, ...]
    timers: tuple[Timer, ...]
    in_force: datetime | None = None
    live: frozenset[str] = frozenset()

    def case(self, rota: Rota, record: Record | None = None) -> Case:
        """Return the case; ``record`` is it with other values."""
        return Case(
            record=record or self.row.record,
            since=self.row.care_since,
            in_force=self.in_force,
            clocks=self.clocks,
            timers=self.timers,
            flag=self.row.flag,
            flagged_at=self.row.flagged_at,
            rota=rota,
        )

    def changed(  # noqa: PLR0913 - the parts of one change set
        self,
        app: App,
        row: InboxRow,
        found: Consequences,
        now: datetime,
        *,
        hold: Collection[str] = (),
        beside: Sequence[ServiceEffect] = (),
    ) -> ChangeSet:
        """Return what the commit changes.

        Args:
            app: The installation.
            row: The inbox row that this answers.
            found: What it brings about.
            now: The moment of judging.
            hold: Fields to hold every CRM against, besides those that were set.
            beside: What else is kept, before the engine's effects.
        """
        about = DecisionContext(
            lifecycle=app.lifecycle,
            record=found.case.record,
            event=row.key,
            now=now,
            connections=app.connections,
            links=self.links,
            people=app.people,
            live=self.live,
        )
        writing = [one for one in self.open_rows if one.kind is OutboxKind.STAGE]
        remote = RemoteState(
            open_rows=self.open_rows,
            unsettled={one.connection for one in writing},
            hold=hold,
        )
        return ChangeSet(
            inbox_ids=(row.id,),
            # What an action sets must not meet a write of the same field under way.
            commanded=not any(isinstance(one, FieldSet) for one in found.effects),
            seen=self.links,
            about=about,
            rota=found.case.rota,
            effects=(
                changed_case(self.row, found.case, app.lifecycle),
                *writes_of(about, found, remote),
                *beside,
                *found.effects,
            ),
        )


def load_records(view: View, app: App, ids: Collection[str]) -> dict[str, LoadedRecord]:
    """Return these records with all that belongs to them; unknown ones are absent."""
    wanted = sorted(ids)
    records = view.records.get_many(wanted, app.lifecycle.fields)
    links = view.links.of_records(wanted)
    open_rows = view.outbox.open_for(wanted)
    clocks = view.clocks.of(wanted)
    timers = view.timers.of(wanted)
    in_force = view.workflows.in_force_since(app.lifecycle.version)
    live = view.modes.live()
    return {
        one: LoadedRecord(
            row,
            tuple(links.get(one, ())),
            tuple(open_rows.get(one, ())),
            tuple(clocks.get(one, ())),
            tuple(timers.get(one, ())),
            in_force,
            live,
        )
        for one, row in records.items()
    }


def load_each(
    view: View, app: App, ids: Collection[str]
) -> tuple[dict[str, LoadedRecord], dict[str, Exception]]:
    """Return the same, and what is wrong with those of which a row cannot be read.

    They are read one by one only then.
    """
    try:
        return load_records(view, app, ids), {}
    except StoreUnavailable:
        raise
    except Exception as error:  # noqa: BLE001 - one poisoned row must not stop others
        if len(ids) == 1:
            return {}, dict.fromkeys(ids, error)
    found: dict[str, LoadedRecord] = {}
    wrong: dict[str, Exception] = {}
    for one in ids:
        loaded, failed = load_each(view, app, [one])
        found |= loaded
        wrong |= failed
    return found, wrong


def load_rota(view: View, app: App) -> Rota:
    """Return whose turn it is; nothing is read where nobody is ever given a lead.

    Turns, and how many leads somebody has, are shared by all workflows, because people
    are: who just got a deal waits longer for a contact.
    """
    ways, names = assigning(app.lifecycle), list(app.people.by_name)
    if not ways or not names:
        return Rota(people=app.people)
    loads: dict[str, int] = {}
    if AssignBy.LEAST_LOADED in ways:
        loads = view.records.loads(names, app.open_stages)
    places = view.assignments.last(names)
    return Rota(people=app.people, places=places, loads=loads)
