"""Exports: tables as CSV and Parquet, whole or not there, and nothing personal."""

from __future__ import annotations

import csv
import io
import resource
import sys
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pyarrow.parquet import ParquetFile, read_schema, read_table
from sqlalchemy import text

from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.domain.lifecycle import Field
from leadstate.domain.record import Record
from leadstate.domain.values import FieldType
from leadstate.errors import ConfigurationError, UsageError
from leadstate.service.destination import written
from leadstate.service.export.exporting import TABLES, ExportRequest, export
from leadstate.service.export.present import _cell
from leadstate.service.export.table import PAGE
from leadstate.store import FieldChange, FirstVisit, NewRecord

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from office_hours import TimedDesk

    from leadstate.service.app import App

HOSTILE = (
    "=1+1",
    "+49 30 1",
    "-2",
    "@SUM(A1)",
    "\ttab",
    "\rreturn",
    "\nline",
    "\uff1dfull width",
    "'quoted",
    "''=1",
    'a "quoted", comma;\r\nand lines',
    "Łukasz 日本 🙂 \u202e",
    "plain",
)
SECRET = "olga.secret@example.com"


def read(path: Path) -> list[dict[str, str]]:
    """Return what an independent reader makes of a file of ours."""
    lines = io.StringIO(path.read_bytes().decode(), newline="")
    return list(csv.DictReader(lines, strict=True))


def plain(cell: str) -> str:
    """Return a text as it was: the documented way back."""
    return cell.removeprefix("'")


def written_to(app: App, path: Path, what: str, **given: Any) -> list[dict[str, str]]:
    """Export to CSV and read it."""
    export(app, ExportRequest(what=what, format="csv", **given), path)
    return read(path)


def add_record(app: App, id_: str, **values: Any) -> None:
    """Put a record into the store as an import would."""
    now = app.clock.now()
    name, version = app.lifecycle.name, app.lifecycle.version
    with app.store.begin() as work:
        record = Record(
            id=id_,
            stage="lead",
            entered_at=now,
            workflow_version=version,
            values=values,
        )
        work.records.add([NewRecord(record=record, workflow=name, created_at=now)])
        [entry] = work.history.append(
            [
                HistoryEntry(
                    record_id=id_,
                    kind=HistoryKind.ENTERED,
                    cause=Cause.IMPORT,
                    actor="crm",
                    happened_at=now,
                    learnt_at=now,
                    from_stage=None,
                    to_stage="lead",
                    note=f"came as {SECRET}",
                )
            ]
        )
        visit = FirstVisit(record_id=id_, stage="lead", entered_by=entry)
        work.visits.open_first([visit])
        work.commit()


# -- CSV -------------------------------------------------------------------------------


def test_every_table_has_all_its_rows(full: TimedDesk, tmp_path: Path) -> None:
    """A row of the file for every row of the database, in the order of the keys."""
    with full.app.store.read() as view:
        history = [one.id for page in view.history.pages() for one in page]
        fields = full.app.lifecycle.fields
        records = [row.record.id for row in view.records.list(fields)]

    found = written_to(full.app, tmp_path / "history.csv", "history")
    assert [str(one) for one in history] == [row["row"] for row in found]
    found = written_to(full.app, tmp_path / "records.csv", "records")
    assert records == [row["record"] for row in found]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_is_no_formula_and_comes_back(
    floor: TimedDesk, tmp_path: Path, name: str
) -> None:
    """Nothing that a spreadsheet runs, and every text is what it was."""
    add_record(floor.app, "r1", rep=name)

    [row] = written_to(floor.app, tmp_path / "records.csv", "records")
    assert name == plain(row["field_rep"])
    assert row["field_rep"][0] not in "=+-@\t\r\n\uff1d"


def test_numbers_stay_numbers(floor: TimedDesk, tmp_path: Path) -> None:
    """A number below zero gets no apostrophe; true and false are words."""
    add_record(floor.app, "r1", budget=-12.5, waiting=True)

    [row] = written_to(floor.app, tmp_path / "records.csv", "records")
    assert ("-12.5", "true") == (row["field_budget"], row["field_waiting"])


