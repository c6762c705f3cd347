"""A transition that a person asks for: through the inbox, like everything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.domain.signal import ManualMove
from leadstate.errors import SkipRecord
from leadstate.service.judging import Judging
from leadstate.service.plan import Plan
from leadstate.service.rota import rota_of
from leadstate.service.timekeeping import keep_time
from leadstate.store import OutboxKind, RecordStatus

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadstate.domain.clock import Clock
    from leadstate.domain.people import People
    from leadstate.service.app import App
    from leadstate.service.rota import Rota
    from leadstate.store import InboxRow, LinkRow, OutboxRow, RecordRow

__all__ = ["Asked", "known_record", "plan_move", "plan_of", "roles_of", "text_of"]


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


def known_record(app: App, row: InboxRow) -> Asked:
    """Return the record, its links, its clocks, and everything that has to go out."""
    record_id = row.record_id or row.external_id
    with app.store.read() as view:
        found = view.records.get_many([record_id], app.lifecycle.fields)
        links = view.links.of_records([record_id])
        waiting = view.outbox.open_for([record_id]).get(record_id, [])
        clocks = view.clocks.of([record_id]).get(record_id, [])
    if record_id not in found:
        raise SkipRecord(f"there is no record {record_id!r}")
    known = found[record_id]
    if known.status is not RecordStatus.ACTIVE:
        raise SkipRecord(f"record {record_id!r} is {known.status}; it cannot be moved")
    return Asked(known, tuple(links.get(record_id, ())), tuple(waiting), tuple(clocks))


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


def plan_move(app: App, row: InboxRow, now: datetime) -> Plan:
    """Judge a request for a transition; a refusal is a history row too."""
    asked = known_record(app, row)
    judging = asked.judging(app, row.key, now)
    signal = _signal(app, row, now)
    judging.take(signal)
    keep_time(judging, at=signal.at)
    judging.share(())
    return plan_of(asked, judging, row)


def roles_of(
    people: People, actor: str, payload: Mapping[str, object]
) -> frozenset[str]:
    """Return the roles of whoever asks, by the people file where there is one."""
    if people:
        person = people.get(actor)
        return person.roles if person is not None else frozenset()
    roles = payload.get("roles")
    return frozenset(map(str, roles)) if isinstance(roles, list) else frozenset()


def text_of(row: InboxRow, name: str) -> str:
    """Return a text of a request, or "" when it has none."""
    return str(row.payload.get(name) or "")


def _signal(app: App, row: InboxRow, now: datetime) -> ManualMove:
    actor = text_of(row, "actor") or "unknown"
    return ManualMove(
        transition=str(row.payload.get("transition")),
        actor=actor,
        at=min(row.happened_at, now) if row.happened_at else now,
        roles=roles_of(app.people, actor, row.payload),
        reason=text_of(row, "reason") or None,
        note=text_of(row, "note"),
        source=text_of(row, "source") or "cli",
    )
