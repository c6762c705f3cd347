"""Everything that a workflow may have in a store, by chance: rows of every table.

Two workflows that are filled so say the same words: stages, fields, SLAs, owners and
connections are those of `reported_leads`, the objects in the CRM are the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from reported_leads import LIFECYCLE, START, VERSIONS

from leadstate.domain.clock import Pause, SlaClock, Timer, TimerKind
from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.domain.record import Record
from leadstate.domain.values import coerce
from leadstate.guards.facts import folded
from leadstate.store import (
    ApprovalItem,
    ConflictItem,
    DeadLetterItem,
    Door,
    EventRow,
    FieldChange,
    FirstVisit,
    InboxItem,
    InboxState,
    LinkRow,
    LinkStatus,
    NewRecord,
    OutboxItem,
    OutboxKind,
    RecordStatus,
    VisitEnd,
    VisitTurn,
)
from leadstate.store.rows import PastRow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from random import Random

    from leadstate.domain.values import Value
    from leadstate.store import Store, Work

STAGES = tuple(LIFECYCLE.stages)
SLAS = tuple(
    (one.name, its.name) for one in LIFECYCLE.stages.values() for its in one.slas
)
PEOPLE = ("ann", "bob", None)
VALUES: dict[str, tuple[object, ...]] = {
    "email": ("ann@x.example", "bob@x.example", None),
    "size": (5, 20, 80, None),
    "role": ("owner", "director", None),
    "budget": (5, 500, None),
    "need": ("a CRM", None),
    "source": ("ads", "ADS", "fair", None),
    "campaign": ("spring", None),
    "rep": ("ann", "bob", None),
}
STATUSES = (*[RecordStatus.ACTIVE] * 4, RecordStatus.CLOSED, RecordStatus.ERASED)
KINDS = (HistoryKind.REFUSED, HistoryKind.REVERTED, HistoryKind.EDITED)


@dataclass
class Neighbour:
    """One workflow at its place in the store.

    Attributes:
        prefix: Its records' ids begin so.
    """

    store: Store
    prefix: str
    chance: Random

    def settle_in(self) -> None:
        """Keep some records, and whatever may belong to them, in one commit."""
        with self.store.begin() as work:
            self._apply(work)
            for number in range(self.chance.randint(1, 6)):
                self._live(work, f"{self.prefix}{number}", str(number))
            for number in range(self.chance.randint(0, 3)):
                self._of_strangers(work, f"s{number}")
            work.commit()

    def _apply(self, work: Work) -> None:
        name = self.store.workflow
        version = f"{name}-1"
        work.workflows.apply(version, name, name, "", START)
        work.history.append(
            [
                self._entry("", HistoryKind.APPLIED, workflow_version=version),
                self._entry("", HistoryKind.PEOPLE, workflow_version=""),
            ][: 1 + (self.prefix == "a")]
        )

    # -- one record --------------------------------------------------------------------

    def _live(self, work: Work, id_: str, external_id: str) -> None:
        status = self.chance.choice(STATUSES)
        ways = (*STAGES, f"old {self.prefix}")  # a stage that the workflow has no more
        stays = [self.chance.choice(ways) for _ in range(self.chance.randint(1, 4))]
        self._record(work, id_, stays[-1], status)
        self._link(work, id_, external_id, status)
        self._stays(work, id_, stays, status)
        self._past(work, id_, external_id)
        self._waiting(work, id_, external_id, len(stays), status)

    def _record(self, work: Work, id_: str, stage: str, status: RecordStatus) -> None:
        values = self._values()
        flag = self.chance.choice((None, "odd"))
        new = NewRecord(
            record=Record(
                id=id_, stage=stage, values=values, entered_at=self._moment()
            ),
            workflow=self.store.workflow,
            created_at=self._moment(),
            folded=folded(values, LIFECYCLE.fields),
            identities={"email": str(values["email"])} if "email" in values else {},
            owner=self.chance.choice(PEOPLE),
            status=status,
            flag=flag,
            flagged_at=self._moment() if flag else None,
        )
        work.records.add([new])

    def _values(self) -> dict[str, Value]:
        said = {name: self.chance.choice(ones) for name, ones in VALUES.items()}
        fields = LIFECYCLE.fields
        return {
            name: coerce(one, fields[name].type, fields[name].options)
            for name, one in said.items()
            if one is not None
        }

    def _link(
        self, work: Work, id_: str, external_id: str, status: RecordStatus
    ) -> None:
        merged = status is RecordStatus.CLOSED and self.chance.random() < 0.5
        link = LinkRow(
            connection="hub",
            object=self.chance.choice(("contacts", "deals")),
            external_id=external_id,
            seen_at=self._moment(),
            record_id=id_,
            remote_properties={"email": "ann@x.example"},
            status=LinkStatus.MERGED if merged else LinkStatus.ACTIVE,
            merged_into="0" if merged else None,
        )
        work.links.save([link])

    def _stays(
        self, work: Work, id_: str, stays: list[str], status: RecordStatus
    ) -> None:
        moment, number = self._moment(), 1
        for place, stage in enumerate(stays):
            kind = HistoryKind.MOVED if place else HistoryKind.ENTERED
            number += place > 0 and self.chance.random() < 0.3
            entry = self._entry(
                id_,
                kind,
                happened_at=moment,
                from_stage=stays[place - 1] if place else None,
                to_stage=stage,
                pass_number=number,
            )
            [row] = work.history.append([entry])
            self._turn(work, entry, row, first=not place)
            moment += timedelta(hours=self.chance.randint(0, 200))
        if status is not RecordStatus.ACTIVE:
            entry = self._entry(id_, HistoryKind.CLOSED, from_stage=stays[-1])
            [row] = work.history.append([entry])
            end = VisitEnd(record_id=id_, left_by=row, left_at=moment)
            work.visits.close([end])
        for kind in KINDS:
            if self.chance.random() < 0.4:
                work.history.append(
                    [self._entry(id_, kind, from_stage=self.chance.choice(STAGES))]
                )

    def _turn(self, work: Work, entry: HistoryEntry, row: str, *, first: bool) -> None:
        place = {
            "record_id": id_ if (id_ := entry.record_id) else "",
            "stage": entry.to_stage or "",
            "entered_at": self.chance.choice(
                (entry.happened_at, entry.happened_at, None)
            ),
            "pass_number": entry.pass_number,
            "owner": self.chance.choice(PEOPLE),
            "workflow_version": entry.workflow_version,
        }
        if first:
            work.visits.open_first([FirstVisit(entered_by=row, **place)])  # type: ignore[arg-type]
            return
        left = entry.happened_at
        work.visits.turn([VisitTurn(history_id=row, left_at=left, **place)])  # type: ignore[arg-type]

    def _entry(self, id_: str, kind: HistoryKind, **given: object) -> HistoryEntry:
        columns: dict[str, object] = {
            "cause": Cause.MANUAL,
            "actor": self.chance.choice(("ann", "leadstate")),
            "happened_at": self.chance.choice((self._moment(), None)),
            "learnt_at": self._moment(),
            "from_stage": None,
            "to_stage": None,
            "transition": self.chance.choice((None, *LIFECYCLE.transitions)),
            "reason": self.chance.choice((None, "timing", "price", "because")),
            "note": self.chance.choice(("", "said so")),
            "receipt": self.chance.choice(({}, {"refusal": "guards"})),
            "workflow_version": self.chance.choice(VERSIONS),
        }
        return HistoryEntry(record_id=id_, kind=kind, **(columns | given))  # type: ignore[arg-type]

    # -- what belongs to it ------------------------------------------------------------

    def _past(self, work: Work, id_: str, external_id: str) -> None:
        at, learnt = self._moment(), self._moment()
        event = self.chance.choice(("called", "demo"))
        work.events.add(
            [EventRow(record_id=id_, name=event, at=at, source="hub", learnt_at=learnt)]
        )
        work.field_changes.add(
            [
                FieldChange(
                    record_id=id_,
                    field=name,
                    old=None,
                    new=self.chance.choice(VALUES[name]),
                    changed_at=self.chance.choice((at, None)),
                    learnt_at=learnt,
                    personal=name == "email",
                )
                for name in self.chance.sample(sorted(VALUES), 3)
            ]
        )
        if self.chance.random() < 0.5:
            row = PastRow(source="hub", record_id=id_, external_id=external_id, key="1")
            work.past_changes.add([row])

    def _waiting(
        self,
        work: Work,
        id_: str,
        external_id: str,
        stay: int,
        status: RecordStatus,
    ) -> None:
        work.clocks.save(list(self._clocks(id_, stay)))
        if status is RecordStatus.ACTIVE:
            timer = Timer(
                record_id=id_,
                kind=TimerKind.LOOK,
                due_at=self._moment(),
                stage_version=0,
            )
            work.timers.replace({id_: [timer]})
            self._wishes(work, id_)
        if self.chance.random() < 0.5:
            work.conflicts.add([self._conflict(id_)])
        if self.chance.random() < 0.7:
            work.outbox.add([self._write(id_, external_id)])
        if self.chance.random() < 0.7:
            self._news(work, id_, external_id)

    def _clocks(self, id_: str, stay: int) -> Iterator[SlaClock]:
        for number in range(self.chance.randint(0, 3)):
            stage, name = self.chance.choice(SLAS)
            start = self._moment()
            ended = self.chance.choice((None, start + self._span(), None))
            breached = self.chance.choice((None, start + self._span()))
            paused = Pause(start, start + timedelta(hours=1), "holiday", "ann")
            yield SlaClock(
                record_id=id_,
                sla=name,
                stage=stage,
                stage_version=stay * 10 + number,
                team=LIFECYCLE.stages[stage].owner,
                owner=self.chance.choice(PEOPLE),
                entered_at=start,
                started_at=self.chance.choice((start, None)),
                pauses=self.chance.choice(((), (paused,))),
                due_at=start + self._span(),
                used=self._span() if ended else None,
                breached_at=breached,
                ended_at=ended,
            )

    def _wishes(self, work: Work, id_: str) -> None:
        if self.chance.random() < 0.5:
            wish = ApprovalItem(
                record_id=id_,
                stage_version=0,
                transition="win",
                asked_by="ann",
                asked_at=self._moment(),
            )
            work.approvals.ask([wish])

    def _conflict(self, id_: str) -> ConflictItem:
        return ConflictItem(
            record_id=id_,
            what="need",
            connection="hub",
            kept_from="amo",
            rule="newest",
            kept="a",
            dropped="b",
            kept_at=self._moment(),
            dropped_at=None,
            at=self._moment(),
        )

    def _write(self, id_: str, external_id: str) -> OutboxItem:
        return OutboxItem(
            token=f"t-{id_}",
            record_id=id_,
            connection="hub",
            object="contacts",
            external_id=external_id,
            kind=OutboxKind.FIELDS,
            created_at=self._moment(),
            due_at=self._moment(),
        )

    def _news(self, work: Work, id_: str, external_id: str) -> None:
        """Keep news of one event: its key is the same in every workflow."""
        item = InboxItem(
            key=f"e{external_id}",
            connection="hub",
            kind="changed",
            object="contacts",
            external_id=external_id,
            happened_at=None,
            received_at=self._moment(),
            due_at=self._moment(),
            record_id=id_,
        )
        work.inbox.add([item])
        row = work.inbox.by_key(item.key)
        if row is not None and self.chance.random() < 0.3:
            work.inbox.settle([row.id], InboxState.DONE, self._moment())
        if self.chance.random() < 0.5:
            self._letter(work, Door.INBOX, item.key, external_id)

    def _of_strangers(self, work: Work, external_id: str) -> None:
        waits = LinkRow(
            connection="hub",
            object="contacts",
            external_id=external_id,
            seen_at=self._moment(),
            remote_properties={"email": "stranger@x.example"},
            status=LinkStatus.QUARANTINED,
        )
        work.links.save([waits])
        row = PastRow(source="hub", record_id="", external_id=external_id, key="")
        work.past_changes.add([row])
        self._letter(work, Door.LINK, external_id, external_id)

    def _letter(self, work: Work, door: Door, ref: str, external_id: str) -> None:
        letter = DeadLetterItem(
            door=door,
            ref=ref,
            connection="hub",
            object="contacts",
            external_id=external_id,
            reason="odd",
            at=self._moment(),
        )
        work.dead_letters.put([letter])

    def _moment(self) -> datetime:
        return START + timedelta(hours=self.chance.randint(0, 24 * 90))

    def _span(self) -> timedelta:
        return timedelta(hours=self.chance.randint(0, 60))
