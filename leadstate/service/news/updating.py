"""Hold a known record against what a CRM shows now, and plan what follows.  Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from leadstate.domain.decision import Stay
from leadstate.domain.history import HistoryKind
from leadstate.domain.record import Happening
from leadstate.domain.signal import Changed, MovedOutside
from leadstate.domain.sla import ASSIGNED
from leadstate.domain.values import to_json
from leadstate.engine.compiled import compile_lifecycle
from leadstate.engine.late import true_time
from leadstate.service.clocks.timekeeping import keep_time
from leadstate.service.deciding.judging import Judging
from leadstate.service.deciding.mapping import update
from leadstate.service.deciding.sharing import believe
from leadstate.service.news.disputes import (
    overruled,
    stage_conflict,
    with_conflicts,
)
from leadstate.service.news.endings import absorb, entry_of
from leadstate.service.plan import Plan
from leadstate.store import (
    EventRow,
    FieldChange,
    LinkRow,
    LinkStatus,
    RecordStatus,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from leadstate.adapters import RemoteObject
    from leadstate.domain.history import HistoryEntry
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.people import Person
    from leadstate.domain.record import Record
    from leadstate.service.app import Connected
    from leadstate.service.deciding.mapping import Updated
    from leadstate.service.deciding.rota import Rota
    from leadstate.service.deciding.sharing import Believed
    from leadstate.service.plan import Known, News
    from leadstate.store import OutboxRow, RecordRow

__all__ = ["Updating"]

# HubSpot: "CRM_UI userId:11"; amoCRM: the id alone.  A robot's name has no such form.
_USER = re.compile(r"(?:^|userId:)(\d+)$")
_REVERT_MEMORY = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Updating:
    """Judges news of records that are under care, as one connection tells them.

    Attributes:
        connections: Every open connection; a decision may write to all of them.
        rota: Who works with leads, and whose turn it is.
        now: The moment of judging.
    """

    lifecycle: Lifecycle
    connected: Connected
    connections: Mapping[str, Connected]
    now: datetime
    rota: Rota

    def _update(  # noqa: PLR0913 - the parts of one reading
        self,
        news: News,
        known: Known,
        row: RecordRow,
        remote: RemoteObject,
        stage: str,
        *,
        joining: str = "",
    ) -> Plan:
        """Hold a known record against what the CRM says now, and decide."""
        link = replace(self._link(known, remote), remote_stage=stage)
        believed = self._believed(news, known, row, remote, joining=bool(joining))
        updated = believed.updated
        record, assigned = self._with_owner(row.record, updated, news)
        updated = replace(updated, record=record)
        judging = self._judging(news, record, self._links(known, link), known.open_rows)
        judging.flag, judging.flagged_at = row.flag, row.flagged_at
        judging.clocks, judging.since = known.clocks, row.created_at
        judging.events.extend(assigned)
        if row.status is not RecordStatus.ACTIVE:
            judging.history.append(self._reopened(news, row.record))
        if joining:
            judging.history.append(self._linked(news, row.record, link, joining))
        link, moved = self._judge_stage(judging, news, known, remote, link)
        if updated.changed and not moved:
            judging.take(self._changed(news, judging.record, updated))
        # An object that was deleted and is back has missed what happened since.
        again = news.again or (known.link and known.link.status is LinkStatus.GONE)
        if again and stage != judging.record.stage:
            judging.put_back(link)
        if updated.changed or judging.history:
            keep_time(judging, at=news.happened_at(self.now))
        judging.share(None if joining or again else believed.names)
        self._flag_double(judging, known)
        plan = self._plan_update(news, known, row, updated, judging, link)
        found = (*believed.conflicts, *judging.conflicts)
        plan = replace(plan, conflicts=())
        return with_conflicts(self.lifecycle, plan, row.record, found)

    def _believed(
        self,
        news: News,
        known: Known,
        row: RecordRow,
        remote: RemoteObject,
        *,
        joining: bool,
    ) -> Believed:
        """Return what the reading brought, as far as it counts."""
        shown = remote.properties
        if joining:  # what is empty here is no edit that empties it elsewhere
            shown = {name: value for name, value in shown.items() if value}
        updated = update(
            self.lifecycle,
            self.connected.binding,
            row.record,
            before=known.link.remote_properties if known.link else {},
            now=shown,
        )
        return believe(
            updated,
            lifecycle=self.lifecycle,
            connected=self.connected,
            connections=self.connections,
            known=known,
            at=news.happened_at(self.now),
            now=self.now,
        )

    def _flag_double(self, judging: Judging, known: Known) -> None:
        """List a record for a person when it turns out to be another one, too."""
        doubles = [one for one in known.matches if not one.sure]
        if not doubles or known.chosen:
            return
        names = ", ".join(one.record.record.id for one in doubles)
        judging.flag_for_a_person(
            f"has the {doubles[0].by} of record {names}; if they are one lead, say so "
            "with 'leadstate record link'"
        )

    def _plan_update(  # noqa: PLR0913, PLR0917 - the parts of one plan
        self,
        news: News,
        known: Known,
        row: RecordRow,
        updated: Updated,
        judging: Judging,
        link: LinkRow,
    ) -> Plan:
        merged = absorb(
            self.lifecycle, known, row.record, link, now=self.now, event=news.key
        )
        # A write rests on the record as it is: it must not have moved meanwhile.
        touched = (
            updated.changed
            or judging.history
            or judging.outbox
            or judging.flag != row.flag
        )
        changes = (judging.change(row),) if touched else ()
        plan = Plan(
            inbox_ids=news.inbox_ids,
            changes=(*changes, *merged.changes),
            links=(link, *merged.links),
            seen_links=known.seen,
            history=tuple(merged.history),
            events=self._events(row.record.id, updated.happened),
            field_changes=self._field_changes(row.record.id, updated, news),
            resolved=known.waited_as,
        )
        return judging.onto(plan)

    def _judge_stage(
        self,
        judging: Judging,
        news: News,
        known: Known,
        remote: RemoteObject,
        link: LinkRow,
    ) -> tuple[LinkRow, bool]:
        """Judge a stage that the CRM shows and that we did not put there.

        Returns:
            The link with its count of reverts, and whether the record moved.
        """
        stage = link.remote_stage
        if stage is None or known.expects(stage):
            return link, False
        signal = self._moved_outside(news, remote, link, stage)
        if overruled(known, judging.record, signal, self.connected.name):
            judging.put_back(link)
            judging.conflicts.append(stage_conflict(judging.record, signal, self.now))
            return link, False
        if isinstance(judging.take(signal), Stay):
            again = signal.repeated + 1
            return replace(link, reverts=again, reverted_at=self.now), False
        return replace(link, reverts=0, reverted_at=None), True

    def _moved_outside(
        self, news: News, remote: RemoteObject, link: LinkRow, stage: str
    ) -> MovedOutside:
        told = news.row_about(self.connected.binding.stage_properties)
        happened = told.happened_at if told else None
        actor = str(told.payload.get("actor") or "") if told else ""
        person = self._person(actor)
        return MovedOutside(
            stage=stage,
            at=min(happened or news.happened_at(self.now), self.now),
            actor=person.name if person else actor,
            roles=person.roles if person else None,
            source=self.connected.name,
            reason=self._reason(remote),
            repeated=self._repeated(link),
        )

    def _person(self, actor: str) -> Person | None:
        """Return who that is in the CRM's words: ``CRM_UI userId:11``, or ``11``."""
        user = _USER.search(actor)
        people = self.rota.people
        return people.of_user(self.connected.name, user[1]) if user else None

    def _repeated(self, link: LinkRow) -> int:
        lately = link.reverted_at and self.now - link.reverted_at < _REVERT_MEMORY
        return link.reverts if lately else 0

    def _reason(self, remote: RemoteObject) -> str | None:
        name = self.connected.binding.reason
        return (remote.properties.get(name) or None) if name else None

    # -- rows --------------------------------------------------------------------------

    def _judging(
        self,
        news: News,
        record: Record,
        links: Sequence[LinkRow],
        open_rows: Sequence[OutboxRow] = (),
    ) -> Judging:
        return Judging(
            lifecycle=self.lifecycle,
            connections=self.connections,
            now=self.now,
            event=news.key,
            record=record,
            rota=self.rota,
            links=links,
            open_rows=open_rows,
        )

    def _changed(self, news: News, record: Record, updated: Updated) -> Changed:
        """Return the signal; what arrived late dates it at its true time."""
        at = news.happened_at(self.now)
        late = [one for one in updated.happened if one.at <= self.now]
        guards = compile_lifecycle(self.lifecycle).automatic.get(record.stage, ())
        asked = {name for one in guards if one.guard for name in one.guard.fields}
        # A value that counts came just now, too: nobody knows that it was true before.
        edited = any(name in asked for name, _, _ in updated.fields)
        earliest = at if edited else record.entered_at
        true = true_time(self.lifecycle, record, late, earliest=earliest, now=self.now)
        return Changed(at=min(true or at, self.now), source=self.connected.name)

    def _with_owner(
        self, before: Record, updated: Updated, news: News
    ) -> tuple[Record, tuple[EventRow, ...]]:
        """Return the record with the event that somebody got it, if somebody did."""
        record = updated.record
        owner = self.lifecycle.owner_of(record)
        if owner is None or owner == self.lifecycle.owner_of(before):
            return record, ()
        happened = Happening(ASSIGNED, news.happened_at(self.now))
        happenings = sorted((*record.happenings, happened), key=lambda one: one.at)
        row = self._events(record.id, [happened])
        return replace(record, happenings=tuple(happenings)), row

    def _link(self, known: Known, remote: RemoteObject) -> LinkRow:
        """Return the object's link as this reading leaves it."""
        link = known.link or LinkRow(
            connection=self.connected.name,
            object=self.connected.binding.object,
            external_id=remote.id,
            seen_at=self.now,
        )
        return replace(
            link,
            remote_properties=dict(remote.properties),
            remote_updated_at=remote.updated_at,
            seen_at=self.now,
            status=LinkStatus.ACTIVE,
            reason="",
            merged_into=None,
        )

    @staticmethod
    def _links(known: Known, link: LinkRow) -> tuple[LinkRow, ...]:
        """Return the record's links, with this one as just read."""
        place = (link.connection, link.external_id)
        others = [
            one for one in known.links if (one.connection, one.external_id) != place
        ]
        return (*others, link)

    def _reopened(self, news: News, record: Record) -> HistoryEntry:
        return entry_of(
            self.lifecycle,
            record,
            HistoryKind.REOPENED,
            source=self.connected.name,
            now=self.now,
            event=news.key,
            to_stage=record.stage,
            happened_at=news.happened_at(self.now),
            note="is back in the CRM",
        )

    def _linked(
        self, news: News, record: Record, link: LinkRow, by: str
    ) -> HistoryEntry:
        how = {"token": "was created for it", "choice": "a person said so"}
        why = how.get(by, f"has the same {by}")
        return entry_of(
            self.lifecycle,
            record,
            HistoryKind.LINKED,
            source=self.connected.name,
            now=self.now,
            event=news.key,
            happened_at=news.happened_at(self.now),
            note=f"{link.object} {link.external_id} is this lead, too: {why}",
        )

    def _events(
        self, record_id: str, happenings: Iterable[Happening]
    ) -> tuple[EventRow, ...]:
        return tuple(
            EventRow(
                record_id=record_id,
                name=one.event,
                at=one.at,
                source=self.connected.name,
                learnt_at=self.now,
            )
            for one in happenings
        )

    def _field_changes(
        self, record_id: str, updated: Updated, news: News
    ) -> tuple[FieldChange, ...]:
        return tuple(
            FieldChange(
                record_id=record_id,
                field=name,
                old=to_json(before),
                new=to_json(value),
                changed_at=news.happened_at(self.now),
                learnt_at=self.now,
                source=self.connected.name,
                personal=self.lifecycle.fields[name].tells_of_a_person,
            )
            for name, before, value in updated.fields
        )
