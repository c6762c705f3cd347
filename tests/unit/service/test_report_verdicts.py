"""The responsibility map, the cost of leads, and the gaps: what is said of whom."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from reported_leads import LIFECYCLE, VERSIONS, Lead, Stay, at, way

from leadstate.definition.workflow import load_workflow_text
from leadstate.domain.clock import SlaClock
from leadstate.errors import UsageError
from leadstate.service.reports.cost import cost
from leadstate.service.reports.gaps import gaps
from leadstate.service.reports.responsibility import responsibility
from leadstate.service.reports.scope import Scope
from leadstate.service.reports.shortfalls import Convention, CostRow, WayOut
from leadstate.service.reports.spend import Spend
from leadstate.service.reports.verdicts import Figure, Side, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.service.reports.verdicts import Responsibility, ResponsibilityRow
    from leadstate.store import Store

NOW = at(100)
LAST = Scope(since=at(80), until=at(100))


# -- responsibility --------------------------------------------------------------------


def history(accepted: int, of: int, days: float) -> list[Lead]:
    """Return a past in which nine of ten MQLs were taken, and a last time of ours."""
    past = [
        Lead(stays=way(("mql", 10), ("sal" if n % 10 else "nurture", 30)))
        for n in range(200)
    ]
    now = [
        Lead(stays=way(("mql", 90 - days), ("sal" if n < accepted else "nurture", 90)))
        for n in range(of)
    ]
    return past + now


def held(store: Store, **given: int) -> Responsibility:
    """Return the map of the last twenty days."""
    with store.read() as view:
        return responsibility(view, LIFECYCLE, LAST, NOW, **given)


def row_of(found: Responsibility, figure: Figure, stage: str) -> ResponsibilityRow:
    """Return one row of the map."""
    return next(one for one in found.rows if (one.figure, one.stage) == (figure, stage))


@pytest.mark.parametrize(
    ("accepted", "of", "verdict"),
    [
        (20, 60, Verdict.SAGS),
        (54, 60, Verdict.AS_BEFORE),
        (10, 19, Verdict.TOO_FEW),
        (150, 150, Verdict.IMPROVES),
    ],
    ids=["worse", "as before", "few", "better"],
)
def test_a_hand_off_is_held_against_its_own_past(
    tell: Callable[..., Store], accepted: int, of: int, verdict: Verdict
) -> None:
    """Nine of ten were taken before; what marketing gives is marketing's."""
    row = row_of(held(tell(*history(accepted, of, 20))), Figure.ACCEPTANCE, "mql")

    assert (verdict, of, accepted / of) == (row.verdict, row.now.n, row.now.share)
    assert (200, 0.9) == (row.before.n, row.before.share)
    assert ("marketing", "marketing", "sales", Side.GIVING) == (
        row.team,
        row.giving,
        row.taking,
        row.side,
    )
    assert (verdict is Verdict.TOO_FEW) is (row.change is None)
    assert [None, 0.9, None, None] == [one.share for one in row.earlier]


@pytest.mark.parametrize(
    ("days", "verdict"),
    [(40, Verdict.SAGS), (20, Verdict.AS_BEFORE), (5, Verdict.IMPROVES)],
    ids=["slower", "as before", "quicker"],
)
def test_leads_that_wait_to_be_taken_are_the_taking_teams(
    tell: Callable[..., Store], days: float, verdict: Verdict
) -> None:
    """Time in the stage of a hand-off is the other team's SLA to look."""
    row = row_of(held(tell(*history(27, 30, days))), Figure.TIME, "mql")

    assert (verdict, "sales", Side.TAKING) == (row.verdict, row.team, row.side)
    assert (timedelta(days=days), timedelta(days=20)) == (
        row.now.median,
        row.before.median,
    )


def test_the_surest_change_comes_first_and_too_few_last(
    tell: Callable[..., Store],
) -> None:
    """Sags before improves, then what is as before; of all the tested are counted."""
    found = held(tell(*history(20, 60, 5)))

    assert [Verdict.SAGS, Verdict.IMPROVES] == [one.verdict for one in found.rows[:2]]
    assert {Verdict.TOO_FEW} == {one.verdict for one in found.rows[2:]}
    assert (2, 0.975) == (found.tested, pytest.approx(found.each))
    assert any("2 figures were looked at" in one for one in found.about.definitions)


