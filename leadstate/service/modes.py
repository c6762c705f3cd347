"""Which connections are acted on: each begins observed, until a person lets it go live.

What is observed is read and followed; nothing is judged, written, sent or timed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from leadstate.domain.mode import ConnectionMode
from leadstate.errors import UsageError
from leadstate.service.audit.installation import told_of_mode
from leadstate.store import LinkStatus, ModeRow, RecordStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadstate.service.app import App
    from leadstate.store import LinkRow, RecordRow, View

__all__ = ["begin_modes", "check_care", "without_care"]

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
