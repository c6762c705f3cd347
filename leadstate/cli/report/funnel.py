"""``leadstate report funnel``: how many come how far, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leadstate.cli.context import clean, print_table
from leadstate.cli.report.frame import reading, report_options, show
from leadstate.cli.report.texts import count_text, share_text, stage_text

if TYPE_CHECKING:
    from leadstate.cli.report.frame import ReportRequest
    from leadstate.service.reports.results import Funnel, FunnelGroup, FunnelStep

__all__ = ["command"]

_BY = ("source", "campaign", "team", "owner", "pass", "month")


@click.command(name="funnel")
@report_options(chart=True)
@click.option("--period", is_flag=True, help="Count what was entered in the time.")
@click.option("--by", type=click.Choice(_BY), help="Split it further.")
@click.option(
    "--steps",
    metavar="STAGE,...",
    help="Take these stages as steps, in this order.",
)
def command(
    request: ReportRequest, *, period: bool, by: str | None, steps: str | None
) -> None:
    """Show how many passes reached each step, in any order and strictly.

    Counted are passes that began in the time, followed until now; with --period, what
    was entered in the time.
    """
    from leadstate.service.reports.funnel import funnel
    from leadstate.service.reports.results import By, Counting

    with reading(request) as source:
        found = source.report(
            funnel,
            counting=Counting.PERIOD if period else Counting.COHORT,
            by=By(by) if by else None,
            steps=[one.strip() for one in steps.split(",")] if steps else None,
        )
    show(request, found, _print)


def _print(found: Funnel) -> None:
    _print_group(found.total)
    for group in found.groups:
        click.echo()
        click.echo(clean(f"{found.by}: {group.key or '(unknown)'}"))
        _print_group(group)
    for stage, passes in found.outside.items():
        click.echo(clean(f"{stage_text(stage, known=False)}: {passes:,} passes"))
    if found.unknown_start:
        what = "stays" if found.counting == "period" else "passes"
        click.echo(f"Left out, begun nobody knows when: {found.unknown_start:,} {what}")


def _print_group(group: FunnelGroup) -> None:
    print_table(
        (
            *("step", "entered", "reached", "of last", "of all", "strict", "of all"),
            *("won", "lost", "parked", "here", "gone"),
        ),
        [_row(step) for step in group.steps],
    )
    others = {name: number for name, number in group.before.items() if number}
    if others:
        told = ", ".join(f"{number:,} {name}" for name, number in others.items())
        click.echo(f"Reached no step: {told}")


def _row(step: FunnelStep) -> tuple[str, ...]:
    return (
        step.label,
        count_text(step.entered),
        count_text(step.reached),
        share_text(step.from_previous),
        share_text(step.from_start),
        count_text(step.strict),
        share_text(step.strict_from_start),
        *(count_text(number) for number in step.ended.values()),
    )