def test_lines_end_as_the_standard_says(full: TimedDesk, tmp_path: Path) -> None:
    """RFC 4180: CR LF behind every record, the last one too, and no byte order mark."""
    path = tmp_path / "visits.csv"
    rows = written_to(full.app, path, "visits")

    assert len(rows) + 1 == path.read_bytes().count(b"\r\n")
    assert path.read_bytes().startswith(b"visit,record,stage,pass,entered_at,left_at,")
    assert path.read_bytes().endswith(b"\r\n")


def test_excel_is_told_the_encoding_when_asked(full: TimedDesk, tmp_path: Path) -> None:
    """``bom`` puts the mark in front, and nothing else changes."""
    marked, usual = tmp_path / "marked.csv", tmp_path / "usual.csv"
    export(full.app, ExportRequest(what="visits", format="csv", bom=True), marked)
    export(full.app, ExportRequest(what="visits", format="csv"), usual)

    assert b"\xef\xbb\xbf" + usual.read_bytes() == marked.read_bytes()


def test_half_a_character_does_not_stop_an_export(
    floor: TimedDesk, tmp_path: Path
) -> None:
    """A lone surrogate, which UTF-8 cannot hold, becomes a question mark."""
    add_record(floor.app, "r1", rep="half \ud83d")

    [row] = written_to(floor.app, tmp_path / "records.csv", "records")
    assert "half ?" == row["field_rep"]
    export(
        floor.app,
        ExportRequest(what="records", format="parquet"),
        tmp_path / "r.parquet",
    )


def test_lengths_are_seconds_and_moments_are_utc(
    full: TimedDesk, tmp_path: Path
) -> None:
    """A visit's length is its end less its beginning; an open one has none."""
    for row in written_to(full.app, tmp_path / "visits.csv", "visits"):
        entered = datetime.fromisoformat(row["entered_at"])

        assert timedelta(0) == entered.utcoffset()
        assert ("true" == row["open"]) == (not row["left_at"])
        if row["left_at"]:
            length = datetime.fromisoformat(row["left_at"]) - entered
            assert length.total_seconds() == float(row["calendar_seconds"])
        else:
            assert "" == row["calendar_seconds"]


def test_objects_of_the_crm_stand_beside_the_record(
    full: TimedDesk, tmp_path: Path
) -> None:
    """A record can be found again in the CRM."""
    rows = written_to(full.app, tmp_path / "records.csv", "records")

    assert {f"crm:contacts:{name}" for name in full.crm.things} == {
        row["objects"] for row in rows
    }


def test_a_value_of_another_type_is_left_out(full: TimedDesk) -> None:
    """A field whose type was changed may still hold what it held before."""
    fields = full.app.lifecycle.fields

    assert _cell("text", fields["budget"]) is None
    assert _cell(True, fields["budget"]) is None
    assert _cell(1.0, fields["waiting"]) is None
    assert 12 == _cell(12, fields["budget"])
    assert _cell(12, fields["rep"]) is None
    seen = Field(name="seen", type=FieldType.DATETIME, label="Seen")
    assert full.now == _cell(full.now, seen)
    assert _cell("text", seen) is None
    assert "2026-03-01" == _cell(date(2026, 3, 1), fields["decision_date"])


# -- nothing personal ------------------------------------------------------------------