def test_slas_are_whose_part_they_measure(tell: Callable[..., Store]) -> None:
    """To take is the taker's, to assign is nobody's, to call is the owner's."""
    clocks = [
        SlaClock(
            record_id=f"r{number}",
            sla=sla,
            stage=stage,
            stage_version=1,
            team="x",
            entered_at=at(day),
            started_at=at(day),
            breached_at=at(day) if number < broken else None,
            ended_at=at(day),
            used=timedelta(0),
        )
        for place, (stage, sla) in enumerate(SLAS)
        for day, broken in ((50 + place / 100, 3), (90 + place / 100, 30))
        for number in range(40)
    ]
    unique = {(one.record_id, one.sla, one.entered_at): one for one in clocks}.values()
    numbered = [
        replace_version(one, place) for place, one in enumerate(unique, start=1)
    ]
    store = tell(
        *(Lead(id=f"r{number}", stays=way(("lead", 0))) for number in range(40)),
        clocks=numbered,
    )
    found = [one for one in held(store).rows if one.figure is Figure.SLA]

    assert {
        ("lead", "look", "marketing", Side.STAGE, Verdict.SAGS),
        ("mql", "accept", "sales", Side.TAKING, Verdict.SAGS),
        ("sal", "routing", None, Side.SYSTEM, Verdict.SAGS),
        ("sal", "touch", "sales", Side.STAGE, Verdict.SAGS),
    } == {(one.stage, one.sla, one.team, one.side, one.verdict) for one in found}
    assert all((0.25, 37 / 40) == (one.now.share, one.before.share) for one in found)


SLAS = (("lead", "look"), ("mql", "accept"), ("sal", "routing"), ("sal", "touch"))


def replace_version(clock: SlaClock, number: int) -> SlaClock:
    """Return the clock of a stay of its own."""
    from dataclasses import replace

    return replace(clock, stage_version=number)


def test_a_team_sees_its_rows_and_the_judging_stays_the_same(
    tell: Callable[..., Store],
) -> None:
    """How wide the intervals are does not depend on who asks."""
    store = tell(*history(20, 60, 5))
    with store.read() as view:
        scope = Scope(since=at(80), until=at(100), team="sales")
        sales = responsibility(view, LIFECYCLE, scope, NOW)
        with pytest.raises(UsageError, match="owned by a team 'sails'"):
            responsibility(view, LIFECYCLE, Scope(team="sails"), NOW)
    every = held(store)

    assert every.tested == sales.tested
    assert sales.rows == tuple(
        one
        for one in every.rows
        if one.team == "sales" or (one.side is Side.SYSTEM and one.stage == "sal")
    )


def test_thirty_days_are_looked_at_unless_said_otherwise(
    tell: Callable[..., Store],
) -> None:
    """Against four times as long before; an end that lies ahead is now."""
    with tell(Lead(stays=way(("mql", 0)))).read() as view:
        found = responsibility(view, LIFECYCLE, Scope(until=at(200)), NOW)

    assert (at(70), NOW, at(-50), 4) == (
        found.since,
        found.until,
        found.baseline,
        found.periods,
    )


@pytest.mark.parametrize(
    ("scope", "periods", "why"),
    [
        (Scope(since=at(101)), 4, "has not begun"),
        (Scope(), 0, "a baseline of 0 parts cannot be; take 1 to 52"),
        (Scope(), 53, "a baseline of 53 parts cannot be; take 1 to 52"),
        (
            Scope(since=datetime(900, 1, 1, tzinfo=UTC)),
            4,
            "would begin before the year 1",
        ),
    ],
    ids=["ahead", "none", "many", "too long"],
)
def test_a_baseline_that_cannot_be_is_refused(
    tell: Callable[..., Store], scope: Scope, periods: int, why: str
) -> None:
    """With what to do instead."""
    with (
        tell(Lead(stays=way(("mql", 0)))).read() as view,
        pytest.raises(UsageError, match=why),
    ):
        responsibility(view, LIFECYCLE, scope, NOW, periods=periods)


