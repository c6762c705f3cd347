"""``leadstate workflow``: check, explain, draw and test workflow files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from leadstate.cli.checking import check, scenarios_of
from leadstate.cli.context import (
    chosen_settings,
    clean,
    clean_lines,
    json_option,
    print_json,
    settings_option,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.domain.lifecycle import Lifecycle, Transition
    from leadstate.service.scenarios import ScenarioResult

__all__ = ["command"]

_SCHEMAS = ("binding", "scenarios", "people", "import")

_file = click.argument("file", type=click.Path(path_type=Path))


@click.group(name="workflow")
def command() -> None:
    """Check, explain, draw and test workflow files."""


command.add_command(check)


@command.command()
@json_option
@settings_option
@click.argument("file", type=click.Path(path_type=Path), required=False)
def explain(settings_file: Path, file: Path | None, *, as_data: bool) -> None:
    """Say in words what the workflow FILE, or that of the settings file, does."""
    from leadstate.definition.workflow import load_workflow

    lifecycle = load_workflow(file or chosen_settings(settings_file).workflow)
    if as_data:
        print_json(_explained(lifecycle))
        return
    for line in _lines(lifecycle):
        click.echo(clean_lines(line))


def _explained(lifecycle: Lifecycle) -> dict[str, object]:
    from leadstate.domain.action import Start
    from leadstate.guards import render_condition

    return {
        "workflow": lifecycle.name,
        "title": lifecycle.title,
        "version": lifecycle.version,
        "stages": [
            {
                "name": one.name,
                "label": one.label,
                "kind": str(one.kind),
                "owner": one.owner,
                "starts": [
                    {"workflow": its.workflow, "stage": its.stage}
                    for its in one.on_enter
                    if isinstance(its, Start)
                ],
            }
            for one in lifecycle.stages.values()
        ],
        "criteria": {
            name: {"label": one.label, "when": render_condition(one.condition)}
            for name, one in lifecycle.criteria.items()
        },
        "transitions": [
            {
                "name": one.name,
                "from": list(one.sources),
                "to": one.target,
                "automatic": one.automatic,
                "by": list(one.by),
                "by_time": one.by_time,
                "reasons": list(one.reasons),
                "when": render_condition(one.guard) if one.guard else None,
                "outside": str(one.outside),
            }
            for one in lifecycle.transitions.values()
        ],
    }


def _lines(lifecycle: Lifecycle) -> Iterator[str]:
    from leadstate.definition.durations import duration_text
    from leadstate.domain.action import Start
    from leadstate.guards import render_condition

    yield f"{lifecycle.title} ({lifecycle.name}, version {lifecycle.version[:12]})"
    for stage in lifecycle.stages.values():
        owner = f", owned by {stage.owner}" if stage.owner else ""
        start = ", where records start" if stage.initial else ""
        yield f"\n{stage.label} ({stage.kind}{owner}{start})"
        for action in stage.on_enter:
            if isinstance(action, Start):
                into = f"{action.workflow} in {action.stage}"
                yield f"  entering starts a record of {into}"
        for sla in stage.slas:
            within = duration_text(sla.within)
            yield f"  SLA {sla.name}: within {within}, calendar {sla.calendar}"
        for one in lifecycle.transitions.values():
            if stage.name in one.sources:
                yield f"  {_edge(one, lifecycle)}"
    yield "\nCriteria"
    for criterion in lifecycle.criteria.values():
        yield f"  {criterion.label}: {render_condition(criterion.condition)}"


def _edge(transition: Transition, lifecycle: Lifecycle) -> str:
    from leadstate.guards import render_condition

    parts = [f"{transition.name} -> {lifecycle.stages[transition.target].label}:"]
    if transition.automatic:
        parts.append("by itself")
    elif transition.by_time:
        parts.append("by time alone")
    elif transition.by:
        parts.append(f"by {' or '.join(transition.by)}")
    else:
        parts.append("by anybody")
    if transition.guard is not None:
        parts.append(f"when {render_condition(transition.guard)}")
    if transition.reasons:
        parts.append(f"with a reason ({', '.join(transition.reasons)})")
    return " ".join(parts)


@command.command()
@json_option
@_file
@click.option(
    "--format",
    "form",
    type=click.Choice(["mermaid", "dot"]),
    default="mermaid",
    show_default=True,
    help="Notation.",
)
def diagram(file: Path, form: str, *, as_data: bool) -> None:
    """Draw a workflow as text: Mermaid for repositories, DOT for Graphviz."""
    from leadstate.definition.diagram import dot, mermaid
    from leadstate.definition.workflow import load_workflow

    lifecycle = load_workflow(file)
    drawn = mermaid(lifecycle) if form == "mermaid" else dot(lifecycle)
    if as_data:
        print_json({"workflow": lifecycle.name, "format": form, "diagram": drawn})
    else:
        click.echo(drawn, nl=False)


@command.command()
@json_option
@click.argument(
    "files",
    type=click.Path(path_type=Path),
    nargs=-1,
    metavar="[SCENARIOS...]",
)
@settings_option
def test(settings_file: Path, files: tuple[Path, ...], *, as_data: bool) -> None:
    """Run given / when / then examples against their workflow.

    Without SCENARIOS those of the settings file's workflow are run.
    """
    from leadstate.clock import SystemClock
    from leadstate.definition.scenarios import load_scenarios
    from leadstate.service.scenarios import run_scenarios

    files = files or scenarios_of(settings_file)
    if not files:
        raise click.UsageError("the workflow has no scenarios; name a file with them")
    now = SystemClock().now()
    results = {file: run_scenarios(load_scenarios(file), now) for file in files}
    failed = sum(not one.holds for outcomes in results.values() for one in outcomes)
    if as_data:
        print_json(
            [
                _outcome(file, one)
                for file, outcomes in results.items()
                for one in outcomes
            ]
        )
    else:
        _print_results(results)
    raise SystemExit(1 if failed else 0)


def _outcome(file: Path, outcome: ScenarioResult) -> dict[str, object]:
    return {
        "file": str(file),
        "scenario": outcome.scenario.name,
        "line": outcome.scenario.place.line,
        "holds": outcome.holds,
        "differences": list(outcome.differences),
    }


def _print_results(results: dict[Path, list[ScenarioResult]]) -> None:
    for file, outcomes in results.items():
        for outcome in outcomes:
            scenario = outcome.scenario
            click.echo(f"{'ok  ' if outcome.holds else 'FAIL'} {clean(scenario.name)}")
            if not outcome.holds:
                click.echo(f"     {file}:{scenario.place.line}:{scenario.place.column}")
            for difference in outcome.differences:
                click.echo(f"     {clean(difference)}")
        held = sum(one.holds for one in outcomes)
        click.echo(f"{file}: {held} of {len(outcomes)} scenarios hold.")


@command.command()
@json_option
@click.argument("kind", type=click.Choice(["workflow", *_SCHEMAS]), default="workflow")
def schema(kind: str, *, as_data: bool) -> None:
    """Print the JSON Schema of a kind of file, for editors; it is always JSON."""
    del as_data
    from leadstate.definition.schema import SCHEMAS, schema_text

    name = "lifecycle" if kind == "workflow" else kind
    click.echo(schema_text(SCHEMAS[f"{name}.schema.json"]), nl=False)
