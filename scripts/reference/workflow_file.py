"""The page of the three files: every key, what may stand behind it, what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.definition import keys
from scripts.reference.markdown import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.definition.keys import Fragment, Shape

_SHAPES: dict[str, Shape] = {
    one.name: one for one in vars(keys).values() if isinstance(one, keys.Shape)
}
_SCALARS = {
    "name": "name",
    "duration": "duration",
    "hours": "hours",
    "date": "date",
    "percent": "percent",
    "condition": "condition or [group](#group)",
}
_TYPES = {
    "string": "text",
    "boolean": "true or false",
    "number": "number",
    "integer": "whole number",
    "null": "nothing",
}
_NAMES_OF_THEIR_OWN = {keys.NAME: "name", "^.+$": "text"}


def page(root: Shape) -> None:
    """Print the shape of a file and of everything in it."""
    for shape in _reached(root):
        print(f"### {shape.name}", "", shape.about, "", sep="\n")
        rows = [
            (
                f"`{key.name}`",
                _words(key.value),
                "yes" if key.required else "",
                key.about,
            )
            for key in shape.keys
        ]
        if shape.rest is not None:
            what, about = shape.rest_about
            rows.append((f"*{what}*", _words(shape.rest), "", about))
        table(["key", "value", "required", "meaning"], rows)


def _reached(root: Shape) -> Iterator[Shape]:
    """Yield the shape and every one it refers to, in the order of reading."""
    waiting, seen = [root.name], {root.name}
    while waiting:
        shape = _SHAPES[waiting.pop(0)]
        yield shape
        fragments = [key.value for key in shape.keys] + [shape.rest or {}]
        for name in _references(fragments):
            if name in _SHAPES and name not in seen:
                seen.add(name)
                waiting.append(name)


def _references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if "$ref" in part:
            name = part["$ref"].rsplit("/", 1)[1]
            yield "group" if name == "condition" else name
        for value in part.values():
            yield from _references(value)
    if isinstance(part, list):
        for value in part:
            yield from _references(value)


def _words(fragment: Fragment) -> str:  # noqa: PLR0911 - one return for each form
    if "$ref" in fragment:
        name = str(fragment["$ref"]).rsplit("/", 1)[1]
        return _SCALARS.get(name) or f"[{name}](#{name})"
    if "anyOf" in fragment:
        return " or ".join(_words(one) for one in fragment["anyOf"])  # type: ignore[attr-defined]
    if "enum" in fragment:
        return ", ".join(f"`{one}`" for one in fragment["enum"])  # type: ignore[attr-defined]
    kind = fragment["type"]
    if isinstance(kind, list):
        return "text, number, true or false, or nothing"
    if kind == "array":
        return f"list of {_words(fragment['items'])}"  # type: ignore[arg-type]
    if kind == "object":
        names = fragment["propertyNames"]["pattern"]  # type: ignore[index]
        name = _NAMES_OF_THEIR_OWN.get(names, "day")
        return f"{name} → {_words(fragment['additionalProperties'])}"  # type: ignore[arg-type]
    return _TYPES[str(kind)]
