"""Checkpoints: where all lanes of the chain ended at one moment, signed.

A checkpoint names the one before it by a digest, so that none can be taken out; a copy
of one that is kept elsewhere shows even that the end of the history was cut off.  The
format is written down in docs/reference/history-chain.md.  Whether they still fit the
history is proven in `leadstate.store.verifying`.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from sqlalchemy import func, insert, select

from leadstate.errors import ConfigurationError
from leadstate.store.chain import GENESIS, digest
from leadstate.store.columns import from_micros, to_micros
from leadstate.store.nonsense import NONSENSE
from leadstate.store.repository import Repository
from leadstate.store.schema import chain_head, checkpoint, secret

if TYPE_CHECKING:
    from datetime import datetime

__all__ = [
    "CheckpointRow",
    "Checkpoints",
    "Head",
    "Sealed",
    "is_seed",
    "is_signed",
    "line_of",
    "public_key",
    "read_body",
]

FORMAT = 1
_SEED = "checkpoint signing key"
_SEED_BYTES = 32
_FIELDS = {"leadstate_checkpoint", "number", "made_at", "before", "heads"}
_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


@dataclass(frozen=True, slots=True)
class Head:
    """The last row of a lane."""

    lane: int
    place: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What a checkpoint says.

    Attributes:
        number: 1 for the first one; each counts one further.
        before: The SHA-256 of the body before it, or `GENESIS`.
        heads: The last row of each lane that had any, by lane.
    """

    number: int
    made_at: datetime
    before: str
    heads: tuple[Head, ...]

    @property
    def rows(self) -> int:
        """How many rows the history had."""
        return sum(head.place for head in self.heads)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointRow:
    """A checkpoint as it is kept.

    Attributes:
        number: Its number.
        body: What it says, as the JSON text that was signed (see `read_body`).
        signature: Ed25519 over the body, hexadecimal.
        key: The public key it was signed with, hexadecimal.
    """

    number: int
    body: str
    signature: str
    key: str


def public_key(seed: bytes) -> str:
    """Return the public key of a 32-byte seed, hexadecimal."""
    return (
        Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw().hex()
    )


def is_seed(value: object) -> TypeGuard[bytes]:
    """Whether something is a signing key; somebody may have put anything there."""
    return isinstance(value, bytes) and len(value) == _SEED_BYTES


def is_signed(body: str, signature: str, key: str) -> bool:
    """Whether a body is signed by a key; texts that are no key or signature are not."""
    try:
        said, by = bytes.fromhex(signature), bytes.fromhex(key)
        Ed25519PublicKey.from_public_bytes(by).verify(said, body.encode())
    except (InvalidSignature, ValueError):
        return False
    return (said.hex(), by.hex()) == (signature, key)  # one way to write it, no other


def read_body(body: str) -> Sealed | None:
    """Return what a checkpoint says; None for a text that is none of this format."""
    try:
        said = json.loads(body)
        if set(said) != _FIELDS or said["leadstate_checkpoint"] != FORMAT:
            return None
        heads = tuple(Head(int(a), int(b), str(c)) for a, b, c in said["heads"])
        moment, number = from_micros(said["made_at"]), int(said["number"])
    except (ValueError, TypeError, OverflowError):
        return None
    before = str(said["before"])
    return Sealed(number=number, made_at=moment, before=before, heads=heads)


def line_of(row: CheckpointRow) -> str:
    """Return a checkpoint as one line of JSON, to be kept elsewhere."""
    said = {"number": row.number, "body": row.body}
    return _encode(said | {"signature": row.signature, "key": row.key})


class Checkpoints(Repository):
    """Makes checkpoints and reads them; a trigger refuses to change them."""

    __slots__ = ()

    def rows(self) -> int:
        """Return how many rows the history has, by the heads of its lanes."""
        query = select(func.coalesce(func.sum(chain_head.c.place), 0))
        return int(self._connection.scalar(query) or 0)

    def last(self) -> CheckpointRow | None:
        """Return the newest checkpoint."""
        query = select(checkpoint).order_by(checkpoint.c.id.desc()).limit(1)
        return next(iter(self._found(query)), None)

    def after(self, number: int, limit: int = 1_000) -> list[CheckpointRow]:
        """Return the checkpoints behind a number, in order."""
        query = select(checkpoint).where(checkpoint.c.id > number)
        return self._found(query.order_by(checkpoint.c.id).limit(limit))

    def make(self, seed: bytes, now: datetime) -> CheckpointRow:
        """Keep a signed checkpoint of the chain as it is now."""
        last = self.last()
        number = last.number + 1 if last else 1
        body = _encode(
            {
                "leadstate_checkpoint": FORMAT,
                "number": number,
                "made_at": to_micros(now),
                "before": digest(last.body.encode()) if last else GENESIS,
                "heads": [[one.lane, one.place, one.hash] for one in self._heads()],
            }
        )
        signature = Ed25519PrivateKey.from_private_bytes(seed).sign(body.encode()).hex()
        row = {"body": body, "signature": signature, "key": public_key(seed)}
        self._count(insert(checkpoint).values(id=number, made_at=now, **row))
        return CheckpointRow(number=number, **row)

    def seed(self) -> bytes | None:
        """Return the signing key that the database holds, or None before it has one."""
        query = select(secret.c.value).where(secret.c.name == _SEED)
        try:
            return self._connection.scalar(query)
        except NONSENSE:
            return b""  # somebody wrote a text there: it is no key (`is_seed`)

    def made_seed(self) -> bytes:
        """Return the signing key that the database holds; make it the first time."""
        seed = self.seed()
        if seed is not None and not is_seed(seed):
            raise ConfigurationError(
                "the signing key in the database was changed, and is none any more. "
                "Restore a backup, or set signing_key in the settings"
            )
        if seed is None:
            seed = secrets.token_bytes(_SEED_BYTES)
            self._count(insert(secret).values(name=_SEED, value=seed))
        return seed

    def _heads(self) -> list[Head]:
        query = select(chain_head.c.lane, chain_head.c.place, chain_head.c.hash)
        rows = self._connection.execute(query.order_by(chain_head.c.lane))
        return [Head(lane, place, hash_) for lane, place, hash_ in rows]

    def _found(self, query: object) -> list[CheckpointRow]:
        return [
            CheckpointRow(number=id_, body=body, signature=signature, key=key)
            for id_, _, body, signature, key in self._connection.execute(query)  # type: ignore[call-overload]
        ]
