"""Several workflows in one file: what each says of itself, and what must agree."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from pydantic import Field

from leadstate.definition.nodes import MapNode
from leadstate.definition.problems import Mark, shown
from leadstate.errors import UsageError
from leadstate.settings.parts import Strict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leadstate.definition.nodes import Located, TextNode
    from leadstate.definition.problems import Problems

__all__ = ["WorkflowSettings", "check_workflows", "unknown_workflow"]

_START = Mark(1, 1)


class WorkflowSettings(Strict):
    """One workflow of several.

    Attributes:
        file: The workflow file; it calls itself by the name that it stands under here.
        bindings: The connections that it uses, each with the binding file for it.
        scenarios: The file of its scenarios; else NAME.scenarios.yaml beside its file.
    """

    file: str
    bindings: dict[str, str] = Field(default_factory=dict)
    scenarios: str | None = None


def unknown_workflow(word: str, names: Iterable[str]) -> UsageError:
    """Return what to raise where somebody asks for a workflow that is not there."""
    known = list(names)
    close = get_close_matches(word, known, n=1)
    meant = f" Did you mean {close[0]!r}?" if close else ""
    return UsageError(
        f"there is no workflow {word!r}.{meant} The settings have: {', '.join(known)}"
    )


def check_workflows(tree: Located, problems: Problems) -> None:
    """One workflow, or several: each part of the file says which, and agrees."""
    if not isinstance(tree, MapNode):
        return
    one, several = tree.find("workflow"), tree.find("workflows")
    if one is None and several is None:
        hint = "Write workflow: FILE, or workflows: with a name and a file for each."
        problems.error("LS601", _START, "'workflow' is missing", hint=hint)
    if one is not None and several is not None:
        what = "'workflow' and 'workflows' stand side by side"
        hint = "Move the one workflow under 'workflows', with its bindings."
        problems.error("LS603", one.mark, what, hint=hint)
        return
    connections = tree.find("connections")
    bound = connections.items() if isinstance(connections, MapNode) else ()
    if several is None:
        for key, stated in bound:
            if isinstance(stated, MapNode) and stated.find("binding") is None:
                what = f"'connections.{key.value}.binding' is missing"
                problems.error("LS601", stated.mark, what)
        return
    if isinstance(several, MapNode):
        _check_bindings(several, dict(bound), problems)


def _check_bindings(
    several: MapNode, connections: Mapping[TextNode, Located], problems: Problems
) -> None:
    """Each workflow brings the bindings of the connections that it uses."""
    if not several.keys:
        hint = "Write a name, and under it: file: FILE."
        problems.error("LS601", several.mark, "'workflows' names none", hint=hint)
    for key, stated in connections.items():
        binding = stated.find("binding") if isinstance(stated, MapNode) else None
        if binding is not None:
            what = f"'connections.{key.value}.binding' is none of the connection's here"
            hint = (
                "Where there are several workflows, each names its own: write it under "
                f"workflows.NAME.bindings.{key.value}."
            )
            problems.error("LS603", binding.mark, what, hint=hint)
    known = [key.value for key in connections]
    for name, stated in several.items():
        bindings = stated.find("bindings") if isinstance(stated, MapNode) else None
        for key in bindings.keys if isinstance(bindings, MapNode) else ():
            if key.value not in known:
                what = (
                    f"'workflows.{name.value}.bindings' names the connection "
                    f"{shown(key.value)}, which is not there"
                )
                hint = problems.known(key.value, known)
                problems.error("LS603", key.mark, what, hint=hint)
