"""Funnel, times, velocity, flow and passes: what peers get wrong, and mistakes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from past_sales import LIFECYCLE, NOW, WORKFLOW, Stay, Told, day, story, tell
from sqlalchemy import event

from leadstate.definition.workflow import load_workflow_text
from leadstate.errors import UsageError
from leadstate.service.reports.flow import flow
from leadstate.service.reports.funnel import funnel
from leadstate.service.reports.months import Months
from leadstate.service.reports.passes import passes
from leadstate.service.reports.results import By, Counting, PassEnd
from leadstate.service.reports.scope import Scope, moment_of, read_time, selected
from leadstate.service.reports.stage_times import stage_times
from leadstate.service.reports.steps import steps_of
from leadstate.service.reports.velocity import velocity
from leadstate.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadstate.store import Store

DAY = timedelta(days=1)


@pytest.fixture(name="store")
def _store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'leadstate.db'}")
    yield store
    store.close()


def test_a_bounce_counts_once_and_a_lost_lead_stays(store: Store) -> None:
    """Peers count log rows and leave lost ones out, so that shares pass 100 %."""
    bounced = ("lead", 0), ("mql", 1), ("lead", 2), ("mql", 3), ("sal", 4), ("lost", 5)
    tell(store, [story("r1", *bounced), story("r2", ("lead", 0))])

    with store.read() as view:
        lead, mql, sal, *_ = funnel(view, LIFECYCLE, Scope(), NOW).total.steps

    assert (2, 1, 1) == (lead.reached, mql.reached, sal.reached)
    assert (2, 1, 1) == (lead.strict, mql.strict, sal.strict)
    assert 0.5 == mql.from_previous.share
    assert (1, 1) == (sal.ended[PassEnd.LOST], lead.ended[PassEnd.OPEN])


def test_a_skipped_step_is_reached_but_not_strict(store: Store) -> None:
    """From lead straight to won: any order counts all steps, strict the first."""
    tell(store, [story("r1", ("lead", 0), ("won", 9))])

    with store.read() as view:
        steps = funnel(view, LIFECYCLE, Scope(), NOW).total.steps

    assert [1, 1, 1, 1, 1] == [one.reached for one in steps]
    assert [1, 0, 0, 0, 0] == [one.strict for one in steps]
    assert [1, 0, 0, 0, 1] == [one.entered for one in steps]
    assert 0.0 == steps[1].strict_from_start.share
    assert steps[2].strict_from_previous.share is None


def test_a_record_merged_into_another_is_not_counted_twice(store: Store) -> None:
    """The survivor's history goes on alone."""
    merged = story("r2", ("lead", 0), ("mql", 2), status="closed", merged=True)
    tell(store, [story("r1", ("lead", 0), ("mql", 1)), merged])

    with store.read() as view:
        found = funnel(view, LIFECYCLE, Scope(), NOW)
        times = stage_times(view, LIFECYCLE, Scope(), NOW)

    assert 1 == found.total.passes
    assert 1 == times.stages[0].elapsed.n


def test_each_pass_counts_by_itself(store: Store) -> None:
    """A recycled lead keeps its first pass; the second has its own row."""
    way = (
        ("lead", 0),
        ("mql", 1),
        ("nurture", 2),
        ("lead", 30),
        ("mql", 31),
        ("won", 35),
    )
    tell(store, [story("r1", *way)])

    with store.read() as view:
        first, second = passes(view, LIFECYCLE, Scope(), NOW).rows
        only = funnel(view, LIFECYCLE, Scope(pass_number=2), NOW).total

    assert (1, 2, 1, 1) == (first.number, second.number, first.records, only.passes)
    assert (1, 0) == (first.ended[PassEnd.PARKED], first.won.hits)
    assert (1, 1.0) == (second.ended[PassEnd.WON], second.won.share)
    assert (2 * DAY, 5 * DAY) == (first.length.median, second.length.median)


