"""The checksum that a backup carries, so that a byte that changed is noticed.

It stands behind the last page, in the file itself: no second file can get lost.  SQLite
reads past it.  Backups of older versions have none.
"""

from __future__ import annotations

import os
from hashlib import file_digest, sha256
from typing import TYPE_CHECKING

from leadstate.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["add_checksum", "check", "remove_checksum"]

_MARK = b"\nleadstate backup sha256 "
_LENGTH = len(_MARK) + 64
_CHUNK = 1_048_576


def add_checksum(path: Path) -> None:
    """Write the checksum of a file behind it, durably."""
    with path.open("r+b") as file:
        told = file_digest(file, "sha256").hexdigest()
        file.seek(0, os.SEEK_END)
        file.write(_MARK + told.encode())
        file.flush()
        os.fsync(file.fileno())


def check(path: Path) -> None:
    """Compare a file with the checksum that it carries, if it has one.

    Raises:
        ConfigurationError: It is not the file that was made.
    """
    told, size = _told(path)
    if told is None:
        return
    found = sha256()
    with path.open("rb") as file:
        while size > 0 and (part := file.read(min(_CHUNK, size))):
            found.update(part)
            size -= len(part)
    if found.hexdigest() != told:
        raise ConfigurationError(
            f"{path} is damaged, or was changed after it was made: its checksum is "
            "another one, and nothing was changed here.  Take an older backup"
        )


def remove_checksum(path: Path) -> None:
    """Leave the database alone in a copy of a backup."""
    told, size = _told(path)
    if told is not None:
        os.truncate(path, size)


def _told(path: Path) -> tuple[str | None, int]:
    """Return the checksum of a file, or None, and how long it is without."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _LENGTH))
        end = file.read()
    if not end.startswith(_MARK):
        return None, size
    return end.removeprefix(_MARK).decode("ascii", "replace"), size - _LENGTH
