"""One record on its way through the decisions of one piece of news.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leadstate.domain.decision import Decision, Move, Orphaned, Stay
from leadstate.domain.history import Cause
from leadstate.domain.lifecycle import OutsideAnswer
from leadstate.domain.signal import Changed, TimerDue
from leadstate.engine.decide import CASCADE_BOUND, decide
from leadstate.engine.journal import after, entries
from leadstate.engine.stepping import (
    OURS,
    automatic_steps,
    followed,
    passages,
    wakes,
)
from leadstate.guards import folded
from leadstate.service.deciding.acting import Occasion, act
from leadstate.service.deciding.consent import approval_of, asks_approval
from leadstate.service.deciding.effects import outbox_items, stage_item, with_fields
from leadstate.service.deciding.identity import identities_of
from leadstate.store import (
    LinkStatus,
    OutboxKind,
    OutboxState,
    RecordChange,
    RecordStatus,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from leadstate.domain.clock import Clock, Timer
    from leadstate.domain.decision import Step
    from leadstate.domain.history import HistoryEntry
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.people import People
    from leadstate.domain.record import Record
    from leadstate.domain.signal import Signal
    from leadstate.service.app import Connected
    from leadstate.service.deciding.rota import Rota
    from leadstate.service.plan import Plan
    from leadstate.store import (
        ApprovalItem,
        Assignment,
        ConflictItem,
        EventRow,
        FieldChange,
        LinkRow,
        OutboxItem,
        OutboxRow,
        RecordRow,
    )

__all__ = ["Judging", "change_of"]


@dataclass(slots=True, kw_only=True)
class Judging:
    """Collects what decisions leave behind.

    Attributes:
        event: Key of the signal's source, kept in the history.
        links: The record's links, with the stage that each CRM shows.
        unsettled: Connections to which an older stage write is still open.
        open_rows: Everything of the record that has still to go out.
        rota: Who works with leads, and whose turn it is.
        clocks: Every clock of the record, as the decision leaves it.
        since: When the record came under care.
        overtaken: True when unsent stage writes of the record are void by now.
        outdated: True when unsent field writes of the record are void by now.
        set_fields: Fields that actions gave a value.
        timers: The timers that the record needs from now on; None leaves them.
    """

    lifecycle: Lifecycle
    connections: Mapping[str, Connected]
    now: datetime
    event: str
    record: Record
    rota: Rota
    links: Sequence[LinkRow] = ()
    unsettled: Collection[str] = ()
    open_rows: Sequence[OutboxRow] = ()
    clocks: Sequence[Clock] = ()
    since: datetime | None = None
    flag: str | None = None
    flagged_at: datetime | None = None
    history: list[HistoryEntry] = field(default_factory=list)
    outbox: list[OutboxItem] = field(default_factory=list)
    conflicts: list[ConflictItem] = field(default_factory=list)
    events: list[EventRow] = field(default_factory=list)
    field_changes: list[FieldChange] = field(default_factory=list)
    assigned: list[Assignment] = field(default_factory=list)
    approvals: list[ApprovalItem] = field(default_factory=list)
    set_fields: set[str] = field(default_factory=set)
    changed_clocks: dict[tuple[int, str], Clock] = field(default_factory=dict)
    timers: tuple[Timer, ...] | None = None
    overtaken: bool = False
    outdated: bool = False
    _unjudged: bool = False

    @property
    def people(self) -> People:
        """Everybody who works with leads."""
        return self.rota.people

    def take(self, signal: Signal) -> Decision:
        """Decide, and keep what the decision leaves behind.

        What its actions set is judged at once, as part of the same signal.
        """
        if isinstance(signal, Changed):
            self._unjudged = False  # it is what is looked at now
        decision = decide(self.lifecycle, self.record, signal, now=self.now)
        before = self._keep(decision, signal)
        self._set_flag(decision)
        sent = self._send(decision, signal)
        if isinstance(decision, Move):
            self._act_on(decision.steps, signal, before, woken=wakes(signal))
        elif asks_approval(decision, signal):
            self.approvals.append(approval_of(self.record, signal))
        if not _insists(decision):
            self.follow(signal, decision, sent)
        return decision

    def follow(
        self, signal: Signal, decision: Decision | None = None,
        sent: Collection[OutboxItem] = (),
    ) -> bool:  # fmt: skip
        """Judge what actions set since the last look; say whether the record moved.

        Args:
            signal: What caused the actions.
            decision: What it decided; None when nothing was to be decided.
            sent: What the decision sends to CRMs; where the record goes on, that is
                replaced by what its last stage asks for.
        """
        moved = decision if isinstance(decision, Move) else None
        steps = moved.steps if moved else ()
        made, first = automatic_steps(moved, signal) if moved else 0, len(steps)
        while self._unjudged:
            self._unjudged = False
            more, cut = followed(
                self.lifecycle, self.record, signal, made=made, now=self.now
            )
            if more:
                before = self._keep(Move(more), Changed(at=signal.at, source=OURS))
                breaches = before.breach_moves  # of the signal that it follows
                self.record = replace(self.record, breach_moves=breaches)
                steps, made = (*steps, *more), made + len(more)
                self.outbox = [one for one in self.outbox if one not in sent]
                whole = Move(steps, answer=moved.answer if moved else None)
                sent = self._send(whole, signal)
                self._act_on(more, signal, before, woken=False)
            if cut:
                self._flag(_ring(steps))
                break
        return len(steps) > first

    def _keep(self, decision: Decision, signal: Signal) -> Record:
        """Move the record, and tell it; return the record as it was."""
        before = self.record
        self.history.extend(
            entries(
                self.lifecycle,
                before,
                decision,
                signal,
                now=self.now,
                source_event=self.event,
            )
        )
        self.record = after(self.lifecycle, before, decision, signal)
        return before

    def _send(self, decision: Decision, signal: Signal) -> tuple[OutboxItem, ...]:
        """Put what the CRMs have to show into the outbox."""
        sent = outbox_items(
            self.lifecycle,
            self.record,
            decision,
            signal,
            links=self.links,
            connections=self.connections,
            unsettled=self.unsettled,
            creating=self._creating(),
            event=self.event,
            now=self.now,
        )
        self.overtaken |= isinstance(decision, Move) or bool(sent)
        self.outbox.extend(sent)
        return sent

    def _act_on(
        self, steps: tuple[Step, ...], signal: Signal, before: Record, *, woken: bool
    ) -> None:
        """Do what leaving and entering the stages of a move does."""
        cause = Cause.TIMER if isinstance(signal, TimerDue) else Cause.AUTOMATIC
        for passage in passages(self.lifecycle, before, steps, woken=woken):
            self.record = passage.standing(self.record)
            for name, actions in passage.deeds:
                occasion = Occasion(
                    name=name,
                    at=signal.at,
                    cause=cause,
                    actor=getattr(signal, "actor", ""),
                    reason=getattr(signal, "reason", None),
                    transition=passage.step.transition,
                    from_stage=passage.step.source,
                )
                act(self, actions, occasion)

    def set_field(self, name: str) -> None:
        """Note that an action gave a field another value: that has to be judged."""
        self.set_fields.add(name)
        self._unjudged = True

    def put_back(self, link: LinkRow) -> None:
        """Let a CRM show the record's stage again, if it has a place there."""
        self._write_stages_anew(link)

    def _write_stages_anew(self, also: LinkRow | None = None) -> None:
        """Replace the stage's writes that wait, because they are void or incomplete."""
        there = {one.token for one in self.outbox}
        due = {row.connection for row in self.open_rows if row.kind is OutboxKind.STAGE}
        for link in self.links:
            connected = self.connections.get(link.connection)
            wanted = link.connection in due or (
                also is not None and _place(link) == _place(also)
            )
            shown = link.remote_stage == self.record.stage
            if not wanted or shown or link.status is not LinkStatus.ACTIVE:
                continue
            if connected is None or self.record.stage not in connected.binding.stages:
                continue
            item = stage_item(
                self.record, link, connected, event=self.event, now=self.now
            )
            if item.token not in there:
                self.outbox.append(item)
        self.overtaken = True

    def share(self, names: Collection[str] | None) -> None:
        """Write the shared values of these fields where a CRM lacks them; None: all.

        What was to be written and has not been sent yet is written anew with them.
        """
        waiting = [
            row
            for row in self.open_rows
            if row.state is not OutboxState.CLAIMED and row.payload.get("fields")
        ]
        if names is not None:
            names = {*names, *self.set_fields}
            again = self.overtaken or names
            names = {*names, *(_fields_of(waiting, self) if again else ())}
            if not names:
                return
        self.outdated = True
        if not self.overtaken and any(row.kind is OutboxKind.STAGE for row in waiting):
            self._write_stages_anew()  # they carry values that are old by now
        self.outbox = with_fields(
            self.outbox,
            lifecycle=self.lifecycle,
            record=self.record,
            links=self.links,
            connections=self.connections,
            names=names,
            event=self.event,
            now=self.now,
        )

    def _creating(self) -> set[str]:
        rows = (*self.open_rows, *self.outbox)
        return {one.connection for one in rows if one.kind is OutboxKind.CREATE}

    def put_clock(self, clock: Clock) -> None:
        """Keep the next state of one of the record's clocks."""
        self.changed_clocks[clock.place] = clock
        self.clocks = tuple(
            clock if one.place == clock.place else one for one in self.clocks
        )

    def flag_for_a_person(self, why: str) -> None:
        """List the record for a person to look at."""
        self._flag(why)

    def _set_flag(self, decision: Decision) -> None:
        match decision:
            case Orphaned():
                known = ", ".join(decision.known)
                self._flag(f"stage {decision.stage!r} is not in the workflow: {known}")
            case Move(answer=OutsideAnswer.FLAG):
                step = decision.steps[0]
                way = f"from {step.source!r} to {step.target!r}"
                self._flag(f"moved in the CRM {way} against the criteria")
            case Move():
                self.flag, self.flagged_at = None, None
            case Stay():
                pass

    def _flag(self, why: str) -> None:
        self.flag, self.flagged_at = why, self.now

    def onto(self, plan: Plan) -> Plan:
        """Return the plan with everything that was collected."""
        timers = {} if self.timers is None else {self.record.id: self.timers}
        return replace(
            plan,
            history=(*self.history, *plan.history),
            outbox=(*self.outbox, *plan.outbox),
            events=(*plan.events, *self.events),
            field_changes=(*plan.field_changes, *self.field_changes),
            conflicts=(*plan.conflicts, *self.conflicts),
            supersede=(self.record.id,) if self.overtaken else (),
            outdated=(self.record.id,) if self.outdated else (),
            clocks=tuple(self.changed_clocks.values()),
            timers=timers,
            assigned=tuple(self.assigned),
            approvals=tuple(self.approvals),
        )

    def change(self, row: RecordRow) -> RecordChange:
        """Return the record's new state, to be kept if ``row`` is still the newest."""
        change = change_of(row, self.record, self.lifecycle)
        return replace(change, flag=self.flag, flagged_at=self.flagged_at)


