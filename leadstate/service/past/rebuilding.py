"""Lay what is told between what was seen: the rows of one record's past.  Pure.

Told again, it leaves nothing new: a change has its key.  What Leadstate saw or caused
itself is not doubled, and where it began to tell the story itself, others end.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.domain.lifecycle import OutsideAnswer
from leadstate.domain.stays import is_reported, last_word, visits_of
from leadstate.domain.values import to_json
from leadstate.engine.moving import UNKNOWN_ACTOR
from leadstate.service.past.hindsight import hindsight
from leadstate.service.past.reported import Counts, Rebuilt
from leadstate.store import FieldChange

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.people import Person
    from leadstate.domain.record import Happening
    from leadstate.domain.values import Value
    from leadstate.service.past.reported import ReportedChange

__all__ = ["SAME_MOVE", "PastState", "rebuild"]

SAME_MOVE = timedelta(minutes=10)
"""A CRM's history tells of a move of ours, or of one that we saw, within this time."""

_PUT_BACK = (HistoryKind.REVERTED, HistoryKind.CONFLICT)
_EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastState:
    """What is known of a record before its past is told.

    Attributes:
        entries: Its history so far.
        field_changes: Its field changes so far.
        since: When Leadstate itself began to see its values; None: it does not.
        complete: Fields whose every change is told: untold, they were empty.
        start: Values that never changed in all the time that is told of.
        happenings: Its behaviour, as far as it is known.
    """

    record_id: str
    entries: Sequence[HistoryEntry] = ()
    field_changes: Sequence[FieldChange] = ()
    since: datetime | None = None
    complete: Collection[str] = ()
    start: dict[str, Value] = field(default_factory=dict)
    happenings: tuple[Happening, ...] = ()


def rebuild(  # noqa: PLR0913 - the circumstances of telling, keyword-only
    lifecycle: Lifecycle,
    before: PastState,
    reported: Iterable[ReportedChange],
    *,
    source: str,
    now: datetime,
    person_of: Callable[[str], Person | None] = lambda _actor: None,
) -> Rebuilt:
    """Return the rows that are not there yet, in the order in which things happened.

    Args:
        lifecycle: The workflow of today.
        before: The record as it is known.
        reported: What a source tells of it, in any order.
        source: The connection, or the name of a file's source.
        now: When it was learnt (aware UTC).
        person_of: Who somebody is, whom the source names.
    """
    work = _Rebuilding(lifecycle, before, source, now, person_of)
    ordered = sorted(
        reported, key=lambda one: (one.at or _EARLIEST, one.place, one.key)
    )
    dated = [one for one in ordered if one.at is not None]
    work.twice = _reported_twice(dated, before.entries)
    for one in (*dated, *(one for one in ordered if one.at is None)):
        work.take(one)
    return work.result()


class _Seen(NamedTuple):
    """A stage that the CRM showed, as Leadstate's own rows tell of it."""

    stage: str | None
    entry: HistoryEntry
    back: bool = False

    def near(self, at: datetime | None) -> bool:
        """Whether what the CRM tells of this moment is the same."""
        learnt = self.entry.learnt_at
        happened = learnt if self.back else self.entry.happened_at or learnt
        first, last = sorted((happened, learnt))
        return at is not None and first - SAME_MOVE <= at <= last + SAME_MOVE


def _seen(entries: Iterable[HistoryEntry]) -> Iterator[_Seen]:
    """Yield what Leadstate made or saw itself, in its order.

    A move that was put back is two changes in the CRM, and no stay: there somebody
    moved it, and Leadstate back.
    """
    for one in sorted(entries, key=lambda entry: entry.id or 0):
        if is_reported(one):
            continue
        if one.kind is HistoryKind.MOVED:
            yield _Seen(one.to_stage, one)
        elif one.kind in _PUT_BACK and one.to_stage is not None:
            yield _Seen(one.to_stage, one)
            yield _Seen(one.from_stage, one, back=True)


def _reported_twice(
    reported: Iterable[ReportedChange], entries: Iterable[HistoryEntry]
) -> dict[str, HistoryEntry]:
    """Return the keys of moves that Leadstate made or saw itself, each told once.

    Both sides tell in the same order, so that a row is held against one move only.
    """
    seen = list(_seen(entries))
    found: dict[str, HistoryEntry] = {}
    place = 0
    for one in reported:
        for number in range(place, len(seen)) if one.stage and one.at else ():
            if seen[number].stage == one.stage and seen[number].near(one.at):
                found[one.key] = seen[number].entry
                place = number + 1
                break
    return found


