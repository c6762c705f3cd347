"""Heal what webhooks lost: ask a CRM what changed, hold its records against ours."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from leadstate.adapters import ChangeHint, Gone, RemoteObject
from leadstate.service.app import feed_of
from leadstate.service.failpoints import hit
from leadstate.service.inbound.position import advanced, begin, joined, position_of
from leadstate.service.inbox import hint_items
from leadstate.service.sync.field_sync import lacking
from leadstate.store import (
    LinkStatus,
    ReadAgain,
    RecordStatus,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from leadstate.domain.record import Record
    from leadstate.service.app import App, Connected, Feed
    from leadstate.store import InboxItem, LinkRow

__all__ = [
    "Agreement",
    "Discrepancy",
    "Polled",
    "compare",
    "compare_all",
    "look_again",
    "poll",
    "reconcile",
]

_COMPARED = "compared"
_EVERY = timedelta(days=1)
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Polled:
    """What one page of changes brought."""

    seen: int
    new: int
    more: bool


def poll(feed: Feed) -> Polled:
    """Read one page of changes into the inbox; the cursor moves in the same commit."""
    with feed.store.read() as view:
        cursor, asking = position_of(view, feed)
    page = feed.adapter.changes(cursor)
    now = feed.now()
    new = 0
    with feed.store.begin() as work:
        if cursor is None:
            begin(work, feed, now)
        for app, connected in asking.readers:
            own = work.of(app.name)
            ids = [one.id for one in page.hints]
            known = own.links.get_many(feed.name, feed.object, ids)
            new += own.inbox.add(list(_news(connected, page.hints, known, now)))
        advanced(work, asking, page.cursor, now)
        catching_up = not page.more and joined(work, asking, now)
        hit("poll.before_commit")
        work.commit()
    hit("poll.after_commit")
    return Polled(seen=len(page.hints), new=new, more=page.more or catching_up)


def _news(
    connected: Connected,
    hints: Iterable[ChangeHint],
    known: Mapping[str, LinkRow],
    now: datetime,
) -> Iterator[InboxItem]:
    """Yield a hint for what we have not seen; our own writes bump the time too.

    After a reading the same time may be news again: an adapter whose CRM shows whole
    seconds calls what it reads in the running second a little older than that.
    """
    for hint in hints:
        link = known.get(hint.id)
        if link is not None and link.status is LinkStatus.ERASED:
            continue  # of somebody who was forgotten
        seen = link.remote_updated_at if link else None
        if seen is None or hint.updated_at > seen:
            [item] = hint_items(connected, [hint], now)
            read = f":{link.seen_at.isoformat()}" if link else ""
            yield replace(item, key=f"{item.key}{read}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """One object on which the CRM and Leadstate do not agree."""

    connection: str
    external_id: str
    record_id: str | None
    ours: str | None
    theirs: str | None
    what: str = "stage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What comparing every record with a CRM showed.

    Attributes:
        compared: Objects that were read and held against their record.
        quarantined: Objects that are known, listed, and not understood.
        differences: Objects on which the two sides do not agree.
    """

    compared: int = 0
    quarantined: int = 0
    differences: tuple[Discrepancy, ...] = field(default=())

    def __add__(self, other: Agreement) -> Agreement:
        """Return both together."""
        return Agreement(
            compared=self.compared + other.compared,
            quarantined=self.quarantined + other.quarantined,
            differences=self.differences + other.differences,
        )

    @property
    def in_sync(self) -> bool:
        """Whether every record was compared and agrees."""
        return not self.differences


def compare(app: App, connected: Connected) -> Agreement:
    """Read every linked object and hold its stage against the record's.

    Objects that the CRM lists and Leadstate does not know are differences too.
    """
    return compare_all(feed_of(app, connected))[app.name]


def compare_all(feed: Feed) -> dict[str, Agreement]:
    """Compare for each workflow that looks at these objects; each is read once."""
    found = {app.name: Agreement() for app, _ in feed.readers}
    for ids in _pages(feed):
        remotes = {one.id: one for one in feed.adapter.read(ids)}
        for app, connected in feed.readers:
            found[app.name] += _compared(app, connected, ids, remotes)
    for ids in _listed(feed):
        for app, connected in feed.readers:
            strangers = tuple(_strangers(app, connected, ids))
            found[app.name] += Agreement(differences=strangers)
    return found


def _pages(feed: Feed) -> Iterator[list[str]]:
    """Yield the ids of every object that any of the workflows knows."""
    after = (feed.object, "")
    while True:
        with feed.store.read() as view:
            links = view.links.all(feed.name, after=after, limit=_PAGE)
        ids = [one.external_id for one in links if one.object == feed.object]
        if not ids:
            return
        yield list(dict.fromkeys(ids))
        after = (feed.object, ids[-1])


