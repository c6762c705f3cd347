"""What became of a told past, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from leadstate.service.past.reported import Counts

__all__ = ["print_counts"]


def print_counts(counts: Counts) -> None:
    """Print how much is new, and what is not and why."""
    click.echo(f"  {counts.moves} moves and {counts.values} values are new")
    told = (
        (counts.flagged, "of the moves are not what the workflow of today allows"),
        (counts.known, "were known already"),
        (counts.later, "happened since Leadstate sees them itself; it has its own"),
        (counts.unbound, "led to a stage that the binding does not have"),
    )
    for number, text in told:
        if number:
            click.echo(f"  {number} {text}")
