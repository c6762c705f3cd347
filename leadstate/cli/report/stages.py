"""``leadstate report stages``: how long records stay in each stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leadstate.cli.context import opened, print_table
from leadstate.cli.report.charts import chart_option, draw
from leadstate.cli.report.options import (
    count_text,
    length_text,
    print_about,
    print_definitions,
    print_report,
    report_options,
    stage_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadstate.service.reports.figures import Spread
    from leadstate.service.reports.results import StageTime
    from leadstate.service.reports.scope import Scope

__all__ = ["command"]


@click.command(name="stages")
@report_options
@chart_option
def command(
    settings_file: Path, *, scope: Scope, as_data: bool, chart: Path | None
) -> None:
    """Show how long stays took that ended in the time, and how long open ones last.

    Business time is counted by today's calendar of the stage's team.
    """
    from leadstate.service.reports.stage_times import stage_times

    with opened(settings_file) as app, app.store.read() as view:
        found = stage_times(view, app.lifecycle, scope, app.clock.now())
    draw(found, chart)
    if as_data:
        print_report(found)
        return
    print_about(found.about)
    print_table(
        ("stage", "stays", "number", "median", "mean", "p90", "max", "unknown"),
        [row for one in found.stages for row in _rows(one)],
    )
    print_definitions(found.about)


def _rows(one: StageTime) -> Iterator[tuple[str, ...]]:
    label = stage_text(one.label, known=one.known)
    yield label, "ended", *_figures(one.elapsed), count_text(one.unknown)
    if one.business is not None:
        yield "", "  business time", *_figures(one.business, business=True), ""
    if one.open:
        yield "", "open", *_figures(one.open_elapsed), count_text(one.open_unknown)
    if one.open and one.open_business is not None:
        yield "", "  business time", *_figures(one.open_business, business=True), ""


def _figures(found: Spread, *, business: bool = False) -> tuple[str, ...]:
    lengths = (found.median, found.mean, found.p90, found.max)
    shown = (length_text(one, business=business) for one in lengths)
    return (count_text(found.n), *shown)
