"""What stands at the end of an export: where the lanes end, and the checkpoints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, literal, select

from leadstate.store.portable import LastId
from leadstate.store.schema import chain_head, checkpoint, detail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadstate.store.verifying.raw import Raw

__all__ = ["Extract", "ends_of"]

_HEADS = select(chain_head.c.lane, chain_head.c.place, chain_head.c.hash).order_by(
    chain_head.c.lane
)
_CHECKPOINTS = select(
    checkpoint.c.id,
    checkpoint.c.made_at,
    checkpoint.c.body,
    checkpoint.c.signature,
    checkpoint.c.key,
).order_by(checkpoint.c.id)
_DETAILS = select(func.count()).select_from(detail)
_NUMBERED = select(LastId(literal(checkpoint.name)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
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


def ends_of(raw: Raw) -> Extract:
    """Read what stands behind the rows, in the transaction that is open."""
    [[details]] = raw.rows(_DETAILS)
    [[numbered]] = raw.rows(_NUMBERED)
    return Extract(
        heads=raw.rows(_HEADS),
        checkpoints=raw.rows(_CHECKPOINTS),
        details=details,
        numbered=numbered or 0,
    )
