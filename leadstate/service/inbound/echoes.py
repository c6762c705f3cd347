"""Tell our own writes coming back from what somebody else did.

Two witnesses: the CRM's word for who made a change, and our ledger of what we wrote.
An echo makes no history row and no second write.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from leadstate.adapters import EventKind

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
    told = [row for row in rows if row.payload.get("kind") == EventKind.CHANGED]
    ours = _written_lately(view, connected, told, now)
    echoes = {row.id for row in told if row.payload.get("own") or row.id in ours}
    return (
        [row for row in rows if row.id not in echoes],
        [row for row in rows if row.id in echoes],
    )


def _written_lately(
    view: View, connected: Connected, told: Sequence[InboxRow], now: datetime
) -> set[int]:
    """Return the rows that tell what we wrote, and that the CRM still showed last.

    Somebody may have changed it meanwhile and set our value again: that is no echo.
    """
    name, kind, since = connected.name, connected.binding.object, now - _ECHO_WINDOW
    triples = {row.id: _written(row) for row in told}
    ours = view.ledger.matching(name, kind, list(triples.values()), since)
    if not ours:
        return set()
    links = view.links.get_many(name, kind, [one[0] for one in ours])
    waiting = view.outbox.open_for([one.record_id or "" for one in links.values()])
    found: set[int] = set()
    for row in told:
        external_id, name, value = triples[row.id]
        link = links.get(external_id)
        shown = link.remote_properties.get(name) if link else value
        under_way = link is not None and link.record_id in waiting
        if triples[row.id] in ours and (under_way or (shown or "") == value):
            found.add(row.id)
    return found


def _written(row: InboxRow) -> tuple[str, str, str]:
    payload = row.payload
    return (
        row.external_id,
        str(payload.get("property") or ""),
        str(payload.get("value") or ""),
    )
