"""Pictures: the same bytes each time, safe texts, nothing from elsewhere, all said."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
import report_samples as samples

from leadstate.errors import ConfigurationError, UsageError
from leadstate.service.reports.drawing import png, save_chart, svg
from leadstate.service.reports.drawing.style import (
    length_text,
    safe,
    unique_names,
    unit_of,
)
from leadstate.service.reports.scope import About, Scope

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SVG = "{http://www.w3.org/2000/svg}"
DRAWN = {
    "funnel": samples.funnel,
    "stages": samples.stage_times,
    "flow": samples.flow,
    "sla": samples.sla,
    "responsibility": samples.responsibility,
    "cost": samples.cost,
}
drawn = pytest.mark.parametrize("make", DRAWN.values(), ids=DRAWN)


def words(report: object) -> list[str]:
    """Return the texts of a picture, as a reader of SVG finds them."""
    root = ET.fromstring(svg(report))
    return [
        line
        for one in root.iter(f"{SVG}text")
        for line in (*one.itertext(), "".join(one.itertext()))
    ]


@drawn
def test_the_same_report_is_the_same_picture(make: Callable[[], object]) -> None:
    """Byte for byte, so that a repository sees a change only where there is one."""
    assert svg(make()) == svg(make())
    assert png(make()) == png(make())


@drawn
def test_a_picture_says_what_it_is_about(make: Callable[[], Any]) -> None:
    """Workflow, range with its time zone, and up to when records were followed."""
    found = words(make())

    assert "b2b_lifecycle, 2026-07-01 until 2026-10-01 (Europe/Berlin)" in found
    assert "as of 2026-10-02 09:30 UTC" in found


@drawn
def test_hostile_names_are_text(make: Callable[[], object]) -> None:
    """No element, no link, no script comes out of a name; a part of it is readable."""
    text = svg(make())
    tags = {one.tag.removeprefix(SVG) for one in ET.fromstring(text).iter()}

    assert {
        "svg",
        "rect",
        "g",
        "path",
        "text",
        "defs",
        "clipPath",
        "line",
        "tspan",
    } >= (tags)
    assert "&lt;/text&gt;&lt;script" in text or make is DRAWN["flow"]
    assert not re.search("[\x00-\x08\u202e]", text)


@drawn
def test_nothing_is_loaded_from_elsewhere(make: Callable[[], object]) -> None:
    """The only addresses are the names of the format; no font comes along."""
    text = svg(make())

    assert {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"} >= set(
        re.findall(r"https?://[^\s\"'<]+", text)
    )
    assert not re.search(r"@font-face|@import|url\((?!#)|<style|<image", text)


@drawn
def test_a_picture_can_be_seen(make: Callable[[], object]) -> None:
    """PNG has the signature and a size that can be read."""
    content = png(make())
    width, height = (
        int.from_bytes(content[place : place + 4], "big") for place in (16, 20)
    )

    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert 800 < width < 3_000
    assert 200 < height < 3_000


def test_a_funnel_tells_numbers_and_shares() -> None:
    """Every step with its label, how many, and how many of the step before."""
    found = words(samples.funnel())

    for text in ("Lead", "1,240", "MQL", "610  ·  49% of the step before", "Won"):
        assert text in found
    assert "only team sales, source " in " ".join(found)


def test_a_funnel_without_steps_is_a_picture() -> None:
    """A workflow of parked stages alone has none."""
    from dataclasses import replace

    report = samples.funnel()
    empty = replace(report, total=replace(report.total, steps=()))

    assert "Funnel of the passes that began in the range" in words(empty)


def test_times_tell_median_and_nine_of_ten() -> None:
    """In days on the wall, in hours of business; a stage that nobody left says so."""
    found = words(samples.stage_times())

    assert "time on the wall, days" in found
    assert "business time, hours" in found
    assert "3.3 / 5.9   (39 stays)" in found
    assert "none" in found
    assert "Old (no longer there)" in found


def test_times_without_calendars_have_one_panel() -> None:
    """Business time is shown where there is some."""
    from dataclasses import replace

    report = samples.stage_times()
    plain = replace(report, stages=report.stages[2:])

    assert not [one for one in words(plain) if "business" in one]


def test_a_flow_has_beginnings_and_ends() -> None:
    """Where records come from and where they go, with the number of moves."""
    found = words(samples.flow())

    assert {"(began)", "(gone)", "from", "to", "1,240", "610"} <= set(found)


def test_slas_tell_the_share_and_of_how_many() -> None:
    """A team is named where several had the SLA; nothing decided says so."""
    found = words(samples.sla())

    assert {"mql: accept", "86% of 394", "none decided"} <= set(found)
    assert "sal: first_touch, sales" in found


def test_the_map_says_whose_it_is_in_words() -> None:
    """A verdict by sign and word, the figures before and now, and the team."""
    found = words(samples.responsibility())

    assert {"▼ sags", "▲ improves", "= as before", "· too few"} <= set(found)
    assert "2.5 days, was 31.0 hours" in found
    assert "62% of 308, was 81% of 300" in found
    assert "mql, marketing to sales  (marketing)" in found
    assert [one for one in found if one.endswith("(nobody's person)")]


def test_currencies_have_panels_of_their_own() -> None:
    """Euros and dollars are never drawn on one axis."""
    found = words(samples.cost())

    assert {"per lead, EUR", "per lead, USD", "per WON, EUR"} <= set(found)
    assert {"29.27", "(no source)", "none"} <= set(found)


def test_no_spend_is_told() -> None:
    """An empty picture would look like a mistake."""
    assert "nothing was spent" in words(samples.cost(spent=False))


# -- texts -----------------------------------------------------------------------------


def test_labels_that_are_alike_are_told_apart() -> None:
    """Two stages with one label are two bars."""
    assert {"a": "Same (a)", "b": "Same (b)", "c": "Other"} == unique_names(
        {"a": "Same", "b": "Same", "c": "Other"}
    )


def test_a_long_name_is_cut() -> None:
    """With a sign that something is missing."""
    assert f"{'x' * 47}…" == safe("x" * 100)


@pytest.mark.parametrize(
    ("length", "business", "expected"),
    [
        (timedelta(days=5), False, "5.0 days"),
        (timedelta(days=5), True, "120 hours"),
        (timedelta(hours=3), False, "3.0 hours"),
        (timedelta(minutes=30), False, "30.0 minutes"),
        (timedelta(0), False, "0.0 minutes"),
    ],
    ids=str,
)
def test_lengths_have_a_unit_that_fits(
    length: timedelta,
    business: bool,  # noqa: FBT001 - a case of the table
    expected: str,
) -> None:
    """Business time is never told in days."""
    name, unit = unit_of(length, business=business)

    assert expected == f"{length_text(length, unit)} {name}"


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, None, "b2b, all time"),
        (datetime(2026, 1, 1, tzinfo=UTC), None, "b2b, since 2026-01-01 (UTC)"),
        (
            None,
            datetime(2026, 1, 1, 9, tzinfo=UTC),
            "b2b, until 2026-01-01 09:00 (UTC)",
        ),
    ],
    ids=["all", "since", "until"],
)
def test_every_range_is_told(
    since: datetime | None, until: datetime | None, expected: str
) -> None:
    """A picture without its range says nothing."""
    from dataclasses import replace

    about = About(
        report="funnel",
        workflow="b2b",
        scope=Scope(),
        since=since,
        until=until,
        as_of=datetime(2026, 10, 2, tzinfo=UTC),
        timezone="UTC",
    )

    assert expected in words(replace(samples.funnel(), about=about))


# -- files -----------------------------------------------------------------------------


def test_the_name_says_which_format(tmp_path: Path) -> None:
    """SVG and PNG, whatever the case."""
    save_chart(samples.flow(), tmp_path / "flow.SVG")
    save_chart(samples.flow(), tmp_path / "flow.png")

    assert svg(samples.flow()).encode() == (tmp_path / "flow.SVG").read_bytes()
    assert (tmp_path / "flow.png").read_bytes().startswith(b"\x89PNG")


def test_other_formats_are_refused(tmp_path: Path) -> None:
    """The message says what there is."""
    with pytest.raises(UsageError, match=r"has to end with \.svg or \.png"):
        save_chart(samples.flow(), tmp_path / "flow.pdf")


@pytest.mark.parametrize(
    ("report", "named"),
    [(object(), "'object'"), (Scope(), "'Scope'")],
    ids=["object", "scope"],
)
def test_what_has_no_picture_is_told(
    report: object, named: str, tmp_path: Path
) -> None:
    """The message says which reports have one."""
    with pytest.raises(UsageError, match="there is no picture of") as raised:
        save_chart(report, tmp_path / "out.svg")

    assert named in str(raised.value)
    assert "Funnel" in str(raised.value)


@pytest.mark.parametrize("missing", ["altair", "vl_convert"])
def test_without_the_extra_the_command_to_install_is_named(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says what to type."""
    monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.delitem(
        sys.modules, "leadstate.service.reports.drawing.flow", raising=False
    )
    with pytest.raises(ConfigurationError, match=r"pip install 'leadstate\[charts\]'"):
        svg(samples.flow())


def test_another_missing_module_is_a_fault_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only the extra is the user's to install."""
    monkeypatch.setitem(sys.modules, "leadstate.service.reports.drawing.flow", None)
    with pytest.raises(ImportError):
        svg(samples.flow())
