"""``leadstate export``: what the store knows, as files for other tools."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leadstate.cli.context import opened_all, settings_option
from leadstate.cli.progress import progress
from leadstate.cli.times import Time

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from leadstate.service.export.exporting import ExportRequest

__all__ = ["command"]

_STDOUT = "-"


def _portion_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what every export takes: where to, and which part."""
    for option in (
        click.option(
            "-o",
            "--output",
            metavar="FILE",
            help="Where to; - is standard output.  [default: named by its content]",
        ),
        click.option(
            "--personal",
            is_flag=True,
            help="Personal values too: marked fields, notes, receipts, own words.",
        ),
        click.option(
            "--stage", "stages", multiple=True, help="Only this stage; may be repeated."
        ),
        click.option(
            "--until", type=Time(), metavar="DAY", help="Before this day or moment."
        ),
        click.option(
            "--since",
            type=Time(),
            metavar="DAY",
            help="From this day of the workflow's time zone on, or from a moment such "
            "as 2026-01-31T09:00Z.",
        ),
        settings_option,
    ):
        command = option(command)
    return command


def _table_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what every table takes."""
    for option in (
        click.option(
            "--bom", is_flag=True, help="Begin CSV with a mark by which Excel knows it."
        ),
        click.option(
            "--format",
            "format_",
            type=click.Choice(["csv", "parquet"]),
            default="csv",
            show_default=True,
            help="Parquet needs leadstate[parquet].",
        ),
    ):
        command = option(command)
    return _portion_options(command)


@click.group(name="export")
def command() -> None:
    """Write history, visits, records or event logs to files.

    Of several workflows, all are in one file unless --workflow names one; a column says
    whose each row is.  A file appears under its name when it is whole.  No personal
    values come along unless --personal is given.
    """


@command.command()
@_table_options
def history(settings_file: Path, **given: Any) -> None:
    """Every row of the history: moves, refusals, SLAs, with cause and actor.

    --stage takes rows that leave or enter it.
    """
    _export(settings_file, what="history", **given)


@command.command()
@_table_options
def visits(settings_file: Path, **given: Any) -> None:
    """Every stay of a record in a stage.

    --since and --until take stays that touch the period.
    """
    _export(settings_file, what="visits", **given)


@command.command()
@_table_options
def records(settings_file: Path, **given: Any) -> None:
    """Every record as it is now, a column for each field.

    --since and --until take records that came under care then; --stage those that
    are in it now.
    """
    _export(settings_file, what="records", **given)


@command.command(name="field-changes")
@_table_options
def field_changes(settings_file: Path, **given: Any) -> None:
    """Values of fields as they were.

    --stage takes records that are in it now.
    """
    _export(settings_file, what="field-changes", **given)


@command.command()
@_portion_options
@click.option(
    "--format",
    "format_",
    type=click.Choice(["xes", "ocel"]),
    default="xes",
    show_default=True,
    help="XES is IEEE 1849; OCEL is 2.0, as JSON.",
)
@click.option(
    "--all-kinds",
    is_flag=True,
    help="Refusals, SLAs and what else happened, not moves alone.",
)
def log(settings_file: Path, *, all_kinds: bool, **given: Any) -> None:
    """The history as an event log for process mining.

    One trace (XES) is one pass of one record; an event is a stage that is entered.
    """
    _export(settings_file, what="log", all_kinds=all_kinds, **given)


def _export(settings_file: Path, *, output: str | None, **given: Any) -> None:
    from leadstate.service.export.exporting import export

    wanted = _wanted(**given)
    ending = {"ocel": "ocel.json"}.get(wanted.format, wanted.format)
    target = Path(output or f"{wanted.what}.{ending}")
    if output == _STDOUT and wanted.format == "parquet" and _is_terminal():
        raise click.UsageError("Parquet is not for a terminal; name a file with -o")
    with opened_all(settings_file) as source, progress(lines=False) as report:
        rows = export(source, wanted, target, on_progress=partial(report, wanted.what))
    where = "standard output" if output == _STDOUT else str(target)
    what = "events" if wanted.what == "log" else "rows"
    click.echo(f"{wanted.what}: {rows:,} {what} to {where}", err=True)


def _wanted(  # noqa: PLR0913 - the options of the command
    *,
    what: str,
    format_: str,
    since: date | None,
    until: date | None,
    stages: tuple[str, ...],
    personal: bool,
    bom: bool = False,
    all_kinds: bool = True,
) -> ExportRequest:
    from leadstate.service.export.exporting import ExportRequest
    from leadstate.service.export.story import MOVES

    return ExportRequest(
        what=what,
        format=format_,
        since=since,
        until=until,
        stages=stages,
        kinds=() if all_kinds else MOVES,
        personal=personal,
        bom=bom,
    )


def _is_terminal() -> bool:
    return sys.stdout.isatty()
