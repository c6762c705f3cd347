"""What the effects of one record leave, worked out without any store."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from any_lifecycle import CRM

from leadstate.domain.effect import (
    ApprovalAsked,
    Assigned,
    CallMade,
    Declined,
    Denied,
    Edited,
    Entered,
    Escalated,
    FieldSet,
    MessageSent,
    Moved,
    MoveRefused,
    NoteLeft,
    RecordStarted,
    SlaChanged,
    TaskGiven,
    WouldHaveQualified,
)
from leadstate.domain.values import to_json
from leadstate.engine.journal import history_entry
from leadstate.store import (
    ApprovalState,
    CallWrite,
    FieldChange,
    MessageWrite,
    NoteWrite,
    StartRequest,
    TaskWrite,
)

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.domain.effect import Effect
    from leadstate.domain.history import HistoryEntry
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.record import Record
    from leadstate.domain.signal import ManualMove
    from leadstate.domain.values import Value
    from leadstate.engine.case import Consequences
    from leadstate.engine.timeline import Timeline
    from leadstate.store import OutboxPayload

__all__ = ["Begun", "Sent", "Tale", "Wish"]

_TOLD = (
    *(Declined, Denied, Edited, Entered, Escalated, Moved, MoveRefused, SlaChanged),
    WouldHaveQualified,
)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """Something that goes out: a task, a note, a message, a call."""

    kind: str
    connection: str
    token: str
    payload: OutboxPayload


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A record that is to begin in another workflow."""

    key: str
    at: datetime | None
    payload: StartRequest


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A move that waits for somebody's agreement, or what became of it."""

    asked: ManualMove
    stage_version: int
    state: ApprovalState = ApprovalState.PENDING
    by: str | None = None
    at: datetime | None = None

    @property
    def pending(self) -> bool:
        """Whether nobody has answered yet."""
        return self.state is ApprovalState.PENDING


@dataclass
class Tale:
    """One record's timeline, and everything that its effects leave.

    Attributes:
        id: The id of its object in the CRM.
    """

    id: str
    line: Timeline
    lifecycle: Lifecycle
    history: list[HistoryEntry] = field(default_factory=list)
    changes: list[FieldChange] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    begun: dict[str, Begun] = field(default_factory=dict)
    wishes: list[Wish] = field(default_factory=list)
    reverts: int = 0
    reverted_at: datetime | None = None

    @property
    def record(self) -> Record:
        """The record as it stands."""
        return self.line.case.record

    def keep(self, found: Consequences, event: str, now: datetime) -> None:
        """Keep what the effects of one piece of news leave."""
        if any(isinstance(one, Moved) for one in found.effects):
            self._void(now)
        for effect in found.effects:
            self._keep(effect, event, now)

    def _keep(self, effect: Effect, event: str, now: datetime) -> None:
        match effect:
            case FieldSet():
                self.change(effect.field, effect.before, effect.value,
                            at=effect.at, now=now, source=effect.source)  # fmt: skip
            case ApprovalAsked():
                self._ask(effect)
            case TaskGiven() | NoteLeft() | MessageSent() | CallMade():
                self.sent.append(self._sent(effect, event))
            case RecordStarted():
                begun = self._begun(effect)
                self.begun.setdefault(begun.key, begun)
            case _:
                pass
        told = isinstance(effect, Assigned) and effect.given
        if told or isinstance(effect, _TOLD):
            entry = history_entry(
                effect,
                record_id=self.record.id,
                event=event,
                now=now,
                version=self.lifecycle.version,
            )
            self.history.append(entry)

    def change(
        self,
        name: str,
        before: Value,
        value: Value,
        *,
        at: datetime,
        now: datetime,
        source: str,
    ) -> None:
        """Keep that a field has another value."""
        self.changes.append(
            FieldChange(
                record_id=self.record.id,
                field=name,
                old=to_json(before),
                new=to_json(value),
                changed_at=at,
                learnt_at=now,
                source=source,
                personal=self.lifecycle.fields[name].tells_of_a_person,
            )
        )

    def _ask(self, effect: ApprovalAsked) -> None:
        waiting = {one.asked.transition for one in self.wishes if one.pending}
        if effect.asked.transition not in waiting:
            wish = Wish(asked=effect.asked, stage_version=effect.position.stage_version)
            self.wishes.append(wish)

    def _void(self, now: datetime) -> None:
        self.wishes = [
            replace(one, state=ApprovalState.VOID, at=now) if one.pending else one
            for one in self.wishes
        ]

    def settle(self, wish: Wish, state: ApprovalState, by: str, now: datetime) -> None:
        """Keep the answer to a wish."""
        answered = replace(wish, state=state, by=by, at=now)
        self.wishes = [answered if one is wish else one for one in self.wishes]

    def _begun(self, effect: RecordStarted) -> Begun:
        passed, fields = effect.position.pass_number, self.lifecycle.fields
        return Begun(
            key=f"start:{self.record.id}:{effect.workflow}:{passed}",
            at=effect.at,
            payload=StartRequest(
                workflow=self.lifecycle.name,
                version=self.lifecycle.version,
                from_stage=effect.position.stage,
                pass_number=passed,
                stage=effect.stage,
                copy=effect.copy,
                values={name: to_json(it) for name, it in effect.values.items()},
                types={name: str(fields[name].type) for name in effect.values},
            ),
        )

    def _sent(
        self, effect: TaskGiven | NoteLeft | MessageSent | CallMade, event: str
    ) -> Sent:
        kind, connection, payload = self._parts(effect)
        place = f"{self.record.id}:{effect.position.stage_version}"
        token = f"{place}:{connection}:{kind}:{event}:{effect.action}"
        mine = f":{self.id}" if connection == CRM else ""
        return Sent(
            kind=kind, connection=connection, token=f"{token}{mine}", payload=payload
        )

    def _parts(
        self, effect: TaskGiven | NoteLeft | MessageSent | CallMade
    ) -> tuple[str, str, OutboxPayload]:
        match effect:
            case TaskGiven(text=text, due_at=due_at, to=to):
                return "task", CRM, TaskWrite(text=text, due_at=due_at, to=to)
            case NoteLeft(text=text):
                return "note", CRM, NoteWrite(text=text)
            case MessageSent():
                message = MessageWrite(
                    subject=effect.subject,
                    text=effect.text,
                    record=self.record.id,
                    stage=effect.position.stage,
                    event=effect.event,
                    at=effect.at,
                )
                return "message", effect.channel, message
            case CallMade():
                call = CallWrite(
                    name=effect.name,
                    settings=effect.settings,
                    values={name: to_json(it) for name, it in effect.values.items()},
                )
                return "call", "plugin", call
