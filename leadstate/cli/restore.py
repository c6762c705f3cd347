"""``leadstate restore``: put a backup in the place of the database."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import (
    actor_option,
    file_option,
    json_option,
    print_json,
    read_settings,
)

if TYPE_CHECKING:
    from leadstate.service.backup import Restored

__all__ = ["command"]


@click.command(name="restore")
@file_option
@json_option
@actor_option
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Another place than the settings' database.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(  # noqa: PLR0913 - click's own signature
    settings_file: Path,
    actor: str,
    file: Path,
    target: Path | None,
    *,
    as_data: bool,
    yes: bool,
) -> None:
    """Put the backup FILE in the place of the database; stop the service first.

    The backup is proven before, and stays as it is.  The replaced database is kept as
    DATABASE.before-restore.  Who was forgotten since the backup is forgotten again.
    """
    from leadstate.clock import SystemClock
    from leadstate.definition.workflow import load_workflow
    from leadstate.service.backup import restore
    from leadstate.settings import signing_key
    from leadstate.store.checkpoints import public_key
    from leadstate.store.store import path_of

    settings = read_settings(settings_file)
    database = target or path_of(settings.database)
    if not yes:
        click.confirm(f"Replace {database} by {file}?", abort=True)
    lifecycles = [load_workflow(one.workflow) for one in settings.each().values()]
    fields = [one for its in lifecycles for one in its.fields.values()]
    seed = signing_key(settings)
    done = restore(
        file,
        database,
        identifying=tuple(dict.fromkeys(one.name for one in fields if one.identity)),
        trusted=(public_key(seed),) if seed is not None else (),
        actor=actor,
        now=SystemClock().now(),
    )
    if as_data:
        print_json(asdict(done))
        return
    _print(done)


def _print(done: Restored) -> None:
    click.echo(
        f"{done.database} is the backup now: {done.records} records, {done.rows} rows "
        f"of history, all proven (schema {done.schema})."
    )
    if done.aside:
        click.echo(f"What was there is kept as {done.aside}.")
    taken = done.taken_over
    if taken.other:
        click.echo("It is of another installation, so that nothing was taken over.")
    elif not done.readable:
        click.echo(
            "Nothing could be taken over from a replaced database. Erase again whom "
            "you erased since the backup, and connect amoCRM again."
        )
    else:
        click.echo(
            f"Taken over: {taken.forgotten} people forgotten since, {taken.tokens} "
            f"newer tokens, {taken.sent} writes that have gone out."
        )
    if taken.unsure:
        click.echo(
            f"{taken.unsure} messages may have been sent already: look at "
            "'leadstate dead-letters list' before you replay any."
        )
    click.echo("Start the service: what happened since is read from the CRMs again.")
