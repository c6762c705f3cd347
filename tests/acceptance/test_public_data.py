"""The reports find the numbers of public data that others have counted before."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from leadstate.definition.file_mapping import load_mapping, mapping_of_columns
from leadstate.definition.workflow import load_workflow_text
from leadstate.service.app import App
from leadstate.service.past.importing import import_file
from leadstate.service.reports.funnel import funnel
from leadstate.service.reports.scope import Scope
from leadstate.service.reports.stage_times import stage_times
from leadstate.service.reports.velocity import velocity
from leadstate.store import open_store
from leadstate.testing import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).parents[3] / "shared" / "data"
COLUMNS = {
    name: name for name in ("record_id", "from_stage", "to_stage", "at", "actor")
}
DAY = timedelta(days=1)
OLIST = """
workflow: olist
title: Marketing funnel
stages:
  mql: {initial: true}
  won: {kind: won}
transitions:
  win: {from: mql, to: won}
"""
MAVEN = """
workflow: maven
title: Opportunities
stages:
  engaging: {initial: true}
  won: {kind: won}
  lost: {kind: lost}
transitions:
  win: {from: engaging, to: won}
  lose: {from: engaging, to: lost}
"""


# Both tables of Olist, and the one of Maven twice: when an opportunity was engaged, and
# how it was closed; rows that are not closed yet say no date.
RAW = {
    OLIST: (
        ("olist_mql.csv", "record_id: mql_id", "moves: {mql: first_contact_date}"),
        ("olist_closed_deals.csv", "record_id: mql_id", "moves: {won: won_date}"),
    ),
    MAVEN: (
        (
            "maven_sales_pipeline.csv",
            "record_id: opportunity_id",
            "moves: {engaging: engage_date}\ntime_format: '%m/%d/%Y'",
        ),
        (
            "maven_sales_pipeline.csv",
            "record_id: opportunity_id, to_stage: deal_stage, at: close_date",
            "stages: {Won: won, Lost: lost}\ntime_format: '%m/%d/%Y'",
        ),
    ),
}
MOVES = {OLIST: "olist_mql_won.csv", MAVEN: "maven_opportunities.csv"}
COUNTS = {OLIST: (8_842, 8_000, 1), MAVEN: (15_011, 8_300, 0)}


def public(name: str, folder: Path) -> Path:
    """Return a copy of a public file, that may have rejected rows beside it."""
    if not (DATA / name).exists():
        pytest.skip(f"the public data sets are not here ({name})")
    return Path(shutil.copy(DATA / name, folder))


@pytest.fixture(name="app", params=["moves", "raw"])
def _app(
    request: pytest.FixtureRequest, workflow: str, tmp_path: Path
) -> Iterator[App]:
    """An installation into which the moves, or the raw tables, were imported."""
    app = App(
        lifecycle=load_workflow_text(workflow),
        store=open_store(f"sqlite:///{tmp_path / 'state.db'}"),
        clock=FrozenClock(),
        connections={},
    )
    if request.param == "raw":
        _import_raw(app, workflow, tmp_path)
    else:
        file = public(MOVES[workflow], tmp_path)
        mapping = mapping_of_columns(file.name, COLUMNS, app.lifecycle)
        done = import_file(app, file, mapping)
        counts = (done.counts.moves, done.records, done.counts.flagged)
        assert COUNTS[workflow] == counts
    assert [] == app.store.integrity()
    yield app
    app.store.close()


def _import_raw(app: App, workflow: str, folder: Path) -> None:
    for number, (name, columns, rest) in enumerate(RAW[workflow]):
        mapping = folder / f"{number}.import.yaml"
        mapping.write_text(
            f"import: raw\ncolumns: {{{columns}}}\n{rest}\ntimezone: UTC\n"
        )
        file = public(name, folder)
        # Rows without any date tell of no move: they are left out.
        import_file(app, file, load_mapping(mapping, app.lifecycle), keep_good=True)


@pytest.mark.parametrize("workflow", [OLIST], ids=["olist"])
def test_olist_won_841_of_8000_after_their_first_contact(app: App) -> None:
    """10.5 % in the strict funnel, 14.7 days in the median; the 842nd in any order."""
    now = app.clock.now()
    with app.store.read() as view:
        mql, won = funnel(view, app.lifecycle, Scope(), now).total.steps
        sales = velocity(view, app.lifecycle, Scope(), now).total

    assert (8000, 841) == (mql.strict, won.strict)
    assert won.strict_from_start.share == pytest.approx(0.105, abs=0.0005)
    assert 842 == won.entered == won.reached
    assert (842, 841, 1) == (sales.won, sales.cycle.n, sales.unknown)
    assert sales.cycle.median is not None
    assert sales.cycle.median / DAY == pytest.approx(14.7, abs=0.05)


@pytest.mark.parametrize("workflow", [MAVEN], ids=["maven"])
def test_maven_closes_in_45_days_in_the_median(app: App) -> None:
    """Mean 48.0 days; nine of ten within 104, interpolated linearly."""
    with app.store.read() as view:
        (engaging,) = stage_times(view, app.lifecycle, Scope(), app.clock.now()).stages

    found = engaging.elapsed
    assert (6711, 1589, 0) == (found.n, engaging.open, engaging.unknown)
    assert (45 * DAY, 104 * DAY) == (found.median, found.p90)
    assert found.mean is not None
    assert found.mean / DAY == pytest.approx(48.0, abs=0.05)
