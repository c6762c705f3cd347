"""Prove the history: every row, its detail, where lanes end, and the checkpoints.

    with store.read() as view:
        found = verify(view.raw, keys={public})

It reads what the driver gives, holds one row a lane, and changes nothing.  The same is
proven without Leadstate by scripts/verify_history.py, written apart from this: what one
of them overlooked, the other one may find.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, bindparam, func, select

from leadstate.store.schema import history
from leadstate.store.verifying.findings import ChainFault, Findings, Part
from leadstate.store.verifying.heads import check_heads
from leadstate.store.verifying.lanes import Lanes
from leadstate.store.verifying.marks import KeptLine, Marks
from leadstate.store.verifying.raw import UnreadableDatabase
from leadstate.store.verifying.rows import chunks
from leadstate.store.verifying.sealed import check_keys, check_strays

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from leadstate.store.checkpoints import Sealed
    from leadstate.store.verifying.raw import Raw

__all__ = [
    "Broken",
    "ChainFault",
    "Findings",
    "KeptLine",
    "Part",
    "Proof",
    "verify",
]

_ITS_SEQ = bindparam("its_seq", type_=BigInteger)
_BEHIND = select(func.count()).where(
    history.c.lane == bindparam("its_lane"), history.c.seq > _ITS_SEQ
)
_PLACE = select(history.c.place).where(history.c.seq == _ITS_SEQ)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A lane whose rows are proven only up to a row.

    Attributes:
        seq: The first row that is not proven.
        behind: How many rows of the lane stand behind it, no longer proven.
    """

    lane: int
    place: object
    seq: int
    behind: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a verification looked at, and what it found.

    Attributes:
        rows: Rows of the history.
        details: Notes and receipts whose digests were compared.
        checkpoints: Those of the database.
        kept: Those that were kept elsewhere.
        last: What the newest true checkpoint of the database says.
        broken: Lanes that are not proven to their end.
        faults: The first hundred faults.
        total: How many there are.
    """

    rows: int
    details: int
    checkpoints: int
    kept: int
    last: Sealed | None
    broken: tuple[Broken, ...]
    faults: tuple[ChainFault, ...]
    total: int


def verify(
    raw: Raw,
    *,
    keys: Collection[str],
    kept: Iterable[KeptLine] = (),
    on_progress: Callable[[int], None] = lambda _rows: None,
) -> Proof:
    """Prove the whole history of a database, in the transaction that is open.

    Args:
        keys: The public keys that checkpoints may be signed with.
        kept: Checkpoints that were kept elsewhere.
        on_progress: Is told after some hundred rows how many were followed.
    """
    findings = Findings()
    lanes = Lanes(findings)
    marks = Marks(raw, keys, findings)
    number = 0
    try:
        for chunk in chunks(raw):
            lanes.take(chunk)
            on_progress(lanes.rows)
        lanes.end()
        check_strays(raw, lanes.details, findings)
        check_keys(raw, findings)
        check_heads(raw, lanes.heads, findings)
        marks.check()
        number = marks.check_kept(kept)
    except UnreadableDatabase as error:
        text = f"the database cannot be read further: {error}"
        findings.add(ChainFault(part=Part.DATABASE, text=text))
    return Proof(
        rows=lanes.rows,
        details=lanes.details,
        checkpoints=marks.found,
        kept=number,
        last=marks.last,
        broken=tuple(_broken(raw, lanes)),
        faults=tuple(findings.listed),
        total=findings.total,
    )


def _broken(raw: Raw, lanes: Lanes) -> Iterable[Broken]:
    for lane, seq in sorted(lanes.first_bad.items()):
        [[behind]] = raw.rows(_BEHIND, its_lane=lane, its_seq=seq)
        [place], *_ = raw.rows(_PLACE, its_seq=seq)  # a forger may number two alike
        yield Broken(lane=lane, place=place, seq=seq, behind=behind)
