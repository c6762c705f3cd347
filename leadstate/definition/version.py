"""The version of a workflow: the hash of what the file says, not of how it looks.

Comments, white space, quotes and the order of keys change nothing.  The order of
stages and of transitions does: reports follow the one, decisions the other.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from .nodes import ListNode, MapNode, TextNode

if TYPE_CHECKING:
    from .nodes import Located

__all__ = ["version_of"]

_FORM: Final = "leadstate-workflow-1"
_ORDERED: Final = frozenset({"stages", "transitions"})


def version_of(tree: MapNode) -> str:
    """Return the content hash, 64 hex digits."""
    content = {
        key.value: _canonical(value, ordered=key.value in _ORDERED)
        for key, value in tree.items()
    }
    text = json.dumps([_FORM, content], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(node: Located, *, ordered: bool = False) -> object:
    match node:
        case TextNode():
            return " ".join(node.value.split())
        case ListNode():
            return [_canonical(item) for item in node.items]
        case _:
            entries = [(key.value, _canonical(value)) for key, value in node.items()]
            return entries if ordered else dict(entries)
