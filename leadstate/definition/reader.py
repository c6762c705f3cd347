"""Read one mapping of a file: its keys are checked, its values are asked for by type.

Every reader answers None when the value is missing or wrong; when it is wrong, the
mistake is already in the list.  So a caller never stops, and never reports twice.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeVar

from .durations import read_duration
from .names import check_name
from .nodes import ListNode, MapNode, TextNode, kind_of
from .problems import listed, shown

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta
    from enum import StrEnum

    from .keys import Shape
    from .nodes import Located
    from .problems import Mark, Problems

__all__ = ["Reader", "open_mapping"]

Word = TypeVar("Word", bound="StrEnum")

_NUMBER: Final = re.compile(r"-?(0|[1-9]\d{0,11})(\.\d{1,6})?")
_UNKNOWN: Final = {
    "stage": "LS104",
    "field": "LS105",
    "criterion": "LS106",
    "transition": "LS107",
    "calendar": "LS108",
    "team or role": "LS109",
    "event": "LS505",
    "reason": "LS122",
}


class Reader:
    """One mapping whose keys were checked against a shape.

    Attributes:
        name: What the mapping is, for messages: ``transition 'qualify'``.
    """

    def __init__(
        self, node: MapNode, shape: Shape, problems: Problems, name: str
    ) -> None:
        self.node = node
        self.name = name
        self.problems = problems
        self._shape = shape
        self._refuse_unknown_keys()
        for key in shape.keys:
            if key.required and key.name not in node.entries:
                problems.error(
                    "LS103",
                    node.mark,
                    f"{name} lacks {shown(key.name)}",
                    hint=f"Add `{key.name}: …`: {key.about}",
                )

    def _refuse_unknown_keys(self) -> None:
        names = self._shape.names
        for key in self.node.keys:
            if key.value not in names and self._shape.rest is None:
                self.problems.error(
                    "LS102",
                    key.mark,
                    f"{self.name} has the unknown key {shown(key.value)}",
                    hint=self.problems.known(key.value, names),
                )

    def has(self, key: str) -> bool:
        """Whether the key stands there, whatever its value."""
        return key in self.node.entries

    def at(self, key: str) -> Mark:
        """Where the value of a key stands, or the mapping when there is none."""
        return self.node.place(key)

    def get(self, key: str) -> Located | None:
        """Return the value's node; nothing behind a colon is a mistake."""
        found = self.node.find(key)
        if isinstance(found, TextNode) and (found.refused or found.empty):
            if found.empty and not found.refused:
                about = next(one.about for one in self._shape.keys if one.name == key)
                self.problems.error(
                    "LS101",
                    found.mark,
                    f"{self.name}: {shown(key)} has no value",
                    hint=f"Write one or delete the key. {about}",
                )
            return None
        return found

    def wrong(self, node: Located, key: str, expected: str, hint: str = "") -> None:
        """Add that a value has the wrong shape."""
        self.problems.error(
            "LS101",
            node.mark,
            f"{self.name}: {shown(key)} must be {expected}, {kind_of(node)} was found",
            hint=hint,
        )

    def text_node(self, key: str) -> TextNode | None:
        """Return a value that must be a text."""
        node = self.get(key)
        if node is None or isinstance(node, TextNode):
            return node
        self.wrong(node, key, "a text")
        return None

    def text(self, key: str) -> str | None:
        """Return a text without white space around it."""
        node = self.text_node(key)
        return " ".join(node.value.split()) or None if node else None

    def flag(self, key: str) -> bool:
        """Return true or false; a missing key is false."""
        node = self.text_node(key)
        if node is None or (not node.style and node.value in ("true", "false")):
            return node is not None and node.value == "true"
        self.problems.error(
            "LS110",
            node.mark,
            f"{self.name}: {shown(key)} is {shown(node.value)}",
            hint="Write true or false, without quotes.",
        )
        return False

    def word(self, key: str, words: type[Word]) -> Word | None:
        """Return one of a closed set of words."""
        node = self.text_node(key)
        if node is None:
            return None
        if node.value in set(words):
            return words(node.value)
        self.problems.error(
            "LS110",
            node.mark,
            f"{self.name}: {shown(key)} is {shown(node.value)}",
            why="which is none of the possible words",
            hint=self.problems.known(node.value, words),
        )
        return None

    def number(self, key: str, *, positive: bool = False) -> float | None:
        """Return a plain number."""
        node = self.text_node(key)
        return self.number_of(node, key, positive=positive) if node else None

    def number_of(
        self, node: TextNode, key: str, *, positive: bool = False
    ) -> float | None:
        """Return the number a node holds."""
        plain = not node.style and _NUMBER.fullmatch(node.value)
        value = float(node.value) if plain else None
        if value is not None and not (positive and value <= 0):
            return value
        above = " above 0" if positive else ""
        self.problems.error(
            "LS112",
            node.mark,
            f"{self.name}: {shown(key)} is {shown(node.value)}",
            why=f"which is not a number{above}",
            hint="Write plain digits such as 40 or 2.5: no quotes, no leading zeros.",
        )
        return None

    def duration(self, key: str) -> timedelta | None:
        """Return a length of time."""
        node = self.text_node(key)
        if node is None:
            return None
        length = read_duration(node.value)
        if length is None:
            self.problems.error(
                "LS113",
                node.mark,
                f"{self.name}: {shown(key)} is {shown(node.value)}",
                why="which is not a length of time",
                hint="Write a number and a unit: 90 minutes, 8h, 30 days or 2 weeks.",
            )
        return length

    def several(self, key: str) -> list[Located]:
        """Return the values of a list; one value may stand alone."""
        node = self.get(key)
        if node is None:
            return []
        return self._checked(node.items, key) if isinstance(node, ListNode) else [node]

    def items(self, key: str) -> list[Located]:
        """Return the values of a key that must be a list."""
        node = self.get(key)
        if isinstance(node, ListNode):
            return self._checked(node.items, key)
        if node is not None:
            self.wrong(node, key, "a list", "Put the values in brackets: [a, b].")
        return []

    def _checked(self, items: list[Located], key: str) -> list[Located]:
        return [item for item in items if self._filled(item, key)]

    def _filled(self, item: Located, key: str) -> bool:
        if isinstance(item, TextNode) and item.empty and not item.refused:
            self.wrong(item, key, "a list without gaps")
        return not (isinstance(item, TextNode) and (item.empty or item.refused))

    def words(self, key: str) -> list[TextNode]:
        """Return the texts of a value that is a text or a list of texts, each once."""
        found: dict[str, TextNode] = {}
        for node in self.several(key):
            if not isinstance(node, TextNode) or not node.value.strip():
                self.wrong(node, key, "a text or a list of texts")
            elif node.value in found:
                first = found[node.value].mark
                self.problems.error(
                    "LS117",
                    node.mark,
                    f"{self.name}: {shown(node.value)} stands twice under {shown(key)}",
                    why=f"first at {first.line}:{first.column}",
                    hint="Keep one of them.",
                )
            else:
                found[node.value] = node
        return list(found.values())

    def entries(self, key: str) -> list[tuple[TextNode, Located]]:
        """Return the entries of a mapping, whatever its keys are."""
        node = self.get(key)
        if isinstance(node, MapNode):
            return list(node.items())
        if node is not None:
            self.wrong(node, key, "a mapping", "Write one `name: …` a line below it.")
        return []

    def refer(
        self, node: TextNode, kind: str, known: Iterable[str] | None, role: str
    ) -> str | None:
        """Return a name that the file declares; ``known`` None means any will do."""
        if known is None or node.value in (names := list(known)):
            return node.value
        self.problems.error(
            _UNKNOWN[kind],
            node.mark,
            f"{self.name} {role} {shown(node.value)}",
            why=f"and no such {kind} is declared",
            hint=self.problems.known(node.value, names),
        )
        return None

    def reference(
        self, key: str, kind: str, known: Iterable[str] | None, role: str
    ) -> str | None:
        """Return the declared name that stands behind a key."""
        node = self.text_node(key)
        return self.refer(node, kind, known, role) if node else None

    def named(self, key: str, most: int) -> list[tuple[TextNode, Located]]:
        """Return the entries of a mapping whose keys are names that people choose."""
        entries = self.entries(key)
        if len(entries) > most:
            self.problems.error(
                "LS119",
                entries[most][0].mark,
                f"{shown(key)} has {len(entries)} entries",
                why=f"and one workflow may have {most}",
                hint="Simplify.",
            )
        return [
            (name, value)
            for name, value in entries[:most]
            if check_name(name, key, self.problems)
        ]


def open_mapping(
    node: Located, shape: Shape, problems: Problems, name: str
) -> Reader | None:
    """Return a reader of a mapping, or None when the node is none."""
    if isinstance(node, MapNode):
        return Reader(node, shape, problems, name)
    problems.error(
        "LS101",
        node.mark,
        f"{name} must be a mapping, {kind_of(node)} was found",
        hint=f"Its keys are: {listed(shape.names)}.",
    )
    return None
