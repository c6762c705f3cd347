"""Does each lane end where it is said to end?

Heads show that rows at the end are missing, unless whoever cut them off changed the
heads too; from then on only checkpoints show it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from leadstate.store.schema import chain_head
from leadstate.store.verifying.findings import ChainFault, Findings, Part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.store.verifying.raw import Raw

__all__ = ["check_heads"]

_HEADS = select(chain_head.c.lane, chain_head.c.place, chain_head.c.hash)


def check_heads(
    raw: Raw,
    found: Mapping[int, tuple[int, str]],
    findings: Findings,
) -> None:
    """Compare where the lanes end with where they are said to end.

    Args:
        found: Lane -> place and hash of its last row.
    """
    said: dict[int, tuple[int, str]] = {}
    for lane, place, hash_ in raw.rows(_HEADS):
        if lane in said:
            text = "the lane has two ends"
            findings.add(ChainFault(part=Part.HEAD, text=text, lane=lane, place=place))
        said[lane] = place, hash_
    for lane in sorted({*said, *found}, key=str):
        ends, ought = found.get(lane), said.get(lane)
        if ends != ought:
            at = ends[0] if ends else None
            text = _text(ends, ought)
            findings.add(ChainFault(part=Part.HEAD, text=text, lane=lane, place=at))


def _text(ends: tuple[int, str] | None, ought: tuple[int, str] | None) -> str:
    if ends is None:
        place = ought[0] if ought else 0
        return f"the lane has no row, and ought to end at place {place}"
    if ought is None:
        return f"the lane ends at place {ends[0]}, and ought to have no row"
    if ends[0] != ought[0]:
        return f"the lane ends at place {ends[0]}, and ought to end at {ought[0]}"
    return "the last row of the lane is not the one that was written last"