def test_a_stage_that_two_teams_take_from_is_its_owners(
    tell: Callable[..., Store],
) -> None:
    """Nobody can say whose the waiting is, so it stays with who owns the stage."""
    lifecycle = load_workflow_text(
        """\
workflow: two
teams: {marketing: , sales: , partners: }
stages:
  lead: {owner: marketing, initial: true}
  sal: {owner: sales}
  pal: {owner: partners}
  won: {kind: won}
transitions:
  accept: {from: lead, to: sal}
  refer: {from: lead, to: pal}
  win: {from: [sal, pal], to: won}
"""
    )
    with tell(Lead(stays=way(("lead", 0)))).read() as view:
        found = responsibility(view, lifecycle, Scope(), NOW).rows

    assert {
        (Figure.ACCEPTANCE, Side.GIVING, "sales"),
        (Figure.ACCEPTANCE, Side.GIVING, "partners"),
        (Figure.ONWARD, Side.STAGE, None),
        (Figure.TIME, Side.STAGE, None),
    } == {(one.figure, one.side, one.taking) for one in found if one.stage == "lead"}


# -- cost ------------------------------------------------------------------------------


def spent(amount: str, source: str = "ads", **given: object) -> Spend:
    """Return a row about January."""
    columns = {
        "row": 2,
        "since": date(2026, 1, 1),
        "until": date(2026, 1, 31),
        "campaign": None,
        "currency": "EUR",
    }
    return Spend(source=source, amount=Decimal(amount), **(columns | given))  # type: ignore[arg-type]


LEADS = [
    Lead(
        stays=way(("lead", 1), ("mql", 2), ("sal", 3), ("sql", 4), ("won", 5)),
        values={"source": "Ads", "campaign": "Spring"},
    ),
    Lead(
        stays=way(("lead", 1), ("nurture", 2), ("lead", 40), ("mql", 41), ("sal", 42)),
        values={"source": "ads"},
    ),
    Lead(stays=way(("lead", 3)), values={"source": "ads", "campaign": "spring"}),
    Lead(stays=way(("lead", 3), owner="ann"), values={"source": "fair"}),
    Lead(stays=way(("lead", 4))),
    Lead(stays=[Stay(stage="lead", entered=None, ended=False)]),
    Lead(stays=way(("lead", 50)), values={"source": "ads"}),
]


def steps(row: CostRow) -> dict[str, tuple[int, str | None, str | None]]:
    """Return what each stage cost: records, cost, cost by the first pass alone."""
    return {
        one.stage: (
            one.reached,
            None if one.cost is None else str(one.cost),
            None if one.first_pass_cost is None else str(one.first_pass_cost),
        )
        for one in row.steps
    }


def test_leads_that_began_in_the_month_pay_for_what_they_became(
    tell: Callable[..., Store],
) -> None:
    """Later passes make a stage cheaper; each currency and campaign stands apart."""
    money = [
        spent("100"),
        spent("50.50", campaign="SPRING"),
        spent("30", currency="USD"),
        spent("9", "radio"),
    ]
    with tell(*LEADS).read() as view:
        found = cost(view, LIFECYCLE, Scope(), NOW, money)

    euros, dollars, radio = found.sources[:3]
    assert ("ads", "EUR", "150.50", 3, "50.17") == (
        str(euros.source).lower(),
        euros.currency,
        str(euros.spend),
        euros.leads,
        str(euros.lead_cost),
    )
    assert {
        "mql": (2, "75.25", "150.50"),
        "sal": (2, "75.25", "150.50"),
        "sql": (1, "150.50", "150.50"),
        "won": (1, "150.50", "150.50"),
    } == steps(euros)
    assert {1: 1, 2: 1} == euros.steps[0].by_pass
    assert ("USD", "30.00", 3) == (dollars.currency, str(dollars.spend), dollars.leads)
    assert ("radio", None, 0) == (radio.source, radio.lead_cost, radio.leads)
    assert [("EUR", "159.50", 5), ("USD", "30.00", 5)] == [
        (one.currency, str(one.spend), one.leads) for one in found.totals
    ]
    assert (1, 1, ("fair",), ("radio",)) == (
        found.unattributed,
        found.unknown,
        found.unspent,
        found.unanswered,
    )
    spring = next(one for one in found.campaigns if one.campaign == "Spring")
    assert ("50.50", 2) == (str(spring.spend), spring.leads)
    assert (date(2026, 1, 1), date(2026, 2, 1)) == (found.since, found.until)