@pytest.mark.parametrize("what", [*TABLES, "log"])
def test_nothing_personal_without_being_asked(
    floor: TimedDesk, tmp_path: Path, what: str
) -> None:
    """No marked value, no note, no receipt, no reason in somebody's own words."""
    _live_a_personal_life(floor)

    formats = ("xes", "ocel") if what == "log" else ("csv", "parquet")
    for one in formats:
        path = tmp_path / one
        rows = export(floor.app, ExportRequest(what=what, format=one), path)
        assert rows
        assert not [word for word in PRIVATE if word in readable(path, one)]


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("history", ["came as", "grandmother"]),
        ("records", [SECRET]),
        ("field-changes", [SECRET]),
    ],
)
def test_personal_values_come_when_asked(
    floor: TimedDesk, tmp_path: Path, what: str, said: list[str]
) -> None:
    """``personal`` brings them along."""
    _live_a_personal_life(floor)
    path = tmp_path / "out.csv"
    export(floor.app, ExportRequest(what=what, format="csv", personal=True), path)

    found = path.read_text(encoding="utf-8")
    assert [] == [word for word in said if word not in found]


PRIVATE = (SECRET, "olga", "grandmother")


def _live_a_personal_life(desk: TimedDesk) -> None:
    """Leave personal values in every place that may hold some."""
    add_record(desk.app, "r1", email=SECRET)
    now = desk.now
    with desk.app.store.begin() as work:
        work.field_changes.add(
            [
                FieldChange(
                    record_id="r1",
                    field=name,
                    old=None,
                    new=SECRET,
                    changed_at=now,
                    learnt_at=now,
                    personal=name != "vanished",
                )
                for name in ("email", "vanished", "rep")
            ]
        )
        work.history.append(
            [
                HistoryEntry(
                    record_id="r1",
                    kind=HistoryKind.PAUSED,
                    cause=Cause.MANUAL,
                    actor="ann",
                    happened_at=now,
                    learnt_at=now,
                    from_stage="lead",
                    to_stage=None,
                    reason="at the grandmother's of olga",
                    receipt={"text": SECRET},
                )
            ]
        )
        work.commit()


def readable(path: Path, format_: str) -> str:
    """Return what a file says; Parquet is read, because it is compressed."""
    if format_ != "parquet":
        return path.read_text(encoding="utf-8")
    return str(read_table(path).to_pylist())


def test_listed_reasons_come_along(full: TimedDesk, tmp_path: Path) -> None:
    """A reason that the workflow lists is a word, not somebody's text."""
    rows = written_to(full.app, tmp_path / "history.csv", "history")

    assert {"", "no_answer"} == {row["reason"] for row in rows}


def test_reasons_of_older_versions_come_along(full: TimedDesk, tmp_path: Path) -> None:
    """A reason that only an older version listed is none of somebody's own words."""
    from sales_floor import WORKFLOW

    old = WORKFLOW.replace("no_answer", "vanished")
    now = full.now
    with full.app.store.begin() as work:
        work.workflows.apply("old", "floor", "Floor", old, now)
        work.workflows.apply("broken", "floor", "Floor", "not a workflow", now)
        entry = view_entry(full, reason="vanished")
        work.history.append([entry])
        work.commit()

    rows = written_to(full.app, tmp_path / "history.csv", "history")
    assert "vanished" == rows[-1]["reason"]


def view_entry(desk: TimedDesk, **given: Any) -> HistoryEntry:
    """Return one more row of a record that is there."""
    [id_] = [desk.record("fresh").record.id]
    columns = {
        "kind": HistoryKind.MOVED,
        "cause": Cause.MANUAL,
        "actor": "ann",
        "happened_at": desk.now,
        "learnt_at": desk.now,
        "from_stage": "lead",
        "to_stage": "mql",
    }
    return HistoryEntry(record_id=id_, **(columns | given))


# -- filters ---------------------------------------------------------------------------


def test_a_period_is_half_open(full: TimedDesk, tmp_path: Path) -> None:
    """From the first moment of ``since`` to the last before ``until``, and no gap."""
    path = tmp_path / "history.csv"
    whole = written_to(full.app, path, "history")
    middle = datetime.fromisoformat(whole[10]["happened_at"])
    early = written_to(full.app, path, "history", until=middle)
    late = written_to(full.app, path, "history", since=middle)

    assert whole == sorted([*early, *late], key=lambda row: int(row["row"]))
    assert early
    assert late
    assert all(datetime.fromisoformat(row["happened_at"]) < middle for row in early)


