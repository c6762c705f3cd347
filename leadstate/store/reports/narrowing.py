"""A selection as SQL conditions on visits, clocks and records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, and_, exists, true, type_coerce

from leadstate.store.portable import among
from leadstate.store.schema import record, visit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, FromClause

    from leadstate.store.reports.selection import Selection

__all__ = ["during", "its_record", "its_values", "its_visit", "micros", "of_visit"]


def micros(column: ColumnElement[datetime]) -> ColumnElement[int]:
    """Return a moment as the number that it is in the table."""
    return type_coerce(column, BigInteger)


def during(column: ColumnElement[datetime], its: Selection) -> ColumnElement[bool]:
    """Return the condition that a moment lies in the time that is looked at."""
    parts: list[ColumnElement[bool]] = [column <= its.as_of]
    if its.since is not None:
        parts.append(column >= its.since)
    if its.until is not None:
        parts.append(column < its.until)
    return and_(*parts)


def its_visit(its: Selection) -> ColumnElement[bool]:
    """Return what is asked of a visit, apart from its times."""
    return and_(true(), *of_visit(its), its_record(visit.c.record_id, its))


def of_visit(its: Selection, stay: FromClause = visit) -> Iterator[ColumnElement[bool]]:
    """Yield what is asked of the stay itself: stage, owner, pass, version."""
    if its.stages is not None:
        yield among(stay.c.stage, its.stages)
    if its.owner is not None:
        yield stay.c.owner == its.owner
    if its.pass_number is not None:
        yield stay.c.pass_number == its.pass_number
    if its.version is not None:
        yield stay.c.workflow_version.startswith(its.version, autoescape=True)


def its_record(record_id: ColumnElement[str], its: Selection) -> ColumnElement[bool]:
    """Return the condition that the values of the record with this id are wanted."""
    if not its.values:
        return true()
    return exists().where(record.c.id == record_id, its_values(its))


def its_values(its: Selection) -> ColumnElement[bool]:
    """Return what is asked of a record's values."""
    held = (
        (record.c.folded if one.folded else record.c.data)[one.field].as_string()
        == one.value
        for one in its.values
    )
    return and_(true(), *held)
