"""Which connections are acted on: each begins observed, until a person lets it go live.

What is observed is read and followed; nothing is judged, written, sent or timed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from leadstate.domain.mode import ConnectionMode
from leadstate.errors import UsageError
from leadstate.service.audit.installation import told_of_mode
from leadstate.service.inbound.first_look import FIRST_LOOK, FirstLook, first_look
from leadstate.store import LinkStatus, ModeRow, RecordStatus

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from leadstate.service.app import App
    from leadstate.store import LinkRow, RecordRow, View

__all__ = [
    "ConnectionStanding",
    "begin_modes",
    "check_care",
    "standings",
    "without_care",
]

log = structlog.get_logger("leadstate.modes")


def begin_modes(app: App, *, actor: str) -> None:
    """Note the connections that the workflow sees for the first time.

    They begin observed; the settings may say that one is live at once.
    """
    with app.store.read() as view:
        if not app.connections.keys() - view.modes.all().keys():
            return
    now = app.clock.now()
    with app.store.begin() as work:
        known = work.modes.all()
        new = [
            ModeRow(connection=name, mode=one.begins, since=now, actor=actor)
            for name, one in app.connections.items()
            if name not in known
        ]
        for row in new:
            work.modes.put(row)
        work.history.append([told_of_mode(app.lifecycle, row) for row in new])
        work.commit()
    for row in new:
        if row.mode is ConnectionMode.OBSERVE:
            log.info(
                "connection is only observed; let it act with: leadstate go-live",
                connection=row.connection,
                workflow=app.name,
            )


# -- how connections stand -------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionStanding:
    """How a workflow stands to one of its connections.

    Attributes:
        since: When it became observed, or live.
        by: Who said so.
        live: Objects that are acted on.
        objects: Objects of records that there are.
        unplaced: Objects that nobody can place.
        look: How far the first look is.
        batch: What is under way: ``go-live``, ``observe``; "" where nothing is.
        batch_done: Records that it is behind.
    """

    mode: ConnectionMode
    since: datetime
    by: str
    live: int
    objects: int
    unplaced: int
    look: FirstLook
    batch: str = ""
    batch_done: int = 0


def standings(view: View, now: datetime) -> dict[str, ConnectionStanding]:
    """Return how a workflow stands to each connection that it knows, by name.

    Args:
        view: Narrowed to the workflow.
        now: The moment.
    """
    kinds = {
        connection: position.removeprefix(FIRST_LOOK)
        for workflow, connection, position in view.cursors.named(FIRST_LOOK)
        if workflow == view.workflow
    }
    return {
        name: _standing(view, row, kinds.get(name, ""), now)
        for name, row in view.modes.all().items()
    }


def _standing(view: View, row: ModeRow, kind: str, now: datetime) -> ConnectionStanding:
    live, objects = view.links.count_live(row.connection)
    batch = view.batches.open(row.connection)
    return ConnectionStanding(
        mode=row.mode,
        since=row.since,
        by=row.actor,
        live=live,
        objects=objects,
        unplaced=view.links.counts(row.connection).get(LinkStatus.QUARANTINED, 0),
        look=first_look(view, row.connection, kind, now),
        batch=batch.kind if batch else "",
        batch_done=batch.done if batch else 0,
    )


# -- what is refused about a record that is only observed ------------------------------


def check_care(app: App, view: View, record_id: str) -> None:
    """Let a person ask for something about a record that is under care only.

    Raises:
        UsageError: It is only observed.
    """
    row = view.records.get(record_id, app.lifecycle.fields)
    if row is None:
        return  # who judges it says that there is no such record
    links = view.links.of_records([record_id]).get(record_id, ())
    why = without_care(row, links)
    if why:
        raise UsageError(why)


def without_care(row: RecordRow, links: Iterable[LinkRow]) -> str:
    """Return why nothing is done about a record, and the remedy; "" under care."""
    if row.care_since is not None or row.status is not RecordStatus.ACTIVE:
        return ""
    names = dict.fromkeys(
        one.connection for one in links if one.status is LinkStatus.ACTIVE
    )
    commands = " or ".join(f"leadstate go-live {name}" for name in names)
    return (
        f"record {row.record.id!r} is only observed: it follows the CRM, and Leadstate "
        f"does nothing about it. Let it be acted on first: {commands or 'link it'}"
    )
