#!/usr/bin/env python3
"""Prove an exported history of Leadstate, without Leadstate: Python 3.9 or newer.

    leadstate audit export -o history.jsonl
    python verify_history.py history.jsonl
    python verify_history.py history.jsonl --checkpoints kept.jsonl --key 3b6a...

It follows every lane of the chain, compares details and heads, and checks the
checkpoints: their signatures, their order, and that the history still has every row
that they name.  Give it checkpoints that were kept where nobody of the installation can
write, and the public key as you know it: the export's own copies may be made up.

It prints what was found, where, and ends with 0 when all is proven, 1 when something is
not, 2 when the file is no export.  The format: docs/reference/history-chain.md.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Point = tuple[int, int, int, int]
    Line = dict[str, Any]  # a line of the file, or a part of one
    Wanted = dict[
        tuple[int, int], list[str]
    ]  # (lane, place) -> hashes that stand there
    Kept = Sequence[tuple[str, Line | None]]  # where it stands, and the checkpoint

FORMATS = (1, 2)
LANES = 16
GENESIS = "0" * 64
COLUMNS = [
    "seq", "lane", "place", "id", "record_id", "kind", "cause", "actor",
    "happened_at", "learnt_at", "transition", "from_stage", "to_stage", "reason",
    "answer", "source", "source_event", "pass_number", "workflow_version", "detail",
]  # fmt: skip
LATER = {1: [], 2: ["qualified_at"]}  # format -> the columns that it covers besides
MOST = 100
KEY_BYTES, SIGNATURE_BYTES = 32, 64

# -- Ed25519, as RFC 8032 (section 5.1) describes it -----------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)  # a square root of -1


def added(one: Point, two: Point) -> Point:
    """Return the sum of two points, in extended coordinates (x, y, z, xy/z)."""
    a = (one[1] - one[0]) * (two[1] - two[0]) % P
    b = (one[1] + one[0]) * (two[1] + two[0]) % P
    c, d = 2 * one[3] * two[3] * D % P, 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number: int, point: Point) -> Point:
    """Return a multiple of a point."""
    result = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = added(result, point)
        point = added(point, point)
        number >>= 1
    return result


def x_of(y: int, sign: int) -> int | None:
    """Return the x of a point with this y, or None when there is none."""
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P:
        return None
    return P - x if x & 1 != sign else x


def point_of(content: bytes) -> Point | None:
    """Return the point that 32 bytes stand for, or None."""
    number = int.from_bytes(content, "little")
    y, sign = number & (2**255 - 1), number >> 255
    x = x_of(y, sign) if len(content) == KEY_BYTES else None
    return None if x is None else (x, y, 1, x * y % P)


BASE_Y = 4 * pow(5, -1, P) % P
BASE_X = x_of(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


@lru_cache(maxsize=4096)
def is_signed(body: str, signature: str, key: str) -> bool:
    """Whether a text is signed by a key; signature and key are hexadecimal."""
    try:
        said, by = bytes.fromhex(signature), bytes.fromhex(key)
        content = body.encode()
    except (ValueError, TypeError, AttributeError):
        return False
    if (said.hex(), by.hex(), len(said)) != (signature, key, SIGNATURE_BYTES):
        return False
    public, start = point_of(by), point_of(said[:32])
    scalar = int.from_bytes(said[32:], "little")
    if public is None or start is None or scalar >= ORDER:
        return False
    digest = hashlib.sha512(said[:32] + by + content).digest()
    challenge = int.from_bytes(digest, "little") % ORDER
    left, right = times(scalar, BASE), added(start, times(challenge, public))
    return not (
        (left[0] * right[2] - right[0] * left[2]) % P
        or (left[1] * right[2] - right[1] * left[2]) % P
    )


# -- what is found ---------------------------------------------------------------------


class Findings:
    """Faults, told as (part, lane, place, seq, text)."""

    def __init__(self) -> None:
        self.listed, self.total = [], 0

    def add(
        self, part: str, text: str, lane: Any = None, place: Any = None, seq: Any = None
    ) -> None:
        """Take one more; the first hundred are listed."""
        self.total += 1
        if len(self.listed) < MOST:
            self.listed.append((part, lane, place, seq, text))


class NoExport(Exception):
    """The file is not what `leadstate audit export` writes."""


def as_json(value: object) -> str:
    """Return the one way in which values are written for their hash."""
    return json.dumps(value, separators=(",", ":"))


def plain(value: object) -> Any:
    """Return what an edited row may hold in place of a number or text as a text."""
    return as_json(value) if isinstance(value, (dict, list)) else value


def sha(content: bytes) -> str:
    """Return a SHA-256, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


