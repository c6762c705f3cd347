"""``leadstate conflicts``: where two CRMs disagreed, and who was believed."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import (
    actor_option,
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


@click.group(name="conflicts")
def command() -> None:
    """List where two CRMs disagreed, and take the other side."""


@command.command(name="list")
@settings_option
@json_option
@click.argument("record", required=False)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1))
def list_conflicts(
    settings_file: Path, record: str | None, limit: int, *, as_data: bool
) -> None:
    """List conflicts, newest first; of one RECORD if it is named."""
    from leadstate.service.commands.taking import conflicts
    from leadstate.service.records import find

    with opened(settings_file) as app:
        found = conflicts(app, find(app, record) if record else None, limit)
    if as_data:
        print_json([asdict(one) for one in found])
        return
    if not found:
        click.echo("There are no conflicts.")
        return
    print_table(
        ["id", "record", "what", "believed", "not believed", "why", "when", "taken"],
        [
            (
                one.id,
                one.record_id[:12],
                one.what,
                f"{one.kept} {_from(one.kept_from)}",
                f"{one.dropped} {_from(one.connection)}",
                one.rule,
                when(one.at),
                when(one.taken_at) if one.taken_at else "",
            )
            for one in found
        ],
    )
    if any(one.rule == "newest" and one.taken_at is None for one in found):
        click.echo("Take what was not believed with: leadstate conflicts take ID")


def _from(connection: str) -> str:
    return f"({connection})" if connection else ""


@command.command()
@settings_option
@json_option
@actor_option
@click.argument("conflict_id", type=int, metavar="ID")
def take(settings_file: Path, conflict_id: int, actor: str, *, as_data: bool) -> None:
    """Take the value that was not believed, after all."""
    from leadstate.service.commands.taking import ask_to_take

    with opened(settings_file) as app:
        found = ask_to_take(app, conflict_id, actor=actor)
    if as_data:
        print_json(asdict(found))
        return
    said = clean(f"{found.what} of record {found.record_id} becomes {found.dropped}")
    click.echo(f"{said}, as soon as the service has judged it.")
