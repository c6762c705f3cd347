"""Read JSON from strangers: webhook bodies and CRM answers.

Refuses what two JSON readers could understand differently.

    >>> loads(b'[{"objectId": 7}]')
    [{'objectId': 7}]
"""

from __future__ import annotations

import json
import math
import re
from typing import NoReturn

from leadstate.errors import BadBody

__all__ = ["loads"]

_MEBIBYTE = 1024 * 1024
_INT64 = 2**63
_INT64_DIGITS = 20  # a sign and 19 digits
_STRUCTURE = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{},]', re.DOTALL)
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def loads(
    raw: bytes,
    *,
    limit: int = _MEBIBYTE,
    depth: int = 32,
    most_items: int | None = None,
) -> object:
    """Return what ``raw`` says, or raise `BadBody` with the reason.

    Refused: more than ``limit`` bytes, more than ``depth`` levels, a list of more than
    ``most_items`` items (before any of them becomes an object), bytes that are not
    UTF-8, NaN and Infinity, numbers that overflow, integers beyond 64 bits, duplicate
    keys, lone surrogates.
    """
    if len(raw) > limit:
        raise BadBody(f"the body has {len(raw):,} bytes; at most {limit:,} are read")
    if most_items is not None and _lists_more(raw, most_items, depth):
        raise BadBody(f"the body lists more than {most_items:,} items")
    body = _decode(raw)
    if _deeper_than(depth, body):
        raise BadBody(f"the body is nested deeper than {depth} levels")
    return body


def _lists_more(raw: bytes, most: int, deepest: int) -> bool:
    """Count the items by the commas between them; what is too deep is read no further.

    >>> _lists_more(b'[{"a": [1, 2]}, ","]', 2, 32), _lists_more(b"[1, 2, 3]", 2, 32)
    (False, True)
    """
    level = commas = 0
    for found in _STRUCTURE.finditer(raw):
        token = found[0]
        if token in {b"[", b"{"}:
            level += 1
        elif token in {b"]", b"}"}:
            level -= 1
        elif token == b"," and level == 1:
            commas += 1
        if commas >= most or level > deepest:
            break
    return commas >= most


def _decode(raw: bytes) -> object:
    try:
        text = raw.decode("utf-8")
        body: object = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_int64,
        )
        if _ESCAPED_SURROGATE.search(text):
            json.dumps(body, ensure_ascii=False).encode("utf-8")
    except UnicodeDecodeError:
        raise BadBody("the body is not UTF-8") from None
    except UnicodeEncodeError:
        raise BadBody("the body holds half of a surrogate pair") from None
    except RecursionError:
        raise BadBody("the body is nested too deep") from None
    except ValueError as error:
        raise BadBody(f"the body is not JSON: {error}") from None
    return body


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadBody("the body names a key twice in one object")
    return found


def _no_constant(name: str) -> NoReturn:
    raise BadBody(f"the body holds {name}, which is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise BadBody("the body holds a number that is too large")
    return number


def _int64(text: str) -> int:
    if len(text) <= _INT64_DIGITS:
        number = int(text)
        if -_INT64 <= number < _INT64:
            return number
    raise BadBody("the body holds an integer of more than 64 bits")


def _deeper_than(depth: int, body: object) -> bool:
    level: list[object] = [body] if isinstance(body, dict | list) else []
    for _ in range(depth):
        level = [child for node in level for child in _containers(node)]
        if not level:
            return False
    return bool(level)


def _containers(node: object) -> list[object]:
    if isinstance(node, dict):
        node = list(node.values())
    children = node if isinstance(node, list) else []
    return [child for child in children if isinstance(child, dict | list)]
