"""Observe again: read what a connection shows, and act on it no more.

It begins with the mode, so that nothing new is acted on; then, record by record, clocks
and timers end that only this connection's objects kept going.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from leadstate.domain.history import Cause, HistoryKind
from leadstate.domain.mode import ConnectionMode
from leadstate.service.audit.installation import told_of_mode
from leadstate.service.batches.running import BatchPart, run_batch
from leadstate.service.change_set import ChangeSet
from leadstate.service.sync.entries import entry_of
from leadstate.service.sync.loaded import load_records
from leadstate.store import LinkStatus, ModeRow, RecordStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from leadstate.service.app import App, Connected
    from leadstate.service.batches.running import Done
    from leadstate.service.sync.loaded import LoadedRecord
    from leadstate.store import BatchRow, LinkRow, Work

__all__ = ["KIND", "Observe", "observe"]

KIND: Final = "observe"
_LIVING = (LinkStatus.ACTIVE, LinkStatus.QUARANTINED)


def observe(
    app: App,
    connected: Connected,
    *,
    actor: str,
    on_progress: Callable[[int], None] = lambda _: None,
) -> tuple[Done, int]:
    """Let a workflow only observe a connection; go on where another run stopped.

    Returns:
        What the run did, and how many writes it withdrew.

    Raises:
        UsageError: Somebody else is at it.
    """
    app.enforce()
    job = Observe(app, connected, actor)
    return run_batch(app, job, actor=actor, on_progress=on_progress), job.withdrawn


@dataclass(slots=True)
class Observe:
    """The batch that lets one workflow only observe a connection.

    Attributes:
        withdrawn: Writes that waited, and are not sent.
    """

    app: App
    connected: Connected
    actor: str
    kind: str = KIND
    withdrawn: int = 0
    _left: set[str] = field(default_factory=set)

    @property
    def subject(self) -> str:
        """The connection's name."""
        return self.connected.name

    def begin(self, work: Work) -> None:
        """Act on nothing new, and send nothing that waits."""
        now, mode = self.app.clock.now(), ConnectionMode.OBSERVE
        row = ModeRow(connection=self.subject, mode=mode, since=now, actor=self.actor)
        work.modes.put(row)
        dropped = work.outbox.withdraw(self.subject, self._why, now)
        self.withdrawn += dropped
        note = f"{dropped} writes that waited are not sent"
        work.history.append([told_of_mode(self.app.lifecycle, row, note)])

    @property
    def _why(self) -> str:
        return f"{self.subject} is only observed from now on"

    def part(self, batch: BatchRow, size: int) -> BatchPart | None:
        """Return the next records whose objects are still live."""
        app, name = self.app, self.subject
        with app.store.read() as view:
            links = view.links.of_mode(name, live=True, limit=size)
            ids = list(dict.fromkeys(one.record_id for one in links if one.record_id))
            if not ids:
                return None
            loaded = load_records(view, app, ids)
        now = app.clock.now()
        changes = {one: self._change(loaded[one], batch, now) for one in ids}
        return BatchPart(changes=changes, position="")

    def _change(
        self, loaded: LoadedRecord, batch: BatchRow, now: datetime
    ) -> ChangeSet:
        mine = [one for one in loaded.links if self._is_live(one)]
        others = [
            one
            for one in loaded.links
            if one not in mine and one.live_since is not None and one.status in _LIVING
        ]
        row, why = loaded.row, self._why
        if others:
            self._left.discard(row.record.id)
            note = f"{why}; it goes on by {', '.join(one.connection for one in others)}"
        else:
            self._left.add(row.record.id)
            note = f"{why}; its clocks end, and nothing is done about it"
        told = entry_of(
            self.app.lifecycle,
            row.record,
            HistoryKind.OBSERVED,
            source=self.subject,
            cause=Cause.MANUAL,
            actor=self.actor,
            now=now,
            event=f"{self.kind}:{batch.id}",
            happened_at=now,
            from_stage=row.record.stage,
            note=note,
        )
        rows = (told,) if row.status is RecordStatus.ACTIVE else ()
        ended = tuple(replace(one, live_since=None) for one in mine)
        return ChangeSet(
            inbox_ids=(), commanded=True, seen=loaded.links, effects=(*ended, *rows)
        )

    def _is_live(self, link: LinkRow) -> bool:
        return link.connection == self.subject and link.live_since is not None

    def beside(self, work: Work, records: Sequence[str]) -> None:
        """End what only this connection kept going, and withdraw what waits for it."""
        now, left = self.app.clock.now(), [one for one in records if one in self._left]
        self.withdrawn += work.outbox.withdraw(self.subject, self._why, now, records)
        work.records.observe(left)
        work.clocks.void(left, now)
        work.timers.replace(dict.fromkeys(left, ()))
        work.approvals.void(left, now)

    def end(self, work: Work, batch: BatchRow) -> str | None:
        """It ends when nothing is live any more."""
        del batch
        if work.links.of_mode(self.subject, live=True, limit=1):
            return None
        ended = work.links.observe_ended(self.subject)
        live = work.links.live_of(ended)
        work.records.observe([one for one in ended if one not in live])
        return "observed"
