"""``leadstate report``: the filters, the tables, the JSON, and hostile names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from past_sales import Stay, Told, day, story, tell

from leadstate.store import open_store

if TYPE_CHECKING:
    from conftest import Office

REPORTS = ("funnel", "stages", "velocity", "flow", "passes")
EVIL = "\x1b[2Jgone\u202e"


@pytest.fixture(name="told")
def _told(blank: Office) -> Office:
    """A project whose records have a past, one in a stage with an evil name."""
    store = open_store(f"sqlite:///{blank.folder / 'leadstate.db'}")
    odd = Stay(stage=EVIL, entered=day(3), left=day(5), owner=EVIL)
    after = Stay(stage="lead", entered=day(5), open=True, owner=EVIL)
    won = ("lead", 0), ("mql", 1), ("sal", 2), ("sql", 4), ("won", 8)
    back = ("lead", 0), ("mql", 1), ("nurture", 2), ("lead", 30), ("lost", 33)
    unknown = Stay(stage="lead", open=True)
    tell(
        store,
        [
            story("r1", *won, values={"source": "Ads", "budget": 100}),
            story("r2", *back, values={"source": EVIL}),
            Told(id="r3", stays=(odd, after)),
            Told(id="r4", stays=(unknown,)),
        ],
        workflow="b2b_lifecycle",
    )
    store.close()
    return blank


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_says_what_it_looked_at_and_what_it_means(
    told: Office, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """In 100 columns, with its filters and definitions, and no byte that acts."""
    monkeypatch.setenv("COLUMNS", "100")
    said = told.ask("report", name, "--since", "2026-01-01", "--until", "2026-03-01")

    assert 0 == said.code
    assert "b2b_lifecycle" in said.out
    assert "only: since 2026-01-01, until 2026-03-01" in said.out
    assert all(len(line) <= 100 for line in said.out.splitlines())
    assert not {"\x1b", "\u202e"} & set(said.out)


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_data_for_programs(told: Office, name: str) -> None:
    """Scope, moment and definitions come along; lengths are seconds by name."""
    data = told.ask("report", name, "--json", "--source", "ads").data

    assert {"scope", "as_of", "definitions", "since", "until"} <= data["about"].keys()
    assert "ads" == data["about"]["scope"]["source"]
    assert data["about"]["definitions"]


def test_the_funnel_in_figures(told: Office) -> None:
    """One of three passes with a known source of ads was won."""
    data = told.ask("report", "funnel", "--json").data
    first, *_, won = data["total"]["steps"]

    assert ("lead", 5, 5) == (first["stage"], first["entered"], first["reached"])
    assert (1, 1, 0.2) == (won["reached"], won["strict"], won["from_start"]["share"])
    assert {EVIL: 1} == data["outside"]


@pytest.mark.parametrize("by", ["source", "team", "owner", "pass", "month"])
def test_a_funnel_is_split(told: Office, by: str) -> None:
    """A group for each, and one for what nobody knows."""
    said = told.ask("report", "funnel", "--by", by, "--period", "--steps", "lead, won")

    assert 0 == said.code
    assert f"{by}: " in said.out
    assert "\x1b" not in said.out


def test_stages_tell_business_time_and_open_stays(told: Office) -> None:
    """Business time only where the team has a calendar; seconds in the data."""
    said = told.ask("report", "stages")
    rows = {
        one["stage"]: one
        for one in told.ask("report", "stages", "--json").data["stages"]
    }

    assert "business time" in said.out
    assert "(not in the workflow)" in said.out
    assert 2 * 86_400 == rows["sal"]["elapsed"]["median_seconds"]
    assert rows["lead"]["business"] is None
    assert 1 == rows["lead"]["open_unknown"]


@pytest.mark.parametrize(
    ("words", "told_why"),
    [
        (("--since", "soon"), "no day and no moment"),
        (("--campaign", "x"), "has no field 'campaign'"),
        (("--team", "sails"), "Did you mean 'sales'"),
        (("--steps", "nowhere"), "no stage 'nowhere'"),
    ],
    ids=["since", "campaign", "team", "steps"],
)
def test_a_mistake_says_how_to_go_on(
    told: Office, words: tuple[str, ...], told_why: str
) -> None:
    """And nothing is counted."""
    said = told.ask("report", "funnel", *words)

    assert 0 != said.code
    assert told_why in " ".join(said.error.split())


def test_a_misspelt_report_is_refused(told: Office) -> None:
    """The group knows its reports."""
    said = told.ask("report", "funnels")

    assert 2 == said.code
    assert "funnels" in said.error
