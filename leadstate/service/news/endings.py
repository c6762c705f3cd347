"""Objects that end: deleted, erased, or merged into another.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leadstate.adapters import Gone, GoneReason
from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.service.deciding.judging import change_of
from leadstate.service.plan import Plan
from leadstate.store import Forgetting, LinkStatus, RecordStatus

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.record import Record
    from leadstate.service.plan import Known, News
    from leadstate.store import LinkRow, RecordChange

__all__ = ["Absorbed", "absorb", "entry_of", "forgetting", "plan_gone"]

_ENDED = (LinkStatus.GONE, LinkStatus.MERGED)


def entry_of(  # noqa: PLR0913 - the facts of one row, keyword-only
    lifecycle: Lifecycle,
    record: Record,
    kind: HistoryKind,
    *,
    source: str,
    now: datetime,
    note: str,
    event: str = "",
    from_stage: str | None = None,
    to_stage: str | None = None,
    happened_at: datetime | None = None,
) -> HistoryEntry:
    """Return a history row about the record itself rather than about a move."""
    return HistoryEntry(
        record_id=record.id,
        kind=kind,
        cause=Cause.IMPORT if kind is HistoryKind.ENTERED else Cause.OUTSIDE,
        actor=source,
        happened_at=happened_at,
        learnt_at=now,
        from_stage=from_stage,
        to_stage=to_stage,
        note=note,
        source=source,
        source_event=event,
        pass_number=record.pass_number,
        workflow_version=lifecycle.version,
    )


def plan_gone(
    lifecycle: Lifecycle, news: News, known: Known, gone: Gone, now: datetime
) -> Plan:
    """Close the record of an object that is gone, unless another object carries it.

    A privacy deletion forgets the person, whatever else carries the record.
    """
    erasing = gone.reason is GoneReason.ERASED
    if erasing and (known.link is None or known.link.record_id is None):
        return _stranger(news)
    if known.link is None or (known.link.status in _ENDED and not erasing):
        return Plan(inbox_ids=news.inbox_ids)
    link = _ended(known.link, gone, now)
    plan = Plan(
        inbox_ids=news.inbox_ids,
        links=(link,),
        seen_links=known.seen,
        resolved=known.waited_as,
    )
    row = known.record
    carried = any(
        one.status is LinkStatus.ACTIVE for one in known.links if one != known.link
    )
    if row is None or row.status is RecordStatus.ERASED:
        return plan
    if not erasing and row.status is not RecordStatus.ACTIVE:
        return plan
    closed = entry_of(
        lifecycle,
        row.record,
        _ending(erasing=erasing, carried=carried),
        source=link.connection,
        now=now,
        event=news.key,
        happened_at=news.happened_at(now),
        from_stage=row.record.stage,
        note=f"{link.object} {link.external_id} is gone from the CRM ({gone.reason})",
    )
    if carried and not erasing:
        change = change_of(row, row.record, lifecycle)
        change = replace(change, flag=row.flag, flagged_at=row.flagged_at)
        return replace(plan, changes=(change,), history=(closed,))
    status = RecordStatus.ERASED if erasing else RecordStatus.CLOSED
    return replace(
        plan,
        changes=(change_of(row, row.record, lifecycle, status),),
        history=(closed,),
        supersede=(row.record.id,),
        forget=(forgetting(lifecycle, row.record.id),) if erasing else (),
    )


def _stranger(news: News) -> Plan:
    """Remember that an object is somebody's who was forgotten; it has no record."""
    about = news.rows[-1]
    place = (about.connection, about.object, news.remote.id)
    return Plan(
        inbox_ids=news.inbox_ids,
        forget=(Forgetting(objects=(place,)),),
        silent=news.inbox_ids,
    )


def forgetting(lifecycle: Lifecycle, record_id: str) -> Forgetting:
    """Return what an erasure has to know of a record."""
    fields = [one.name for one in lifecycle.fields.values() if one.identity]
    return Forgetting(record_id=record_id, identifying=tuple(fields))


def _ending(*, erasing: bool, carried: bool) -> HistoryKind:
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


@dataclass(slots=True)
class Absorbed:
    """What merging other objects into one leaves behind."""

    changes: list[RecordChange] = field(default_factory=list)
    links: list[LinkRow] = field(default_factory=list)
    history: list[HistoryEntry] = field(default_factory=list)


def absorb(  # noqa: PLR0913 - the circumstances of one merge
    lifecycle: Lifecycle,
    known: Known,
    survivor: Record,
    into: LinkRow,
    *,
    now: datetime,
    event: str,
) -> Absorbed:
    """Let the survivor's timeline go on alone: close the records merged into it."""
    found = Absorbed()
    for link, row in known.merged:
        merged = replace(
            link,
            status=LinkStatus.MERGED,
            merged_into=into.external_id,
            seen_at=now,
        )
        found.links.append(merged)
        note = f"{link.object} {link.external_id} was merged into {into.external_id}"
        told = entry_of(
            lifecycle,
            survivor,
            HistoryKind.MERGED,
            source=link.connection,
            now=now,
            event=event,
            note=note,
        )
        found.history.append(told)
        if row.record.id != survivor.id and row.status is RecordStatus.ACTIVE:
            found.changes.append(
                change_of(row, row.record, lifecycle, RecordStatus.CLOSED)
            )
            closed = entry_of(
                lifecycle,
                row.record,
                HistoryKind.CLOSED,
                source=link.connection,
                now=now,
                event=event,
                from_stage=row.record.stage,
                note=f"{note}; its history goes on as record {survivor.id}",
            )
            found.history.append(closed)
    return found
