"""Tell our own writes coming back from what somebody else did.

Two witnesses: the CRM's word for who made a change, and our ledger of what we wrote.
An echo makes no history row and no second write.  What another workflow wrote into the
same object is no person's edit either; it is read where the binding asks for it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from leadstate.adapters import EventKind
from leadstate.service.sync.outbox_items import properties_of
from leadstate.store import CrmEvent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadstate.service.app import Connected
    from leadstate.store import InboxRow, View

__all__ = ["sort_out"]

_ECHO_WINDOW = timedelta(minutes=15)


def sort_out(
    view: View, connected: Connected, rows: Sequence[InboxRow], now: datetime
) -> tuple[list[InboxRow], list[InboxRow]]:
    """Part what happened from the echoes of our own writes."""
    told = [
        (row, row.payload)
        for row in rows
        if isinstance(row.payload, CrmEvent) and row.payload.kind == EventKind.CHANGED
    ]
    ours, others = _written_lately(view, connected, told, now)
    echoes = {
        row.id
        for row, event in told
        if row.id in ours or (event.own and row.id not in others)
    }
    return (
        [row for row in rows if row.id not in echoes],
        [row for row in rows if row.id in echoes],
    )


def _written_lately(
    view: View,
    connected: Connected,
    told: Sequence[tuple[InboxRow, CrmEvent]],
    now: datetime,
) -> tuple[set[int], set[int]]:
    """Return the rows that tell what we wrote, and that the CRM still showed last.

    Somebody may have changed it meanwhile and set our value again: that is no echo,
    unless a write of that property is under way, of which nobody knows yet what it did.
    Nor is what another workflow wrote, where this one reads it: those rows come second.
    """
    name, kind, since = connected.name, connected.binding.object, now - _ECHO_WINDOW
    triples = {
        row.id: (row.external_id, event.property or "", event.value or "")
        for row, event in told
    }
    writers = view.ledger.matching(name, kind, list(triples.values()), since)
    if not writers:
        return set(), set()
    links = view.links.get_many(name, kind, [one[0] for one in writers])
    waiting = view.outbox.open_for([one.record_id or "" for one in links.values()])
    ours, others = set[int](), set[int]()
    for row_id, written in triples.items():
        external_id, changed, value = written
        link, by = links.get(external_id), writers.get(written, set())
        if by and view.workflow not in by:
            reads = changed in connected.binding.read_properties
            (others if reads else ours).add(row_id)
            continue
        shown = link.remote_properties.get(changed) if link else value
        open_rows = waiting.get(link.record_id or "", []) if link else []
        under_way = any(
            one.connection == name and changed in properties_of(one)
            for one in open_rows
        )
        if by and (under_way or (shown or "") == value):
            ours.add(row_id)
    return ours, others