def test_what_was_recycled_and_never_worked_has_its_cost(
    tell: Callable[..., Store],
) -> None:
    """Its number times the cost of a lead; a lead that somebody owned was worked."""
    with tell(*LEADS).read() as view:
        found = cost(view, LIFECYCLE, Scope(), NOW, [spent("100")])

    [ads, fair, nobody] = found.sources
    assert (1, "33.33", 1, "33.33") == (
        ads.recycled,
        str(ads.recycled_cost),
        ads.unworked,
        str(ads.unworked_cost),
    )
    assert {("fair", 0, None), (None, 1, None)} == {
        (one.source, one.unworked, one.unworked_cost) for one in (fair, nobody)
    }


def test_by_period_whoever_came_to_a_stage_in_it_pays(
    tell: Callable[..., Store],
) -> None:
    """A lead of January that became an MQL in February is February's."""
    money = [spent("80", since=date(2026, 2, 1), until=date(2026, 2, 28))]
    with tell(*LEADS).read() as view:
        found = cost(view, LIFECYCLE, Scope(), NOW, money, convention=Convention.PERIOD)

    [ads] = [one for one in found.sources if one.currency]
    assert (1, "80.00") == (ads.leads, str(ads.lead_cost))
    assert {
        "mql": (1, "80.00", None),
        "sal": (1, "80.00", None),
        "sql": (0, None, None),
        "won": (0, None, None),
    } == steps(ads)
    assert () == found.unanswered


def test_spend_counts_by_the_days_that_lie_in_the_range(
    tell: Callable[..., Store],
) -> None:
    """Ten of 31 days; what lies outside does not count, nor another source's."""
    scope = Scope(since=date(2026, 1, 22), until=date(2026, 3, 1), source="Ads")
    money = [
        spent("310"),
        spent("5", "fair"),
        spent("7", since=date(2026, 3, 1), until=date(2026, 3, 31)),
    ]
    with tell(*LEADS).read() as view:
        found = cost(view, LIFECYCLE, scope, NOW, money)
        spring = Scope(source="ads", campaign="spring")
        narrow = cost(view, LIFECYCLE, spring, NOW, money)

    assert [("100.00", 1)] == [(str(one.spend), one.leads) for one in found.sources]
    assert [("0.00", 2)] == [(str(one.spend), one.leads) for one in narrow.sources]


@pytest.mark.parametrize(
    ("scope", "why"),
    [
        (Scope(team="sales"), "does not say by team what was spent"),
        (Scope(owner="ann"), "does not say by owner what was spent"),
        (Scope(pass_number=1), "does not say by pass what was spent"),
        (Scope(version="a"), "does not say by workflow version what was spent"),
        (Scope(since=at(0)), "money is known by the day: write 2026-01-05 instead of"),
    ],
    ids=["team", "owner", "pass", "version", "moment"],
)
def test_what_money_is_not_known_by_is_refused(
    tell: Callable[..., Store], scope: Scope, why: str
) -> None:
    """Half of a filter would be a wrong number."""
    with tell(*LEADS[:1]).read() as view, pytest.raises(UsageError, match=why):
        cost(view, LIFECYCLE, scope, NOW, [spent("1")])


def test_a_workflow_without_sources_or_spend_says_so(
    tell: Callable[..., Store],
) -> None:
    """Without a field nothing can be counted; without campaigns there are none."""
    text = (
        "workflow: w\nfields: {%s: text}\n"
        "stages: {lead: {initial: true}, won: {kind: won}}\n"
        "transitions: {win: {from: lead, to: won}}\n"
    )
    with tell(*LEADS[:1]).read() as view:
        with pytest.raises(UsageError, match="has no field 'source'"):
            cost(view, load_workflow_text(text % "x"), Scope(), NOW, [spent("1")])
        with pytest.raises(UsageError, match="nothing was spent: say which days"):
            cost(view, LIFECYCLE, Scope(), NOW, [])
        plain = load_workflow_text(text % "source")
        found = cost(view, plain, Scope(), NOW, [spent("1", campaign="x")])

    assert ((), 1, "1.00") == (
        found.campaigns,
        found.sources[0].leads,
        str(found.sources[0].spend),
    )


# -- gaps ------------------------------------------------------------------------------


