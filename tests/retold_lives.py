"""Lives as timelines tell them: one a record, one rota handed from each to the next.

What a person or a CRM does is put into signals here once more, and what the effects
leave is worked out without any store: so it can be held against what the service keeps.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from any_lifecycle import CRM
from retold_rows import Tale

from leadstate.domain.action import AssignBy
from leadstate.domain.decision import Stay
from leadstate.domain.effect import Declined
from leadstate.domain.record import Happening, Record
from leadstate.domain.signal import (
    Changed,
    DeclineMove,
    FirstSeen,
    ManualMove,
    MovedOutside,
    Signal,
)
from leadstate.domain.sla import ASSIGNED
from leadstate.domain.values import coerce
from leadstate.engine.case import with_event, with_value
from leadstate.engine.rota import Rota, assigning
from leadstate.engine.timeline import Timeline
from leadstate.store import ApprovalState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from any_life import Move
    from retold_rows import Wish

    from leadstate.domain.binding import Binding
    from leadstate.domain.lifecycle import Lifecycle, Transition
    from leadstate.domain.people import People
    from leadstate.domain.values import Value
    from leadstate.engine.case import Consequences

__all__ = ["Edit", "Retelling"]

_MEMORY: Final = timedelta(hours=24)
"""How long it counts that a move was put back."""

_STRANGER: Final = "was in this stage already when first seen"


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One edit in the CRM, as the next reading shows it.

    Attributes:
        properties: What changed, or everything of a new object.
        stage: Where it was dragged, or None.
        reason: What the property for reasons shows.
        event: The key under which the history is to name it.
        at: When it was made, by the CRM's clock.
    """

    properties: Mapping[str, str]
    stage: str | None
    reason: str | None
    user: str
    event: str
    at: datetime


