"""Say to whom an object belongs, where its identity leaves several possible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.adapters import Gone
from leadstate.errors import UsageError
from leadstate.service.inbound.matching import NEW
from leadstate.service.inbox import look_items
from leadstate.store import Door, LinkStatus, OutboxKind, ReadAgain, RecordStatus

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.service.app import App, Connected
    from leadstate.store import Work

__all__ = ["ask_to_link"]


def ask_to_link(
    app: App, record_id: str, connection: str, external_id: str, *, actor: str
) -> None:
    """Ask for an object to be the record's; the service reads it and acts.

    Args:
        record_id: The record's whole id, or ``new`` for a lead of its own.

    Raises:
        UsageError: There is no such record or connection, or it has an object there.
    """
    connected = app.connection(connection)
    if record_id == NEW:
        _check_free(app, connected, external_id)
    else:
        _check(app, connected, record_id, external_id)
    _check_there(connected, external_id)
    now = app.clock.now()
    chosen = ReadAgain(record=record_id, actor=actor)
    with app.store.begin() as work:
        work.inbox.add(look_items(connected, [external_id], now, chosen))
        _end_hand_offs(work, connected, record_id, now)
        work.commit()


def _check_there(connected: Connected, external_id: str) -> None:
    [found] = connected.adapter.read([external_id])
    if isinstance(found, Gone):
        raise UsageError(
            f"{connected.name} has no {connected.binding.object} {external_id} "
            f"({found.reason})"
        )


def _end_hand_offs(
    work: Work, connected: Connected, record_id: str, now: datetime
) -> None:
    """Close letters about hand-offs that stopped because a person had to choose."""
    for letter in work.dead_letters.list():
        about = (letter.door, letter.connection, letter.record_id)
        if about == (Door.OUTBOX, connected.name, record_id):
            row = work.outbox.get(int(letter.ref))
            if row is not None and row.kind is OutboxKind.CREATE:
                work.dead_letters.resolve(letter.id, now)


def _check_free(app: App, connected: Connected, external_id: str) -> None:
    with app.store.read() as view:
        found = view.links.get_many(
            connected.name, connected.binding.object, [external_id]
        )
    link = found.get(external_id)
    if link is not None and link.record_id is not None:
        raise UsageError(f"{external_id} is record {link.record_id} already")


def _check(app: App, connected: Connected, record_id: str, external_id: str) -> None:
    with app.store.read() as view:
        found = view.records.get(record_id, app.lifecycle.fields)
        links = view.links.of_records([record_id]).get(record_id, ())
    if found is None:
        raise UsageError(f"there is no record {record_id!r}")
    if found.status is not RecordStatus.ACTIVE:
        raise UsageError(f"record {record_id} is {found.status}; link a living one")
    for link in links:
        if link.connection != connected.name or link.status is not LinkStatus.ACTIVE:
            continue
        if link.external_id == external_id:
            raise UsageError(f"{external_id} belongs to record {record_id} already")
        raise UsageError(
            f"record {record_id} has {link.object} {link.external_id} in "
            f"{connected.name} already; a record has one object in each CRM. Merge the "
            "two in the CRM, or link the other to 'new'"
        )
