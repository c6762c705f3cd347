"""`leadstate report`: SLAs, reasons, responsibility, cost and gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.conftest import Floor, Office, Said

SPEND = "month,source,amount,currency\n{month},{source},1000.50,EUR\n"
ALL = ("sla", "reasons", "responsibility", "gaps")


def lines(said: Said) -> list[str]:
    """Return what was printed, with single spaces."""
    return [" ".join(line.split()) for line in said.out.splitlines()]


def test_slas_are_counted_as_the_list_shows_them(floor: Floor) -> None:
    """What `leadstate sla` lists as open and broken is open and late here."""
    found = floor.ask("report", "sla", "--json").data
    listed = floor.ask("sla", "--json").data
    broken = floor.ask("sla", "--breached", "--json").data

    total = found["total"]
    assert len(listed) == total["running"] + total["late"]
    assert len(broken) == total["late"]
    assert {"system": "routing", "human": "first_touch"} == {
        one["kind"]: one["sla"] for one in found["delays"]
    }
    assert 3600 == pytest.approx(total["used"]["median_seconds"], abs=60)


def test_slas_are_a_table_for_people(floor: Floor) -> None:
    """By SLA, by team, with the owners when asked, and what restating changed."""
    said = floor.ask("report", "sla", "--owners", "--restate")

    assert 0 == said.code
    told = lines(said)
    head = "met missed late open kept from .. to median 90 % paused"
    assert f"stage SLA team {head}" in told
    assert f"team {head}" in told
    assert f"stage SLA owner {head}" in told
    assert any(
        one.startswith("lead look marketing 7 0 0 1 100.0% 64.6%") for one in told
    )
    assert any(one.startswith("mql first_touch ann ") for one in told)
    assert any(one.startswith("system mql routing marketing 6 ") for one in told)
    assert "Judged once more by today's calendars: 0 of 15 verdicts changed." in told


def test_a_changed_sla_is_told_when_restated(floor: Floor) -> None:
    """Half an hour instead of eight: who took an hour has broken it."""
    floor.edit("look: {within: 8h", "look: {within: 30 min", floor.workflow)
    floor.edit("warn_at: 50%, then: escalate}\n  mql", "then: escalate}\n  mql",
               floor.workflow)  # fmt: skip

    assert (
        "Judged once more by today's calendars: 7 of 15 verdicts changed: 0 were "
        "broken and are met, 7 were met and are broken."
    ) in lines(floor.ask("report", "sla", "--restate"))


def test_reasons_and_hand_offs_are_tables(floor: Floor) -> None:
    """Who was sent back why, what sales took of marketing, what was refused."""
    told = lines(floor.ask("report", "reasons"))

    assert any(
        one.startswith("mql marketing nurture recycle Nobody answered 1 100.0% -")
        for one in told
    )
    assert any(one.startswith("mql marketing sales 1 2 33.3% ") for one in told)
    assert (
        "0 moves were asked for here and refused, 0 made in the CRM and put back"
        in (told)
    )
    owners = lines(floor.ask("report", "reasons", "--owners"))
    assert any(one.endswith("- (nobody)") for one in owners)


def test_refused_moves_are_told_with_what_they_lacked(office: Office) -> None:
    """The criteria of a refused SQL, most frequent first; a trend beside them."""
    ids = [one["id"] for one in office.ask("record", "list", "--json").data]
    for one in ids:
        office.ask("record", "move", one, "confirm", "--as", "quality_control")

    told = lines(office.ask("report", "reasons", "--since", "2020-01-01"))
    assert any(one.startswith("confirm guard 1") for one in told)
    assert any(one.startswith("confirm source ") for one in told)
    assert any(one.startswith("confirm Technically feasible missing 1") for one in told)


def test_the_map_says_whose_it_is_or_that_there_is_too_little(floor: Floor) -> None:
    """Eight leads are too few to judge anybody; --at-least 1 shows how it looks."""
    told = lines(floor.ask("report", "responsibility"))
    every = lines(floor.ask("report", "responsibility", "--all"))

    assert any(one.startswith("10 figures rest on fewer than 20") for one in told)
    assert any(
        "nobody's person: leads wait to be given to somebody" in one for one in every
    )
    assert any("marketing: the leads it gives" in one for one in every)
    assert any("sales: its SLA to take" in one for one in every)


def test_a_map_of_many_leads_is_read_from_the_surest_down(office: Office) -> None:
    """Shares in points, times in days, the earlier figures behind them."""
    from reported_leads import LIFECYCLE, WORKFLOW, Lead, at, tell, way

    from leadstate.store import open_store

    assert LIFECYCLE.name == "told"
    office.workflow.write_text(WORKFLOW, encoding="utf-8")
    store = open_store(f"sqlite:///{office.folder / 'leadstate.db'}")
    try:
        past = [("sal" if n % 10 else "nurture", 20, 30) for n in range(100)]
        now = [("sal" if n % 3 else "nurture", 60, 90) for n in range(90)]
        leads = [
            Lead(stays=way(("mql", first), (to, left), reason="other"))
            for to, first, left in past + now
        ]
        tell(store, leads)
    finally:
        store.close()
    words = ("--since", f"{at(80).date()}", "--until", f"{at(100).date()}")

    told = lines(office.ask("report", "responsibility", *words))
    [time, hand] = [one for one in told if one.startswith("sags ")]
    assert time.startswith(
        "sags time mql (marketing to sales) sales: its SLA to take "
        "30.0 d of 90 10.0 d of 100 +20.0 d +20.0 d .. +20.0 d"
    )
    assert hand.startswith(
        "sags acceptance mql (marketing to sales) marketing: the leads it gives "
        "66.7% of 90 90.0% of 100 -23.3 points"
    )
    data = office.ask("report", "responsibility", *words, "--json").data
    assert ["sags", "sags"] == [one["verdict"] for one in data["rows"][:2]]
    rejected = lines(office.ask("report", "reasons", *words))
    assert any("mql marketing nurture recycle Something else 30 " in one
               for one in rejected)  # fmt: skip
    assert any("points (" in one for one in lines(office.ask(
        "report", "reasons", "--since", f"{at(40).date()}", "--until",
        f"{at(100).date()}")))  # fmt: skip


def test_cost_is_told_by_source(office: Office, tmp_path: Path) -> None:
    """What was spent, on whom, and who came for nothing."""
    from leadstate.clock import SystemClock

    file = tmp_path / "spend.csv"
    month = f"{SystemClock().now():%Y-%m}"
    file.write_text(SPEND.format(month=month, source="radio"), encoding="utf-8")
    told = lines(office.ask("report", "cost", "--spend", str(file)))

    assert "source spend leads a lead MQL SAL SQL Won" in [
        one for one in told if one.startswith("source ")
    ]
    assert any(one.startswith("radio 1,000.50 EUR 0 - 0 0 0 0") for one in told)
    assert "money, and no lead, from: radio" in told
    assert any(one.endswith("leads say no source") for one in told)
    data = office.ask("report", "cost", "--spend", str(file), "--json").data
    assert ["1000.50"] == [one["spend"] for one in data["totals"]]


def test_hostile_values_stay_text(office: Office, tmp_path: Path) -> None:
    """A name of a source moves no cursor, and no style is read from it."""
    file = tmp_path / "spend.csv"
    file.write_text(
        SPEND.format(month="2026-01", source="[red]x\u202e\u2066"), encoding="utf-8"
    )
    said = office.ask("report", "cost", "--spend", str(file))

    assert "[red]x\\x202e\\x2066" in said.out


def test_a_bad_spend_file_is_refused_with_its_rows(
    office: Office, tmp_path: Path
) -> None:
    """Nothing is counted of a file that is half right."""
    file = tmp_path / "spend.csv"
    file.write_text(SPEND.format(month="2026-13", source="x"), encoding="utf-8")
    said = office.ask("report", "cost", "--spend", str(file))

    assert (1, "") == (said.code, said.out)
    assert said.error.endswith("row 2: '2026-13' is no month; write it like 2026-03")


def test_gaps_are_told_by_field(office: Office) -> None:
    """What would open the way for most, and what cannot be read."""
    told = lines(office.ask("report", "gaps"))

    assert any(one.startswith("lead qualify to mql ") for one in told)
    assert any(one.startswith("Company size lead qualify ") for one in told)
    assert "budget" in {
        one["field"] for one in office.ask("report", "gaps", "--json").data["rows"]
    }


@pytest.mark.parametrize("report", ALL)
def test_an_empty_installation_has_reports_that_say_so(
    new_floor: Floor, report: str
) -> None:
    """No traceback and no made-up figure; the definitions stand below."""
    said = new_floor.ask("report", report)

    assert 0 == said.code
    data = new_floor.ask("report", report, "--json").data
    assert data["about"]["definitions"][-1] in said.out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("gaps", "--since", "2026-01-01"), "leave --since and --until out"),
        (("doubles", "--team", "sales"), "leave --team out"),
        (("sla", "--team", "sails"), "Did you mean 'sales'?"),
        (("reasons", "--source", "ads"), "has no field 'source'"),
    ],
    ids=["time of gaps", "part of doubles", "team", "source"],
)
def test_filters_that_cannot_be_are_told(
    new_floor: Floor, words: tuple[str, ...], why: str
) -> None:
    """Never ignored."""
    said = new_floor.ask("report", *words)

    assert 1 == said.code
    assert why in said.error
