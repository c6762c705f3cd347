"""``leadstate demo``: play the acts against the sandboxes, and tell what happened."""

from __future__ import annotations

import contextlib
import sys
import threading
from pathlib import Path

import click

__all__ = ["command"]

_ALONE = (
    "There is no second CRM: leadstate-amocrm is not installed (pip install "
    "'leadstate-amocrm[sandbox]'); sales works in HubSpot, too."
)


@click.command(name="demo")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=".demo",
    show_default=True,
    help="Where the demo's settings and database go.",
)
@click.option(
    "--records",
    default=300,
    show_default=True,
    type=click.IntRange(150, 20_000),
    help="Leads in marketing's sandbox.",
)
@click.option(
    "--seed", default=1, show_default=True, help="Makes the same leads again."
)
@click.option("--once", is_flag=True, help="End after the story, also on a terminal.")
@click.option("--json", "as_data", is_flag=True, help="Print totals for programs only.")
def command(
    folder: Path, records: int, seed: int, *, once: bool, as_data: bool
) -> None:
    """See Leadstate do its job: two sandbox CRMs, a few hundred leads, weeks of work.

    Marketing works in HubSpot, sales in amoCRM; without leadstate-amocrm all work in
    HubSpot.  The demo's clocks start some weeks ago and jump, so that SLAs break
    and parked leads wake; at the end they show the present.  On a terminal all stays
    up then, until Ctrl-C.
    """
    from leadstate.cli.context import print_json, when
    from leadstate.cli.logs import configure_logs
    from leadstate_demo.marketing import MARKETING_ACTS
    from leadstate_demo.report import figures, print_report
    from leadstate_demo.sales import SALES_ACTS
    from leadstate_demo.story import Story
    from leadstate_demo.theatre import has_sales_crm, opened_theatre
    from leadstate_demo.weeks import LATER_ACTS

    configure_logs(verbose=False)

    def say(text: str) -> None:
        click.echo(text, err=as_data)

    both = has_sales_crm()
    acts = (*MARKETING_ACTS, *(SALES_ACTS if both else ()), *LATER_ACTS)
    say(f"Starting a HubSpot sandbox with {records} leads, for marketing …")
    say("Starting an amoCRM sandbox, for sales …" if both else _ALONE)
    with opened_theatre(folder, records=records, seed=seed) as theatre:
        say(f"In the demo it is {when(theatre.clock.now())}. Taking in what is there …")
        story = Story(theatre)
        story.reconcile()
        say("Nothing is done about it before Leadstate goes live, as it does now …")
        for line in story.go_live():
            say(f"  {line}")
        for number, act in enumerate(acts, start=1):
            say(f"{number}/{len(acts)}  {act.title} …")
            act.play(story)
        if as_data:
            print_json(figures(theatre))
            return
        print_report(story)
        if not once and sys.stdin.isatty():
            _stay([one.base_url for one in theatre.controls.values()])


def _stay(addresses: list[str]) -> None:
    """Keep everything running for somebody who wants to play."""
    where = " and ".join(addresses)
    click.echo(f"\nThe sandbox at {where} and the service stay up; Ctrl-C ends them.")
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()