class _Rebuilding:
    """Takes what is told in its order, and grows rows from it."""

    def __init__(
        self,
        lifecycle: Lifecycle,
        before: PastState,
        source: str,
        now: datetime,
        person_of: Callable[[str], Person | None],
    ) -> None:
        self.twice: dict[str, HistoryEntry] = {}
        self._doubtful = False
        self._explained: HistoryEntry | None = None
        self._lifecycle, self._before = lifecycle, before
        self._source, self._now, self._person_of = source, now, person_of
        self._end = last_word(before.entries)
        self._kept = {
            one.source_event for one in before.entries if one.source == source
        }
        self._changed = {
            (one.field, one.changed_at, str(one.new) if one.changed_at is None else "")
            for one in before.field_changes
            if one.source == source
        }
        self._values = dict(before.start)
        self._known = {*before.complete, *before.start}
        self._history: list[HistoryEntry] = []
        self._field_changes: list[FieldChange] = []
        self._owners: dict[str, str | None] = {}
        self._counts = Counts()

    def take(self, change: ReportedChange) -> None:
        """Go on with the next change; what came with a move counts for judging it."""
        for name, value in change.values.items():
            self._value(change, name, value)
            self._values[name] = value
            self._known.add(name)
        if change.stage is not None and change.at is not None:
            self._move(change, change.stage, change.at)

    def result(self) -> Rebuilt:
        return Rebuilt(
            history=self._with_passes(),
            field_changes=tuple(self._field_changes),
            owners=self._owners,
            values={
                name: value for name, value in self._values.items() if value is not None
            },
            counts=self._counts,
            explained=self._explained,
        )

    def _count(self, **one: int) -> None:
        self._counts += Counts(**one)

    def _value(self, change: ReportedChange, name: str, value: Value) -> None:
        old = self._values.get(name)
        if name in self._known and old == value:
            return
        if change.at and self._before.since and change.at >= self._before.since:
            self._count(later=1)
            return
        new = to_json(value)
        mark = (name, change.at, str(new) if change.at is None else "")
        if mark in self._changed:
            self._count(known=1)
            return
        self._changed.add(mark)
        self._count(values=1)
        self._field_changes.append(
            FieldChange(
                record_id=self._before.record_id,
                field=name,
                old=to_json(old),
                new=new,
                changed_at=change.at,
                learnt_at=self._now,
                source=self._source,
                personal=self._lifecycle.fields[name].tells_of_a_person,
            )
        )

    def _move(self, change: ReportedChange, stage: str, at: datetime) -> None:
        if self._end is not None and at >= self._end:
            self._count(later=1)
        elif change.key in self.twice:
            self._count(known=1)
            self._explain(change, stage, at, self.twice[change.key])
        elif change.key in self._kept:
            self._count(known=1)
        else:
            entry = self._entry(change, stage, at)
            self._kept.add(change.key)
            self._history.append(entry)
            owner = self._values.get(self._lifecycle.owner_field or "")
            self._owners[change.key] = owner if isinstance(owner, str) else None
            self._count(moves=1, flagged=int(entry.answer is not None))
            self._doubtful = self._doubtful or entry.answer is not None

    def _explain(
        self, change: ReportedChange, stage: str, at: datetime, seen: HistoryEntry
    ) -> None:
        """See whether a jump that was flagged were steps, each of them allowed."""
        jump = seen.answer == OutsideAnswer.FLAG and change.from_stage not in (
            None,
            seen.from_stage,
        )
        if jump and not self._doubtful:
            allowed = self._entry(change, stage, at).answer is None
            self._explained = seen if allowed else None
        elif seen.kind is HistoryKind.MOVED:
            self._explained = None
        self._doubtful = False

    def _entry(self, change: ReportedChange, stage: str, at: datetime) -> HistoryEntry:
        person = self._person_of(change.actor)
        verdict = hindsight(
            self._lifecycle,
            (change.from_stage, stage),
            at,
            values=self._values,
            known=self._known,
            happenings=self._before.happenings,
            actor=person.name if person else change.actor,
            roles=person.roles if person else None,
        )
        return HistoryEntry(
            record_id=self._before.record_id,
            kind=HistoryKind.MOVED,
            cause=Cause.REPORTED,
            actor=(person.name if person else change.actor) or UNKNOWN_ACTOR,
            happened_at=at,
            learnt_at=self._now,
            from_stage=change.from_stage,
            to_stage=stage,
            transition=verdict.transition,
            reason=change.reason,
            note="; ".join(one for one in (change.note, verdict.note) if one),
            answer=str(OutsideAnswer.FLAG) if change.doubtful else verdict.answer,
            source=self._source,
            source_event=change.key,
            workflow_version=self._lifecycle.version,
            receipt=verdict.receipt,
        )

    def _with_passes(self) -> tuple[HistoryEntry, ...]:
        """Return the new rows, each with its pass in the whole story."""
        first = 1 + max((one.id or 0 for one in self._before.entries), default=0)
        placed = [replace(one, id=first + n) for n, one in enumerate(self._history)]
        visits = visits_of(
            [*self._before.entries, *placed], resting=self._lifecycle.resting_stages
        )
        passes = {place: one.pass_number for one in visits for place in one.rows}
        return tuple(
            replace(entry, pass_number=passes[first + number])
            for number, entry in enumerate(self._history)
        )
