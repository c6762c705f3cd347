"""The reports find the numbers of public data that others have counted before."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from leadstate.definition.file_mapping import mapping_of_columns
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


@pytest.fixture(name="app")
def _app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[App]:
    """An installation into which one of the files was imported."""
    workflow, name = request.param
    if not (DATA / name).exists():
        pytest.skip(f"the public data sets are not here ({name})")
    app = App(
        lifecycle=load_workflow_text(workflow),
        store=open_store(f"sqlite:///{tmp_path / 'state.db'}"),
        clock=FrozenClock(),
        connections={},
    )
    import_file(app, DATA / name, mapping_of_columns(name, COLUMNS, app.lifecycle))
    yield app
    app.store.close()


@pytest.mark.parametrize(
    "app", [(OLIST, "olist_mql_won.csv")], ids=["olist"], indirect=True
)
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


@pytest.mark.parametrize(
    "app", [(MAVEN, "maven_opportunities.csv")], ids=["maven"], indirect=True
)
def test_maven_closes_in_45_days_in_the_median(app: App) -> None:
    """Mean 48.0 days; nine of ten within 104, interpolated linearly."""
    with app.store.read() as view:
        (engaging,) = stage_times(view, app.lifecycle, Scope(), app.clock.now()).stages

    found = engaging.elapsed
    assert (6711, 1589, 0) == (found.n, engaging.open, engaging.unknown)
    assert (45 * DAY, 104 * DAY) == (found.median, found.p90)
    assert found.mean is not None
    assert found.mean / DAY == pytest.approx(48.0, abs=0.05)
