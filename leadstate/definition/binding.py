"""Load a binding file: one workflow's fields, events and stages in one CRM's words.

binding = load_binding("workflows/b2b_lifecycle.hubspot.yaml", lifecycle)
binding.stage_of({"lifecyclestage": "lead", "hs_lead_status": "UNQUALIFIED"})
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from leadstate.domain.binding import Binding, FieldSource, Sync
from leadstate.domain.values import FieldType
from leadstate.errors import WorkflowError

from .binding_lint import lint_binding
from .keys import BINDING, SOURCE
from .names import check_name
from .nodes import ListNode, MapNode, TextNode, wrapped
from .problems import Problems, shown
from .reader import open_mapping
from .yaml import read_file, read_yaml

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import Field, Lifecycle

    from .nodes import Located
    from .problems import Problem
    from .reader import Reader

__all__ = ["check_binding", "check_binding_text", "load_binding"]

_UNMAPPED: Final = "unmapped"
_Stages: TypeAlias = dict[str, dict[str, tuple[str, ...]]]


def load_binding(path: Path | str, lifecycle: Lifecycle) -> Binding:
    """Return the binding that a file defines for this lifecycle.

    Raises:
        WorkflowError: Every mistake in the file, one printable line each.
    """
    problems = Problems(str(path))
    binding = _build(read_file(Path(path), problems), lifecycle, problems)
    if binding is None:
        raise WorkflowError(problems.lines())
    return binding


def check_binding(
    path: Path | str, lifecycle: Lifecycle
) -> tuple[Binding | None, tuple[Problem, ...]]:
    """Return the binding, if the file has one, and all errors and warnings."""
    problems = Problems(str(path))
    return _build(read_file(Path(path), problems), lifecycle, problems), problems.all()


def check_binding_text(
    text: str | bytes, lifecycle: Lifecycle, *, file: str = "binding.yaml"
) -> tuple[Binding | None, tuple[Problem, ...]]:
    """Return the binding, if the text has one, and all errors and warnings."""
    problems = Problems(file)
    return _build(read_yaml(text, problems), lifecycle, problems), problems.all()


def _build(
    tree: Located | None, lifecycle: Lifecycle, problems: Problems
) -> Binding | None:
    reader = open_mapping(tree, BINDING, problems, "the file") if tree else None
    if reader is None:
        return None
    _check_workflow(reader, lifecycle)
    stages, unmapped = _stages(reader, lifecycle)
    binding = Binding(
        workflow=lifecycle.name,
        adapter=_name(reader, "adapter"),
        object=_name(reader, "object"),
        fields=_fields(reader, lifecycle),
        events=_events(reader, lifecycle),
        stages=stages,
        reason=reader.text("reason"),
        ignore=_ignored(reader),
        hand_off=_hand_off(reader, lifecycle, stages),
    )
    lint_binding(binding, unmapped, lifecycle, reader)
    return None if problems.failed else binding


def _check_workflow(reader: Reader, lifecycle: Lifecycle) -> None:
    node = reader.text_node("binding")
    if node is not None and node.value != lifecycle.name:
        reader.problems.error(
            "LS401",
            node.mark,
            f"the file binds workflow {shown(node.value)}",
            why=f"and the workflow given is {shown(lifecycle.name)}",
            hint="Give the workflow file that belongs to it, or correct the name.",
        )


def _name(reader: Reader, key: str) -> str:
    node = reader.text_node(key)
    good = node is not None and check_name(node, key, reader.problems)
    return node.value if node is not None and good else ""


def _fields(reader: Reader, lifecycle: Lifecycle) -> dict[str, FieldSource]:
    found: dict[str, FieldSource] = {}
    for key, node in reader.entries("fields"):
        name = reader.refer(key, "field", lifecycle.fields, "binds field")
        short = isinstance(node, TextNode) and not node.empty
        source = open_mapping(
            wrapped("property", node) if short else node,
            SOURCE,
            reader.problems,
            f"field {shown(key.value)}",
        )
        declared = lifecycle.fields[name] if name else None
        read = _source(source, declared) if source else None
        if name and read:
            found[name] = read
    return found


def _source(reader: Reader, field: Field | None) -> FieldSource | None:
    where = reader.text("property")
    values: dict[str, TextNode] = {}
    for key, node in reader.entries("values"):
        if isinstance(node, TextNode):
            values[key.value] = node
        else:
            reader.wrong(node, key.value, "a text")
    for node in values.values():
        if field and field.type is FieldType.CHOICE and node.value not in field.options:
            reader.problems.error(
                "LS406",
                node.mark,
                f"{reader.name} maps to {shown(node.value)}",
                why="which is not an option of the field",
                hint=reader.problems.known(node.value, field.options),
            )
    texts = {key: node.value for key, node in values.items()}
    sync = reader.word("sync", Sync)
    return FieldSource(property=where, values=texts, sync=sync) if where else None


def _events(reader: Reader, lifecycle: Lifecycle) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, node in reader.entries("events"):
        if not isinstance(node, TextNode) or not node.value:
            reader.wrong(node, key.value, "a date-time property")
        if key.value not in lifecycle.event_names:
            reader.problems.error(
                "LS402",
                key.mark,
                f"the file binds event {shown(key.value)}",
                why="and neither a score nor a clock asks for it",
                hint=reader.problems.known(key.value, sorted(lifecycle.event_names)),
            )
        elif isinstance(node, TextNode):
            found[key.value] = node.value
    return found


def _hand_off(reader: Reader, lifecycle: Lifecycle, stages: _Stages) -> tuple[str, ...]:
    """Return the stages that create the object here; each must have a place here."""
    found: list[str] = []
    for node in reader.words("hand_off"):
        known = reader.refer(node, "stage", lifecycle.stages, "hands off in stage")
        if known and known not in stages:
            reader.problems.error(
                "LS410",
                node.mark,
                f"stage {shown(known)} hands the record off to this CRM",
                why="and has no place in it",
                hint=f"Map {shown(known)} under `stages`, or hand off in another one.",
            )
        elif known:
            found.append(known)
    return tuple(found)


def _ignored(reader: Reader) -> tuple[dict[str, tuple[str, ...]], ...]:
    """Return what shows that an object is none of the workflow's business."""
    found: list[dict[str, tuple[str, ...]]] = []
    for node in reader.items("ignore"):
        if isinstance(node, MapNode) and node.entries:
            found.append(_wanted(reader, "ignore", node))
        else:
            reader.wrong(node, "ignore", "a mapping", "Write {PROPERTY: VALUE}.")
    return tuple(found)


