"""The hand-off: give a record its object in another CRM, exactly once.

It ends in one of three ways.  The object is made; or the person is there already and
that object is linked; or, where several are there or it is another record's, it is
listed for a person.  A try whose answer was lost is repeated with its token, by which
the adapter finds what it made.

An object that is linked shows a stage from before the move that asked for it: that is
no move of anybody's, and the record's own stage is written there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadstate.adapters import Create, Created, Creator
from leadstate.domain.history import Cause, HistoryKind
from leadstate.errors import SkipRecord
from leadstate.service.change_set import DecisionContext, link_ref
from leadstate.service.failpoints import hit
from leadstate.service.inbox import look_items
from leadstate.service.outbound.presence import (
    ambiguous,
    free_link,
    living,
    the_persons_link,
)
from leadstate.service.outbound.settling import note_refusals
from leadstate.service.sync.entries import entry_of
from leadstate.service.sync.outbox_items import stage_item
from leadstate.service.sync.writes import with_fields
from leadstate.store import (
    Creation,
    Door,
    LinkRow,
    LinkStatus,
    OutboxState,
    ReadAgain,
    Settlement,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadstate.adapters import Refused, RemoteObject
    from leadstate.domain.history import HistoryEntry
    from leadstate.domain.record import Record
    from leadstate.service.app import App, Connected
    from leadstate.service.outbound.settling import Pushed
    from leadstate.store import OutboxItem, OutboxRow, Work

__all__ = ["hand_off"]


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
    found = living(app, connected, creator, row)
    if row.sent and any(one.token == row.token for one in found):
        found = []  # an earlier try made it: its token leads to it
    if len(found) > 1:
        raise ambiguous(row, found)
    if found:
        _settle_linked(app, connected, row, found[0])
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


def _settle_linked(
    app: App, connected: Connected, row: OutboxRow, found: RemoteObject
) -> None:
    """Link an object that was there, and let it show the record's stage.

    Its values are edits like any other: they are read and judged afterwards.
    """
    now = app.clock.now()
    with app.store.begin() as work:
        held = the_persons_link(work, app, connected, row, found)
        if _end(app, work, row, OutboxState.DONE, f"{found.id} is this person"):
            link = _link_of(connected, row, found, now)
            placed = connected.binding.stage_properties
            # Its stage is known; what else it holds are edits that nobody has judged.
            shown = {name: link.remote_properties.get(name) for name in placed}
            version = held.version if held else 0
            link = replace(link, remote_properties=shown, version=version)
            how = f"{found.id} was there already, and is this person"
            record = _kept_together(app, work, row, link, how)
            work.outbox.add(_lacking_stage(app, connected, row, record, link))
            again = ReadAgain(again=True)  # and what it lacks is written
            work.inbox.add(look_items(connected, [found.id], now, again))
        hit("push.before_settle")
        work.commit()
    hit("push.after_settle")


def _settle_refused(app: App, row: OutboxRow, outcome: Refused) -> None:
    now = app.clock.now()
    with app.store.begin() as work:
        if _end(app, work, row, OutboxState.REFUSED, outcome.message):
            note_refusals(app, work, [(row, outcome)], now)
        work.commit()


def _settle_created(
    app: App, connected: Connected, row: OutboxRow, outcome: Created
) -> None:
    """Link the new object, and send what changed while it was being made.

    Raises:
        SkipRecord: The CRM had one all the time, and it is another record's, or may be.
    """
    made, now = outcome.object, app.clock.now()
    with app.store.begin() as work:
        ours = made.token == row.token or not outcome.existed
        if ours:
            held = free_link(work, row, made.id)
        else:
            held = the_persons_link(work, app, connected, row, made)
        if _end(app, work, row, OutboxState.DONE, f"created {made.id}"):
            link = _link_of(connected, row, made, now)
            link = replace(link, version=held.version if held else 0)
            was = "was created for it" if ours else "was there already"
            record = _kept_together(app, work, row, link, f"{made.id} {was}")
            work.outbox.add(_catching_up(app, connected, row, record, link))
        hit("push.before_settle")
        work.commit()
    hit("push.after_settle")


def _link_of(
    connected: Connected, row: OutboxRow, shown: RemoteObject, now: datetime
) -> LinkRow:
    return LinkRow(
        connection=row.connection,
        object=row.object,
        external_id=shown.id,
        record_id=row.record_id,
        seen_at=now,
        remote_stage=connected.binding.stage_of(shown.properties),
        remote_properties=dict(shown.properties),
        remote_updated_at=shown.updated_at,
        live_since=now,
    )


def _kept_together(
    app: App, work: Work, row: OutboxRow, link: LinkRow, how: str
) -> Record:
    """Keep that the object is the record's; return the record."""
    known = work.records.get_many([row.record_id], app.lifecycle.fields)
    record = known[row.record_id].record
    work.links.save([link])
    work.dead_letters.resolve_ref(Door.LINK, link_ref(link), app.clock.now())
    work.history.append([_linked(app, row, record, how)])
    return record


def _linked(app: App, row: OutboxRow, record: Record, how: str) -> HistoryEntry:
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
        note=f"handed off: {row.object} {how}",
        receipt={"written": dict(_payload(row).properties)},
    )


def _catching_up(
    app: App, connected: Connected, row: OutboxRow, record: Record, link: LinkRow
) -> Sequence[OutboxItem]:
    """Return what changed while the object was being made."""
    items = _lacking_stage(app, connected, row, record, link)
    return with_fields(_about(app, connected, row, record, link), items, names=None)


def _lacking_stage(
    app: App, connected: Connected, row: OutboxRow, record: Record, link: LinkRow
) -> Sequence[OutboxItem]:
    """Return the write of the record's stage, where the object shows another one."""
    placed = record.stage in connected.binding.stages
    if not placed or link.remote_stage == record.stage:
        return []
    about = _about(app, connected, row, record, link)
    return [stage_item(about, link, connected)]


def _about(
    app: App, connected: Connected, row: OutboxRow, record: Record, link: LinkRow
) -> DecisionContext:
    return DecisionContext(
        lifecycle=app.lifecycle,
        record=record,
        event=row.token,
        now=app.clock.now(),
        connections={connected.name: connected},
        links=(link,),
        people=app.people,
    )
