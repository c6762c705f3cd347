"""``leadstate observe``: only read a connection again."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import (
    actor_option,
    json_option,
    opened_all,
    print_json,
    settings_option,
)
from leadstate.cli.several import tell_broken

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["command"]


@click.command(name="observe")
@settings_option
@json_option
@click.argument("connection")
@actor_option
def command(settings_file: Path, connection: str, *, as_data: bool, actor: str) -> None:
    """Let Leadstate only read CONNECTION: judge nothing, write and send nothing.

    Writes that wait are not sent, and stay in the database; clocks end that no other
    connection keeps going.  'leadstate go-live' acts again.
    """
    from leadstate.service.batches.observing import observe
    from leadstate.service.several import with_connection

    found: dict[str, dict[str, object]] = {}
    with opened_all(settings_file, connections=None, actor=actor) as installation:
        tell_broken(installation)
        for name, app in with_connection(installation, connection).items():
            done, withdrawn = observe(app, app.connection(connection), actor=actor)
            found[name] = asdict(done) | {"withdrawn": withdrawn}
            if not as_data:
                click.echo(
                    f"{connection}, workflow {name}: {done.done:,} records are only "
                    f"observed from now on, {withdrawn:,} writes that waited are not "
                    f"sent. Act again with: leadstate go-live {connection}"
                )
    if as_data:
        several = installation.several
        print_json({"workflows": found} if several else next(iter(found.values())))
