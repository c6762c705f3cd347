"""The public data sets come in cleanly; they are no part of this repository."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from leadstate.definition.file_mapping import mapping_of_columns
from leadstate.definition.workflow import load_workflow_text
from leadstate.service.app import App
from leadstate.service.past.importing import import_file
from leadstate.store import open_store
from leadstate.testing import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).parents[4] / "shared" / "data"
COLUMNS = {
    name: name for name in ("record_id", "from_stage", "to_stage", "at", "actor")
}
OLIST = """\
workflow: olist
title: Marketing funnel
stages:
  mql: {initial: true}
  won: {kind: won}
transitions:
  win: {from: mql, to: won}
"""
MAVEN = """\
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
    """An installation of one of the workflows, without a connection."""
    store = open_store(f"sqlite:///{tmp_path / 'state.db'}")
    yield App(
        lifecycle=load_workflow_text(request.param),
        store=store,
        clock=FrozenClock(),
        connections={},
    )
    store.close()


@pytest.mark.parametrize(
    ("app", "name", "numbers"),
    [
        (OLIST, "olist_mql_won.csv", (8_842, 8_000, 1)),
        (MAVEN, "maven_opportunities.csv", (15_011, 8_300, 0)),
    ],
    ids=["olist", "maven"],
    indirect=["app"],
)
def test_a_public_data_set_comes_in_whole(
    app: App, name: str, numbers: tuple[int, int, int]
) -> None:
    """Every row is a move; the one deal won before its first contact is flagged."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the public data sets are not here ({name})")
    mapping = mapping_of_columns(name, COLUMNS, app.lifecycle)
    done = import_file(app, path, mapping)

    assert numbers == (done.counts.moves, done.records, done.counts.flagged)
    assert 0 == done.rejected
    assert [] == app.store.integrity()
