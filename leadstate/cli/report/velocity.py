"""``leadstate report velocity``: how many are won, how surely, and how fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leadstate.cli.context import print_table
from leadstate.cli.report.frame import reading, report_options, show
from leadstate.cli.report.texts import count_text, length_text, share_text

if TYPE_CHECKING:
    from leadstate.cli.report.frame import ReportRequest
    from leadstate.service.reports.results import Velocity, VelocityRow

__all__ = ["command"]


@click.command(name="velocity")
@report_options()
@click.option("--money", metavar="FIELD", help="The field with the value of a deal.")
def command(request: ReportRequest, *, money: str | None) -> None:
    """Show how many passes were won by month, the win rate and the sales cycle."""
    from leadstate.service.reports.velocity import velocity

    with reading(request) as source:
        found = source.report(velocity, money=money)
    show(request, found, _print)


def _print(found: Velocity) -> None:
    print_table(
        ("month", "won", "lost", "win rate", "median cycle", "p90", "value", "a day"),
        [_row(one) for one in (*found.months, found.total)],
    )
    if found.undated:
        click.echo(f"Decided nobody knows when: {found.undated:,}")
    if found.late:
        click.echo(f"Moves that data led to which came late: {found.late:,}")


def _row(one: VelocityRow) -> tuple[str, ...]:
    return (
        one.key or "total",
        count_text(one.won),
        count_text(one.lost),
        share_text(one.win_rate),
        length_text(one.cycle.median),
        length_text(one.cycle.p90),
        _money(one.value),
        _money(one.per_day),
    )


def _money(value: float | None) -> str:
    return "-" if value is None else f"{value:,.2f}"
