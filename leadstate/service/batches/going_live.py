"""Go live: act on what a connection shows, record by record.

Each record comes under care as it stands: judged now, its clocks from now.  A record
that is under care already, by another connection, is shown there as it is here.  When
all of them are live, the connection is, for what is new; then objects are made for
records that came meanwhile into a stage which wants one there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from leadstate.domain.mode import ConnectionMode
from leadstate.domain.signal import WentLive
from leadstate.engine.case import Consequences
from leadstate.engine.consequences import run
from leadstate.engine.rota import Rota
from leadstate.errors import UsageError
from leadstate.service.audit.installation import told_of_mode
from leadstate.service.batches.running import BatchPart, Done, run_batch
from leadstate.service.change_set import ChangeSet, DecisionContext
from leadstate.service.inbound.first_look import first_look
from leadstate.service.round import said
from leadstate.service.sync.changes import changed_case
from leadstate.service.sync.loaded import load_each, load_rota
from leadstate.service.sync.writes import RemoteState, writes_of
from leadstate.store import BatchOutcome, LinkStatus, ModeRow, OutboxKind, RecordStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from leadstate.service.app import App, Connected
    from leadstate.service.inbound.first_look import FirstLook
    from leadstate.service.sync.loaded import LoadedRecord
    from leadstate.store import BatchRow, LinkRow, View, Work

__all__ = [
    "KIND",
    "GoLive",
    "GoLivePosition",
    "TakenLive",
    "about_of",
    "go_live",
    "handed_off",
    "look_of",
    "mode_of",
    "taken_live",
]

KIND: Final = "go-live"
_OBJECTS, _OWED = "objects", "owed"


def look_of(app: App, connected: Connected, view: View) -> FirstLook:
    """Return how far the first look at what a connection has is."""
    kind = connected.binding.object
    return first_look(view, connected.name, kind, app.clock.now())


def mode_of(app: App, connected: Connected) -> ConnectionMode:
    """Return whether a workflow acts on a connection now."""
    with app.store.read() as view:
        known = view.modes.all().get(connected.name)
    return known.mode if known is not None else connected.begins


def go_live(
    app: App,
    connected: Connected,
    *,
    actor: str,
    limit: int | None = None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Done:
    """Let a workflow act on a connection; go on where another run stopped.

    Args:
        app: The workflow, with all its connections.
        connected: The connection.
        actor: Who says so.
        limit: Records at most; the rest stays observed.
        on_progress: Is told how many records are done.

    Raises:
        UsageError: Not everything was read yet, or somebody else is at it.
    """
    with app.store.read() as view:
        look = look_of(app, connected, view)
        nothing_left = _is_live(view, connected.name)
    if nothing_left:
        return Done(done=0, skipped={}, ended=True, resumed=False)
    if limit is None and not look.complete:
        raise UsageError(_unfinished(connected.name, look))
    app.enforce()
    job = GoLive(app, connected, actor)
    return run_batch(app, job, actor=actor, limit=limit, on_progress=on_progress)


def _is_live(view: View, name: str) -> bool:
    """Whether a connection is live, with everything that there is."""
    if name not in view.modes.live() or view.batches.open(name) is not None:
        return False
    return not view.links.of_mode(name, live=False, limit=1)


@dataclass(frozen=True, slots=True)
class GoLivePosition:
    """How far going live is: first the objects that are there, then those owed."""

    phase: str = _OBJECTS
    after: tuple[str, ...] = ("", "")

    @classmethod
    def of(cls, text: str) -> GoLivePosition:
        """Return the place that a batch's position says."""
        if not text:
            return cls()
        phase, *after = json.loads(text)
        return cls(phase, tuple(after))

    @classmethod
    def owed(cls) -> GoLivePosition:
        """Return the beginning of what is owed."""
        return cls(_OWED, ("",))

    @property
    def text(self) -> str:
        """The place as a batch's position."""
        return json.dumps([self.phase, *self.after])


