"""YAML with a place for every key and value, and with nothing that surprises.

All scalars stay text (``no``, ``on``, ``4:30:00``, ``010``); whoever reads a value says
what it should be.  Duplicate keys, aliases, merge keys, tags and bombs are refused.
Parser events are used, not nodes: nothing here recurses, however deep the file is.

    >>> from leadstate.definition.problems import Problems
    >>> problems = Problems("demo.yaml")
    >>> tree = read_yaml("stage: {within: 4:30:00}", problems)
    >>> within = tree.find("stage", "within")
    >>> within.value, within.mark
    ('4:30:00', Mark(line=1, column=17))
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import yaml

from .nodes import ListNode, MapNode, TextNode, kind_of
from .problems import Mark, shown
from .syntax import report_syntax

if TYPE_CHECKING:
    from pathlib import Path

    from .nodes import Located
    from .problems import Problems

__all__ = ["read_file", "read_yaml"]

LARGEST: Final = 256 * 1024
DEEPEST: Final = 32
MOST_NODES: Final = 20_000
_START: Final = Mark(1, 1)
_TAGGED: Final = (yaml.ScalarEvent, yaml.SequenceStartEvent, yaml.MappingStartEvent)
_UNCLEAN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ud800-\udfff]")


def read_file(path: Path, problems: Problems) -> Located | None:
    """Return the tree of a file, or None when there is none to work with."""
    try:
        with path.open("rb") as file:
            source = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problems.error(
            "LS001",
            _START,
            f"the file cannot be read: {reason}",
            hint="Check the path and the permissions.",
        )
        return None
    return read_yaml(source, problems)


def read_yaml(source: str | bytes, problems: Problems) -> Located | None:
    """Return the tree of a text, or None when there is none to work with.

    A mistake of the syntax ends the reading; every other one is collected.
    """
    text = _clean(source, problems)
    if text is None:
        return None
    builder = _Builder(text, problems)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if not builder.take(event):
                return None
    except yaml.YAMLError as error:
        report_syntax(error, text, problems)
        return None
    return builder.result()


def _clean(source: str | bytes, problems: Problems) -> str | None:
    if len(source) > LARGEST:
        problems.error(
            "LS003",
            _START,
            f"the file is larger than {LARGEST // 1024} kB",
            hint="Split the agreement into several workflows.",
        )
        return None
    try:
        text = source if isinstance(source, str) else source.decode("utf-8")
    except UnicodeDecodeError as error:
        before = source[: error.start]
        assert isinstance(before, bytes)  # noqa: S101 - only bytes are decoded
        at = _mark_at(before.decode("utf-8"))
        problems.error(
            "LS002", at, "a byte here is not UTF-8", hint="Save the file as UTF-8."
        )
        return None
    text = text.removeprefix("\ufeff")
    unclean = _UNCLEAN.search(text)
    if unclean:
        problems.error(
            "LS002",
            _mark_at(text[: unclean.start()]),
            f"the control character U+{ord(unclean[0]):04X} stands here",
            hint="Delete it; it cannot be seen in most editors.",
        )
        return None
    return text


def _mark_at(before: str) -> Mark:
    return Mark(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    node: ListNode | MapNode
    key: TextNode | None = None


class _Builder:
    """Turns parser events into a tree, with its own stack."""

    def __init__(self, text: str, problems: Problems) -> None:
        self._text = text
        self._problems = problems
        self._stack: list[_Open] = []
        self._root: Located | None = None
        self._documents = 0
        self._nodes = 0

    def take(self, event: yaml.Event) -> bool:
        """Take one event; False when the reading has to end here."""
        mark = _mark_of(event)
        if isinstance(event, yaml.DocumentStartEvent):
            return self._document(mark)
        if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._stack.pop()
        if not isinstance(event, yaml.NodeEvent):
            return True
        self._nodes += 1
        if self._nodes > MOST_NODES:
            return self._too_much(mark, f"has more than {MOST_NODES} parts")
        self._refuse_specials(event, mark)
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            return self._open(event, mark)
        self._place(self._scalar(event, mark))
        return True

    def result(self) -> Located | None:
        """Return the whole tree."""
        if self._root is None:
            self._problems.error("LS008", _START, "the file is empty")
        return self._root

    def _document(self, mark: Mark) -> bool:
        self._documents += 1
        if self._documents == 1:
            return True
        self._problems.error(
            "LS008",
            mark,
            "a second document starts here",
            why="and a file holds one definition",
            hint="Delete the line `---`.",
        )
        return False

    def _too_much(self, mark: Mark, what: str) -> bool:
        self._problems.error(
            "LS003", mark, f"the file {what}", hint="Nobody can review that; simplify."
        )
        return False

    def _refuse_specials(self, event: yaml.NodeEvent, mark: Mark) -> None:
        alias = isinstance(event, yaml.AliasEvent)
        if event.anchor is not None:
            sign = "*" if alias else "&"
            self._problems.error(
                "LS006",
                mark,
                f"{shown(sign + event.anchor)} stands here",
                why="and anchors and aliases are not accepted",
                hint="Write the value out; quote a text that starts with * or &.",
            )
        if alias:
            self._problems.mute(mark)
        if not alias and isinstance(event, _TAGGED) and event.tag:
            self._problems.error(
                "LS007",
                mark,
                f"the tag {shown(_short_tag(event.tag))} stands here",
                hint="Delete it; quote a text that starts with !.",
            )

    def _open(
        self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent, mark: Mark
    ) -> bool:
        mapping = isinstance(event, yaml.MappingStartEvent)
        node: ListNode | MapNode = MapNode(mark) if mapping else ListNode(mark)
        self._place(node)
        self._stack.append(_Open(node))
        if len(self._stack) > DEEPEST:
            return self._too_much(mark, f"is nested more than {DEEPEST} deep")
        return True

    def _scalar(self, event: yaml.NodeEvent, mark: Mark) -> TextNode:
        start, end = event.start_mark, event.end_mark
        if not isinstance(event, yaml.ScalarEvent) or start is None or end is None:
            return TextNode("", mark, refused=True)
        raw = self._text[start.index : end.index]
        return TextNode(event.value, mark, raw=raw, style=event.style or None)

    def _place(self, node: Located) -> None:
        if not self._stack:
            self._root = node
            return
        top = self._stack[-1]
        if isinstance(top.node, ListNode):
            top.node.items.append(node)
        elif top.key is None:
            top.key = self._key(node)
        else:
            self._enter(top.node, top.key, node)
            top.key = None

    def _key(self, node: Located) -> TextNode:
        if isinstance(node, TextNode) and node.value and not node.refused:
            return node
        if not (isinstance(node, TextNode) and node.refused):
            self._problems.error(
                "LS009",
                node.mark,
                f"a key is expected, {kind_of(node)} was found",
                hint="Write a name in front of the colon.",
            )
        return TextNode("", node.mark, refused=True)

    def _enter(self, mapping: MapNode, key: TextNode, value: Located) -> None:
        if key.refused:
            return
        if key.value == "<<" and not key.style:
            self._problems.error(
                "LS006",
                key.mark,
                "the merge key '<<' stands here",
                why="and merging is not accepted",
                hint="Write the values out.",
            )
        elif key.value in mapping.entries:
            first = mapping.entries[key.value][0].mark
            self._problems.error(
                "LS005",
                key.mark,
                f"the key {shown(key.value)} stands twice",
                why=f"first at {first.line}:{first.column}",
                hint="Keep one of them.",
            )
        else:
            mapping.entries[key.value] = (key, value)


def _short_tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!", 1)


def _mark_of(event: yaml.Event) -> Mark:
    mark = event.start_mark
    return Mark(mark.line + 1, mark.column + 1) if mark else _START
