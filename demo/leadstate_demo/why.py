"""Why: what the history says of one record, in lines for people."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from leadstate.cli.context import when
from leadstate.domain.history import Cause, HistoryKind
from leadstate.domain.lifecycle import StageKind
from leadstate.engine.receipts import receipt_lines, stored_lines
from leadstate.service.records import explain, history

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadstate.domain.history import HistoryEntry
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.service.app import App

__all__ = ["Show", "is_waking", "why"]


class Show(StrEnum):
    """Which "why" of a record is worth telling."""

    MISSING = "missing"  # what it lacks now
    REFUSED = "refused"  # the last move that was not made
    MOVED = "moved"  # the last move
    CONFLICT = "conflict"  # the last disagreement of two CRMs
    ASSIGNED = "assigned"  # who got it
    WARNED = "warned"  # the warnings before its SLA broke
    BROKEN = "broken"  # the SLA that broke, and what came of it
    APPROVED = "approved"  # what was asked, who could not agree, and who did
    WOKEN = "woken"  # how it left a parked stage by itself, the first time


_WORTH_TELLING: dict[Show, tuple[int, tuple[HistoryKind, ...]]] = {
    Show.REFUSED: (1, (HistoryKind.REFUSED, HistoryKind.REVERTED)),
    Show.MOVED: (1, (HistoryKind.MOVED,)),
    Show.CONFLICT: (1, (HistoryKind.CONFLICT,)),
    Show.ASSIGNED: (1, (HistoryKind.ASSIGNED,)),
    Show.WARNED: (2, (HistoryKind.WARNED,)),
    Show.BROKEN: (2, (HistoryKind.BREACHED, HistoryKind.ESCALATED)),
    Show.APPROVED: (
        3,
        (HistoryKind.APPROVAL_ASKED, HistoryKind.REFUSED, HistoryKind.MOVED),
    ),
}


def why(app: App, record_id: str, show: Show) -> tuple[str, ...]:
    """Return the lines of what is worth telling of a record now, oldest first."""
    if show is Show.MISSING:
        _, receipts = explain(app, record_id)
        return tuple(receipt_lines(receipts[0]))
    entries = history(app, record_id)
    if show is Show.WOKEN:
        woken = [one for one in entries if is_waking(app.lifecycle, one)]
        return tuple(_lines(woken[:1]))
    number, kinds = _WORTH_TELLING[show]
    found = [one for one in entries if one.kind in kinds]
    return tuple(_lines(found[-number:]))


def is_waking(lifecycle: Lifecycle, entry: HistoryEntry) -> bool:
    """Whether a record left a parked stage by itself."""
    stage = lifecycle.stages.get(entry.from_stage or "")
    parked = stage is not None and stage.kind is StageKind.PARKED
    return parked and entry.kind is HistoryKind.MOVED and entry.cause is Cause.TIMER


def _lines(entries: Sequence[HistoryEntry]) -> Iterator[str]:
    for entry in entries:
        way = f": {entry.from_stage} -> {entry.to_stage}" if entry.to_stage else ""
        at = when(entry.happened_at or entry.learnt_at)
        yield f"{entry.kind}{way} by {entry.actor}, {at}"
        if entry.reason:
            yield f"reason: {entry.reason}"
        if entry.note:
            yield entry.note
        yield from stored_lines(entry.receipt)