def test_a_cohort_is_followed_and_a_period_is_not(store: Store) -> None:
    """Begun in January, won in March: the cohort of January has the win."""
    tell(store, [story("r1", ("lead", 3), ("mql", 10), ("sal", 40), ("won", 65))])
    january = Scope(since=date(2026, 1, 1), until=date(2026, 2, 1))

    with store.read() as view:
        cohort = funnel(view, LIFECYCLE, january, NOW)
        period = funnel(view, LIFECYCLE, january, NOW, counting=Counting.PERIOD)

    assert [1, 1, 1, 1, 1] == [one.reached for one in cohort.total.steps]
    assert [1, 1, 0, 0, 0] == [one.reached for one in period.total.steps]
    assert 1 == period.total.steps[1].ended[PassEnd.OPEN]


def test_a_day_begins_at_midnight_of_the_workflow(store: Store) -> None:
    """23:30 UTC on the 31st of January is the 1st of February in Berlin."""
    late = Stay(
        stage="lead", entered=datetime(2026, 1, 31, 23, 30, tzinfo=UTC), open=True
    )
    tell(store, [Told(id="r1", stays=(late,))])

    with store.read() as view:
        found = funnel(view, LIFECYCLE, Scope(since=date(2026, 2, 1)), NOW, by=By.MONTH)

    assert ["2026-02"] == [one.key for one in found.groups]
    assert 1 == found.total.passes


def test_what_lies_after_as_of_is_not_looked_at(store: Store) -> None:
    """A quarter's report read later tells what was known of the quarter."""
    tell(store, [story("r1", ("lead", 0), ("mql", 10), ("won", 50))])

    with store.read() as view:
        steps = funnel(view, LIFECYCLE, Scope(), day(20)).total.steps
        lead, mql, *_ = stage_times(view, LIFECYCLE, Scope(), day(20)).stages
        sales = velocity(view, LIFECYCLE, Scope(), day(20)).total
        edges = flow(view, LIFECYCLE, Scope(), day(20)).edges

    assert [1, 1, 0, 0, 0] == [one.reached for one in steps]
    assert (1, 0, 1, 10 * DAY) == (
        lead.elapsed.n,
        mql.elapsed.n,
        mql.open,
        mql.open_elapsed.median,
    )
    assert 0 == sales.won
    assert [(None, "lead"), ("lead", "mql")] == [(e.source, e.target) for e in edges]


def test_a_stage_that_no_longer_exists_has_its_own_row(store: Store) -> None:
    """Marked, never dropped."""
    tell(store, [story("r1", ("lead", 0), ("demo", 4), ("mql", 9))])

    with store.read() as view:
        found = funnel(view, LIFECYCLE, Scope(), NOW)
        times = {
            one.stage: one for one in stage_times(view, LIFECYCLE, Scope(), NOW).stages
        }
        edges = flow(view, LIFECYCLE, Scope(), NOW).edges

    assert {"demo": 1} == found.outside
    assert (False, "demo", None) == (
        times["demo"].known,
        times["demo"].label,
        times["demo"].team,
    )
    assert 5 * DAY == times["demo"].elapsed.median
    assert [False, False] == [
        one.known for one in edges if "demo" in (one.source, one.target)
    ]


def test_business_time_follows_the_calendar_of_today(store: Store) -> None:
    """A calendar that is corrected restates the past: nothing was stored."""
    monday = datetime(2026, 1, 12, 8, tzinfo=UTC)  # 09:00 in Berlin
    stay = Stay(stage="sal", entered=monday, left=monday + timedelta(hours=9))
    open_ = Stay(stage="sql", entered=stay.left, open=True)
    tell(store, [Told(id="r1", stays=(stay, open_))])
    longer = load_workflow_text(WORKFLOW.replace("13:30-18:00", "12:30-18:00"))

    with store.read() as view:
        before, after = (
            {one.stage: one for one in stage_times(view, its, Scope(), NOW).stages}[
                "sal"
            ]
            for its in (LIFECYCLE, longer)
        )

    assert timedelta(hours=9) == before.elapsed.median == after.elapsed.median
    assert timedelta(hours=8) == before.business.median
    assert timedelta(hours=9) == after.business.median
    assert "office" == before.calendar


