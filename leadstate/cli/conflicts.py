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
    opened_all,
    print_json,
    settings_option,
    when,
)
from leadstate.cli.several import listed

if TYPE_CHECKING:
    from pathlib import Path

    from leadstate.service.app import App
    from leadstate.store import Conflict

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

    def ask(app: App) -> list[Conflict]:
        return conflicts(app, find(app, record) if record else None, limit)

    with opened_all(settings_file) as installation:
        found = listed(installation, ask, order=lambda one: -one.id, limit=limit)
    if as_data:
        found.print_json(asdict)
        return
    if not found:
        click.echo("There are no conflicts.")
        return
    found.print_table(
        ["id", "record", "what", "believed", "not believed", "why", "when", "taken"],
        lambda one: (
            one.id,
            one.record_id[:12],
            one.what,
            f"{one.kept} {_from(one.kept_from)}",
            f"{one.dropped} {_from(one.connection)}",
            one.rule,
            when(one.at),
            when(one.taken_at) if one.taken_at else "",
        ),
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
    from leadstate.service.several import of_conflict

    with opened(settings_file, whose=of_conflict(conflict_id)) as app:
        found = ask_to_take(app, conflict_id, actor=actor)
    if as_data:
        print_json(asdict(found))
        return
    said = clean(f"{found.what} of record {found.record_id} becomes {found.dropped}")
    click.echo(f"{said}, as soon as the service has judged it.")
