"""What going live would bring: every record judged as it would be, and nothing kept."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from leadstate.adapters import CallCost, Load, Priced
from leadstate.domain.decision import Move
from leadstate.domain.signal import TimerDue
from leadstate.engine.case import Consequences
from leadstate.engine.consequences import run
from leadstate.engine.rota import Rota
from leadstate.service.batches.going_live import (
    GoLive,
    GoLivePosition,
    about_of,
    handed_off,
    look_of,
    taken_live,
)
from leadstate.service.batches.running import PART
from leadstate.service.change_set import ChangeSet
from leadstate.service.dispatch import rows_of
from leadstate.service.round import said
from leadstate.service.sync.loaded import load_each, load_rota
from leadstate.service.sync.writes import RemoteState, writes_of
from leadstate.service.timers.planner import RECLOCK
from leadstate.store import LinkStatus, OutboxKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from leadstate.service.app import App, Connected
    from leadstate.service.batches.going_live import TakenLive
    from leadstate.service.inbound.first_look import FirstLook
    from leadstate.service.sync.loaded import LoadedRecord

__all__ = ["Forecast", "forecast"]

OUTSIDE: Final = "(outside)"
_IN_A_ROW = 10
_LOADS = {
    OutboxKind.STAGE: "writes",
    OutboxKind.FIELDS: "writes",
    OutboxKind.CREATE: "creations",
    OutboxKind.NOTE: "notes",
    OutboxKind.TASK: "tasks",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What would follow if a connection went live now.

    Attributes:
        records: Records that it is about.
        live: Objects that are live already.
        objects: Objects of records that there are.
        moves: Transition -> moves that would follow at once.
        loads: Connection -> what would be done there.
        costs: Connection -> what that takes, where its adapter can say.
        messages: Channel -> messages that would be sent.
        calls: Calls of plugins that would be made.
        clocks: Clocks that would start.
        flagged: Records that would be listed for a person.
        unplaced: Objects that nobody can place: they stay as they are.
        failed: Record -> why nobody can say what would become of it.
        look: How far the first look is.
    """

    records: int
    live: int
    objects: int
    moves: Mapping[str, int]
    loads: Mapping[str, Load]
    costs: Mapping[str, CallCost]
    messages: Mapping[str, int]
    calls: int
    clocks: int
    flagged: int
    unplaced: int
    failed: Mapping[str, str]
    look: FirstLook


def forecast(
    app: App,
    connected: Connected,
    *,
    limit: int | None = None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Forecast:
    """Judge what is observed as going live would, and count what follows.

    What else is due by then, as parked records that wake at once, is counted, too.

    Args:
        app: The workflow.
        connected: The connection.
        limit: Records to look at, at most.
        on_progress: Is told how many were looked at.
    """
    counted = _Counted(app, connected)
    found = partial(_found, app, connected, failed=counted.failed)
    for number, loaded in enumerate(found(GoLivePosition(), limit), start=1):
        counted.add(loaded)
        if not number % PART:
            on_progress(number)
    if limit is None and connected.binding.hand_off:
        for loaded in found(GoLivePosition.owed(), None):
            counted.owe(loaded)
    on_progress(counted.records)
    return counted.forecast()


def _found(
    app: App,
    connected: Connected,
    place: GoLivePosition,
    limit: int | None,
    *,
    failed: dict[str, str],
) -> Iterator[LoadedRecord]:
    """Yield the records from a place on, as they are; note those nobody can read."""
    job, done = GoLive(app, connected, ""), 0
    while limit is None or done < limit:
        size = 10 * PART if limit is None else min(10 * PART, limit - done)
        with app.store.read() as view:
            ids, after = job.following(view, place, size)
            loaded, wrong = load_each(view, app, ids)
        failed |= {one: said(error) for one, error in wrong.items()}
        if not ids:
            break
        place = replace(place, after=after)
        done += len(ids)
        yield from (loaded[one] for one in ids if one in loaded)


@dataclass(slots=True)
class _Counted:
    """What was counted so far."""

    app: App
    connected: Connected
    records: int = 0
    moves: Counter[str] = field(default_factory=Counter)
    loads: dict[str, Counter[str]] = field(default_factory=dict)
    messages: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    clocks: int = 0
    flagged: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    rota: Rota | None = None

    def add(self, loaded: LoadedRecord) -> None:
        """Count what follows for one record."""
        self.records += 1
        if self.rota is None:
            with self.app.store.read() as view:
                self.rota = load_rota(view, self.app)
        now = self.app.clock.now()
        try:
            taken = taken_live(
                self.app, self.connected, loaded, self.rota, now, key="", actor=""
            )
            self._count(taken.found, taken.change)
            self._due(loaded, taken, now)
        except Exception as error:  # noqa: BLE001 - told beside all the others
            self.failed[loaded.row.record.id] = said(error)
            return
        self.rota = taken.change.rota or self.rota

    def owe(self, loaded: LoadedRecord) -> None:
        """Count what a record is owed that lacks an object there."""
        name = self.connected.name
        loaded = replace(loaded, live=loaded.live | {name})
        change = handed_off(self.app, loaded, self.app.clock.now(), key="")
        self._count(Consequences(loaded.case(Rota())), change)

    def _due(self, loaded: LoadedRecord, taken: TakenLive, now: datetime) -> None:
        """Count what would be due at once behind it."""
        found, links = (
            taken.found,
            taken.change.about.links if taken.change.about else (),
        )
        for _ in range(_IN_A_ROW):
            timer = found.case.next_timer
            if timer is None or timer.due_at > now or timer.mark == RECLOCK:
                return
            found = run(self.app.lifecycle, found.case, [TimerDue.of(timer)], now=now)
            about = about_of(self.app, found, loaded, links, now, "")
            writes = writes_of(about, found, RemoteState(open_rows=loaded.open_rows))
            effects = (*writes, *found.effects)
            self._count(found, ChangeSet(inbox_ids=(), about=about, effects=effects))

    def _count(self, found: Consequences, change: ChangeSet) -> None:
        for _, decision in found.decisions:
            if isinstance(decision, Move):
                self.moves.update(one.transition or OUTSIDE for one in decision.steps)
        rows = rows_of([change])
        self.clocks += sum(one.ended_at is None for one in rows.clocks)
        self.flagged += found.case.flag is not None
        for row in rows.outbox:
            if row.kind is OutboxKind.MESSAGE:
                self.messages[row.connection] += 1
            elif row.kind is OutboxKind.CALL:
                self.calls += 1
            else:
                load = self.loads.setdefault(row.connection, Counter())
                load[_LOADS[row.kind]] += 1

    def forecast(self) -> Forecast:
        """Return it all."""
        app, name = self.app, self.connected.name
        loads = {one: Load(**counted) for one, counted in sorted(self.loads.items())}
        costs = {
            one: adapter.cost(load)
            for one, load in loads.items()
            if isinstance(adapter := app.connections[one].adapter, Priced)
        }
        with app.store.read() as view:
            live, objects = view.links.count_live(name)
            unplaced = view.links.counts(name).get(LinkStatus.QUARANTINED, 0)
            look = look_of(app, self.connected, view)
        return Forecast(
            records=self.records,
            live=live,
            objects=objects,
            moves=dict(self.moves.most_common()),
            loads=loads,
            costs=costs,
            messages=dict(sorted(self.messages.items())),
            calls=self.calls,
            clocks=self.clocks,
            flagged=self.flagged,
            unplaced=unplaced,
            failed=self.failed,
            look=look,
        )
