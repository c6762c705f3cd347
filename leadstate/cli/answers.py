"""What became of something that a person asked for, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import clean, print_json
from leadstate.cli.entries import entry_data, print_entry

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from leadstate.service.app import App
    from leadstate.service.records import CommandResult
    from leadstate.store import Approval

__all__ = ["Approvers", "approvers", "print_answer", "who_hint"]

_MOST_NAMES = 10


@dataclass(frozen=True, slots=True)
class Approvers:
    """Who may agree with a move: these roles, and the people who have one.

    Attributes:
        people: Without whoever asked; empty without a people file.
    """

    roles: tuple[str, ...]
    people: tuple[str, ...]

    def __str__(self) -> str:
        """Return them for a person."""
        named = f" ({', '.join(self.people)})" if self.people else ""
        return " or ".join(self.roles) + named if self.roles else "nobody any more"


def approvers(app: App, approval: Approval) -> Approvers:
    """Return who may agree with a move that waits."""
    transition = app.lifecycle.transitions.get(approval.transition)
    roles = transition.approval if transition is not None else ()
    able = [
        one.name
        for one in app.people.by_name.values()
        if one.roles.intersection(roles) and one.name != approval.asked_by
    ]
    return Approvers(roles, tuple(able))


def who_hint(app: App, actor: str, roles: Collection[str] = ()) -> str:
    """Return what to do when a refusal is about who asked; "" when nothing is known."""
    if not app.people:
        return ""
    if app.people.get(actor) is None:
        names = list(app.people.by_name)
        more = ", ..." if len(names) > _MOST_NAMES else ""
        return (
            f"{actor} is not in the people file, and so has no role. Say who you are "
            f"with --by NAME: {', '.join(names[:_MOST_NAMES])}{more}"
        )
    if roles:
        return f"--as is not looked at: the people file says which roles {actor} has"
    return ""


def print_answer(
    moved: CommandResult,
    *,
    as_data: bool,
    more: Mapping[str, object] | None = None,
    hint: str = "",
) -> None:
    """Print the rows that it left, or why it could not be judged.

    Args:
        more: Further data for programs.
        hint: What to do about a refusal, for people.
    """
    if as_data:
        print_json(
            {
                "refused": moved.refused,
                "entries": [entry_data(entry) for entry in moved.entries],
                "dead_letter": moved.letter.detail if moved.letter else None,
            }
            | dict(more or {})
        )
        return
    for entry in moved.entries:
        print_entry(entry)
    if moved.letter:
        click.echo(clean(moved.letter.detail))
    elif moved.refused and hint:
        click.echo(clean(hint))
