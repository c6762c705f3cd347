"""Strict JSON: what two readers could understand differently is refused."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadstate.adapters.strict_json import loads
from leadstate.errors import BadBody

_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(value=_VALUES, escaped=st.booleans())
def test_good_json_reads_as_the_standard_library_reads_it(
    value: object,
    escaped: bool,  # noqa: FBT001
) -> None:
    """Strictness changes nothing for a body that every reader understands alike."""
    raw = json.dumps(value, ensure_ascii=escaped).encode()

    assert json.loads(raw) == loads(raw)


@given(raw=st.binary(max_size=200))
def test_random_bytes_raise_bad_body_or_read(raw: bytes) -> None:
    """Nothing but `BadBody` ever comes out of a body that cannot be read."""
    with suppress(BadBody):
        loads(raw)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "not JSON"),
        (b"[1,]", "not JSON"),
        (b"[] []", "not JSON"),
        (b"[NaN]", "NaN"),
        (b"[-Infinity]", "-Infinity"),
        (b"[1e999]", "too large"),
        (b"[-1e999]", "too large"),
        (b'{"a": 1, "a": 1}', "twice"),
        (b'[{"a": {"b": 1, "b": 2}}]', "twice"),
        (b'["\\ud800"]', "surrogate"),
        (b'{"\\uDFFF": 1}', "surrogate"),
        (b"[9223372036854775808]", "64 bits"),
        (b"[-9223372036854775809]", "64 bits"),
        (b"[" + b"9" * 5000 + b"]", "64 bits"),
        (b'["\xff"]', "UTF-8"),
        (b'\xef\xbb\xbf["bom"]', "not JSON"),
        ('["sixteen"]'.encode("utf-16"), "UTF-8"),
        (b"[" * 33 + b"]" * 33, "deeper than 32"),
        (b"[" * 100_000 + b"]" * 100_000, "nested"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "deeper than 32"),
        (b'"' + b"x" * 1024 * 1024 + b'"', "at most 1,048,576"),
    ],
)
def test_ambiguous_bodies_are_refused_with_the_reason(raw: bytes, words: str) -> None:
    """Each trick has its own words, so that a log line tells what came."""
    with pytest.raises(BadBody, match=words):
        loads(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 32 + b"]" * 32,
        b"[9223372036854775807, -9223372036854775808]",
        b'["\\ud83d\\ude00", "\\u00e9"]',
        b'{"a": {"a": 1}}',
        b"7",
    ],
)
def test_the_edges_of_the_limits_are_read(raw: bytes) -> None:
    """A limit refuses what is beyond it, not what is on it."""
    assert json.loads(raw) == loads(raw)


def test_the_limits_are_the_callers_to_choose() -> None:
    """Answers of a CRM are larger than webhooks."""
    assert loads(b"[[1]]", limit=5, depth=2) == [[1]]
    with pytest.raises(BadBody, match="at most 4"):
        loads(b"[[1]]", limit=4)
    with pytest.raises(BadBody, match="deeper than 1"):
        loads(b"[[1]]", depth=1)
    with pytest.raises(BadBody, match="deeper than 0"):
        loads(b"[]", depth=0)
