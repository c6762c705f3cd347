"""The command line: one file per noun, imported only when its command runs.

Nothing but click is imported here, so that ``leadstate --help`` answers at once.
"""

from __future__ import annotations

import sys

import click

from leadstate.cli.groups import LazyGroup

__all__ = ["main"]

_COMMANDS = {
    "init": ("init", "Write a first settings file and workflow into a folder."),
    "connect": ("connect", "Authorise Leadstate in a CRM account."),
    "doctor": ("doctor", "Find what is wrong with a connection, with remedies."),
    "setup": ("setup", "Make what a CRM account lacks for the binding."),
    "run": ("run", "Run the service: receive, decide, write back, reconcile."),
    "go-live": ("go_live", "Let Leadstate act on a connection that it observes."),
    "observe": ("observe", "Let Leadstate only read a connection again."),
    "demo": ("demo", "See Leadstate do its job against sandbox CRMs."),
    "sandbox": ("sandbox", "Run a local twin of a CRM's API."),
    "workflow": ("workflow", "Check, explain, draw and test workflow files."),
    "record": ("record", "Look at records, explain them, move them, stop clocks."),
    "sla": ("sla", "Watch SLAs: due, broken, paused, and whose."),
    "approvals": ("approvals", "Agree with moves that wait for it, or decline them."),
    "people": ("people", "See who works with leads, and who is there."),
    "backfill": ("backfill", "Read what happened in a CRM before Leadstate came."),
    "import": ("import_", "Import stage moves and values from a CSV file."),
    "report": ("report", "Show what the funnel does, and who keeps SLAs."),
    "status": ("status", "Show where everything stands."),
    "export": ("export", "Write history, visits, records or event logs to files."),
    "audit": ("audit", "Prove the history, and hand the proof to others."),
    "erase": ("erase", "Forget a person for good."),
    "backup": ("backup", "Copy the database while the service runs."),
    "restore": ("restore", "Put a backup in the place of the database."),
    "conflicts": ("conflicts", "List where two CRMs disagreed, take the other side."),
    "dead-letters": ("dead_letters", "List and replay what could not go on."),
    "adapters": ("adapters", "List the installed adapters and judge them."),
    "new-adapter": ("new_adapter", "Write the package of a new adapter."),
}


# Of distributions of their own; where they are not installed, ours says so.
_ELSEWHERE = {"demo"}


class _Commands(LazyGroup):
    """Leadstate's own commands, and those that other distributions bring."""

    package = __name__
    known = _COMMANDS

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        own = super().get_command
        if cmd_name in _COMMANDS and cmd_name not in _ELSEWHERE:
            return own(ctx, cmd_name)
        from leadstate.cli.plugged import plugged_command

        return plugged_command(cmd_name) or own(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; suggest the nearest for a misspelt one."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            close = get_close_matches(args[0], _COMMANDS, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            text = f"there is no command '{args[0]}'.{hint}"
            raise click.UsageError(text, ctx=ctx) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="leadstate", message="%(version)s")
def _root() -> None:
    """Leadstate: what a qualified lead is, agreed, executable, and explained."""


def main() -> None:
    """Run the command line; every expected error is one clear message and exit 1.

    When the reader of a pipe goes away (`| head`), click ends quietly with 1.
    """
    from leadstate.cli.context import clean_lines
    from leadstate.errors import LeadstateError

    try:
        _root.main(prog_name="leadstate", standalone_mode=True)
    except LeadstateError as error:
        click.echo(f"Error: {clean_lines(error)}", err=True)
        sys.exit(1)
