"""``leadstate demo``: the whole product against a sandbox, on real HTTP."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from leadstate.cli.context import missing_extra

__all__ = ["command"]


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
    type=click.IntRange(100, 20_000),
    help="Leads in the sandbox.",
)
@click.option(
    "--seed", default=1, show_default=True, help="Makes the same leads again."
)
@click.option("--once", is_flag=True, help="End after the story, also on a terminal.")
@click.option("--json", "as_data", is_flag=True, help="Print totals for programs only.")
def command(
    folder: Path, records: int, seed: int, *, once: bool, as_data: bool
) -> None:
    """See Leadstate do its job: a sandbox CRM, a few hundred leads, a day of work.

    On a terminal the sandbox and the service stay up at the end until Ctrl-C.
    """
    try:
        from leadstate.cli.demo.theatre import opened_theatre
    except ImportError as error:
        raise missing_extra(error, "the demo") from error
    from leadstate.cli.context import print_json
    from leadstate.cli.demo.report import figures, print_report
    from leadstate.cli.demo.story import ACTS, Story
    from leadstate.cli.logs import configure_logs

    configure_logs(verbose=False)

    def say(text: str) -> None:
        click.echo(text, err=as_data)

    say(f"Starting a HubSpot sandbox with {records} leads …")
    with opened_theatre(folder, records=records, seed=seed) as theatre:
        say("Taking in what is there …")
        story = Story(theatre)
        story.reconcile()
        for number, act in enumerate(ACTS, start=1):
            say(f"{number}/{len(ACTS)}  {act.title} …")
            act.play(story)
        if as_data:
            print_json(figures(theatre)[0])
            return
        print_report(story)
        if not once and sys.stdin.isatty():
            _stay(theatre.control.base_url)


def _stay(base_url: str) -> None:
    """Keep everything running for somebody who wants to play."""
    import contextlib
    import threading

    click.echo(f"\nThe sandbox ({base_url}) and the service stay up; Ctrl-C ends them.")
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()
