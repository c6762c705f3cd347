"""Add a shipped workflow to a project that has one already.

Its files are written, and the settings file is edited as text, so that no comment is
lost.  What was edited is read again before it takes the old file's place: where it does
not say what it should, the file stays, and the caller is told what to write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.definition.nodes import MapNode, TextNode
from leadstate.definition.problems import Problems
from leadstate.definition.workflow import load_workflow
from leadstate.definition.yaml import read_file
from leadstate.errors import ConfigurationError, LeadstateError, UsageError
from leadstate.service.setup.opening import binding_for
from leadstate.service.setup.project import shipped_files, write_files
from leadstate.service.setup.together import check_writers
from leadstate.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from leadstate.definition.nodes import Located
    from leadstate.settings import Settings

__all__ = ["Added", "add_workflow"]

_STEP = "  "
_INDENTED = re.compile(r"[ ]+[^\s#]")
_COMMENT = re.compile(r"(?:^|\s)(#.*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What was done.

    Attributes:
        files: The files that were written.
        lines: What to write into the settings file by hand; empty where it was edited.
        clash: Why the workflows cannot work together as they are, or "".
    """

    files: tuple[Path, ...]
    lines: tuple[str, ...]
    clash: str = ""


@dataclass(frozen=True, slots=True)
class _Entry:
    """What stands under a workflow's name."""

    name: str
    file: str
    bindings: Mapping[str, str]
    scenarios: str = ""

    def lines(self, indent: str) -> list[str]:
        inner = indent + _STEP
        bound = ", ".join(f"{name}: {file}" for name, file in self.bindings.items())
        return [
            f"{indent}{self.name}:",
            f"{inner}file: {self.file}",
            *([f"{inner}bindings: {{{bound}}}"] if bound else ()),
            *([f"{inner}scenarios: {self.scenarios}"] if self.scenarios else ()),
        ]


def add_workflow(settings_file: Path, workflow: str) -> Added:
    """Write a shipped workflow's files, and name it in the settings file.

    Args:
        settings_file: Of the project; the files go into ``workflows`` beside it.
        workflow: Name of a shipped workflow.

    Raises:
        UsageError: It is there already, a file is, or it is not a shipped one.
        WorkflowError: The settings file has mistakes.
    """
    settings = load_settings(settings_file)
    own = _own(settings)
    if workflow in {one.name for one in own}:
        raise UsageError(f"{settings_file} has the workflow {workflow!r} already")
    adapters = {one.adapter for one in settings.connections.values()}
    texts = shipped_files(workflow, adapters=adapters)
    new = _Entry(
        name=workflow,
        file=f"workflows/{workflow}.yaml",
        bindings={
            name: f"workflows/{workflow}.{one.adapter}.yaml"
            for name, one in settings.connections.items()
            if f"{workflow}.{one.adapter}.yaml" in texts
        },
        scenarios=f"workflows/{workflow}.scenarios.yaml",
    )
    folder = settings_file.parent / "workflows"
    written = write_files({folder / name: text for name, text in texts.items()})
    edited = _edited(settings, own, new)
    if edited is None or not _holds(settings_file, edited, [*own, new]):
        return Added(files=written, lines=tuple(_by_hand(settings, own, new)))
    settings_file.write_text(edited, encoding="utf-8")
    return Added(files=written, lines=(), clash=_clash(load_settings(settings_file)))


def _own(settings: Settings) -> list[_Entry]:
    """Return the workflows that the file names, as they would stand under names."""
    if settings.workflows:
        return [
            _Entry(name, one.file, one.bindings, one.scenarios or "")
            for name, one in settings.workflows.items()
        ]
    folder, stated = settings.file.parent, settings.workflow
    inside = stated.is_relative_to(folder)
    file = (stated.relative_to(folder) if inside else stated).as_posix()
    name = load_workflow(stated).name
    bound = {name: one.binding for name, one in settings.connections.items()}
    return [_Entry(name, file, bound)]


def _clash(settings: Settings) -> str:
    bindings = {
        name: {
            connection: binding_for(one, connection, load_workflow(one.workflow))
            for connection in one.connections
        }
        for name, one in settings.each().items()
    }
    try:
        check_writers(bindings)
    except ConfigurationError as error:
        return str(error)
    return ""


