"""What the store knows about objects before their news is looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadstate.adapters import RemoteObject
from leadstate.domain.binding import Sync
from leadstate.service.plan import Known
from leadstate.store import LinkStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leadstate.adapters import Gone
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
        records, all_links, pending = _behind(app, view, links.values())
    return {
        external_id: _known_one(links.get(external_id), records, all_links, pending)
        for external_id in ids
    }


def _behind(
    app: App, view: View, links: Iterable[LinkRow]
) -> tuple[
    dict[str, RecordRow], dict[str, tuple[LinkRow, ...]], dict[str, list[OutboxRow]]
]:
    record_ids = sorted({link.record_id for link in links if link.record_id})
    return (
        view.records.get_many(record_ids, app.lifecycle.fields),
        view.links.of_records(record_ids),
        view.outbox.open_for(record_ids),
    )


def _known_one(
    link: LinkRow | None,
    records: Mapping[str, RecordRow],
    links: Mapping[str, tuple[LinkRow, ...]],
    pending: Mapping[str, list[OutboxRow]],
) -> Known:
    if link is None or link.record_id is None:
        return Known(link=link)
    return Known(
        link=link,
        record=records.get(link.record_id),
        links=tuple(links.get(link.record_id, ())),
        open_rows=tuple(pending.get(link.record_id, ())),
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
            and loser.link.status is not LinkStatus.MERGED
        )
        found[survivor] = replace(known[survivor], merged=pairs)
    return found