# -- the rows --------------------------------------------------------------------------


def covered(row: Line) -> list[Any]:
    """Return a row's format and the columns that its hash covers.

    What a later format covers has to be empty; a format that is none fits no hash.
    """
    form = row.get("format", 1)  # exports of format 1 do not say it
    if type(form) is not int or form not in LATER:
        return [form]
    beyond = [one for names in LATER.values() for one in names]
    if any(row.get(one) is not None for one in beyond if one not in LATER[form]):
        return [form]
    return [form, *(row.get(name) for name in (*COLUMNS, *LATER[form]))]


class Chain:
    """Follows all lanes; takes the rows in the order of the file."""

    def __init__(self, findings: Findings, wanted: Wanted) -> None:
        self.findings = findings
        self.wanted = wanted
        self.rows = self.details = 0
        self.seq = None
        self.heads = {}
        self.bad = {}  # lane -> [seq of the first bad row, rows behind it]
        self.missing = {}  # record -> [first row without its detail, how many]

    def take(self, row: Line) -> None:
        """Go on with the next row."""
        lane, place, seq = plain(row.get("lane")), row.get("place"), row.get("seq")
        last, before = self.heads.get(lane, (0, GENESIS))
        text = f"{before}\n{as_json(covered(row))}"
        if lane in self.bad:
            self.bad[lane][1] += 1
        self.compare(
            row,
            last,
            fits=sha(text.encode("utf-8", "surrogatepass")) == row.get("hash"),
        )
        self.compare_detail(row)
        if row.get("kind") == "erased":
            self.missing.pop(plain(row.get("record_id")), None)
        self.heads[lane] = place, row.get("hash")
        if (lane, plain(place)) in self.wanted:
            self.wanted[lane, place].append(row.get("hash"))
        self.rows, self.seq = self.rows + 1, seq

    def compare(self, row: Line, last: Any, *, fits: bool) -> None:
        """Compare a row with the one before it in its lane, and in the file."""
        place, seq = row.get("place"), row.get("seq")
        record = str(row.get("record_id") or "")
        lane = crc32(record.encode("utf-8", "surrogatepass")) % LANES
        if self.seq is not None and not (isinstance(seq, int) and seq > self.seq):
            self.fault("place", f"it stands behind row {self.seq} of the file", row)
        elif not isinstance(last, int) or place != last + 1:
            self.fault("place", f"it follows place {last}", row)
        elif not fits:
            self.fault("row", "it does not fit its hash: a column was changed", row)
        elif lane != row.get("lane"):
            self.fault("lane", f"its record belongs to lane {lane}", row)

    def compare_detail(self, row: Line) -> None:
        """Compare the detail that is stored with the one that was written."""
        stored, body = row.get("stored"), row.get("body")
        if body is not None:
            stored = sha(base64.b64decode(body))
        self.details += stored is not None
        if stored == row.get("detail"):
            return
        if stored is None:
            record = plain(row.get("record_id"))
            self.missing.setdefault(record, [row, 0])[1] += 1
        else:
            self.fault("detail", "its detail is not the one that was written", row)

    def end(self) -> None:
        """Say which details are gone without an erasure."""
        for row, number in self.missing.values():
            text = f"details of {number} rows from here on are gone without an erasure"
            self.fault("detail", text, row)

    def fault(self, part: str, text: str, row: Line) -> None:
        """Keep a fault of a row; its lane is not proven from there on."""
        lane, seq = plain(row.get("lane")), row.get("seq")
        self.findings.add(part, text, lane, row.get("place"), seq)
        if part != "detail":
            self.bad.setdefault(lane, [seq, 0])


# -- the checkpoints -------------------------------------------------------------------


