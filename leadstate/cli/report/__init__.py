"""``leadstate report``: what the funnel does, for people and for programs."""

from __future__ import annotations

import importlib

import click

__all__ = ["command"]

# name -> (module, what it does); the module has an attribute `command`.
_REPORTS = {
    "funnel": ("funnel", "How many come how far, step by step."),
    "stages": ("stages", "How long records stay in each stage."),
    "velocity": ("velocity", "How many are won, how surely, and how fast."),
    "flow": ("flow", "Which ways records take, and how long they wait."),
    "passes": ("passes", "What a second and a third trip bring."),
    "sla": ("sla", "How promises about time were kept, and by whom."),
    "reasons": ("reasons", "Why leads come back, and why moves were refused."),
    "responsibility": ("responsibility", "Which stage sags, and whose it is."),
    "cost": ("cost", "What leads cost, by source, campaign and what they became."),
    "gaps": ("gaps", "Which missing values hold the most leads back."),
    "pack": ("pack", "The quarterly review, as Markdown and pictures."),
}


class _Reports(click.Group):
    """Knows every report by name, and imports one when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the reports in the order in which people meet them."""
        return list(_REPORTS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one report."""
        if cmd_name not in _REPORTS:
            return None
        module = importlib.import_module(f"{__name__}.{_REPORTS[cmd_name][0]}")
        found = module.command
        return found if isinstance(found, click.Command) else None

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """List the reports without importing them."""
        with formatter.section("Reports"):
            formatter.write_dl([(name, text) for name, (_, text) in _REPORTS.items()])


@click.group(name="report", cls=_Reports)
def command() -> None:
    """Show what the funnel does: conversion, times, speed, ways, passes.

    Every report takes the same filters, says what it looked at and what its figures
    mean, and prints JSON for programs with --json.
    """
