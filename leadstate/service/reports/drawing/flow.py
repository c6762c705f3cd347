"""Draw which ways records take: a table of from and to, the darker the more moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from leadstate.service.reports.drawing.style import (
    BLUE,
    INK,
    finished,
    safe,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadstate.service.reports.results import Flow, FlowEdge

__all__ = ["draw"]

_CELL_WIDTH, _CELL_HEIGHT = 74, 34
_LIGHT = "#E8F1F8"
_BEGAN, _LEFT = "(began)", "(gone)"


def draw(report: Flow) -> Any:
    """Return the chart; stages stand in the order in which the report names them."""
    stages = list(dict.fromkeys(_stages(report.edges)))
    most = max((one.moves for one in report.edges), default=1)
    rows = [_row(one, most) for one in report.edges]
    came = [_BEGAN] * any(one.source is None for one in report.edges)
    gone = [_LEFT] * any(one.target is None for one in report.edges)
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("from:N", sort=[*came, *stages], title="from"),
        x=alt.X(
            "to:N",
            sort=[*stages, *gone],
            title="to",
            axis=alt.Axis(orient="top", labelAngle=-35, labelLimit=120),
        ),
    )
    cells = base.mark_rect(stroke="white", strokeWidth=2).encode(
        color=alt.Color(
            "moves:Q",
            scale=alt.Scale(domain=[0, most], range=[_LIGHT, BLUE], type="sqrt"),
            legend=None,
        )
    )
    said = base.mark_text(fontSize=12).encode(
        text="said:N", color=alt.Color("ink:N", scale=None)
    )
    chart = alt.layer(cells, said).properties(
        width=alt.Step(_CELL_WIDTH), height=alt.Step(_CELL_HEIGHT)
    )
    chart = chart.resolve_scale(color="independent")
    return finished(chart, "Moves from stage to stage", report.about)


def _stages(edges: Iterable[FlowEdge]) -> Iterable[str]:
    for one in edges:
        yield from (safe(end) for end in (one.source, one.target) if end is not None)


def _row(one: FlowEdge, most: int) -> dict[str, object]:
    dark = one.moves > most * 0.35
    return {
        "from": _BEGAN if one.source is None else safe(one.source),
        "to": _LEFT if one.target is None else safe(one.target),
        "moves": one.moves,
        "said": f"{one.moves:,}",
        "ink": "white" if dark else INK,
    }
