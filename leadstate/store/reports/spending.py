"""Who pays for what was spent: leads by what they say, and what they became."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import (
    Integer,
    Text,
    and_,
    case,
    cast,
    func,
    null,
    or_,
    select,
    true,
    type_coerce,
)

from leadstate.guards.sql.constructs import JsonKind, json_key
from leadstate.store.columns import to_micros
from leadstate.store.portable import among
from leadstate.store.reports.narrowing import its_values, micros
from leadstate.store.reports.paths import Countable, began, began_known
from leadstate.store.schema import record, visit

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import ColumnElement, Subquery

    from leadstate.store.reports.selection import Selection

__all__ = ["Begun", "Payers", "Reached"]

_SAID = ("source", "campaign")
"""The labels of what a record says: a group has them, whatever they are read from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """So many leads that began, by what their records say, as it is written there.

    Attributes:
        recycled: Of these, that were parked or made more than one pass.
        unworked: Of these, that nobody ever owned and no team had but the first.
    """

    source: str | None
    campaign: str | None
    leads: int
    recycled: int
    unworked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """So many leads that entered a stage, first in their n-th pass."""

    source: str | None
    campaign: str | None
    stage: str
    pass_number: int
    leads: int


class Payers(Countable):
    """Leads by source and campaign; one row of a record in all its passes.

    Every method leaves out records that were merged into others, and what was entered
    after the selection's moment.
    """

    __slots__ = ()

    def begun(
        self,
        its: Selection,
        *,
        campaign: str | None,
        parked: Collection[str],
        others: Collection[str],
    ) -> list[Begun]:
        """Return how many leads began in the selection's time.

        Args:
            campaign: The field that names the campaign, if there is one.
            parked: The parked stages.
            others: Stages of other teams than the one that has new leads.
        """
        lead = self._leads(its, parked, others)
        said = _said("source"), _said(campaign)
        idle = and_(lead.c.worked == 0, record.c.owner.is_(None))
        query = (
            select(
                said[0].label("source"),
                said[1].label("campaign"),
                func.count().label("leads"),
                func.sum(lead.c.recycled).label("recycled"),
                func.sum(case((idle, 1), else_=0)).label("unworked"),
            )
            .join_from(lead, record, record.c.id == lead.c.record_id)
            .where(_in_time(lead.c.began, its), lead.c.known == 1)
            .group_by(*_SAID)
        )
        return self._rows(Begun, query)

    def unknown(self, its: Selection) -> int:
        """Return how many leads began nobody knows when."""
        lead = self._leads(its, (), ())
        query = select(func.count()).where(lead.c.known == 0)
        return int(self._connection.scalar(query) or 0)

    def reached(
        self,
        its: Selection,
        stages: Sequence[str],
        *,
        campaign: str | None,
        cohort: bool,
    ) -> list[Reached]:
        """Return how many leads entered these stages, each where it first did.

        Args:
            cohort: Of leads that began in the selection's time; else entered in it.
        """
        first = self._first_entries(its, stages)
        said = _said("source"), _said(campaign)
        alike = (first.c.stage, first.c.pass_number)
        query = (
            select(
                said[0].label("source"),
                said[1].label("campaign"),
                *alike,
                func.count().label("leads"),
            )
            .join_from(first, record, record.c.id == first.c.record_id)
            .group_by(*_SAID, *alike)
        )
        if cohort:
            lead = self._leads(its, (), ())
            began_then = _in_time(lead.c.began, its)
            query = query.join(lead, lead.c.record_id == first.c.record_id)
            query = query.where(began_then, lead.c.known == 1)
        else:
            query = query.where(_in_time(first.c.entered, its))
        return self._rows(Reached, query)

    def _leads(
        self, its: Selection, parked: Collection[str], others: Collection[str]
    ) -> Subquery:
        """Return a row for each record: when it began, and what became of it."""
        again = or_(visit.c.pass_number > 1, among(visit.c.stage, parked))
        had = or_(visit.c.owner.is_not(None), among(visit.c.stage, others))
        return (
            select(
                visit.c.record_id,
                began().label("began"),
                cast(began_known(), Integer).label("known"),
                func.max(case((again, 1), else_=0)).label("recycled"),
                func.max(case((had, 1), else_=0)).label("worked"),
            )
            .where(*self._wanted(its))
            .group_by(visit.c.record_id)
            .subquery("lead")
        )

    def _first_entries(self, its: Selection, stages: Sequence[str]) -> Subquery:
        return (
            select(
                visit.c.record_id,
                visit.c.stage,
                func.min(visit.c.pass_number).label("pass_number"),
                func.min(micros(visit.c.entered_at)).label("entered"),
            )
            .where(*self._wanted(its), among(visit.c.stage, stages))
            .group_by(visit.c.record_id, visit.c.stage)
            .subquery("first")
        )

    def _wanted(self, its: Selection) -> list[ColumnElement[bool]]:
        seen = [or_(visit.c.entered_at.is_(None), visit.c.entered_at <= its.as_of)]
        seen += self._counting(visit.c.record_id)
        if its.values:
            wanted = select(record.c.id).where(its_values(its))
            seen.append(visit.c.record_id.in_(wanted))
        return seen


def _in_time(moment: ColumnElement[int], its: Selection) -> ColumnElement[bool]:
    since = true() if its.since is None else moment >= to_micros(its.since)
    until = true() if its.until is None else moment < to_micros(its.until)
    return and_(since, until)


def _said(field: str | None) -> ColumnElement[str | None]:
    """Return what the record says in a field; what cannot be read says nothing."""
    if field is None:
        return type_coerce(null(), Text)
    held = JsonKind(record.c.data, json_key(field)) == "text"
    return case((held, record.c.data[field].as_string()))
