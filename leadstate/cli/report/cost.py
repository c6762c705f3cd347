"""``leadstate report cost``: what a lead costs, by what it became."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import clean, print_table
from leadstate.cli.report.frame import reading, report_options, show
from leadstate.cli.report.texts import count_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from leadstate.cli.report.frame import ReportRequest
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.service.reports.shortfalls import Cost, CostRow, CostStep

__all__ = ["command"]


@click.command(name="cost")
@report_options(chart=True)
@click.option(
    "--spend",
    "spend_file",
    required=True,
    type=click.Path(path_type=Path),
    help="A CSV file: month (or from and to), source, campaign, amount, currency.",
)
@click.option(
    "--by",
    "convention",
    default="cohort",
    show_default=True,
    type=click.Choice(["cohort", "period"]),
    help="Who pays: leads that began in the time, or whoever came to a stage in it.",
)
@click.option("--currency", metavar="EUR", help="Of a file without that column.")
@click.option("--decimal-comma", is_flag=True, help="Amounts are written 1234,50.")
@click.option("--encoding", default="utf-8", show_default=True, help="Of the file.")
def command(  # noqa: PLR0913
    request: ReportRequest,
    *,
    spend_file: Path,
    convention: str,
    currency: str | None,
    decimal_comma: bool,
    encoding: str,
) -> None:
    """Show what a lead, an MQL, an SAL, an SQL and a customer cost.

    By source and campaign, from what was spent and what became of the leads. Without
    --since and --until it looks at the days of the spend file.
    """
    from leadstate.service.reports.cost import cost
    from leadstate.service.reports.shortfalls import Convention
    from leadstate.service.reports.spend import SpendForm, read_spend

    with reading(request) as source:
        form = SpendForm(
            encoding=encoding,
            decimal_comma=decimal_comma,
            currency=currency,
            sources=_sources(source.app.lifecycle),
        )
        spend = read_spend(spend_file, form)
        found = source.report(cost, spend, convention=Convention(convention))
    show(request, found, _print)


def _sources(lifecycle: Lifecycle) -> Sequence[str]:
    """Return the possible sources, where the workflow lists them."""
    from leadstate.domain.values import FieldType

    its = lifecycle.fields.get("source")
    return its.options if its is not None and its.type is FieldType.CHOICE else ()


def _print(found: Cost) -> None:
    click.echo(f"{found.since} until {found.until} (not included), {found.convention}")
    _print_rows(found.totals, named=())
    click.echo()
    _print_rows(found.sources, named=("source",))
    if found.campaigns:
        click.echo()
        _print_rows(found.campaigns, named=("source", "campaign"))
    click.echo()
    _print_waste(found.totals)
    for text, names in (
        ("no spend in the file for", found.unspent),
        ("money, and no lead, from", found.unanswered),
    ):
        if names:
            click.echo(clean(f"{text}: {', '.join(names)}"))
    if found.unattributed:
        click.echo(f"{count_text(found.unattributed)} leads say no source")
    if found.unknown:
        click.echo(f"{count_text(found.unknown)} leads began nobody knows when")


def _print_rows(rows: Sequence[CostRow], *, named: Sequence[str]) -> None:
    steps = rows[0].steps if rows else ()
    head = [*named, "spend", "leads", "a lead", *(one.label for one in steps)]
    print_table(
        head,
        [
            (
                *(getattr(row, name) or "(none)" for name in named),
                _money(row.spend, row),
                count_text(row.leads),
                _money(row.lead_cost, row),
                *(_step(one, row) for one in row.steps),
            )
            for row in rows
        ],
    )


def _step(step: CostStep, row: CostRow) -> str:
    if not step.reached:
        return "0"
    later = step.reached - step.by_pass.get(1, 0)
    again = f" ({count_text(later)} in a later pass)" if later else ""
    cost = f": {_money(step.cost, row)}" if step.cost is not None else ""
    return f"{count_text(step.reached)}{again}{cost}"


def _print_waste(rows: Sequence[CostRow]) -> None:
    for row in rows:
        if row.leads:
            click.echo(
                f"recycled: {count_text(row.recycled)} leads, "
                f"{_money(row.recycled_cost, row)}; never worked: "
                f"{count_text(row.unworked)} leads, {_money(row.unworked_cost, row)}"
            )


def _money(amount: Decimal | None, row: CostRow) -> str:
    if amount is None or row.currency is None:
        return "-"
    return f"{amount:,} {row.currency}"
