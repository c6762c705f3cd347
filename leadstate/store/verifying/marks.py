"""Do the checkpoints hold, and does the history still hold what they say of it?

A checkpoint is true when a known key signed it and it names the one before.  Every head
that a true one names must still stand in its place: a history that was cut or computed
anew shows against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, literal, select

from leadstate.store.chain import GENESIS, digest
from leadstate.store.checkpoints import CheckpointRow, is_signed, read_body
from leadstate.store.columns import to_micros
from leadstate.store.portable import LastId
from leadstate.store.schema import checkpoint, history
from leadstate.store.verifying.findings import ChainFault, Findings, Part

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from leadstate.store.checkpoints import Head, Sealed
    from leadstate.store.verifying.raw import Raw

__all__ = ["KeptLine", "Marks"]

_KEY_SHOWN = 16
_SIGNED = (checkpoint.c.body, checkpoint.c.signature, checkpoint.c.key)
_ALL = select(checkpoint.c.id, checkpoint.c.made_at, *_SIGNED).order_by(checkpoint.c.id)
_ONE = select(*_SIGNED).where(checkpoint.c.id == bindparam("number"))
_COUNTED = select(LastId(literal(checkpoint.name)))
_THERE = select(history.c.hash).where(
    history.c.lane == bindparam("its_lane"), history.c.place == bindparam("its_place")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLine:
    """A line of a file that was kept elsewhere.

    Attributes:
        where: File and line, for people.
        row: The checkpoint, or None for a line that is none.
    """

    where: str
    row: CheckpointRow | None


class Marks:
    """Checks checkpoints against a history whose rows were followed already.

    Attributes:
        found: How many the database has.
        last: What the newest true one says.
    """

    def __init__(self, raw: Raw, keys: Collection[str], findings: Findings) -> None:
        self.found = 0
        self.last: Sealed | None = None
        self._raw = raw
        self._keys = keys
        self._findings = findings
        self._fits: dict[int, int] = {}  # lane -> the last place that a true one proves
        self._lost: set[int] = set()  # lanes of which it was said already

    def check(self) -> None:
        """Check those of the database, the oldest first."""
        before, expected = GENESIS, 1
        for id_, made_at, *rest in self._raw.rows(_ALL):
            body, signature, key = map(_text, rest)
            row = CheckpointRow(number=id_, body=body, signature=signature, key=key)
            sealed, fault = self._read(row)
            if sealed is not None:
                fault = _misfit(sealed, (id_, made_at), expected, before)
            if sealed is None or fault:
                self._bad(Part.CHECKPOINT, fault, id_)
            else:
                self.last = sealed
                self._compare(sealed, Part.CHECKPOINT, "")
            self.found += 1
            # Told once, not for each one behind a gap.
            before, expected = _digest(body), _next(id_, expected)
        self._check_end(expected - 1)

    def _check_end(self, last: int) -> None:
        """Compare the last number with the one that the database remembers."""
        [[number]] = self._raw.rows(_COUNTED)
        if number is not None and number != last:
            text = f"the newest ought to have the number {number}"
            self._bad(Part.CHECKPOINT, text, last)

    def check_kept(self, lines: Iterable[KeptLine]) -> int:
        """Check those that were kept elsewhere; return how many there are."""
        number = 0
        for line in lines:
            number += 1
            if line.row is None:
                self._bad(Part.KEPT, f"{line.where} holds no checkpoint", None)
                continue
            sealed, fault = self._read(line.row)
            if sealed is not None and sealed.number != line.row.number:
                sealed, fault = None, "its number is not the one that was signed"
            if sealed is None:
                self._bad(Part.KEPT, f"{line.where}: {fault}", line.row.number)
            else:
                self._check_copy(line.row, sealed, line.where)
        return number

    def _check_copy(self, row: CheckpointRow, sealed: Sealed, where: str) -> None:
        """Compare a true one of elsewhere with the database's own, and the history."""
        own = self._raw.rows(_ONE, number=row.number)
        if own[:1] == [(row.body, row.signature, row.key)]:
            return  # it was compared with the history already
        what = "has another one" if own else "has none of this number"
        self._bad(Part.KEPT, f"{where}: the database {what}", row.number)
        self._compare(sealed, Part.KEPT, f"{where}: ")

    def _read(self, row: CheckpointRow) -> tuple[Sealed | None, str]:
        """Return what a checkpoint says if a known key signed it, or why not."""
        if row.key not in self._keys:
            named = row.key[:_KEY_SHOWN] + "..."
            return None, f"it is signed with {named}, no key that is known here"
        if not is_signed(row.body, row.signature, row.key):
            return None, "its signature does not hold: it was changed"
        sealed = read_body(row.body)
        return sealed, "" if sealed else "it is signed, but of no format known here"

    def _compare(self, sealed: Sealed, part: Part, where: str) -> None:
        """Find each head that is not in the history any more; once a lane."""
        for head in sealed.heads:
            where_it_was = {"its_lane": head.lane, "its_place": head.place}
            found = self._raw.rows(_THERE, **where_it_was)
            if found == [(head.hash,)]:
                self._fits[head.lane] = max(head.place, self._fits.get(head.lane, 0))
            elif head.lane not in self._lost:
                self._lost.add(head.lane)
                text = where + self._uncovered(head, gone=not found)
                self._bad(part, text, sealed.number, head)

    def _uncovered(self, head: Head, *, gone: bool) -> str:
        there = "which is not there any more" if gone else "where another row is now"
        fits = self._fits.get(head.lane)
        since = f"place {fits} is proven" if fits else "no earlier place is proven"
        return (
            f"it knows lane {head.lane} up to place {head.place}, {there}; by "
            f"checkpoints, {since}"
        )

    def _bad(
        self, part: Part, text: str, number: int | None, head: Head | None = None
    ) -> None:
        self._findings.add(
            ChainFault(
                part=part,
                text=text,
                checkpoint=number,
                lane=head.lane if head else None,
                place=head.place if head else None,
            )
        )


def _misfit(sealed: Sealed, row: tuple[int, object], expected: int, before: str) -> str:
    """Return why a signed checkpoint does not stand where it belongs; or nothing."""
    if (sealed.number, to_micros(sealed.made_at)) != row:
        return "its number or time is not the one that was signed"
    if sealed.number != expected:
        return "the checkpoints before it are not all there"
    if sealed.before != before:
        return "it does not name the checkpoint before it: that one was changed"
    return ""


def _next(id_: object, expected: int) -> int:
    return (id_ if isinstance(id_, int) else expected) + 1


def _digest(body: str) -> str:
    return digest(body.encode("utf-8", "surrogateescape"))


def _text(value: object) -> str:
    return value if isinstance(value, str) else f"not a text: {value!r}"
