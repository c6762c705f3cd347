"""Export a table or a log: one snapshot of the database, read while it is written.

    export(app, Wanted(what="history", format="csv"), Path("history.csv"))

The database goes on taking writes meanwhile; none of them is in the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.errors import UsageError
from leadstate.service.destination import written
from leadstate.service.export.csv_file import write_csv
from leadstate.service.export.exported import reading
from leadstate.service.export.ocel import write_ocel
from leadstate.service.export.parquet_file import write_parquet
from leadstate.service.export.past import field_changes, history
from leadstate.service.export.present import records, visits
from leadstate.service.export.xes import write_xes
from leadstate.store import Portion

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path
    from typing import BinaryIO

    from leadstate.domain.history import HistoryKind
    from leadstate.service.app import App, Installation
    from leadstate.service.export.exported import Exported
    from leadstate.service.export.table import OnProgress
    from leadstate.store import View

__all__ = ["LOG", "LOG_FORMATS", "TABLES", "TABLE_FORMATS", "ExportRequest", "export"]

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
class ExportRequest:
    """What is to be exported.

    Attributes:
        what: One of `TABLES`, or `LOG`.
        format: One of `TABLE_FORMATS`, or of `LOG_FORMATS` for a log.
        since: From then on: a day of the workflow's time zone, or an aware moment.
        until: Before then.
        stages: Only what has to do with one of these.
        kinds: Only rows of the history that say one of these things.
        personal: Personal values come along.
        bom: CSV begins with a byte order mark.
    """

    what: str
    format: str
    since: date | None = None
    until: date | None = None
    stages: tuple[str, ...] = ()
    kinds: tuple[HistoryKind, ...] = ()
    personal: bool = False
    bom: bool = False


def export(
    source: App | Installation,
    wanted: ExportRequest,
    target: Path,
    *,
    on_progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> int:
    """Write the export; return how many rows or events it has.

    Args:
        source: The workflow, or the installation with all that it has.
        wanted: What of it.
        target: The file, or ``-`` for standard output.
        on_progress: Is told, after each part, how many rows are done and of how many.

    Raises:
        UsageError: Nobody knows this table, format or stage, or the file cannot be
            written.
        ConfigurationError: The format needs something that is not installed.
    """
    _check(wanted)
    done = 0
    with reading(source) as (exported, view):
        portion = _portion(exported, view, wanted)
        table = "history" if wanted.what == LOG else wanted.what
        total = view.extracts.count(table, portion)

        def count(rows: int) -> None:
            nonlocal done
            done += rows
            on_progress(done, total)

        with written(target) as out:
            _write(exported, view, wanted, portion, out, count)
    return done


def _write(  # noqa: PLR0913, PLR0917 - what is written, where, and how it is told
    exported: Exported,
    view: View,
    wanted: ExportRequest,
    portion: Portion,
    out: BinaryIO,
    on_progress: OnProgress,
) -> None:
    personal = wanted.personal
    if wanted.what == LOG:
        write_log = write_xes if wanted.format == "xes" else write_ocel
        write_log(
            exported, view, portion, out, on_progress=on_progress, personal=personal
        )
        return
    table = TABLES[wanted.what](exported, personal=personal)
    if wanted.format == "parquet":
        write_parquet(table, view, portion, out, on_progress=on_progress)
        return
    write_csv(table, view, portion, out, on_progress=on_progress, bom=wanted.bom)


def _check(wanted: ExportRequest) -> None:
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


def _portion(exported: Exported, view: View, wanted: ExportRequest) -> Portion:
    """Return the part in the store's words; a stage may be one of the past."""
    known = {*exported.stages(), *view.extracts.stages()} if wanted.stages else ()
    missing = [one for one in wanted.stages if one not in known]
    if missing:
        stages = ", ".join(exported.stages())
        raise UsageError(f"there is no stage {missing[0]!r}; known: {stages}")
    return Portion(
        since=exported.moment(wanted.since),
        until=exported.moment(wanted.until),
        stages=wanted.stages,
        kinds=wanted.kinds,
    )
