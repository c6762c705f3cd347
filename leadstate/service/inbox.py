"""Take in what a CRM or a person says happened: verify, store durably, decide nothing.

What was stored is acknowledged; what could not be stored is not.  A second delivery of
the same event finds its key taken and changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from leadstate.adapters import ChangeHint, EventKind
from leadstate.service.failpoints import hit
from leadstate.store import CrmEvent, InboxItem, MoveRequest, ReadAgain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from leadstate.adapters import InboundEvent, InboundRequest
    from leadstate.domain.signal import ManualMove
    from leadstate.service.app import Connected, Feed
    from leadstate.store import InboxPayload, Store, Work

__all__ = [
    "APPROVE",
    "DECLINE",
    "EDIT",
    "EVENT",
    "HINT",
    "MOVE",
    "PAUSE",
    "RESUME",
    "START",
    "TAKE",
    "InboxItem",
    "arrived",
    "asked_item",
    "hint_items",
    "keep",
    "look_items",
    "move_item",
]

_READ_AGAIN = ReadAgain()

EVENT = "event"  # a webhook told us
HINT = "hint"  # a poll saw it, or we want to look again
MOVE = "move"  # a person asks for a transition
TAKE = "take"  # a person takes the other side of a conflict
APPROVE = "approve"  # a person agrees with a move that somebody asked for
DECLINE = "decline"  # a person does not
EDIT = "edit"  # a person sets a field
PAUSE = "pause"  # a person lets clocks stand still
RESUME = "resume"  # a person lets them go on
START = "start"  # a record of another workflow starts one


def arrived(
    feeds: Sequence[Feed], request: InboundRequest
) -> tuple[int, list[InboxItem]]:
    """Verify a webhook; return how many events it holds, and those to store.

    Each workflow that looks at an object gets an item of its own.

    Args:
        feeds: What is looked at of the connection that was called; at least one.
        request: As it came.

    Raises:
        WebhookRefused: It is not the CRM's.
    """
    now = feeds[0].readers[0][0].clock.now()
    events: list[InboundEvent] = []
    items: list[InboxItem] = []
    for feed in feeds:
        events = list(feed.adapter.receive(request))
        items += [
            _event_item(connected, event, now)
            for _, connected in feed.readers
            for event in events
            if _concerns(event, connected)
        ]
    return len(events), items


def keep(
    store: Store,
    deliveries: Sequence[Sequence[InboxItem]],
    patience_seconds: float | None = None,
) -> list[int]:
    """Store deliveries in one transaction; return how many items of each were new.

    Args:
        patience_seconds: How long it may wait for others who write.

    Raises:
        StoreUnavailable: Nothing could be stored; the CRM must send it again.
    """
    with store.begin(patience_seconds=patience_seconds) as work:
        new = [work.inbox.add(_without_forgotten(work, one)) for one in deliveries]
        hit("receive.before_commit")
        work.commit()
    hit("receive.after_commit")
    return new


def _without_forgotten(work: Work, items: Sequence[InboxItem]) -> list[InboxItem]:
    """Leave out what webhooks say of people who were forgotten: no value is stored."""
    places = {(one.connection, one.object, one.external_id) for one in items}
    erased = work.links.erased(places) if places else set()
    return [
        replace(one, payload=CrmEvent(kind=_kind(one)))
        if (one.connection, one.object, one.external_id) in erased
        else one
        for one in items
    ]


def _kind(item: InboxItem) -> str:
    return item.payload.kind if isinstance(item.payload, CrmEvent) else ""


def _concerns(event: InboundEvent, connected: Connected) -> bool:
    """Ids are unique among objects of one kind only: a company's is no contact's."""
    return (
        event.kind is not EventKind.IGNORED and event.object == connected.binding.object
    )


def _event_item(connected: Connected, event: InboundEvent, now: datetime) -> InboxItem:
    return InboxItem(
        workflow=connected.binding.workflow,
        key=f"{connected.name}:{event.key}",
        connection=connected.name,
        kind=EVENT,
        object=event.object,
        external_id=event.id,
        payload=CrmEvent(
            kind=str(event.kind),
            property=event.property,
            value=event.value,
            actor=event.actor,
            own=event.own,
            into=event.into,
            merged_ids=tuple(event.merged_ids),
            raw=dict(event.raw),
        ),
        happened_at=event.at,
        received_at=now,
        due_at=now,
    )


def hint_items(
    connected: Connected,
    hints: Iterable[ChangeHint],
    now: datetime,
    why: ReadAgain = _READ_AGAIN,
) -> Sequence[InboxItem]:
    """Return inbox items that make Leadstate read these objects again.

    ``why`` may say that a write gave way, or whom a person chose.
    """
    return [
        InboxItem(
            workflow=connected.binding.workflow,
            key=f"{connected.name}:hint:{hint.id}:{hint.updated_at.isoformat()}",
            connection=connected.name,
            kind=HINT,
            object=connected.binding.object,
            external_id=hint.id,
            payload=why,
            happened_at=hint.updated_at,
            received_at=now,
            due_at=now,
        )
        for hint in hints
    ]


def look_items(
    connected: Connected,
    ids: Iterable[str],
    now: datetime,
    why: ReadAgain = _READ_AGAIN,
) -> Sequence[InboxItem]:
    """Return inbox items by which somebody here wants to read these objects again.

    No CRM said when anything happened to them: what is read says it.
    """
    hints = [ChangeHint(id=one, updated_at=now) for one in ids]
    items = hint_items(connected, hints, now, why)
    return [replace(one, happened_at=None) for one in items]


def move_item(record_id: str, asked: ManualMove, *, key: str) -> InboxItem:
    """Return the inbox item of a transition that a person asks for."""
    payload = MoveRequest(
        transition=asked.transition,
        actor=asked.actor,
        roles=tuple(sorted(asked.roles)),
        reason=asked.reason,
        note=asked.note,
        source=asked.source,
    )
    return asked_item(MOVE, record_id, payload, now=asked.at, key=key)


def asked_item(
    kind: str,
    record_id: str,
    payload: InboxPayload,
    *,
    now: datetime,
    key: str = "",
) -> InboxItem:
    """Return the inbox item of what a person asks for.

    Args:
        kind: One of the kinds above.
        record_id: The record that it is about.
        payload: What is asked, by whom, and why.
        now: When it was asked.
        key: What tells it from every other request of the kind; without one it is new.
    """
    return InboxItem(
        key=f"{kind}:{key or uuid4().hex}",
        connection="",
        kind=kind,
        object="record",
        external_id=record_id,
        record_id=record_id,
        payload=payload,
        happened_at=now,
        received_at=now,
        due_at=now,
    )