def test_velocity_is_the_usual_formula(store: Store) -> None:
    """Decided x value x win rate / cycle."""
    won = story("r1", ("lead", 0), ("won", 10), values={"budget": 3000})
    tell(store, [won, story("r2", ("lead", 0), ("lost", 4))])

    with store.read() as view:
        found = velocity(view, LIFECYCLE, Scope(), NOW)

    assert ("budget", 1, 1, 0.5) == (
        found.money,
        found.total.won,
        found.total.lost,
        found.total.win_rate.share,
    )
    assert (10 * DAY, 3000.0, 300.0) == (
        found.total.cycle.median,
        found.total.value,
        found.total.per_day,
    )


def test_nothing_is_a_report_too(store: Store) -> None:
    """An empty store has rows of zeros, and no share of nothing."""
    with store.read() as view:
        steps = funnel(view, LIFECYCLE, Scope(), NOW, by=By.MONTH).total.steps
        times = stage_times(view, LIFECYCLE, Scope(), NOW).stages
        months = velocity(view, LIFECYCLE, Scope(), NOW).months
        edges = flow(view, LIFECYCLE, Scope(), NOW).edges
        rows = passes(view, LIFECYCLE, Scope(), NOW).rows

    assert [0] * 5 == [one.reached for one in steps]
    assert steps[0].from_start.share is None
    assert ["lead", "mql", "sal", "sql", "nurture"] == [one.stage for one in times]
    assert ["2026-09"] == [one.key for one in months]
    assert ((), ()) == (edges, rows)


@pytest.mark.parametrize(
    ("scope", "message"),
    [
        (Scope(team="sale"), "Did you mean 'sales'"),
        (Scope(team="legal"), "known: marketing, sales"),
        (Scope(campaign="summer"), "it is one of spring, autumn"),
        (Scope(source=" "), "the field 'source'"),
        (Scope(pass_number=0), "first pass is 1"),
        (Scope(version=" "), "no workflow version"),
        (Scope(since=date(2026, 2, 1), until=date(2026, 2, 1)), "before it begins"),
        (Scope(since=datetime(2026, 2, 1)), "has no time zone"),  # noqa: DTZ001
        (Scope(since=date(1, 1, 1)), "too far away"),
    ],
    ids=[
        "team",
        "no-team",
        "choice",
        "empty",
        "pass",
        "version",
        "order",
        "zone",
        "far",
    ],
)
def test_a_scope_that_cannot_be_says_why(scope: Scope, message: str) -> None:
    """And how to go on."""
    with pytest.raises(UsageError, match=message):
        selected(scope, LIFECYCLE, NOW)


def test_a_workflow_without_the_field_says_so(store: Store) -> None:
    """As a filter, and as what to split by."""
    without = {name: one for name, one in LIFECYCLE.fields.items() if name != "source"}
    lifecycle = replace(LIFECYCLE, fields=without)

    with store.read() as view:
        for ask in ({"by": By.SOURCE}, {}):
            scope = Scope(source=None if ask else "ads")
            with pytest.raises(UsageError, match="has no field 'source'"):
                funnel(view, lifecycle, scope, NOW, **ask)


def test_spellings_of_a_source_are_one_group(store: Store) -> None:
    """Text compares without regard to case, whichever way the passes took."""
    ads = story("r1", ("lead", 0), ("mql", 1), values={"source": "ads"})
    tell(store, [ads, story("r2", ("lead", 0), values={"source": "Ads"})])

    with store.read() as view:
        found = funnel(view, LIFECYCLE, Scope(), NOW, by=By.SOURCE).groups

    assert [("Ads", 2)] == [(one.key, one.passes) for one in found]


def test_a_field_of_another_kind_is_no_group(store: Store) -> None:
    """Counting by money would make a group of each amount."""
    odd = replace(LIFECYCLE.fields["budget"], name="source")
    lifecycle = replace(LIFECYCLE, fields={**LIFECYCLE.fields, "source": odd})

    with store.read() as view, pytest.raises(UsageError, match="is of type money"):
        funnel(view, lifecycle, Scope(), NOW, by=By.SOURCE)


