"""``leadstate report stages``: how long records stay in each stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leadstate.cli.context import print_table
from leadstate.cli.report.frame import reading, report_options, show
from leadstate.cli.report.texts import count_text, length_text, stage_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.cli.report.frame import ReportRequest
    from leadstate.service.reports.figures import Spread
    from leadstate.service.reports.results import StageTime, StageTimes

__all__ = ["command"]


@click.command(name="stages")
@report_options(chart=True)
def command(request: ReportRequest) -> None:
    """Show how long stays took that ended in the time, and how long open ones last.

    Business time is counted by today's calendar of the stage's team.
    """
    from leadstate.service.reports.stage_times import stage_times

    with reading(request) as source:
        found = source.report(stage_times)
    show(request, found, _print)


def _print(found: StageTimes) -> None:
    print_table(
        ("stage", "stays", "number", "median", "mean", "p90", "max", "unknown"),
        [row for one in found.stages for row in _rows(one)],
    )


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
