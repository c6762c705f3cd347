"""History rows about a record that no decision of the engine makes.  Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.history import Cause, HistoryEntry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadstate.domain.history import HistoryKind
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.record import Record

__all__ = ["entry_of"]


def entry_of(  # noqa: PLR0913 - the facts of one row, keyword-only
    lifecycle: Lifecycle,
    record: Record,
    kind: HistoryKind,
    *,
    source: str,
    now: datetime,
    note: str,
    actor: str | None = None,
    cause: Cause = Cause.OUTSIDE,
    event: str = "",
    from_stage: str | None = None,
    to_stage: str | None = None,
    happened_at: datetime | None = None,
    receipt: Mapping[str, object] | None = None,
) -> HistoryEntry:
    """Return a row about the record itself rather than about a move.

    Args:
        source: The connection, or ``leadstate``.
        actor: Who; None means the source.
        happened_at: When, by the source's clock (aware UTC); None when unknown.
    """
    return HistoryEntry(
        record_id=record.id,
        kind=kind,
        cause=cause,
        actor=source if actor is None else actor,
        happened_at=happened_at,
        learnt_at=now,
        from_stage=from_stage,
        to_stage=to_stage,
        note=note,
        source=source,
        source_event=event,
        pass_number=record.pass_number,
        workflow_version=lifecycle.version,
        receipt=receipt or {},
    )
