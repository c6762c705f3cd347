"""Draw how SLAs were kept: a bar of parts for each SLA and team."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from leadstate.service.reports.drawing.style import (
    BLUE,
    INK,
    ORANGE,
    ROW,
    VERMILION,
    WIDTH,
    finished,
    percent,
    safe,
)

if TYPE_CHECKING:
    from leadstate.service.reports.agreements import Sla, SlaRow

__all__ = ["draw"]

_PARTS = {
    "kept in time": BLUE,
    "ended too late": ORANGE,
    "too late, and still running": VERMILION,
}


def draw(report: Sla) -> Any:
    """Return the chart of SLAs that were decided; running ones are not in it."""
    labels = [_label(one, report.slas) for one in report.slas]
    rows = [
        part
        for label, one in zip(labels, report.slas, strict=True)
        for part in _parts(label, one)
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("sla:N", sort=labels, title=None, axis=alt.Axis(ticks=False))
    )
    bars = base.mark_bar(height={"band": 0.66}).encode(
        x=alt.X("begin:Q", title=None, axis=None, scale=alt.Scale(domain=[0, 1.45])),
        x2="end:Q",
        color=alt.Color(
            "part:N",
            scale=alt.Scale(domain=list(_PARTS), range=list(_PARTS.values())),
        ),
    )
    said = (
        base.transform_filter(alt.datum.said != "")
        .mark_text(align="left", dx=9, color=INK)
        .encode(x=alt.datum(1.0), text="said:N")
    )
    chart = alt.layer(bars, said).properties(
        width=WIDTH, height=ROW * max(len(labels), 1)
    )
    return finished(chart, "SLAs", report.about)


def _label(one: SlaRow, rows: tuple[SlaRow, ...]) -> str:
    """Return what an SLA is called; its team too where several had it."""
    alike = [each for each in rows if (each.stage, each.sla) == (one.stage, one.sla)]
    team = f", {one.team or 'nobody'}" if len(alike) > 1 else ""
    return safe(f"{one.stage}: {one.sla}{team}")


def _parts(label: str, one: SlaRow) -> list[dict[str, object]]:
    counts = (one.kept.met, one.kept.missed, one.kept.late)
    decided = sum(counts)
    said = f"{percent(one.kept.share)} of {decided:,}" if decided else "none decided"
    if one.kept.unmeasured:
        said = f"{said}, {one.kept.unmeasured:,} not measured"
    rows: list[dict[str, object]] = []
    begin = 0
    for part, count in zip(_PARTS, counts, strict=True):
        rows.append(
            {
                "sla": label,
                "part": part,
                "begin": begin / decided if decided else 0,
                "end": (begin + count) / decided if decided else 0,
                "said": "" if rows else said,
            }
        )
        begin += count
    return rows
