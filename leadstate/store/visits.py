"""The visits: how long a record stayed in each stage.  One open visit a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from leadstate.store.repository import Repository, columns_of
from leadstate.store.rows import FirstVisit, Visit, VisitEnd
from leadstate.store.schema import visit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadstate.store.rows import VisitTurn

__all__ = ["Visits"]

_CLOSE = (
    update(visit)
    .where(visit.c.record_id == bindparam("its_record"))
    .where(visit.c.left_by.is_(None))
    .values(left_by=bindparam("left_by"), left_at=bindparam("left_at"))
)


class Visits(Repository):
    """Stays in stages; a visit is open until a history row ends it."""

    __slots__ = ()

    def open_first(self, visits: Sequence[FirstVisit]) -> None:
        """Open the visit of records that have no open one."""
        self._many(insert(visit), map(columns_of, visits))

    def turn(self, moves: Sequence[VisitTurn]) -> None:
        """Close each record's open visit and open the next, in the order given."""
        for wave in _waves(moves):
            self.close(
                [
                    VisitEnd(
                        record_id=move.record_id,
                        left_by=move.history_id,
                        left_at=move.left_at,
                    )
                    for move in wave
                ]
            )
            self.open_first(
                [
                    FirstVisit(
                        record_id=move.record_id,
                        stage=move.stage,
                        entered_by=move.history_id,
                        entered_at=move.entered_at,
                        pass_number=move.pass_number,
                        owner=move.owner,
                        workflow_version=move.workflow_version,
                    )
                    for move in wave
                ]
            )

    def close(self, ends: Sequence[VisitEnd]) -> int:
        """Close open visits with no next one; return how many were open."""
        return self._many(
            _CLOSE,
            (
                {
                    "its_record": end.record_id,
                    "left_by": end.left_by,
                    "left_at": end.left_at,
                }
                for end in ends
            ),
        )

    def of(self, record_id: str) -> list[Visit]:
        """Return a record's visits, oldest first."""
        query = select(visit).where(visit.c.record_id == record_id)
        return self._rows(Visit, query.order_by(visit.c.id))


def _waves(moves: Sequence[VisitTurn]) -> Iterator[list[VisitTurn]]:
    """Yield groups in which every record stands once: a cascade turns several times."""
    wave: dict[str, VisitTurn] = {}
    for move in moves:
        if move.record_id in wave:
            yield list(wave.values())
            wave = {}
        wave[move.record_id] = move
    yield list(wave.values())
