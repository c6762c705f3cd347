"""``leadstate sla``: which SLAs run, break, or stand still."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import (
    clean,
    json_option,
    opened,
    opened_all,
    print_json,
    settings_option,
    span,
    when,
)
from leadstate.cli.groups import ListingGroup
from leadstate.cli.several import listed
from leadstate.cli.slas import (
    due_text,
    left_text,
    seconds,
    sla_data,
    used_text,
)

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from leadstate.cli.several import Listing
    from leadstate.service.timers.slas import Delay, SlaStatus

__all__ = ["command"]


@click.group(name="sla", cls=ListingGroup)
def command() -> None:
    """Watch SLAs: what is due, what is broken, whose it is.

    Without a command it lists.
    """


def _length(
    context: click.Context, parameter: click.Parameter, text: str | None
) -> timedelta | None:
    from leadstate.definition.durations import read_duration

    length = None if text is None else read_duration(text)
    if text is not None and length is None:
        raise click.BadParameter(
            f"{text!r} is no length of time; write it like 4h, 90 min or 2 days",
            ctx=context,
            param=parameter,
        )
    return length


@command.command(name="list")
@settings_option
@json_option
@click.option("--team", help="Only in stages that this team owns.")
@click.option("--owner", metavar="PERSON", help="Only of records that PERSON owns.")
@click.option("--stage", help="Only in this stage.")
@click.option("--sla", metavar="NAME", help="Only the SLA with this name.")
@click.option("--breached", is_flag=True, help="Only broken ones.")
@click.option("--paused", is_flag=True, help="Only those that stand still.")
@click.option(
    "--due-within",
    metavar="TIME",
    callback=_length,
    help="Only those that break within this time, such as 4h (by the clock on the "
    "wall, not business time), or are broken.",
)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
def list_slas(  # noqa: PLR0913
    settings_file: Path,
    *,
    as_data: bool,
    team: str | None,
    owner: str | None,
    stage: str | None,
    sla: str | None,
    breached: bool,
    paused: bool,
    due_within: timedelta | None,
    limit: int,
) -> None:
    """List open clocks, the soonest due first; times are business time."""
    from leadstate.service.timers.slas import due_order, open_slas

    ask = partial(
        open_slas,
        team=team,
        owner=owner,
        stage=stage,
        sla=sla,
        breached=breached,
        paused=paused,
        due_within=due_within,
        limit=limit,
    )
    with opened_all(settings_file) as installation:
        found = listed(installation, ask, order=due_order, limit=limit)
    if as_data:
        found.print_json(sla_data)
        return
    if not found:
        click.echo("There are no such open clocks.")
        return
    _print_list(found)
    if len(found) == limit:
        click.echo(f"(the first {limit}; more with --limit)")


def _print_list(slas: Listing[SlaStatus]) -> None:
    """Print one line a clock: few columns, because terminals are narrow."""
    slas.print_table(
        ["record", "SLA", "of", "state", "left", "due"],
        lambda one: (
            one.clock.record_id[:12],
            f"{one.clock.sla} in {one.clock.stage}",
            one.clock.owner or one.clock.team or "",
            one.clock.state,
            left_text(one),
            due_text(one),
        ),
    )


@command.command()
@settings_option
@json_option
def summary(settings_file: Path, *, as_data: bool) -> None:
    """Count open clocks by team and owner, with what is due next."""
    from leadstate.service.timers.slas import summary as summary_of

    with opened_all(settings_file) as installation:
        found = listed(installation, summary_of)
    if as_data:
        found.print_json(asdict)
        return
    if not found:
        click.echo("There are no open clocks.")
        return
    found.print_table(
        ["team", "owner", "open", "breached", "paused", "next due"],
        lambda one: (
            one.team or "(no team)",
            one.owner or "(nobody)",
            one.open,
            one.breached,
            one.paused,
            when(one.next_due) if one.next_due else "",
        ),
    )


@command.command()
@settings_option
@json_option
@click.argument("record")
def show(settings_file: Path, record: str, *, as_data: bool) -> None:
    """Show every clock of a record, those that ended too, and who kept it waiting."""
    from leadstate.service.records import find
    from leadstate.service.several import of_record
    from leadstate.service.timers.slas import delays, slas_of

    with opened(settings_file, whose=of_record(record)) as app:
        record_id = find(app, record)
        found = slas_of(app, record_id)
    waited = delays(found)
    if as_data:
        print_json(
            {
                "record": record_id,
                "clocks": [sla_data(one) for one in found],
                "delays": [_delay(one) for one in waited],
            }
        )
        return
    click.echo(record_id)
    if not found:
        click.echo("No clock has run for this record.")
    for one in found:
        _print_sla(one)
    for delay in waited:
        click.echo(_delay_text(delay))


def _print_sla(status: SlaStatus) -> None:
    clock = status.clock
    whose = ", ".join(one for one in (clock.team, clock.owner) if one)
    click.echo(
        clean(
            f"{clock.sla} in {clock.stage}, pass {clock.pass_number}"
            f"{f' ({whose})' if whose else ''}: {clock.state}, {used_text(status)}"
        )
    )
    if clock.started_at is not None:
        click.echo(f"    started {when(clock.started_at)}")
    if not clock.measured:
        click.echo("    not measured: it was over before anybody could keep it")
    if clock.carried:
        click.echo(f"    {span(clock.carried)} of it in earlier stays of this pass")
    if clock.ended_at is not None:
        click.echo(f"    ended {when(clock.ended_at)}")
    else:
        due = "due " if clock.due_at else ""
        left = f", left: {left_text(status)}" if clock.started_at else ""
        click.echo(clean(f"    {due}{due_text(status)}{left}"))
    _print_past(status)


def _print_past(status: SlaStatus) -> None:
    """Print when it stood still, what was told, and to whom."""
    from leadstate.domain.clock import BREACH

    clock = status.clock
    for pause in clock.pauses:
        until = f"until {when(pause.end)}" if pause.end else "until now"
        who = pause.by or "the workflow"
        since = when(pause.start)
        why = f": {pause.reason}" if pause.reason else ""
        click.echo(clean(f"    paused by {who} from {since} {until}{why}"))
    # In the order of the SLA's warnings; an older version may have had others.
    known = [one.text for one in status.sla.warnings] if status.sla else []
    told = {*clock.fired} - {BREACH}
    warned = [*(one for one in known if one in told), *sorted(told - {*known})]
    if warned:
        click.echo(f"    warned at {', '.join(warned)}")
    if clock.breached_at is not None:
        click.echo(f"    broken {when(clock.breached_at)}")
    if clock.escalated_to:
        click.echo(clean(f"    told: {clock.escalated_to} has to act"))


def _delay(delay: Delay) -> dict[str, object]:
    return {
        "kind": str(delay.kind),
        "stage": delay.stage,
        "stage_version": delay.stage_version,
        "sla": delay.sla,
        "until": delay.until,
        "used_seconds": seconds(delay.used),
        "lasts": delay.lasts,
    }


def _delay_text(delay: Delay) -> str:
    from leadstate.service.timers.slas import DelayKind

    if delay.kind is DelayKind.SYSTEM:
        what = "system delay, from entering the stage until assigned"
    else:
        end = delay.until or "leaving the stage"
        what = f"human delay, from assigned until {end}"
    lasts = ", and goes on" if delay.lasts else ""
    return clean(f"{what} ({delay.stage}): {span(delay.used)}{lasts}")
