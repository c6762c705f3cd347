"""Read conditions: texts in the criteria language, and groups of them.

A mistake inside a text is reported where its character stands in the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.errors import WorkflowError
from leadstate.guards import (
    GuardError,
    NameScope,
    all_of,
    any_of,
    at_least,
    negate,
    none_of,
    read_condition,
    references,
)

from .keys import GROUP
from .nodes import ListNode, MapNode, TextNode
from .offsets import place_in
from .problems import Mark, Problems, listed, shown
from .reader import open_mapping

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from leadstate.domain.condition import Condition
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.guards import Mistake

    from .nodes import Located
    from .reader import Reader

__all__ = ["ConditionReader", "names_in", "parse_condition", "text_of"]

_START = Mark(1, 1)
_NAMES = ("LS210", "LS211")


class ConditionReader:
    """Reads conditions that may ask about one scope.

    ``broken`` are names whose own mistakes are reported where they are declared; None
    says that a whole section is unreadable, and that unknown names mean nothing.
    """

    def __init__(
        self, scope: NameScope, problems: Problems, broken: Collection[str] | None = ()
    ) -> None:
        self._scope = scope
        self._problems = problems
        self._broken = broken

    def read(self, node: Located, name: str) -> Condition | None:
        """Return the condition, or None when it has mistakes."""
        match node:
            case TextNode():
                return self._text(node)
            case MapNode():
                return self._group(node, name)
            case _:
                self._problems.error(
                    "LS101",
                    node.mark,
                    f"{name} must be a condition, a list was found",
                    hint="Say how they count: {all: […]}, {any: […]}.",
                )
                return None

    def _text(self, node: TextNode) -> Condition | None:
        try:
            return read_condition(node.value, self._scope)
        except GuardError as error:
            for mistake in error.mistakes:
                if not self._reported(mistake, node.value):
                    self._mistake(mistake, place_in(node, mistake.offset))
            return None

    def _reported(self, mistake: Mistake, text: str) -> bool:
        """Whether the name has a mistake of its own, where it is declared."""
        if self._broken is None:
            return mistake.code in _NAMES
        end = mistake.offset + mistake.length
        return text[mistake.offset : end] in self._broken

    def _mistake(self, mistake: Mistake, at: Mark) -> None:
        ended = not mistake.hint or mistake.hint.endswith(("?", "."))
        hint = mistake.hint if ended else f"{mistake.hint}."
        self._problems.error(mistake.code, at, mistake.what, hint=hint)

    def _group(self, node: MapNode, name: str) -> Condition | None:
        reader = open_mapping(node, GROUP, self._problems, name)
        assert reader is not None  # noqa: S101 - a MapNode was given
        verbs = [key for key in GROUP.names if key != "of" and reader.has(key)]
        if len(verbs) == 1 and ("of" in node.entries) == (verbs[0] == "at_least"):
            return self._counted(reader, verbs[0])
        self._problems.error(
            "LS118",
            node.mark,
            f"{name} has {listed(node.entries) or 'no key'}",
            why="where one of all, any, none, not, or at_least with of belongs",
            hint="Put one group inside the other, or name it as a criterion.",
        )
        return None

    def _counted(self, reader: Reader, verb: str) -> Condition | None:
        needed = self._needed(reader) if verb == "at_least" else 0
        parts = self._parts(reader, "of" if verb == "at_least" else verb)
        if parts is None or needed is None:
            return None
        try:
            return _combine(verb, needed, parts)
        except GuardError as error:
            for mistake in error.mistakes:
                self._mistake(mistake, reader.at(verb))
            return None

    def _needed(self, reader: Reader) -> int | None:
        needed = reader.number("at_least")
        if needed is None or needed == int(needed):
            return None if needed is None else int(needed)
        self._problems.error(
            "LS112",
            reader.at("at_least"),
            f"{reader.name}: 'at_least' is {needed}",
            why="which is not a whole number",
            hint="Write how many of the parts must be met, such as 2.",
        )
        return None

    def _parts(self, reader: Reader, key: str) -> list[Condition] | None:
        name = f"{reader.name}: {shown(key)}"
        node = reader.get(key)
        nodes = ([node] if node else []) if key == "not" else reader.items(key)
        parts = [self.read(one, name) for one in nodes]
        if not parts and isinstance(node, ListNode):
            self._problems.error(
                "LS101",
                node.mark,
                f"{name} is an empty list",
                hint="List at least one condition.",
            )
        good = [part for part in parts if part is not None]
        return good if good and len(good) == len(parts) else None


def _combine(verb: str, needed: int, parts: list[Condition]) -> Condition:
    match verb:
        case "all":
            return all_of(parts)
        case "any":
            return any_of(parts)
        case "none":
            return none_of(parts)
        case "not":
            return negate(parts[0])
        case _:
            return at_least(needed, parts)


def _texts_in(node: Located) -> Iterator[str]:
    """Yield every condition text below a node."""
    match node:
        case TextNode():
            yield node.value
        case ListNode():
            for item in node.items:
                yield from _texts_in(item)
        case _:
            for key, value in node.items():
                if key.value != "at_least":
                    yield from _texts_in(value)


def names_in(node: Located) -> frozenset[str]:
    """Return every name that stands alone in the conditions below a node."""
    found: set[str] = set()
    for text in _texts_in(node):
        found |= references(text)
    return frozenset(found)


def text_of(node: Located) -> str:
    """Return a condition as it was written, groups in words."""
    match node:
        case TextNode():
            return " ".join(node.value.split())
        case ListNode():
            return ", ".join(text_of(item) for item in node.items)
        case _:
            inside = (f"{key.value} {text_of(value)}" for key, value in node.items())
            return f"({' '.join(inside)})"


def parse_condition(text: str, lifecycle: Lifecycle) -> Condition:
    """Return a condition typed by hand, against a lifecycle.

    Raises:
        WorkflowError: Every mistake in it, placed in the file ``condition``.
    """
    problems = Problems("condition")
    scope = NameScope(
        fields=lifecycle.fields,
        scores=lifecycle.scores,
        criteria=lifecycle.criteria,
        timezone=lifecycle.timezone,
    )
    node = TextNode(text, _START, raw=text)
    condition = ConditionReader(scope, problems).read(node, "the condition")
    if condition is None:
        raise WorkflowError(problems.lines())
    return condition
