"""The clocks: every SLA at work on every stay of every record, and how it ended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, case, delete, func, select, update

from leadstate.domain.clock import Pause, SlaClock
from leadstate.store.columns import from_micros, to_micros
from leadstate.store.portable import Lasts, among, insert
from leadstate.store.repository import Repository, columns_of
from leadstate.store.rows import ClockCount
from leadstate.store.schema import clock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement

__all__ = ["Clocks", "clock_of"]

_KEY = ("record_id", "stage_version", "sla")
_INSERT = insert(clock)
_PUT = _INSERT.on_conflict_do_update(
    index_elements=_KEY,
    set_={
        column.name: _INSERT.excluded[column.name]
        for column in clock.c
        if column.name not in {"id", *_KEY}
    },
)
_UPDATE = update(clock).where(clock.c.id == bindparam("its_id"))
_OPEN = clock.c.ended_at.is_(None)
_BREACHED = clock.c.breached_at.is_not(None)


class Clocks(Repository):
    """One clock a record, stay and SLA; it is open while ``ended_at`` is None."""

    __slots__ = ()

    def save(self, clocks: Sequence[SlaClock]) -> None:
        """Keep clocks: one with an id in its place, another as new or by its key."""
        self._many(_PUT, (_row(one) for one in clocks if one.id is None))
        self._many(
            _UPDATE,
            ({**_row(one), "its_id": one.id} for one in clocks if one.id is not None),
        )

    def of(self, record_ids: Sequence[str]) -> dict[str, list[SlaClock]]:
        """Return every clock of each record that has any, oldest first."""
        return self._by_record(among(clock.c.record_id, record_ids))

    def open_of(self, record_ids: Sequence[str]) -> dict[str, list[SlaClock]]:
        """Return the open clocks of each record that has any, oldest first."""
        return self._by_record(among(clock.c.record_id, record_ids), _OPEN)

    def close_all(self, record_ids: Sequence[str], at: datetime) -> int:
        """End open clocks, because their records ended; return how many there were.

        A pause that lasts ends too.  ``used`` stays unknown: the record left without
        anybody having kept or broken the SLA.
        """
        found = [one for ones in self.open_of(record_ids).values() for one in ones]
        self.save([_ended(one, at) for one in found])
        return len(found)

    def void(self, record_ids: Sequence[str], at: datetime) -> None:
        """Take back open clocks, because nobody acts on their records any more.

        One that broke was broken: it ends.
        """
        self._count(
            delete(clock).where(
                among(clock.c.record_id, record_ids),
                clock.c.ended_at.is_(None),
                clock.c.breached_at.is_(None),
            )
        )
        self.close_all(record_ids, at)

    def listing(  # noqa: PLR0913
        self,
        *,
        open: bool | None = None,  # noqa: A002
        breached: bool | None = None,
        paused: bool | None = None,
        due_before: datetime | None = None,
        team: str | None = None,
        owner: str | None = None,
        stage: str | None = None,
        sla: str | None = None,
        limit: int = 100,
        after: int = 0,
    ) -> list[SlaClock]:
        """Return a page of clocks in the order of their ids, those after ``after``."""
        query = select(clock).where(*self._own(clock), clock.c.id > after)
        for column, wanted in (
            (clock.c.team, team),
            (clock.c.owner, owner),
            (clock.c.stage, stage),
            (clock.c.sla, sla),
        ):
            query = query if wanted is None else query.where(column == wanted)
        for condition, asked in (
            (_OPEN, open),
            (_BREACHED, breached),
            (Lasts(clock.c.pauses), paused),
        ):
            query = query if asked is None else query.where(_as(condition, asked))
        if due_before is not None:
            query = query.where(clock.c.due_at < due_before)
        return self._rows(clock_of, query.order_by(clock.c.id).limit(limit))

    def soonest(self, limit: int = 20) -> list[SlaClock]:
        """Return the open clocks that break their SLA next, soonest first."""
        running = _OPEN, clock.c.due_at.is_not(None), ~_BREACHED
        query = select(clock).where(*self._own(clock), *running)
        oldest = clock.c.due_at, clock.c.id
        return self._rows(clock_of, query.order_by(*oldest).limit(limit))

    def counts(self) -> list[ClockCount]:
        """Return how many clocks are open, by team, owner and SLA."""
        grouped = clock.c.team, clock.c.owner, clock.c.sla
        query = (
            select(
                *grouped,
                func.count().label("open"),
                func.count(clock.c.breached_at).label("breached"),
                func.count(case((Lasts(clock.c.pauses), 1))).label("paused"),
                func.min(case((~_BREACHED, clock.c.due_at))).label("next_due"),
            )
            .where(*self._own(clock), _OPEN)
            .group_by(*grouped)
            .order_by(*grouped)
        )
        return self._rows(ClockCount, query)

    def forget(self, record_id: str) -> None:
        """Empty what people wrote about a record's clocks."""
        for one in self.of([record_id]).get(record_id, ()):
            silent = tuple(replace(pause, reason="") for pause in one.pauses)
            self.save([replace(one, pauses=silent)])

    def _by_record(self, *conditions: ColumnElement[bool]) -> dict[str, list[SlaClock]]:
        found: dict[str, list[SlaClock]] = {}
        query = select(clock).where(*conditions).order_by(clock.c.id)
        for one in self._rows(clock_of, query):
            found.setdefault(one.record_id, []).append(one)
        return found


def _as(condition: ColumnElement[bool], asked: bool) -> ColumnElement[bool]:  # noqa: FBT001
    return condition if asked else ~condition


def _row(one: SlaClock) -> dict[str, object]:
    row = columns_of(one)
    del row["id"]
    return row | {
        "pauses": [_stored(pause) for pause in one.pauses],
        "fired": sorted(one.fired),
    }


def _stored(pause: Pause) -> list[object]:
    end = None if pause.end is None else to_micros(pause.end)
    return [to_micros(pause.start), end, pause.reason, pause.by]


def clock_of(
    *,
    pauses: list[tuple[int, int | None, str, str]],
    fired: list[str],
    **columns: object,
) -> SlaClock:
    """Return the clock that a row of the table keeps."""
    return SlaClock(
        pauses=tuple(_pause(*one) for one in pauses),
        fired=frozenset(fired),
        **columns,  # type: ignore[arg-type]
    )


def _pause(start: int, end: int | None, reason: str, by: str) -> Pause:
    ended_at = None if end is None else from_micros(end)
    return Pause(from_micros(start), ended_at, reason, by)


def _ended(one: SlaClock, at: datetime) -> SlaClock:
    pauses = tuple(
        pause if pause.end else replace(pause, end=at) for pause in one.pauses
    )
    return replace(one, pauses=pauses, ended_at=at)
