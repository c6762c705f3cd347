"""``leadstate workflow``: check, explain, draw and test workflow files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import (
    clean,
    json_option,
    print_json,
    read_settings,
    settings_option,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadstate.definition.problems import Problem
    from leadstate.domain.lifecycle import Lifecycle, Transition
    from leadstate.service.scenarios import ScenarioResult

__all__ = ["command"]

_SCHEMAS = ("binding", "scenarios", "people", "import")

_file = click.argument("file", type=click.Path(path_type=Path))


@click.group(name="workflow")
def command() -> None:
    """Check, explain, draw and test workflow files."""


@command.command()
@json_option
@settings_option
@click.option(
    "--live",
    metavar="CONNECTION",
    help="Hold this connection's binding against its live account too.",
)
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, metavar="FILE...")
def check(
    settings_file: Path, files: tuple[Path, ...], *, live: str | None, as_data: bool
) -> None:
    """List every mistake of workflow, binding and scenarios files.

    Bindings and scenarios are held against the workflow that lies beside them, and
    workflows that start records in each other against each other.  With --live the
    workflow and binding of the settings file are held against the CRM.
    """
    if not files and live is None:
        raise click.UsageError("Missing argument 'FILE...'.")
    found = [problem for file in files for problem in _problems(file)]
    lived = [] if live is None else _lived(settings_file, live)
    lived += _together(files)
    failed = any(problem.severity == "error" for problem in found)
    failed = failed or any(one["severity"] == "error" for one in lived)
    if as_data:
        print_json([*[_problem(problem) for problem in found], *lived])
    else:
        for problem in found:
            click.echo(str(problem))
        for one in lived:
            click.echo(clean(f"{one['severity']} {one['file']} {one['what']}"))
            click.echo(clean(f"  hint: {one['hint']}"))
        if not failed:
            names = ", ".join(str(file) for file in (*files, *filter(None, [live])))
            told = "usable, with warnings" if found or lived else "no mistakes"
            click.echo(f"{names}: {told}.")
    raise SystemExit(1 if failed else 0)


def _together(files: tuple[Path, ...]) -> list[dict[str, object]]:
    """Return what only all these workflows together show, in the same shape."""
    from leadstate.definition.starts import check_starts, started_in
    from leadstate.definition.workflow import check_workflow

    # A binding and scenarios have a further part in their names: NAME.CRM.yaml
    named = {one: check_workflow(one)[0] for one in files if one.name.count(".") == 1}
    read = {its.name: (file, its) for file, its in named.items() if its is not None}
    lifecycles = {name: its for name, (_, its) in read.items()}
    elsewhere = started_in(lifecycles.values()) - lifecycles.keys()
    found = check_starts(lifecycles, unread=elsewhere)
    return [
        {
            "code": one.code,
            "severity": str(one.severity),
            "file": str(read[one.workflow][0]),
            "line": None,
            "column": None,
            "what": f"{one.code} {one.place}: {one.what}, {one.why}",
            "why": "",
            "hint": one.hint,
        }
        for one in found
    ]


def _lived(settings_file: Path, live: str) -> list[dict[str, object]]:
    """Return what does not fit the account, in the shape of a file's problems."""
    from leadstate.cli.logs import configure_logs
    from leadstate.clock import SystemClock
    from leadstate.service.setup.examining import fit_of
    from leadstate.service.setup.opening import connection_named

    configure_logs(verbose=False)
    settings = read_settings(settings_file)
    name = connection_named(settings, live)
    severities = {"bad": "error", "warning": "warning"}
    return [
        {
            "code": None,
            "severity": severities[one.state],
            "file": str(settings.binding_of(name)),
            "line": None,
            "column": None,
            "what": one.text,
            "why": "",
            "hint": one.remedy,
        }
        for one in fit_of(settings, name, SystemClock()).checks
        if one.state in severities
    ]


def _problems(file: Path) -> Sequence[Problem]:
    from leadstate.definition.binding import check_binding
    from leadstate.definition.scenarios import check_scenarios
    from leadstate.definition.workflow import check_workflow, load_workflow

    workflow = _workflow_of(file)
    if file.name.endswith(".scenarios.yaml"):
        return check_scenarios(file)[1]
    if workflow is not None:
        return check_binding(file, load_workflow(workflow))[1]
    return check_workflow(file)[1]


def _workflow_of(file: Path) -> Path | None:
    """Return the workflow that a binding ``NAME.CRM.yaml`` belongs to, or None."""
    parts = file.name.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - NAME.CRM.yaml
        return None
    beside = file.with_name(f"{parts[0]}.yaml")
    return beside if beside.exists() else None


def _problem(problem: Problem) -> dict[str, object]:
    return {
        "code": problem.code,
        "severity": str(problem.severity),
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "what": problem.what,
        "why": problem.why,
        "hint": problem.hint,
    }


@command.command()
@json_option
@_file
def explain(file: Path, *, as_data: bool) -> None:
    """Say in words what a workflow does."""
    from leadstate.definition.workflow import load_workflow

    lifecycle = load_workflow(file)
    if as_data:
        print_json(_explained(lifecycle))
        return
    for line in _lines(lifecycle):
        click.echo(clean(line))


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
    required=True,
    metavar="SCENARIOS...",
)
def test(files: tuple[Path, ...], *, as_data: bool) -> None:
    """Run given / when / then examples against their workflow."""
    from leadstate.clock import SystemClock
    from leadstate.definition.scenarios import load_scenarios
    from leadstate.service.scenarios import run_scenarios

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
