"""What one object's news means: judge it, and plan every row that its commit writes.

Pure but for the record id it is handed: no clock, no database, no CRM.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from leadstate.adapters import Gone, RemoteObject
from leadstate.domain.history import HistoryKind
from leadstate.domain.record import Record
from leadstate.domain.signal import Changed
from leadstate.guards import folded
from leadstate.service.clocks.timekeeping import keep_time
from leadstate.service.deciding.identity import identities_of
from leadstate.service.deciding.mapping import happenings_of, values_of
from leadstate.service.news.disputes import (
    with_left,
)
from leadstate.service.news.endings import entry_of, plan_gone
from leadstate.service.news.joining import ambiguity, being_created, the_one
from leadstate.service.news.updating import Updating
from leadstate.service.plan import Plan, link_ref
from leadstate.store import (
    DeadLetterItem,
    Door,
    LinkStatus,
    NewRecord,
    RecordStatus,
)

if TYPE_CHECKING:
    from leadstate.domain.history import HistoryEntry
    from leadstate.service.plan import Known, Match, News

__all__ = ["Digest"]

_REVERT_MEMORY = timedelta(hours=24)


class Digest(Updating):
    """Judges news of one connection, of new objects and of known ones."""

    def plan(self, news: News, known: Known, *, new_id: str) -> Plan:
        """Return the rows of one commit; nothing is judged while an own write is open.

        Args:
            news: What the inbox and the CRM say.
            known: What the store knows.
            new_id: Id of the record, should one come under care.
        """
        match news.remote:
            case Gone():
                return plan_gone(self.lifecycle, news, known, news.remote, self.now)
            case RemoteObject():
                return self._read(news, known, news.remote, new_id)
            case _:
                assert_never(news.remote)

    def _read(
        self, news: News, known: Known, remote: RemoteObject, new_id: str
    ) -> Plan:
        binding = self.connected.binding
        if (
            known.link is None
            and not known.merged
            and binding.ignores(remote.properties)
        ):
            return Plan(inbox_ids=news.inbox_ids)
        if known.forgotten or _is_forgotten(known):
            return self._turn_away(news, known, remote)
        stage = binding.stage_of(remote.properties)
        if known.sending and not known.expects(stage):
            return Plan(inbox_ids=news.inbox_ids, defer=True)
        if stage is None:
            return self._quarantine(
                news, known, remote, "unknown stage", self._unknown_stage(remote)
            )
        if known.chosen or known.record is None:
            return self._place(news, known, remote, stage, new_id)
        return self._update(news, known, known.record, remote, stage)

    def _turn_away(self, news: News, known: Known, remote: RemoteObject) -> Plan:
        """Take nothing of an object of somebody who was forgotten but its id."""
        silent = Plan(inbox_ids=news.inbox_ids, silent=news.inbox_ids)
        if not known.forgotten:
            return silent
        link = replace(
            self._link(known, remote),
            remote_properties={},
            remote_stage=None,
            status=LinkStatus.ERASED,
            reason="erased",
        )
        return replace(
            silent, links=(link,), seen_links=known.seen, resolved=known.waited_as
        )

    def _place(
        self, news: News, known: Known, remote: RemoteObject, stage: str, new_id: str
    ) -> Plan:
        """Find the record of an object that has none, or for which a person chose."""
        if known.chosen and known.matches:
            return self._join(news, known, remote, stage, known.matches[0])
        if known.merged:
            return self._adopt(news, known, remote, stage)
        if known.matches:
            return self._belong(news, known, remote, stage)
        return self._enter(news, known, remote, stage, new_id)

    def _unknown_stage(self, remote: RemoteObject) -> str:
        names = self.connected.binding.stage_properties
        shown = ", ".join(f"{name}={remote.properties.get(name)!r}" for name in names)
        return (
            f"no stage of {self.lifecycle.name!r} is bound to {shown}; bind it under "
            "'stages' in the binding file, or correct the object in the CRM"
        )

    def _quarantine(
        self, news: News, known: Known, remote: RemoteObject, what: str, reason: str
    ) -> Plan:
        """Put an object aside that nobody can place; never guess."""
        # Whatever it shows next is judged: moves made meanwhile were not written to it.
        link = replace(
            self._link(known, remote),
            status=LinkStatus.QUARANTINED,
            reason=reason,
            remote_stage=None,
        )
        dead = DeadLetterItem(
            door=Door.LINK,
            ref=link_ref(link),
            connection=link.connection,
            object=link.object,
            external_id=link.external_id,
            record_id=link.record_id,
            reason=what,
            detail=reason,
            at=self.now,
        )
        return Plan(
            inbox_ids=news.inbox_ids,
            links=(link,),
            seen_links=known.seen,
            dead=dead,
        )

    # -- an object that may be somebody we know ----------------------------------------

    def _belong(
        self, news: News, known: Known, remote: RemoteObject, stage: str
    ) -> Plan:
        """Link the object to its record, or list it for a person."""
        name = self.connected.name
        if any(being_created(match, name) for match in known.matches):
            return Plan(inbox_ids=news.inbox_ids, defer=True)
        match = the_one(known.matches, name)
        if match is None:
            why = ambiguity(known.matches, name, remote.id)
            return self._quarantine(news, known, remote, "ambiguous person", why)
        return self._join(news, known, remote, stage, match)

    def _join(
        self, news: News, known: Known, remote: RemoteObject, stage: str, match: Match
    ) -> Plan:
        """Let an object of this CRM be the record's from now on.

        What the CRM shows is an edit like any other: by field owner, then the newest.
        """
        row = match.record
        moved = known.record is not None and known.record.record.id != row.record.id
        link = replace(
            self._link(known, remote),
            record_id=row.record.id,
            remote_stage=None,
            remote_properties={},
        )
        as_known = replace(
            known,
            link=link,
            record=row,
            links=(*match.links, link),
            open_rows=match.open_rows,
            clocks=match.clocks,
            merged=(),
        )
        plan = self._update(news, as_known, row, remote, stage, joining=match.by)
        if moved and known.record is not None:
            left = [one for one in known.links if one.external_id != remote.id]
            plan = with_left(self.lifecycle, plan, known.record, left, row, self.now)
        seen = (*known.seen, *match.links)
        return replace(plan, seen_links=seen, resolved=known.waited_as)

    # -- an object that is new ---------------------------------------------------------

    def _enter(
        self, news: News, known: Known, remote: RemoteObject, stage: str, new_id: str
    ) -> Plan:
        """Take a new object under care, where the CRM says it stands."""
        record = self._new_record(remote, stage, new_id)
        link = replace(self._link(known, remote), record_id=new_id, remote_stage=stage)
        judging = self._judging(news, record, (link,))
        judging.history.append(self._entered(news, record))
        judging.since = self.now
        judging.take(Changed(at=news.happened_at(self.now), source=link.connection))
        entering = judging.record.stage_version == record.stage_version
        keep_time(judging, at=news.happened_at(self.now), entering=entering)
        judging.share(())
        added = NewRecord(
            record=replace(judging.record, version=1),
            workflow=self.lifecycle.name,
            created_at=self.now,
            folded=folded(judging.record.values, self.lifecycle.fields),
            identities=identities_of(self.lifecycle.fields, record.values),
            owner=self.lifecycle.owner_of(judging.record),
        )
        plan = Plan(
            inbox_ids=news.inbox_ids,
            added=added,
            links=(link,),
            seen_links=known.seen,
            events=self._events(new_id, record.happenings),
            resolved=known.waited_as,
        )
        return judging.onto(plan)

    def _new_record(self, remote: RemoteObject, stage: str, new_id: str) -> Record:
        binding = self.connected.binding
        # Only in the first stage is the time of entering known: the object's birth.
        fresh = stage == self.lifecycle.initial.name
        return Record(
            id=new_id,
            stage=stage,
            version=1,
            entered_at=remote.created_at if fresh else None,
            workflow_version=self.lifecycle.version,
            values=values_of(self.lifecycle, binding, remote.properties),
            happenings=happenings_of(binding, remote.properties),
        )

    def _entered(self, news: News, record: Record) -> HistoryEntry:
        note = (
            "first seen in the CRM"
            if record.stage == self.lifecycle.initial.name
            else "was in this stage already when first seen"
        )
        return entry_of(
            self.lifecycle,
            record,
            HistoryKind.ENTERED,
            source=self.connected.name,
            now=self.now,
            event=news.key,
            to_stage=record.stage,
            happened_at=record.entered_at,
            note=note,
        )

    # -- an object that others were merged into ----------------------------------------

    def _adopt(
        self, news: News, known: Known, remote: RemoteObject, stage: str
    ) -> Plan:
        """Keep one timeline when the CRM merged known objects into a new one.

        HubSpot gives the survivor of a merge a new id, unless the portal preserves the
        primary's (developers.hubspot.com, merging records, as of 2026-11); the oldest
        record goes on, the others are closed into it.
        """
        kept_link, kept = min(known.merged, key=lambda pair: pair[1].created_at)
        link = replace(
            self._link(known, remote),
            record_id=kept.record.id,
            remote_stage=kept_link.remote_stage,
            remote_properties=kept_link.remote_properties,
        )
        clocks = tuple(one for one in known.clocks if one.record_id == kept.record.id)
        as_known = replace(known, link=link, record=kept, links=(link,), clocks=clocks)
        plan = self._update(news, as_known, kept, remote, stage)
        return replace(plan, seen_links=known.seen)


def _is_forgotten(known: Known) -> bool:
    """Whether the person was erased: nothing that another CRM holds comes back."""
    rows = [known.record, *(one.record for one in known.matches)]
    return any(row and row.status is RecordStatus.ERASED for row in rows)
