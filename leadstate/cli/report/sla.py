"""``leadstate report sla``: how promises about time were kept, and by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leadstate.cli.context import clean, opened, print_table
from leadstate.cli.report.charts import chart_option, draw
from leadstate.cli.report.options import (
    count_text,
    length_text,
    print_about,
    print_definitions,
    print_report,
    report_options,
    share_text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from leadstate.service.reports.agreements import (
        DelayRow,
        Kept,
        Restated,
        Sla,
        SlaRow,
    )
    from leadstate.service.reports.figures import Share
    from leadstate.service.reports.scope import Scope

__all__ = ["command", "interval_text"]

_HEAD = ("met", "missed", "late", "open", "kept", "from .. to", "median", "90 %",
         "paused")  # fmt: skip


@click.command(name="sla")
@report_options
@chart_option
@click.option("--owners", is_flag=True, help="Tell it by owner, too.")
@click.option(
    "--restate",
    is_flag=True,
    help="Judge what has ended once more, by the calendars, absences and promises of "
    "today. Nothing is changed by it.",
)
def command(  # noqa: PLR0913
    settings_file: Path,
    *,
    scope: Scope,
    as_data: bool,
    owners: bool,
    restate: bool,
    chart: Path | None,
) -> None:
    """Show how promises about time were kept: by promise, by team, by owner.

    Times are business time, as `leadstate sla` shows them for promises that are open.
    A promise counts when it was met or broken.
    """
    from leadstate.service.reports.sla import sla

    with opened(settings_file) as app, app.store.read() as view:
        people = app.people if restate else None
        found = sla(view, app.lifecycle, scope, app.clock.now(), restate=people)
    draw(found, chart)
    if as_data:
        print_report(found)
        return
    _print(found, owners=owners)


def _print(found: Sla, *, owners: bool) -> None:
    print_about(found.about)
    if not (found.promises or found.total.void):
        click.echo("No promise was kept or broken, and none is open.")
    else:
        _print_rows(("stage", "promise", "team"), found.promises)
        click.echo()
        _print_rows(("team",), found.teams)
    if owners and found.owners:
        click.echo()
        _print_rows(("stage", "promise", "owner"), found.owners)
    if found.delays:
        click.echo()
        _print_delays(found.delays)
    if found.restated is not None:
        click.echo()
        click.echo(_restated_text(found.restated))
    print_definitions(found.about)


def _print_rows(head: Sequence[str], rows: Sequence[SlaRow]) -> None:
    def named(row: SlaRow) -> tuple[str, ...]:
        cells = {
            "stage": row.stage or "",
            "promise": row.sla or "",
            "team": row.team or "(no team)",
            "owner": row.owner or "(nobody)",
        }
        return tuple(cells[name] for name in head)

    print_table((*head, *_HEAD), [(*named(row), *_cells(row.kept)) for row in rows])


def _cells(kept: Kept) -> tuple[str, ...]:
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


def interval_text(found: Share) -> str:
    """Return the interval of a share for people."""
    if found.interval is None:
        return "-"
    return f"{found.interval.low:.1%} .. {found.interval.high:.1%}"


def _print_delays(delays: Sequence[DelayRow]) -> None:
    print_table(
        ("delay", "stage", "promise", "team", "number", "median", "90 %"),
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
