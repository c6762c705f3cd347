"""``leadstate report doubles``: who may be known more than once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leadstate.cli.context import print_table
from leadstate.cli.report.frame import reading, report_options, show
from leadstate.cli.report.texts import count_text

if TYPE_CHECKING:
    from leadstate.cli.report.frame import ReportRequest
    from leadstate.service.reports.doubles import Doubles

__all__ = ["command"]

_SHOWN = 12


@click.command(name="doubles")
@report_options()
def command(request: ReportRequest) -> None:
    """Show records that may be one person: they share an address or a number.

    All records as they stand now: filters mean nothing here.
    """
    from leadstate.service.reports.doubles import doubles

    with reading(request) as source:
        found = source.report(doubles)
    show(request, found, _print)


def _print(found: Doubles) -> None:
    if not found.rows:
        click.echo("No two active records share a value that tells people apart.")
        return
    click.echo(f"{count_text(found.records)} records may be somebody else, too:")
    print_table(
        ("field", "value", "record", "stage", "owner", "objects"),
        [
            (
                double.label,
                double.value,
                one.record_id[:_SHOWN],
                one.stage,
                one.owner or "",
                ", ".join(one.objects),
            )
            for double in found.rows
            for one in double.records
        ],
    )
