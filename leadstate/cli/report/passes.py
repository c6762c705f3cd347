"""``leadstate report passes``: what a second and a third trip bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leadstate.cli.context import print_table
from leadstate.cli.report.frame import reading, report_options, show
from leadstate.cli.report.texts import count_text, length_text, share_text

if TYPE_CHECKING:
    from leadstate.cli.report.frame import ReportRequest
    from leadstate.service.reports.results import Passes, PassRow

__all__ = ["command"]


@click.command(name="passes")
@report_options()
def command(request: ReportRequest) -> None:
    """Show the first, second and later trips through the funnel beside each other."""
    from leadstate.service.reports.passes import passes

    with reading(request) as source:
        found = source.report(passes)
    show(request, found, _print)


def _print(found: Passes) -> None:
    print_table(
        ("pass", "records", "lost", "parked", "here", "gone", "won", "share", "length"),
        [_row(one) for one in found.rows],
    )
    click.echo()
    print_table(
        ("pass", "step", "reached", "share"),
        [
            (str(one.number), step.stage, f"{step.reached:,}", share_text(step.share))
            for one in found.rows
            for step in one.steps
        ],
    )
    if found.unknown_start:
        click.echo(f"Left out, begun nobody knows when: {found.unknown_start:,} passes")


def _row(one: PassRow) -> tuple[str, ...]:
    ends = {str(outcome): number for outcome, number in one.ended.items()}
    return (
        str(one.number),
        count_text(one.records),
        *(count_text(ends[end]) for end in ("lost", "parked", "open", "gone")),
        count_text(one.won.hits),
        share_text(one.won),
        length_text(one.length.median),
    )
