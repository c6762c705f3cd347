"""The rows of the chain, as they lie in the tables, in the order of ``seq``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Text,
    bindparam,
    column,
    null,
    select,
    table,
    type_coerce,
)

from leadstate.store.chain import COVERED
from leadstate.store.columns import constant
from leadstate.store.schema import detail, history

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from sqlalchemy import ColumnElement, Select

    from leadstate.store.verifying.raw import Raw, Row

__all__ = ["BODY", "HASH", "PLACES", "chunks"]

PLACES = {name: place for place, name in enumerate(COVERED, 1)}
"""Where the columns that are covered stand in a row; before them stands its format."""

HASH = len(COVERED) + 1
BODY = HASH + 1
"""Where the stored detail stands, or None."""

_CHUNK = 500
_STATED = "0010"  # the schema since which a row states its format


def _of(columns: Mapping[str, ColumnElement[Any]]) -> Select[*tuple[Any, ...]]:
    """Return the query of all rows, of columns with these names."""
    return (
        select(
            columns["format"],
            *(columns[name] for name in COVERED),
            history.c.hash,
            detail.c.body,
        )
        .join_from(history, detail, detail.c.history_id == history.c.id, isouter=True)
        .where(history.c.seq > bindparam("after", type_=BigInteger))
        .order_by(history.c.seq)
    )


_QUERY = _of(dict(history.c))
_OLDER = _of(
    {
        **history.c,
        "format": constant(1),
        "qualified_at": type_coerce(null(), BigInteger),
    }
)
_VERSION = table("alembic_version", column("version_num", Text))
_SCHEMA = select(_VERSION.c.version_num)


def chunks(raw: Raw) -> Iterator[list[Row]]:
    """Yield all rows, some hundred at a time; of an older schema, as format 1."""
    [[schema]] = raw.rows(_SCHEMA)
    older = isinstance(schema, str) and schema < _STATED
    query = _OLDER if older else _QUERY
    yield from raw.pages(query, place=PLACES["seq"], size=_CHUNK)
