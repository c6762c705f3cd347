"""``leadstate report reasons``: why leads come back, and why moves were refused."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import clean, print_table
from leadstate.cli.report.frame import reading, report_options, show
from leadstate.cli.report.texts import count_text, interval_text, share_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadstate.cli.report.frame import ReportRequest
    from leadstate.service.reports.agreements import (
        Acceptance,
        ReasonRow,
        Reasons,
        RefusedMoves,
    )

__all__ = ["command"]

_MOST_SHOWN = 20


@click.command(name="reasons")
@report_options()
@click.option("--owners", is_flag=True, help="Tell the reasons by owner, too.")
def command(request: ReportRequest, *, owners: bool) -> None:
    """Show why leads were sent back, parked and lost, and what was refused.

    With --since the time before, of the same length, stands beside it.
    """
    from leadstate.service.reports.reasons import reasons

    with reading(request) as source:
        found = source.report(reasons)
    show(request, found, partial(_print, owners=owners))


def _print(found: Reasons, *, owners: bool) -> None:
    if found.rows:
        _print_reasons(found.owners if owners else found.rows, owners=owners)
    else:
        click.echo("Nobody was sent back, parked or lost.")
    if found.acceptance:
        click.echo()
        _print_acceptance(found.acceptance)
    click.echo()
    _print_refused(found.refused)
    if found.unknown:
        click.echo(f"{found.unknown} stays ended nobody knows when; they are left out.")


def _print_reasons(rows: Sequence[ReasonRow], *, owners: bool) -> None:
    head = ("stage", "team", "to", "along", "reason", "number", "share", "before")
    print_table(
        (*head, "owner") if owners else head,
        [
            (
                row.stage,
                row.team or "(no team)",
                row.to_stage,
                row.transition or "(in the CRM)",
                row.label or "(none given)",
                count_text(row.count),
                share_text(row.share),
                "-" if row.before is None else count_text(row.before),
                *([row.owner or "(nobody)"] if owners else []),
            )
            for row in rows
        ],
    )


def _print_acceptance(rows: Sequence[Acceptance]) -> None:
    print_table(
        ("hand-off", "from", "to", "accepted", "refused", "share", "from .. to",
         "before", "change"),
        [
            (
                row.stage,
                row.giving,
                row.taking,
                count_text(row.accepted),
                count_text(row.refused),
                share_text(row.share),
                interval_text(row.share),
                share_text(row.before),
                _change(row),
            )
            for row in rows
        ],
    )  # fmt: skip


def _change(row: Acceptance) -> str:
    if row.change is None:
        return "-"
    low, high = row.change.low * 100, row.change.high * 100
    return f"{row.change.value * 100:+.1f} points ({low:+.1f} .. {high:+.1f})"


def _print_refused(found: RefusedMoves) -> None:
    click.echo(
        f"{count_text(found.manual)} moves were asked for here and refused, "
        f"{count_text(found.reverted)} made in the CRM and put back"
    )
    if found.causes:
        print_table(
            ("move", "why", "number"),
            [(move, why, count_text(n)) for move, why, n in found.causes[:_MOST_SHOWN]],
        )
    if found.criteria:
        click.echo()
        print_table(
            ("move", "criterion", "was", "refused moves"),
            [
                (one.transition, one.label, one.status, count_text(one.count))
                for one in found.criteria[:_MOST_SHOWN]
            ],
        )
    unread = found.manual + found.reverted - found.examined
    if unread:
        click.echo(clean(f"(of {count_text(unread)} of them the why was not read)"))