def _insists(decision: Decision) -> bool:
    """Whether a person moved it against the criteria: then it stays for a look."""
    return isinstance(decision, Move) and decision.answer is OutsideAnswer.FLAG


def _ring(steps: Sequence[Step]) -> str:
    stages = ", ".join(dict.fromkeys(one.target for one in steps))
    return (
        f"{CASCADE_BOUND} automatic moves at once: what entering a stage sets makes it "
        f"leave again ({stages}); a person has to look at the workflow's actions"
    )


def _place(link: LinkRow) -> tuple[str, str]:
    return link.connection, link.external_id


def _fields_of(rows: Iterable[OutboxRow], judging: Judging) -> set[str]:
    """Return the workflow's names of the fields that these rows would write."""
    found: set[str] = set()
    for row in rows:
        connected = judging.connections.get(row.connection)
        carried = row.payload.get("fields")
        if connected is None or not isinstance(carried, dict):
            continue
        found |= {
            name
            for name, source in connected.binding.fields.items()
            if source.property in carried
        }
    return found


def change_of(
    row: RecordRow,
    record: Record,
    lifecycle: Lifecycle,
    status: RecordStatus = RecordStatus.ACTIVE,
) -> RecordChange:
    """Return ``record`` as the state after ``row``, its version counted up."""
    before = identities_of(lifecycle.fields, row.record.values)
    identities = identities_of(lifecycle.fields, record.values)
    return RecordChange(
        record=replace(record, version=row.record.version + 1),
        expected_version=row.record.version,
        folded=folded(record.values, lifecycle.fields),
        identities=identities if identities != before else None,
        owner=lifecycle.owner_of(record),
        status=status,
    )
