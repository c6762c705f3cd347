"""``leadstate report flow``: which ways records take, and how long they wait."""

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
    from collections.abc import Collection
    from pathlib import Path

    from leadstate.service.reports.results import Edge
    from leadstate.service.reports.scope import Scope

__all__ = ["command"]


@click.command(name="flow")
@report_options
@chart_option
def command(
    settings_file: Path, *, scope: Scope, as_data: bool, chart: Path | None
) -> None:
    """Show from which stage to which records moved, how often, after how long."""
    from leadstate.service.reports.flow import flow

    with opened(settings_file) as app, app.store.read() as view:
        found = flow(view, app.lifecycle, scope, app.clock.now())
        stages = app.lifecycle.stages.keys()
    draw(found, chart)
    if as_data:
        print_report(found)
        return
    print_about(found.about)
    print_table(
        ("from", "to", "moves", "median wait", "p90 wait", "gaps", "median gap"),
        [_row(one, stages) for one in found.edges],
    )
    if found.undated:
        click.echo(f"Left out, moved nobody knows when: {found.undated:,}")
    print_definitions(found.about)


def _row(edge: Edge, stages: Collection[str]) -> tuple[str, ...]:
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
