"""How pictures look: colours, sizes, titles, and texts that cannot break one.

Colours are Okabe and Ito's ("Color universal design", 2008): told apart by people with
any kind of colour vision.  Nothing is told by colour alone.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leadstate.service.reports.figures import Share
    from leadstate.service.reports.scope import About

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "INK",
    "ORANGE",
    "ROW",
    "SKY",
    "VERMILION",
    "WIDTH",
    "finished",
    "legend",
    "length_text",
    "percent",
    "safe",
    "unique_names",
    "unit_of",
]

BLUE: Final = "#0072B2"
SKY: Final = "#56B4E9"
GREEN: Final = "#009E73"
ORANGE: Final = "#E69F00"
VERMILION: Final = "#D55E00"
GREY: Final = "#B8BDC4"
INK: Final = "#222B36"
_PALE: Final = "#5B6673"

WIDTH: Final = 520
"""How wide the drawn part is, in pixels."""

ROW: Final = 34
"""How high a row of bars is, in pixels."""

_LONGEST = 48
_LONGEST_TITLE = 110
_FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
_UNITS = (
    (timedelta(days=2), "days", timedelta(days=1)),
    (timedelta(hours=2), "hours", timedelta(hours=1)),
    (timedelta(0), "minutes", timedelta(minutes=1)),
)


def safe(text: object, longest: int = _LONGEST) -> str:
    """Return a text that stands in a picture as one short line, whoever wrote it."""
    line = "".join(one if one.isprintable() else "?" for one in str(text))
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def unique_names(labels: Mapping[str, str]) -> dict[str, str]:
    """Return key -> what to write, which no two keys share."""
    written = {key: safe(label) for key, label in labels.items()}
    often = Counter(written.values())
    return {
        key: f"{label} ({safe(key)})" if often[label] > 1 else label
        for key, label in written.items()
    }


def percent(found: Share | None) -> str:
    """Return a share for people; nothing where there is none."""
    return "" if found is None or found.share is None else f"{found.share:.0%}"


def unit_of(longest: timedelta, *, business: bool = False) -> tuple[str, timedelta]:
    """Return the unit in which a length is easy to read; business time has no days."""
    for least, name, unit in _UNITS:
        if longest >= least and not (business and name == "days"):
            return name, unit
    raise AssertionError("a length is never below zero")


def length_text(length: timedelta, unit: timedelta) -> str:
    """Return a length in a unit, with as many digits as it deserves."""
    number = length / unit
    return f"{number:,.0f}" if number >= 100 else f"{number:,.1f}"  # noqa: PLR2004


def legend(kinds: Mapping[str, str]) -> Any:
    """Return a layer that draws nothing but the legend: what -> its colour."""
    import altair as alt  # noqa: PLC0415 - an extra

    names, colours = list(kinds), list(kinds.values())
    return (
        alt.Chart(alt.InlineData(values=[{"kind": one} for one in names]))
        .mark_square(opacity=0)
        .encode(color=alt.Color("kind:N", scale=alt.Scale(domain=names, range=colours)))
    )


def finished(chart: Any, title: str, about: About) -> Any:
    """Return a chart with its title, its scope and the looks of all of them."""
    import altair as alt  # noqa: PLC0415 - an extra

    return (
        chart.properties(
            title=alt.TitleParams(
                safe(title, _LONGEST_TITLE),
                subtitle=list(_scope(about)),
                anchor="start",
                offset=14,
            ),
            background="white",
            padding=16,
        )
        .configure(font=_FONT)
        .configure_title(
            fontSize=17,
            color=INK,
            subtitleFontSize=12,
            subtitleColor=_PALE,
            subtitlePadding=5,
        )
        .configure_axis(
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            labelColor=INK,
            titleColor=_PALE,
            labelLimit=240,
            grid=False,
            domainColor=GREY,
            tickColor=GREY,
        )
        .configure_legend(
            orient="bottom",
            labelFontSize=12,
            labelColor=INK,
            labelLimit=300,
            title=None,
            symbolType="square",
            symbolOpacity=1,
            symbolStrokeWidth=0,
            symbolSize=130,
            offset=14,
        )
        .configure_header(labelFontSize=13, labelColor=INK, labelLimit=260, title=None)
        .configure_text(fontSize=12, color=INK)
        .configure_view(stroke=None)
    )


def _scope(about: About) -> Iterable[str]:
    """Yield what was looked at, and up to when."""
    zone = ZoneInfo(about.timezone)
    at = about.as_of.strftime("%Y-%m-%d %H:%M UTC")
    yield safe(f"{about.workflow}, {_range(about, zone)}", _LONGEST_TITLE)
    asked = [
        f"{one.name.replace('_', ' ')} {getattr(about.scope, one.name)}"
        for one in fields(about.scope)
        if one.name not in {"since", "until"}
        and getattr(about.scope, one.name) is not None
    ]
    if asked:
        yield safe(f"only {', '.join(asked)}", _LONGEST_TITLE)
    yield f"as of {at}"


def _range(about: About, zone: ZoneInfo) -> str:
    since, until = _day(about.since, zone), _day(about.until, zone)
    if since and until:
        return f"{since} until {until} ({about.timezone})"
    if since:
        return f"since {since} ({about.timezone})"
    return f"until {until} ({about.timezone})" if until else "all time"


def _day(moment: datetime | None, zone: ZoneInfo) -> str:
    if moment is None:
        return ""
    local = moment.astimezone(zone)
    midnight = not (local.hour or local.minute or local.second or local.microsecond)
    return local.strftime("%Y-%m-%d" if midnight else "%Y-%m-%d %H:%M")
