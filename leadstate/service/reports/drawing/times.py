"""Draw how long records stay in each stage: the median as a bar, nine of ten as a tick.

Time on the wall and business time stand side by side, each in its own unit.
"""

from __future__ import annotations

from datetime import timedelta
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
    length_text,
    unique_names,
    unit_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadstate.service.reports.figures import Spread
    from leadstate.service.reports.results import StageTime, StageTimes

__all__ = ["draw"]


def draw(report: StageTimes) -> Any:
    """Return the chart of stays that ended."""
    names = unique_names({one.stage: _label(one) for one in report.stages})
    on_wall = {names[one.stage]: one.elapsed for one in report.stages}
    panels = [_panel("time on the wall", on_wall, business=False)]
    at_work = {
        names[one.stage]: one.business
        for one in report.stages
        if one.business is not None
    }
    if at_work:
        panels.append(_panel("business time", at_work, business=True))
    chart = alt.vconcat(*panels, spacing=26)
    return finished(chart, "Time in stage, of stays that ended", report.about)


def _label(one: StageTime) -> str:
    return one.label if one.known else f"{one.label} (no longer there)"


def _panel(what: str, spreads: dict[str, Spread], *, business: bool) -> Any:
    longest = max(_lengths(spreads.values()), default=timedelta(0))
    unit_name, unit = unit_of(longest, business=business)
    rows = [_row(name, found, unit) for name, found in spreads.items()]
    farthest = (longest / unit) or 1.0
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("stage:N", sort=None, title=None, axis=alt.Axis(ticks=False))
    )
    scale = alt.Scale(domain=[0, farthest * 1.55])
    bars = base.mark_bar(color=BLUE, height={"band": 0.62}).encode(
        x=alt.X("median:Q", title=None, axis=None, scale=scale)
    )
    ticks = base.mark_tick(color=ORANGE, opacity=1, thickness=4, height=20).encode(
        x="p90:Q"
    )
    said = base.mark_text(align="left", dx=9, color=INK).encode(
        x="far:Q", text="said:N"
    )
    kinds = legend({"median": BLUE, "nine of ten took no longer": ORANGE})
    return alt.layer(bars, ticks, said, kinds).properties(
        title=alt.TitleParams(
            f"{what}, {unit_name}", fontSize=13, anchor="start", frame="group"
        ),
        width=WIDTH,
        height=ROW * max(len(rows), 1),
    )


def _lengths(spreads: Iterable[Spread]) -> Iterable[timedelta]:
    for one in spreads:
        yield from (length for length in (one.median, one.p90) if length is not None)


def _row(name: str, found: Spread, unit: timedelta) -> dict[str, object]:
    if found.median is None or found.p90 is None:
        return {"stage": name, "median": 0, "p90": None, "far": 0, "said": "none"}
    median, p90 = length_text(found.median, unit), length_text(found.p90, unit)
    return {
        "stage": name,
        "median": found.median / unit,
        "p90": found.p90 / unit,
        "far": max(found.p90, found.median) / unit,
        "said": f"{median} / {p90}   ({found.n:,} stays)",
    }
