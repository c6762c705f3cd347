"""Tell our own writes coming back from what somebody else did.

Two witnesses: the CRM's word for who made a change, and our ledger of what we wrote.
An echo makes no history row and no second write.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from leadstate.adapters import EventKind
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
    ours = _written_lately(view, connected, told, now)
    echoes = {row.id for row, event in told if event.own or row.id in ours}
    return (
        [row for row in rows if row.id not in echoes],
        [row for row in rows if row.id in echoes],
    )


def _written_lately(
    view: View,
    connected: Connected,
    told: Sequence[tuple[InboxRow, CrmEvent]],
    now: datetime,
) -> set[int]:
    """Return the rows that tell what we wrote, and that the CRM still showed last.

    Somebody may have changed it meanwhile and set our value again: that is no echo.
    """
    name, kind, since = connected.name, connected.binding.object, now - _ECHO_WINDOW
    triples = {
        row.id: (row.external_id, event.property or "", event.value or "")
        for row, event in told
    }
    ours = view.ledger.matching(name, kind, list(triples.values()), since)
    if not ours:
        return set()
    links = view.links.get_many(name, kind, [one[0] for one in ours])
    waiting = view.outbox.open_for([one.record_id or "" for one in links.values()])
    found: set[int] = set()
    for row_id, written in triples.items():
        external_id, changed, value = written
        link = links.get(external_id)
        shown = link.remote_properties.get(changed) if link else value
        under_way = link is not None and link.record_id in waiting
        if written in ours and (under_way or (shown or "") == value):
            found.add(row_id)
    return found
