"""Draw a funnel: a bar a step, how many reached it, and how many of the step before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from leadstate.service.reports.drawing.style import (
    BLUE,
    INK,
    ORANGE,
    ROW,
    WIDTH,
    finished,
    legend,
    percent,
    unique_names,
)
from leadstate.service.reports.results import Counting

if TYPE_CHECKING:
    from leadstate.service.reports.results import Funnel, FunnelStep

__all__ = ["draw"]

_REACHED, _STRICT = "reached it, in any order", "came through every step before"


def draw(report: Funnel) -> Any:
    """Return the chart of the whole; groups are tables' business."""
    names = unique_names({one.stage: one.label for one in report.total.steps})
    rows = [_row(one, names[one.stage]) for one in report.total.steps]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("step:N", sort=None, title=None, axis=alt.Axis(ticks=False))
    )
    widest = max((one.reached for one in report.total.steps), default=0) or 1
    bars = base.mark_bar(color=BLUE, height={"band": 0.72}).encode(
        x=alt.X(
            "reached:Q",
            title=None,
            axis=None,
            scale=alt.Scale(domain=[0, widest * 1.35]),
        )
    )
    strict = base.mark_tick(
        color=ORANGE, opacity=1, thickness=4, height=ROW * 0.72
    ).encode(x="strict:Q")
    said = base.mark_text(align="left", dx=8, color=INK).encode(
        x="reached:Q", text="said:N"
    )
    kinds = legend({_REACHED: BLUE, _STRICT: ORANGE})
    chart = alt.layer(bars, strict, said, kinds).properties(
        width=WIDTH, height=ROW * max(len(rows), 1)
    )
    title = {
        Counting.COHORT: "Funnel of the passes that began in the range",
        Counting.PERIOD: "Funnel of what was entered in the range",
    }[report.counting]
    return finished(chart, title, report.about)


def _row(step: FunnelStep, name: str) -> dict[str, object]:
    before = percent(step.from_previous)
    said = f"{step.reached:,}" + (f"  ·  {before} of the step before" if before else "")
    return {"step": name, "reached": step.reached, "strict": step.strict, "said": said}