def test_a_day_is_one_of_the_workflows_time_zone(
    full: TimedDesk, tmp_path: Path
) -> None:
    """10 March in Berlin begins an hour before it does in UTC."""
    path = tmp_path / "history.csv"
    day = full.now.date()
    whole = written_to(full.app, path, "history")

    assert whole == written_to(full.app, path, "history", since=day)
    assert [] == written_to(full.app, path, "history", until=day)


def test_stays_that_touch_the_period_belong_to_it(
    full: TimedDesk, tmp_path: Path
) -> None:
    """A stay that began before and goes on is part of every later period."""
    path = tmp_path / "visits.csv"
    whole = written_to(full.app, path, "visits")
    late = written_to(full.app, path, "visits", since=full.now)
    future = written_to(
        full.app, path, "visits", until=datetime(2020, 1, 1, tzinfo=UTC)
    )

    assert [row for row in whole if row["open"] == "true"] == late
    assert [] == future


@pytest.mark.parametrize("what", TABLES)
def test_a_stage_narrows_every_table(
    full: TimedDesk, tmp_path: Path, what: str
) -> None:
    """Fewer rows than all of them, and none of a record that was never there."""
    path = tmp_path / "out.csv"
    whole = written_to(full.app, path, what)
    some = written_to(full.app, path, what, stages=("mql",))
    both = written_to(full.app, path, what, stages=tuple(full.app.lifecycle.stages))

    assert 0 < len(some) < len(whole)
    assert whole == both
    assert full.record("fresh").record.id not in {row["record"] for row in some}


def test_a_stage_of_the_past_can_be_asked_for(full: TimedDesk, tmp_path: Path) -> None:
    """A stage that the workflow has no more is known by the visits."""
    with full.app.store.begin() as work:
        work.connection.execute(text("UPDATE visit SET stage = 'old' WHERE id = 1"))
        work.commit()

    found = written_to(full.app, tmp_path / "v.csv", "visits", stages=("old",))
    assert ["old"] == [row["stage"] for row in found]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"what": "visitors"}, "nothing called 'visitors' to export; known: log,"),
        (
            {"format": "xlsx"},
            "visits cannot be exported as 'xlsx'; known: csv, parquet",
        ),
        ({"stages": ("mqll",)}, "there is no stage 'mqll'; known: lead, mql, sal"),
    ],
    ids=["table", "format", "stage"],
)
def test_what_is_not_there_is_named(
    full: TimedDesk, tmp_path: Path, given: dict[str, Any], said: str
) -> None:
    """The message says what there is instead, and no file is begun."""
    wanted = ExportRequest(**({"what": "visits", "format": "csv"} | given))
    with pytest.raises(UsageError) as raised:
        export(full.app, wanted, tmp_path / "out")

    assert said in str(raised.value)
    assert [] == list(tmp_path.glob("*out*"))


# -- Parquet ---------------------------------------------------------------------------


@pytest.mark.parametrize("what", TABLES)
def test_parquet_says_the_same_as_csv(
    full: TimedDesk, tmp_path: Path, what: str
) -> None:
    """Cell by cell, with types instead of texts."""
    as_text = written_to(full.app, tmp_path / "out.csv", what)
    path = tmp_path / "out.parquet"
    export(full.app, ExportRequest(what=what, format="parquet"), path)
    typed = read_table(path).to_pylist()

    assert as_text == [
        {name: _as_text(cell) for name, cell in row.items()} for row in typed
    ]


def _as_text(cell: object) -> str:
    if isinstance(cell, datetime):
        naive = cell.astimezone(UTC).replace(tzinfo=None)
        return naive.isoformat(timespec="microseconds") + "Z"
    if isinstance(cell, bool):
        return str(cell).lower()
    return "" if cell is None else str(cell)


