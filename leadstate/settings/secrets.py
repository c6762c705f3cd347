"""Secrets: references in the file, resolved when they are needed, never kept.

A reference is ``{env: NAME}`` or ``{file: PATH}``.  What is named like a secret and
written out is refused with its place, and never repeated.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Annotated

from pydantic import PlainValidator

from leadstate.definition.nodes import ListNode, MapNode, TextNode
from leadstate.definition.problems import shown
from leadstate.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from leadstate.definition.nodes import Located
    from leadstate.definition.problems import Problems

__all__ = [
    "Reference",
    "TextOrReference",
    "is_reference",
    "refuse_plain_secrets",
    "resolved",
    "secret",
]

_SECRET = re.compile(r"token|secret|password|api_?key", re.IGNORECASE)
_REFERENCES = ({"env"}, {"file"})
_HINT = "must be one reference: {env: NAME} or {file: PATH}"


def _reference(value: object) -> dict[str, str]:
    if isinstance(value, dict) and set(value) in _REFERENCES and all(value.values()):
        return {str(key): str(text) for key, text in value.items()}
    raise ValueError(_HINT)


def _text_or_reference(value: object) -> str | dict[str, str]:
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, list):
        raise ValueError("must be a text or a reference")
    return _reference(value)


Reference = Annotated[dict[str, str], PlainValidator(_reference)]
"""Where a secret stands: in an environment variable, or in a file."""

TextOrReference = Annotated[str | dict[str, str], PlainValidator(_text_or_reference)]
"""A text, or a reference to one that is nobody else's business."""


def is_reference(node: MapNode) -> bool:
    """Whether a mapping of the file is a reference."""
    values = [entry[1] for entry in node.items()]
    named = all(isinstance(one, TextNode) and not one.empty for one in values)
    return named and set(node.entries) in _REFERENCES


def refuse_plain_secrets(tree: Located, problems: Problems) -> None:
    """Add every secret that stands in the file as plain text, without repeating it."""
    for name, value in _secrets(tree):
        for text in _plain_texts(value):
            problems.error(
                "LS604",
                text.mark,
                f"{shown(name)} holds a secret as plain text",
                why="and this file is read by many and kept in version control",
                hint=f"Write {shown(name)[1:-1]}: {{env: NAME}} or {{file: PATH}}.",
            )


def _secrets(node: Located) -> Iterator[tuple[str, Located]]:
    """Yield every value whose key says that it is a secret."""
    if isinstance(node, ListNode):
        for item in node.items:
            yield from _secrets(item)
    if isinstance(node, MapNode):
        for key, value in node.items():
            if _SECRET.search(key.value):
                yield key.value, value
            else:
                yield from _secrets(value)


def _plain_texts(node: Located) -> Iterator[TextNode]:
    """Yield the texts inside that are not the names of a reference."""
    if isinstance(node, TextNode) and not node.empty:
        yield node
    if isinstance(node, ListNode):
        for item in node.items:
            yield from _plain_texts(item)
    if isinstance(node, MapNode) and not is_reference(node):
        for entry in node.items():
            yield from _plain_texts(entry[1])


def resolved(value: object, folder: Path, where: str) -> object:
    """Return a value with every reference in it resolved.

    Raises:
        ConfigurationError: A variable is not set, or a file cannot be read.
    """
    if isinstance(value, list):
        return [resolved(inner, folder, where) for inner in value]
    if not isinstance(value, dict):
        return value
    if set(value) in _REFERENCES:
        return secret(value, folder, where)
    return {
        name: resolved(inner, folder, f"{where}.{name}")
        for name, inner in value.items()
    }


def secret(reference: Mapping[str, object], folder: Path, where: str) -> str:
    """Return what a reference leads to; ``where`` names its place in a message."""
    if "env" in reference:
        name = str(reference["env"])
        found = os.environ.get(name)
        if found:
            return found
        raise ConfigurationError(
            f"{where} refers to the environment variable {name}, which is not set; "
            f"set it before starting: export {name}=..."
        )
    path = folder / str(reference["file"])
    try:
        found = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ConfigurationError(
            f"{where} refers to the file {path}, which cannot be read: {reason}"
        ) from None
    if found:
        return found
    raise ConfigurationError(f"{where} refers to the file {path}, which is empty")
