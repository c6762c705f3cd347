"""Follow every lane of the chain, row by row, in one pass over all of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING
from zlib import crc32

from leadstate.store.chain import FORMATS, GENESIS, LANES
from leadstate.store.verifying.findings import ChainFault, Findings, Part
from leadstate.store.verifying.rows import BODY, HASH, PLACES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadstate.store.verifying.raw import Row

__all__ = ["Lanes"]

_SEQ, _LANE, _PLACE = PLACES["seq"], PLACES["lane"], PLACES["place"]
_RECORD, _KIND, _DETAIL = PLACES["record_id"], PLACES["kind"], PLACES["detail"]
_ENDS = {form: len(columns) + 1 for form, columns in FORMATS.items()}
_BEGIN = (0, GENESIS)
_BETWEEN = "],["
_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


@dataclass(slots=True)
class _Missing:
    """Details of one record that are gone: the first such row, and how many."""

    row: Row
    number: int = 0


@dataclass(slots=True)
class Lanes:
    """Takes the rows in the order of ``seq``; remembers one row a lane.

    Attributes:
        rows: How many were taken.
        details: How many of them have a stored detail.
        heads: Lane -> place and hash of its last row.
        first_bad: Lane -> the ``seq`` of the first row that is not proven.
    """

    findings: Findings
    rows: int = 0
    details: int = 0
    heads: dict[int, tuple[int, str]] = field(default_factory=dict)
    first_bad: dict[int, int] = field(default_factory=dict)
    _missing: dict[str | None, _Missing] = field(default_factory=dict)

    def take(self, chunk: Sequence[Row]) -> None:
        """Go on with the next rows."""
        lanes, digests = _lanes(chunk), _digests(chunk)
        heads, missing, begin = self.heads, self._missing, _BEGIN
        for row, part, lane, told in zip(
            chunk, _encoded(chunk), lanes, digests, strict=True
        ):
            place, before = heads.get(row[_LANE], begin)
            found = sha256(f"{before}\n[{part}]".encode()).hexdigest()
            if (
                found != row[HASH]
                or place + 1 != row[_PLACE]
                or lane != row[_LANE]
                or told != row[_DETAIL]
            ):
                self._doubt(row, place, told, lane=lane, fits=found == row[HASH])
                heads[row[_LANE]] = _end(row, place)
            else:
                heads[row[_LANE]] = row[_PLACE], row[HASH]
            if missing and row[_KIND] == "erased":
                missing.pop(row[_RECORD], None)
        self.rows += len(chunk)
        self.details += len(chunk) - digests.count(None)

    def end(self) -> None:
        """Say which details are gone although nothing says that somebody was erased."""
        for one in self._missing.values():
            text = f"the details of {one.number} rows from here on are gone"
            if one.number == 1:
                text = "its detail is gone"
            text += ", and no erasure of the record says why"
            self._bad(one.row, Part.DETAIL, text)

    def _doubt(
        self, row: Row, last: int, told: str | None, *, lane: int, fits: bool
    ) -> None:
        """Say what is wrong with a row, the cause before its consequences."""
        if row[_PLACE] != last + 1:
            self._bad(row, Part.PLACE, _out_of_place(row[_PLACE], last))
        elif not fits:
            self._bad(row, Part.ROW, "it does not fit its hash: a column was changed")
        elif lane != row[_LANE]:
            self._bad(row, Part.LANE, f"its record belongs to lane {lane}")
        if told == row[_DETAIL]:
            return
        if told is None:
            one = self._missing.setdefault(row[_RECORD], _Missing(row))
            one.number += 1
        else:
            self._bad(row, Part.DETAIL, "its detail is not the one that was written")

    def _bad(self, row: Row, part: Part, text: str) -> None:
        # An edited row may hold anything where numbers belong.
        seq, lane, place = row[_SEQ], _whole(row[_LANE]), _whole(row[_PLACE])
        self.findings.add(
            ChainFault(
                part=part,
                text=text,
                lane=lane,
                place=place,
                seq=seq,
                record_id=str(row[_RECORD] or ""),
            )
        )
        if part is not Part.DETAIL and lane is not None:
            self.first_bad.setdefault(lane, seq)


def _out_of_place(place: object, last: int) -> str:
    if not isinstance(place, int):
        return "its place is not a number"
    if place > last + 1:
        gone = place - last - 1
        rows = "1 row is" if gone == 1 else f"{gone} rows are"
        return f"it follows place {last}: {rows} missing"
    return f"it follows place {last}: it stands out of order, or twice"


def _end(row: Row, last: int) -> tuple[int, str]:
    """Return what the next row is held against; anything may stand in this one."""
    place, hash_ = _whole(row[_PLACE]), row[HASH]
    plain = isinstance(hash_, str) and hash_.isascii()
    return last + 1 if place is None else place, hash_ if plain else ascii(hash_)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _encoded(chunk: Sequence[Row]) -> Sequence[str]:
    """Return the JSON of each row, without its brackets.

    All at once: one call costs half of many.  A text that holds the separator makes
    more parts than rows, and a value that JSON has not makes none.
    """
    try:
        parts = _encode([_covered(row) for row in chunk])[2:-2].split(_BETWEEN)
    except (TypeError, ValueError):
        return [_alone(row) for row in chunk]
    return parts if len(parts) == len(chunk) else [_alone(row) for row in chunk]


def _covered(row: Row) -> Sequence[object]:
    """Return the row's format and what that covers; what it does not has to be empty.

    Whatever else stands where the format belongs fits no hash.
    """
    ends = _ENDS.get(row[0]) if type(row[0]) is int else None
    bare = ends is not None and not any(one is not None for one in row[ends:HASH])
    return row[:ends] if bare else row[:HASH]


def _alone(row: Row) -> str:
    try:
        return _encode(_covered(row))[1:-1]
    except (TypeError, ValueError):
        return "not what a row can hold"


def _lanes(chunk: Sequence[Row]) -> list[int]:
    """Return the lane in which each row ought to stand."""
    try:
        return [crc32((row[_RECORD] or "").encode()) % LANES for row in chunk]
    except (AttributeError, UnicodeEncodeError):
        return [
            crc32(str(row[_RECORD] or "").encode("utf-8", "surrogateescape")) % LANES
            for row in chunk
        ]


def _digests(chunk: Sequence[Row]) -> list[str | None]:
    """Return the digest of each detail that is stored."""
    try:
        return [
            None if row[BODY] is None else sha256(row[BODY]).hexdigest()
            for row in chunk
        ]
    except TypeError:
        return [_digest(row[BODY]) for row in chunk]


def _digest(body: object) -> str | None:
    if body is None:
        return None
    return sha256(body).hexdigest() if isinstance(body, bytes) else "not bytes"
