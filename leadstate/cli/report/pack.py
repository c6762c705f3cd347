"""``leadstate report pack``: the quarterly review, ready for a pull request."""

from __future__ import annotations

from pathlib import Path

import click

from leadstate.cli.context import opened, settings_option

__all__ = ["command"]


@click.command(name="pack")
@settings_option
@click.option(
    "--quarter", required=True, metavar="2026Q3", help="The quarter to look at."
)
@click.option(
    "-o",
    "--output",
    "folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder for README.md and its pictures; made when it is not there.",
)
@click.option(
    "--spend",
    "spend_file",
    type=click.Path(path_type=Path),
    help="A CSV file as for `leadstate report cost`, for the section on cost.",
)
@click.option("--currency", metavar="EUR", help="Of a spend file without that column.")
def command(
    settings_file: Path,
    *,
    quarter: str,
    folder: Path,
    spend_file: Path | None,
    currency: str | None,
) -> None:
    """Write the quarterly review: what changed, what came of it, what to look at.

    Markdown and SVG, with no value of a single person in it. The same database gives
    the same files, once the quarter is over. Needs leadstate[charts].
    """
    from leadstate.service.reports.pack import Quarter, write_pack
    from leadstate.service.reports.spend import SpendForm, read_spend

    asked = Quarter.read(quarter)
    with opened(settings_file) as app:
        spend = None
        if spend_file is not None:
            spend = read_spend(spend_file, SpendForm(currency=currency))
        files = write_pack(app, asked, folder, spend=spend)
    for file in files:
        click.echo(file)
