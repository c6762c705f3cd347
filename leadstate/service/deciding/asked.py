"""A record that somebody or something asks about, with all that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.errors import SkipRecord
from leadstate.service.deciding.judging import Judging
from leadstate.service.deciding.rota import rota_of
from leadstate.service.plan import Plan
from leadstate.store import OutboxKind, RecordStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadstate.domain.clock import Clock
    from leadstate.service.app import App
    from leadstate.service.deciding.rota import Rota
    from leadstate.store import InboxRow, LinkRow, OutboxRow, RecordRow

__all__ = ["Asked", "known_record", "known_records", "plan_of"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A record that somebody or something asks about, with all that belongs to it."""

    row: RecordRow
    links: tuple[LinkRow, ...]
    waiting: tuple[OutboxRow, ...]
    clocks: tuple[Clock, ...]

    def judging(
        self, app: App, event: str, now: datetime, rota: Rota | None = None
    ) -> Judging:
        """Return the record, ready to be judged."""
        writing = [one for one in self.waiting if one.kind is OutboxKind.STAGE]
        return Judging(
            lifecycle=app.lifecycle,
            connections=app.connections,
            now=now,
            event=event,
            record=self.row.record,
            rota=rota or rota_of(app),
            links=self.links,
            unsettled={one.connection for one in writing},
            open_rows=self.waiting,
            clocks=self.clocks,
            since=self.row.created_at,
            flag=self.row.flag,
            flagged_at=self.row.flagged_at,
        )


def known_records(app: App, rows: Sequence[InboxRow]) -> dict[str, Asked]:
    """Return the records that these rows are about, with all that belongs to them."""
    ids = sorted({row.record_id or row.external_id for row in rows})
    with app.store.read() as view:
        records = view.records.get_many(ids, app.lifecycle.fields)
        links = view.links.of_records(ids)
        waiting = view.outbox.open_for(ids)
        clocks = view.clocks.of(ids)
    return {
        one: Asked(
            row,
            tuple(links.get(one, ())),
            tuple(waiting.get(one, ())),
            tuple(clocks.get(one, ())),
        )
        for one, row in records.items()
    }


def known_record(app: App, row: InboxRow) -> Asked:
    """Return the one record that a request is about.

    Raises:
        SkipRecord: It is not there, or nobody works on it any more.
    """
    record_id = row.record_id or row.external_id
    asked = known_records(app, [row]).get(record_id)
    if asked is None:
        raise SkipRecord(f"there is no record {record_id!r}")
    status = asked.row.status
    if status is not RecordStatus.ACTIVE:
        raise SkipRecord(f"record {record_id!r} is {status}; it cannot be moved")
    return asked


def plan_of(asked: Asked, judging: Judging, row: InboxRow) -> Plan:
    """Return the plan of what was judged about a record."""
    plan = Plan(
        inbox_ids=(row.id,),
        # What an action sets must not meet a write of the same field under way.
        asked=not judging.set_fields,
        seen_links=asked.links,
        changes=(judging.change(asked.row),),
    )
    return judging.onto(plan)
