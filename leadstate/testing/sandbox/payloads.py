"""Read what clients send, trusting nothing.

The only module of the kit that touches raw JSON.  A wrong type becomes a refusal in
the shape of the CRM, never an exception of ours.

    read = JsonReader(
        refuse=lambda message: MyProblem(400, message),
        missing=lambda key: MyProblem(400, f"{key} is missing"),
    )
    name = read.text(body["name"], at="name")
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TYPE_NAMES = {dict: "object", list: "array", str: "string", int: "integer"}
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_DEEPEST = 64


def write_json(body: object) -> bytes:
    """Encode an answer as UTF-8, without escapes."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def whole_number(text: str) -> int | None:
    """Read up to 18 ASCII digits; None for anything else."""
    if text.isascii() and text.isdigit() and len(text) <= 18:  # noqa: PLR2004
        return int(text)
    return None


class JsonReader:
    """Reads JSON and its members, and refuses what it cannot read."""

    def __init__(
        self,
        *,
        refuse: Callable[[str], Exception],
        missing: Callable[[str], Exception],
    ) -> None:
        """Turn what is wrong, and a member that is missing, into these exceptions."""
        self._refuse, self._missing = refuse, missing

    def json(self, raw: bytes) -> object:
        """Decode a body, refusing what strict JSON readers refuse."""
        try:
            body: object = json.loads(raw, parse_constant=_no_constant)
            if _SURROGATE.search(raw):
                json.dumps(body, ensure_ascii=False).encode()  # a lone surrogate fails
        except (ValueError, RecursionError) as error:
            raise self._refuse(f"on line 1, column 1: {_short(error)}") from error
        if _too_deep(body):
            raise self._refuse(f"nested deeper than {_DEEPEST} levels")
        return body

    def body(self, raw: bytes) -> dict[str, object]:
        """Decode a body that must be a JSON object; none counts as an empty one."""
        return self.mapping(self.json(raw) if raw else {}, at="body")

    def form_or_json(self, raw: bytes, content_type: str) -> dict[str, str]:
        """Decode a token request: a form by standard, JSON from some clients."""
        if "json" in content_type:
            return {key: str(value) for key, value in self.body(raw).items()}
        try:
            pairs = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=64)
            return dict(pairs)
        except ValueError as error:
            raise self._refuse("the form cannot be read") from error

    def mapping(self, value: object, *, at: str) -> dict[str, object]:
        """Return an object, or refuse."""
        if isinstance(value, dict):
            return value
        raise self._mismatch(value, "object", at)

    def items(self, value: object, *, at: str) -> list[object]:
        """Return an array, or refuse; absent is empty."""
        if value is None:
            return []
        if isinstance(value, list):
            return value
        raise self._mismatch(value, "array", at)

    def mappings(self, value: object, *, at: str) -> list[dict[str, object]]:
        """Return an array of objects, or refuse; absent is empty."""
        return [self.mapping(one, at=at) for one in self.items(value, at=at)]

    def text(self, value: object, *, at: str) -> str:
        """Return a scalar as text, not [] or {}."""
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return self._number_text(value)
        raise self._mismatch(value, "string", at)

    def texts(self, value: object, *, at: str) -> tuple[str, ...]:
        """Return an array of texts; a single text counts as one."""
        if isinstance(value, str):
            return (value,)
        return tuple(self.text(item, at=at) for item in self.items(value, at=at))

    def whole(self, value: object, *, at: str) -> int:
        """Return a whole number, also from its digits."""
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        whole = whole_number(value) if isinstance(value, str) else None
        if whole is None:
            raise self._mismatch(value, "integer", at)
        return whole

    def flag(self, value: object, *, at: str) -> bool:
        """Return a boolean, also from its name."""
        if isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return value == "true"
        raise self._mismatch(value, "boolean", at)

    def number(self, value: object, *, at: str) -> float:
        """Return a number, never a boolean."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            try:
                return float(value)
            except OverflowError:
                raise self._refuse("the number is too large") from None
        raise self._mismatch(value, "number", at)

    def optional_text(self, body: Mapping[str, object], key: str) -> str | None:
        """Return a text member that may be absent or null."""
        value = body.get(key)
        return None if value is None else self.text(value, at=key)

    def required_text(self, body: Mapping[str, object], key: str) -> str:
        """Return a text member that must be there."""
        if body.get(key) is None:
            raise self._missing(key)
        return self.text(body[key], at=key)

    def _number_text(self, value: float) -> str:
        try:
            return str(int(value)) if value == int(value) else repr(value)
        except (ValueError, OverflowError):
            raise self._refuse("the number is too large") from None

    def _mismatch(self, value: object, wanted: str, at: str) -> Exception:
        given = _TYPE_NAMES.get(type(value), type(value).__name__)
        return self._refuse(f"{at[:100]} must be {wanted}, not {given}")


def _no_constant(name: str) -> NoReturn:
    message = f"{name} is not JSON"
    raise ValueError(message)


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
