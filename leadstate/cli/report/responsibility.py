"""``leadstate report responsibility``: which stage sags, and whose it is."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import clean, print_table, when
from leadstate.cli.report.frame import reading, report_options, show
from leadstate.cli.report.texts import count_text, length_text

if TYPE_CHECKING:
    from leadstate.cli.report.frame import ReportRequest
    from leadstate.service.reports.verdicts import (
        Measure,
        Responsibility,
        ResponsibilityRow,
    )

__all__ = ["command"]


@click.command(name="responsibility")
@report_options(chart=True)
@click.option(
    "--baseline",
    "periods",
    default=4,
    show_default=True,
    type=click.IntRange(1, 52),
    metavar="N",
    help="Hold it against the N times before, each as long as the time looked at.",
)
@click.option(
    "--at-least",
    "least",
    default=20,
    show_default=True,
    type=click.IntRange(min=1),
    metavar="N",
    help="Judge nothing that rests on fewer leads or SLAs.",
)
@click.option("--all", "every", is_flag=True, help="Show what has too few, too.")
def command(request: ReportRequest, *, periods: int, least: int, every: bool) -> None:
    """Show which stage sags against its own past, and whose it is.

    Looks at the last 30 days unless --since says else. The surest and biggest changes
    come first; nobody is compared with anybody else.
    """
    from leadstate.service.reports.responsibility import responsibility

    with reading(request) as source:
        found = source.report(responsibility, periods=periods, least=least)
    show(request, found, partial(_print, every=every))


def _print(found: Responsibility, *, every: bool) -> None:
    from leadstate.service.reports.verdicts import Verdict

    click.echo(
        f"{when(found.since)} to {when(found.until)}, held against {found.periods} "
        f"times as long before it, from {when(found.baseline)} on"
    )
    shown = [one for one in found.rows if every or one.verdict is not Verdict.TOO_FEW]
    if shown:
        print_table(
            ("verdict", "what", "where", "whose", "now", "before", "change",
             "from .. to", "earlier"),
            [_cells(one) for one in shown],
        )  # fmt: skip
    hidden = len(found.rows) - len(shown)
    if hidden:
        more = "; show them with --all" if shown or not every else ""
        click.echo(
            f"{hidden} figures rest on fewer than {found.least} leads or SLAs now "
            f"or before, and are not judged{more}"
        )


def _cells(row: ResponsibilityRow) -> tuple[str, ...]:
    where = f"{row.stage}: {row.sla}" if row.sla else row.stage
    if row.taking:
        where = f"{where} ({row.giving or 'nobody'} to {row.taking})"
    value, bounds = _change(row)
    return (
        row.verdict,
        row.figure,
        where,
        _whose(row),
        f"{_figure(row.now)} of {count_text(row.now.n)}",
        f"{_figure(row.before)} of {count_text(row.before.n)}",
        value,
        bounds,
        " ".join(_figure(one) for one in row.earlier),
    )


def _whose(row: ResponsibilityRow) -> str:
    from leadstate.service.reports.verdicts import Side

    match row.side:
        case Side.SYSTEM:
            return "nobody's person: leads wait to be given to somebody"
        case Side.GIVING:
            return f"{row.team}: the leads it gives"
        case Side.TAKING:
            return f"{row.team}: its SLA to take"
        case Side.STAGE:
            return clean(row.team or "(no team)")


def _figure(measure: Measure) -> str:
    if measure.share is not None:
        return f"{measure.share:.1%}"
    return length_text(measure.median)


def _change(row: ResponsibilityRow) -> tuple[str, str]:
    if row.change is None:
        return "-", "-"
    numbers = row.change.value, row.change.low, row.change.high
    if row.now.median is None:
        first, low, high = (f"{one * 100:+.1f}" for one in numbers)
        return f"{first} points", f"{low} .. {high}"
    first, low, high = (_signed(one) for one in numbers)
    return first, f"{low} .. {high}"


def _signed(micros: float) -> str:
    sign = "-" if micros < 0 else "+"
    return sign + length_text(timedelta(microseconds=abs(micros)))
