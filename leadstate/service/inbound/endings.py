"""Objects that end: deleted or erased.  Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from leadstate.adapters import Gone, GoneReason
from leadstate.domain.history import HistoryKind
from leadstate.service.change_set import (
    ChangeSet,
    LetterResolved,
    NewsRedacted,
    Superseded,
)
from leadstate.service.sync.changes import change_of
from leadstate.service.sync.entries import entry_of
from leadstate.store import Forgetting, LinkStatus, OutboxKind, RecordStatus

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.service.change_set import (
        InboundChange,
        ServiceEffect,
        StoredState,
    )
    from leadstate.service.inbound.scene import Scene
    from leadstate.store import LinkRow, RecordRow

__all__ = ["end_object", "forgetting", "is_forgotten"]

_ENDED = (LinkStatus.GONE, LinkStatus.MERGED)
_SURE = timedelta(hours=1)


def end_object(
    scene: Scene, change: InboundChange, state: StoredState, gone: Gone
) -> ChangeSet:
    """Close the record of an object that is gone, unless another object carries it.

    A privacy deletion forgets the person, whatever else carries the record.
    """
    erasing = gone.reason is GoneReason.ERASED or (
        gone.reason is GoneReason.VANISHED
        and state.link is not None
        and is_forgotten(state.link, scene.now)
    )
    if erasing and (state.link is None or state.link.record_id is None):
        return _stranger(change)
    if state.link is None or (state.link.status in _ENDED and not erasing):
        return ChangeSet(inbox_ids=change.inbox_ids)
    link, row = _ended(state.link, gone, scene.now), state.record
    over = row is None or row.status is RecordStatus.ERASED
    if not erasing and row is not None:
        over = row.status is not RecordStatus.ACTIVE
    ending: tuple[ServiceEffect, ...] = ()
    if row is not None and not over:
        ending = _ending(scene, change, state, row, link, erasing=erasing)
    letters = [LetterResolved(ref) for ref in state.waited_as]
    return ChangeSet(
        inbox_ids=change.inbox_ids, seen=state.seen, effects=(link, *ending, *letters)
    )


def is_forgotten(link: LinkRow, now: datetime) -> bool:
    """Whether an object that is nowhere now had vanished long before.

    The one that it was merged into may not have been read yet when it is first missed;
    within the hour every poll has told of it.
    """
    vanished = link.status is LinkStatus.GONE and link.reason == GoneReason.VANISHED
    return vanished and now - link.seen_at >= _SURE


def _ending(  # noqa: PLR0913 - the circumstances of one ending
    scene: Scene,
    change: InboundChange,
    state: StoredState,
    row: RecordRow,
    link: LinkRow,
    *,
    erasing: bool,
) -> tuple[ServiceEffect, ...]:
    """Return what the end of one object means for its record."""
    others = [one for one in state.links if one != state.link]
    carried = any(one.status is LinkStatus.ACTIVE for one in others)
    lifecycle, now = scene.lifecycle, scene.now
    closed = entry_of(
        lifecycle,
        row.record,
        _kind(erasing=erasing, carried=carried),
        source=link.connection,
        now=now,
        event=change.key,
        happened_at=change.happened_at(now),
        from_stage=row.record.stage,
        note=f"{link.object} {link.external_id} is gone from the CRM ({link.reason})",
    )
    if carried and not erasing:
        kept = change_of(row, row.record, lifecycle)
        return replace(kept, flag=row.flag, flagged_at=row.flagged_at), closed
    status = RecordStatus.ERASED if erasing else RecordStatus.CLOSED
    ended = (
        change_of(row, row.record, lifecycle, status),
        closed,
        Superseded(row.record.id, OutboxKind.STAGE),
    )
    return (*ended, forgetting(lifecycle, row.record.id)) if erasing else ended


def _stranger(change: InboundChange) -> ChangeSet:
    """Remember that an object is somebody's who was forgotten; it has no record."""
    about = change.rows[-1]
    place = (about.connection, about.object, change.remote.id)
    redacted = NewsRedacted(change.inbox_ids)
    return ChangeSet(
        inbox_ids=change.inbox_ids, effects=(Forgetting(objects=(place,)), redacted)
    )


def forgetting(lifecycle: Lifecycle, record_id: str) -> Forgetting:
    """Return what an erasure has to know of a record."""
    fields = [one.name for one in lifecycle.fields.values() if one.identity]
    return Forgetting(record_id=record_id, identifying=tuple(fields))


def _kind(*, erasing: bool, carried: bool) -> HistoryKind:
    if erasing:
        return HistoryKind.ERASED
    return HistoryKind.UNLINKED if carried else HistoryKind.CLOSED


def _ended(link: LinkRow, gone: Gone, now: datetime) -> LinkRow:
    merged = gone.reason is GoneReason.MERGED
    return replace(
        link,
        status=LinkStatus.MERGED if merged else LinkStatus.GONE,
        reason=str(gone.reason),
        merged_into=gone.into,
        seen_at=now,
    )
