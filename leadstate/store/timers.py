"""The timers: moments at which records are to be looked at.

One that fired has a row in the inbox and stays until its record was looked at, so that
whoever looks sees all that waits.  Ids never come back: by its id the inbox knows
whether a timer fired already, and one that has to fire once more gets a new one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Text,
    bindparam,
    delete,
    func,
    select,
    type_coerce,
    update,
)

from leadstate.domain.clock import Timer, TimerKind
from leadstate.domain.frozen import replace
from leadstate.store.bulk import insert_into
from leadstate.store.columns import from_micros
from leadstate.store.portable import among
from leadstate.store.repository import Repository, columns_of
from leadstate.store.schema import timer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Select

__all__ = ["Timers"]

_KINDS = {kind.value: kind for kind in TimerKind}
_COLUMNS = [one for one in timer.c if one is not timer.c.fired_at]
# As stored, and made into timers in one go: converting value by value takes twice as
# long, and every second somebody asks.
_DUE = select(
    timer.c.record_id,
    type_coerce(timer.c.kind, Text),
    type_coerce(timer.c.due_at, BigInteger),
    timer.c.stage_version,
    timer.c.sla,
    timer.c.mark,
    timer.c.id,
).order_by(timer.c.due_at, timer.c.id)
_FIRED = update(timer).where(timer.c.id == bindparam("its"))


class Timers(Repository):
    """At most one timer a record, kind, SLA and mark."""

    __slots__ = ()

    def replace(self, of: Mapping[str, Sequence[Timer]]) -> None:
        """Make these the timers of these records, and no others.

        A timer that was there, due at the same moment of the same stay, keeps its id;
        but where one of the record's fired, those that are still wanted fire anew.
        """
        if not of:
            return
        query = _of(list(of)).add_columns(timer.c.fired_at)
        there = self._rows(_with_firing, query)
        fired = {one.record_id for one, at in there if at is not None}
        wanted = {_unkept(one): None for timers in of.values() for one in timers}
        held = {_unkept(one) for one, _ in there if one.record_id not in fired}
        held &= wanted.keys()
        self.remove([one.id for one, _ in there if _unkept(one) not in held])
        self._many(insert_into(timer), (_row(one) for one in wanted if one not in held))

    def due(self, now: datetime, limit: int = 500) -> list[Timer]:
        """Return timers to be fired, those that waited longest first."""
        waiting = *self._own(timer), timer.c.fired_at.is_(None)
        query = _DUE.where(*waiting, timer.c.due_at <= now).limit(limit)
        return [
            Timer(
                record_id=record_id,
                kind=_KINDS[kind],
                due_at=from_micros(due_at),
                stage_version=stage_version,
                sla=sla,
                mark=mark,
                id=id_,
            )
            for record_id, kind, due_at, stage_version, sla, mark, id_ in (
                self._connection.execute(query).all()
            )
        ]

    def fire(self, ids: Iterable[int | None], now: datetime) -> int:
        """Note that timers fired; return how many were there and had not."""
        rows = [{"its": one, "fired_at": now} for one in ids if one is not None]
        return self._many(_FIRED, rows)

    def remove(self, ids: Collection[int | None]) -> int:
        """Drop timers; return how many were there."""
        known = [id_ for id_ in ids if id_ is not None]
        if not known:
            return 0
        return self._count(delete(timer).where(among(timer.c.id, known)))

    def next_due(self) -> datetime | None:
        """Return when the next timer is to be fired, or None when there is none."""
        waiting = timer.c.fired_at.is_(None)
        query = select(timer.c.due_at).where(*self._own(timer), waiting)
        return self._connection.scalar(query.order_by(timer.c.due_at).limit(1))

    def of(self, record_ids: Sequence[str]) -> dict[str, list[Timer]]:
        """Return the timers of each record that has any, soonest first.

        Those that fired and were not judged yet are among them.
        """
        found: dict[str, list[Timer]] = {}
        for one in self._rows(Timer, _of(record_ids)):
            found.setdefault(one.record_id, []).append(one)
        return found

    def count(self) -> int:
        """Return how many there are."""
        query = select(func.count()).select_from(timer).where(*self._own(timer))
        return self._connection.scalar(query) or 0


def _of(record_ids: Sequence[str]) -> Select[*tuple[object, ...]]:
    query = select(*_COLUMNS).where(among(timer.c.record_id, record_ids))
    return query.order_by(timer.c.due_at, timer.c.id)


def _with_firing(
    *, fired_at: datetime | None, **columns: Any
) -> tuple[Timer, datetime | None]:
    """Return a timer with when it fired, which its record does not ask."""
    return Timer(**columns), fired_at


def _unkept(one: Timer) -> Timer:
    """Return what tells a timer from another, its id aside."""
    return replace(one, id=None)


def _row(one: Timer) -> dict[str, object]:
    row = columns_of(one)
    del row["id"]
    return row
