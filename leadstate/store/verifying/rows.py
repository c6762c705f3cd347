"""The rows of the chain, as the driver gives them: no moments, no words, no memory.

What an attacker may have put there is read too: bytes where text belongs, text that is
no UTF-8, numbers that are none.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

from leadstate.store.chain import COVERED, FORMAT

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BODY", "HASH", "PLACES", "Row", "chunks", "leniently"]

Row: TypeAlias = tuple[Any, ...]
"""The format, the columns of `COVERED`, the hash, and the stored detail or None."""

PLACES = {name: place for place, name in enumerate(COVERED, 1)}
HASH = len(COVERED) + 1
BODY = HASH + 1
_CHUNK = 500
_QUERY = (
    f"SELECT {FORMAT}, {', '.join(f'history.{name}' for name in COVERED)}, "  # noqa: S608
    "history.hash, detail.body FROM history "
    "LEFT JOIN detail ON detail.history_id = history.id "
    "WHERE history.seq > ? ORDER BY history.seq"
)


def chunks(connection: sqlite3.Connection) -> Iterator[list[Row]]:
    """Yield all rows in the order of ``seq``, some hundred at a time."""
    after = -(2**63)
    cursor = connection.execute(_QUERY, (after,))
    while True:
        try:
            rows = cursor.fetchmany(_CHUNK)
        except sqlite3.OperationalError as error:
            if "decode" not in str(error):
                raise
            with leniently(connection):
                cursor = connection.execute(_QUERY, (after,))
                rows = cursor.fetchmany(_CHUNK)
            after = rows[-1][PLACES["seq"]]
            cursor = connection.execute(_QUERY, (after,))
        if not rows:
            return
        after = rows[-1][PLACES["seq"]]
        yield rows


@contextmanager
def leniently(connection: sqlite3.Connection) -> Iterator[None]:
    """Read texts that are no UTF-8 as texts that nothing legitimate equals."""
    before = connection.text_factory
    connection.text_factory = _text
    try:
        yield
    finally:
        connection.text_factory = before


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")
