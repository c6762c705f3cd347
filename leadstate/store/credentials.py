"""Tokens of a connection, encrypted at rest; the key never enters the database.

AES-GCM with the row's identity as associated data: a ciphertext that is copied to
another row does not open there.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select

from leadstate.errors import ConfigurationError
from leadstate.store.portable import insert
from leadstate.store.schema import credential

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from leadstate.store.work import View, Work

__all__ = ["StoredCredentials", "cipher"]

_KEY_BYTES = 32
_NONCE_BYTES = 12
_HOW = (
    'Make one with: python -c "import secrets; print(secrets.token_hex(32))", keep it '
    "outside the database, and name its environment variable or file in the settings."
)


def cipher(key: bytes) -> AESGCM:
    """Return the cipher of a 32-byte key."""
    if len(key) != _KEY_BYTES:
        message = f"The store's key has {len(key)} bytes, not {_KEY_BYTES}.  {_HOW}"
        raise ConfigurationError(message)
    return AESGCM(key)


class StoredCredentials:
    """A `leadstate.adapters.Credentials` of one connection."""

    def __init__(
        self,
        begin: Callable[[], AbstractContextManager[Work]],
        read: Callable[[], AbstractContextManager[View]],
        connection: str,
        cipher: AESGCM | None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self._begin = begin
        self._read = read
        self._connection = connection
        self._cipher = cipher
        self._now = now

    def load(self, name: str) -> Mapping[str, str] | None:
        """Return what was saved under ``name``, or None."""
        with self._read() as view:
            return self._held(view, name)

    def save(self, name: str, values: Mapping[str, str]) -> None:
        """Keep ``values`` durably before returning."""
        with self._begin() as work:
            self._keep(work, name, values)
            work.commit()

    def swap(
        self, name: str, held: Mapping[str, str] | None, values: Mapping[str, str]
    ) -> bool:
        """Keep ``values`` if ``held`` is what is kept now; say whether it was.

        The transaction takes the database's write lock before it reads, so that of
        several processes with the same ``held`` exactly one is told yes.
        """
        with self._begin() as work:
            if self._held(work, name) != (None if held is None else dict(held)):
                return False
            self._keep(work, name, values)
            work.commit()
        return True

    def _held(self, view: View, name: str) -> dict[str, str] | None:
        query = select(credential.c.nonce, credential.c.ciphertext).where(
            credential.c.connection == self._connection, credential.c.name == name
        )
        cipher = self._unlocked()
        row = view.connection.execute(query).one_or_none()
        if row is None:
            return None
        return self._opened(cipher, name, row.nonce, row.ciphertext)

    def _keep(self, work: Work, name: str, values: Mapping[str, str]) -> None:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        plain = json.dumps(dict(values)).encode()
        row = {
            "nonce": nonce,
            "ciphertext": self._unlocked().encrypt(nonce, plain, self._identity(name)),
            "updated_at": self._now() if self._now else None,
        }
        statement = insert(credential).values(
            connection=self._connection, name=name, **row
        )
        work.connection.execute(
            statement.on_conflict_do_update(
                index_elements=["connection", "name"], set_=row
            )
        )

    def _opened(
        self, cipher: AESGCM, name: str, nonce: bytes, ciphertext: bytes
    ) -> dict[str, str]:
        try:
            plain = cipher.decrypt(nonce, ciphertext, self._identity(name))
        except (InvalidTag, ValueError):
            message = (
                f"The saved credential {name!r} of connection {self._connection} "
                "cannot be opened: the key is not the one it was saved with, or the "
                "row was changed.  Set the old key again, or connect again."
            )
            raise ConfigurationError(message) from None
        return {str(key): str(value) for key, value in json.loads(plain).items()}

    def _unlocked(self) -> AESGCM:
        if self._cipher is None:
            raise ConfigurationError(
                f"Connection {self._connection} keeps tokens, and the store has no key "
                f"to encrypt them with.  {_HOW}"
            )
        return self._cipher

    def _identity(self, name: str) -> bytes:
        return json.dumps(["leadstate.credential", self._connection, name]).encode()
