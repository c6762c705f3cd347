"""``leadstate adapters``: what is installed, how good it is, how to connect it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import (
    clean,
    file_option,
    json_option,
    print_json,
    print_table,
)

if TYPE_CHECKING:
    from leadstate.adapters import AdapterSpec
    from leadstate.adapters.installed import Installed
    from leadstate.testing.scorecard import Scorecard

__all__ = ["command"]

_TIERS = ("bronze", "silver", "gold")
_MARKS = {"met": "✓", "unmet": "✗", "unknown": "?"}


@click.group(name="adapters")
def command() -> None:
    """List the installed adapters, judge them, and see how to connect one."""


@command.command(name="list")
@json_option
@click.option("--capabilities", is_flag=True, help="Every capability with its limits.")
def list_adapters(*, as_data: bool, capabilities: bool) -> None:
    """List the installed adapters; a broken one with what is wrong."""
    from leadstate.adapters.installed import installed_adapters

    found = installed_adapters()
    if as_data:
        print_json([_listed(one) for one in found])
        return
    if not found:
        click.echo("No adapter is installed.  Try: pip install leadstate-hubspot")
        return
    print_table(
        ["name", "title", "package", "tier", "can do"],
        [(one.name, *_row(one)) for one in found],
    )
    for one in found:
        if one.problem:
            click.echo(f"{clean(one.name)}: {clean(one.problem)}")
        elif capabilities and one.spec is not None:
            click.echo(f"\n{clean(one.spec.title)}")
            _print_capabilities(one.spec)
    click.echo("Judge one with: leadstate adapters check NAME --conformance")


@command.command()
@json_option
@click.argument("name")
@click.option(
    "--conformance", is_flag=True, help="Run the plugin's own conformance tests too."
)
@click.option(
    "--suite",
    type=click.Path(path_type=Path, exists=True),
    help="Where those tests are, when they are not found.",
)
@click.option(
    "--least", type=click.Choice(_TIERS), help="Fail when the tier is lower than this."
)
def check(
    name: str,
    *,
    as_data: bool,
    conformance: bool,
    suite: Path | None,
    least: str | None,
) -> None:
    """Judge adapter NAME by the scorecard: every rule, and how it was judged.

    The tier is computed, never claimed: bronze keeps the promises of the core, silver
    can be left alone, gold helps its admin.
    """
    from leadstate.testing.scorecard import (
        Tier,
        find_suite,
        grade_adapter,
        scorecard_data,
    )

    if conformance and suite is None:
        suite = find_suite(name)
        if suite is None:
            raise click.ClickException(
                f"no conformance tests come with {name}; name their folder with "
                "--suite FOLDER"
            )
    card = grade_adapter(name, suite=suite)
    if as_data:
        print_json(scorecard_data(card))
    else:
        _print_judged(card)
    if least is not None and not card.reaches(Tier(least)):
        sys.exit(1)


@command.command()
@file_option
@json_option
@click.argument("name")
def setup(name: str, settings_file: Path, *, as_data: bool) -> None:
    """Say how adapter NAME is connected, step by step; changes nothing."""
    from leadstate.service.setup.first_steps import first_steps

    steps = first_steps(name, settings_file)
    if as_data:
        print_json([{"text": one.text, "command": one.command} for one in steps])
        return
    for number, step in enumerate(steps, start=1):
        click.echo(f"{number}. {clean(step.text)}")
        if step.command:
            click.echo(f"     {clean(step.command)}")


# -- what is printed -------------------------------------------------------------------


def _row(one: Installed) -> tuple[str, str, str, str]:
    package = f"{one.package} {one.version}"
    if one.spec is None:
        return "", package, "cannot be used", ""
    return one.spec.title, package, "not judged", _summary(one.spec)


def _summary(spec: AdapterSpec) -> str:
    """Return what an adapter can do, what only in part marked with ~."""
    from leadstate.adapters import Support

    marks = {Support.FULL: "", Support.PARTIAL: "~"}
    can = [
        f"{marks[declared.support]}{capability}"
        for capability, declared in sorted(spec.capabilities.items())
        if declared.support in marks
    ]
    return ", ".join(can) or "the core alone"


def _print_capabilities(spec: AdapterSpec) -> None:
    from leadstate.adapters.capabilities import capabilities_data

    print_table(
        ["capability", "support", "note"],
        [
            (capability, declared["support"], declared["note"])
            for capability, declared in capabilities_data(spec).items()
        ],
    )


def _listed(one: Installed) -> dict[str, object]:
    from leadstate.adapters.capabilities import capabilities_data

    return {
        "name": one.name,
        "title": one.spec.title if one.spec else None,
        "package": one.package,
        "version": one.version,
        "tier": None,
        "judged": False,
        "capabilities": capabilities_data(one.spec) if one.spec else {},
        "problem": one.problem or None,
    }


def _print_judged(card: Scorecard) -> None:
    evidence = card.evidence
    said = f"{evidence.spec.title}: {evidence.package} {evidence.version}"
    click.echo(clean(said))
    print_table(
        ["", "tier", "rule", "how it was judged"],
        [
            (_MARKS[one.state], one.rule.tier, one.rule.sentence, one.how)
            for one in card.results
        ],
    )
    _print_capabilities(evidence.spec)
    click.echo(_tier(card))
    if evidence.promises is None:
        click.echo(
            "Promises were not tested.  Test them with: "
            f"leadstate adapters check {clean(evidence.spec.name)} --conformance"
        )


def _tier(card: Scorecard) -> str:
    if card.tier is not None and card.judged:
        return f"Tier: {card.tier}"
    if card.judged:
        return "Tier: none yet"
    return f"Tier: {card.tier or 'not judged yet'}; more is possible"
