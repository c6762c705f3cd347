"""From which stage to which: every move of every record, with the wait before it."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, null, or_, select

from leadstate.store.columns import constant, to_micros
from leadstate.store.portable import Gathered
from leadstate.store.reports.narrowing import its_visit, micros, of_visit
from leadstate.store.reports.paths import ITS_RECORD, Countable, its_record_only
from leadstate.store.rows import RecordStatus
from leadstate.store.schema import record, visit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    from sqlalchemy import ColumnElement, CompoundSelect, Select, Subquery

    from leadstate.store.reports.selection import Selection

    _Conditions: TypeAlias = Iterable[ColumnElement[bool]]

__all__ = ["MoveCount", "Moves"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveCount:
    """Moves from one stage to another; None is where a record comes from and ends.

    Attributes:
        waits: How long the stays before took, in ordered microseconds, where known.
        gaps: Moves of records that were in no stage in between.
        nowhere: How long they were in none, in ordered microseconds, where known.
    """

    source: str | None
    target: str | None
    moves: int
    waits: array[int]
    gaps: int
    nowhere: array[int]


class Moves(Countable):
    """Moves, told by two stays of a record that follow each other."""

    __slots__ = ()

    def between(self, its: Selection) -> list[MoveCount]:
        """Return the moves of the selection's time.

        What is asked of a stay is asked of the one that was left; of a beginning, of
        the one that was entered.  A move whose time nobody knows counts only when no
        time is asked for.
        """
        move = self._moves(its).subquery("move")
        query = select(
            move.c.source,
            move.c.target,
            func.count(),
            func.sum(move.c.gap),
            Gathered(move.c.wait),
            Gathered(move.c.nowhere),
        ).where(_within(move.c.at, its))
        found = self._connection.execute(query.group_by(move.c.source, move.c.target))
        return [
            MoveCount(
                source=source,
                target=target,
                moves=moves,
                waits=_known(waits),
                gaps=gaps,
                nowhere=_known(nowhere),
            )
            for source, target, moves, gaps, waits, nowhere in found
        ]

    def undated(self, its: Selection) -> int:
        """Return how many moves happened at a time that nobody knows."""
        move = self._moves(its).subquery("move")
        query = select(func.count()).select_from(move).where(move.c.at.is_(None))
        return int(self._connection.scalar(query) or 0)

    def _moves(self, its: Selection) -> CompoundSelect[*tuple[object, ...]]:
        arrivals = _arrivals(its, self._counting(ITS_RECORD))
        return arrivals.union_all(_endings(its, self._counting(visit.c.record_id)))


def _arrivals(its: Selection, counting: _Conditions) -> Select[*tuple[object, ...]]:
    """Return each stay as a move from the one before it, or from nowhere."""
    stay = _stays(its, counting)
    gap = _gap(stay)
    return select(
        stay.c.source,
        stay.c.target,
        func.coalesce(stay.c.entered, stay.c.left).label("at"),
        case((stay.c.left >= stay.c.since, stay.c.left - stay.c.since)).label("wait"),
        case((gap, 1), else_=0).label("gap"),
        case((gap, stay.c.entered - stay.c.left)).label("nowhere"),
    ).where(*of_visit(its, stay))


def _stays(its: Selection, counting: _Conditions) -> Subquery:
    """Return each stay beside the one before it.

    What is asked of a stay is asked of the one before, or of the first one itself.
    """
    order = [visit.c.pass_number, visit.c.id]
    entered, left = micros(visit.c.entered_at), micros(visit.c.left_at)
    whole = replace(its, pass_number=None)  # a pass is left into the next one

    def before(column: ColumnElement[Any]) -> ColumnElement[Any]:
        lag = func.lag(column)
        return lag.over(partition_by=visit.c.record_id, order_by=order)

    # The index holds all that a report needs without these.
    rare = [visit.c.owner] * (its.owner is not None)
    rare += [visit.c.workflow_version] * (its.version is not None)
    first = before(visit.c.id).is_(None)
    return (
        select(
            before(visit.c.stage).label("source"),
            visit.c.stage.label("target"),
            entered.label("entered"),
            before(entered).label("since"),
            before(left).label("left"),
            *(
                case((first, column), else_=before(column)).label(column.name)
                for column in (visit.c.stage, visit.c.pass_number, *rare)
            ),
        )
        .where(*its_record_only(whole, counting))
        .subquery("stay")
    )


def _gap(stay: Subquery) -> ColumnElement[bool]:
    """Return whether the record was in no stage before it entered this one.

    Where nobody knows when a stage was left, though the next entry is known, the
    history itself has a gap: the record came from elsewhere.
    """
    left, entered = stay.c.left, stay.c.entered
    follows = and_(stay.c.source.is_not(None), entered.is_not(None))
    return and_(follows, or_(left.is_(None), left < entered))


def _endings(its: Selection, counting: _Conditions) -> Select[*tuple[object, ...]]:
    """Return the last stays of records that have ended as moves to nowhere."""
    ended = select(record.c.id).where(record.c.status != RecordStatus.ACTIVE)
    last = (
        select(func.max(visit.c.id))
        .where(visit.c.record_id.in_(ended), *counting)
        .group_by(visit.c.record_id)
    )
    wait = micros(visit.c.left_at) - micros(visit.c.entered_at)
    return select(
        visit.c.stage,
        null(),
        micros(visit.c.left_at),
        case((wait >= 0, wait)),
        constant(0),
        null(),
    ).where(visit.c.id.in_(last), visit.c.left_by.is_not(None), its_visit(its))


def _within(at: ColumnElement[int], its: Selection) -> ColumnElement[bool]:
    parts = [at <= to_micros(its.as_of)]
    if its.since is not None:
        parts.append(at >= to_micros(its.since))
    if its.until is not None:
        parts.append(at < to_micros(its.until))
    if its.since is None and its.until is None:
        return or_(at.is_(None), *parts)
    return and_(*parts)


def _known(found: list[int | None]) -> array[int]:
    return array("q", sorted(one for one in found if one is not None))
