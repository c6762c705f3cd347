"""``leadstate workflow check``: every mistake of the files, and of them together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import (
    chosen_settings,
    clean,
    json_option,
    print_json,
    read_settings,
    settings_option,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadstate.definition.problems import Problem

__all__ = ["check", "scenarios_of"]


@click.command()
@json_option
@settings_option
@click.option(
    "--live",
    metavar="CONNECTION",
    help="Hold this connection's binding against its live account too.",
)
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, metavar="[FILE...]")
def check(
    settings_file: Path, files: tuple[Path, ...], *, live: str | None, as_data: bool
) -> None:
    """List every mistake of workflow, binding and scenarios files.

    Bindings and scenarios are held against the workflow that lies beside them, and
    workflows that start records in each other against each other.  Without a FILE those
    of the settings file are checked.  With --live the workflow and binding of the
    settings file are held against the CRM.
    """
    if files or live is not None:
        found = [problem for file in files for problem in _problems(file)]
    else:
        files, found = _of_settings(settings_file)
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


def _of_settings(settings_file: Path) -> tuple[tuple[Path, ...], list[Problem]]:
    """Return the files of the settings' workflow, and every mistake of them."""
    from leadstate.definition.binding import check_binding
    from leadstate.definition.scenarios import check_scenarios
    from leadstate.definition.workflow import check_workflow

    settings = chosen_settings(settings_file)
    lifecycle, problems = check_workflow(settings.workflow)
    files, found = [settings.workflow], list(problems)
    if lifecycle is None:
        return tuple(files), found
    for name in settings.connections:
        files.append(settings.binding_of(name))
        found += check_binding(files[-1], lifecycle)[1]
    for file in scenarios_of(settings_file):
        files.append(file)
        found += check_scenarios(file)[1]
    return tuple(files), found


def scenarios_of(settings_file: Path) -> tuple[Path, ...]:
    """Return the scenarios that the settings name, or those beside the workflow."""
    settings = chosen_settings(settings_file)
    stated = None
    if settings.name:
        stated = read_settings(settings_file).scenarios_of(settings.name)
    beside = settings.workflow.with_suffix(".scenarios.yaml")
    return tuple(one for one in (stated or beside,) if stated or one.exists())


def _lived(settings_file: Path, live: str) -> list[dict[str, object]]:
    """Return what does not fit the account, in the shape of a file's problems."""
    from leadstate.cli.logs import configure_logs
    from leadstate.clock import SystemClock
    from leadstate.service.setup.examining import fit_of
    from leadstate.service.setup.opening import connection_named

    configure_logs(verbose=False)
    settings = chosen_settings(settings_file)
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
