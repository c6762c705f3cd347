"""The end of the demo: what happened in figures, and why in examples."""

from __future__ import annotations

from dataclasses import asdict
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
    click.echo(f"\nLook further (LEADSTATE_SETTINGS={settings} saves typing)")
    for command in (
        "status",
        "record list --stage sql",
        "record list --when 'score.fit >= 40 and budget is unknown'",
        f"record explain {some}",
        f"record history {some}",
        "dead-letters list --all",
    ):
        click.echo(f"  leadstate {command} --settings {settings}")
    click.echo(
        f"  leadstate workflow explain {settings.parent}/workflows/b2b_lifecycle.yaml"
    )
