"""``leadstate report sla``: how SLAs were kept, and by whom."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import clean, print_table
from leadstate.cli.report.frame import reading, report_options, show
from leadstate.cli.report.texts import (
    count_text,
    interval_text,
    length_text,
    share_text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadstate.cli.report.frame import ReportRequest
    from leadstate.service.reports.agreements import (
        DelayRow,
        Restated,
        Sla,
        SlaCounts,
        SlaRow,
    )

__all__ = ["command"]

_HEAD = ("met", "missed", "late", "open", "kept", "from .. to", "median", "90 %",
         "paused")  # fmt: skip


@click.command(name="sla")
@report_options(chart=True)
@click.option("--owners", is_flag=True, help="Tell it by owner, too.")
@click.option(
    "--restate",
    is_flag=True,
    help="Judge what has ended once more, by the calendars, absences and SLAs of "
    "today. Nothing is changed by it.",
)
def command(request: ReportRequest, *, owners: bool, restate: bool) -> None:
    """Show how SLAs were kept: by SLA, by team, by owner.

    Times are business time, as `leadstate sla` shows them for SLAs that are open.
    An SLA counts when it was met or broken.
    """
    from leadstate.service.reports.sla import sla

    with reading(request) as source:
        people = source.app.people if restate else None
        found = source.report(sla, restate=people)
    show(request, found, partial(_print, owners=owners))


def _print(found: Sla, *, owners: bool) -> None:
    if not _shown(found.slas):
        click.echo("No SLA was kept or broken, and none is open.")
    else:
        _print_rows(("stage", "SLA", "team"), _shown(found.slas))
        click.echo()
        _print_rows(("team",), _shown(found.teams))
    if owners and _shown(found.owners):
        click.echo()
        _print_rows(("stage", "SLA", "owner"), _shown(found.owners))
    if found.total.unmeasured:
        click.echo()
        click.echo(_unmeasured_text(found))
    if found.delays:
        click.echo()
        _print_delays(found.delays)
    if found.restated is not None:
        click.echo()
        click.echo(_restated_text(found.restated))


def _shown(rows: Sequence[SlaRow]) -> list[SlaRow]:
    """Return the rows of which anything was measured."""
    counts = ((one, one.kept) for one in rows)
    return [one for one, its in counts if its.share.of or its.running or its.void]


def _unmeasured_text(found: Sla) -> str:
    stays = ", ".join(
        f"{row.stage} {row.sla} {count_text(row.kept.unmeasured)}"
        for row in found.slas
        if row.kept.unmeasured
    )
    return clean(
        f"Not measured: {count_text(found.total.unmeasured)} ({stays}). Nobody could "
        "keep these in time, or watched them."
    )


def _print_rows(head: Sequence[str], rows: Sequence[SlaRow]) -> None:
    def named(row: SlaRow) -> tuple[str, ...]:
        cells = {
            "stage": row.stage or "",
            "SLA": row.sla or "",
            "team": row.team or "(no team)",
            "owner": row.owner or "(nobody)",
        }
        return tuple(cells[name] for name in head)

    print_table((*head, *_HEAD), [(*named(row), *_cells(row.kept)) for row in rows])


def _cells(kept: SlaCounts) -> tuple[str, ...]:
    return (
        count_text(kept.met),
        count_text(kept.missed),
        count_text(kept.late),
        count_text(kept.running),
        share_text(kept.share),
        interval_text(kept.share),
        length_text(kept.used.median, business=True),
        length_text(kept.used.p90, business=True),
        "-" if kept.paused is None else f"{kept.paused:.1%}",
    )


def _print_delays(delays: Sequence[DelayRow]) -> None:
    print_table(
        ("delay", "stage", "SLA", "team", "number", "median", "90 %"),
        [
            (
                row.kind,
                row.stage,
                row.sla,
                row.team or "(no team)",
                count_text(row.used.n),
                length_text(row.used.median, business=True),
                length_text(row.used.p90, business=True),
            )
            for row in delays
        ],
    )


def _restated_text(restated: Restated) -> str:
    text = (
        f"Judged once more by today's calendars: {count_text(restated.changed)} of "
        f"{count_text(restated.judged)} verdicts changed"
    )
    if not restated.changed:
        return clean(f"{text}.")
    return clean(
        f"{text}: {count_text(restated.now_met)} were broken and are met, "
        f"{count_text(restated.now_missed)} were met and are broken."
    )