@pytest.mark.parametrize("text", ["soon", "2026-13-01", "2026-01-01T10:00"])
def test_a_time_that_cannot_be_read_says_why(text: str) -> None:
    """A time of day needs an offset."""
    with pytest.raises(UsageError, match=r"write 2026-01-31|no time zone"):
        read_time(text)


def test_a_time_is_a_day_or_a_moment() -> None:
    """A day of the workflow's zone; a moment as it is written."""
    assert date(2026, 1, 31) == read_time("2026-01-31")
    assert datetime(2026, 1, 30, 23, tzinfo=UTC) == moment_of(
        read_time("2026-01-31"), LIFECYCLE
    )
    assert datetime(2026, 1, 31, 8, tzinfo=UTC) == moment_of(
        read_time("2026-01-31T09:00+01:00"), LIFECYCLE
    )


def test_steps_are_the_way_to_won() -> None:
    """Open stages that lead to lost alone are no steps; several wons are one."""
    text = WORKFLOW.replace(
        "  nurture:", "  audit:   {}\n  upsold:  {kind: won}\n  nurture:"
    )
    more = "  doubt:  {from: mql, to: audit}\n  upsell: {from: sql, to: upsold}\n"
    text = text.replace("  win:     {from", f"{more}  win:     {{from")

    steps = steps_of(load_workflow_text(text))

    assert ("lead", "mql", "sal", "sql", "won") == steps.names
    assert ("Won", None) == (steps.labels[-1], steps.teams[-1])
    assert steps.ranks["won"] == steps.ranks["upsold"] == 4


@pytest.mark.parametrize("wanted", [["lead", "lead"], [], ["lead", "none"]])
def test_steps_that_cannot_be_are_refused(wanted: list[str]) -> None:
    """Each once, in the workflow, and at least one."""
    with pytest.raises(UsageError, match=r"known: lead|Known: lead"):
        steps_of(LIFECYCLE, wanted)


def test_steps_may_be_chosen(store: Store) -> None:
    """For instance only the hand-off and the end."""
    tell(store, [story("r1", ("lead", 0), ("mql", 2), ("won", 9))])

    with store.read() as view:
        steps = funnel(view, LIFECYCLE, Scope(), NOW, steps=["mql", "won"]).total.steps

    assert [("mql", 1), ("won", 1)] == [(one.stage, one.strict) for one in steps]


def test_a_field_without_numbers_is_no_value(store: Store) -> None:
    """The message names those that would do."""
    with store.read() as view, pytest.raises(UsageError, match="known: budget"):
        velocity(view, LIFECYCLE, Scope(), NOW, money="source")


def test_months_end_where_they_begin_elsewhere() -> None:
    """In Berlin, also over New Year."""
    months = Months(day(-20), day(40), "Europe/Berlin")

    assert ("2025-12", "2026-01", "2026-02") == months.names
    assert datetime(2025, 12, 31, 23, tzinfo=UTC) == months.edges[0]


@pytest.mark.parametrize(
    "scope",
    [
        Scope(),
        Scope(source="ads"),
        Scope(owner="ann"),
        Scope(team="sales", pass_number=1),
    ],
    ids=["all", "source", "owner", "team"],
)
def test_a_path_is_read_in_order_of_its_index(store: Store, scope: Scope) -> None:
    """Whatever is asked, the stays come from the index that holds them in order."""
    tell(store, [story("r1", ("lead", 0), ("mql", 2))])
    seen: list[tuple[str, object]] = []
    with store.read() as view:
        event.listen(
            view.connection,
            "before_cursor_execute",
            lambda _c, _k, statement, given, _x, _m: seen.append((statement, given)),
        )
        funnel(view, LIFECYCLE, scope, NOW)
        ((statement, given),) = [one for one in seen if "group_concat" in one[0]]
        plan = view.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
        lines = [row.detail for row in plan]

    assert any("visit USING" in one and "ix_visit_trip" in one for one in lines)
    assert 1 >= sum("TEMP B-TREE FOR GROUP BY" in one for one in lines)
