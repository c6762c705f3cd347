"""Requests that a stranger may send to the receiver; the same ones every time."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from leadstate.adapters import InboundRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["hostile_bodies", "hostile_requests", "spoilt"]

_URL: Final = "https://leads.example.com/webhooks/bench"
_DEEP: Final = 10_000
_BODIES: Final[dict[str, bytes]] = {
    "empty": b"",
    "one zero byte": b"\0",
    "not UTF-8": b"\xff\xfe\xfa",
    "another encoding": '[{"id": "Ü"}]'.encode("utf-16"),
    "a lone surrogate": b'["\\ud800"]',
    "nothing": b"null",
    "a number": b"7",
    "not a number": b"[NaN]",
    "infinite": b"[1e999]",
    "an integer of a thousand digits": b"[" + b"9" * 1_000 + b"]",
    "a key twice": b'{"a": 1, "a": 2}',
    "an empty list": b"[]",
    "a list of nothing": b"[null, null]",
    "an empty object": b"{}",
    "half of a body": b'[{"id": "1", "at":',
    "nested lists": b"[" * _DEEP + b"]" * _DEEP,
    "nested objects": b'{"a":' * _DEEP + b"1" + b"}" * _DEEP,
    "a form": b"leads[update][0][id]=1&account[id]=1",
    "a form nested deep": b"a" + b"[b]" * _DEEP + b"=1",
    "a form of bad escapes": b"leads%5Bupdate%5D%5B%ZZ%5D=%FF%00",
    "a form of many keys": b"&".join(
        b"leads[update][%d][id]=1" % n for n in range(5_000)
    ),
    "a script": b"<script>alert(1)</script>",
}
_HEADERS: Final[tuple[dict[str, str], ...]] = (
    {},
    {"content-type": "application/json"},
    {"content-type": "application/x-www-form-urlencoded; charset=no-such"},
    {"content-type": "\x00", "content-length": "-1", "authorization": "Bearer \u20ac"},
)


def hostile_bodies() -> Iterator[bytes]:
    """Yield bodies that no CRM sends."""
    yield from _BODIES.values()
    chance = random.Random(7)  # noqa: S311 - the same bytes every time
    for _ in range(50):
        yield chance.randbytes(chance.randrange(1, 400))


def hostile_requests() -> Iterator[InboundRequest]:
    """Yield requests of somebody who knows the address and no secret."""
    for body in hostile_bodies():
        for headers in _HEADERS:
            yield InboundRequest(method="POST", url=_URL, headers=headers, body=body)
    for url in ("", "http://[", f"{_URL}?" + "a=1&" * 1_000, f"{_URL}/%00%FF"):
        yield InboundRequest(method="GET", url=url, headers={}, body=b"[]")


def spoilt(request: InboundRequest) -> Iterator[InboundRequest]:
    """Yield a genuine request with bodies and headers that it did not have."""
    for body in hostile_bodies():
        yield replace(request, body=body)
    for position in range(0, len(request.body), max(1, len(request.body) // 40)):
        changed = bytearray(request.body)
        changed[position] ^= 1
        yield replace(request, body=bytes(changed))
        yield replace(request, body=request.body[:position])
    for name in request.headers:
        for value in (
            "",
            "\u20ac",
            "-1",
            "9" * 400,
            "\x00",
            request.headers[name][:-1],
        ):
            yield replace(request, headers={**request.headers, name: value})