class Marks:
    """Checks checkpoints; `wanted` has the hashes of the rows that they name."""

    def __init__(self, findings: Findings, keys: set[str], wanted: Wanted) -> None:
        self.findings, self.keys, self.wanted = findings, keys, wanted
        self.lost, self.fits = set(), {}
        self.covered = None

    def check(self, checkpoints: list[Line], numbered: int) -> None:
        """Check those of the export, in their order."""
        before, expected = GENESIS, 1
        for one in checkpoints:
            said, text = self.read(one)
            if said and (said["number"], said["made_at"]) != (
                one.get("number"), one.get("made_at")
            ):  # fmt: skip
                text = "its number or time is not the one that was signed"
            elif said and said["number"] != expected:
                text = "the checkpoints before it are not all there"
            elif said and said["before"] != before:
                text = "it does not name the checkpoint before it"
            if text:
                self.findings.add("checkpoint", f"{one.get('number')}: {text}")
            else:
                self.covered = sum(place for _, place, _ in said["heads"])
                self.compare(said, "checkpoint")
            number = one.get("number")
            expected = number + 1 if isinstance(number, int) else expected + 1
            before = sha(str(one.get("body")).encode("utf-8", "surrogatepass"))
        if numbered != expected - 1:
            text = f"the newest ought to have the number {numbered}"
            self.findings.add("checkpoint", text)

    def check_kept(self, kept: Kept, checkpoints: list[Line]) -> None:
        """Check those that were kept elsewhere."""
        own = {plain(one.get("number")): one for one in checkpoints}
        for where, one in kept:
            said, text = self.read(one) if one else (None, "it is no checkpoint")
            if said and said["number"] != one.get("number"):
                said, text = None, "its number is not the one that was signed"
            if said is None:
                self.findings.add("kept", f"{where}: {text}")
                continue
            held = own.get(said["number"])
            if held and all(held.get(name) == one[name] for name in one):
                continue
            what = "another one" if held else "none"
            text = f"the export has {what} with the number {said['number']}"
            self.findings.add("kept", f"{where}: {text}")
            self.compare(said, "kept", f"{where}: ")

    def read(self, one: Line) -> tuple[Line | None, str]:
        """Return what a checkpoint says if a known key signed it, or why not."""
        if plain(one.get("key")) not in self.keys:
            return None, f"its key {str(one.get('key'))[:16]}... is not known"
        signed = [plain(one.get(name)) for name in ("body", "signature", "key")]
        if not is_signed(*signed):
            return None, "its signature does not hold: it was changed"
        return json.loads(one["body"]), ""

    def compare(self, said: Line, part: str, where: str = "") -> None:
        """Find every head that the history does not have any more, once a lane."""
        for lane, place, hash_ in said["heads"]:
            if self.wanted.get((lane, place)) == [hash_]:
                self.fits[lane] = max(place, self.fits.get(lane, 0))
            elif lane not in self.lost:
                self.lost.add(lane)
                text = f"{where}{said['number']}: it knows the lane up to here"
                text += ", where another row is, or none; it fits to place "
                self.findings.add(part, f"{text}{self.fits.get(lane, 0)}", lane, place)


# -- the files -------------------------------------------------------------------------


def lines_of(path: Path) -> Iterator[Line]:
    """Yield each line of a file as a value, with its number."""
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                value = json.loads(line)
            except ValueError:
                value = None
            if not isinstance(value, dict):
                raise NoExport(f"{path}:{number} is not a line of an export")
            yield value


def read_ends(path: Path) -> tuple[list[Any], list[Line], Line]:
    """Return what stands around the rows: heads, checkpoints and counts."""
    heads, checkpoints, end, first = [], [], None, True
    for value in lines_of(path):
        if first and value.get("leadstate_history") not in FORMATS:
            known = " or ".join(map(str, FORMATS))
            raise NoExport(f"{path} is not an export of a history, format {known}")
        first = False
        heads = value.get("heads", heads)
        checkpoints += [value["checkpoint"]] if "checkpoint" in value else []
        end = value.get("end", end)
    if end is None:
        raise NoExport(f"{path} has no end: it is half a file; export it again")
    return heads, checkpoints, end