def test_an_empty_table_is_a_table(floor: TimedDesk, tmp_path: Path) -> None:
    """No rows, and still every column with its type."""
    path = tmp_path / "out.parquet"
    export(floor.app, ExportRequest(what="visits", format="parquet"), path)
    schema = read_schema(path)

    assert "timestamp[us, tz=UTC]" == str(schema.field("entered_at").type)
    assert [] == written_to(floor.app, tmp_path / "out.csv", "visits")


def test_without_pyarrow_the_command_to_install_is_named(
    full: TimedDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says what to type, and that CSV needs nothing."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'leadstate\[parquet\]'"):
        export(
            full.app, ExportRequest(what="visits", format="parquet"), tmp_path / "out"
        )

    assert [] == list(tmp_path.glob("*out*"))


# -- pages -----------------------------------------------------------------------------


def test_many_rows_come_in_pages(
    floor: TimedDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No page is larger than it may be, and none is missing or twice in the file."""
    for number in range(7):
        add_record(floor.app, f"r{number}")
    monkeypatch.setattr("leadstate.service.export.past.PAGE", 3)
    monkeypatch.setattr("leadstate.service.export.parquet_file._GROUP", 3)
    told: list[tuple[int, int]] = []
    path = tmp_path / "history.csv"
    wanted = ExportRequest(what="history", format="csv")
    rows = export(
        floor.app, wanted, path, on_progress=lambda *so_far: told.append(so_far)
    )

    groups = tmp_path / "history.parquet"
    export(floor.app, ExportRequest(what="history", format="parquet"), groups)

    assert [(3, 7), (6, 7), (7, 7)] == told
    assert 3 == ParquetFile(groups).metadata.num_row_groups
    assert 7 == rows == len({row["id"] for row in read(path)})
    assert 2_000 == PAGE


def test_an_export_is_one_snapshot(full: TimedDesk, tmp_path: Path) -> None:
    """What is written while it runs is in no part of it."""
    path = tmp_path / "history.csv"
    entry = view_entry(full)

    def meanwhile(_done: int, _of: int) -> None:
        with full.app.store.begin() as work:
            work.history.append([entry])
            work.commit()

    before = written_to(full.app, path, "history")
    export(
        full.app,
        ExportRequest(what="history", format="csv"),
        path,
        on_progress=meanwhile,
    )

    assert before == read(path)
    assert len(before) + 1 == len(written_to(full.app, path, "history"))


# -- files -----------------------------------------------------------------------------


def test_a_failed_export_leaves_the_old_file(tmp_path: Path) -> None:
    """What others read is the whole old file until the new one is whole."""
    path = tmp_path / "out.csv"
    path.write_text("old")
    with pytest.raises(TypeError), written(path) as out:
        out.write("no bytes")

    assert "old" == path.read_text()
    assert [path] == list(tmp_path.iterdir())


def test_a_written_file_is_its_owners_alone(tmp_path: Path) -> None:
    """As the database: it may hold personal values."""
    path = tmp_path / "out.csv"
    with written(path) as out:
        out.write(b"new")

    assert b"new" == path.read_bytes()
    assert 0o600 == path.stat().st_mode & 0o777


@contextmanager
def _no_more_than(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    """No half file, and a message that says what to do."""
    path = tmp_path / "out.csv"
    full_disk = _no_more_than(100)
    with pytest.raises(UsageError) as raised, full_disk, written(path) as out:
        out.write(b"x" * 100_000)

    assert f"{path} cannot be written: File too large." in str(raised.value)
    assert [] == list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """The message names the file."""
    path = tmp_path / "nowhere" / "out.csv"
    with pytest.raises(UsageError, match="cannot be written: No such file"):
        written(path).__enter__()


def test_a_reader_that_went_away_is_no_full_disk(tmp_path: Path) -> None:
    """A closed pipe is left to the command line, which ends quietly."""
    with pytest.raises(BrokenPipeError), written(tmp_path / "out.csv"):
        raise BrokenPipeError
