"""Export a table or a log: one snapshot of the database, read while it is written.

    export(app, Wanted(what="history", format="csv"), Path("history.csv"))

The database goes on taking writes meanwhile; none of them is in the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadstate.errors import UsageError
from leadstate.service.export.csv_file import write_csv
from leadstate.service.export.destination import written
from leadstate.service.export.ocel import write_ocel
from leadstate.service.export.parquet_file import write_parquet
from leadstate.service.export.past import field_changes, history
from leadstate.service.export.present import records, visits
from leadstate.service.export.xes import write_xes
from leadstate.store import Portion

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO

    from leadstate.service.app import App
    from leadstate.service.export.table import Told
    from leadstate.store import View

__all__ = ["LOG", "LOG_FORMATS", "TABLES", "TABLE_FORMATS", "Wanted", "export"]

TABLES = {
    "history": history,
    "visits": visits,
    "records": records,
    "field-changes": field_changes,
}
LOG = "log"
TABLE_FORMATS = ("csv", "parquet")
LOG_FORMATS = ("xes", "ocel")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be exported.

    Attributes:
        what: One of `TABLES`, or `LOG`.
        format: One of `TABLE_FORMATS`, or of `LOG_FORMATS` for a log.
        personal: Personal values come along.
        bom: CSV begins with a byte order mark.
    """

    what: str
    format: str
    portion: Portion = field(default_factory=Portion)
    personal: bool = False
    bom: bool = False


def export(
    app: App,
    wanted: Wanted,
    target: Path,
    *,
    told: Callable[[int, int], None] = lambda _done, _of: None,
) -> int:
    """Write the export; return how many rows or events it has.

    Args:
        target: The file, or ``-`` for standard output.
        told: Is told, after each part, how many rows are done and of how many.

    Raises:
        UsageError: Nobody knows this table, format or stage, or the file cannot be
            written.
        ConfigurationError: The format needs something that is not installed.
    """
    _check(wanted)
    done = 0
    with app.store.read() as view:
        _check_stages(app, view, wanted.portion)
        table = "history" if wanted.what == LOG else wanted.what
        total = view.extracts.count(table, wanted.portion)

        def count(rows: int) -> None:
            nonlocal done
            done += rows
            told(done, total)

        with written(target) as out:
            _write(app, view, wanted, out, count)
    return done


def _write(app: App, view: View, wanted: Wanted, out: BinaryIO, told: Told) -> None:
    lifecycle, portion, personal = app.lifecycle, wanted.portion, wanted.personal
    if wanted.what == LOG:
        write_log = write_xes if wanted.format == "xes" else write_ocel
        write_log(lifecycle, view, portion, out, told=told, personal=personal)
        return
    table = TABLES[wanted.what](lifecycle, personal=personal)
    if wanted.format == "parquet":
        write_parquet(table, view, portion, out, told=told)
        return
    write_csv(table, view, portion, out, told=told, bom=wanted.bom)


def _check(wanted: Wanted) -> None:
    known = {LOG: LOG_FORMATS} | dict.fromkeys(TABLES, TABLE_FORMATS)
    if wanted.what not in known:
        raise UsageError(
            f"there is nothing called {wanted.what!r} to export; known: "
            f"{', '.join(known)}"
        )
    if wanted.format not in known[wanted.what]:
        raise UsageError(
            f"{wanted.what} cannot be exported as {wanted.format!r}; known: "
            f"{', '.join(known[wanted.what])}"
        )


def _check_stages(app: App, view: View, portion: Portion) -> None:
    """Raise for a stage that neither the workflow nor any record has ever had."""
    known = [*app.lifecycle.stages, *view.extracts.stages()]
    missing = [one for one in portion.stages if one not in known]
    if missing:
        stages = ", ".join(app.lifecycle.stages)
        raise UsageError(f"there is no stage {missing[0]!r}; known: {stages}")
