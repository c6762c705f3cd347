"""The chain: every history row holds the hash of the row before it in its lane.

A record's rows stand in one lane, in order; lanes grow beside each other, so that
workers in parallel never wait for one head.  What is hashed is written down in
docs/reference/history-chain.md, a format after the other: a verifier needs nothing of
this package, and a row is verified by the format that it states.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "COVERED",
    "FORMAT",
    "FORMATS",
    "GENESIS",
    "LANES",
    "digest",
    "lane_of",
    "linked",
]

FORMAT = 2
"""The format of rows that are written now."""

LANES = 16
GENESIS = "0" * 64
"""What the first row of a lane holds as the hash before it."""

COVERED = (
    "seq",
    "lane",
    "place",
    "id",
    "record_id",
    "kind",
    "cause",
    "actor",
    "happened_at",
    "learnt_at",
    "transition",
    "from_stage",
    "to_stage",
    "reason",
    "answer",
    "source",
    "source_event",
    "pass_number",
    "workflow_version",
    "detail",
    "qualified_at",
)
"""The columns that a hash covers, in this order, as they are stored."""

FORMATS = {1: COVERED[:-1], 2: COVERED}
"""Format -> the columns that it covers; those of later ones are empty in its rows."""

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def lane_of(record_id: str | None) -> int:
    """Return the lane of a record's rows; rows of no record stand in one, too."""
    return crc32((record_id or "").encode()) % LANES


def linked(before: str, row: Sequence[object], *, form: int = FORMAT) -> str:
    """Return the hash of a row: SHA-256 over the hash before and its covered columns.

    Args:
        before: The hash of the row before it in its lane, or `GENESIS`.
        row: The values of its format's columns, moments as microseconds since 1970.
        form: The row's format.
    """
    return digest(f"{before}\n{_encode([form, *row])}".encode())


def digest(content: bytes) -> str:
    """Return the SHA-256 of some bytes, as the chain writes it."""
    return hashlib.sha256(content).hexdigest()
