"""What stands at the end of an export: where the lanes end, and the checkpoints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

__all__ = ["Ends", "ends_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """The columns as they are stored, by lane and number.

    Attributes:
        heads: Lane, place and hash.
        checkpoints: Number, moment in microseconds, body, signature and key.
        details: How many details are stored.
        numbered: The highest number that a checkpoint ever had.
    """

    heads: Sequence[Sequence[Any]]
    checkpoints: Sequence[Sequence[Any]]
    details: int
    numbered: int


def ends_of(connection: sqlite3.Connection) -> Ends:
    """Read what stands behind the rows, in the transaction that is open."""
    run = connection.execute
    heads = run("SELECT lane, place, hash FROM chain_head ORDER BY lane").fetchall()
    checkpoints = run(
        "SELECT id, made_at, body, signature, key FROM checkpoint ORDER BY id"
    ).fetchall()
    [[details]] = run("SELECT count(*) FROM detail")
    counted = run("SELECT seq FROM sqlite_sequence WHERE name = 'checkpoint'")
    return Ends(
        heads=heads,
        checkpoints=checkpoints,
        details=details,
        numbered=max((number for (number,) in counted), default=0),
    )
