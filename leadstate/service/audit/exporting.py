"""Write the history for auditors: a file that proves itself without Leadstate.

One JSON object a line, as docs/reference/history-chain.md says: what it is, the rows,
where the lanes end, the checkpoints, and how many of each there have to be.
"""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from leadstate.errors import UsageError
from leadstate.service.audit.checkpointing import known_key
from leadstate.service.destination import written
from leadstate.store.chain import COVERED, FORMAT, LANES
from leadstate.store.verifying.extract import Extract, ends_of
from leadstate.store.verifying.rows import BODY, HASH, chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from leadstate.service.app import App
    from leadstate.store.verifying.raw import Raw, Row

__all__ = ["export_history", "history_lines", "script"]

_ROW = '{"seq":'  # how the line of a row begins
_TOLD = 1_000


def export_history(
    app: App,
    target: Path,
    *,
    details: bool = False,
    on_progress: Callable[[int], None] = lambda _rows: None,
) -> int:
    """Write the history as it is now; return how many rows it has.

    Args:
        target: The file, or ``-`` for standard output.
        details: The sealed notes and receipts come along; without the keys, which
            never leave, they are noise.
        on_progress: Is told now and then how many rows are written.

    Raises:
        UsageError: The file cannot be written.
    """
    rows = 0
    with app.store.read() as view, written(target) as out:
        key = known_key(app, view)
        for line in history_lines(view.raw, key, details=details):
            out.write(line.encode() + b"\n")
            rows += line.startswith(_ROW)
            if rows % _TOLD == 0:
                on_progress(rows)
    return rows


def history_lines(raw: Raw, key: str | None, *, details: bool = False) -> Iterator[str]:
    """Yield the lines of an export, in the transaction that is open."""
    yield _encode({"leadstate_history": FORMAT, "columns": COVERED, "lanes": LANES})
    rows = 0
    for chunk in chunks(raw):
        rows += len(chunk)
        yield from (_line(row, details=details) for row in chunk)
    yield from _ending(ends_of(raw), rows, key)


def _line(row: Row, *, details: bool) -> str:
    said = dict(zip(COVERED, row[1:HASH], strict=True))
    said |= {"format": row[0], "hash": row[HASH], "stored": _digest(row[BODY])}
    if details:
        body = row[BODY] if isinstance(row[BODY], bytes) else None
        said["body"] = None if body is None else b64encode(body).decode()
    return _encode(said)


def _digest(body: object) -> str | None:
    if body is None:
        return None
    return sha256(body).hexdigest() if isinstance(body, bytes) else "not bytes"


def _ending(ends: Extract, rows: int, key: str | None) -> Iterator[str]:
    yield _encode({"heads": ends.heads})
    for number, made_at, body, signature, by in ends.checkpoints:
        said = {"number": number, "made_at": made_at, "body": body}
        yield _encode({"checkpoint": said | {"signature": signature, "key": by}})
    counted = {"rows": rows, "details": ends.details, "checkpoints": ends.numbered}
    yield _encode({"end": counted | {"key": key}})


def _encode(value: object) -> str:
    # What no row can hold is written so that no verifier takes it for what one can.
    return json.dumps(value, separators=(",", ":"), default=_odd)


def _odd(value: object) -> object:
    return {"bytes": value.hex()} if isinstance(value, bytes) else {"odd": str(value)}


def script() -> str:
    """Return the text of the verifier that needs nothing of Leadstate."""
    packaged = files("leadstate").joinpath("_scripts", "verify_history.py")
    # An editable install reads it where it is edited: in the repository.
    beside = files("leadstate").joinpath("..", "scripts", "verify_history.py")
    for one in (packaged, beside):
        if one.is_file():
            return one.read_text(encoding="utf-8")
    raise UsageError(
        "this installation of leadstate has no verify_history.py; install it again"
    )
