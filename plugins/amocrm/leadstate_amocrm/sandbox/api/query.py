"""Query strings in PHP's bracket notation.

`filter[id][0]=1&filter[id][]=2&order[updated_at]=asc` and the comma-joined scalars of
some clients (`filter[type]=a,b`) are read alike.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leadstate.testing.sandbox.payloads import whole_number
from leadstate_amocrm.sandbox.problems import invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

Node = dict[str, object]
DEEPEST = 8
_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PART = re.compile(r"\[([^\[\]]*)\]")


def read_query(pairs: Iterable[tuple[str, str]]) -> Node:
    """Return the query as nested objects; what is no bracket notation stays a name."""
    root: Node = {}
    for key, value in pairs:
        found = _KEY.fullmatch(key)
        parts = [key] if found is None else [found[1], *_PART.findall(found[2])]
        if len(parts) > DEEPEST:
            message = f"the query is nested deeper than {DEEPEST} levels"
            raise invalid(message)
        _put(root, parts, value)
    return root


def _put(root: Node, parts: list[str], value: str) -> None:
    node = root
    for part in parts[:-1]:
        name = part or str(len(node))
        child = node.get(name)
        if not isinstance(child, dict):
            child = {}
            node[name] = child
        node = child
    node[parts[-1] or str(len(node))] = value


def under(node: object, name: str) -> object:
    """Return a member of a node, or None."""
    return node.get(name) if isinstance(node, dict) else None


def texts(node: object) -> list[str] | None:
    """Return a list of scalars, however it was written; None when absent."""
    if node is None:
        return None
    if isinstance(node, str):
        return [part.strip() for part in node.split(",")]
    if not isinstance(node, dict):
        return []
    listed = [value for value in node.values() if isinstance(value, str)]
    return [part.strip() for value in listed for part in value.split(",")]


def wholes(node: object) -> set[int] | None:
    """Return a set of whole numbers; what is none matches nothing."""
    given = texts(node)
    if given is None:
        return None
    return {n for text in given if (n := whole_number(text)) is not None}


def span(node: object) -> tuple[int | None, int | None] | None:
    """Return the bounds of `[from]` and `[to]`; None when absent.

    A bare value was seen to match nothing on live accounts (an issue of the vendor's
    client): it is a span that holds nothing.
    """
    if node is None:
        return None
    if not isinstance(node, dict):
        return (1, 0)
    return (_bound(node, "from"), _bound(node, "to"))


def _bound(node: Node, name: str) -> int | None:
    value = node.get(name)
    if value is None:
        return None
    number = whole_number(value) if isinstance(value, str) else None
    if number is None:
        message = f"filter [{name}] must be a whole number"
        raise invalid(message)
    return number


def within(value: float | None, bounds: tuple[int | None, int | None] | None) -> bool:
    """Say whether a value lies in a span; an absent span holds everything."""
    if bounds is None:
        return True
    low, high = bounds
    if value is None:
        return False
    return (low is None or value >= low) and (high is None or value <= high)
