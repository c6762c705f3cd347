"""What is wrong in a settings file, said at its place, with a remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.definition.nodes import MapNode
from leadstate.definition.problems import Mark, shown
from leadstate.settings.parts import PLUGIN
from leadstate.settings.secrets import is_reference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic_core import ErrorDetails

    from leadstate.definition.nodes import Located
    from leadstate.definition.problems import Problems

__all__ = ["check_channel_names", "check_keys", "report_mistake"]

_START = Mark(1, 1)
_CHANNEL_TYPES = "Write type: webhook, email or slack."
_NOT_A_MAPPING = frozenset({"model_type", "dict_type", "model_attributes_type"})


def report_mistake(
    detail: ErrorDetails,
    path: list[str | int],
    known: Iterable[str],
    tree: Located,
    problems: Problems,
) -> None:
    """Say what the file's model found, at its place in the file.

    Args:
        detail: What pydantic says.
        path: Where it is, in the file's own keys.
        known: The settings that are possible there.
        tree: The file.
        problems: Where it is said.
    """
    mark = tree.place(*path) if isinstance(tree, MapNode) and path else _START
    name = ".".join(str(part) for part in path) or "the file"
    if detail["type"] == "union_tag_not_found":
        problems.error("LS601", mark, f"'{name}.type' is missing", hint=_CHANNEL_TYPES)
    elif detail["type"] == "union_tag_invalid":
        mark = tree.place(*path, "type") if isinstance(tree, MapNode) else mark
        what = f"'{name}.type' is no kind of channel"
        problems.error("LS603", mark, what, hint=_CHANNEL_TYPES)
    elif detail["type"] == "missing":
        problems.error("LS601", mark, f"{name!r} is missing")
    elif detail["type"] == "extra_forbidden":
        hint = problems.known(str(path[-1]), known)
        what = f"the setting {name!r} is unknown"
        problems.error("LS602", _key_mark(tree, path), what, hint=hint)
    elif detail["type"] in _NOT_A_MAPPING:
        problems.error("LS603", mark, f"{name!r} must be a mapping of names to values")
    else:
        said = detail["msg"].removeprefix("Value error, ")
        problems.error("LS603", mark, f"{name!r}: {said[:1].lower()}{said[1:]}")


def _key_mark(tree: Located, path: list[str | int]) -> Mark:
    """Return the place of the key itself, where a misspelt word stands."""
    around = tree.find(*path[:-1]) if path[:-1] else tree
    keys = around.keys if isinstance(around, MapNode) else []
    return next((key.mark for key in keys if key.value == path[-1]), _START)


def check_channel_names(tree: Located, problems: Problems) -> None:
    """A row that goes out names a connection or a channel, and must not mean both."""
    channels, connections = tree.find("channels"), tree.find("connections")
    if not isinstance(channels, MapNode):
        return
    taken = connections.entries if isinstance(connections, MapNode) else {}
    for key in channels.keys:
        if key.value in {*taken, PLUGIN}:
            what = f"the channel {shown(key.value)} has a name that is taken"
            why, hint = "by a connection, or by the plugins", "Choose another name."
            problems.error("LS603", key.mark, what, why=why, hint=hint)


def check_keys(tree: Located, problems: Problems) -> None:
    """A key is one reference, and never the text itself."""
    for name in ("key", "signing_key"):
        key = tree.find(name)
        if isinstance(key, MapNode) and not is_reference(key):
            what = f"'{name}' must be one reference"
            hint = f"Write {name}: {{env: NAME}} or {{file: PATH}}."
            problems.error("LS603", key.mark, what, hint=hint)
