"""The page of the command line: the help of every command, as it prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.testing import CliRunner

from leadstate.cli import _root
from scripts.reference.markdown import fenced

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIDTH = 88


def commands(
    command: click.Command = _root, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    """Yield the path of every command: the empty one first, then its children's."""
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None:
                yield from commands(child, (*path, name))


def help_of(path: tuple[str, ...]) -> str:
    """Return the help that a command prints."""
    told = CliRunner().invoke(
        _root,
        [*path, "--help"],
        prog_name="leadstate",
        terminal_width=_WIDTH,
        max_content_width=_WIDTH,
    )
    return told.output


def page() -> None:
    """Print a heading and the help of every command."""
    for path in commands():
        print(f"## {' '.join(('leadstate', *path))}", "", sep="\n")
        fenced(help_of(path))
