"""The visits: how long a record stayed in each stage.  One open visit a record.

They always equal a recount from the history (`leadstate.domain.stays`): live moves turn
them one by one, and where the past was told later they are counted anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import (
    ColumnElement,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from leadstate.domain.history import Cause
from leadstate.domain.stays import BEGINNING
from leadstate.guards.sql.constructs import Greater
from leadstate.store.bulk import insert_into
from leadstate.store.columns import Instant
from leadstate.store.counting import counted, kept
from leadstate.store.nonsense import NONSENSE, why
from leadstate.store.portable import among, any_true
from leadstate.store.repository import Repository, columns_of
from leadstate.store.rows import FirstVisit, Visit, VisitEnd
from leadstate.store.schema import history, record, visit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from leadstate.store.counting import Columns, Count
    from leadstate.store.rows import VisitTurn

__all__ = ["Visits"]

_PAGE = 500
_OTHER = visit.alias("other")


def _not_before(moment: str, record_id: str) -> ColumnElement[datetime | None]:
    """Return a bound moment, or the record's last known one where that is later.

    A clock that is behind lets no visit begin before the one before it.
    """
    at = bindparam(moment, type_=Instant)
    last = (
        select(func.max(func.coalesce(_OTHER.c.left_at, _OTHER.c.entered_at)))
        .where(_OTHER.c.record_id == bindparam(record_id))
        .scalar_subquery()
    )
    return Greater(at, func.coalesce(last, at))


_CLOSE = (
    update(visit)
    .where(visit.c.record_id == bindparam("its_record"))
    .where(visit.c.left_by.is_(None))
    .values(left_by=bindparam("by"), left_at=_not_before("at", "its_record"))
)
_OPEN = insert(visit).values(entered_at=_not_before("at", "its_record"))


class Visits(Repository):
    """Stays in stages; a visit is open until a history row ends it."""

    __slots__ = ()

    def open_first(self, visits: Sequence[FirstVisit]) -> None:
        """Open the visit of records that have no open one."""
        if not visits:
            return
        told = self._reported([one.record_id for one in visits])
        there = {one for one, is_open in told.items() if is_open}
        earlier = {
            one.record_id: self._earlier_passes(one.record_id, one.entered_by)
            for one in visits
            if one.record_id in told
        }
        self._many(
            _OPEN,
            (
                columns_of(one)
                | {
                    "at": one.entered_at,
                    "its_record": one.record_id,
                    "pass_number": one.pass_number + earlier.get(one.record_id, 0),
                }
                for one in visits
                # What a file told of is open when it turns up in a CRM.
                if one.record_id not in there
            ),
        )

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
                {"its_record": end.record_id, "by": end.left_by, "at": end.left_at}
                for end in ends
            ),
        )

    def of(self, record_id: str) -> list[Visit]:
        """Return a record's visits, oldest first."""
        query = select(visit).where(visit.c.record_id == record_id)
        return self._rows(Visit, query.order_by(visit.c.id))

    # -- counting anew -----------------------------------------------------------------

    def recount(
        self,
        record_ids: Sequence[str],
        *,
        resting: Collection[str],
        owners: Mapping[str, str | None] | None = None,
    ) -> int:
        """Let the visits of these records be what their history tells.

        Args:
            record_ids: Whose visits.
            resting: The parked and closed stages of the workflow.
            owners: History id -> who owned the record when the visit began that this
                row tells of; kept visits keep theirs.

        Returns:
            Of how many records they were something else before.
        """
        new: list[Columns] = []
        before = kept(self._connection, record_ids)
        for record_id, counts in counted(self._connection, record_ids, resting).items():
            visits = _with_owners(counts, before[record_id], owners or {})
            if visits != before[record_id]:
                new += visits
                before[record_id] = []
        changed = sorted({str(one["record_id"]) for one in new})
        self._count(delete(visit).where(among(visit.c.record_id, changed)))
        self._many(insert_into(visit), new)
        return len(changed)

    def differences(self, *, resting: Collection[str], limit: int = 20) -> list[str]:
        """Return where the visits are not what the history tells, a sentence each."""
        found: list[str] = []
        for page in self._record_pages():
            try:
                found += self._differing(page, resting)
            except NONSENSE:
                found += self._unreadable(page, resting)
            if len(found) >= limit:
                break
        return found[:limit]

    def _differing(
        self, record_ids: Sequence[str], resting: Collection[str]
    ) -> list[str]:
        before = kept(self._connection, record_ids)
        told = {
            record_id: _with_owners(counts, before[record_id], {})
            for record_id, counts in counted(
                self._connection, record_ids, resting
            ).items()
        }
        return [
            _difference(record_id, before[record_id], stays)
            for record_id, stays in told.items()
            if stays != before[record_id]
        ]

    def _unreadable(
        self, record_ids: Sequence[str], resting: Collection[str]
    ) -> list[str]:
        """Compare record by record; say of which the rows hold what no row can."""
        found: list[str] = []
        for one in record_ids:
            try:
                found += self._differing([one], resting)
            except NONSENSE as error:
                found.append(
                    f"the history and visits of record {one} cannot be compared: a row "
                    f"holds what no row can ({why(error)})"
                )
        return found

    def _record_pages(self) -> Iterator[list[str]]:
        after = ""
        query = select(record.c.id).where(*self._own_in_order())
        query = query.order_by(record.c.id).limit(_PAGE)
        while page := list(self._connection.scalars(query.where(record.c.id > after))):
            yield page
            after = page[-1]

    def _reported(self, record_ids: Sequence[str]) -> dict[str, bool]:
        """Return the records of which something was reported, and if they are open."""
        query = (
            select(visit.c.record_id, any_true(visit.c.left_by.is_(None)))
            .where(among(visit.c.record_id, record_ids))
            .group_by(visit.c.record_id)
            .having(any_true(visit.c.reported))
        )
        return {one: bool(is_open) for one, is_open in self._connection.execute(query)}

    def _earlier_passes(self, record_id: str, row: str) -> int:
        """Return how many passes more than Leadstate saw itself are told of a record.

        Args:
            record_id: Whose.
            row: The history row that is about to open a visit.
        """
        places = {"its_record": record_id, "its_row": row}
        passes = self._connection.execute(_PASSES, places).first()
        return 0 if passes is None else passes[0] - passes[1]


