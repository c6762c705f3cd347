"""Where an export goes: a file that is whole or not there, or standard output.

A file is written under another name beside the asked one and gets its own name only
when everything is on the disk; whoever is killed or runs out of space leaves no half
file behind under the name that others read.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, BinaryIO, cast

from leadstate.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["STDOUT", "written"]

STDOUT = Path("-")


@contextmanager
def written(target: Path) -> Iterator[BinaryIO]:
    """Open what is to be written; ``-`` is standard output, which stays open.

    The file is readable by its owner alone, as the database is.

    Raises:
        UsageError: The folder or the disk does not take it; nothing has its name then.
    """
    if target == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        with _renamed(target) as out:
            yield out
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise UsageError(
            f"{target} cannot be written: {error.strerror or error}. No half file "
            "stands under that name. Free some space, or name another place with "
            "-o FILE (- is standard output)"
        ) from error


@contextmanager
def _renamed(target: Path) -> Iterator[BinaryIO]:
    out = NamedTemporaryFile(  # noqa: SIM115 - closed before it is renamed
        dir=target.parent, prefix=f".{target.name}.", suffix=".part", delete=False
    )
    try:
        with out:
            yield cast("BinaryIO", out)
            out.flush()
            os.fsync(out.fileno())
        Path(out.name).replace(target)
    except BaseException:
        with suppress(OSError):
            Path(out.name).unlink()
        raise
