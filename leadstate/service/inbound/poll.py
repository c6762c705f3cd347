"""Heal what webhooks lost: ask a CRM what changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadstate.service.failpoints import hit
from leadstate.service.inbound.first_look import looked
from leadstate.service.inbound.position import advanced, begin, joined, position_of
from leadstate.service.inbox import hint_items
from leadstate.store import LinkStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from leadstate.adapters import ChangeHint
    from leadstate.service.app import Connected, Feed
    from leadstate.store import InboxItem, LinkRow

__all__ = ["Polled", "poll"]


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
        looked(work, asking, len(page.hints), now, over=not page.more)
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
