"""Moves that were asked for and not made, with what their receipts say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, func, or_, select, true

from leadstate.domain.history import HistoryKind
from leadstate.store.portable import among
from leadstate.store.reports.narrowing import during, its_record
from leadstate.store.repository import Repository
from leadstate.store.schema import detail, history, visit
from leadstate.store.sealing import Seals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import ColumnElement

    from leadstate.store.reports.selection import Selection

__all__ = ["RefusalCounts", "RefusedMove"]

_KINDS = (HistoryKind.REFUSED.value, HistoryKind.REVERTED.value)
_MOMENT = func.coalesce(history.c.happened_at, history.c.learnt_at)


@dataclass(frozen=True, slots=True)
class RefusedMove:
    """One refused move.

    Attributes:
        receipt: Why; empty when it was erased.
    """

    transition: str | None
    receipt: Mapping[str, object]


class RefusalCounts(Repository):
    """Refused and reverted moves, by when they were asked for."""

    __slots__ = ()

    def counts(self, its: Selection) -> dict[str, int]:
        """Return how many there are of each kind."""
        query = select(history.c.kind, func.count()).where(
            _wanted(its), *self._own(history)
        )
        return self._pairs(query.group_by(history.c.kind))

    def pages(
        self, its: Selection, *, size: int, most: int
    ) -> Iterator[list[RefusedMove]]:
        """Yield the newest ones, a page at a time, ``most`` at most."""
        before: int | None = None
        while most > 0:
            query = (
                select(history, detail.c.body)
                .join_from(history, detail, isouter=True)
                .where(_wanted(its), *self._own(history))
                .where(true() if before is None else history.c.seq < before)
                .order_by(history.c.seq.desc())
                .limit(min(size, most))
            )
            rows = self._connection.execute(query).all()
            if not rows:
                return
            closed = [row for row in rows if row.body is not None]
            opened = Seals(self._connection).open(
                [(row.record_id or "", row.id, row.body) for row in closed]
            )
            told = {row.id: one for row, one in zip(closed, opened, strict=True)}
            yield [
                RefusedMove(row.transition, _receipt(told.get(row.id))) for row in rows
            ]
            before, most = rows[-1].seq, most - len(rows)


def _receipt(document: Mapping[str, object] | None) -> Mapping[str, object]:
    found = (document or {}).get("receipt")
    return found if isinstance(found, dict) else {}


def _wanted(its: Selection) -> ColumnElement[bool]:
    return and_(among(history.c.kind, _KINDS), during(_MOMENT, its), *_of_row(its))


def _of_row(its: Selection) -> Iterator[ColumnElement[bool]]:
    if its.stages is not None:
        yield among(history.c.from_stage, its.stages)
    if its.pass_number is not None:
        yield history.c.pass_number == its.pass_number
    if its.version is not None:
        yield history.c.workflow_version.startswith(its.version, autoescape=True)
    if its.owner is not None:
        yield exists().where(
            visit.c.record_id == history.c.record_id,
            visit.c.stage == history.c.from_stage,
            visit.c.owner == its.owner,
            or_(visit.c.entered_at.is_(None), visit.c.entered_at <= _MOMENT),
            or_(visit.c.left_at.is_(None), visit.c.left_at >= _MOMENT),
        )
    yield its_record(history.c.record_id, its)
