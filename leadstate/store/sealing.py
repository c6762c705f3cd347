"""What may tell of a person in the past, encrypted with a key of each record.

Without its key a sealed document is noise: forgetting a person is deleting one key,
while the history that holds the digest of the noise stays as it was.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import delete, select

from leadstate.store.bulk import insert_into
from leadstate.store.portable import among, next_ids
from leadstate.store.repository import Repository, columns_of
from leadstate.store.schema import subject_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from typing import Any

    from sqlalchemy import Connection, Row, Select, Table

__all__ = ["Pairs", "Seals"]

_KEY_BITS = 128
_NONCE_BYTES = 12
_OPEN, _SEALED = b"\x00", b"\x01"
_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


class Seals(Repository):
    """Closes and opens documents; makes a record's key when it is first needed."""

    __slots__ = ()

    def seal(
        self, documents: Collection[tuple[str, str, Mapping[str, object]]]
    ) -> list[bytes]:
        """Return documents as bytes, in order.

        Args:
            documents: Whose it is ("" for nobody's: it stays readable), where it will
                stand (a sealed document opens nowhere else), and the document.
        """
        keys = self._keys({record_id for record_id, _, _ in documents} - {""})
        return [
            _sealed(keys.get(record_id), place, document)
            for record_id, place, document in documents
        ]

    def open(
        self, bodies: Collection[tuple[str, str, bytes]]
    ) -> list[dict[str, object] | None]:
        """Return documents, in order; None where the key is gone, or does not fit."""
        keys = self._known({record_id for record_id, _, _ in bodies} - {""})
        return [
            _opened(keys.get(record_id), place, body)
            for record_id, place, body in bodies
        ]

    def forget(self, record_id: str) -> None:
        """Destroy a record's key: what was sealed with it stays closed for ever."""
        mine = subject_key.c.record_id == record_id
        self._count(delete(subject_key).where(mine))

    def _known(self, record_ids: Collection[str]) -> dict[str, AESGCM]:
        if not record_ids:
            return {}
        query = select(subject_key.c.record_id, subject_key.c.key).where(
            among(subject_key.c.record_id, sorted(record_ids))
        )
        return {one: AESGCM(key) for one, key in self._connection.execute(query)}

    def _keys(self, record_ids: Collection[str]) -> dict[str, AESGCM]:
        known = self._known(record_ids)
        new = {
            one: AESGCM.generate_key(_KEY_BITS)
            for one in sorted(record_ids)
            if one not in known
        }
        self._many(
            insert_into(subject_key),
            ({"record_id": one, "key": key} for one, key in new.items()),
        )
        return known | {one: AESGCM(key) for one, key in new.items()}


def _sealed(key: AESGCM | None, place: str, document: Mapping[str, object]) -> bytes:
    plain = _encode(document).encode()
    if key is None:
        return _OPEN + plain
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _SEALED + nonce + key.encrypt(nonce, plain, place.encode())


def _opened(key: AESGCM | None, place: str, body: bytes) -> dict[str, object] | None:
    mark, rest = body[:1], body[1:]
    if mark == _SEALED:
        if key is None:
            return None
        nonce, closed = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
        try:
            rest = key.decrypt(nonce, closed, place.encode())
        except InvalidTag:
            return None
    document: dict[str, object] = json.loads(rest)
    return document


class Pairs(Repository):
    """Two values in each row of a table, sealed in it where they tell of a person.

    The body is bound to its row: copied into another one it does not open.
    """

    __slots__ = ("_names", "_table")

    def __init__(
        self, connection: Connection, table: Table, names: tuple[str, str]
    ) -> None:
        super().__init__(connection)
        self._table, self._names = table, names

    def add(self, rows: Iterable[Any]) -> None:
        """Insert rows of a dataclass with ``record_id``, ``personal`` and the pair."""
        kept = [columns_of(row) for row in rows]
        if not kept:
            return
        ids = self._connection.scalars(next_ids(self._table, len(kept)))
        for id_, row in zip(ids, kept, strict=True):
            row["id"] = id_
        closing = [row for row in kept if row.pop("personal")]
        bodies = Seals(self._connection).seal(
            [
                (str(row["record_id"]), self._place(row["id"]), self._cut(row))
                for row in closing
            ]
        )
        for row in kept:
            row["sealed"] = None
        for row, body in zip(closing, bodies, strict=True):
            row["sealed"] = body
        self._many(insert_into(self._table), kept)

    def read(self, query: Select[*tuple[object, ...]]) -> list[dict[str, Any]]:
        """Return the rows of a query of all columns, opened, with ``personal``.

        Both values are None where the key is gone.
        """
        return self.opened(self._connection.execute(query).all())

    def opened(self, rows: Iterable[Row[*tuple[object, ...]]]) -> list[dict[str, Any]]:
        """Return rows of the table as columns, opened; see `read`."""
        found = [dict(row._mapping) for row in rows]  # noqa: SLF001 - documented name
        closed = [row for row in found if row["sealed"] is not None]
        documents = Seals(self._connection).open(
            [
                (row["record_id"], self._place(row["id"]), row["sealed"])
                for row in closed
            ]
        )
        for row, document in zip(closed, documents, strict=True):
            row.update(document or {})
        for row in found:
            row["personal"] = row.pop("sealed") is not None
        return found

    def _place(self, id_: object) -> str:
        return f"{self._table.name}:{id_}"

    def _cut(self, row: dict[str, object]) -> dict[str, object]:
        """Return the pair, and leave nothing of it in the row."""
        pair = {name: row[name] for name in self._names}
        row |= dict.fromkeys(self._names)
        return pair
