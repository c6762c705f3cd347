"""One record on its way through the decisions of one piece of news.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leadstate.domain.decision import Decision, Move, Orphaned, Stay
from leadstate.domain.lifecycle import OutsideAnswer
from leadstate.engine.decide import decide
from leadstate.engine.journal import after, entries
from leadstate.guards import folded
from leadstate.service.effects import outbox_items
from leadstate.store import RecordChange, RecordStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from leadstate.domain.history import HistoryEntry
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.record import Record
    from leadstate.domain.signal import Signal
    from leadstate.service.app import Connected
    from leadstate.store import LinkRow, OutboxItem, RecordRow

__all__ = ["Judging", "change_of"]


@dataclass(slots=True, kw_only=True)
class Judging:
    """Collects what decisions leave behind.

    Attributes:
        event: Key of the signal's source, kept in the history.
        links: The record's links, with the stage that each CRM shows.
        unsettled: Connections to which an older stage write is still open.
        overtaken: True when unsent stage writes of the record are void by now.
    """

    lifecycle: Lifecycle
    connections: Mapping[str, Connected]
    now: datetime
    event: str
    record: Record
    links: Iterable[LinkRow] = ()
    unsettled: Collection[str] = ()
    flag: str | None = None
    flagged_at: datetime | None = None
    history: list[HistoryEntry] = field(default_factory=list)
    outbox: list[OutboxItem] = field(default_factory=list)
    overtaken: bool = False

    def take(self, signal: Signal) -> Decision:
        """Decide, and keep what the decision leaves behind."""
        decision = decide(self.lifecycle, self.record, signal, now=self.now)
        self.history.extend(
            entries(
                self.lifecycle,
                self.record,
                decision,
                signal,
                now=self.now,
                source_event=self.event,
            )
        )
        self.record = after(self.lifecycle, self.record, decision, at=signal.at)
        self._set_flag(decision)
        sent = outbox_items(
            self.lifecycle,
            self.record,
            decision,
            signal,
            links=self.links,
            connections=self.connections,
            unsettled=self.unsettled,
            event=self.event,
            now=self.now,
        )
        self.overtaken |= isinstance(decision, Move) or bool(sent)
        self.outbox.extend(sent)
        return decision

    def _set_flag(self, decision: Decision) -> None:
        match decision:
            case Orphaned():
                known = ", ".join(decision.known)
                self._flag(f"stage {decision.stage!r} is not in the workflow: {known}")
            case Move(answer=OutsideAnswer.FLAG):
                step = decision.steps[0]
                way = f"from {step.source!r} to {step.target!r}"
                self._flag(f"moved in the CRM {way} against the criteria")
            case Move():
                self.flag, self.flagged_at = None, None
            case Stay():
                pass

    def _flag(self, why: str) -> None:
        self.flag, self.flagged_at = why, self.now

    def change(self, row: RecordRow) -> RecordChange:
        """Return the record's new state, to be kept if ``row`` is still the newest."""
        change = change_of(row, self.record, self.lifecycle)
        return replace(change, flag=self.flag, flagged_at=self.flagged_at)


def change_of(
    row: RecordRow,
    record: Record,
    lifecycle: Lifecycle,
    status: RecordStatus = RecordStatus.ACTIVE,
) -> RecordChange:
    """Return ``record`` as the state after ``row``, its version counted up."""
    return RecordChange(
        record=replace(record, version=row.record.version + 1),
        expected_version=row.record.version,
        folded=folded(record.values, lifecycle.fields),
        status=status,
    )
