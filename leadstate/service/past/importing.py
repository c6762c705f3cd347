"""Import a file of stage moves and values: all of it is read before any is kept.

A file in which a row is bad is not imported, unless the good rows are asked for; those
that are left out are written beside it.  Whoever is killed here imports the same file
again: what is there already is left as it is.
"""

from __future__ import annotations

import csv
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias

from leadstate.service.failpoints import hit
from leadstate.service.past.building import build, staging
from leadstate.service.past.file_past import FilePast, imported_id
from leadstate.service.past.reported import Counts
from leadstate.service.past.rows import RowReader
from leadstate.service.past.table import BadRow, opened_table
from leadstate.store import PastRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Protocol, TextIO

    from leadstate.domain.file_mapping import FileMapping
    from leadstate.service.app import App
    from leadstate.service.past.rows import FileChange
    from leadstate.service.past.table import MoveRow, MoveTable
    from leadstate.store import Store

    class Progress(Protocol):
        """Is told what is done, of how much, and in which part of the work."""

        def __call__(self, part: str, done: int, total: int | None, /) -> None: ...


__all__ = ["MOST_SHOWN", "Imported", "import_file", "rejected_path"]

MOST_SHOWN: Final = 100
"""Bad rows that are listed; all of them are counted."""

_PAGE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of a file.

    Attributes:
        rows: Rows that were read, bad ones included.
        records: Records that the good rows tell of.
        rejected: Bad rows.
        bad: The first of them.
        refused: Whether the bad rows kept the good ones from being imported.
        kept: Whether anything was imported.
        counts: What the good rows brought.
        rejected_file: Where the bad rows were written, or None.
    """

    rows: int = 0
    records: int = 0
    rejected: int = 0
    bad: tuple[BadRow, ...] = ()
    refused: bool = False
    kept: bool = False
    counts: Counts = field(default_factory=Counts)
    rejected_file: Path | None = None


_Read: TypeAlias = "BadRow | tuple[PastRow, ...]"


def rejected_path(path: Path) -> Path:
    """Return where the bad rows of a file are written."""
    return path.with_name(f"{path.name}.rejected.csv")


def import_file(  # noqa: PLR0913 - the choices of one import, keyword-only
    app: App,
    path: Path,
    mapping: FileMapping,
    *,
    object: str = "",  # noqa: A002 - the CRM's own word
    keep_good: bool = False,
    dry_run: bool = False,
    on_progress: Progress = lambda _part, _done, _total: None,
) -> Imported:
    """Check a file, and import it if it is good.

    Args:
        app: The installation; a mapping with a connection needs no open one.
        path: The file.
        mapping: What its columns say.
        object: The CRM's kind of object, when the mapping names a connection.
        keep_good: Import the good rows of a file with bad ones, too.
        dry_run: Say what would happen, and change nothing.
        on_progress: Is told the rows that were read, and of the records that are done.

    Raises:
        ConfigurationError: The file as a whole cannot be read.
    """
    reading = _Reading(app, path, mapping, object, on_progress)
    rejected = rejected_path(path) if keep_good and not dry_run else None
    checked = reading.check(rejected)
    if checked.rejected and not keep_good:
        return replace(checked, refused=True)
    with staging(app, dry=dry_run) as waiting:
        reading.stage(waiting)
        teller = FilePast(app.lifecycle, mapping, app.clock.now())
        counts = build(
            app,
            waiting,
            teller,
            on_progress=lambda done, total: on_progress("records", done, total),
        )
    return replace(
        checked,
        kept=not dry_run,
        counts=counts,
        rejected_file=rejected if checked.rejected else None,
    )


class _Reading:
    """Goes through one file as often as needed, a page of rows at a time."""

    def __init__(
        self,
        app: App,
        path: Path,
        mapping: FileMapping,
        kind: str,
        on_progress: Progress,
    ) -> None:
        self._app, self._path, self._mapping = app, path, mapping
        self._object, self._on_progress = kind, on_progress

    def check(self, rejected: Path | None) -> Imported:
        """Read every row; write the bad ones beside the file when asked to."""
        rows, bad_rows = 0, 0
        bad: list[BadRow] = []
        records: set[str] = set()
        with opened_table(self._path, self._mapping) as table, ExitStack() as stack:
            written = _Rejected(rejected, table, stack)
            for page in self._pages(table):
                rows += len(page)
                self._on_progress("rows checked", rows, None)
                for found in page:
                    if isinstance(found, BadRow):
                        bad_rows += 1
                        bad += [found] if len(bad) < MOST_SHOWN else []
                        written.add(found)
                    else:
                        records.update(one.record_id for one in found)
        return Imported(
            rows=rows, records=len(records), rejected=bad_rows, bad=tuple(bad)
        )

    def stage(self, waiting: Store) -> None:
        """Let what the good rows say wait in the store."""
        with opened_table(self._path, self._mapping) as table:
            for page in self._pages(table):
                rows = [
                    one
                    for found in page
                    if not isinstance(found, BadRow)
                    for one in found
                ]
                with waiting.begin() as work:
                    work.past_changes.add(rows)
                    hit("past.before_gather")
                    work.commit()
                hit("past.after_gather")

    def _pages(self, table: MoveTable) -> Iterator[list[_Read]]:
        reader = RowReader(
            table, self._mapping, self._app.lifecycle, self._app.clock.now()
        )
        rows = table.rows()
        while page := list(islice(rows, _PAGE)):
            read = [
                (one, one if isinstance(one, BadRow) else reader.read(one))
                for one in page
            ]
            known, observed = self._records(
                {
                    change.record_id
                    for _, found in read
                    if not isinstance(found, BadRow)
                    for change in found
                }
            )
            yield [
                found
                if isinstance(found, BadRow)
                else self._placed(row, found, known, observed)
                for row, found in read
            ]

    def _records(
        self, ids: Collection[str]
    ) -> tuple[Mapping[str, str], Collection[str]]:
        """Return the record of each id in the file that has one, and those observed."""
        mapping = self._mapping
        if mapping.connection is None:
            return {one: imported_id(mapping.source, one) for one in ids}, ()
        with self._app.store.read() as view:
            links = view.links.get_many(mapping.connection, self._object, sorted(ids))
            known = {
                one: link.record_id for one, link in links.items() if link.record_id
            }
            resting = [known[one] for one in known if links[one].live_since is None]
            rows = view.records.get_many(resting, {})
        return known, {one for one, row in rows.items() if row.care_since is None}

    def _placed(
        self,
        row: MoveRow | BadRow,
        changes: Sequence[FileChange],
        known: Mapping[str, str],
        observed: Collection[str],
    ) -> _Read:
        """Return what waits of a good row; a record of a CRM must be under care."""
        external_id, name = changes[0].record_id, self._mapping.connection
        record_id = known.get(external_id)
        if record_id is None or record_id in observed:
            column = self._mapping.record_id
            text = (
                f"there is no record of {self._object} {external_id!r} of {name}. Let "
                "'leadstate run' take it in first, or delete the row"
            )
            if record_id in observed:
                text = (
                    f"the record of {self._object} {external_id!r} of {name} is only "
                    f"observed. Let it be acted on first: leadstate go-live {name}; or "
                    "delete the row"
                )
            assert not isinstance(row, BadRow)  # noqa: S101 - it was read
            place = list(row.cells).index(column) + 1
            return BadRow(
                row=row.number, column=place, name=column, text=text, cells=row.raw
            )
        return tuple(
            PastRow(
                source=self._mapping.source,
                record_id=record_id,
                external_id=external_id,
                key=one.key,
                at=one.at,
                body=one.body,
            )
            for one in changes
        )


class _Rejected:
    """The file of bad rows, which is made when there is a first one."""

    def __init__(self, path: Path | None, table: MoveTable, stack: ExitStack) -> None:
        self._path, self._table, self._stack = path, table, stack
        self._file: TextIO | None = None

    def add(self, bad: BadRow) -> None:
        """Write one row as it stands, with where it stood and what is wrong."""
        if self._path is None:
            return
        if self._file is None:
            opened = self._path.open(
                "w", encoding="utf-8", newline="", errors="replace"
            )
            self._file = self._stack.enter_context(opened)
            csv.writer(self._file).writerow(
                [*self._table.header, "row", "what is wrong"]
            )
        missing = [""] * (len(self._table.header) - len(bad.cells))
        csv.writer(self._file).writerow(
            [*bad.cells, *missing, bad.row, bad.at(self._table.name)]
        )
