"""What the store knows about objects before their news is looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadstate.adapters import RemoteObject
from leadstate.domain.binding import Sync
from leadstate.service.plan import Known
from leadstate.store import LinkStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leadstate.adapters import Gone
    from leadstate.domain.clock import Clock
    from leadstate.service.app import App, Connected
    from leadstate.store import LinkRow, OutboxRow, RecordRow, View

__all__ = ["known_of", "with_merged", "with_times"]


def known_of(
    app: App, connected: Connected, external_ids: Iterable[str]
) -> dict[str, Known]:
    """Return what is known of each object; nothing of most new ones."""
    ids = list(external_ids)
    with app.store.read() as view:
        links = view.links.get_many(connected.name, connected.binding.object, ids)
        behind = _behind(app, view, links.values())
    return {one: behind.known(links.get(one)) for one in ids}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Behind:
    """The records behind links, and everything that belongs to them, by record."""

    records: Mapping[str, RecordRow]
    links: Mapping[str, tuple[LinkRow, ...]]
    open_rows: Mapping[str, list[OutboxRow]]
    clocks: Mapping[str, list[Clock]]

    def known(self, link: LinkRow | None) -> Known:
        """Return what is known of the object of a link."""
        if link is None or link.record_id is None:
            return Known(link=link)
        return Known(
            link=link,
            record=self.records.get(link.record_id),
            links=tuple(self.links.get(link.record_id, ())),
            open_rows=tuple(self.open_rows.get(link.record_id, ())),
            clocks=tuple(self.clocks.get(link.record_id, ())),
        )


def _behind(app: App, view: View, links: Iterable[LinkRow]) -> _Behind:
    record_ids = sorted({link.record_id for link in links if link.record_id})
    return _Behind(
        records=view.records.get_many(record_ids, app.lifecycle.fields),
        links=view.links.of_records(record_ids),
        open_rows=view.outbox.open_for(record_ids),
        clocks=view.clocks.of(record_ids),
    )


def with_times(
    app: App, connected: Connected, known: Mapping[str, Known]
) -> dict[str, Known]:
    """Return what is known, with the age of values that another CRM may have set."""
    shared = any(
        source.sync is Sync.NEWEST for source in connected.binding.fields.values()
    )
    several = {
        one: it
        for one, it in known.items()
        if shared
        and it.record is not None
        and len({link.connection for link in it.links}) > 1
    }
    if not several:
        return {}
    ids = sorted({it.record.record.id for it in several.values() if it.record})
    with app.store.read() as view:
        since = view.field_changes.latest(ids)
    return {
        one: replace(it, since=since.get(it.record.record.id, {}))
        for one, it in several.items()
        if it.record
    }


def with_merged(
    app: App,
    connected: Connected,
    remotes: Mapping[str, RemoteObject | Gone],
    known: Mapping[str, Known],
) -> dict[str, Known]:
    """Return what is known of objects into which others were merged."""
    survivors = {
        one.id: one.merged_ids
        for one in remotes.values()
        if isinstance(one, RemoteObject) and one.merged_ids
    }
    if not survivors:
        return {}
    ids = sorted({one for merged in survivors.values() for one in merged})
    losers = known_of(app, connected, ids)
    found: dict[str, Known] = {}
    for survivor, merged in survivors.items():
        pairs = tuple(
            (loser.link, loser.record)
            for loser in (losers[one] for one in merged)
            if loser.link
            and loser.record
            and loser.link.status not in (LinkStatus.MERGED, LinkStatus.ERASED)
        )
        before = known[survivor]
        clocks = before.clocks
        if before.record is None:  # one of them goes on as this object
            clocks = tuple(one for loser in merged for one in losers[loser].clocks)
        found[survivor] = replace(before, merged=pairs, clocks=clocks)
    return found
