"""What a lead, an MQL, an SAL, an SQL and a customer cost, by source and campaign.

Money is exact: amounts are decimals, parts of them fractions, and only what is shown is
rounded, to two places, halves to the even digit.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from leadstate.domain.lifecycle import StageKind
from leadstate.errors import UsageError
from leadstate.service.reports.scope import about, field_of, selected
from leadstate.service.reports.shortfalls import Convention, Cost, CostRow, CostStep
from leadstate.store.reports.spending import Payers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from leadstate.domain.lifecycle import Lifecycle, Stage
    from leadstate.service.reports.scope import Scope
    from leadstate.service.reports.spend import Spend
    from leadstate.store import View
    from leadstate.store.reports.selection import Selection

__all__ = ["DEFINITIONS", "cost"]

DEFINITIONS: Final = (
    "A record counts for a stage that it was in, once, in the pass of its first time.",
    "First pass: the same spend, paid by those who got there in their first pass.",
    "Spend of a row that lies in the range only in part counts by its days.",
    "Currencies are never added; leads of a source in two of them stand in both.",
    "Totals are blended: all spend over all leads, those without a source included.",
    "Recycled: parked once, or in a second pass.",
    "Unworked: nobody ever owned it, and no team had it but the first.",
    "Their cost is their number times the cost of a lead.",
    "Source and campaign are what the record says today; an erased one says nothing.",
)

_MEANING: Final = {
    Convention.COHORT: "Cohort: leads that began in the range pay for what they have "
    "become until now; young leads have had less time.",
    Convention.PERIOD: "Period: whoever first came to the stage in the range pays, "
    "whenever they began.",
}
_CENT: Final = Decimal("0.01")
_DAY: Final = timedelta(days=1)
_Key = tuple[str | None, str | None]


def cost(  # noqa: PLR0913
    view: View,
    lifecycle: Lifecycle,
    scope: Scope,
    now: datetime,
    spend: Sequence[Spend],
    *,
    convention: Convention = Convention.COHORT,
) -> Cost:
    """Return what leads cost, by what they became.

    Args:
        scope: A time in whole days (without one: the days of the spend), a source, a
            campaign.  Money is not known by team, owner, pass or version.
        spend: What was spent, as `leadstate.service.reports.spend.read_spend` gives it.

    Raises:
        UsageError: The scope cannot be, or asks for what money is not known by; or the
            workflow has no field ``source``.
    """
    _refuse_what_money_does_not_know(scope)
    field_of("source", lifecycle)
    since, until = _days(scope, spend)
    its = selected(replace(scope, since=since, until=until), lifecycle, now)
    counted = _count(view, lifecycle, its, convention)
    _pay(counted, scope, spend, (since, until))
    rows = _Rows(counted, _steps(lifecycle))
    meaning = _MEANING[convention]
    return Cost(
        about=about("Cost of leads", lifecycle, scope, now, (meaning, *DEFINITIONS)),
        convention=convention,
        since=since,
        until=until,
        totals=tuple(rows.grouped(lambda _: (None, None))),
        sources=tuple(rows.grouped(lambda key: (key[0], None))),
        campaigns=tuple(rows.grouped(lambda key: key))
        if "campaign" in lifecycle.fields
        else (),
        unattributed=sum(one.leads for key, one in counted.items() if key[0] is None),
        unspent=tuple(rows.sources(spent=False)),
        unanswered=tuple(rows.sources(spent=True)),
        unknown=Payers(view.connection, view.workflow).unknown(its),
    )


def _refuse_what_money_does_not_know(scope: Scope) -> None:
    asked = {
        "team": scope.team,
        "owner": scope.owner,
        "pass": scope.pass_number,
        "workflow version": scope.version,
    }
    given = [name for name, value in asked.items() if value is not None]
    if given:
        raise UsageError(
            f"a spend file does not say by {given[0]} what was spent, so that the cost "
            f"cannot be narrowed by it; leave it out ({', '.join(given)}), or narrow "
            "by --source and --campaign"
        )


def _days(scope: Scope, spend: Sequence[Spend]) -> tuple[date, date]:
    for one in (scope.since, scope.until):
        if isinstance(one, datetime):
            raise UsageError(
                f"money is known by the day: write {one.date()} instead of "
                f"{one.isoformat()}"
            )
    if not spend and (scope.since is None or scope.until is None):
        raise UsageError("nothing was spent: say which days to look at")
    since = scope.since or min(one.since for one in spend)
    until = scope.until or max(one.until for one in spend) + _DAY
    return since, until


# -- counting --------------------------------------------------------------------------


@dataclass(slots=True)
class _Group:
    """A source and campaign, however they are spelt."""

    leads: int = 0
    recycled: int = 0
    unworked: int = 0
    reached: Counter[tuple[str, int]] = field(default_factory=Counter)
    spend: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    names: Counter[_Key] = field(default_factory=Counter)

    def take(self, other: _Group) -> None:
        self.leads += other.leads
        self.recycled += other.recycled
        self.unworked += other.unworked
        self.reached.update(other.reached)
        self.names.update(other.names)
        for currency, amount in other.spend.items():
            self.spend[currency] += amount


def _count(
    view: View, lifecycle: Lifecycle, its: Selection, convention: Convention
) -> dict[_Key, _Group]:
    campaign = "campaign" if "campaign" in lifecycle.fields else None
    payers = Payers(view.connection, view.workflow)
    groups: dict[_Key, _Group] = defaultdict(_Group)
    begun = payers.begun(
        its,
        campaign=campaign,
        parked=_named(lifecycle, lambda one: one.kind is StageKind.PARKED),
        others=_named(lifecycle, lambda one: one.owner != lifecycle.initial.owner),
    )
    for one in begun:
        group = groups[_folded(one.source), _folded(one.campaign)]
        group.leads += one.leads
        group.recycled += one.recycled
        group.unworked += one.unworked
        group.names[one.source, one.campaign] += one.leads
    for came in payers.reached(
        its,
        [one.name for one in _steps(lifecycle)],
        campaign=campaign,
        cohort=convention is Convention.COHORT,
    ):
        group = groups[_folded(came.source), _folded(came.campaign)]
        group.reached[came.stage, came.pass_number] += came.leads
        group.names[came.source, came.campaign] += 0
    return groups


def _pay(
    groups: dict[_Key, _Group],
    scope: Scope,
    spend: Sequence[Spend],
    days: tuple[date, date],
) -> None:
    """Put what was spent in the range beside those it was spent on."""
    for one in spend:
        source, campaign = _folded(one.source), _folded(one.campaign)
        asked = _folded(scope.source), _folded(scope.campaign)
        if asked[0] not in (None, source) or asked[1] not in (None, campaign):
            continue
        first, last = max(one.since, days[0]), min(one.until, days[1] - _DAY)
        if first <= last:
            part = Fraction((last - first).days + 1, one.days)
            group = groups[source, campaign]
            group.spend[one.currency] += Fraction(one.amount) * part
            group.names[one.source, one.campaign] += 0


def _folded(text: str | None) -> str | None:
    stripped = (text or "").strip()
    return stripped.casefold() or None


def _named(lifecycle: Lifecycle, asked: Callable[[Stage], bool]) -> list[str]:
    return [one.name for one in lifecycle.stages.values() if asked(one)]


def _steps(lifecycle: Lifecycle) -> list[Stage]:
    """Return the stages that cost is told by: open ones but the first, and won."""
    return [
        one
        for one in lifecycle.stages.values()
        if one.kind in (StageKind.OPEN, StageKind.WON) and not one.initial
    ]


# -- rows ------------------------------------------------------------------------------


class _Rows:
    """Makes rows of groups."""

    def __init__(self, groups: dict[_Key, _Group], steps: list[Stage]) -> None:
        self._groups = groups
        self._steps = steps

    def grouped(self, grouped: Callable[[_Key], _Key]) -> Iterator[CostRow]:
        """Yield a row for each group and currency, the dearest first."""
        found: dict[_Key, _Group] = defaultdict(_Group)
        for key, group in self._groups.items():
            found[grouped(key)].take(group)
        rows = [
            self._row(key, group, currency)
            for key, group in found.items()
            for currency in (*sorted(group.spend),) or (None,)
        ]
        yield from sorted(
            rows, key=lambda one: (-one.spend, -one.leads, one.source or "\uffff",
                                   one.campaign or "", one.currency or "")
        )  # fmt: skip

    def _row(self, key: _Key, group: _Group, currency: str | None) -> CostRow:
        spend = group.spend[currency] if currency is not None else None
        lead = _each(spend, group.leads)
        source, campaign = _written(group, key)
        return CostRow(
            source=source,
            campaign=campaign,
            currency=currency,
            spend=_money(spend or Fraction(0)),
            leads=group.leads,
            lead_cost=_rounded(lead),
            steps=tuple(self._step(stage, group, spend) for stage in self._steps),
            recycled=group.recycled,
            recycled_cost=_rounded(lead * group.recycled if lead is not None else None),
            unworked=group.unworked,
            unworked_cost=_rounded(lead * group.unworked if lead is not None else None),
        )

    def _step(self, stage: Stage, group: _Group, spend: Fraction | None) -> CostStep:
        by_pass = {
            number: leads
            for (name, number), leads in sorted(group.reached.items())
            if name == stage.name
        }
        reached = sum(by_pass.values())
        return CostStep(
            stage=stage.name,
            label=stage.label,
            reached=reached,
            by_pass=by_pass,
            cost=_rounded(_each(spend, reached)),
            first_pass_cost=_rounded(_each(spend, by_pass.get(1, 0))),
        )

    def sources(self, *, spent: bool) -> Iterator[str]:
        """Yield sources that brought nobody for their money, or people for none."""
        found: dict[str | None, _Group] = defaultdict(_Group)
        for (source, _), group in self._groups.items():
            found[source].take(group)
        for source in sorted(one for one in found if one is not None):
            group = found[source]
            came = group.leads or sum(group.reached.values())
            if bool(group.spend) is spent and bool(came) is not spent:
                yield str(_written(group, (source, None))[0])


def _written(group: _Group, key: _Key) -> _Key:
    """Return source and campaign as most records spell them."""
    spelt = sorted(group.names.items(), key=lambda one: (-one[1], str(one[0])))
    sources = (name[0] for name, _ in spelt if _folded(name[0]) == key[0])
    campaigns = (name[1] for name, _ in spelt if _folded(name[1]) == key[1])
    return (
        next(sources, None) if key[0] is not None else None,
        next(campaigns, None) if key[1] is not None else None,
    )


def _each(spend: Fraction | None, number: int) -> Fraction | None:
    return spend / number if spend is not None and number else None


def _rounded(amount: Fraction | None) -> Decimal | None:
    return None if amount is None else _money(amount)


def _money(amount: Fraction) -> Decimal:
    """Return an amount with two places; halves go to the even digit, exactly."""
    cents = round(amount * 100)  # a Fraction rounds halves to even
    return (Decimal(cents) * _CENT).quantize(_CENT, ROUND_HALF_EVEN)
