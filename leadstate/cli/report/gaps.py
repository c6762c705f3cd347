"""``leadstate report gaps``: which missing values hold the most leads back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leadstate.cli.context import print_table
from leadstate.cli.report.frame import reading, report_options, show
from leadstate.cli.report.texts import count_text, share_text

if TYPE_CHECKING:
    from leadstate.cli.report.frame import ReportRequest
    from leadstate.service.reports.shortfalls import Gaps

__all__ = ["command"]


@click.command(name="gaps")
@report_options()
def command(request: ReportRequest) -> None:
    """Show which missing or unreadable values hold the most leads back.

    As records stand now: --since and --until mean nothing here.
    """
    from leadstate.service.reports.gaps import gaps

    with reading(request) as source:
        found = source.report(gaps)
    show(request, found, _print)


def _print(found: Gaps) -> None:
    if not found.stages:
        click.echo("No active record has a way on that asks for anything.")
    else:
        _print_stages(found)
    if found.rows:
        click.echo()
        _print_fields(found)
    if found.unreadable:
        click.echo()
        _print_unreadable(found)
    if found.orphaned:
        click.echo(f"{count_text(found.orphaned)} records are in no stage of today")


def _print_stages(found: Gaps) -> None:
    print_table(
        ("stage", "way on", "records", "free", "gaps alone", "known values",
         "would open the most"),
        [
            (
                one.stage,
                f"{one.transition} to {one.to_stage}",
                count_text(one.records),
                count_text(one.free),
                count_text(one.gaps),
                count_text(one.values),
                "; ".join(
                    f"{' + '.join(way.fields)}: {count_text(way.records)}"
                    for way in one.ways
                ),
            )
            for one in found.stages
        ],
    )  # fmt: skip


def _print_fields(found: Gaps) -> None:
    print_table(
        ("field", "stage", "way on", "missing", "unreadable", "alone", "together",
         "of the stage"),
        [
            (
                one.label,
                one.stage,
                one.transition,
                count_text(one.missing),
                count_text(one.unreadable),
                count_text(one.alone),
                count_text(one.together),
                share_text(one.share),
            )
            for one in found.rows
        ],
    )  # fmt: skip


def _print_unreadable(found: Gaps) -> None:
    print_table(
        ("field", "type", "cannot be read in", "such as"),
        [
            (one.label, one.type, count_text(one.records), ", ".join(one.examples))
            for one in found.unreadable
        ],
    )
