"""``leadstate dead-letters``: what could not go on, and why."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import (
    clean,
    json_option,
    opened,
    print_json,
    print_table,
    settings_option,
    when,
)

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["command"]


@click.group(name="dead-letters")
def command() -> None:
    """List and replay what could not go on."""


@command.command(name="list")
@settings_option
@json_option
@click.option("--all", "everything", is_flag=True, help="Replayed ones too.")
def list_letters(settings_file: Path, *, as_data: bool, everything: bool) -> None:
    """List dead letters, newest first."""
    from leadstate.service.dead_letters import letters

    with opened(settings_file) as app:
        found = letters(app, open_only=not everything)
    if as_data:
        print_json([asdict(letter) for letter in found])
        return
    if not found:
        click.echo("There are no dead letters.")
        return
    print_table(
        ["id", "from", "object", "reason", "times", "last", "detail"],
        [
            (
                one.id,
                one.door,
                f"{one.object} {one.external_id}",
                one.reason,
                one.times,
                when(one.last_at),
                one.detail,
            )
            for one in found
        ],
    )
    click.echo("Give one another go with: leadstate dead-letters replay ID")


@command.command()
@settings_option
@json_option
@click.argument("letter_ids", type=int, nargs=-1, required=True, metavar="ID...")
def replay(settings_file: Path, letter_ids: tuple[int, ...], *, as_data: bool) -> None:
    """Give dead letters another go."""
    from leadstate.service.dead_letters import replay as replay_letter

    # Reading an object again needs to know its connection, and with it its secrets.
    with opened(settings_file, connections=None) as app:
        done = [replay_letter(app, one) for one in letter_ids]
    if as_data:
        print_json([asdict(letter) for letter in done])
        return
    for letter in done:
        named = clean(f"{letter.object} {letter.external_id}")
        click.echo(f"{letter.id}: {named} is due again.")
