"""The parts of a file, each with its place: texts, lists and mappings.

>>> tree = wrapped("need", TextNode("text", Mark(3, 9)))
>>> tree.find("need").value, tree.place("need")
('text', Mark(line=3, column=9))
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from .problems import Mark, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ListNode", "Located", "MapNode", "TextNode", "kind_of", "wrapped"]


@dataclass(frozen=True, slots=True, eq=False)
class TextNode:
    """A scalar, as the text that was meant.

    Attributes:
        raw: The text as it stands in the file, quotes and all.
        style: None for plain, else the quote or block sign.
        refused: True for an alias that was refused and reported; say nothing more.
    """

    value: str
    mark: Mark
    raw: str = ""
    style: str | None = None
    refused: bool = False

    @property
    def empty(self) -> bool:
        """True where the file has nothing at all: ``key:``."""
        return not self.value and not self.style

    def find(self, *_: str | int) -> Located | None:
        """A text has nothing inside."""
        return None


@dataclass(frozen=True, slots=True, eq=False)
class ListNode:
    """A sequence."""

    mark: Mark
    items: list[Located] = field(default_factory=list)

    def find(self, *path: str | int) -> Located | None:
        """Return what stands at ``path`` inside, or None."""
        first, *rest = path
        if not isinstance(first, int) or first >= len(self.items):
            return None
        return self.items[first].find(*rest) if rest else self.items[first]


@dataclass(frozen=True, slots=True, eq=False)
class MapNode:
    """A mapping; its keys are text and stand once."""

    mark: Mark
    entries: dict[str, tuple[TextNode, Located]] = field(default_factory=dict)

    def find(self, *path: str | int) -> Located | None:
        """Return what stands at ``path`` inside, or None."""
        first, *rest = path
        if not isinstance(first, str) or first not in self.entries:
            return None
        value = self.entries[first][1]
        return value.find(*rest) if rest else value

    @property
    def keys(self) -> list[TextNode]:
        """The key nodes, in file order."""
        return [key for key, _ in self.entries.values()]

    def items(self) -> Iterator[tuple[TextNode, Located]]:
        """Return key and value nodes, in file order."""
        return iter(self.entries.values())

    def place(self, *path: str | int) -> Mark:
        """Return the mark of the value at ``path``, or of the deepest part of it."""
        for length in range(len(path), 0, -1):
            node = self.find(*path[:length])
            if isinstance(node, MapNode) and (key := self._key(path[:length])):
                return key  # a mapping is best pointed at by the key in front of it
            if node is not None:
                return node.mark
        return self.mark

    def _key(self, path: tuple[str | int, ...]) -> Mark | None:
        parent: Located | None = self.find(*path[:-1]) if path[:-1] else self
        if not isinstance(parent, MapNode):
            return None
        return parent.entries[str(path[-1])][0].mark


Located: TypeAlias = TextNode | ListNode | MapNode


def wrapped(key: str, node: Located) -> MapNode:
    """Return a mapping with one key, for a short form: ``need: text``."""
    return MapNode(node.mark, {key: (TextNode(key, node.mark), node)})


def kind_of(node: Located) -> str:
    """Return what a node is, for a message."""
    match node:
        case MapNode():
            return "a mapping" if node.entries else "an empty mapping"
        case ListNode():
            return "a list" if node.items else "an empty list"
        case _:
            return "nothing" if node.empty else f"the text {shown(node.value)}"
