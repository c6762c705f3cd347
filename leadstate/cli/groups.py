"""Groups of commands: one that imports when used, one whose bare call lists.

Nothing but click is imported here, so that ``leadstate --help`` answers at once.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, ClassVar

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LazyGroup", "ListingGroup"]


class LazyGroup(click.Group):
    """Knows every command by name, and imports one when it is used.

    Attributes:
        package: The package of the commands' modules.
        heading: What the commands stand under in the help.
        known: Name -> module and sentence, in the order in which people meet them; the
            module has an attribute `command`.
    """

    package: ClassVar[str]
    heading: ClassVar[str] = "Commands"
    known: ClassVar[Mapping[str, tuple[str, str]]]

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which people meet them."""
        return list(self.known)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in self.known:
            return None
        module = importlib.import_module(f"{self.package}.{self.known[cmd_name][0]}")
        command = module.command
        return command if isinstance(command, click.Command) else None

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """List the commands without importing them."""
        with formatter.section(self.heading):
            formatter.write_dl([(name, text) for name, (_, text) in self.known.items()])


class ListingGroup(click.Group):
    """Takes ``leadstate sla --breached`` for ``leadstate sla list --breached``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; without a command's name they are those of ``list``."""
        first = args[0] if args else "-"
        if first.startswith("-") and first not in ctx.help_option_names:
            args = ["list", *args]
        return super().parse_args(ctx, args)
