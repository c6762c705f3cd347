"""``leadstate status``: where everything stands."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import (
    chosen_workflow,
    clean,
    json_option,
    opened_all,
    print_json,
    print_table,
    settings_option,
    when,
)
from leadstate.cli.several import tell_broken

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from leadstate.service.app import App
    from leadstate.service.audit.standing import Standing
    from leadstate.service.inbound.comparing import Agreement
    from leadstate.service.modes import ConnectionStanding
    from leadstate.service.several import Absent
    from leadstate.service.status import InstallationStatus, Times, Totals

__all__ = ["command"]


@click.command(name="status")
@settings_option
@json_option
@click.option("--check", is_flag=True, help="Prove the database's integrity too.")
@click.option(
    "--compare",
    "comparing",
    is_flag=True,
    help="Read every record from its CRM and compare.",
)
def command(
    settings_file: Path, *, as_data: bool, check: bool, comparing: bool
) -> None:
    """Show stages, queues, and what waits for a person."""
    from leadstate.service.several import absent

    connections = None if comparing else ()
    with opened_all(settings_file, connections=connections) as installation:
        found = {
            name: _looked_at(app, check=check, comparing=comparing)
            for name, app in installation.apps.items()
        }
        missing = absent(installation) if chosen_workflow() is None else {}
        tell_broken(installation)
    if as_data:
        print_json(_all_data(found, missing, several=installation.several))
        return
    for one in found.values():
        _print(one, several=installation.several)
    shared = next(iter(found.values())).now
    if installation.several:
        _print_shared(shared)
    for fault in shared.faults:
        click.echo(clean(f"fault: {fault}"))
    for name, its in missing.items():
        click.echo(clean(_absent_text(name, its)))


@dataclass(frozen=True, slots=True)
class _Look:
    """How one workflow stands."""

    now: InstallationStatus
    counted: Totals
    agreements: dict[str, Agreement]


def _looked_at(app: App, *, check: bool, comparing: bool) -> _Look:
    from leadstate.service.inbound.comparing import compare
    from leadstate.service.status import status, totals

    agreements = {}
    if comparing:
        agreements = {name: compare(app, one) for name, one in app.connections.items()}
    return _Look(status(app, check=check), totals(app), agreements)


def _all_data(
    found: dict[str, _Look], missing: dict[str, Absent], *, several: bool
) -> dict[str, object]:
    data = {name: _data(one) for name, one in found.items()}
    away = {name: asdict(one) for name, one in missing.items()}
    more: dict[str, object] = {"not_in_the_settings": away} if away else {}
    if not several:
        return next(iter(data.values())) | more
    return {"workflows": data} | more


def _absent_text(name: str, its: Absent) -> str:
    records, rows = f"{its.records:,} records", f"{its.waiting:,} waiting rows"
    return (
        f"{name} is not in the settings: {records}, {rows}; nothing is lost, it goes "
        "on when it returns"
    )


def _data(one: _Look) -> dict[str, object]:
    now, counted, agreements = one.now, one.counted, one.agreements
    return {
        "workflow": now.workflow,
        "version": now.version,
        "connections": {name: asdict(one) for name, one in now.connections.items()},
        "stages": dict(now.stages),
        "inbox": dict(now.inbox),
        "outbox": dict(now.outbox),
        "flagged": [
            {"record": row.record.id, "stage": row.record.stage, "why": row.flag}
            for row in now.flagged
        ],
        "times": asdict(now.times),
        "forgotten": now.forgotten,
        "history": asdict(now.history),
        "totals": asdict(counted),
        "faults": list(now.faults),
        "agreement": {
            name: {
                "compared": one.compared,
                "quarantined": one.quarantined,
                "in_sync": one.in_sync,
                "differences": [asdict(difference) for difference in one.differences],
            }
            for name, one in agreements.items()
        },
    }


def _print(one: _Look, *, several: bool) -> None:
    now, counted = one.now, one.counted
    click.echo(f"{now.workflow} version {now.version[:12]}, {counted.records} records")
    for name, its in now.connections.items():
        for line in _connection_lines(name, its):
            click.echo(clean(line))
    print_table(["stage", "records"], now.stages.items())
    click.echo(f"inbox   {_counts(now.inbox)}")
    click.echo(f"outbox  {_counts(now.outbox)}")
    click.echo(
        f"moves {sum(counted.moves.values())}, refusals {counted.refusals}, "
        f"made in the CRM {_counts(counted.outside_moves)}, echoes {counted.echoes}"
    )
    _print_times(now.times)
    if not several:
        _print_shared(now)
    if now.dead_letters:
        click.echo(
            f"dead letters {now.dead_letters}; look at: leadstate dead-letters list"
        )
    if now.flagged:
        click.echo(f"{len(now.flagged)} waiting for a person:")
        print_table(
            ["record", "stage", "why"],
            [(row.record.id[:12], row.record.stage, row.flag) for row in now.flagged],
        )
    _print_agreements(one.agreements, now.connections)
    if several:
        click.echo()


def _connection_lines(name: str, its: ConnectionStanding) -> Iterator[str]:
    """Yield whether a connection is acted on, and how far that and the reading are."""
    how = "live" if its.mode == "live" else "only observed"
    yield (
        f"{name} is {how} since {when(its.since)} (by {its.by}), "
        f"{its.live:,} of {its.objects:,} live"
    )
    look = its.look
    if not look.over and (look.listed or its.mode != "live"):
        yield (
            f"    first look: {look.listed:,} objects listed so far, {look.unread:,} "
            "wait to be read"
        )
    elif look.unread and its.mode != "live":
        yield f"    first look: {look.unread:,} of {look.listed:,} wait to be read"
    if its.unplaced:
        yield f"    {its.unplaced:,} objects that nobody can place"
    if its.batch:
        yield (
            f"    {its.batch} is under way, {its.batch_done:,} records done; go on "
            f"with: leadstate {its.batch} {name}"
        )
    elif its.mode != "live":
        yield f"    nothing is done about it; go live with: leadstate go-live {name}"


def _print_shared(now: InstallationStatus) -> None:
    """Print what is the same for every workflow."""
    _print_history(now.history)
    if now.forgotten:
        click.echo(f"forgotten {now.forgotten}; nothing of them is taken in again")


def _print_times(times: Times) -> None:
    from leadstate.service.status import MOST_COUNTED

    if times.clocks:
        click.echo(
            f"clocks  open {times.clocks}, breached {times.breached}; "
            "look at: leadstate sla"
        )
    if times.next_timer is not None:
        click.echo(f"timers  next due {when(times.next_timer)}")
    if times.late_timers:
        least = "at least " if times.late_timers == MOST_COUNTED else ""
        click.echo(
            f"        {least}{times.late_timers} late by more than a minute: nothing "
            "fires them. Is 'leadstate run' running?"
        )
    if times.approvals:
        click.echo(f"approvals {times.approvals} waiting; look at: leadstate approvals")


def _print_history(history: Standing) -> None:
    marked = f"last checkpoint {when(history.checkpoint_at)}"
    if history.checkpoint_at is None:
        marked = "no checkpoint yet"
    click.echo(f"history {history.rows:,} rows, {marked}, {history.younger:,} younger")


def _counts(numbers: object) -> str:
    if not isinstance(numbers, dict) or not numbers:
        return "empty"
    return ", ".join(f"{name} {number}" for name, number in numbers.items())


def _print_agreements(
    agreements: dict[str, Agreement], connections: Mapping[str, ConnectionStanding]
) -> None:
    for name, one in agreements.items():
        verdict = "agree" if one.in_sync else "differ"
        if not one.in_sync and name in connections and connections[name].mode != "live":
            verdict = "differ, because nothing is written there before it goes live"
        click.echo(
            f"{name}: {one.compared} records compared, both sides {verdict}; "
            f"{one.quarantined} in quarantine"
        )
        for difference in one.differences:
            click.echo(
                clean(
                    f"  {difference.external_id}: here {difference.ours}, "
                    f"there {difference.theirs}"
                )
            )
