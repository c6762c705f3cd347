"""Load a scenarios file: examples that prove a workflow, in the words of RevOps.

scenarios:
  - name: A hand-raiser from an ideal company becomes an MQL by itself
    given: {stage: lead, company_size: 80, events: {demo_requested: 2 days ago}}
    when: changed
    then: {stage: mql}
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from leadstate.domain.lifecycle import OutsideAnswer
from leadstate.domain.receipt import RefusalCode
from leadstate.domain.values import FieldType, Unparsable, coerce
from leadstate.errors import WorkflowError

from .durations import read_moment
from .keys import GIVEN, SCENARIO, SCENARIOS, THEN, UNPARSABLE, WHEN
from .nodes import ListNode, MapNode, TextNode
from .problems import Problems, shown
from .reading import open_mapping
from .scenario import Expectation, Scenario, Trigger, What
from .scenario_lint import lint_scenario
from .workflow import load_workflow
from .yaml import read_file, read_yaml

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import Field, Lifecycle

    from .nodes import Located
    from .problems import Problem
    from .reading import Reader
    from .scenario import GivenValue, Moment

__all__ = [
    "ScenarioFile",
    "check_scenarios",
    "check_scenarios_text",
    "load_scenarios",
]

_MOMENTS: Final = "Write 2 days ago, in 3 hours, now, or 2026-12-24T09:00."
_DATES: Final = (FieldType.DATE, FieldType.DATETIME)
_BARE: Final = {"changed": What.CHANGED, "timer": What.TIMER}
_VERBS: Final = {
    "move": What.MOVE,
    "moved in crm": What.MOVED_IN_CRM,
    "timer": What.TIMER,
}


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
    given = _part(reader, "given")
    when = _when(reader, lifecycle)
    then = _then(reader, lifecycle)
    if given is None or when is None or then is None:
        return None
    scenario = Scenario(
        name=name,
        place=node.mark,
        stage=given.reference("stage", "stage", lifecycle.stages, "starts in") or "",
        values=_values(given, lifecycle),
        events=_events(given, lifecycle),
        entered=_moment(given, given.node.find("entered"), "entered"),
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


def _part(reader: Reader, key: str) -> Reader | None:
    node = reader.get(key)
    shape = GIVEN if key == "given" else THEN
    title = f"{reader.name}: {shown(key)}"
    return open_mapping(node, shape, reader.problems, title) if node else None


def _values(given: Reader, lifecycle: Lifecycle) -> dict[str, GivenValue]:
    found: dict[str, GivenValue] = {}
    for key, node in given.node.items():
        if key.value in GIVEN.names:
            continue
        name = given.refer(key, "field", lifecycle.fields, "has")
        if name is not None:
            found[name] = _value(given, lifecycle.fields[name], node)
    return found


def _value(given: Reader, field: Field, node: Located) -> GivenValue:
    match node:
        case MapNode():
            return _unparsable(given, field, node)
        case ListNode():
            texts = [one.value for one in node.items if isinstance(one, TextNode)]
            value = coerce(texts, field.type, field.options)
        case _:
            moment = read_moment(node.value) if field.type in _DATES else None
            if isinstance(moment, timedelta):
                return moment
            value = coerce(node.value, field.type, field.options)
    if isinstance(value, Unparsable):
        raw = node.value if isinstance(node, TextNode) else "a list"
        given.problems.error(
            "LS503",
            node.mark,
            f"{given.name}: {shown(field.name)} is {shown(raw)}",
            why=f"which is no value of type {field.type}",
            hint=f"Mend it, or write {field.name}: {{unparsable: …}} if it is meant.",
        )
    return value


def _unparsable(given: Reader, field: Field, node: MapNode) -> GivenValue:
    title = f"{given.name}: {shown(field.name)}"
    reader = open_mapping(node, UNPARSABLE, given.problems, title)
    text = reader.text("unparsable") if reader else None
    value = coerce(text, field.type, field.options)
    if text is not None and not isinstance(value, Unparsable):
        given.problems.error(
            "LS503",
            node.mark,
            f"{title} is said to be unparsable",
            why=f"and {shown(text)} is a value of type {field.type}",
            hint="Write the value by itself.",
        )
    return value


def _events(given: Reader, lifecycle: Lifecycle) -> tuple[tuple[str, Moment], ...]:
    found = []
    known = sorted(lifecycle.event_names)
    for key, node in given.entries("events"):
        name = given.refer(key, "event", known, "has")
        for one in node.items if isinstance(node, ListNode) else [node]:
            moment = _moment(given, one, key.value)
            if name is not None and moment is not None:
                found.append((name, moment))
    return tuple(found)


def _moment(reader: Reader, node: Located | None, key: str) -> Moment | None:
    if node is None:
        return None
    text = node.value if isinstance(node, TextNode) else ""
    moment = read_moment(text)
    if moment is None:
        reader.problems.error(
            "LS504",
            node.mark,
            f"{reader.name}: {shown(key)} is at {shown(text)}",
            why="which is not a moment",
            hint=_MOMENTS,
        )
    return moment


def _when(scenario: Reader, lifecycle: Lifecycle) -> Trigger | None:
    node = scenario.get("when")
    if isinstance(node, TextNode) and node.value in _BARE:
        return Trigger(what=_BARE[node.value])
    if isinstance(node, TextNode):
        scenario.problems.error(
            "LS110",
            node.mark,
            f"{scenario.name}: 'when' is {shown(node.value)}",
            hint="Write changed, timer, {move: TRANSITION, as: ROLE},"
            " {moved in crm: STAGE} or {timer: TRANSITION}.",
        )
        return None
    title = f"{scenario.name}: 'when'"
    reader = open_mapping(node, WHEN, scenario.problems, title) if node else None
    return _trigger(reader, lifecycle) if reader else None


def _trigger(reader: Reader, lifecycle: Lifecycle) -> Trigger | None:
    verbs = [verb for verb in _VERBS if reader.has(verb)]
    if len(verbs) != 1:
        reader.problems.error(
            "LS118",
            reader.node.mark,
            f"{reader.name} needs one of 'move', 'moved in crm' and 'timer'",
            hint="One scenario shows one thing that happens.",
        )
        return None
    what = _VERBS[verbs[0]]
    stage = reader.reference("moved in crm", "stage", lifecycle.stages, "goes to")
    transition = reader.text("move") or reader.text("timer")
    return Trigger(
        what=what,
        transition=transition,
        stage=stage,
        roles=frozenset(node.value for node in reader.words("as")),
        reason=reader.text("reason"),
        note=reader.text("note") or "",
    )


def _then(scenario: Reader, lifecycle: Lifecycle) -> Expectation | None:
    reader = _part(scenario, "then")
    if reader is None:
        return None
    return Expectation(
        stage=reader.reference("stage", "stage", lifecycle.stages, "ends in"),
        stays=reader.reference("stays", "stage", lifecycle.stages, "stays in"),
        via=_names(reader, "via", "transition", lifecycle),
        refused=reader.word("refused", RefusalCode),
        outside=reader.word("outside", OutsideAnswer),
        met=_names(reader, "met", "criterion", lifecycle),
        unmet=_names(reader, "unmet", "criterion", lifecycle),
        missing=_names(reader, "missing", "field", lifecycle),
    )


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
