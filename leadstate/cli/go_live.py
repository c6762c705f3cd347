"""``leadstate go-live``: act on a connection that was only observed so far."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import (
    actor_option,
    clean,
    json_option,
    opened_all,
    print_json,
    settings_option,
)
from leadstate.cli.several import tell_broken

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from leadstate.adapters import CallCost, Load
    from leadstate.cli.progress import Report
    from leadstate.service.batches.forecast import Forecast
    from leadstate.service.batches.running import Done

__all__ = ["command"]

_SHOWN = 20
_MINUTE = 60


@click.command(name="go-live")
@settings_option
@json_option
@click.argument("connection")
@click.option("--dry-run", is_flag=True, help="Say what would follow; change nothing.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    metavar="N",
    help="Take N records; the rest stays observed.  Repeat it to go on.",
)
@actor_option
def command(  # noqa: PLR0913 - one argument an option
    settings_file: Path,
    connection: str,
    *,
    as_data: bool,
    dry_run: bool,
    limit: int | None,
    actor: str,
) -> None:
    """Let Leadstate act on CONNECTION: judge its records, write, send, run clocks.

    It first says what follows.  Every record is judged as it stands now; nothing is
    done about what was before.  Stopped at any point, it goes on when it is run again.
    """
    from leadstate.cli.progress import progress
    from leadstate.service.batches.forecast import forecast
    from leadstate.service.batches.going_live import go_live, mode_of
    from leadstate.service.several import with_connection

    found: dict[str, dict[str, object]] = {}
    with (
        opened_all(settings_file, connections=None, actor=actor) as installation,
        progress(quiet=as_data) as report,
    ):
        tell_broken(installation)
        for name, app in with_connection(installation, connection).items():
            connected = app.connection(connection)
            head = f"{connection}, workflow {name}"
            telling = partial(_told, report, f"{head}: looked at")
            ahead = forecast(app, connected, limit=limit, on_progress=telling)
            mode = mode_of(app, connected)
            found[name] = {"mode": mode, "forecast": _data(ahead)}
            if not as_data:
                _print(head, mode, ahead)
            if dry_run:
                continue
            telling = partial(_told, report, f"{head}: live", total=ahead.records)
            done = go_live(
                app, connected, actor=actor, limit=limit, on_progress=telling
            )
            found[name] |= {"mode": mode_of(app, connected), "done": asdict(done)}
            if not as_data:
                _print_done(connection, done, ahead)
    if as_data:
        several = installation.several
        print_json({"workflows": found} if several else next(iter(found.values())))
    elif dry_run:
        click.echo("Nothing was changed (--dry-run).")


def _told(report: Report, part: str, done: int, total: int | None = None) -> None:
    report(part, done, total)


def _data(ahead: Forecast) -> dict[str, object]:
    return asdict(ahead) | {"first_look": asdict(ahead.look)}


# -- what is printed -------------------------------------------------------------------


def _print(head: str, mode: str, ahead: Forecast) -> None:
    click.echo(f"{head}: {mode}, {ahead.live:,} of {ahead.objects:,} objects are live")
    if not ahead.look.complete:
        click.echo(
            f"  the first look is not over: {ahead.look.listed:,} objects are listed, "
            f"{ahead.look.unread:,} of them wait to be read"
        )
    click.echo(f"  {ahead.records:,} records would go live now. What would follow:")
    for what, text in _lines(ahead):
        click.echo(clean(f"    {what:<12}{text}"))
    for record, why in list(ahead.failed.items())[:_SHOWN]:
        click.echo(clean(f"    record {record} cannot be judged: {why}"))


def _lines(ahead: Forecast) -> list[tuple[str, str]]:
    lines = [("moves", _counts(ahead.moves) or "none")]
    lines += [
        (name, f"{_load(load)}{_cost(ahead.costs.get(name))}")
        for name, load in ahead.loads.items()
    ]
    if not ahead.loads:
        lines.append(("writes", "none"))
    if ahead.messages:
        lines.append(("messages", _counts(ahead.messages)))
    if ahead.calls:
        lines.append(("plugins", f"{ahead.calls:,} calls"))
    lines.append(("clocks", f"{ahead.clocks:,} start, from now on"))
    if ahead.flagged:
        lines.append(("worklist", f"{ahead.flagged:,} records for a person"))
    if ahead.unplaced:
        text = f"{ahead.unplaced:,} objects that nobody can place stay as they are: "
        lines.append(("set aside", f"{text}leadstate dead-letters list"))
    return lines


def _counts(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in numbers.items())


def _load(load: Load) -> str:
    told = (
        (load.writes, "writes"),
        (load.creations, "new objects"),
        (load.notes, "notes"),
        (load.tasks, "tasks"),
    )
    return ", ".join(f"{number:,} {what}" for number, what in told if number)


def _cost(cost: CallCost | None) -> str:
    if cost is None:
        return ""
    minutes = cost.seconds / _MINUTE
    long = "under a minute" if minutes < 1 else f"about {minutes:,.0f} minutes"
    return f"; about {cost.calls:,} calls, {long} at the account's rate"


def _print_done(connection: str, done: Done, ahead: Forecast) -> None:
    resumed = "went on where it was stopped; " if done.resumed else ""
    click.echo(f"  {resumed}{done.done:,} records went live")
    for record, why in list(done.skipped.items())[:_SHOWN]:
        click.echo(clean(f"    record {record} stays as it is: {why}"))
    if done.ended:
        click.echo(f"  {connection} is live, for all that comes, too")
        return
    live = ahead.live + done.done
    click.echo(
        f"  {live:,} of {ahead.objects:,} are live, the rest is observed. Go on with: "
        f"leadstate go-live {connection}"
    )
