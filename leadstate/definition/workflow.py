"""Load a workflow file: a `Lifecycle`, or every mistake in it at once.

>>> lifecycle, problems = check_workflow_text("workflow: demo", file="demo.yaml")
>>> print(problems[0])
LS103 demo.yaml:1:1 the file lacks 'stages'. Add `stages: …`: Stages, in order.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from leadstate.domain.lifecycle import Lifecycle, OutsideAnswer
from leadstate.errors import WorkflowError

from .calendars import read_calendars, read_zone
from .draft import DeclaredNames, LifecycleDraft
from .fields import label_of, read_fields
from .keys import WORKFLOW
from .lint import lint
from .names import check_name
from .problems import Problems
from .reader import open_mapping
from .scores import read_criteria, read_scores
from .stages import read_stages
from .teams import read_reasons, read_teams
from .transitions import read_transitions
from .version import version_of
from .wakes import complete
from .yaml import read_file, read_yaml

if TYPE_CHECKING:
    from .nodes import Located
    from .problems import Problem

__all__ = [
    "check_workflow",
    "check_workflow_text",
    "load_workflow",
    "load_workflow_text",
]


def load_workflow(path: Path | str) -> Lifecycle:
    """Return the lifecycle that a file defines.

    Raises:
        WorkflowError: Every mistake in the file, one printable line each.
    """
    problems = Problems(str(path))
    return _or_raise(_build(read_file(Path(path), problems), problems), problems)


def load_workflow_text(text: str | bytes, *, file: str = "workflow.yaml") -> Lifecycle:
    """Return the lifecycle that a text defines; ``file`` is for the messages.

    Raises:
        WorkflowError: Every mistake in the text, one printable line each.
    """
    problems = Problems(file)
    return _or_raise(_build(read_yaml(text, problems), problems), problems)


def check_workflow(path: Path | str) -> tuple[Lifecycle | None, tuple[Problem, ...]]:
    """Return the lifecycle, if the file has one, and all errors and warnings."""
    problems = Problems(str(path))
    return _build(read_file(Path(path), problems), problems), problems.all()


def check_workflow_text(
    text: str | bytes, *, file: str = "workflow.yaml"
) -> tuple[Lifecycle | None, tuple[Problem, ...]]:
    """Return the lifecycle, if the text has one, and all errors and warnings."""
    problems = Problems(file)
    return _build(read_yaml(text, problems), problems), problems.all()


def _or_raise(lifecycle: Lifecycle | None, problems: Problems) -> Lifecycle:
    if lifecycle is None:
        raise WorkflowError(problems.lines())
    return lifecycle


def _build(tree: Located | None, problems: Problems) -> Lifecycle | None:
    reader = open_mapping(tree, WORKFLOW, problems, "the file") if tree else None
    if reader is None:
        return None
    name = reader.text_node("workflow")
    if name is not None:
        check_name(name, "workflow", problems)
    draft = LifecycleDraft(reader, DeclaredNames.of(reader.node))
    _read_sections(draft)
    outside = reader.word("outside_moves", OutsideAnswer) or OutsideAnswer.FLAG
    title = reader.text("title")
    lint(draft)
    if problems.failed or name is None:
        return None
    return _lifecycle(draft, name.value, title or label_of(name.value), outside)


def _read_sections(draft: LifecycleDraft) -> None:
    """Read every section, each after the ones it needs."""
    draft.timezone = read_zone(draft.reader, "UTC")
    read_fields(draft)
    read_criteria(draft)
    read_scores(draft)
    read_calendars(draft)
    read_teams(draft)
    read_reasons(draft)
    read_stages(draft)
    read_transitions(draft)


def _lifecycle(
    draft: LifecycleDraft, name: str, title: str, outside: OutsideAnswer
) -> Lifecycle:
    stages, transitions = complete(draft)
    return Lifecycle(
        name=name,
        title=title,
        version=version_of(draft.tree),
        timezone=draft.timezone,
        fields=draft.fields,
        scores=draft.scores,
        criteria=draft.criteria,
        calendars=draft.calendars,
        stages=stages,
        transitions=transitions,
        teams=draft.teams,
        reasons=draft.reasons,
        outside=outside,
    )
