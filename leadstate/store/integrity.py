"""Do the tables hold together?  One sentence a fault, none when all is well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, func, or_, select

from leadstate.domain.history import Cause
from leadstate.domain.stays import BEGINNING
from leadstate.store.rows import ApprovalState, OutboxState, RecordStatus
from leadstate.store.schema import (
    approval,
    clock,
    history,
    outbox,
    record,
    timer,
    visit,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import ColumnElement, Select, Table

    from leadstate.store.verifying.raw import Raw

    Rule = Select[*tuple[object, ...]]

__all__ = ["faults"]

_SHOWN = 20
_ACTIVE = record.c.status == RecordStatus.ACTIVE
_open_visit = and_(visit.c.record_id == record.c.id, visit.c.left_by.is_(None))
_moved = history.alias("moved")
_LAST_MOVE = (
    select(func.max(_moved.c.seq))
    .where(_moved.c.record_id == record.c.id)
    .where(_moved.c.kind.in_(sorted(BEGINNING)), _moved.c.cause != Cause.REPORTED)
    .scalar_subquery()
)


def _of_ended(table: Table, *still: ColumnElement[bool]) -> Rule:
    """Return the rows that wait for records that are not active any more."""
    return (
        select(table.c.id, record.c.id, record.c.status)
        .join_from(table, record, record.c.id == table.c.record_id)
        .where(*still, ~_ACTIVE)
    )


def _of_earlier_stay(table: Table, *still: ColumnElement[bool]) -> Rule:
    """Return the rows that are about a stay that their record has left."""
    stay = table.c.stage_version
    return (
        select(table.c.id, stay, record.c.id, record.c.stage_version)
        .join_from(table, record, record.c.id == table.c.record_id)
        .where(*still, record.c.stage_version != stay)
    )


_RUNS = clock.c.ended_at.is_(None)
_ASKED = approval.c.state == ApprovalState.PENDING
_RULES: Mapping[str, Rule] = {
    "active record {} has {} open visits instead of one": (
        select(record.c.id, func.count(visit.c.id))
        .join_from(record, visit, _open_visit, isouter=True)
        .where(_ACTIVE)
        .group_by(record.c.id)
        .having(func.count(visit.c.id) != 1)
    ),
    "record {} is in stage {}, but its open visit is in {}": (
        select(record.c.id, record.c.stage, visit.c.stage)
        .join_from(record, visit, _open_visit)
        .where(record.c.stage != visit.c.stage)
    ),
    "record {} is in stage {}, but its history ends in {}": (
        select(record.c.id, record.c.stage, history.c.to_stage)
        .join_from(record, history, history.c.seq == _LAST_MOVE)
        .where(record.c.stage.is_distinct_from(history.c.to_stage))
    ),
    "visit {} of record {} has no history row {}": (
        select(visit.c.id, visit.c.record_id, visit.c.entered_by).where(
            ~exists().where(history.c.id == visit.c.entered_by)
        )
    ),
    "outbox row {} is claimed by nobody": (
        select(outbox.c.id)
        .where(outbox.c.state == OutboxState.CLAIMED)
        .where(or_(outbox.c.claim_token.is_(None), outbox.c.claimed_until.is_(None)))
    ),
    "timer {} waits for record {}, which is {}": _of_ended(timer),
    "timer {} is armed for stay {} of record {}, which is in stay {}": (
        _of_earlier_stay(timer)
    ),
    "clock {} runs on for record {}, which is {}": _of_ended(clock, _RUNS),
    "clock {} runs on for stay {} of record {}, which is in stay {}": (
        _of_earlier_stay(clock, _RUNS)
    ),
    "approval {} is still asked for record {}, which is {}": (
        _of_ended(approval, _ASKED)
    ),
    "approval {} is still asked for stay {} of record {}, which is in stay {}": (
        _of_earlier_stay(approval, _ASKED)
    ),
}


def faults(raw: Raw) -> Iterator[str]:
    """Yield every fault; the first 20 of each kind.

    Args:
        raw: The tables as they lie: somebody may have put anything there.
    """
    for sentence, query in _RULES.items():
        for row in raw.rows(query.limit(_SHOWN)):
            yield sentence.format(*row)
