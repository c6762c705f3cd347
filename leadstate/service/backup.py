"""Copy the database while the service works, and put a copy in its place.

A restore takes over from the database that it replaces what must not be lost or done
twice: who was forgotten, tokens that may be used once, and what has gone out already.
"""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.errors import ConfigurationError, UsageError
from leadstate.service.audit.checkpointing import known_key
from leadstate.service.failpoints import hit
from leadstate.store import open_store
from leadstate.store.restoring import TakenOver, glimpse, own_key, take_over
from leadstate.store.sqlite.backup import (
    copy_still,
    examine,
    fold,
    in_words,
    moved_aside,
    partial,
    take_place,
)
from leadstate.store.sqlite.checksum import add_checksum, check, remove_checksum
from leadstate.store.sqlite.locks import only_worker

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from leadstate.service.app import App
    from leadstate.store.sqlite.backup import DatabaseReport

__all__ = ["Backed", "Restored", "backup", "restore"]

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Backed:
    """A backup that was made and proven.

    Attributes:
        records: How many records it has.
        rows: How many rows of history, all of them proven.
        size: Bytes.
        dropped: Older backups that were let go.
    """

    file: Path
    records: int
    rows: int
    size: int
    dropped: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A backup that is the database now.

    Attributes:
        schema: The schema that it was made with.
        aside: Where the database is that it replaced; None when there was none.
        readable: Whether that could be read.
        taken_over: What came from it, and what became of what waited to be sent.
    """

    database: Path
    schema: str
    records: int
    rows: int
    aside: Path | None
    readable: bool
    taken_over: TakenOver


def backup(
    app: App,
    file: Path,
    *,
    keep: int | None = None,
    on_progress: Callable[[int, int], None] = lambda *_: None,
) -> Backed:
    """Copy the database into a file, and prove the copy.

    Args:
        file: Where to; it appears when it is whole.
        keep: So many backups are kept, the older ones as ``FILE.1``, ``FILE.2``…;
            None refuses to replace a file.
        on_progress: Is told how many pages are left, and of how many.

    Raises:
        UsageError: The file is there already, or is the database itself.
        ConfigurationError: The copy is not whole; nothing was written.
        StoreUnavailable: There is no room, or no way to write there.
    """
    if _is_same(file, app.store.path):
        raise UsageError(f"{file} is the database itself; name another file")
    if keep is None and file.exists():
        raise UsageError(
            f"{file} is there already; name another file, or let older backups be "
            "kept beside it with --keep N"
        )
    with app.store.read() as view:
        key = known_key(app, view)
    with partial(file) as part:
        app.store.copy_to(part, on_progress)
        hit("backup.after_copy")
        found = examine(part, keys=[key] if key else [])
        _check(found, f"the copy of {app.store.path}", "nothing was kept")
        dropped = _rotate(file, keep) if keep is not None else ()
        add_checksum(part)
        hit("backup.before_rename")
        take_place(part, file)
    return Backed(
        file=file,
        records=found.records,
        rows=found.rows,
        size=file.stat().st_size,
        dropped=dropped,
    )


def _is_same(one: Path, other: Path) -> bool:
    """Whether two names are one file, also by a hard link."""
    if one.exists() and other.exists():
        return one.samefile(other)
    return one.resolve() == other.resolve()


def _check(found: DatabaseReport, what: str, so: str) -> None:
    if found.faults:
        more = len(found.faults) - _SHOWN
        listed = "; ".join(found.faults[:_SHOWN])
        rest = f"; and {more} more" if more > 0 else ""
        raise ConfigurationError(f"{what} is not whole, and {so}: {listed}{rest}")


def _rotate(file: Path, keep: int) -> tuple[Path, ...]:
    """Give every older backup the next number; let go of those beyond ``keep``."""
    if not file.exists():
        return ()
    names = [file, *(file.with_name(f"{file.name}.{one}") for one in range(1, keep))]
    there = next(
        (number for number, one in enumerate(names) if not one.exists()), len(names)
    )
    dropped: tuple[Path, ...] = ()
    if there == len(names):
        names[-1].unlink()
        dropped, there = (names[-1],), there - 1
    for number in reversed(range(there)):
        names[number].rename(names[number + 1])
    return dropped


def restore(  # noqa: PLR0913 - the circumstances of a restore, keyword-only
    file: Path,
    database: Path,
    *,
    identifying: tuple[str, ...],
    trusted: tuple[str, ...] = (),
    actor: str,
    now: datetime,
) -> Restored:
    """Put a backup in the place of a database, and keep that one aside.

    Args:
        file: The backup; it stays as it is.
        database: What it becomes.
        identifying: The workflows' fields that tell who somebody is.
        trusted: Public keys that checkpoints may be signed with besides its own.
        actor: Who does it.
        now: When.

    Raises:
        UsageError: A service works on the database, or somebody has it open.
        ConfigurationError: The backup is not whole; nothing was changed.
        StoreUnavailable: There is no room; nothing was changed.
    """
    if not file.is_file():
        raise UsageError(f"there is no file {file}")
    if _is_same(file, database):
        raise UsageError(f"{file} is the database itself")
    database = database.resolve()  # the file is replaced, and not a link to it
    database.parent.mkdir(parents=True, exist_ok=True)
    with only_worker(database), partial(database) as part:
        with in_words(file):
            found = _copied(file, part, trusted)
        readable = database.exists() and fold(database)
        hit("restore.after_copy")
        replaced = database if readable else None
        with in_words(file):
            taken = _made_ready(
                part, replaced, identifying=identifying, actor=actor, now=now
            )
        aside = _put_in_place(part, database)
    return Restored(
        database=database,
        schema=found.schema,
        records=found.records,
        rows=found.rows,
        aside=aside,
        readable=readable,
        taken_over=taken,
    )


def _copied(file: Path, part: Path, trusted: tuple[str, ...]) -> DatabaseReport:
    """Copy the backup, and prove the copy."""
    copy_still(file, part)
    remove_checksum(part)
    own = own_key(part)
    found = examine(part, keys=[*trusted, *([own] if own else [])])
    _check(found, f"the backup {file}", "nothing was changed")
    check(file)  # last: what was found in it says more
    return found


def _put_in_place(part: Path, database: Path) -> Path | None:
    """Move the database aside, if there is one, and put the copy in its place."""
    hit("restore.before_replace")
    aside = moved_aside(database) if database.exists() else None
    hit("restore.after_aside")
    take_place(part, database)
    hit("restore.after_replace")
    return aside


def _made_ready(
    part: Path,
    replaced: Path | None,
    *,
    identifying: tuple[str, ...],
    actor: str,
    now: datetime,
) -> TakenOver:
    """Bring the copy to this version, and take over what must not be lost."""
    with ExitStack() as stack:
        new = stack.enter_context(closing(open_store(f"sqlite:///{part}")))
        old = None if replaced is None else stack.enter_context(glimpse(replaced))
        taken = take_over(new, old, identifying=identifying, actor=actor, now=now)
        new.wipe()
    fold(part)
    return taken