def kept_of(path: Path) -> Kept:
    """Return the checkpoints of a file, or of all files of a folder."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    found = []
    for file in files:
        text = file.read_text(encoding="utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                found.append((f"{file.name}:{number}", one_of(line)))
    return found


def one_of(line: str) -> Line | None:
    """Return the checkpoint on a line, or None."""
    try:
        value = json.loads(line)
    except ValueError:
        return None
    names = {"number", "body", "signature", "key"}
    return value if isinstance(value, dict) and set(value) == names else None


def wanted_of(checkpoints: list[Line]) -> Wanted:
    """Return (lane, place) -> a list for the hashes that stand there."""
    wanted = {}
    for one in checkpoints:
        try:
            heads = json.loads(one["body"])["heads"]
            wanted.update({(lane, place): [] for lane, place, _ in heads})
        except (ValueError, TypeError, KeyError):
            continue  # told when its signature is checked
    return wanted


def verify(
    path: Path, kept: Kept = (), keys: Sequence[str] = ()
) -> tuple[Findings, list[str]]:
    """Return what was found in an export, and a summary for people."""
    heads, checkpoints, end = read_ends(path)
    trusted = {*keys} or {end.get("key")}
    findings = Findings()
    wanted = wanted_of([*checkpoints, *(one for _, one in kept if one)])
    chain = Chain(findings, wanted)
    for value in lines_of(path):
        if "seq" in value:
            chain.take(value)
    chain.end()
    check_counts(chain, end, findings)
    check_heads(chain, heads, findings)
    marks = Marks(findings, trusted, wanted)
    marks.check(checkpoints, end.get("checkpoints"))
    marks.check_kept(kept, checkpoints)
    return findings, list(summary(chain, marks, checkpoints, trusted))


def check_counts(chain: Chain, end: Line, findings: Findings) -> None:
    """Compare how much there is with how much there was."""
    if chain.rows != end.get("rows"):
        text = f"the file has {chain.rows} rows of {end.get('rows')} that were written"
        findings.add("place", text)
    if chain.details != end.get("details"):
        text = f"{end.get('details')} details are stored, rows have {chain.details}"
        findings.add("detail", text)


def check_heads(chain: Chain, heads: list[Any], findings: Findings) -> None:
    """Compare where the lanes end with where they ought to."""
    ought = {plain(lane): (place, hash_) for lane, place, hash_ in heads}
    if len(ought) < len(heads):
        findings.add("head", "a lane has two ends")
    for lane in sorted({*ought, *chain.heads}, key=str):
        ends, should = chain.heads.get(lane), ought.get(lane)
        if ends != should:
            text = f"the lane ends at {ends and ends[0]}, ought to at "
            text += f"{should and should[0]}, and with the row written last"
            findings.add("head", text, lane, ends and ends[0])


def summary(
    chain: Chain, marks: Marks, checkpoints: list[Line], trusted: set[str]
) -> Iterator[str]:
    """Return the sentences that say what was looked at."""
    covered = marks.covered or 0
    yield f"{chain.rows} rows in {len(chain.heads)} lanes, {chain.details} details"
    yield f"{len(checkpoints)} checkpoints; the last true one covers {covered} rows"
    yield from (f"trusted key {key}" for key in sorted(map(str, trusted)))
    for lane, (seq, behind) in sorted(chain.bad.items(), key=str):
        yield f"lane {lane}: row {seq} is not proven, nor are {behind} rows behind it"


def main() -> int:
    """Verify a file; the exit code says whether everything is proven."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("export", type=Path)
    parser.add_argument("--checkpoints", type=Path, help="kept elsewhere")
    parser.add_argument("--key", action="append", default=[], help="public key")
    asked = parser.parse_args()
    try:
        kept = kept_of(asked.checkpoints) if asked.checkpoints else []
        findings, said = verify(asked.export, kept, asked.key)
    except (OSError, UnicodeDecodeError, NoExport) as error:
        print(error, file=sys.stderr)
        return 2
    print(*said, sep="\n")
    for part, lane, place, seq, text in findings.listed:
        places = (("lane", lane), ("place", place), ("row", seq))
        where = ", ".join(f"{name} {at}" for name, at in places if at is not None)
        print(ascii(f"{part}: {where + ': ' if where else ''}{text}")[1:-1])
    if findings.total > len(findings.listed):
        print(f"... and {findings.total - len(findings.listed)} more")
    print(f"NOT PROVEN: {findings.total} faults" if findings.total else "Proven.")
    return 1 if findings.total else 0


if __name__ == "__main__":
    sys.exit(main())
