"""``leadstate report flow``: which ways records take, and how long they wait."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import print_table
from leadstate.cli.report.frame import reading, report_options, show
from leadstate.cli.report.texts import count_text, length_text, stage_text

if TYPE_CHECKING:
    from collections.abc import Collection

    from leadstate.cli.report.frame import ReportRequest
    from leadstate.service.reports.results import Flow, FlowEdge

__all__ = ["command"]


@click.command(name="flow")
@report_options(chart=True)
def command(request: ReportRequest) -> None:
    """Show from which stage to which records moved, how often, after how long."""
    from leadstate.service.reports.flow import flow

    with reading(request) as source:
        found = source.report(flow)
    show(request, found, partial(_print, stages=source.app.lifecycle.stages.keys()))


def _print(found: Flow, *, stages: Collection[str]) -> None:
    print_table(
        ("from", "to", "moves", "median wait", "p90 wait", "gaps", "median gap"),
        [_row(one, stages) for one in found.edges],
    )
    if found.undated:
        click.echo(f"Left out, moved nobody knows when: {found.undated:,}")


def _row(edge: FlowEdge, stages: Collection[str]) -> tuple[str, ...]:
    return (
        _end(edge.source, "(began)", stages),
        _end(edge.target, "(left the CRM)", stages),
        count_text(edge.moves),
        length_text(edge.wait.median),
        length_text(edge.wait.p90),
        count_text(edge.gaps),
        length_text(edge.gap.median),
    )


def _end(stage: str | None, nowhere: str, stages: Collection[str]) -> str:
    return nowhere if stage is None else stage_text(stage, known=stage in stages)
