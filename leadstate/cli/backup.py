"""``leadstate backup``: copy the database while the service runs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from leadstate.cli.context import file_option, json_option, opened_all, print_json

__all__ = ["command"]

_MEGABYTE = 1_000_000


@click.command(name="backup")
@file_option
@json_option
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--keep",
    type=click.IntRange(1, 1_000),
    help="Keep so many backups: older ones as FILE.1, FILE.2 and so on.",
)
def command(
    settings_file: Path, file: Path, keep: int | None, *, as_data: bool
) -> None:
    """Copy the database into FILE while the service runs, and prove the copy.

    The file appears when it is whole.  It holds personal data and is readable by you
    alone; the key of the tokens is not in it.
    """
    from leadstate.service.backup import backup

    with opened_all(settings_file) as installation:
        done = backup(installation.first, file, keep=keep)
    if as_data:
        print_json(asdict(done))
        return
    click.echo(
        f"{done.file}: {done.records} records, {done.rows} rows of history, all "
        f"proven; {done.size / _MEGABYTE:.1f} MB"
    )
    for one in done.dropped:
        click.echo(f"{one} was the oldest, and is deleted.")
