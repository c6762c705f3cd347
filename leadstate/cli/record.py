"""``leadstate record``: look at records, explain them, move them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leadstate.cli import linking
from leadstate.cli.context import (
    actor_option,
    clean,
    json_option,
    opened,
    print_json,
    print_table,
    settings_option,
    when,
)

if TYPE_CHECKING:
    from pathlib import Path

    from leadstate.domain.history import HistoryEntry
    from leadstate.domain.lifecycle import Transition
    from leadstate.domain.receipt import Receipt
    from leadstate.service.records import Moved, Shown
    from leadstate.store import RecordRow

__all__ = ["command"]

_record = click.argument("record")


@click.group(name="record")
def command() -> None:
    """Look at records, explain them, move them.

    RECORD is a record's id, the first characters of it, or the CRM's id.
    """


command.add_command(linking.link)


@command.command(name="list")
@settings_option
@json_option
@click.option("--stage", help="Only records in this stage.")
@click.option("--flagged", is_flag=True, help="Only records that wait for a person.")
@click.option(
    "--when",
    "condition",
    help="Only records that meet this condition, "
    "for instance 'score.fit >= 40 and need is known'.",
)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
def list_records(  # noqa: PLR0913
    settings_file: Path,
    *,
    as_data: bool,
    stage: str | None,
    flagged: bool,
    condition: str | None,
    limit: int,
) -> None:
    """List records."""
    from leadstate.service.records import listing

    with opened(settings_file) as app:
        rows = listing(
            app, stage=stage, flagged=flagged or None, condition=condition, limit=limit
        )
    if as_data:
        print_json([_row(row) for row in rows])
        return
    print_table(
        ["record", "stage", "since", "pass", "waits because"],
        [
            (
                row.record.id[:12],
                row.record.stage,
                when(row.record.entered_at),
                row.record.pass_number,
                row.flag or "",
            )
            for row in rows
        ],
    )
    if len(rows) == limit:
        click.echo(f"(the first {limit}; more with --limit)")


def _row(row: RecordRow) -> dict[str, object]:
    from leadstate.domain.values import to_json

    record = row.record
    return {
        "id": record.id,
        "stage": record.stage,
        "status": str(row.status),
        "entered_at": record.entered_at,
        "pass": record.pass_number,
        "flag": row.flag,
        "workflow_version": record.workflow_version,
        "values": {name: to_json(value) for name, value in record.values.items()},
        "events": [{"event": one.event, "at": one.at} for one in record.happenings],
    }


@command.command()
@settings_option
@json_option
@_record
def show(settings_file: Path, record: str, *, as_data: bool) -> None:
    """Show where a record stands, its values, its links and its visits."""
    from leadstate.service.records import find
    from leadstate.service.records import show as show_record

    with opened(settings_file) as app:
        shown = show_record(app, find(app, record))
    if as_data:
        print_json(_shown(shown))
        return
    _print_shown(shown)


def _shown(shown: Shown) -> dict[str, object]:
    return _row(shown.row) | {
        "links": [
            {
                "connection": link.connection,
                "object": link.object,
                "id": link.external_id,
                "status": str(link.status),
                "stage_there": link.remote_stage,
            }
            for link in shown.links
        ],
        "visits": [
            {
                "stage": one.stage,
                "pass": one.pass_number,
                "entered_at": one.entered_at,
                "left_at": one.left_at,
            }
            for one in shown.visits
        ],
        "waiting_writes": [
            {
                "kind": str(one.kind),
                "connection": one.connection,
                "due_at": one.due_at,
                "attempts": one.attempts,
                "last": one.outcome,
            }
            for one in shown.waiting
        ],
    }


def _print_shown(shown: Shown) -> None:
    from leadstate.domain.values import Unparsable, to_json

    row, record = shown.row, shown.row.record
    click.echo(
        f"{record.id}  {record.stage} since {when(record.entered_at)}, "
        f"pass {record.pass_number}, {row.status}"
    )
    if row.flag:
        click.echo(f"waits for a person: {clean(row.flag)}")
    for name, value in sorted(record.values.items()):
        said = (
            f"cannot be read: {value.raw}"
            if isinstance(value, Unparsable)
            else str(to_json(value))
        )
        click.echo(f"  {name}: {clean(said)}")
    for one in record.happenings:
        click.echo(f"  {one.event} at {when(one.at)}")
    for link in shown.links:
        there = link.remote_stage or "unknown"
        click.echo(
            clean(
                f"{link.connection} {link.object} {link.external_id}: {link.status}, "
                f"stage there: {there} {link.reason}"
            ).rstrip()
        )
    print_table(
        ["visit", "pass", "entered", "left"],
        [
            (
                one.stage,
                one.pass_number,
                when(one.entered_at),
                when(one.left_at) if one.left_by else "",
            )
            for one in shown.visits
        ],
    )
    for waiting in shown.waiting:
        click.echo(
            f"waiting: {waiting.kind} to {waiting.connection}, try "
            f"{waiting.attempts} {clean(waiting.outcome)}".rstrip()
        )


@command.command()
@settings_option
@json_option
@_record
def history(settings_file: Path, record: str, *, as_data: bool) -> None:
    """Show everything that happened to a record, and why."""
    from leadstate.service.records import find
    from leadstate.service.records import history as history_of

    with opened(settings_file) as app:
        entries = history_of(app, find(app, record))
    if as_data:
        print_json([_entry(entry) for entry in entries])
        return
    for entry in entries:
        _print_entry(entry)


def _entry(entry: HistoryEntry) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(entry)


def _print_entry(entry: HistoryEntry) -> None:
    from leadstate.engine.journal import UNKNOWN_ACTOR
    from leadstate.engine.receipts import stored_lines

    at = entry.happened_at or entry.learnt_at
    way = " -> ".join(one for one in (entry.from_stage, entry.to_stage) if one)
    by = f" by {entry.actor}" if entry.actor not in ("", UNKNOWN_ACTOR) else ""
    named = f" ({entry.transition})" if entry.transition else ""
    click.echo(clean(f"{when(at)}  {entry.kind} {way}{named}, {entry.cause}{by}"))
    if entry.answer:
        click.echo(f"    answer: {entry.answer}")
    if entry.reason:
        click.echo(clean(f"    reason: {entry.reason}"))
    if entry.note:
        click.echo(clean(f"    {entry.note}"))
    for line in stored_lines(entry.receipt):
        if not (entry.note and entry.note in line):  # it stands above already
            click.echo(clean(f"    {line}"))


@command.command()
@settings_option
@json_option
@_record
def explain(settings_file: Path, record: str, *, as_data: bool) -> None:
    """Say for every transition from here whether it is open, and what is missing."""
    from leadstate.engine.receipts import receipt_data
    from leadstate.service.records import explain as explain_record
    from leadstate.service.records import find

    with opened(settings_file) as app:
        row, receipts = explain_record(app, find(app, record))
        transitions = app.lifecycle.transitions
    if as_data:
        print_json(_row(row) | {"transitions": receipt_data(receipts)})
        return
    click.echo(f"{row.record.id} is in {row.record.stage}.")
    if row.flag:
        click.echo(f"It waits for a person: {clean(row.flag)}")
    for receipt in receipts:
        _print_receipt(receipt, transitions[receipt.transition])
    if not receipts:
        click.echo("No transition leaves this stage.")


def _print_receipt(receipt: Receipt, transition: Transition) -> None:
    from leadstate.engine.receipts import receipt_lines

    first, *rest = receipt_lines(receipt)
    click.echo(clean(f"{first}, {_by_whom(transition)}"))
    for line in rest:
        click.echo(clean(line))


def _by_whom(transition: Transition) -> str:
    """Return what explaining cannot judge: who may take it, and what they must say."""
    if transition.automatic:
        return "automatic"
    who = f"for {' or '.join(transition.by)}" if transition.by else "for anybody"
    return f"{who}, with a reason" if transition.reasons else who


@command.command()
@settings_option
@json_option
@_record
@click.argument("transition")
@click.option(
    "--as",
    "roles",
    multiple=True,
    metavar="ROLE",
    help="A role you have; repeat for several.",
)
@actor_option
@click.option("--reason", help="Why, where the transition asks for a reason.")
@click.option("--note", default="", help="More words; required for the reason 'other'.")
def move(  # noqa: PLR0913
    settings_file: Path,
    record: str,
    transition: str,
    *,
    as_data: bool,
    roles: tuple[str, ...],
    actor: str,
    reason: str | None,
    note: str,
) -> None:
    """Take a transition by hand; a refusal says why and exits with 1."""
    from leadstate.domain.signal import ManualMove
    from leadstate.service.records import find
    from leadstate.service.records import move as move_record

    with opened(settings_file, connections=None) as app:
        asked = ManualMove(
            transition=transition,
            actor=actor,
            at=app.clock.now(),
            roles=frozenset(roles),
            reason=reason,
            note=note,
        )
        moved = move_record(app, find(app, record), asked)
    _print_moved(moved, as_data=as_data)
    raise SystemExit(1 if moved.refused else 0)


def _print_moved(moved: Moved, *, as_data: bool) -> None:
    if as_data:
        print_json(
            {
                "refused": moved.refused,
                "entries": [_entry(entry) for entry in moved.entries],
                "dead_letter": moved.letter.detail if moved.letter else None,
            }
        )
        return
    for entry in moved.entries:
        _print_entry(entry)
    if moved.letter:
        click.echo(clean(moved.letter.detail))
