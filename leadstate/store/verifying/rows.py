"""The rows of the chain, as they lie in the tables, in the order of ``seq``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, bindparam, select

from leadstate.store.chain import COVERED
from leadstate.store.schema import detail, history

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.store.verifying.raw import Raw, Row

__all__ = ["BODY", "HASH", "PLACES", "chunks"]

PLACES = {name: place for place, name in enumerate(COVERED, 1)}
"""Where the columns that are covered stand in a row; before them stands its format."""

HASH = len(COVERED) + 1
BODY = HASH + 1
"""Where the stored detail stands, or None."""

_CHUNK = 500
_QUERY = (
    select(
        history.c.format,
        *(history.c[name] for name in COVERED),
        history.c.hash,
        detail.c.body,
    )
    .join_from(history, detail, detail.c.history_id == history.c.id, isouter=True)
    .where(history.c.seq > bindparam("after", type_=BigInteger))
    .order_by(history.c.seq)
)


def chunks(raw: Raw) -> Iterator[list[Row]]:
    """Yield all rows, some hundred at a time."""
    yield from raw.pages(_QUERY, place=PLACES["seq"], size=_CHUNK)