_NOW = history.alias("now")
_SEEN = history.alias("seen")
_LATEST = select(func.max(visit.c.id)).where(
    visit.c.record_id == bindparam("its_record")
)
# The pass of the last visit, and the one that the last witnessed row before says.
_PASSES = (
    select(visit.c.pass_number, _SEEN.c.pass_number)
    .select_from(visit.join(_SEEN, _SEEN.c.record_id == visit.c.record_id))
    .where(visit.c.id == _LATEST.scalar_subquery())
    .where(_SEEN.c.cause != Cause.REPORTED)
    .where(_SEEN.c.kind.in_([str(kind) for kind in sorted(BEGINNING)]))
    .where(exists().where(_NOW.c.id == bindparam("its_row"), _SEEN.c.seq < _NOW.c.seq))
    .order_by(_SEEN.c.seq.desc())
    .limit(1)
)


def _with_owners(
    counts: Sequence[Count],
    before: Sequence[Columns],
    owners: Mapping[str, str | None],
) -> list[Columns]:
    """Return counted visits as columns, with who owned the record at each beginning."""
    known = {str(one["entered_by"]): one["owner"] for one in before} | dict(owners)
    return [
        count.columns
        | {"owner": next((known[row] for row in count.rows if known.get(row)), None)}
        for count in counts
    ]


def _difference(
    record_id: str, before: Sequence[Columns], told: Sequence[Columns]
) -> str:
    stages = [" -> ".join(str(one["stage"]) for one in side) for side in (before, told)]
    if stages[0] != stages[1]:
        return (
            f"record {record_id} is kept to have visited {stages[0] or 'nothing'}, "
            f"and its history tells {stages[1] or 'nothing'}"
        )
    return f"the times or passes of record {record_id}'s visits differ from its history"


def _waves(moves: Sequence[VisitTurn]) -> Iterator[list[VisitTurn]]:
    """Yield groups in which every record stands once: a cascade turns several times."""
    wave: dict[str, VisitTurn] = {}
    for move in moves:
        if move.record_id in wave:
            yield list(wave.values())
            wave = {}
        wave[move.record_id] = move
    yield list(wave.values())
