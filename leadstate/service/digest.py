"""What one object's news means: judge it, and plan every row that its commit writes.

Pure but for the record id it is handed: no clock, no database, no CRM.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from leadstate.adapters import Gone, GoneReason, RemoteObject
from leadstate.domain.decision import Decision, Move, Orphaned, Stay
from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.domain.lifecycle import OutsideAnswer
from leadstate.domain.record import Happening, Record
from leadstate.domain.signal import Changed, MovedOutside, Signal
from leadstate.domain.values import to_json
from leadstate.engine.decide import decide
from leadstate.engine.journal import after, entries
from leadstate.guards import folded
from leadstate.service.effects import outbox_items
from leadstate.service.mapping import happenings_of, values_of
from leadstate.service.plan import Plan
from leadstate.store import (
    DeadLetterItem,
    Door,
    EventRow,
    FieldChange,
    LinkRow,
    LinkStatus,
    NewRecord,
    RecordChange,
    RecordStatus,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.values import Value
    from leadstate.service.app import Connected
    from leadstate.service.plan import Known, News
    from leadstate.store import InboxRow, OutboxItem, RecordRow

__all__ = ["Digest"]

_REVERT_MEMORY = timedelta(hours=24)


@dataclass(slots=True, kw_only=True)
class _State:
    """A record on its way through the decisions of one piece of news."""

    record: Record
    link: LinkRow
    flag: str | None
    flagged_at: datetime | None
    history: list[HistoryEntry]
    outbox: list[OutboxItem]
    overtaken: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """Judges news of one connection.

    Attributes:
        connections: Every open connection; a decision may write to all of them.
        now: The moment of judging.
    """

    lifecycle: Lifecycle
    connected: Connected
    connections: Mapping[str, Connected]
    now: datetime

    def plan(self, news: News, known: Known, *, new_id: str) -> Plan:
        """Return the rows of one commit; nothing is judged while an own write is open.

        Args:
            new_id: Id of the record, should one come under care.
        """
        match news.remote:
            case Gone():
                return self._gone(news, known, news.remote)
            case RemoteObject():
                return self._read(news, known, news.remote, new_id)
            case _:
                assert_never(news.remote)

    # -- an object that could be read ------------------------------------------------

    def _read(
        self, news: News, known: Known, remote: RemoteObject, new_id: str
    ) -> Plan:
        stage = self.connected.binding.stage_of(remote.properties)
        settled = stage in _expected(known)
        if not settled and any(row.sent for row in known.pending):
            return Plan(inbox_ids=_ids(news), defer=True)
        if stage is None:
            return self._quarantine(news, known, remote)
        if known.record is None:
            return self._enter(news, known, remote, stage, new_id)
        return self._update(news, known, known.record, remote, stage)

    def _quarantine(self, news: News, known: Known, remote: RemoteObject) -> Plan:
        names = self.connected.binding.stage_properties
        shown = ", ".join(f"{name}={remote.properties.get(name)!r}" for name in names)
        reason = (
            f"no stage of {self.lifecycle.name!r} is bound to {shown}; bind it under "
            "'stages' in the binding file, or correct the object in the CRM"
        )
        link = replace(
            self._link(known, remote),
            status=LinkStatus.QUARANTINED,
            reason=reason,
            remote_stage=known.link.remote_stage if known.link else None,
        )
        dead = DeadLetterItem(
            door=Door.LINK,
            ref=_link_ref(link),
            connection=link.connection,
            object=link.object,
            external_id=link.external_id,
            record_id=link.record_id,
            reason="unknown stage",
            detail=reason,
            at=self.now,
        )
        return Plan(
            inbox_ids=_ids(news), links=(link,), seen_links=_seen(known), dead=dead
        )

    def _enter(
        self, news: News, known: Known, remote: RemoteObject, stage: str, new_id: str
    ) -> Plan:
        """Take a new object under care, where the CRM says it stands."""
        if known.merged:
            return self._adopt(news, known, remote, stage)
        fresh = stage == self.lifecycle.initial.name
        record = Record(
            id=new_id,
            stage=stage,
            version=1,
            entered_at=remote.created_at if fresh else None,
            workflow_version=self.lifecycle.version,
            values=values_of(
                self.lifecycle, self.connected.binding, remote.properties
            ),
            happenings=happenings_of(self.connected.binding, remote.properties),
        )
        link = replace(
            self._link(known, remote), record_id=new_id, remote_stage=stage
        )
        entered = self._entry(
            record,
            HistoryKind.ENTERED,
            to_stage=stage,
            happened_at=record.entered_at,
            note="first seen in the CRM" if fresh else "already in this stage when first seen",
        )
        state = _State(
            record=record, link=link, flag=None, flagged_at=None, history=[entered],
            outbox=[],
        )  # fmt: skip
        self._take(state, Changed(at=_when(news, remote, self.now), source=self._name),
                   news, links=(link,))
        added = NewRecord(
            record=state.record,
            workflow=self.lifecycle.name,
            created_at=self.now,
            folded=folded(state.record.values, self.lifecycle.fields),
        )
        return Plan(
            inbox_ids=_ids(news),
            added=added,
            links=(state.link,),
            seen_links=_seen(known),
            history=tuple(state.history),
            events=self._events(new_id, record.happenings),
            outbox=tuple(state.outbox),
            resolved=_resolved(known),
        )

    def _update(
        self, news: News, known: Known, row: RecordRow, remote: RemoteObject, stage: str
    ) -> Plan:
        """Hold a known record against what the CRM says now, and decide."""
        link = self._link(known, remote)
        record, changed, happened = self._with_news(row.record, known, remote)
        state = _State(
            record=record, link=link, flag=row.flag, flagged_at=row.flagged_at,
            history=[], outbox=[],
        )  # fmt: skip
        if row.status is not RecordStatus.ACTIVE:
            state.history.append(self._reopened(record))
        judged = self._judge_stage(state, news, known, remote, stage)
        if (changed or happened) and not judged:
            signal = Changed(at=_when(news, remote, self.now), source=self._name)
            self._take(state, signal, news, links=self._links(known, state.link))
        absorbed = self._absorb(known, state)
        touched = record is not row.record or state.history or row.status != "active"
        changes = (self._change(state, row),) if touched else ()
        return Plan(
            inbox_ids=_ids(news),
            changes=(*changes, *absorbed[0]),
            links=(state.link, *absorbed[1]),
            seen_links=_seen(known),
            history=(*state.history, *absorbed[2]),
            events=self._events(record.id, happened),
            field_changes=changed,
            outbox=tuple(state.outbox),
            supersede=(record.id,) if state.overtaken else (),
            resolved=_resolved(known),
        )

    def _adopt(
        self, news: News, known: Known, remote: RemoteObject, stage: str
    ) -> Plan:
        """Keep one timeline when the CRM merged known objects into a new one.

        HubSpot gives the survivor of a merge a new id (hubspot.md section 10); the
        oldest record goes on, the others are closed into it.
        """
        ordered = sorted(known.merged, key=lambda pair: pair[1].created_at)
        kept_link, kept = ordered[0]
        link = replace(
            self._link(known, remote),
            record_id=kept.record.id,
            remote_stage=kept_link.remote_stage,
            remote_properties=kept_link.remote_properties,
        )
        as_known = replace(
            known,
            link=link,
            record=kept,
            links=(link,),
            merged=tuple(known.merged),
        )
        plan = self._update(news, as_known, kept, remote, stage)
        return replace(plan, seen_links=_seen(known))

    # -- what changed ------------------------------------------------------------------

    def _with_news(
        self, record: Record, known: Known, remote: RemoteObject
    ) -> tuple[Record, tuple[FieldChange, ...], tuple[Happening, ...]]:
        """Return the record with new values and behaviour, and what is new about it."""
        before = known.link.remote_properties if known.link else {}
        news = {
            name: value
            for name, value in remote.properties.items()
            if name not in before or before[name] != value
        }
        if not news:
            return record, (), ()
        binding = self.connected.binding
        fields = {n for n, source in binding.fields.items() if source.property in news}
        values = values_of(self.lifecycle, binding, news)
        changed = self._field_changes(record, fields, values, remote)
        happened = tuple(
            one
            for one in happenings_of(binding, news)
            if one not in record.happenings
        )
        if not changed and not happened:
            return record, (), ()
        kept = {n: v for n, v in record.values.items() if n not in fields}
        merged = tuple(sorted((*record.happenings, *happened), key=lambda one: one.at))
        return (
            replace(record, values=kept | values, happenings=merged),
            changed,
            happened,
        )

    def _field_changes(
        self,
        record: Record,
        fields: Iterable[str],
        values: Mapping[str, Value],
        remote: RemoteObject,
    ) -> tuple[FieldChange, ...]:
        return tuple(
            FieldChange(
                record_id=record.id,
                field=name,
                old=to_json(record.values.get(name)),
                new=to_json(values.get(name)),
                changed_at=remote.updated_at,
                learnt_at=self.now,
                source=self._name,
            )
            for name in sorted(fields)
            if record.values.get(name) != values.get(name)
        )

    # -- decisions ---------------------------------------------------------------------

    def _judge_stage(  # noqa: PLR0913
        self, state: _State, news: News, known: Known, remote: RemoteObject, stage: str
    ) -> bool:
        """Judge a stage that the CRM shows and we did not put there; True if it moved."""
        known_stage = known.link.remote_stage if known.link else None
        state.link = replace(state.link, remote_stage=stage)
        if stage in (state.record.stage, known_stage):
            return False
        told = _told(news, self.connected.binding.stage_properties)
        signal = MovedOutside(
            stage=stage,
            at=told.happened_at if told and told.happened_at else _when(news, remote, self.now),
            actor=str(told.payload.get("actor") or "") if told else "",
            source=self._name,
            reason=_reason(self.connected, remote),
            repeated=self._repeated(state.link),
        )
        decision = self._take(state, signal, news, links=self._links(known, state.link))
        if isinstance(decision, Stay):
            repeated = signal.repeated + 1
            state.link = replace(state.link, reverts=repeated, reverted_at=self.now)
            return False
        state.link = replace(state.link, reverts=0, reverted_at=None)
        return True

    def _repeated(self, link: LinkRow) -> int:
        lately = link.reverted_at and self.now - link.reverted_at < _REVERT_MEMORY
        return link.reverts if lately else 0

    def _take(
        self, state: _State, signal: Signal, news: News, *, links: Iterable[LinkRow]
    ) -> Decision:
        """Decide, and add what the decision leaves behind to the state."""
        decision = decide(self.lifecycle, state.record, signal, now=self.now)
        event = news.rows[-1].key if news.rows else ""
        state.history.extend(
            entries(
                self.lifecycle, state.record, decision, signal,
                now=self.now, source_event=event,
            )  # fmt: skip
        )
        state.record = after(self.lifecycle, state.record, decision, at=signal.at)
        self._set_flag(state, decision)
        sent = outbox_items(
            self.lifecycle, state.record, decision, signal,
            links=links, connections=self.connections, event=event, now=self.now,
        )  # fmt: skip
        state.overtaken |= isinstance(decision, Move) or bool(sent)
        state.outbox.extend(sent)
        return decision

    def _set_flag(self, state: _State, decision: Decision) -> None:
        match decision:
            case Orphaned():
                known = ", ".join(decision.known)
                state.flag = f"stage {decision.stage!r} is not in the workflow: {known}"
                state.flagged_at = self.now
            case Move(answer=OutsideAnswer.FLAG):
                step = decision.steps[0]
                state.flag = (
                    f"moved in the CRM from {step.source!r} to {step.target!r} "
                    "against the criteria"
                )
                state.flagged_at = self.now
            case Move():
                state.flag, state.flagged_at = None, None
            case Stay():
                pass

    # -- an object that is gone --------------------------------------------------------

    def _gone(self, news: News, known: Known, gone: Gone) -> Plan:
        if known.link is None or known.link.status in (LinkStatus.GONE, LinkStatus.MERGED):
            return Plan(inbox_ids=_ids(news))
        merged = gone.reason is GoneReason.MERGED
        link = replace(
            known.link,
            status=LinkStatus.MERGED if merged else LinkStatus.GONE,
            reason=str(gone.reason),
            merged_into=gone.into,
            seen_at=self.now,
        )
        row = known.record
        others = [one for one in known.links if one != known.link]
        alive = any(one.status is LinkStatus.ACTIVE for one in others)
        if row is None or alive or row.status is not RecordStatus.ACTIVE:
            return Plan(inbox_ids=_ids(news), links=(link,), seen_links=_seen(known))
        entry = self._entry(
            row.record,
            HistoryKind.CLOSED,
            from_stage=row.record.stage,
            note=f"{link.object} {link.external_id} is gone from the CRM ({gone.reason})",
        )
        return Plan(
            inbox_ids=_ids(news),
            changes=(self._closing(row),),
            links=(link,),
            seen_links=_seen(known),
            history=(entry,),
            supersede=(row.record.id,),
        )

    def _closing(self, row: RecordRow) -> RecordChange:
        record = replace(row.record, version=row.record.version + 1)
        return RecordChange(
            record=record,
            expected_version=row.record.version,
            folded=folded(record.values, self.lifecycle.fields),
            status=RecordStatus.CLOSED,
        )

    def _absorb(
        self, known: Known, state: _State
    ) -> tuple[list[RecordChange], list[LinkRow], list[HistoryEntry]]:
        """Close the records whose objects were merged into this one."""
        changes: list[RecordChange] = []
        links: list[LinkRow] = []
        rows: list[HistoryEntry] = []
        for link, row in known.merged:
            into = state.link.external_id
            links.append(
                replace(
                    link, status=LinkStatus.MERGED, merged_into=into, seen_at=self.now
                )
            )
            if link.status is LinkStatus.MERGED:
                continue
            note = f"{link.object} {link.external_id} was merged into {into}"
            rows.append(self._entry(state.record, HistoryKind.MERGED, note=note))
            if row.record.id != state.record.id and row.status is RecordStatus.ACTIVE:
                changes.append(self._closing(row))
                closed = self._entry(
                    row.record, HistoryKind.CLOSED, from_stage=row.record.stage,
                    note=f"{note}; its history goes on as record {state.record.id}",
                )  # fmt: skip
                rows.append(closed)
        return changes, links, rows

    # -- rows --------------------------------------------------------------------------

    @property
    def _name(self) -> str:
        return self.connected.name

    def _link(self, known: Known, remote: RemoteObject) -> LinkRow:
        """Return the object's link as this reading leaves it."""
        link = known.link or LinkRow(
            connection=self._name,
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
        others = [
            one
            for one in known.links
            if (one.connection, one.external_id) != (link.connection, link.external_id)
        ]
        return (*others, link)

    def _change(self, state: _State, row: RecordRow) -> RecordChange:
        record = replace(state.record, version=row.record.version + 1)
        return RecordChange(
            record=record,
            expected_version=row.record.version,
            folded=folded(record.values, self.lifecycle.fields),
            status=RecordStatus.ACTIVE,
            flag=state.flag,
            flagged_at=state.flagged_at,
        )

    def _events(
        self, record_id: str, happenings: Iterable[Happening]
    ) -> tuple[EventRow, ...]:
        return tuple(
            EventRow(
                record_id=record_id, name=one.event, at=one.at,
                source=self._name, learnt_at=self.now,
            )  # fmt: skip
            for one in happenings
        )

    def _reopened(self, record: Record) -> HistoryEntry:
        return self._entry(
            record, HistoryKind.REOPENED, to_stage=record.stage, note="is back in the CRM"
        )

    def _entry(  # noqa: PLR0913 - the facts of one row, keyword-only
        self,
        record: Record,
        kind: HistoryKind,
        *,
        note: str,
        from_stage: str | None = None,
        to_stage: str | None = None,
        happened_at: datetime | None = None,
    ) -> HistoryEntry:
        return HistoryEntry(
            record_id=record.id,
            kind=kind,
            cause=Cause.IMPORT if kind is HistoryKind.ENTERED else Cause.OUTSIDE,
            actor=self._name,
            happened_at=happened_at,
            learnt_at=self.now,
            from_stage=from_stage,
            to_stage=to_stage,
            note=note,
            source=self._name,
            pass_number=record.pass_number,
            workflow_version=self.lifecycle.version,
        )


def _ids(news: News) -> tuple[int, ...]:
    return tuple(row.id for row in news.rows)


def _link_ref(link: LinkRow) -> str:
    return f"{link.connection}:{link.object}:{link.external_id}"


def _resolved(known: Known) -> tuple[str, ...]:
    """An object that is understood now has no open dead letter any more."""
    waited = known.link and known.link.status is LinkStatus.QUARANTINED
    return (_link_ref(known.link),) if known.link and waited else ()


def _seen(known: Known) -> tuple[LinkRow, ...]:
    return (known.link,) if known.link else ()


def _expected(known: Known) -> set[str | None]:
    """Return the stages that the CRM may show without anybody having moved there."""
    expected = {known.link.remote_stage if known.link else None}
    if known.record is not None:
        expected.add(known.record.record.stage)
    return expected


def _when(news: News, remote: RemoteObject, now: datetime) -> datetime:
    """Return when it happened by the CRM's clock; never later than now."""
    told = [row.happened_at for row in news.rows if row.happened_at is not None]
    moment = max(told) if told else remote.updated_at
    return min(moment, now) if moment else now


def _told(news: News, properties: Iterable[str]) -> InboxRow | None:
    """Return the newest row that tells of a stage property, if a webhook did."""
    names = set(properties)
    for row in reversed(news.rows):
        if row.payload.get("property") in names and row.payload.get("value"):
            return row
    return None


def _reason(connected: Connected, remote: RemoteObject) -> str | None:
    name = connected.binding.reason
    return (remote.properties.get(name) or None) if name else None
