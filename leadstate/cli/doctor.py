"""``leadstate doctor``: what is wrong with a connection, and what to do about it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import (
    chosen_settings,
    chosen_workflow,
    clean,
    clean_lines,
    json_option,
    print_json,
    read_settings,
    settings_option,
)

if TYPE_CHECKING:
    from pathlib import Path

    from leadstate.adapters import Check
    from leadstate.service.setup.examining import CheckReport

__all__ = ["command", "shown_check"]

_MARKS = {"good": "ok  ", "warning": "warn", "bad": "BAD "}


@click.command(name="doctor")
@settings_option
@json_option
@click.argument("connection", required=False)
def command(settings_file: Path, connection: str | None, *, as_data: bool) -> None:
    """Examine the installation and CONNECTION, or all of them; change nothing.

    Every workflow is examined, unless --workflow names one; a connection that several
    use is one.

    Ends with 1 when something does not work.
    """
    from leadstate.cli.logs import configure_logs
    from leadstate.clock import SystemClock
    from leadstate.service.setup.examining import examine
    from leadstate.service.setup.opening import connection_named

    configure_logs(verbose=bool(os.environ.get("LEADSTATE_VERBOSE")))
    settings = read_settings(settings_file)
    if chosen_workflow() is not None:
        settings = chosen_settings(settings_file)
    names = None if connection is None else [connection_named(settings, connection)]
    found = examine(settings, SystemClock(), names)
    if as_data:
        print_json([_data(one) for one in found])
    else:
        for one in found:
            _print(one)
    raise SystemExit(1 if any(one.bad for one in found) else 0)


def shown_check(check: Check) -> dict[str, str]:
    """Return a check for programs."""
    return {
        "name": check.name,
        "state": str(check.state),
        "text": check.text,
        "remedy": check.remedy,
    }


def _data(one: CheckReport) -> dict[str, object]:
    return {
        "connection": one.connection,
        "works": not one.bad,
        "checks": [shown_check(check) for check in one.checks],
    }


def _print(one: CheckReport) -> None:
    click.echo(clean(one.connection or "installation"))
    for check in one.checks:
        click.echo(clean_lines(f"  {_MARKS[check.state]} {check.name}: {check.text}"))
        if check.remedy:
            click.echo(clean_lines(f"       -> {check.remedy}"))
