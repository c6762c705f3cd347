"""``leadstate audit``: the history proves itself, here and elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import (
    clean,
    file_option,
    json_option,
    opened_all,
    print_json,
    when,
)
from leadstate.cli.progress import progress

if TYPE_CHECKING:
    from leadstate.domain.history import HistoryEntry
    from leadstate.service.audit.proving import Audit
    from leadstate.store.verifying import ChainFault

__all__ = ["command"]

_ONE_CHAIN = "All workflows of the installation share this one history and its chain."


@click.group(name="audit")
def command() -> None:
    """Prove the history, and hand the proof to others."""


@command.command()
@file_option
@json_option
@click.option(
    "--checkpoints",
    type=click.Path(path_type=Path, exists=True),
    metavar="FILE_OR_DIR",
    help="Checkpoints that were kept elsewhere.",
)
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="HEX",
    help="A public key to trust besides this installation's; may be repeated.",
)
@click.option(
    "--chain-only", is_flag=True, help="Leave out visits, records and tables."
)
def verify(
    settings_file: Path,
    checkpoints: Path | None,
    keys: tuple[str, ...],
    *,
    chain_only: bool,
    as_data: bool,
) -> None:
    """Prove every row of the history, its details and its checkpoints.

    Visits and records are compared with it too.  Several workflows share one history
    and one chain.  Ends with 1 when something is not proven, and says what, and where.
    """
    from leadstate.service.audit.proving import audit

    with opened_all(settings_file) as installation, progress(lines=False) as report:
        found = audit(
            *installation.apps.values(),
            kept=checkpoints,
            keys=keys,
            chain_only=chain_only,
            on_progress=lambda rows: report("rows verified", rows, None),
        )
    if as_data:
        print_json(_data(found))
    else:
        _print(found, kept=checkpoints is not None)
        if installation.several:
            click.echo(_ONE_CHAIN)
    raise SystemExit(1 if found.total else 0)


def _data(found: Audit) -> dict[str, object]:
    from dataclasses import asdict

    proof = found.proof
    return {
        "proven": not found.total,
        "rows": proof.rows,
        "details": proof.details,
        "checkpoints": proof.checkpoints,
        "kept_checkpoints": proof.kept,
        "last_checkpoint": None if proof.last is None else proof.last.made_at,
        "rows_since_checkpoint": found.new_rows,
        "keys": list(found.keys),
        "derived_checked": found.derived is not None,
        "not_proven": [asdict(one) for one in proof.broken],
        "faults": [asdict(one) for one in found.faults],
        "faults_total": found.total,
    }


def _print(found: Audit, *, kept: bool) -> None:
    proof = found.proof
    click.echo(f"{proof.rows:,} rows and {proof.details:,} details followed")
    click.echo(_said_of_checkpoints(found))
    if kept:
        click.echo(f"{proof.kept:,} checkpoints that were kept elsewhere compared")
    if found.derived is None:
        click.echo("visits, records and tables were not looked at")
    for one in found.faults:
        click.echo(clean(f"{one.part}: {_where(one)}{one.text}"))
    if found.total > len(found.faults):
        click.echo(f"... and {found.total - len(found.faults):,} more")
    for lane in proof.broken:
        told = (
            f"lane {lane.lane}: row {lane.seq} at place {lane.place} is the first that "
            f"is not proven, {lane.behind:,} rows behind it are not proven any more"
        )
        click.echo(clean(told))
    faults = "1 fault" if found.total == 1 else f"{found.total:,} faults"
    click.echo(f"NOT PROVEN: {faults}" if found.total else "Proven.")


def _said_of_checkpoints(found: Audit) -> str:
    proof = found.proof
    if proof.last is None:
        return (
            f"{proof.checkpoints} checkpoints: whether rows at the end are missing "
            "cannot be told. Make one with: leadstate audit checkpoint"
        )
    return (
        f"{proof.checkpoints:,} checkpoints, the last true one of "
        f"{when(proof.last.made_at)}; {found.new_rows:,} rows are younger"
    )


def _where(one: ChainFault) -> str:
    parts = {
        "checkpoint": one.checkpoint,
        "lane": one.lane,
        "place": one.place,
        "row": one.seq,
        "record": one.record_id,
    }
    named = [f"{name} {at}" for name, at in parts.items() if at not in (None, "")]
    return f"{', '.join(named)}: " if named else ""


@command.command()
@file_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Add it to this file instead of printing it.",
)
def checkpoint(settings_file: Path, output: Path | None) -> None:
    """Make a signed checkpoint now: one line to keep elsewhere.

    Send it by mail, commit it, print it: kept where nobody can change it who can change
    the database, it shows even that the end of the history was cut off.
    """
    from leadstate.service.audit.checkpointing import append_line, make_checkpoint
    from leadstate.store.checkpoints import line_of

    with opened_all(settings_file) as installation:
        made = make_checkpoint(installation.first)
    if output is None:
        click.echo(line_of(made))
        return
    append_line(output, line_of(made))
    click.echo(f"checkpoint {made.number} was added to {clean(output)}", err=True)


@command.command()
@file_option
def key(settings_file: Path) -> None:
    """Print the public key that checkpoints are checked with."""
    from leadstate.service.audit.checkpointing import signing_key_of

    with opened_all(settings_file) as installation:
        click.echo(signing_key_of(installation.first))


@command.command()
@file_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    default="history.jsonl",
    show_default=True,
    metavar="FILE",
    help="Where to; - is standard output.",
)
@click.option(
    "--with-details",
    is_flag=True,
    help="The sealed notes and receipts too; they stay closed.",
)
def export(settings_file: Path, output: Path, *, with_details: bool) -> None:
    """Write the history so that anybody can verify it without Leadstate.

    The file holds no notes, receipts or values of fields; it names records by their
    ids, and people who moved them.
    """
    from leadstate.service.audit.exporting import export_history

    with opened_all(settings_file) as installation, progress(lines=False) as report:
        rows = export_history(
            installation.first,
            output,
            details=with_details,
            on_progress=lambda rows: report("rows written", rows, None),
        )
    where = "standard output" if str(output) == "-" else clean(output)
    click.echo(f"history: {rows:,} rows to {where}", err=True)


@command.command()
def script() -> None:
    """Print the program that verifies an export: Python alone runs it.

    leadstate audit script > verify_history.py
    """
    from leadstate.service.audit.exporting import script as text

    click.echo(text(), nl=False)


@command.command()
@file_option
@json_option
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1))
def log(settings_file: Path, limit: int, *, as_data: bool) -> None:
    """List what changed in the installation: workflow, settings, people."""
    from leadstate.service.audit.installation import recorded

    with opened_all(settings_file) as installation, installation.store.read() as view:
        entries = recorded(view, limit)[::-1]
    if as_data:
        print_json([_entry_data(one) for one in entries])
        return
    if not entries:
        click.echo("Nothing was recorded yet; the service does it when it starts.")
    for one in entries:
        by = f"{when(one.learnt_at)}  {one.kind} by {one.actor}"
        click.echo(clean(f"{by}: {one.note}"))


def _entry_data(entry: HistoryEntry) -> dict[str, object]:
    return {
        "id": entry.id,
        "kind": str(entry.kind),
        "at": entry.learnt_at,
        "actor": entry.actor,
        "note": entry.note,
        "workflow_version": entry.workflow_version or None,
        "told": dict(entry.receipt),
    }
