"""Draw what leads cost by what they became: a panel a step, a bar a source.

Currencies are never added or compared: each has panels of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from leadstate.service.reports.drawing.style import (
    BLUE,
    INK,
    ROW,
    finished,
    safe,
    unique_names,
)

if TYPE_CHECKING:
    from decimal import Decimal

    from leadstate.service.reports.shortfalls import Cost, CostRow

__all__ = ["draw"]

_WIDTH = 170
_MOST = 15
_UNKNOWN = "(no source)"


def draw(report: Cost) -> Any:
    """Return the chart; the sources that cost most, up to fifteen in each currency."""
    currencies = sorted({one.currency for one in report.sources if one.currency})
    rows = [_currency(one, report.sources) for one in currencies]
    nothing = alt.Chart(alt.InlineData(values=[{"said": "nothing was spent"}]))
    drawn = (
        alt.vconcat(*rows, spacing=28)
        if rows
        else nothing.mark_text().encode(text="said:N")
    )
    return finished(drawn, "What one costs, by source", report.about)


def _currency(currency: str, rows: tuple[CostRow, ...]) -> Any:
    spent = [one for one in rows if one.currency == currency]
    shown = sorted(spent, key=lambda one: (-one.spend, one.source or ""))[:_MOST]
    sources = [_UNKNOWN if one.source is None else safe(one.source) for one in shown]
    panels = [_panel(currency, "lead", sources, [one.lead_cost for one in shown])]
    steps = shown[0].steps if shown else ()
    names = unique_names({one.stage: one.label for one in steps})
    for place, step in enumerate(steps):
        costs = [one.steps[place].cost for one in shown]
        panels.append(_panel(currency, names[step.stage], sources, costs))
    return alt.hconcat(*panels, spacing=10)


def _panel(
    currency: str, what: str, sources: list[str], costs: list[Decimal | None]
) -> Any:
    first = what == "lead"
    most = max((float(one) for one in costs if one is not None), default=1.0) or 1.0
    rows = [
        {
            "source": source,
            "cost": None if cost is None else float(cost),
            "place": 0 if cost is None else float(cost),
            "said": "none" if cost is None else f"{cost:,.2f}",
        }
        for source, cost in zip(sources, costs, strict=True)
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y(
            "source:N",
            sort=sources,
            title=None,
            axis=alt.Axis(ticks=False, labels=first, labelLimit=180),
        )
    )
    bars = base.mark_bar(color=BLUE, height={"band": 0.6}).encode(
        x=alt.X(
            "cost:Q", title=None, axis=None, scale=alt.Scale(domain=[0, most * 1.6])
        )
    )
    said = base.mark_text(align="left", dx=6, color=INK).encode(
        x="place:Q", text="said:N"
    )
    return alt.layer(bars, said).properties(
        title=alt.TitleParams(
            f"per {what}, {currency}", fontSize=13, anchor="start", frame="group"
        ),
        width=_WIDTH,
        height=ROW * max(len(rows), 1),
    )
