"""Look at records: which there are, where one stands, what happened to it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import (
    clean,
    json_option,
    opened,
    opened_all,
    print_json,
    print_table,
    settings_option,
    when,
)
from leadstate.cli.entries import entry_data, print_entry
from leadstate.cli.several import listed

if TYPE_CHECKING:
    from pathlib import Path

    from leadstate.service.records import Shown
    from leadstate.service.starts import Kin
    from leadstate.store import RecordRow

__all__ = ["history", "list_records", "record_argument", "row_data", "show"]

record_argument = click.argument("record")


@click.command(name="list")
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

    ask = partial(
        listing,
        stage=stage,
        flagged=flagged or None,
        condition=condition,
        limit=limit,
    )
    with opened_all(settings_file) as installation:
        rows = listed(installation, ask, order=lambda row: row.record.id, limit=limit)
    if as_data:
        rows.print_json(row_data)
        return
    rows.print_table(
        ["record", "stage", "since", "pass", "waits because"],
        lambda row: (
            row.record.id[:12],
            row.record.stage,
            when(row.record.entered_at),
            row.record.pass_number,
            row.flag or "",
        ),
    )
    if len(rows) == limit:
        click.echo(f"(the first {limit}; more with --limit)")


def row_data(row: RecordRow) -> dict[str, object]:
    """Return a record as data."""
    from leadstate.domain.values import to_json

    record = row.record
    return {
        "id": record.id,
        "stage": record.stage,
        "status": str(row.status),
        "entered_at": record.entered_at,
        "pass": record.pass_number,
        "flag": row.flag,
        "care_since": row.care_since,
        "workflow_version": record.workflow_version,
        "values": {name: to_json(value) for name, value in record.values.items()},
        "events": [{"event": one.event, "at": one.at} for one in record.happenings],
    }


@click.command()
@settings_option
@json_option
@record_argument
def show(settings_file: Path, record: str, *, as_data: bool) -> None:
    """Show where a record stands, its values, its links and its visits."""
    from leadstate.service.records import find
    from leadstate.service.records import show as show_record
    from leadstate.service.several import of_record

    with opened(settings_file, whose=of_record(record)) as app:
        shown = show_record(app, find(app, record))
    if as_data:
        print_json(_shown(shown))
        return
    _print_shown(shown)


def _shown(shown: Shown) -> dict[str, object]:
    return row_data(shown.row) | {
        "links": [
            {
                "connection": link.connection,
                "object": link.object,
                "id": link.external_id,
                "status": str(link.status),
                "stage_there": link.remote_stage,
                "live_since": link.live_since,
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
        "started_by": _kin(shown.started_by) if shown.started_by else None,
        "started": [_kin(one) for one in shown.started],
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


def _kin(kin: Kin) -> dict[str, object]:
    return {"workflow": kin.workflow, "record": kin.record_id or None}


def _print_shown(shown: Shown) -> None:
    from leadstate.domain.values import Unparsable, to_json

    row, record = shown.row, shown.row.record
    click.echo(
        f"{record.id}  {record.stage} since {when(record.entered_at)}, "
        f"pass {record.pass_number}, {row.status}"
    )
    if shown.observed:
        click.echo(clean(shown.observed))
    if row.flag:
        click.echo(f"waits for a person: {clean(row.flag)}")
    for name, value in sorted(record.values.items()):
        said = (
            f"cannot be read: {value.raw}"
            if isinstance(value, Unparsable)
            else str(to_json(value))
        )
        click.echo(clean(f"  {name}: {said}"))
    for one in record.happenings:
        click.echo(clean(f"  {one.event} at {when(one.at)}"))
    for link in shown.links:
        there = link.remote_stage or "unknown"
        acted = "" if link.live_since or shown.observed else ", only observed"
        click.echo(
            clean(
                f"{link.connection} {link.object} {link.external_id}: {link.status}, "
                f"stage there: {there}{acted} {link.reason}"
            ).rstrip()
        )
    for kin in (shown.started_by,) if shown.started_by else ():
        click.echo(f"started by {kin.workflow} record {kin.record_id}")
    for kin in shown.started:
        click.echo(f"started {kin.workflow} record {kin.record_id or 'that is gone'}")
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


@click.command()
@settings_option
@json_option
@record_argument
def history(settings_file: Path, record: str, *, as_data: bool) -> None:
    """Show everything that happened to a record, and why."""
    from leadstate.service.records import find
    from leadstate.service.records import history as history_of
    from leadstate.service.several import of_record

    with opened(settings_file, whose=of_record(record)) as app:
        entries = history_of(app, find(app, record))
    if as_data:
        print_json([entry_data(entry) for entry in entries])
        return
    for entry in entries:
        print_entry(entry)