def test_the_field_that_blocks_the_most_stands_first(
    tell: Callable[..., Store],
) -> None:
    """Alone, together with others, and not at all where known values are in the way."""
    leads = [
        *(lead_with("lead", size=80) for _ in range(3)),
        *(lead_with("lead") for _ in range(2)),
        lead_with("lead", size=5, role="king"),
        lead_with("lead", size=80, role="owner"),
        lead_with("sal", need="x", budget="lots", size=5),
        lead_with("gone"),
    ]
    with tell(*leads).read() as view:
        found = gaps(view, LIFECYCLE, Scope(), NOW)

    lead, sal = found.stages
    assert (7, 1, 5, 1) == (lead.records, lead.free, lead.gaps, lead.values)
    assert (
        WayOut(fields=("role",), records=3),
        WayOut(fields=("role", "size"), records=2),
    ) == lead.ways
    assert [
        ("role", 5, 1, 3, 2),
        ("budget", 0, 1, 1, 0),
        ("size", 2, 0, 0, 2),
    ] == [
        (one.field, one.missing, one.unreadable, one.alone, one.together)
        for one in found.rows
    ]
    assert 5 / 7 == found.rows[0].share.share
    assert (1, 0, 1) == (sal.records, sal.free, sal.gaps)
    assert (9, 1) == (found.records, found.orphaned)
    assert [("budget", 1, ("lots",)), ("role", 1, ("king",))] == [
        (one.field, one.records, one.examples) for one in found.unreadable
    ]


def lead_with(stage: str, **values: object) -> Lead:
    """Return a lead that stands in a stage and says so much."""
    stay = Stay(stage=stage, entered=0, ended=False, owner="ann")
    return Lead(stays=[stay], values=values)


def test_broken_values_are_shown_unless_they_are_personal(
    tell: Callable[..., Store],
) -> None:
    """Three different ones at most, and never an address."""
    leads = [lead_with("lead", size=f"many {n}", email="no address") for n in range(5)]
    with tell(*leads).read() as view:
        email, size = gaps(view, LIFECYCLE, Scope(), NOW).unreadable

    assert ("email", 5, ()) == (email.field, email.records, email.examples)
    assert ("size", 5, 3) == (size.field, size.records, len(size.examples))


@pytest.mark.parametrize(
    ("scope", "records"),
    [
        (Scope(), 3),
        (Scope(team="sales"), 1),
        (Scope(owner="Ann"), 2),
        (Scope(pass_number=2), 1),
        (Scope(version="bbb"), 1),
        (Scope(source="ADS"), 1),
        (Scope(campaign="x"), 0),
    ],
    ids=["all", "team", "owner", "pass", "version", "source", "campaign"],
)
def test_gaps_are_narrowed_by_what_records_are(
    tell: Callable[..., Store], scope: Scope, records: int
) -> None:
    """As they stand now: whose they are, where, and in which pass."""
    second = Stay(
        stage="lead", entered=0, ended=False, pass_number=2, version=VERSIONS[1]
    )
    leads = [
        lead_with("lead", source="Ads"),
        lead_with("sal", campaign="lots of it", size=True),
        Lead(stays=[second]),
    ]
    with tell(*leads).read() as view:
        found = gaps(view, LIFECYCLE, scope, NOW)

    assert records == found.records


def test_gaps_know_no_time(tell: Callable[..., Store]) -> None:
    """What is missing today is not known of last month; a filter is not ignored."""
    with tell(lead_with("lead")).read() as view:
        for scope in (Scope(since=at(0)), Scope(until=at(0))):
            with pytest.raises(UsageError, match="leave --since and --until out"):
                gaps(view, LIFECYCLE, scope, NOW)


def test_parked_records_have_their_way_back(tell: Callable[..., Store]) -> None:
    """From a parked stage any open one is on, also one that stands earlier."""
    lifecycle = load_workflow_text(
        """\
workflow: parked
fields: {need: text}
stages:
  lead: {initial: true}
  nurture: {kind: parked, wake: {after: 3 days, to: lead}}
  won: {kind: won}
  lost: {kind: lost}
transitions:
  reawaken: {from: nurture, to: lead, when: need is known}
  lose: {from: [lead, nurture], to: lost, when: need is known}
  reopen: {from: lost, to: lead, when: need is known}
  win: {from: lead, to: won}
  park: {from: lead, to: nurture}
"""
    )
    leads = [lead_with("nurture"), lead_with("lost"), lead_with("lead")]
    with tell(*leads).read() as view:
        found = gaps(view, lifecycle, Scope(), NOW)

    assert [("nurture", "reawaken")] == [
        (one.stage, one.transition) for one in found.stages
    ]
