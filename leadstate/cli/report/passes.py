"""``leadstate report passes``: what a second and a third trip bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leadstate.cli.context import opened, print_table
from leadstate.cli.report.options import (
    count_text,
    length_text,
    print_about,
    print_definitions,
    print_report,
    report_options,
    share_text,
)

if TYPE_CHECKING:
    from pathlib import Path

    from leadstate.service.reports.results import PassRow
    from leadstate.service.reports.scope import Scope

__all__ = ["command"]


@click.command(name="passes")
@report_options
def command(settings_file: Path, *, scope: Scope, as_data: bool) -> None:
    """Show the first, second and later trips through the funnel beside each other."""
    from leadstate.service.reports.passes import passes

    with opened(settings_file) as app, app.store.read() as view:
        found = passes(view, app.lifecycle, scope, app.clock.now())
    if as_data:
        print_report(found)
        return
    print_about(found.about)
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
    print_definitions(found.about)


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
