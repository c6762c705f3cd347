"""The end of the demo: what happened in figures, and why in examples."""

from __future__ import annotations

import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import clean
from leadstate.cli.demo.story import Show
from leadstate.domain.history import HistoryKind
from leadstate.engine.receipts import receipt_lines, stored_lines
from leadstate.service.poll import compare
from leadstate.service.records import explain, history
from leadstate.service.status import totals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.cli.demo.story import Story, Told
    from leadstate.cli.demo.theatre import Theatre
    from leadstate.service.poll import Agreement

__all__ = ["figures", "print_report"]

_REFUSALS = (HistoryKind.REFUSED, HistoryKind.REVERTED)


def figures(theatre: Theatre) -> tuple[dict[str, object], Agreement]:
    """Return machine-readable totals; every record is compared with the sandbox."""
    calls = theatre.control.calls()
    agreement = compare(theatre.app, theatre.connected)
    counted = totals(theatre.app)
    every = agreement.compared == counted.records
    return (
        asdict(counted)
        | {"api_calls": calls, "compared": agreement.compared}
        | {"differences": [asdict(one) for one in agreement.differences]}
        | {"in_sync": agreement.in_sync and every},
        agreement,
    )


def print_report(story: Story) -> None:
    """Print the figures, some real explanations, and how to look further."""
    data, agreement = figures(story.theatre)
    click.echo("\nWhat happened")
    for name, value in data.items():
        click.echo(f"  {name.replace('_', ' ')}: {_shown(value)}")
    for difference in agreement.differences:
        click.echo(f"  differs: {difference}")
    click.echo("\nWhy (+ met, - not met, ? nothing known, ! cannot be read)")
    for told in story.told:
        click.echo(f"\nA lead that {told.title} ({told.record_id[:12]})")
        for line in _why(story, told):
            click.echo(f"  {clean(line)}")
    _print_commands(story)


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {number}" for name, number in value.items()) or "none"
    return str(value)


def _why(story: Story, told: Told) -> Iterator[str]:
    if told.show is Show.MISSING:
        _, receipts = explain(story.theatre.app, told.record_id)
        yield from receipt_lines(receipts[0])
        return
    wanted = _REFUSALS if told.show is Show.REFUSED else (HistoryKind.MOVED,)
    entries = history(story.theatre.app, told.record_id)
    entry = next(one for one in reversed(entries) if one.kind in wanted)
    yield f"{entry.kind}: {entry.from_stage} -> {entry.to_stage} by {entry.actor}"
    if entry.reason:
        yield f"reason: {entry.reason}"
    if entry.note:
        yield entry.note
    yield from stored_lines(entry.receipt)


def _print_commands(story: Story) -> None:
    settings = story.theatre.settings_file
    some = story.told[0].record_id[:12]
    click.echo(f"\nLook further, after: export LEADSTATE_SETTINGS={settings}")
    for command in (
        "status",
        "record list --stage sql",
        "record list --when 'score.fit >= 40 and budget is unknown'",
        f"record explain {some}",
        f"record history {some}",
        "dead-letters list --all",
        f"workflow explain {settings.parent}/workflows/b2b_lifecycle.yaml",
    ):
        click.echo(f"  {_program()} {command}")


def _program() -> str:
    """Return how a person calls leadstate here; a virtual environment may be hidden."""
    if shutil.which("leadstate"):
        return "leadstate"
    own = Path(sys.executable).parent / "leadstate"
    here = Path.cwd()
    return str(own.relative_to(here) if own.is_relative_to(here) else own)
