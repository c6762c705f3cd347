"""From which stage to which: every move of every record, with the wait before it."""

from __future__ import annotations

import json
from array import array
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, literal_column, null, or_, select, true

from leadstate.store.columns import to_micros
from leadstate.store.reports.narrowing import micros, of_visit
from leadstate.store.reports.paths import its_record_only, merged_away
from leadstate.store.repository import Repository
from leadstate.store.schema import visit

if TYPE_CHECKING:
    from sqlalchemy import (
        ColumnElement,
        CompoundSelect,
        FunctionElement,
        Over,
        Subquery,
    )

    from leadstate.store.reports.selection import Selection

__all__ = ["Moved", "Moves"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
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


class Moves(Repository):
    """Moves, told by two stays of a record that follow each other."""

    __slots__ = ()

    def between(self, its: Selection) -> list[Moved]:
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
            func.json_group_array(move.c.wait),
            func.json_group_array(move.c.nowhere),
        ).where(_within(move.c.at, its))
        found = self._connection.execute(query.group_by(move.c.source, move.c.target))
        return [
            Moved(
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
        stay = _stays(its, merged_away(self._connection))
        asked = and_(true(), *of_visit(its, stay))
        began = select(
            null().label("source"),
            stay.c.stage.label("target"),
            stay.c.entered.label("at"),
            null().label("wait"),
            literal_column("0").label("gap"),
            null().label("nowhere"),
        ).where(stay.c.before.is_(None), asked)
        left = select(
            stay.c.stage,
            stay.c.next_stage,
            func.coalesce(stay.c.next_entered, stay.c.left),
            case((stay.c.left >= stay.c.entered, stay.c.left - stay.c.entered)),
            case((_gap(stay), 1), else_=0),
            case((_gap(stay), stay.c.next_entered - stay.c.left)),
        ).where(or_(stay.c.next_stage.is_not(None), stay.c.left_by.is_not(None)), asked)
        return began.union_all(left)


def _stays(its: Selection, merged: list[str]) -> Subquery:
    """Return each stay beside what came before and after it."""
    order = [visit.c.pass_number, visit.c.id]
    whole = replace(its, pass_number=None)  # a pass is left into the next one

    def over(told: FunctionElement[Any]) -> Over[Any]:
        return told.over(partition_by=visit.c.record_id, order_by=order)

    entered, left = micros(visit.c.entered_at), micros(visit.c.left_at)
    return (
        select(
            visit,
            entered.label("entered"),
            left.label("left"),
            over(func.lag(visit.c.id)).label("before"),
            over(func.lead(visit.c.stage)).label("next_stage"),
            over(func.lead(entered)).label("next_entered"),
        )
        .where(*its_record_only(whole, merged))
        .subquery("stay")
    )


def _gap(stay: Subquery) -> ColumnElement[bool]:
    """Return whether the record was in no stage before it entered the next one.

    Where nobody knows when a stage was left, though the next entry is known, the
    history itself has a gap: the record came from elsewhere.
    """
    left, entered = stay.c.left, stay.c.next_entered
    return and_(entered.is_not(None), or_(left.is_(None), left < entered))


def _within(at: ColumnElement[int], its: Selection) -> ColumnElement[bool]:
    parts = [at <= to_micros(its.as_of)]
    if its.since is not None:
        parts.append(at >= to_micros(its.since))
    if its.until is not None:
        parts.append(at < to_micros(its.until))
    if its.since is None and its.until is None:
        return or_(at.is_(None), *parts)
    return and_(*parts)


def _known(found: str) -> array[int]:
    return array("q", sorted(one for one in json.loads(found) if one is not None))