def _stages(reader: Reader, lifecycle: Lifecycle) -> tuple[_Stages, set[str]]:
    """Return the mapped stages in file order, and those left out on purpose."""
    found: _Stages = {}
    unmapped: set[str] = set()
    for key, node in reader.entries("stages"):
        name = reader.refer(key, "stage", lifecycle.stages, "maps stage")
        if isinstance(node, MapNode) and node.entries:
            wanted = _wanted(reader, key.value, node)
            if name:
                found[name] = wanted
        elif isinstance(node, TextNode) and node.value == _UNMAPPED:
            unmapped.add(name or "")
        else:
            hint = "Write {PROPERTY: VALUE}, or `unmapped`."
            reader.wrong(node, key.value, "a mapping", hint)
            unmapped.add(name or "")
    return found, unmapped


def _wanted(reader: Reader, stage: str, node: MapNode) -> dict[str, tuple[str, ...]]:
    wanted: dict[str, tuple[str, ...]] = {}
    for key, value in node.items():
        nodes = value.items if isinstance(value, ListNode) else [value]
        texts = [_value(reader, stage, key.value, one) for one in nodes]
        wanted[key.value] = tuple(
            dict.fromkeys(text for text in texts if text is not None)
        )
        if not texts:
            reader.wrong(value, key.value, "a list of at least one value")
    return wanted


def _value(reader: Reader, stage: str, name: str, node: Located) -> str | None:
    if isinstance(node, TextNode) and (node.value or node.style):
        return node.value
    if not isinstance(node, TextNode):
        reader.wrong(node, name, "a value or a list of values")
    else:
        reader.problems.error(
            "LS101",
            node.mark,
            f"stage {shown(stage)}: a value of {shown(name)} is missing",
            hint="Write '' in quotes for an empty property.",
        )
    return None
