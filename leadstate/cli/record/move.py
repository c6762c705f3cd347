"""``leadstate record move``: take a transition by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leadstate.cli.answers import Approvers, approvers, print_answer, who_hint
from leadstate.cli.context import (
    actor_option,
    clean,
    json_option,
    opened,
    settings_option,
)
from leadstate.cli.record.show import record_argument

if TYPE_CHECKING:
    from pathlib import Path

    from leadstate.service.records import CommandResult

__all__ = ["move"]


@click.command()
@settings_option
@json_option
@record_argument
@click.argument("transition")
@click.option(
    "--as",
    "roles",
    multiple=True,
    metavar="ROLE",
    help="A role you have; repeat for several. With a people file, the roles that it "
    "gives you count.",
)
@actor_option
@click.option("--reason", help="Why, where the transition asks for a reason.")
@click.option("--note", default="", help="More words; required for the reason 'other'.")
def move(  # noqa: PLR0913
    settings_file: Path,
    record: str,
    transition: str,
    *,
    as_data: bool,
    roles: tuple[str, ...],
    actor: str,
    reason: str | None,
    note: str,
) -> None:
    """Take a transition by hand; a refusal says why and exits with 1.

    One that needs somebody else's approval waits for it.
    """
    from leadstate.domain.signal import ManualMove
    from leadstate.service.records import find
    from leadstate.service.records import move as move_record
    from leadstate.service.several import of_record

    with opened(settings_file, connections=None, whose=of_record(record)) as app:
        asked = ManualMove(
            transition=transition,
            actor=actor,
            at=app.clock.now(),
            roles=frozenset(roles),
            reason=reason,
            note=note,
        )
        moved = move_record(app, find(app, record), asked)
        able = approvers(app, moved.waits) if moved.waits else None
        hint = who_hint(app, actor, roles)
    print_answer(moved, as_data=as_data, more=_waits(moved, able), hint=hint)
    if moved.waits and not as_data:
        click.echo(clean(f"It waits for the approval of {able}: {_how(moved)}"))
    raise SystemExit(1 if moved.refused else 0)


def _waits(moved: CommandResult, able: Approvers | None) -> dict[str, object]:
    """Return the request that a move waits for, as data."""
    from dataclasses import asdict

    if moved.waits is None or able is None:
        return {"waits_for": None}
    return {"waits_for": {"request": moved.waits.id} | asdict(able)}


def _how(moved: CommandResult) -> str:
    number = moved.waits.id if moved.waits else ""
    return (
        f"request {number}. Answer with: leadstate approvals approve {number}, "
        f"or decline {number}"
    )
