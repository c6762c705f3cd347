"""``leadstate approvals``: moves that wait for somebody else's agreement."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from leadstate.cli.answers import approvers, print_answer, who_hint
from leadstate.cli.context import (
    actor_option,
    json_option,
    opened,
    opened_all,
    settings_option,
    when,
)
from leadstate.cli.groups import ListingGroup
from leadstate.cli.several import listed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from leadstate.cli.answers import Approvers
    from leadstate.service.app import App
    from leadstate.store import Approval

__all__ = ["command"]


@click.group(name="approvals", cls=ListingGroup)
def command() -> None:
    """Agree with moves that need somebody else's approval, or decline them.

    Without a command it lists.
    """


@command.command(name="list")
@settings_option
@json_option
@click.option("--all", "everything", is_flag=True, help="Answered ones too.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10_000))
def list_approvals(
    settings_file: Path, limit: int, *, as_data: bool, everything: bool
) -> None:
    """List moves that wait for an agreement, the oldest first."""
    from leadstate.service.commands.approving import approvals

    def ask(app: App) -> list[tuple[Approval, Approvers]]:
        rows = approvals(app, pending_only=not everything, limit=limit)
        return [(one, approvers(app, one)) for one in rows]

    with opened_all(settings_file) as installation:
        found = listed(installation, ask, order=lambda one: one[0].id, limit=limit)
    if as_data:
        found.print_json(lambda one: _data(*one))
        return
    if not found:
        click.echo("No move waits for an agreement.")
        return
    found.print_table(
        [
            "id",
            "record",
            "move",
            "asked by",
            "asked",
            "why",
            "who may approve",
            "state",
        ],
        lambda one: _cells(*one),
    )
    if len(found) == limit:
        click.echo(f"(the first {limit}; more with --limit)")
    if any(one.decided_at is None for one, _ in found):
        click.echo("Answer with: leadstate approvals approve ID, or decline ID")


def _data(one: Approval, able: Approvers) -> dict[str, object]:
    return asdict(one) | {"state": str(one.state), "approvers": asdict(able)}


def _cells(one: Approval, able: Approvers) -> tuple[object, ...]:
    why = ": ".join(part for part in (one.reason, one.note) if part)
    state = str(one.state)
    if one.decided_by:
        note = f": {one.decided_note}" if one.decided_note else ""
        state = f"{state} by {one.decided_by}{note}"
    asked = when(one.asked_at)
    where = one.record_id[:12]
    return one.id, where, one.transition, one.asked_by, asked, why, able, state


def _answer_options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.argument("approval_id", type=int, metavar="ID"),
        click.option("--note", default="", help="What goes with your answer."),
        actor_option,
        click.option(
            "--as",
            "roles",
            multiple=True,
            metavar="ROLE",
            help="A role you have; repeat for several. With a people file, the roles "
            "that it gives you count.",
        ),
        json_option,
        settings_option,
    ):
        function = option(function)
    return function


@command.command()
@_answer_options
def approve(  # noqa: PLR0913
    settings_file: Path,
    approval_id: int,
    *,
    as_data: bool,
    roles: tuple[str, ...],
    actor: str,
    note: str,
) -> None:
    """Agree with a move; it is made if the criteria still allow it."""
    _answer(
        settings_file,
        approval_id,
        agreed=True,
        as_data=as_data,
        roles=roles,
        actor=actor,
        note=note,
    )


@command.command()
@_answer_options
def decline(  # noqa: PLR0913
    settings_file: Path,
    approval_id: int,
    *,
    as_data: bool,
    roles: tuple[str, ...],
    actor: str,
    note: str,
) -> None:
    """Decline a move; whoever asked for it may take it back this way, too."""
    _answer(
        settings_file,
        approval_id,
        agreed=False,
        as_data=as_data,
        roles=roles,
        actor=actor,
        note=note,
    )


def _answer(  # noqa: PLR0913 - the options of both answers, keyword-only
    settings_file: Path,
    approval_id: int,
    *,
    agreed: bool,
    as_data: bool,
    roles: tuple[str, ...],
    actor: str,
    note: str,
) -> None:
    from leadstate.service.commands.approving import answer_item
    from leadstate.service.records import ask
    from leadstate.service.several import of_approval

    whose = of_approval(approval_id)
    with opened(settings_file, connections=None, whose=whose) as app:
        item = answer_item(
            app, approval_id, agreed=agreed, actor=actor, roles=roles, note=note
        )
        moved = ask(app, item, item.external_id)
        hint = who_hint(app, actor, roles)
    if not moved.entries and moved.letter is None:
        hint = "Somebody answered it meanwhile; see: leadstate approvals list --all"
    print_answer(moved, as_data=as_data, hint=hint)
    raise SystemExit(1 if moved.refused else 0)
