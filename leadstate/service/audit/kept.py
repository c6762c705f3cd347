"""Read checkpoints that were kept elsewhere: a file of lines, or a folder of files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from leadstate.errors import UsageError
from leadstate.store.checkpoints import CheckpointRow
from leadstate.store.verifying import KeptLine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["kept_in"]

_ENDINGS = {".json", ".jsonl", ".txt"}


def kept_in(path: Path) -> Iterator[KeptLine]:
    """Yield every checkpoint of a file, or of the files of a folder, by their names.

    Raises:
        UsageError: There is no such file, the folder has none, or it cannot be read.
    """
    for file in _files(path):
        try:
            text = file.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            message = f"{file} cannot be read: {error.strerror or error}"
            raise UsageError(message) from error
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                yield KeptLine(where=f"{file.name}:{number}", row=_row(line))


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(one for one in path.iterdir() if one.suffix in _ENDINGS)
    if found:
        return found
    raise UsageError(
        f"{path} has no file of checkpoints; name one that 'leadstate audit "
        "checkpoint -o FILE' or the setting 'checkpoints' wrote"
    )


def _row(line: str) -> CheckpointRow | None:
    try:
        said = json.loads(line)
        texts = [said.pop(name) for name in ("body", "signature", "key")]
        number = said.pop("number")
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    if said or type(number) is not int or any(type(one) is not str for one in texts):
        return None
    body, signature, key = texts
    return CheckpointRow(number=number, body=body, signature=signature, key=key)
