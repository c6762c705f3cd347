"""Reports on the agreement equal a recount of what was told, lead by lead."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reported_leads import LIFECYCLE, START, Lead, Stay, at

from leadstate.domain.clock import SlaClock
from leadstate.domain.lifecycle import StageKind
from leadstate.service.records import explain
from leadstate.service.reports.cost import cost
from leadstate.service.reports.gaps import gaps
from leadstate.service.reports.reasons import reasons
from leadstate.service.reports.responsibility import responsibility
from leadstate.service.reports.scope import Scope
from leadstate.service.reports.shortfalls import Convention
from leadstate.service.reports.sla import sla
from leadstate.service.reports.spend import Spend
from leadstate.service.reports.verdicts import Figure

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.store import Store

NOW = at(100)
STAGES = tuple(LIFECYCLE.stages)
OPEN = tuple(
    one.name for one in LIFECYCLE.stages.values() if one.kind is StageKind.OPEN
)
SEEDS = st.integers(0, 2**32)
FEW = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def some_leads(chance: random.Random) -> list[Lead]:
    """Return leads that went anywhere, by any way, at any time."""
    return [some_lead(chance, number) for number in range(chance.randint(1, 25))]


def some_lead(chance: random.Random, number: int) -> Lead:
    stays: list[Stay] = []
    moment, stage, passes = float(chance.randint(0, 80)), "lead", 1
    for place in range(chance.randint(1, 5)):
        goes_on = place == 4 or chance.random() < 0.25
        later = moment + chance.choice([0.0, 0.5, 3.0, 11.0])
        target = chance.choice([one for one in STAGES if one != stage])
        ways = [
            one.name
            for one in LIFECYCLE.transitions.values()
            if stage in one.sources and one.target == target
        ]
        stays.append(
            Stay(
                stage=stage,
                entered=None if chance.random() < 0.1 else moment,
                left=None if goes_on or chance.random() < 0.1 else later,
                ended=not goes_on,
                via=chance.choice([*ways, None]),
                reason=chance.choice([None, "timing", "other"]),
                owner=chance.choice([None, "ann", "bob"]),
                pass_number=passes,
            )
        )
        if goes_on:
            break
        back = LIFECYCLE.stages[stage].kind is not StageKind.OPEN
        passes += back and LIFECYCLE.stages[target].kind is StageKind.OPEN
        moment, stage = later, target
    else:
        stays[-1] = Stay(stage=stays[-1].stage, entered=moment, ended=False,
                         pass_number=stays[-1].pass_number)  # fmt: skip
    values: dict[str, object] = {
        "source": chance.choice([None, "ads", "ADS", "fair"]),
        "campaign": chance.choice([None, "spring"]),
        "size": chance.choice([None, 5, 20, 80, "many"]),
        "budget": chance.choice([None, 5, 500, "lots"]),
        "need": chance.choice([None, "a CRM"]),
        "role": chance.choice([None, "owner", "king"]),
    }
    return Lead(stays=stays, values=values, id=f"r{number:03}")


def kind(stage: str, target: str) -> str:
    """Return where a move leads, told anew."""
    what = LIFECYCLE.stages[target].kind
    if what is not StageKind.OPEN:
        return "onward" if what is StageKind.WON else str(what)
    return "onward" if STAGES.index(target) > STAGES.index(stage) else "back"


def moves(leads: list[Lead]) -> list[tuple[Stay, str]]:
    """Return every stay in an open stage that ended at a known time, and where to."""
    return [
        (stay, later.stage)
        for lead in leads
        for stay, later in zip(lead.stays, lead.stays[1:], strict=False)
        if stay.stage in OPEN and stay.left is not None
    ]


@FEW
@given(seed=SEEDS)
def test_rejections_and_acceptance_equal_a_recount(
    tell: Callable[..., Store], seed: int
) -> None:
    """Also in a time, by owner, and against the time before."""
    chance = random.Random(seed)
    leads = some_leads(chance)
    scope = Scope(since=at(30), until=at(60), owner=chance.choice([None, "ann"]))
    with tell(*leads).read() as view:
        found = reasons(view, LIFECYCLE, scope, NOW)

    def told(low: float, high: float) -> Counter[tuple[object, ...]]:
        return Counter(
            (stay.stage, stay.via, target, stay.reason)
            for stay, target in moves(leads)
            if low <= (stay.left or 0) < high
            and scope.owner in (None, stay.owner)
            and kind(stay.stage, target) != "onward"
        )

    now, before = told(30, 60), told(0, 30)
    assert {key: (now[key], before[key]) for key in {*now, *before}} == {
        (one.stage, one.transition, one.to_stage, one.reason): (one.count, one.before)
        for one in found.rows
    }
    assert sum(now.values()) == sum(one.count for one in found.owners)
    [hand_off] = found.acceptance
    left = [
        target
        for stay, target in moves(leads)
        if stay.stage == "mql"
        and 30 <= (stay.left or 0) < 60
        and scope.owner in (None, stay.owner)
    ]
    taken = sum(target in ("sal", "sql", "won") for target in left)
    refused = sum(kind("mql", target) != "onward" for target in left)
    assert (taken, refused) == (hand_off.accepted, hand_off.refused)


@FEW
@given(seed=SEEDS)
def test_the_responsibility_map_rests_on_recounted_figures(
    tell: Callable[..., Store], seed: int
) -> None:
    """Shares and medians, now and in each part of the baseline."""
    leads = some_leads(random.Random(seed))
    with tell(*leads).read() as view:
        found = responsibility(
            view, LIFECYCLE, Scope(since=at(60), until=at(80)), NOW, periods=2
        )

    for row in found.rows:
        for measure, low in ((row.now, 60), (row.earlier[1], 40), (row.earlier[0], 20)):
            here = [
                (stay, target)
                for stay, target in moves(leads)
                if stay.stage == row.stage and low <= (stay.left or 0) < low + 20
            ]
            if row.figure is Figure.ONWARD:
                ways = [kind(stay.stage, target) for stay, target in here]
                assert len(ways) == measure.n
                assert (ways.count("onward") / len(ways) if ways else None) == (
                    measure.share
                )
            if row.figure is Figure.TIME:
                took = [
                    timedelta(days=stay.left or 0) - timedelta(days=stay.entered)
                    for stay, _ in here
                    if stay.entered is not None
                ]
                assert len(took) == measure.n
                assert (median(took) if took else None) == measure.median


@FEW
@given(seed=SEEDS)
def test_costs_equal_a_recount(tell: Callable[..., Store], seed: int) -> None:
    """By source, in both conventions, to the cent."""
    chance = random.Random(seed)
    leads = some_leads(chance)
    spent = Decimal(chance.randint(1, 10_000)) / 7
    row = Spend(
        row=2,
        since=date(2026, 1, 1),
        until=date(2026, 1, 31),
        source="Ads",
        campaign=None,
        amount=round(spent, 6),
        currency="EUR",
    )
    first, last = 4.5, 59.5  # midnights in Berlin, the start is a noon
    for convention in Convention:
        with tell(*leads).read() as view:
            scope = Scope(since=date(2026, 1, 10), until=at(60).date())
            found = cost(view, LIFECYCLE, scope, NOW, [row], convention=convention)

        ads = [
            lead
            for lead in leads
            if str(lead.values["source"] or "").casefold() == "ads"
        ]
        known = [lead for lead in ads if lead.stays[0].entered is not None]
        began = [lead for lead in known if first <= started(lead) < last]
        paid = Fraction(row.amount) * Fraction(22, 31)
        rows = [one for one in found.sources if one.currency == "EUR"]
        assert [round(paid * 100)] == [one.spend * 100 for one in rows]
        assert [len(began)] == [one.leads for one in rows]
        for step in rows[0].steps:
            entries = [entry(lead, step.stage) for lead in ads]
            if convention is Convention.COHORT:
                reached = sum(
                    any(stay.stage == step.stage for stay in lead.stays)
                    for lead in began
                )
            else:
                reached = sum(
                    one is not None and first <= one < last for one in entries
                )
            assert reached == step.reached
            each = round(paid / reached * 100) if reached else None
            assert each == (None if step.cost is None else step.cost * 100)
        assert found.unknown == sum(lead.stays[0].entered is None for lead in leads)


def started(lead: Lead) -> float:
    """Return when a lead began: the first entry that is known."""
    return min(one.entered for one in lead.stays if one.entered is not None)


def entry(lead: Lead, stage: str) -> float | None:
    """Return when a lead first came to a stage."""
    times = [one.entered for one in lead.stays if one.stage == stage]
    return min((one for one in times if one is not None), default=None)


@FEW
@given(seed=SEEDS)
def test_slas_kept_equal_a_recount(tell: Callable[..., Store], seed: int) -> None:
    """Met, missed, late, open and void, by SLA and by owner, in a time."""
    chance = random.Random(seed)
    leads = some_leads(chance)
    clocks = [some_clock(chance, lead, n) for n, lead in enumerate(leads)]
    owner = chance.choice([None, "ann"])
    with tell(*leads, clocks=clocks).read() as view:
        scope = Scope(since=at(20), until=at(70), owner=owner)
        found = sla(view, LIFECYCLE, scope, NOW)

    told: Counter[tuple[object, str]] = Counter()
    for clock in clocks:
        fate, moment = verdict(clock)
        in_time = fate == "running" or at(20) <= moment < at(70)
        if fate == "running":
            in_time = (clock.started_at or clock.entered_at or START) < at(70)
        if in_time and owner in (None, clock.owner):
            told[clock.stage, fate] += 1
    counted = Counter(
        {
            (row.stage, fate): getattr(row.kept, fate)
            for row in found.slas
            for fate in ("met", "missed", "late", "running", "void")
        }
    )
    assert +told == +counted
    assert found.total.met == sum(one.kept.met for one in found.owners)
    assert found.total.share.of == sum(one.kept.share.of for one in found.teams)


def some_clock(chance: random.Random, lead: Lead, number: int) -> SlaClock:
    """Return a clock in some state; the numbers need not make sense of each other."""
    stage, name = chance.choice([("lead", "look"), ("mql", "accept"), ("sal", "touch")])
    entered = chance.uniform(0, 90)
    started = chance.choice([None, entered])
    ended = chance.choice([None, entered + chance.uniform(0, 9)])
    broken = chance.choice([None, entered + 0.1]) if started is not None else None
    used = timedelta(hours=3) if ended and chance.random() < 0.8 else None
    return SlaClock(
        record_id=lead.id,
        sla=name,
        stage=stage,
        stage_version=number,
        team=LIFECYCLE.stages[stage].owner,
        owner=chance.choice([None, "ann", "bob"]),
        entered_at=at(entered),
        started_at=None if started is None else at(started),
        breached_at=None if broken is None else at(broken),
        ended_at=None if ended is None else at(ended),
        used=used,
    )


def verdict(clock: SlaClock) -> tuple[str, object]:
    """Return how a clock came out, told anew."""
    if clock.ended_at is None:
        late = clock.breached_at is not None
        return ("late", clock.breached_at) if late else ("running", None)
    if clock.started_at is None:
        return "void", clock.breached_at or clock.ended_at
    if clock.breached_at is not None:
        return "missed", clock.breached_at
    return ("met" if clock.used is not None else "void"), clock.ended_at


@FEW
@given(seed=SEEDS)
def test_gaps_agree_with_what_each_record_is_told(
    tell: Callable[..., Store], seed: int
) -> None:
    """Who is let through is who `record explain` lets through."""
    leads = some_leads(random.Random(seed))
    store = tell(*leads)
    with store.read() as view:
        found = gaps(view, LIFECYCLE, Scope(), NOW)

    free: Counter[tuple[str, str]] = Counter()
    looked: Counter[tuple[str, str]] = Counter()
    app = Reading(store)
    for lead in leads:
        _, receipts = explain(app, lead.id)  # type: ignore[arg-type]
        for receipt in receipts:
            looked[receipt.source, receipt.transition] += 1
            free[receipt.source, receipt.transition] += receipt.guard_met
    for one in found.stages:
        key = one.stage, one.transition
        assert (looked[key], free[key]) == (one.records, one.free)
        assert one.records == one.free + one.gaps + one.values
    assert {("lead", "qualify"), ("sal", "confirm")} >= {
        (one.stage, one.transition) for one in found.stages
    }


class Reading:
    """As much of an installation as explaining takes."""

    lifecycle = LIFECYCLE

    class clock:  # noqa: N801
        """The moment of the report."""

        @staticmethod
        def now() -> object:
            return NOW

    def __init__(self, store: Store) -> None:
        self.store = store
