"""Read what clients send, trusting nothing; write what they expect.

The only module that touches raw JSON.  A wrong type becomes a 400 in HubSpot's shape,
never an exception of ours.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import parse_qsl

from .problems import ApiProblem, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

type_names = {dict: "object", list: "array", str: "string", int: "integer"}
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_DEEPEST = 64


def write_json(body: object) -> bytes:
    """Encode an answer; HubSpot sends UTF-8, not escapes."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _no_constant(name: str) -> NoReturn:
    message = f"{name} is not JSON"
    raise ValueError(message)


def read_json(raw: bytes) -> object:
    """Decode a body, refusing what strict JSON readers refuse."""
    try:
        body: object = json.loads(raw, parse_constant=_no_constant)
        if _SURROGATE.search(raw):
            json.dumps(body, ensure_ascii=False).encode()  # a lone surrogate fails
    except (ValueError, RecursionError) as error:
        message = f"Invalid input JSON on line 1, column 1: {_short(error)}"
        raise invalid(message) from error
    if _too_deep(body):
        message = f"Invalid input JSON: nested deeper than {_DEEPEST} levels"
        raise invalid(message)
    return body


def _short(error: Exception) -> str:
    return str(error)[:200].encode(errors="replace").decode()


def _too_deep(body: object) -> bool:
    level: list[object] = [body]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in _children(node)]
        if not level:
            return False
    return True


def _children(node: object) -> list[object]:
    if isinstance(node, dict):
        return [value for value in node.values() if isinstance(value, dict | list)]
    if isinstance(node, list):
        return [value for value in node if isinstance(value, dict | list)]
    return []


def read_object(raw: bytes) -> dict[str, object]:
    """Decode a body that must be a JSON object."""
    body = read_json(raw) if raw else {}
    return as_object(body, at="body")


def read_form_or_json(raw: bytes, content_type: str) -> dict[str, str]:
    """Decode a token request: a form by standard, JSON from HubSpot's newer client."""
    if "json" in content_type:
        return {key: str(value) for key, value in read_object(raw).items()}
    try:
        return dict(parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=64))
    except ValueError as error:
        message = "the form cannot be read"
        raise invalid(message) from error


def as_object(value: object, *, at: str) -> dict[str, object]:
    """Return an object, or refuse."""
    if isinstance(value, dict):
        return value
    raise _mismatch(value, "object", at)


def as_list(value: object, *, at: str) -> list[object]:
    """Return an array, or refuse; absent is empty."""
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise _mismatch(value, "array", at)


def as_text(value: object, *, at: str) -> str:
    """Return a scalar as text: HubSpot reads 12 and "12" alike, not [] or {}."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number_text(value)
    raise _mismatch(value, "string", at)


def _number_text(value: float) -> str:
    try:
        return str(int(value)) if value == int(value) else repr(value)
    except (ValueError, OverflowError):
        message = "Invalid input JSON: the number is too large"
        raise invalid(message) from None


def as_texts(value: object, *, at: str) -> list[str]:
    """Return an array of texts; a single text counts as one."""
    if isinstance(value, str):
        return [value]
    return [as_text(item, at=at) for item in as_list(value, at=at)]


def as_whole(value: object, *, at: str) -> int:
    """Return a whole number, also from its digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    whole = whole_number(value) if isinstance(value, str) else None
    if whole is None:
        raise _mismatch(value, "integer", at)
    return whole


def as_flag(value: object, *, at: str) -> bool:
    """Return a boolean, also from its name."""
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise _mismatch(value, "boolean", at)


def as_number(value: object, *, at: str) -> float:
    """Return a number, never a boolean."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise _mismatch(value, "number", at)


def whole_number(text: str) -> int | None:
    """Read up to 18 ASCII digits; None for anything else."""
    if text.isascii() and text.isdigit() and len(text) <= 18:  # noqa: PLR2004
        return int(text)
    return None


def as_properties(value: object) -> dict[str, str]:
    """Return a write's properties as texts; null clears, as the empty text does.

    The 2026-09 specification makes values nullable without saying what null means in
    a write (read 2026-11-22); clearing is the reading that loses no intent.
    """
    given = as_object({} if value is None else value, at="properties")
    return {
        name: "" if item is None else as_text(item, at=f"properties.{name}")
        for name, item in given.items()
    }


def optional_text(body: Mapping[str, object], key: str) -> str | None:
    """Return a text member that may be absent or null."""
    value = body.get(key)
    return None if value is None else as_text(value, at=key)


def required_text(body: Mapping[str, object], key: str) -> str:
    """Return a text member that must be there."""
    if body.get(key) is None:
        message = f"Some required fields were not set: [{key}]"
        raise invalid(message)
    return as_text(body[key], at=key)


def _mismatch(value: object, wanted: str, at: str) -> ApiProblem:
    given = type_names.get(type(value), type(value).__name__)
    return invalid(f"Invalid input JSON: {at[:100]} must be {wanted}, not {given}")
