"""The hand-off: give a record its object in another CRM, exactly once.

Before the first try the CRM is asked whether the person is there already: one living
object is linked instead, several are for a person.  A try whose answer was lost is
repeated with its token, by which the adapter finds what it made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.adapters import Create, Created, Creator
from leadstate.domain.history import Cause, HistoryKind
from leadstate.domain.lifecycle import StageKind
from leadstate.errors import SkipRecord
from leadstate.service.change_set import DecisionContext
from leadstate.service.failpoints import hit
from leadstate.service.inbound.matching import identity_of_object
from leadstate.service.inbox import look_items
from leadstate.service.outbound.settling import note_refusals
from leadstate.service.sync.entries import entry_of
from leadstate.service.sync.outbox_items import stage_item
from leadstate.service.sync.writes import with_fields
from leadstate.store import Creation, LinkRow, LinkStatus, OutboxState, Settlement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadstate.adapters import Refused, RemoteObject
    from leadstate.domain.history import HistoryEntry
    from leadstate.domain.record import Record
    from leadstate.service.app import App, Connected
    from leadstate.service.outbound.settling import Pushed
    from leadstate.store import OutboxItem, OutboxRow, Work

__all__ = ["hand_off"]

_CLOSED = (StageKind.WON, StageKind.LOST)


def hand_off(app: App, connected: Connected, row: OutboxRow, done: Pushed) -> None:
    """Create the object that ``row`` asks for, or link the one that is there.

    Raises:
        RetryLater: Not now; ``sent`` says whether the object may have been made.
        SkipRecord: Only a person can tell which object it is.
    """
    creator = connected.adapter
    if not isinstance(creator, Creator):
        raise SkipRecord(
            f"the adapter {connected.binding.adapter!r} cannot create objects; delete "
            "'hand_off' from the binding, or create the object by hand"
        )
    if _has_object(app, connected, row):
        _settle(app, row, OutboxState.SUPERSEDED, "it has an object here already")
        return
    found = [] if row.sent else _living(app, connected, creator, row)
    if len(found) > 1:
        ids = ", ".join(one.id for one in found)
        raise SkipRecord(
            f"{len(found)} {connected.binding.object} are this person: {ids}; choose "
            f"with 'leadstate record link {row.record_id} {connected.name} ID'"
        )
    if found:
        _link_later(app, connected, row, found[0])
        done.linked += 1
        return
    [outcome] = creator.create([_creation(row)])
    hit("push.after_write")
    if isinstance(outcome, Created):
        _settle_created(app, connected, row, outcome)
        done.created += 1
    else:
        _settle_refused(app, row, outcome)
        done.refused += 1


def _creation(row: OutboxRow) -> Create:
    return Create(
        token=row.token,
        properties=_payload(row).properties,
        created_at=row.created_at,
        repeated=row.sent,
    )


def _payload(row: OutboxRow) -> Creation:
    return row.payload if isinstance(row.payload, Creation) else Creation()


def _has_object(app: App, connected: Connected, row: OutboxRow) -> bool:
    with app.store.read() as view:
        links = view.links.of_records([row.record_id]).get(row.record_id, ())
    return any(
        link.connection == connected.name and link.status is LinkStatus.ACTIVE
        for link in links
    )


def _living(
    app: App, connected: Connected, creator: Creator, row: OutboxRow
) -> list[RemoteObject]:
    """Return the person's objects that somebody works on and no other record has."""
    identity = _payload(row).identity
    if not identity:
        return []
    wanted = set(identity_of_object(app, connected, identity).items())
    found = [
        one
        for one in creator.find(identity)
        if wanted & set(identity_of_object(app, connected, one.properties).items())
        and not _closed(app, connected, one)
    ]
    with app.store.read() as view:
        links = view.links.get_many(
            connected.name, connected.binding.object, [one.id for one in found]
        )
    return [one for one in found if one.id not in links or not links[one.id].record_id]


def _closed(app: App, connected: Connected, found: RemoteObject) -> bool:
    stage = app.lifecycle.stages.get(connected.binding.stage_of(found.properties) or "")
    return stage is not None and stage.kind in _CLOSED


# -- how it ends -----------------------------------------------------------------------


def _settle(app: App, row: OutboxRow, state: OutboxState, outcome: str) -> None:
    with app.store.begin() as work:
        _end(app, work, row, state, outcome)
        work.commit()


def _end(
    app: App, work: Work, row: OutboxRow, state: OutboxState, outcome: str
) -> bool:
    """End the row; False when its lease ran out and somebody else holds it."""
    ended = Settlement(id=row.id, state=state, outcome=outcome)
    return bool(work.outbox.settle([ended], row.claim_token or "", app.clock.now()))


def _link_later(
    app: App, connected: Connected, row: OutboxRow, found: RemoteObject
) -> None:
    """Let the object be read and judged; its identity leads it to the record."""
    now = app.clock.now()
    with app.store.begin() as work:
        if _end(app, work, row, OutboxState.SUPERSEDED, f"{found.id} is this person"):
            work.inbox.add(look_items(connected, [found.id], now))
        work.commit()


def _settle_refused(app: App, row: OutboxRow, outcome: Refused) -> None:
    now = app.clock.now()
    with app.store.begin() as work:
        if _end(app, work, row, OutboxState.REFUSED, outcome.message):
            note_refusals(app, work, [(row, outcome)], now)
        work.commit()


def _settle_created(
    app: App, connected: Connected, row: OutboxRow, outcome: Created
) -> None:
    """Link the new object, and send what changed while it was being made."""
    now = app.clock.now()
    made = outcome.object
    link = LinkRow(
        connection=row.connection,
        object=row.object,
        external_id=made.id,
        record_id=row.record_id,
        seen_at=now,
        remote_stage=connected.binding.stage_of(made.properties),
        remote_properties=dict(made.properties),
        remote_updated_at=made.updated_at,
    )
    with app.store.begin() as work:
        if _end(app, work, row, OutboxState.DONE, f"created {made.id}"):
            known = work.records.get_many([row.record_id], app.lifecycle.fields)
            record = known[row.record_id].record
            work.links.save([link])
            work.history.append([_linked(app, row, record, link)])
            work.outbox.add(_catching_up(app, connected, row, record, link))
        hit("push.before_settle")
        work.commit()
    hit("push.after_settle")


def _linked(app: App, row: OutboxRow, record: Record, made: LinkRow) -> HistoryEntry:
    now = app.clock.now()
    return entry_of(
        app.lifecycle,
        record,
        HistoryKind.LINKED,
        source=row.connection,
        cause=Cause.AUTOMATIC,
        actor="leadstate",
        now=now,
        event=row.token,
        happened_at=now,
        from_stage=record.stage,
        note=f"handed off: {row.object} {made.external_id} was created for it",
        receipt={"written": dict(_payload(row).properties)},
    )


def _catching_up(
    app: App, connected: Connected, row: OutboxRow, record: Record, link: LinkRow
) -> Sequence[OutboxItem]:
    """Return what changed while the object was being made."""
    about = DecisionContext(
        lifecycle=app.lifecycle,
        record=record,
        event=row.token,
        now=app.clock.now(),
        connections={connected.name: connected},
        links=(link,),
        people=app.people,
    )
    placed = record.stage in connected.binding.stages
    lacks = placed and link.remote_stage != record.stage
    items = [stage_item(about, link, connected)] if lacks else []
    return with_fields(about, items, names=None)
