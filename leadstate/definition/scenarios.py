"""Load a scenarios file: examples that prove a workflow, in the words of RevOps.

scenarios:
  - name: A hand-raiser from an ideal company becomes an MQL by itself
    given: {stage: lead, company_size: 80, events: {demo_requested: 2 days ago}}
    when: changed
    then: {stage: mql}
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from leadstate.domain.lifecycle import OutsideAnswer
from leadstate.domain.receipt import RefusalCode
from leadstate.errors import WorkflowError

from .keys import SCENARIO, SCENARIOS, THEN
from .problems import Problems, shown
from .reader import open_mapping
from .scenario import Expectation, Scenario
from .scenario_given import read_given
from .scenario_lint import lint_scenario
from .scenario_when import read_when
from .workflow import load_workflow
from .yaml import read_file, read_yaml

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import Lifecycle

    from .nodes import Located
    from .problems import Problem
    from .reader import Reader

__all__ = [
    "ScenarioFile",
    "check_scenarios",
    "check_scenarios_text",
    "load_scenarios",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioFile:
    """The scenarios of one file, and the lifecycle that they are about."""

    lifecycle: Lifecycle
    scenarios: tuple[Scenario, ...]


def load_scenarios(
    path: Path | str, lifecycle: Lifecycle | None = None
) -> ScenarioFile:
    """Return the scenarios of a file.

    Args:
        path: The file.
        lifecycle: The lifecycle to prove; None loads the workflow that the file names.

    Raises:
        WorkflowError: Every mistake in the file, or in the workflow beside it.
    """
    found, problems = check_scenarios(path, lifecycle)
    if found is None:
        raise WorkflowError(tuple(map(str, problems)))
    return found


def check_scenarios(
    path: Path | str, lifecycle: Lifecycle | None = None
) -> tuple[ScenarioFile | None, tuple[Problem, ...]]:
    """Return the scenarios, if the file is right, and all errors and warnings.

    Raises:
        WorkflowError: The workflow beside the file has mistakes of its own.
    """
    problems = Problems(str(path))
    tree = read_file(Path(path), problems)
    return _build(tree, problems, lifecycle, Path(path).parent), problems.all()


def check_scenarios_text(
    text: str | bytes, lifecycle: Lifecycle, *, file: str = "scenarios.yaml"
) -> tuple[ScenarioFile | None, tuple[Problem, ...]]:
    """Return the scenarios, if the text is right, and all errors and warnings."""
    problems = Problems(file)
    return _build(
        read_yaml(text, problems), problems, lifecycle, Path()
    ), problems.all()


def _build(
    tree: Located | None, problems: Problems, lifecycle: Lifecycle | None, folder: Path
) -> ScenarioFile | None:
    reader = open_mapping(tree, SCENARIOS, problems, "the file") if tree else None
    if reader is None:
        return None
    workflow = reader.text("workflow")
    if lifecycle is None and workflow is not None:
        lifecycle = _beside(reader, workflow, folder)
    if lifecycle is None:
        return None
    names: dict[str, int] = {}
    found = [
        _scenario(node, lifecycle, problems, names)
        for node in reader.items("scenarios")
    ]
    if problems.failed:
        return None
    return ScenarioFile(
        lifecycle=lifecycle, scenarios=tuple(one for one in found if one is not None)
    )


def _beside(reader: Reader, name: str, folder: Path) -> Lifecycle | None:
    """Load the workflow file that the scenarios name."""
    if (folder / name).is_file() and Path(name).name == name:
        return load_workflow(folder / name)
    beside = sorted(path.name for path in folder.glob("*.yaml"))
    reader.problems.error(
        "LS501",
        reader.at("workflow"),
        f"the workflow file {shown(name)} is not beside this file",
        hint=reader.problems.known(name, beside),
    )
    return None


def _scenario(
    node: Located, lifecycle: Lifecycle, problems: Problems, names: dict[str, int]
) -> Scenario | None:
    reader = open_mapping(node, SCENARIO, problems, "a scenario")
    if reader is None:
        return None
    name = reader.text("name") or ""
    reader.name = f"scenario {shown(name)}"
    _check_name(reader, name, names)
    given = read_given(reader, lifecycle)
    when = read_when(reader, lifecycle, given.stage if given else "")
    then = _then(reader, lifecycle)
    if given is None or when is None or then is None:
        return None
    scenario = Scenario(
        name=name,
        place=node.mark,
        stage=given.stage,
        values=given.values,
        events=given.events,
        at=given.at,
        entered=given.entered,
        came_from=given.came_from,
        pass_number=given.pass_number,
        when=when,
        then=then,
    )
    lint_scenario(scenario, lifecycle, reader)
    return scenario


def _check_name(reader: Reader, name: str, names: dict[str, int]) -> None:
    if name and name in names:
        reader.problems.error(
            "LS502",
            reader.at("name"),
            f"{reader.name} stands twice",
            why=f"first in line {names[name]}",
            hint="Say in each name what is different.",
        )
    names.setdefault(name, reader.at("name").line)


def _then(scenario: Reader, lifecycle: Lifecycle) -> Expectation | None:
    node = scenario.get("then")
    title = f"{scenario.name}: 'then'"
    reader = open_mapping(node, THEN, scenario.problems, title) if node else None
    if reader is None:
        return None
    return Expectation(
        stage=reader.reference("stage", "stage", lifecycle.stages, "ends in"),
        stays=reader.reference("stays", "stage", lifecycle.stages, "stays in"),
        via=_names(reader, "via", "transition", lifecycle),
        refused=reader.word("refused", RefusalCode),
        outside=reader.word("outside", OutsideAnswer),
        warned=_exactly(reader, "warned"),
        breached=_exactly(reader, "breached"),
        escalated=_exactly(reader, "escalated"),
        starts=_exactly(reader, "starts"),
        met=_names(reader, "met", "criterion", lifecycle),
        unmet=_names(reader, "unmet", "criterion", lifecycle),
        missing=_names(reader, "missing", "field", lifecycle),
    )


def _exactly(reader: Reader, key: str) -> tuple[str, ...] | None:
    """Return the names of a list that is complete; None when nothing is said."""
    if not reader.has(key):
        return None
    return tuple(node.value for node in reader.words(key))


def _names(
    reader: Reader, key: str, kind: str, lifecycle: Lifecycle
) -> tuple[str, ...]:
    known = {
        "transition": lifecycle.transitions,
        "criterion": lifecycle.criteria,
        "field": lifecycle.fields,
    }[kind]
    found = [
        reader.refer(node, kind, known, f"asks for {key}") for node in reader.words(key)
    ]
    return tuple(name for name in found if name)