@dataclass(slots=True)
class GoLive:
    """The batch that lets one workflow act on a connection."""

    app: App
    connected: Connected
    actor: str
    kind: str = KIND

    @property
    def subject(self) -> str:
        """The connection's name."""
        return self.connected.name

    def begin(self, work: Work) -> None:
        """Nothing changes before the first record."""

    def beside(self, work: Work, records: Sequence[str]) -> None:
        """All that changes stands in the change sets."""

    def part(self, batch: BatchRow, size: int) -> BatchPart | None:
        """Return the next records, as they are to be."""
        place, app = GoLivePosition.of(batch.position), self.app
        with app.store.read() as view:
            ids, after = self.following(view, place, size)
            if not ids:
                return None
            (loaded, wrong), rota = load_each(view, app, ids), load_rota(view, app)
        changes: dict[str, ChangeSet] = {}
        skipped = {one: said(error) for one, error in wrong.items()}
        now, key = app.clock.now(), f"{self.kind}:{batch.id}"
        for one in loaded:
            try:
                change = self._change(loaded[one], rota, place.phase, now, key)
            except Exception as error:  # noqa: BLE001 - poison must stop no other one
                skipped[one] = said(error)
                continue
            rota = change.rota or rota
            changes[one] = change
        position = GoLivePosition(place.phase, after).text
        return BatchPart(changes=changes, skipped=skipped, position=position)

    def following(
        self, view: View, place: GoLivePosition, size: int
    ) -> tuple[list[str], tuple[str, ...]]:
        """Return the next records, and where the batch is behind them."""
        name, after = self.subject, place.after
        if place.phase == _OWED:
            stages = sorted(self.connected.binding.hand_off)
            ids = view.records.lacking(name, stages, after=after[0], limit=size)
            return list(ids), (ids[-1],) if ids else after
        kind, last = after
        links = view.links.of_mode(name, live=False, after=(kind, last), limit=size)
        ids = list(dict.fromkeys(one.record_id for one in links if one.record_id))
        end = (links[-1].object, links[-1].external_id) if links else after
        return ids, end

    def _change(
        self, loaded: LoadedRecord, rota: Rota, phase: str, now: datetime, key: str
    ) -> ChangeSet:
        if phase == _OWED:
            return handed_off(self.app, loaded, now, key=key)
        taken = taken_live(
            self.app, self.connected, loaded, rota, now, key=key, actor=self.actor
        )
        return taken.change

    def end(self, work: Work, batch: BatchRow) -> str | None:
        """Let the connection be live for what is new, once all that is there is."""
        place = GoLivePosition.of(batch.position)
        if place.phase == _OWED:
            return "live"
        if self._is_left(work, batch):
            work.batches.move(batch.id, "")  # it came while the others went live
            return None
        if self.subject in work.modes.live():
            return "live"
        look = look_of(self.app, self.connected, work)
        if not look.complete:
            raise UsageError(_unfinished(self.subject, look))
        now = self.app.clock.now()
        mode = ConnectionMode.LIVE
        row = ModeRow(connection=self.subject, mode=mode, since=now, actor=self.actor)
        work.modes.put(row)
        records = work.batches.counts(batch.id).get(BatchOutcome.DONE, 0)
        note = f"{records} records went live with it"
        work.history.append([told_of_mode(self.app.lifecycle, row, note)])
        if not self.connected.binding.hand_off:
            return "live"
        work.batches.move(batch.id, GoLivePosition.owed().text)
        return None

    def _is_left(self, work: Work, batch: BatchRow) -> bool:
        """Whether objects are observed that nothing stood in the way of."""
        skipped = {one.record_id for one in work.batches.skipped(batch.id)}
        most = len(skipped) + 1
        links = work.links.of_mode(self.subject, live=False, limit=most)
        return any(one.record_id not in skipped for one in links)


def _unfinished(name: str, look: FirstLook) -> str:
    """Return that not everything was read yet, and what to do."""
    return (
        f"the first look at {name} is not over: {look.listed:,} objects are listed, "
        f"{look.unread:,} of them wait to be read. Nobody can tell yet what going live "
        "would be about. Let 'leadstate run' (or 'leadstate run --once') finish it, "
        "then go live; 'leadstate status' shows how far it is"
    )


@dataclass(frozen=True, slots=True)
class TakenLive:
    """What going live means for one record.

    Attributes:
        change: All that its commit changes.
        found: What the engine makes of it.
    """

    change: ChangeSet
    found: Consequences


def taken_live(  # noqa: PLR0913 - the parts of one record's going live
    app: App,
    connected: Connected,
    loaded: LoadedRecord,
    rota: Rota,
    now: datetime,
    *,
    key: str,
    actor: str,
) -> TakenLive:
    """Return what it means that a record's objects of a connection go live."""
    mine = tuple(
        replace(one, live_since=now)
        for one in loaded.links
        if _is_observed(one, connected.name)
    )
    case = loaded.case(rota)
    if loaded.row.status is not RecordStatus.ACTIVE:
        return TakenLive(ChangeSet(inbox_ids=(), effects=mine), Consequences(case))
    note = f"{connected.name} went live: the record is under care from now on"
    if case.since is not None:
        note = f"{connected.name} went live: it shows what is decided from now on"
    signal = WentLive(at=now, source=connected.name, actor=actor, note=note)
    found = run(app.lifecycle, case, [signal], now=now)
    places = {_place(one) for one in mine}
    others = (one for one in loaded.links if _place(one) not in places)
    about = about_of(app, found, loaded, (*others, *mine), now, key)
    remote = RemoteState(
        open_rows=loaded.open_rows,
        unsettled=_unsettled(loaded),
        hold=None,
        put_back=mine,
    )
    change = ChangeSet(
        inbox_ids=(),
        commanded=True,
        seen=loaded.links,
        about=about,
        rota=found.case.rota,
        effects=(
            changed_case(loaded.row, found.case, app.lifecycle),
            *mine,
            *writes_of(about, found, remote),
            *found.effects,
        ),
    )
    return TakenLive(change, found)


def handed_off(app: App, loaded: LoadedRecord, now: datetime, *, key: str) -> ChangeSet:
    """Return that a record is owed an object, where the connection lacks it."""
    found = Consequences(loaded.case(Rota()))
    about = about_of(app, found, loaded, loaded.links, now, key)
    remote = RemoteState(open_rows=loaded.open_rows, begins=True)
    return ChangeSet(
        inbox_ids=(),
        commanded=True,
        seen=loaded.links,
        about=about,
        effects=(
            changed_case(loaded.row, found.case, app.lifecycle),
            *writes_of(about, found, remote),
        ),
    )


def about_of(  # noqa: PLR0913, PLR0917 - the parts of one context
    app: App,
    found: Consequences,
    loaded: LoadedRecord,
    links: Iterable[LinkRow],
    now: datetime,
    key: str,
) -> DecisionContext:
    """Return whose the effects of going live are."""
    return DecisionContext(
        lifecycle=app.lifecycle,
        record=found.case.record,
        event=key,
        now=now,
        connections=app.connections,
        links=tuple(links),
        people=app.people,
        live=loaded.live,
    )


def _unsettled(loaded: LoadedRecord) -> set[str]:
    rows = loaded.open_rows
    return {one.connection for one in rows if one.kind is OutboxKind.STAGE}


def _is_observed(link: LinkRow, connection: str) -> bool:
    active = link.status is LinkStatus.ACTIVE and link.live_since is None
    return link.connection == connection and active


def _place(link: LinkRow) -> tuple[str, str, str]:
    return link.connection, link.object, link.external_id
