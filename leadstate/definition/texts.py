"""Read texts that hold placeholders: ``Call {first_name} before {due}``.

Which names a text may use is checked here; `leadstate.engine.templates` fills them in.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from leadstate.domain.action import TEMPLATE_NAMES

from .keys import NAME
from .offsets import place_in
from .problems import shown

if TYPE_CHECKING:
    from .draft import LifecycleDraft
    from .nodes import TextNode
    from .reader import Reader

__all__ = ["check_text", "read_line", "read_text"]

_BRACES: Final = re.compile(r"\{\{|\}\}|(?P<held>\{[^{}]*\})|(?P<stray>[{}])")
_NAME: Final = re.compile(NAME)
_SAMPLE: Final = "Write a name alone, such as {stage}; {{ and }} are plain braces."


def read_text(draft: LifecycleDraft, reader: Reader, key: str) -> str | None:
    """Return the text behind a key, as written, without white space around it."""
    node = _said(reader, key)
    return check_text(draft, reader, node) if node else None


def read_line(reader: Reader, key: str) -> str | None:
    """Return a name that other files define, or another text without placeholders."""
    node = _said(reader, key)
    return " ".join(node.value.split()) if node else None


def _said(reader: Reader, key: str) -> TextNode | None:
    node = reader.text_node(key)
    if node is None or node.value.strip():
        return node
    reader.wrong(node, key, "a text that says something")
    return None


def check_text(draft: LifecycleDraft, reader: Reader, node: TextNode) -> str:
    """Return a text; what its braces hold and nobody knows is reported."""
    for found in _BRACES.finditer(node.value):
        if found["held"]:
            _check_name(draft, reader, node, found)
        elif found["stray"]:
            reader.problems.error(
                "LS123",
                place_in(node, found.start()),
                f"{reader.name}: a text has a {shown(found[0])} without its pair",
                hint=_SAMPLE,
            )
    return node.value.strip()


def _check_name(
    draft: LifecycleDraft, reader: Reader, node: TextNode, found: re.Match[str]
) -> None:
    name = found[0][1:-1]
    bare = _NAME.fullmatch(name)
    if bare and (draft.names.fields is None or name in TEMPLATE_NAMES):
        return
    names = dict.fromkeys((*(draft.names.fields or ()), *sorted(TEMPLATE_NAMES)))
    if bare and name in names:
        return
    reader.problems.error(
        "LS123",
        place_in(node, found.start()),
        f"{reader.name}: a text names {shown(found[0])}",
        why="which is neither a field nor known otherwise"
        if bare
        else "which is not a name in braces",
        hint=reader.problems.known(name, names) if bare else _SAMPLE,
    )
