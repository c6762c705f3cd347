"""Who calls and how often: what limits and tokens of any CRM need."""

from __future__ import annotations

import hmac
from collections import deque
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Mapping


class Window:
    """The calls of the last while, by the sandbox clock, in milliseconds."""

    def __init__(self) -> None:
        """Start with no call."""
        self._moments: deque[int] = deque()

    def count(self, now: int, length: int) -> int:
        """Return how many calls the last `length` milliseconds saw."""
        moments = self._moments
        # A clock set back would otherwise leave calls in the future for ever.
        while moments and not now - length < moments[0] <= now:
            moments.popleft()
        return len(moments)

    def add(self, now: int) -> None:
        """Count a call."""
        self._moments.append(now)

    def clear(self) -> None:
        """Forget every call."""
        self._moments.clear()


def same(left: str, right: str) -> bool:
    """Compare two secrets in a time that does not depend on them."""
    return hmac.compare_digest(left.encode(), right.encode())


def with_query(address: str, answer: Mapping[str, str]) -> str:
    """Return where a browser is sent back to, with the answer in its query."""
    parts = urlsplit(address)
    query = "&".join(filter(None, (parts.query, urlencode(answer))))
    return urlunsplit(parts._replace(query=query))
