"""``leadstate report``: what the funnel does, for people and for programs."""

from __future__ import annotations

import click

from leadstate.cli.groups import LazyGroup

__all__ = ["command"]

_REPORTS = {
    "funnel": ("funnel", "How many come how far, step by step."),
    "stages": ("stages", "How long records stay in each stage."),
    "velocity": ("velocity", "How many are won, how surely, and how fast."),
    "flow": ("flow", "Which ways records take, and how long they wait."),
    "passes": ("passes", "What a second and a third trip bring."),
    "sla": ("sla", "How SLAs were kept, and by whom."),
    "reasons": ("reasons", "Why leads come back, and why moves were refused."),
    "responsibility": ("responsibility", "Which stage sags, and whose it is."),
    "cost": ("cost", "What leads cost, by source, campaign and what they became."),
    "gaps": ("gaps", "Which missing values hold the most leads back."),
    "doubles": ("doubles", "Which records may be one person."),
    "pack": ("pack", "The quarterly review, as Markdown and pictures."),
}


class _Reports(LazyGroup):
    """The reports."""

    package = __name__
    heading = "Reports"
    known = _REPORTS


@click.group(name="report", cls=_Reports)
def command() -> None:
    """Show what the funnel does: conversion, times, speed, ways, passes.

    Every report takes the same filters, says what it looked at and what its figures
    mean, and prints JSON for programs with --json.
    """
