"""``leadstate sandbox NAME``: a local twin of a CRM's API, from its plugin."""

from __future__ import annotations

import click

__all__ = ["command"]


class _Sandboxes(click.Group):
    """The sandboxes of the installed plugins; imports only the one that is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the plugins' names."""
        from leadstate.adapters.registry import installed_plugins

        return list(installed_plugins())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the sandbox of one plugin."""
        from leadstate.adapters.registry import installed_plugins, sandbox_command

        if cmd_name not in installed_plugins():
            return None
        return sandbox_command(cmd_name)

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """List the sandboxes without importing them."""
        names = self.list_commands(ctx)
        with formatter.section("Sandboxes"):
            formatter.write_dl([(name, f"A twin of {name}'s API.") for name in names])


@click.group(name="sandbox", cls=_Sandboxes)
def command() -> None:
    """Run a local twin of a CRM's API, with its quirks and a control API."""
