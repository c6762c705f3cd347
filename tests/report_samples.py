"""Reports as their functions return them, with every shape that a picture meets."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from leadstate.service.reports.agreements import Sla, SlaCounts, SlaRow
from leadstate.service.reports.comparing import Difference
from leadstate.service.reports.figures import Spread, share, spread
from leadstate.service.reports.results import (
    Counting,
    Flow,
    FlowEdge,
    Funnel,
    FunnelGroup,
    FunnelStep,
    StageTime,
    StageTimes,
)
from leadstate.service.reports.scope import About, Scope
from leadstate.service.reports.shortfalls import Convention, Cost, CostRow, CostStep
from leadstate.service.reports.verdicts import (
    Figure,
    Measure,
    Responsibility,
    ResponsibilityRow,
    Side,
    Verdict,
)

HOSTILE = '</text><script>x</script>&"\x00\u202e{signal}'
_HOUR = 3_600_000_000
_NO_SPREAD = Spread(n=0)


def about(report: str, **scope: object) -> About:
    """Return what a report of the third quarter of 2026 says about itself."""
    return About(
        report=report,
        workflow="b2b_lifecycle",
        scope=Scope(**scope),
        since=datetime(2026, 6, 30, 22, tzinfo=UTC),
        until=datetime(2026, 9, 30, 22, tzinfo=UTC),
        as_of=datetime(2026, 10, 2, 9, 30, tzinfo=UTC),
        timezone="Europe/Berlin",
        definitions=("A pass is a trip.", "A share has an interval."),
    )


def step(
    stage: str, label: str, reached: int, strict: int, before: int | None
) -> FunnelStep:
    """Return a step of a funnel that began with 1,240 passes."""
    return FunnelStep(
        stage=stage,
        label=label,
        team="sales",
        entered=reached,
        reached=reached,
        strict=strict,
        from_previous=None if before is None else share(reached, before),
        from_start=share(reached, 1240),
        strict_from_previous=None,
        strict_from_start=share(strict, 1240),
        ended={},
    )


def funnel(*steps: FunnelStep) -> Funnel:
    """Return a funnel."""
    usual = (
        step("lead", "Lead", 1240, 1240, None),
        step("mql", "MQL", 610, 588, 1240),
        step("sal", "SAL", 402, 390, 610),
        step("sql", HOSTILE, 120, 90, 402),
        step("won", "Won", 31, 30, 120),
    )
    total = FunnelGroup(key=None, passes=1240, steps=steps or usual, before={})
    return Funnel(
        about=about("funnel", team="sales", source=HOSTILE),
        counting=Counting.COHORT,
        by=None,
        total=total,
        groups=(),
        unknown_start=3,
        outside={},
    )


def _stage(stage: str, label: str, scale: int, *, business: bool = True) -> StageTime:
    wall = [scale * place * _HOUR // 10 for place in range(1, 40)]
    work = [one // 4 for one in wall]
    return StageTime(
        stage=stage,
        label=label,
        team="sales",
        known=stage != "old",
        elapsed=spread(wall) if scale else _NO_SPREAD,
        business=spread(work) if business else None,
        calendar="office" if business else None,
        open=3,
        open_elapsed=_NO_SPREAD,
        open_business=None,
        unknown=0,
        open_unknown=0,
    )


def stage_times() -> StageTimes:
    """Return times of five stages, one that nobody left, one that is no more."""
    stages = (
        _stage("lead", "Lead", 40),
        _stage("mql", "MQL", 12),
        _stage("sal", HOSTILE, 6, business=False),
        _stage("sql", "SQL", 0, business=False),
        _stage("old", "Old", 3, business=False),
    )
    return StageTimes(about=about("stages"), stages=stages)


def flow() -> Flow:
    """Return ways, beginnings and ends among them."""
    ways = (
        (None, "lead", 1240),
        ("lead", "mql", 610),
        ("mql", "sal", 402),
        ("mql", "nurture", 170),
        ("nurture", "lead", 44),
        ("sal", "sql", 120),
        ("sal", "mql", 9),
        ("sql", "won", 31),
        ("sql", "lost", 60),
        ("lead", None, 2),
        (HOSTILE, "lead", 1),
    )
    edges = tuple(
        FlowEdge(
            source=source,
            target=target,
            known=True,
            moves=moves,
            wait=_NO_SPREAD,
            gaps=0,
            gap=_NO_SPREAD,
        )
        for source, target, moves in ways
    )
    return Flow(about=about("flow"), edges=edges, undated=0)


def _kept(met: int, missed: int, late: int) -> SlaCounts:
    return SlaCounts(
        met=met,
        missed=missed,
        late=late,
        running=2,
        void=0,
        share=share(met, met + missed + late),
        used=_NO_SPREAD,
        pauses=0,
        paused=None,
    )


def sla() -> Sla:
    """Return SLAs: two teams with one, one that nobody decided yet."""
    rows = tuple(
        SlaRow(
            stage=stage,
            sla=name,
            team=team,
            owner=None,
            within=timedelta(hours=8),
            kept=_kept(*counts),
        )
        for stage, name, team, counts in (
            ("mql", "accept", "marketing", (340, 48, 6)),
            ("sal", "first_touch", "sales", (190, 96, 22)),
            ("sal", "first_touch", HOSTILE, (3, 0, 0)),
            ("sql", "decide", None, (0, 0, 0)),
        )
    )
    return Sla(
        about=about("sla"),
        total=_kept(533, 144, 28),
        slas=rows,
        teams=(),
        owners=(),
        delays=(),
        restated=None,
    )


def _verdict(
    figure: Figure, verdict: Verdict, now: Measure, before: Measure, **given: object
) -> ResponsibilityRow:
    usual: dict[str, object] = {
        "stage": "sal",
        "sla": None,
        "giving": "sales",
        "taking": None,
        "team": "sales",
        "side": Side.STAGE,
    }
    return ResponsibilityRow(
        figure=figure,
        now=now,
        before=before,
        earlier=(),
        change=Difference(-0.2, -0.3, -0.1),
        verdict=verdict,
        weight=2.0,
        **(usual | given),  # type: ignore[arg-type]
    )


def responsibility() -> Responsibility:
    """Return every verdict and every side."""
    few, many = Measure(n=3, share=0.33), Measure(n=300, share=0.81)
    slow = Measure(n=40, median=timedelta(hours=60))
    quick = Measure(n=44, median=timedelta(hours=31))
    rows = (
        _verdict(Figure.TIME, Verdict.SAGS, slow, quick),
        _verdict(
            Figure.SLA,
            Verdict.SAGS,
            Measure(n=308, share=0.62),
            many,
            sla="first_touch",
        ),
        _verdict(
            Figure.ACCEPTANCE,
            Verdict.IMPROVES,
            many,
            Measure(n=210, share=0.64),
            stage="mql",
            giving="marketing",
            taking="sales",
            team="marketing",
            side=Side.GIVING,
        ),
        _verdict(Figure.ONWARD, Verdict.AS_BEFORE, many, many),
        _verdict(
            Figure.SLA,
            Verdict.TOO_FEW,
            few,
            Measure(n=0),
            stage="mql",
            sla=HOSTILE,
            team=None,
            side=Side.SYSTEM,
        ),
    )
    return Responsibility(
        about=about("responsibility"),
        since=datetime(2026, 6, 30, 22, tzinfo=UTC),
        until=datetime(2026, 9, 30, 22, tzinfo=UTC),
        baseline=datetime(2025, 9, 30, 22, tzinfo=UTC),
        periods=3,
        tested=5,
        confidence=0.95,
        each=0.99,
        least=20,
        rows=rows,
    )


def _cost_row(
    source: str | None, currency: str | None, spend: int, leads: int
) -> CostRow:
    def cost(of: int) -> Decimal | None:
        return round(Decimal(spend) / of, 2) if of and spend else None

    steps = tuple(
        CostStep(
            stage=stage,
            label=stage.upper(),
            reached=leads // part,
            by_pass={1: leads // part},
            cost=cost(leads // part),
            first_pass_cost=None,
        )
        for stage, part in (("mql", 2), ("sal", 3), ("won", 40))
    )
    return CostRow(
        source=source,
        campaign=None,
        currency=currency,
        spend=Decimal(spend),
        leads=leads,
        lead_cost=cost(leads),
        steps=steps,
        recycled=3,
        recycled_cost=cost(leads),
        unworked=1,
        unworked_cost=None,
    )


def cost(*, spent: bool = True) -> Cost:
    """Return what two currencies were spent on, or nothing."""
    rows = (
        _cost_row("ads", "EUR", 12000, 410),
        _cost_row(HOSTILE, "EUR", 4000, 120),
        _cost_row(None, "EUR", 800, 30),
        _cost_row("fair", "USD", 9000, 31),
        _cost_row("partner", None, 0, 12),
    )
    return Cost(
        about=about("cost"),
        convention=Convention.COHORT,
        since=date(2026, 7, 1),
        until=date(2026, 10, 1),
        totals=(),
        sources=rows if spent else rows[-1:],
        campaigns=(),
        unattributed=30,
        unspent=("partner",),
        unanswered=(),
        unknown=0,
    )
