"""``leadstate backfill``: what happened in a CRM before Leadstate came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leadstate.cli.context import (
    clean,
    json_option,
    opened,
    print_json,
    settings_option,
)
from leadstate.cli.past import print_counts

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from leadstate.service.past.backfill import Backfilled

__all__ = ["command"]


@click.command(name="backfill")
@settings_option
@json_option
@click.argument("connection")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="The oldest day to read, UTC; all that the CRM still has unless said.",
)
@click.option("--dry-run", is_flag=True, help="Read it all, and change nothing.")
def command(
    settings_file: Path,
    connection: str,
    since: datetime | None,
    *,
    as_data: bool,
    dry_run: bool,
) -> None:
    """Read the past of CONNECTION's objects from the CRM's own history.

    It stays inside the CRM's rate budget, beside 'leadstate run' too.  Run it again
    when it was stopped: it goes on where it was, and nothing is there twice.
    """
    from datetime import UTC

    from leadstate.cli.progress import progress
    from leadstate.service.past.backfill import backfill

    with (
        opened(settings_file, connections=[connection]) as app,
        progress(quiet=as_data) as report,
    ):
        done = backfill(
            app,
            app.connection(connection),
            since=since.replace(tzinfo=UTC) if since else None,
            dry_run=dry_run,
            on_progress=report,
        )
    if as_data:
        from dataclasses import asdict

        print_json(asdict(done))
    else:
        _print(connection, done)


def _print(connection: str, done: Backfilled) -> None:
    resumed = "went on where it was; " if done.resumed else ""
    click.echo(
        f"{connection}: {resumed}{done.changes} changes read on {done.pages} pages"
        + ("" if done.kept else "; nothing was changed")
    )
    print_counts(done.counts)
    if done.strangers:
        some = ", ".join(done.first_strangers)
        more = ", ..." if done.strangers > len(done.first_strangers) else ""
        click.echo(
            clean(
                f"  {done.strangers} objects have no record: {some}{more}. Let "
                "'leadstate run' take them in, then run the backfill again; objects "
                "that the binding ignores, or that wait under 'leadstate "
                "dead-letters', stay without one"
            )
        )
