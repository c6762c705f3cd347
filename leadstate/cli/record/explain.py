"""Explain a record: what is open, what is missing, and what time alone will change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leadstate.cli.answers import Approvers, approvers
from leadstate.cli.context import (
    clean,
    json_option,
    opened,
    print_json,
    settings_option,
    when,
)
from leadstate.cli.record.show import record_argument, row_data
from leadstate.cli.slas import due_text, left_text, sla_data, used_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from leadstate.domain.lifecycle import Transition
    from leadstate.domain.receipt import Receipt
    from leadstate.service.timers.outlook import Outlook, Waking
    from leadstate.service.timers.slas import SlaStatus
    from leadstate.store import RecordRow

__all__ = ["explain"]


@click.command()
@settings_option
@json_option
@record_argument
def explain(settings_file: Path, record: str, *, as_data: bool) -> None:
    """Say for every transition from here whether it is open, and what is missing.

    Also the clocks of the stage, and when a parked record wakes.
    """
    from leadstate.service.records import explain as explain_record
    from leadstate.service.records import find
    from leadstate.service.several import of_record
    from leadstate.service.timers.outlook import outlook

    with opened(settings_file, whose=of_record(record)) as app:
        shown, receipts = explain_record(app, find(app, record))
        row, ahead = shown.row, outlook(app, shown.row)
        able = [approvers(app, one) for one in ahead.pending]
        transitions = app.lifecycle.transitions
    if as_data:
        print_json(_data(row, receipts, ahead))
        return
    if shown.observed:
        click.echo(clean(shown.observed))
    _print(row, ahead, able)
    for receipt in receipts:
        turn = None if receipt.allows else ahead.turns.get(receipt.transition)
        _print_receipt(receipt, transitions[receipt.transition], turn)
    if not receipts:
        click.echo("No transition leaves this stage.")


def _data(
    row: RecordRow, receipts: Sequence[Receipt], ahead: Outlook
) -> dict[str, object]:
    from dataclasses import asdict

    from leadstate.engine.receipts import receipt_data

    return row_data(row) | {
        "clocks": [sla_data(one) for one in ahead.slas],
        "approvals": [
            {"request": one.id, "transition": one.transition, "asked_by": one.asked_by}
            for one in ahead.pending
        ],
        "wakes": asdict(ahead.waking) if ahead.waking is not None else None,
        "transitions": [
            data | {"can_change_at": ahead.turns.get(receipt.transition)}
            for receipt, data in zip(receipts, receipt_data(receipts), strict=True)
        ],
    }


def _print(row: RecordRow, ahead: Outlook, able: Sequence[Approvers]) -> None:
    click.echo(f"{row.record.id} is in {row.record.stage}.")
    if row.flag:
        click.echo(f"It waits for a person: {clean(row.flag)}")
    for status in ahead.slas:
        click.echo(clean(_sla_text(status)))
    if ahead.waking is not None:
        click.echo(_waking_text(ahead.waking))
    for one, who in zip(ahead.pending, able, strict=True):
        click.echo(
            clean(
                f"{one.transition}, asked for by {one.asked_by}, waits for the "
                f"approval of {who}: request {one.id}"
            )
        )


def _sla_text(status: SlaStatus) -> str:
    clock = status.clock
    head = f"SLA {clock.sla}: {clock.state}, {used_text(status)}"
    if clock.ended_at is not None:
        return f"{head}, ended {when(clock.ended_at)}"
    if clock.due_at is None:
        return f"{head}, {due_text(status)}"
    return f"{head}, left: {left_text(status)}, due {when(clock.due_at)}"


def _waking_text(waking: Waking) -> str:
    where = f"and goes to {waking.to}" if waking.to else "and is listed for a person"
    parts = [f"on {when(waking.at)}"] if waking.at is not None else []
    parts += [f"as soon as {waking.when}"] if waking.when else []
    if parts:
        return f"It wakes {' or '.join(parts)}, {where}."
    unknown = f": {waking.on} is not known" if waking.on else ""
    return f"Nothing says when it wakes{unknown}."


def _print_receipt(
    receipt: Receipt, transition: Transition, turn: datetime | None = None
) -> None:
    from leadstate.engine.receipts import receipt_lines

    first, *rest = receipt_lines(receipt)
    click.echo(clean(f"{first}, {_by_whom(transition)}"))
    if turn is not None:
        click.echo(f"  can change on {when(turn)}, by time alone")
    for line in rest:
        click.echo(clean(line))


def _by_whom(transition: Transition) -> str:
    """Return what explaining cannot judge: who may take it, and what they must say."""
    if transition.automatic:
        return "automatic"
    if transition.by_time:
        return "by time alone"
    who = f"for {' or '.join(transition.by)}" if transition.by else "for anybody"
    if transition.reasons:
        who = f"{who}, with a reason"
    if transition.approval:
        who = f"{who}, approved by {' or '.join(transition.approval)}"
    return who
