"""Objects that a CRM merged into one: one timeline goes on, and nobody is left behind.

The other CRM knows nothing of the merge.  What the record that ends has there becomes
the survivor's; where the survivor has an object there already, these are two leads
until a person says otherwise: the record goes on with its own, and is listed.  Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadstate.domain.history import HistoryKind
from leadstate.service.sync.changes import change_of
from leadstate.service.sync.entries import entry_of
from leadstate.store import LinkStatus, RecordStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadstate.domain.history import HistoryEntry
    from leadstate.domain.record import Record
    from leadstate.service.inbound.scene import ObjectCase
    from leadstate.store import LinkRow, RecordChange, RecordRow

__all__ = ["Estate", "absorb", "elsewhere", "estate_of"]

_LIVING = (LinkStatus.ACTIVE, LinkStatus.QUARANTINED)


@dataclass(frozen=True, slots=True)
class Estate:
    """What records that end by a merge have in other CRMs.

    Attributes:
        joined: Objects that are the survivor's from now on.
        kept: Objects with which their record goes on alone.
    """

    joined: tuple[LinkRow, ...] = ()
    kept: tuple[LinkRow, ...] = ()


def estate_of(
    reading: ObjectCase, survivor: Record, links: Sequence[LinkRow]
) -> Estate:
    """Return what becomes of the other objects of records that were merged.

    Args:
        reading: The object into which others were merged.
        survivor: Its record.
        links: What the survivor has already, this object included.
    """
    taken = {one.connection for one in links if one.status in _LIVING}
    joined: list[LinkRow] = []
    kept: list[LinkRow] = []
    for link in elsewhere(reading):
        if link.record_id == survivor.id:
            continue
        if link.connection in taken:
            kept.append(link)
        else:
            taken.add(link.connection)
            joined.append(replace(link, record_id=survivor.id))
    return Estate(tuple(joined), tuple(kept))


def elsewhere(reading: ObjectCase) -> tuple[LinkRow, ...]:
    """Return what the merged have in other CRMs."""
    here = reading.link.connection
    return tuple(
        one
        for one in reading.state.theirs
        if one.connection != here and one.status is LinkStatus.ACTIVE
    )


def absorb(
    reading: ObjectCase, survivor: Record, into: LinkRow, estate: Estate
) -> Iterator[LinkRow | RecordChange | HistoryEntry]:
    """Let the survivor's timeline go on alone: close the records merged into it."""
    now = reading.scene.now
    for link, row in reading.state.merged:
        ended = replace(link, status=LinkStatus.MERGED, merged_into=into.external_id)
        yield replace(ended, seen_at=now)
        note = f"{link.object} {link.external_id} was merged into {into.external_id}"
        yield _told(reading, survivor, HistoryKind.MERGED, note)
        if row.record.id == survivor.id or row.status is not RecordStatus.ACTIVE:
            continue
        left = [one for one in estate.kept if one.record_id == row.record.id]
        if left:
            yield from _goes_on(reading, row, survivor, note, left[0])
            continue
        yield change_of(row, row.record, reading.scene.lifecycle, RecordStatus.CLOSED)
        note = f"{note}; its history goes on as record {survivor.id}"
        closed = _told(reading, row.record, HistoryKind.CLOSED, note)
        yield replace(closed, from_stage=row.record.stage)
    for link in estate.joined:
        yield link
        what = f"{link.object} {link.external_id}"
        note = f"{what} is this lead, too: its record was merged into this one"
        yield _told(reading, survivor, HistoryKind.LINKED, note)


def _goes_on(
    reading: ObjectCase, row: RecordRow, survivor: Record, note: str, left: LinkRow
) -> Iterator[RecordChange | HistoryEntry]:
    """List a record that has an object where the survivor has one, too."""
    why = (
        f"{note}, which is record {survivor.id} and has an object in {left.connection} "
        f"as well; if {left.external_id} is the same lead, merge the two there"
    )
    kept = change_of(row, row.record, reading.scene.lifecycle)
    yield replace(kept, flag=why, flagged_at=reading.scene.now)
    unlinked = f"{note}; the record goes on with {left.object} {left.external_id}"
    yield _told(reading, row.record, HistoryKind.UNLINKED, unlinked)


def _told(
    reading: ObjectCase, record: Record, kind: HistoryKind, note: str
) -> HistoryEntry:
    return entry_of(
        reading.scene.lifecycle,
        record,
        kind,
        source=reading.link.connection,
        now=reading.scene.now,
        event=reading.change.key,
        note=note,
    )
