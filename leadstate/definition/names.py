"""Names that people choose in a file: what they are made of, and which are taken."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .keys import NAME
from .problems import shown

if TYPE_CHECKING:
    from .nodes import TextNode
    from .problems import Problems

__all__ = ["better_name", "check_name"]

_NAME: Final = re.compile(NAME)
_LABELLED: Final = frozenset({"fields", "scores", "criteria", "stages", "transitions"})
_TRAPS: Final = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})
_LANGUAGE: Final = frozenset(
    {
        "and",
        "or",
        "not",
        "in",
        "is",
        "has",
        "contains",
        "starts",
        "ends",
        "does",
        "within",
        "before",
        "after",
    }
)
_RESERVED: Final = {
    "fields": _LANGUAGE
    | {"score", "stage", "entered", "events", "today", "now"}
    | {"at", "came_from", "pass"},
    "criteria": _LANGUAGE | {"score", "today", "now"},
    "stages": frozenset({"any", "back", "unmapped"}),
    "calendars": frozenset({"always", "owner", "team"}),
}
"""Words with a meaning of their own where a name of that section would stand."""


def better_name(text: str) -> str:
    """Return the name that was probably meant, or "" when none is near."""
    better = re.sub(r"[^a-z0-9_]+", "_", text.casefold()).strip("_")
    return better if _NAME.fullmatch(better) else ""


def _label(section: str) -> str:
    return " What people read goes into `label`." if section in _LABELLED else ""


def check_name(node: TextNode, section: str, problems: Problems) -> bool:
    """Whether a name can be used; the mistake is added when it cannot."""
    name = node.value
    if name in _RESERVED.get(section, ()):
        problems.error(
            "LS111",
            node.mark,
            f"{shown(name)} under {shown(section)} cannot be a name",
            why="because the word has a meaning of its own",
            hint=f"Choose another, such as '{name}_1'.{_label(section)}",
        )
        return False
    if not _NAME.fullmatch(name):
        better = better_name(name)
        instead = f"Write {shown(better)}." if better else "Choose another."
        problems.error(
            "LS111",
            node.mark,
            f"{shown(name)} under {shown(section)} is not a name",
            why="because names are lower-case letters, digits and _, a letter first",
            hint=f"{instead}{_label(section)}",
        )
        return False
    if name in _TRAPS and not node.style:
        problems.warning(
            "LS121",
            node.mark,
            f"{shown(name)} under {shown(section)} is not quoted",
            why="and other YAML tools read it as true, false or nothing",
            hint=f"Write it in quotes: '{name}'.",
        )
    return True