@dataclass
class Retelling:
    """Every record's tale, and whose turn it is."""

    lifecycle: Lifecycle
    binding: Binding
    people: People
    tales: dict[str, Tale] = field(default_factory=dict)
    rota: Rota = field(default_factory=Rota)

    def __post_init__(self) -> None:
        """Begin with everybody, and nobody's turn yet."""
        self.rota = Rota(people=self.people)

    def gather(self) -> None:
        """Count anew who has how many records; whose turn it is goes on."""
        loads = dict.fromkeys(self.people.by_name, 0) | Counter(
            owner
            for one in self.tales.values()
            if (owner := self.lifecycle.owner_of(one.record)) in self.people.by_name
            and owner is not None
            and one.record.stage in self.lifecycle.open_stages
        )
        counts = AssignBy.LEAST_LOADED in assigning(self.lifecycle)
        self.rota = replace(self.rota, loads=loads if counts else {})

    # -- what comes in -----------------------------------------------------------------

    def take(
        self,
        tale: Tale,
        *signals: Signal,
        event: str,
        now: datetime,
        record: Record | None = None,
    ) -> Consequences:
        """Let signals come to a record, which the news gave other values."""
        case = replace(tale.line.case, rota=self.rota, record=record or tale.record)
        tale.line.case, tale.line.now = case, now
        found = tale.line.take(*signals)
        tale.keep(found, event, now)
        self.rota = found.case.rota
        return found

    def first_seen(self, id_: str, record_id: str, edit: Edit, now: datetime) -> None:
        """Let a record come under care."""
        fresh = edit.stage == self.lifecycle.initial.name
        record = Record(
            id=record_id,
            stage=edit.stage or "",
            version=1,
            entered_at=edit.at if fresh else None,
            workflow_version=self.lifecycle.version,
            values={
                name: value
                for name, value in self._values(edit).items()
                if value is not None
            },
            happenings=self._happened(edit),
        )
        line = Timeline(
            self.lifecycle, record, start=now, since=now, people=self.people
        )
        tale = self.tales[id_] = Tale(id_, line, self.lifecycle)
        how = "first seen in the CRM" if fresh else _STRANGER
        signal = FirstSeen(at=edit.at, source=CRM, note=how)
        self.take(tale, signal, event=edit.event, now=now)

    def edited(self, tale: Tale, edit: Edit, now: datetime) -> None:
        """Let a person edit the object, drag it, or both."""
        record, before = tale.record, tale.record.values
        new = {
            name: value
            for name, value in self._values(edit).items()
            if value != before.get(name)
        }
        fresh = [one for one in self._happened(edit) if one not in record.happenings]
        for name, value in new.items():
            tale.change(name, before.get(name), value,
                        at=edit.at, now=now, source=CRM)  # fmt: skip
            record = replace(record, values=with_value(record, name, value))
        for one in fresh:
            happenings = with_event(record, one.event, one.at)
            record = replace(record, happenings=happenings)
        owner = self.lifecycle.owner_of(record)
        if owner is not None and owner != self.lifecycle.owner_of(tale.record):
            happenings = with_event(record, ASSIGNED, edit.at)
            record = replace(record, happenings=happenings)
        moved = self._moved(tale, edit, now)
        signals: list[Signal] = [moved] if moved else []
        if new or fresh:
            signals.append(
                Changed(
                    at=edit.at,
                    source=CRM,
                    fields=frozenset(new),
                    happened=tuple(fresh),
                )
            )
        if signals:
            found = self.take(tale, *signals, event=edit.event, now=now, record=record)
            _count_reverts(tale, moved, found, now)

    def answered(
        self,
        tale: Tale,
        wish: Wish,
        *,
        agreed: bool,
        actor: str,
        event: str,
        now: datetime,
    ) -> None:
        """Let somebody answer a wish."""
        asked, roles = wish.asked, self.roles(actor)
        if not agreed:
            declined = DeclineMove(
                transition=asked.transition,
                asked_by=asked.actor,
                actor=actor,
                at=now,
                roles=roles,
            )
            found = self.take(tale, declined, event=event, now=now)
            if any(isinstance(one, Declined) for one in found.effects):
                tale.settle(wish, ApprovalState.DECLINED, actor, now)
            return
        by = self.lifecycle.transitions[asked.transition].by
        said = "; ".join(one for one in (asked.note, f"approved by {actor}") if one)
        granted = replace(
            asked,
            at=now,
            roles=frozenset(by),
            note=said,
            approved_by=actor,
            approver_roles=roles,
        )
        found = self.take(tale, granted, event=event, now=now)
        if found.moved:
            void = next(one for one in tale.wishes if one.asked is asked)
            tale.settle(void, ApprovalState.APPROVED, actor, now)

    def roles(self, actor: str) -> frozenset[str]:
        """Return what the people file lets somebody do; without one: sales."""
        if not self.people:
            return frozenset({"sales"})
        person = self.people.get(actor)
        return person.roles if person else frozenset()

    def ways(self, tale: Tale) -> list[Transition]:
        """Return the transitions that leave the record's stage."""
        return [
            one
            for one in self.lifecycle.transitions.values()
            if tale.record.stage in one.sources
        ]

    def wanted(self, tale: Tale, move: Move, now: datetime) -> ManualMove:
        """Return what somebody asks for."""
        every = [*self.lifecycle.transitions.values()]
        ways = every if move.lost else self.ways(tale) or every
        way = ways[move.way % len(ways)]
        if move.proper:
            return self.proper(way, move.actor, note=move.note, now=now)
        return ManualMove(
            transition=way.name,
            actor=move.actor,
            at=now,
            roles=self.roles(move.actor),
            reason=move.reason,
            note=move.note,
        )

    def proper(
        self, way: Transition, actor: str, *, note: str, now: datetime
    ) -> ManualMove:
        """Return the wish of somebody who may, if anybody may, with a reason."""
        people = self.people.by_name.values()
        able = [one.name for one in people if one.roles & {*way.by}]
        actor = able[0] if able else actor
        return ManualMove(
            transition=way.name,
            actor=actor,
            at=now,
            roles=self.roles(actor),
            reason=way.reasons[0] if way.reasons else None,
            note=note,
        )

    # -- inside ------------------------------------------------------------------------

    def _values(self, edit: Edit) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for name, source in self.binding.fields.items():
            if source.property in edit.properties:
                field_ = self.lifecycle.fields[name]
                text = edit.properties[source.property]
                text = source.values.get(text, text)
                found[name] = coerce(text, field_.type, field_.options)
        return found

    def _happened(self, edit: Edit) -> tuple[Happening, ...]:
        found = [
            Happening(event, datetime.fromisoformat(edit.properties[name]))
            for event, name in self.binding.events.items()
            if edit.properties.get(name)
        ]
        return tuple(sorted(found, key=lambda one: one.at))

    def _moved(self, tale: Tale, edit: Edit, now: datetime) -> MovedOutside | None:
        if edit.stage is None or edit.stage == tale.record.stage:
            return None
        person = self.people.of_user(CRM, edit.user)
        lately = tale.reverted_at and now - tale.reverted_at < _MEMORY
        return MovedOutside(
            stage=edit.stage,
            at=edit.at,
            actor=person.name if person else f"CRM_UI userId:{edit.user}",
            roles=person.roles if person else None,
            source=CRM,
            reason=edit.reason,
            repeated=tale.reverts if lately else 0,
        )


def _count_reverts(
    tale: Tale, moved: MovedOutside | None, found: Consequences, now: datetime
) -> None:
    """Count moves that were put back in a row: who insists gets the way."""
    if moved is None:
        return
    answer = next(one for its, one in found.decisions if its is moved)
    stays = isinstance(answer, Stay)
    tale.reverts = moved.repeated + 1 if stays else 0
    tale.reverted_at = now if stays else None