def _compared(
    app: App,
    connected: Connected,
    ids: Sequence[str],
    remotes: Mapping[str, RemoteObject | Gone],
) -> Agreement:
    with app.store.read() as view:
        links = view.links.get_many(connected.name, connected.binding.object, ids)
    known = [links[one] for one in ids if one in links]
    active = [one for one in known if one.status is LinkStatus.ACTIVE]
    waiting = [one for one in known if one.status is LinkStatus.QUARANTINED]
    return Agreement(
        compared=len(active),
        quarantined=len(waiting),
        differences=tuple(_differing(app, connected, active, remotes)),
    )


def _differing(
    app: App,
    connected: Connected,
    links: Sequence[LinkRow],
    remotes: Mapping[str, RemoteObject | Gone],
) -> Iterator[Discrepancy]:
    with app.store.read() as view:
        ids = [link.record_id for link in links if link.record_id]
        records = view.records.get_many(ids, app.lifecycle.fields)
    for link in links:
        row = records.get(link.record_id or "")
        ours = row.record.stage if row and row.status is RecordStatus.ACTIVE else None
        remote = remotes.get(link.external_id)
        theirs = _stage_of(connected, remote)
        if row and isinstance(remote, RemoteObject):
            yield from _differing_fields(app, connected, link, row.record, remote)
        unplaced = ours is not None and ours not in connected.binding.stages
        if ours != theirs and not (unplaced and theirs is not None):
            yield Discrepancy(
                connection=link.connection,
                external_id=link.external_id,
                record_id=link.record_id,
                ours=ours,
                theirs=theirs,
            )


def _differing_fields(
    app: App, connected: Connected, link: LinkRow, record: Record, remote: RemoteObject
) -> Iterator[Discrepancy]:
    """Compare the fields that this CRM is given a copy of."""
    ours = lacking(app.lifecycle, connected, record, remote.properties)
    for name, value in ours.items():
        yield Discrepancy(
            connection=link.connection,
            external_id=link.external_id,
            record_id=link.record_id,
            ours=value,
            theirs=remote.properties.get(name),
            what=name,
        )


def _listed(feed: Feed) -> Iterator[list[str]]:
    """Yield the ids of every object that the CRM lists."""
    cursor: str | None = None
    while True:
        page = feed.adapter.changes(cursor)
        yield list(dict.fromkeys(hint.id for hint in page.hints))
        if not page.more:
            return
        cursor = page.cursor


def _strangers(
    app: App, connected: Connected, ids: Sequence[str]
) -> Iterator[Discrepancy]:
    with app.store.read() as view:
        known = view.links.get_many(connected.name, connected.binding.object, ids)
    for external_id in _ours(connected, [one for one in ids if one not in known]):
        yield Discrepancy(
            connection=connected.name,
            external_id=external_id,
            record_id=None,
            ours=None,
            theirs="not taken in yet",
        )


def _ours(connected: Connected, ids: Sequence[str]) -> Sequence[str]:
    """Return those objects that the binding does not leave to others."""
    if not ids or not connected.binding.ignore:
        return ids
    return [
        one.id
        for one in connected.adapter.read(ids)
        if not isinstance(one, RemoteObject)
        or not connected.binding.ignores(one.properties)
    ]


def _stage_of(connected: Connected, remote: RemoteObject | Gone | None) -> str | None:
    if not isinstance(remote, RemoteObject):
        return None
    return connected.binding.stage_of(remote.properties)


def look_again(app: App, connected: Connected, agreement: Agreement) -> int:
    """Let every differing object be read and judged again; return how many."""
    now = app.clock.now()
    differing = {one.external_id: one.what for one in agreement.differences}
    stages = _hints([one for one, what in differing.items() if what == "stage"], now)
    fields = _hints([one for one, what in differing.items() if what != "stage"], now)
    with app.store.begin() as work:
        new = work.inbox.add(hint_items(connected, stages, now))
        # A copy that got lost is written again; nobody has to have edited anything.
        new += work.inbox.add(hint_items(connected, fields, now, ReadAgain(again=True)))
        work.commit()
    return new


def _hints(ids: Sequence[str], now: datetime) -> list[ChangeHint]:
    return [ChangeHint(id=one, updated_at=now) for one in ids]


def reconcile(feed: Feed) -> bool:
    """Compare everything once a day, and look again at what differs.

    Polling tells of changes only: a deletion whose webhook was lost is found here.  The
    first day begins when the connection is first used, because that reads all anyway.
    """
    now, name = feed.now(), f"{_COMPARED}:{feed.object}"
    with feed.store.read() as view:
        last = view.cursors.get(feed.name, name)
    if last is not None and _is_lately(datetime.fromisoformat(last), now):
        return False
    if last is not None:
        agreements = compare_all(feed)
        for app, connected in feed.readers:
            look_again(app, connected, agreements[app.name])
    with feed.store.begin() as work:
        work.cursors.set(feed.name, name, now.isoformat(), now)
        work.commit()
    return False


def _is_lately(last: datetime, now: datetime) -> bool:
    """Whether it was less than a day ago; a clock that ran ahead says nothing of it."""
    return last <= now < last + _EVERY
