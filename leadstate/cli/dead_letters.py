"""``leadstate dead-letters``: what could not go on, and why."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import (
    clean,
    json_option,
    opened_all,
    print_json,
    settings_option,
    when,
)
from leadstate.cli.several import listed

if TYPE_CHECKING:
    from pathlib import Path

    from leadstate.store import DeadLetter

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

    ask = partial(letters, open_only=not everything)
    with opened_all(settings_file) as installation:
        found = listed(installation, ask, order=_newest)
    if as_data:
        found.print_json(asdict)
        return
    if not found:
        click.echo("There are no dead letters.")
        return
    found.print_table(
        ["id", "from", "object", "reason", "times", "last", "detail"],
        lambda one: (
            one.id,
            one.door,
            f"{one.object} {one.external_id}",
            one.reason,
            one.times,
            when(one.last_at),
            one.detail,
        ),
    )
    click.echo("Give one another go with: leadstate dead-letters replay ID")


def _newest(letter: DeadLetter) -> tuple[float, int]:
    return -letter.last_at.timestamp(), -letter.id


@command.command()
@settings_option
@json_option
@click.argument("letter_ids", type=int, nargs=-1, required=True, metavar="ID...")
def replay(settings_file: Path, letter_ids: tuple[int, ...], *, as_data: bool) -> None:
    """Give dead letters another go."""
    from leadstate.service.dead_letters import replay as replay_letter
    from leadstate.service.several import app_of, of_letter

    # Reading an object again needs to know its connection, and with it its secrets.
    with opened_all(settings_file, connections=None) as installation:
        done = [
            replay_letter(app_of(installation, of_letter(one)), one)
            for one in letter_ids
        ]
    if as_data:
        print_json([asdict(letter) for letter in done])
        return
    for letter in done:
        named = clean(f"{letter.object} {letter.external_id}")
        click.echo(f"{letter.id}: {named} is due again.")
