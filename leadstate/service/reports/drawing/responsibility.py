"""Draw the responsibility map: a row a stage, a cell a figure, whose it is beside it.

A verdict is told by a sign, by words and by colour, so that none of them is needed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import altair as alt

from leadstate.service.reports.drawing.style import (
    GREEN,
    GREY,
    INK,
    VERMILION,
    finished,
    length_text,
    safe,
    unit_of,
)
from leadstate.service.reports.verdicts import Figure, Side, Verdict

if TYPE_CHECKING:
    from leadstate.service.reports.verdicts import (
        Measure,
        Responsibility,
        ResponsibilityRow,
    )

__all__ = ["draw"]

_COLUMNS = {
    Figure.SLA: "SLAs kept",
    Figure.ACCEPTANCE: "hand-off accepted",
    Figure.ONWARD: "went onward",
    Figure.TIME: "median time",
}
_SIGNS = {
    Verdict.SAGS: "▼ sags",
    Verdict.IMPROVES: "▲ improves",
    Verdict.AS_BEFORE: "= as before",
    Verdict.TOO_FEW: "· too few",
}
_COLOURS = {
    Verdict.SAGS: VERMILION,
    Verdict.IMPROVES: GREEN,
    Verdict.AS_BEFORE: GREY,
    Verdict.TOO_FEW: "#EEF0F2",
}
_CELL_WIDTH, _CELL_HEIGHT = 150, 50
_LONGEST_STAGE, _LONGEST_TEAM = 34, 18


def draw(report: Responsibility) -> Any:
    """Return the chart."""
    rows = [_row(one) for one in report.rows]
    order = list(dict.fromkeys(str(one["whose"]) for one in rows))
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y(
            "whose:N",
            sort=order,
            title=None,
            axis=alt.Axis(ticks=False, domain=False, labelLimit=330, labelPadding=10),
        ),
        x=alt.X(
            "figure:N",
            sort=list(_COLUMNS.values()),
            title=None,
            axis=alt.Axis(orient="top", labelAngle=0, ticks=False, domain=False),
        ),
    )
    cells = base.mark_rect(stroke="white", strokeWidth=3).encode(
        color=alt.Color(
            "verdict:N",
            scale=alt.Scale(
                domain=list(_SIGNS.values()), range=list(_COLOURS.values())
            ),
        )
    )
    ink = alt.Color("ink:N", scale=None)
    signs = base.mark_text(dy=-9, fontWeight="bold").encode(text="verdict:N", color=ink)
    figures = base.mark_text(dy=10, fontSize=11).encode(text="said:N", color=ink)
    chart = alt.layer(cells, signs, figures).properties(
        width=alt.Step(_CELL_WIDTH), height=alt.Step(_CELL_HEIGHT)
    )
    chart = chart.resolve_scale(color="independent")
    its = replace(report.about, since=report.since, until=report.until)
    return finished(chart, "Which stage sags, and whose it is", its)


def _row(one: ResponsibilityRow) -> dict[str, object]:
    dark = one.verdict in (Verdict.SAGS, Verdict.IMPROVES)
    return {
        "whose": _whose(one),
        "figure": _COLUMNS[one.figure],
        "verdict": _SIGNS[one.verdict],
        "said": f"{_said(one.now)}, was {_said(one.before)}",
        "ink": "white" if dark else INK,
    }


def _whose(one: ResponsibilityRow) -> str:
    what = f"{one.stage}: {one.sla}" if one.sla else one.stage
    if one.taking is not None:
        what = f"{one.stage}, {one.giving} to {one.taking}"
    team = "nobody's person" if one.side is Side.SYSTEM else one.team or "no team"
    return f"{safe(what, _LONGEST_STAGE)}  ({safe(team, _LONGEST_TEAM)})"


def _said(found: Measure) -> str:
    if found.share is not None:
        return f"{found.share:.0%} of {found.n:,}"
    if found.median is not None:
        name, unit = unit_of(found.median)
        return f"{length_text(found.median, unit)} {name}"
    return "nothing"