# -- editing the text ------------------------------------------------------------------


def _edited(settings: Settings, own: Sequence[_Entry], new: _Entry) -> str | None:
    """Return the file's text with the new workflow, or None where that is unsure."""
    tree = read_file(settings.file, Problems(str(settings.file)))
    if not isinstance(tree, MapNode):
        return None
    lines = settings.file.read_text(encoding="utf-8-sig").splitlines()
    if settings.workflows:
        return _appended(lines, tree, new)
    return _turned(lines, tree, own[0], new)


def _appended(lines: list[str], tree: MapNode, new: _Entry) -> str | None:
    """Put the entry behind the last one under ``workflows``."""
    several = tree.find("workflows")
    if not isinstance(several, MapNode) or not several.keys:
        return None
    first = several.keys[0].mark
    indent = " " * (first.column - 1)
    if not indent or lines[first.line - 1][: first.column - 1] != indent:
        return None  # written in one line, {...}
    last = first.line
    for number, line in enumerate(lines[first.line :], start=first.line + 1):
        if line and not line[0].isspace() and not line.startswith("#"):
            break
        last = number if _INDENTED.match(line) else last
    return _text([*lines[:last], *new.lines(indent), *lines[last:]])


def _turned(lines: list[str], tree: MapNode, old: _Entry, new: _Entry) -> str | None:
    """Make ``workflow`` and the connections' bindings an entry under ``workflows``."""
    key = next(one for one in tree.keys if one.value == "workflow")
    gone = [_line_of(lines, tree, name) for name in old.bindings]
    line = lines[key.mark.line - 1]
    if None in gone or not line.startswith("workflow: "):
        return None
    written = line.removeprefix("workflow: ")
    # The line itself stays as it is written, with what stands behind it.
    entry = [
        one if not one.lstrip().startswith("file:") else f"{_STEP * 2}file: {written}"
        for one in old.lines(_STEP)
    ]
    block = ["workflows:", *entry, *new.lines(_STEP)]
    kept = [
        block if number == key.mark.line else [text]
        for number, text in enumerate(lines, start=1)
        if number not in gone
    ]
    return _text([one for part in kept for one in part])


def _line_of(lines: Sequence[str], tree: MapNode, connection: str) -> int | None:
    """Return the line that says a connection's binding and nothing else, or None."""
    stated: Located | None = tree.find("connections", connection)
    binding = stated.find("binding") if isinstance(stated, MapNode) else None
    if not isinstance(binding, TextNode):
        return None
    line = lines[binding.mark.line - 1].strip()
    return binding.mark.line if line == f"binding: {binding.value}" else None


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"


def _holds(file: Path, text: str, wanted: Sequence[_Entry]) -> bool:
    """Whether the text says what it should, and has every comment of the file."""
    before = load_settings(file)
    beside = file.with_name(f".{file.name}.new")
    beside.write_text(text, encoding="utf-8")
    try:
        after = load_settings(beside)
    except LeadstateError:
        return False
    finally:
        beside.unlink()
    named = {
        name: (one.file, dict(one.bindings)) for name, one in after.workflows.items()
    }
    same = all(
        getattr(before, part) == getattr(after, part)
        for part in ("database", "receiver", "people", "channels", "plugins", "key")
    ) and {*before.connections} == {*after.connections}
    comments = _comments(file.read_text(encoding="utf-8-sig"))
    return (
        same
        and named == {one.name: (one.file, dict(one.bindings)) for one in wanted}
        and comments == _comments(text)
    )


def _comments(text: str) -> list[str]:
    found = (_COMMENT.search(line) for line in text.splitlines())
    return [one.group(1) for one in found if one is not None]


def _by_hand(settings: Settings, own: Sequence[_Entry], new: _Entry) -> Sequence[str]:
    """Return what a person has to write, where the text was not edited."""
    if settings.workflows:
        return ["workflows:", *new.lines(_STEP)]
    return [
        "# in the place of `workflow:`, and of `binding:` under each connection",
        "workflows:",
        *own[0].lines(_STEP),
        *new.lines(_STEP),
    ]
