"""What the store knows about objects, before their CRM is read and after it.

Two snapshots a batch, and no more: the first says which objects are to be read, the
second what the reading asks for besides.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadstate.adapters import RemoteObject
from leadstate.domain.binding import Sync
from leadstate.domain.frozen import replace
from leadstate.service.change_set import StoredState
from leadstate.service.inbound.echoes import sort_out
from leadstate.service.inbound.following import by_object_of
from leadstate.service.inbound.forgetting import part_forgotten, with_forgotten
from leadstate.service.inbound.matching import with_matches
from leadstate.service.sync.loaded import load_records, load_rota
from leadstate.store import LinkStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from leadstate.adapters import Gone, PastChange
    from leadstate.engine.rota import Rota
    from leadstate.service.app import App, Connected
    from leadstate.store import InboxRow, View

__all__ = ["After", "BatchState", "load_after", "load_before"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchState:
    """What is known before the CRM is read.

    Attributes:
        turned_away: Rows about people who were forgotten.
        echoes: Rows that are our own writes coming back.
        by_object: External id -> the rows about that object, oldest first.
        states: External id -> what is known of the object.
    """

    turned_away: Sequence[InboxRow]
    echoes: Sequence[InboxRow]
    by_object: Mapping[str, Sequence[InboxRow]]
    states: Mapping[str, StoredState]


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """What is known besides, once the CRM was read.

    Attributes:
        states: External id -> all that is known of the object.
        rota: Whose turn it is to be given a lead.
        further: External id -> field -> identifying values besides the main ones.
        between: External id -> what happened since it was read last, where it jumped.
    """

    states: Mapping[str, StoredState]
    rota: Rota
    further: Mapping[str, Mapping[str, tuple[str, ...]]]
    between: Mapping[str, tuple[PastChange, ...]] = field(default_factory=dict)


def load_before(
    app: App, connected: Connected, rows: Sequence[InboxRow], now: datetime
) -> BatchState:
    """Part the rows, and return what is known of the objects that are to be read."""
    with app.store.read() as view:
        rows, turned_away = part_forgotten(view, connected, rows)
        rows, echoes = sort_out(view, connected, rows, now)
        by_object = by_object_of(rows)
        return BatchState(
            turned_away=turned_away,
            echoes=echoes,
            by_object=by_object,
            states=_states(view, app, connected, by_object),
        )


def load_after(
    app: App,
    connected: Connected,
    by_object: Mapping[str, Sequence[InboxRow]],
    remotes: Mapping[str, RemoteObject | Gone],
    states: Mapping[str, StoredState],
) -> After:
    """Return what is known of objects that were read: merges, matches, times."""
    with app.store.read() as view:
        missing = [one for one in by_object if one not in states]
        found = {**states, **_states(view, app, connected, missing)}
        found |= _with_merged(view, app, connected, remotes, found)
        found |= with_forgotten(view, app, connected, remotes, found)
        found |= with_matches(view, app, connected, by_object, remotes, found)
        found |= _with_times(view, connected, found)
        further = view.identities.further_at(
            connected.name, connected.binding.object, list(remotes)
        )
        return After(states=found, rota=load_rota(view, app), further=further)


def _states(
    view: View, app: App, connected: Connected, external_ids: Collection[str]
) -> dict[str, StoredState]:
    """Return what is known of each object; nothing of most new ones."""
    if not external_ids:
        return {}
    ids = list(external_ids)
    live = view.modes.live()
    links = view.links.get_many(connected.name, connected.binding.object, ids)
    behind = {link.record_id for link in links.values() if link.record_id}
    records = load_records(view, app, behind) if behind else {}
    found: dict[str, StoredState] = {}
    for one in ids:
        link = links.get(one)
        record = records.get(link.record_id or "") if link else None
        found[one] = StoredState(link=link, live=live)
        if record is not None:
            found[one] = StoredState(
                link=link,
                record=record.row,
                links=record.links,
                open_rows=record.open_rows,
                clocks=record.clocks,
                timers=record.timers,
                in_force=record.in_force,
                live=live,
            )
    return found


def _with_times(
    view: View, connected: Connected, states: Mapping[str, StoredState]
) -> dict[str, StoredState]:
    """Return what is known, with the age of values that another CRM may have set."""
    fields = connected.binding.fields.values()
    if not any(source.sync is Sync.NEWEST for source in fields):
        return {}
    several = {
        one: (it, it.record.record.id)
        for one, it in states.items()
        if it.record is not None and len({link.connection for link in it.links}) > 1
    }
    if not several:
        return {}
    since = view.field_changes.latest(sorted({id_ for _, id_ in several.values()}))
    return {
        one: replace(it, since=since.get(record_id, {}))
        for one, (it, record_id) in several.items()
    }


def _with_merged(
    view: View,
    app: App,
    connected: Connected,
    remotes: Mapping[str, RemoteObject | Gone],
    states: Mapping[str, StoredState],
) -> dict[str, StoredState]:
    """Return what is known of objects into which others were merged."""
    survivors = {
        one.id: one.merged_ids
        for one in remotes.values()
        if isinstance(one, RemoteObject) and one.merged_ids
    }
    if not survivors:
        return {}
    ids = sorted({one for merged in survivors.values() for one in merged})
    losers = _states(view, app, connected, ids)
    found: dict[str, StoredState] = {}
    for survivor, merged in survivors.items():
        pairs = tuple(
            (loser.link, loser.record)
            for loser in (losers[one] for one in merged)
            if loser.link
            and loser.record
            and loser.link.status not in (LinkStatus.MERGED, LinkStatus.ERASED)
        )
        before = states[survivor]
        theirs = {
            (link.connection, link.object, link.external_id): link
            for loser in (losers[one] for one in merged)
            for link in loser.links
        }
        links = tuple(theirs.values())
        found[survivor] = replace(before, merged=pairs, theirs=links)
        if before.record is None:  # one of them goes on as this object
            gone = [losers[one] for one in merged]
            found[survivor] = replace(
                found[survivor],
                clocks=tuple(clock for one in gone for clock in one.clocks),
                timers=tuple(timer for one in gone for timer in one.timers),
                in_force=next((one.in_force for one in gone if one.in_force), None),
            )
    return found
