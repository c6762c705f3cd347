"""Who was forgotten, kept so that nobody can read it and everybody is recognised.

A row is an HMAC-SHA256, under a secret of the installation, of an object's place in a
CRM or of an identifying value.  Who has the database and a guess can try the guess;
nobody can list names.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from leadstate.store.bulk import insert_into
from leadstate.store.portable import among
from leadstate.store.portable import insert as upsert
from leadstate.store.repository import Repository
from leadstate.store.rows import Forgotten
from leadstate.store.schema import forgotten, secret

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime
    from typing import TypeAlias

    from leadstate.store.rows import Place

    _Rows: TypeAlias = Mapping[str, tuple[str, datetime]]

__all__ = ["ForgottenPeople"]

_NAME = "forgotten"
_BYTES = 32
_ADD = upsert(forgotten)
_KEEP = _ADD.on_conflict_do_update(
    index_elements=["digest"],
    set_={"at": _ADD.excluded.at, "record_id": _ADD.excluded.record_id},
)


class ForgottenPeople(Repository):
    """Keeps the digests; gives nothing out but "this one is forgotten"."""

    __slots__ = ()

    def add(
        self,
        record_id: str,
        objects: Iterable[Place],
        values: Iterable[str],
        at: datetime,
    ) -> None:
        """Keep that these are forgotten; what was forgotten before stays so.

        Args:
            record_id: The record they belonged to; "" when they had none.
            objects: Objects in CRMs.
            values: Normalised identifying values.
            at: When; an object that its CRM made later is somebody new.
        """
        mark = self._marker(make=True)
        digests = {*map(mark, objects), *map(mark, values)}
        self._many(
            _KEEP,
            (
                {"digest": one, "record_id": record_id, "at": at}
                for one in sorted(digests)
            ),
        )

    def among(
        self, objects: Collection[Place] = (), values: Collection[str] = ()
    ) -> Forgotten:
        """Return which of these are forgotten, and since when."""
        nobody = Forgotten(objects={}, values={})
        if not objects and not values:
            return nobody
        mark = self._marker()
        marks: dict[str, Place | str] = {mark(one): one for one in objects}
        marks |= {mark(one): one for one in values}
        query = select(forgotten.c.digest, forgotten.c.at).where(
            among(forgotten.c.digest, sorted(marks))
        )
        found = {
            marks[digest]: at for digest, at in self._connection.execute(query).all()
        }
        return Forgotten(
            objects={one: at for one, at in found.items() if isinstance(one, tuple)},
            values={one: at for one, at in found.items() if isinstance(one, str)},
        )

    def count(self) -> int:
        """Return how many records were forgotten; those without one count as one."""
        query = select(func.count(forgotten.c.record_id.distinct()))
        return self._connection.scalar(query) or 0

    # -- from one database to another --------------------------------------------------

    def secret(self) -> bytes | None:
        """Return what the digests are made with; None as long as there is none."""
        query = select(secret.c.value).where(secret.c.name == _NAME)
        found: bytes | None = self._connection.scalar(query)
        return found

    def rows(self) -> dict[str, tuple[str, datetime]]:
        """Return digest -> record and moment, all of them."""
        found = self._connection.execute(select(forgotten)).all()
        return {row.digest: (row.record_id, row.at) for row in found}

    def take_over(self, rows: _Rows, made_with: bytes | None) -> dict[str, datetime]:
        """Keep digests of another database of this installation.

        Returns:
            Record -> when it was forgotten, of records that were not known as such.

        Raises:
            ValueError: They were made with another secret: it is another installation.
        """
        mine = self.secret()
        if made_with is None or not rows:
            return {}
        if mine is None:
            self._count(insert(secret).values(name=_NAME, value=made_with))
        elif mine != made_with:
            raise ValueError("the digests were made with another secret")
        known = self.rows()
        new = {one: row for one, row in rows.items() if one not in known}
        self._many(
            insert_into(forgotten),
            (
                {"digest": one, "record_id": record_id, "at": at}
                for one, (record_id, at) in sorted(new.items())
            ),
        )
        return {record_id: at for record_id, at in new.values() if record_id}

    def objects_in(
        self, places: Iterable[Place], digests: Collection[str]
    ) -> set[Place]:
        """Return those objects whose digest is among these."""
        mark = self._marker()
        return {one for one in places if mark(one) in digests}

    def _marker(self, *, make: bool = False) -> Callable[[Place | str], str]:
        key = self.secret()
        if key is None:
            key = secrets.token_bytes(_BYTES)
            if make:
                self._count(insert(secret).values(name=_NAME, value=key))
        return lambda one: _mark(key, one)


def _mark(key: bytes, one: Place | str) -> str:
    parts = ["value", one] if isinstance(one, str) else ["object", *one]
    return hmac.new(key, json.dumps(parts).encode(), hashlib.sha256).hexdigest()
