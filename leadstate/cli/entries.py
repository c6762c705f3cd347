"""Rows of the history, for people and for programs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import clean, when

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.domain.history import HistoryEntry

__all__ = ["entry_data", "print_entry"]

_APART = timedelta(minutes=1)


def entry_data(entry: HistoryEntry) -> dict[str, object]:
    """Return a row as data."""
    from dataclasses import asdict

    return asdict(entry)


def print_entry(entry: HistoryEntry) -> None:
    """Print when, what, who, and why."""
    from leadstate.engine.moving import UNKNOWN_ACTOR
    from leadstate.engine.receipts import stored_lines

    at = entry.happened_at or entry.learnt_at
    way = " -> ".join(one for one in (entry.from_stage, entry.to_stage) if one)
    by = f" by {entry.actor}" if entry.actor not in ("", UNKNOWN_ACTOR) else ""
    named = f" ({entry.transition})" if entry.transition else ""
    click.echo(clean(f"{when(at)}  {entry.kind} {way}{named}, {entry.cause}{by}"))
    for said in _times(entry, at):
        click.echo(clean(f"    {said}"))
    if entry.answer:
        click.echo(clean(f"    answer: {entry.answer}"))
    if entry.reason:
        click.echo(clean(f"    reason: {entry.reason}"))
    if entry.note:
        click.echo(clean(f"    {entry.note}"))
    for line in stored_lines(entry.receipt):
        if not (entry.note and entry.note in line):  # it stands above already
            click.echo(clean(f"    {line}"))


def _times(entry: HistoryEntry, at: datetime) -> Iterator[str]:
    """Yield the other times of a row, where they are a minute away at least.

    Seconds are what every webhook takes; the data of a row have them.
    """
    others = (
        ("learnt", entry.learnt_at),
        ("qualified since", entry.qualified_at),
        ("asked for", _asked_at(entry)),
    )
    for what, moment in others:
        if moment is not None and abs(moment - at) >= _APART:
            yield f"{what} {when(moment)}"


def _asked_at(entry: HistoryEntry) -> datetime | None:
    """Return when a person asked for it; None where somebody wrote nonsense there."""
    try:
        found = datetime.fromisoformat(str(entry.receipt.get("asked_at")))
    except ValueError:
        return None
    return found if found.tzinfo else None
