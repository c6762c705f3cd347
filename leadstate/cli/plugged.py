"""Commands that other distributions bring, by the entry-point group of commands.

    [project.entry-points."leadstate.commands"]
    demo = "leadstate_demo.command:command"

A command is looked for when its name is typed and is none of Leadstate's own: the help
looks at no other distribution, so that it answers at once.
"""

from __future__ import annotations

import click

__all__ = ["GROUP", "plugged_command"]

GROUP = "leadstate.commands"


def plugged_command(name: str) -> click.Command | None:
    """Return the command ``name`` of another distribution; None where none brings it.

    Raises:
        click.ClickException: It is there and cannot be used.
    """
    from importlib.metadata import entry_points

    point = next(iter(entry_points(group=GROUP, name=name)), None)
    if point is None:
        return None
    broken = f"the command {name!r} is installed but cannot be used"
    try:
        found = point.load()
    except (ImportError, AttributeError) as error:
        raise click.ClickException(f"{broken}: {error}") from error
    if not isinstance(found, click.Command):
        raise click.ClickException(f"{broken}: {point.value} is no click command")
    return found
