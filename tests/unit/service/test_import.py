"""A file of stage moves becomes history, wholly or not at all."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from modes import observing
from reported_past import differences, visits_of

from leadstate.definition.file_mapping import check_mapping_text, mapping_of_columns
from leadstate.errors import ConfigurationError
from leadstate.service.batches.going_live import go_live
from leadstate.service.past.file_past import imported_id
from leadstate.service.past.importing import MOST_SHOWN, import_file, rejected_path
from leadstate.store import RecordChange, RecordStatus

if TYPE_CHECKING:
    from pathlib import Path

    from doubles import Desk

    from leadstate.domain.file_mapping import FileMapping
    from leadstate.service.past.importing import Imported
    from leadstate.store import RecordRow, Visit

HEAD = "id,from,to,when,who,budget\n"
GOOD = (
    HEAD
    + "a,,lead,2025-01-01T08:00:00Z,Ann,\n"
    + "a,lead,mql,2025-02-01T08:00:00+02:00,Ann,5000\n"
    + "b,,MQL,2025-01-05T08:00:00Z,Bob,\n"
)
COLUMNS = {
    "record_id": "id",
    "from_stage": "from",
    "to_stage": "to",
    "at": "when",
    "actor": "who",
    "fields.budget": "budget",
}


def mapped(desk: Desk, text: str = "") -> FileMapping:
    """Return the mapping of a YAML text, or the usual one."""
    if not text:
        return mapping_of_columns("old crm", COLUMNS, desk.app.lifecycle)
    mapping, problems = check_mapping_text(text, desk.app.lifecycle)
    assert mapping is not None, [str(one) for one in problems]
    return mapping


def take(
    desk: Desk,
    folder: Path,
    text: str | bytes,
    *,
    mapping: FileMapping | None = None,
    keep_good: bool = False,
    dry_run: bool = False,
) -> Imported:
    """Import a text as a file."""
    path = folder / "moves.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return import_file(
        desk.app,
        path,
        mapping or mapped(desk),
        object=desk.crm.object,
        keep_good=keep_good,
        dry_run=dry_run,
    )


def record(desk: Desk, id: str, source: str = "old crm") -> RecordRow | None:  # noqa: A002
    with desk.app.store.read() as view:
        return view.records.get(imported_id(source, id), desk.app.lifecycle.fields)


def visits(desk: Desk, id: str) -> list[Visit]:  # noqa: A002
    with desk.app.store.read() as view:
        return view.visits.of(imported_id("old crm", id))


def rows(desk: Desk) -> int:
    with desk.app.store.read() as view:
        return sum(view.history.counts().values())


def said(done: Imported) -> list[str]:
    return [one.at("f") for one in done.bad]


def test_each_row_is_a_move_of_its_record(desk: Desk, tmp_path: Path) -> None:
    """Records come to be, stand where their last row says, and no CRM gets them."""
    done = take(desk, tmp_path, GOOD)
    found = record(desk, "a")

    assert (3, 2, 3, 1) == (
        done.rows,
        done.records,
        done.counts.moves,
        done.counts.values,
    )
    assert found is not None
    assert (RecordStatus.IMPORTED, "mql", {"budget": 5000.0}) == (
        found.status,
        found.record.stage,
        found.record.values,
    )
    assert ["lead", "mql"] == [one.stage for one in visits(desk, "a")]
    assert all(one.reported for one in visits(desk, "a"))
    assert [] == differences(desk)
    assert [] == desk.faults()
    assert {} == desk.waiting()


def test_the_same_file_again_adds_nothing(desk: Desk, tmp_path: Path) -> None:
    """And a longer one adds what is new."""
    take(desk, tmp_path, GOOD)
    before = rows(desk)
    again = take(desk, tmp_path, GOOD)
    longer = take(desk, tmp_path, f"{GOOD}b,mql,sal,2025-03-01T00:00:00Z,Bob,\n")

    assert (0, 0, 4) == (again.counts.moves, again.counts.values, again.counts.known)
    assert (1, before + 1) == (longer.counts.moves, rows(desk))
    found = record(desk, "b")
    assert found is not None
    assert "sal" == found.record.stage


def test_an_older_file_leaves_the_newest_value(desk: Desk, tmp_path: Path) -> None:
    """Values go by their own times, whichever file comes first."""
    take(desk, tmp_path, GOOD)
    take(desk, tmp_path, f"{HEAD}a,,,2024-12-01T00:00:00Z,Ann,1\n")
    found = record(desk, "a")

    assert found is not None
    assert {"budget": 5000.0} == found.record.values


def test_a_rehearsal_counts_and_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    """Dry, the same numbers come out."""
    done = take(desk, tmp_path, GOOD, dry_run=True)

    assert (3, False, 0) == (done.counts.moves, done.kept, rows(desk))


def test_one_row_may_be_a_record_with_a_column_a_stage(
    desk: Desk, tmp_path: Path
) -> None:
    """An empty cell says that the record never came there; the file names stages."""
    mapping = mapped(
        desk,
        "import: old crm\n"
        "columns: {record_id: id}\n"
        "moves: {mql: contacted, won: closed}\n"
        "fields: {budget: worth}\n"
        "time_format: '%d.%m.%Y'\n"
        "timezone: Europe/Berlin\n"
        "delimiter: ';'\n",
    )
    text = "id;contacted;closed;worth\na;05.01.2025;07.02.2025;9\nb;01.01.2025;;\n"
    done = take(desk, tmp_path, text, mapping=mapping)

    assert (3, 1) == (done.counts.moves, done.counts.values)
    assert ["2025-01-04T23:00:00+00:00", "2025-02-06T23:00:00+00:00"] == [
        one.entered_at.isoformat() for one in visits(desk, "a") if one.entered_at
    ]
    found = record(desk, "a")
    assert found is not None
    assert ("won", "mql", {"budget": 9.0}) == (
        found.record.stage,
        found.record.came_from,
        found.record.values,
    )


def test_ties_keep_the_order_of_the_file(desk: Desk, tmp_path: Path) -> None:
    """Two moves of the same second happened as they are written."""
    at = "2025-01-01T00:00:00Z"
    take(desk, tmp_path, f"{HEAD}a,,sal,{at},,\na,sal,mql,{at},,\na,mql,lead,{at},,\n")

    assert ["sal", "mql", "lead"] == [one.stage for one in visits(desk, "a")]


def test_won_before_first_contact_is_kept_and_flagged(
    desk: Desk, tmp_path: Path
) -> None:
    """The file contradicts itself: a person looks at it, nobody corrects it."""
    done = take(
        desk,
        tmp_path,
        f"{HEAD}a,,mql,2025-02-01T00:00:00Z,,\na,mql,won,2025-01-01T00:00:00Z,,\n",
    )
    with desk.app.store.read() as view:
        first = view.history.of(imported_id("old crm", "a"))[0]

    assert 1 == done.counts.flagged
    assert "flag" == first.answer
    assert first.note.startswith("out of order: it left 'mql' before")


@pytest.mark.parametrize(
    ("row", "place", "what"),
    [
        (",,lead,2025-01-01T00:00:00Z,,", "f:2:1 id", "id is missing"),
        ("x,,galaxy,2025-01-01T00:00:00Z,,", "f:2:3 to", "has no stage 'galaxy'"),
        ("x,mars,lead,2025-01-01T00:00:00Z,,", "f:2:2 from", "has no stage 'mars'"),
        ("x,,lead,2025-01-01T00:00:00,,", "f:2:4 when", "says no time zone"),
        ("x,,lead,yesterday,,", "f:2:4 when", "is not a time in ISO 8601"),
        ("x,,lead,9999-12-31T23:59:59-12:00,,", "f:2:4 when", "is not a time"),
        ("x,,lead,2031-01-01T00:00:00Z,,", "f:2:4 when", "lies in the future"),
        ("x,,lead,,,", "f:2:4 when", "nobody knows when"),
        ("x,,lead,2025-01-01T00:00:00Z,,much", "f:2:6 budget", "'much' is not money"),
        ("x,,lead", "f:2:1", "the row has 3 cells and the header 6"),
        ("x,,lead,2025-01-01T00:00:00Z,A,n,n", "f:2:1", "7 cells and the header 6"),
        ("x\0,,lead,2025-01-01T00:00:00Z,,", "f:2:1 id", "a NUL byte stands here"),
        ('x,,lead,2025-01-01T00:00:00Z,"A"nn,', "f:2:1", "double every quote in it"),
        ("x" * 501 + ",,lead,2025-01-01T00:00:00Z,,", "f:2:1 id", "is it the id?"),
    ],
    ids=[
        "no_id",
        "unknown_stage",
        "unknown_stage_before",
        "naive_time",
        "no_time",
        "beyond_time",
        "future",
        "empty_time",
        "no_number",
        "too_short",
        "too_long",
        "nul",
        "stray_quote",
        "long_id",
    ],
)
def test_a_bad_row_is_named_by_line_and_column(
    desk: Desk, tmp_path: Path, row: str, place: str, what: str
) -> None:
    """And then nothing of the file is imported."""
    done = take(desk, tmp_path, f"{HEAD}{row}\n{GOOD.removeprefix(HEAD)}")
    [text] = said(done)

    assert text.startswith(place)
    assert what in text
    assert (True, False, 0) == (done.refused, done.kept, rows(desk))


def test_half_a_file_is_refused(desk: Desk, tmp_path: Path) -> None:
    """A row that breaks off without a line end was cut off, as was an open quote."""
    short = take(desk, tmp_path, f"{GOOD}c,,le")
    open_ = take(desk, tmp_path, f'{GOOD}c,,lead,2025-01-01T00:00:00Z,"An')

    assert "f:5:1 the row has 3 cells" in said(short)[0]
    assert "it was cut off" in said(short)[0]
    assert "f:5:1 a quote is opened and never closed" in said(open_)[0]
    assert 0 == rows(desk)


def test_a_whole_file_may_lack_the_last_line_end(desk: Desk, tmp_path: Path) -> None:
    """Many programs leave it out; empty lines say nothing either."""
    done = take(desk, tmp_path, GOOD.replace("\n", "\r\n\r\n").rstrip())

    assert (3, 0) == (done.counts.moves, done.rejected)


def test_the_good_rows_may_be_kept(desk: Desk, tmp_path: Path) -> None:
    """The bad ones are listed, and written beside the file with what is wrong."""
    done = take(desk, tmp_path, f"{GOOD}c,,galaxy,x,,\nd,,\n", keep_good=True)

    assert (5, 2, 3, True) == (
        done.rows,
        done.rejected,
        done.counts.moves,
        done.kept,
    )
    path = rejected_path(tmp_path / "moves.csv")
    assert path == done.rejected_file
    head, first, second = path.read_text(encoding="utf-8").splitlines()
    assert "id,from,to,when,who,budget,row,what is wrong" == head
    assert first.startswith("c,,galaxy,x,,,5,")
    assert second.startswith("d,,,,,,6,")


def test_a_mass_of_bad_rows_is_counted_and_not_listed(
    desk: Desk, tmp_path: Path
) -> None:
    """A person reads the first ones."""
    done = take(desk, tmp_path, HEAD + "x\n" * (MOST_SHOWN + 1))

    assert (MOST_SHOWN + 1, MOST_SHOWN) == (done.rejected, len(done.bad))


def test_a_mark_of_utf_8_is_no_part_of_the_first_column(
    desk: Desk, tmp_path: Path
) -> None:
    """Spreadsheets write one."""
    done = take(desk, tmp_path, b"\xef\xbb\xbf" + GOOD.encode())

    assert 3 == done.counts.moves


def test_another_encoding_must_be_declared(desk: Desk, tmp_path: Path) -> None:
    """The byte is shown, and where it stands."""
    text = GOOD.replace("Bob", "Bärbel")
    [fault] = said(take(desk, tmp_path, text.encode("cp1252")))
    mapping = mapped(
        desk,
        "import: old crm\nencoding: cp1252\n"
        "columns: {record_id: id, to_stage: to, at: when, actor: who}\n",
    )
    done = take(desk, tmp_path, text.encode("cp1252"), mapping=mapping)
    with desk.app.store.read() as view:
        [row] = view.history.of(imported_id("old crm", "b"))

    assert fault.startswith("f:4:5 who: byte 0xE4 is not utf-8")
    assert (3, "Bärbel") == (done.counts.moves, row.actor)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (b"", "moves.csv:1:1 the file is empty"),
        (GOOD.encode("utf-16"), "the file is UTF-16, not UTF-8"),
        (b"id,to\na,lead\n", "there is no column 'when'"),
        (b"id,id,from,to,when,who,budget\n", "there are two columns 'id'"),
        (b",".join([b"c"] * 10_000), "moves.csv:1:1001 the header has 10000 columns"),
        (b'"id,from', "a quote is opened and never closed"),
        (b"id\0,from,to,when,who,budget\n", "a NUL byte stands here"),
    ],
    ids=["empty", "utf16", "no_column", "two", "wide", "open_quote", "nul"],
)
def test_a_file_that_cannot_be_read_at_all(
    desk: Desk, tmp_path: Path, text: bytes, what: str
) -> None:
    """The header is held against the mapping before any row."""
    with pytest.raises(ConfigurationError) as caught:
        take(desk, tmp_path, text)

    assert what in str(caught.value)


def test_a_wrong_declared_encoding_is_said(desk: Desk, tmp_path: Path) -> None:
    """What cannot be decoded as a whole has no line."""
    mapping = mapped(
        desk,
        "import: old crm\nencoding: utf-16\ncolumns: {record_id: id}\n"
        "fields: {budget: budget}\n",
    )
    with pytest.raises(ConfigurationError, match="is not utf-16"):
        take(desk, tmp_path, GOOD, mapping=mapping)


def test_a_file_that_is_not_there(desk: Desk, tmp_path: Path) -> None:
    """The path is in the message."""
    with pytest.raises(ConfigurationError, match=r"none\.csv cannot be read"):
        import_file(desk.app, tmp_path / "none.csv", mapped(desk))


def test_rows_may_tell_of_the_records_of_a_crm(desk: Desk, tmp_path: Path) -> None:
    """Their past is laid before what was seen; the record stays where it is."""
    desk.take_in("h1", "mql")
    before = desk.record("h1")
    mapping = mapped(
        desk,
        "import: old crm\nconnection: crm\ncolumns: "
        "{record_id: id, from_stage: from, to_stage: to, at: when}\n"
        "fields: {budget: budget}\n",
    )
    done = take(
        desk, tmp_path, f"{HEAD}h1,,lead,2025-01-01T08:00:00Z,,7\n", mapping=mapping
    )

    assert (1, 1) == (done.counts.moves, done.counts.values)
    assert before == desk.record("h1")
    assert ["lead", "mql"] == [one.stage for one in visits_of(desk, "h1")]


def test_an_object_without_a_record_is_a_bad_row(desk: Desk, tmp_path: Path) -> None:
    """Nobody makes records of a CRM up."""
    mapping = mapped(
        desk,
        "import: old crm\nconnection: crm\ncolumns: "
        "{record_id: id, to_stage: to, at: when}\n",
    )
    done = take(desk, tmp_path, GOOD, mapping=mapping)

    assert said(done)[0].startswith("f:2:1 id: there is no record of contacts 'a'")
    assert done.refused


def test_a_record_that_is_only_observed_takes_no_import(
    desk: Desk, tmp_path: Path
) -> None:
    """The row says what to do first; under care it is taken."""
    observing(desk.app)
    desk.take_in("a", "mql")
    mapping = mapped(
        desk,
        "import: old crm\nconnection: crm\ncolumns: "
        "{record_id: id, to_stage: to, at: when}\n",
    )
    text = f"{HEAD}a,,lead,2025-01-01T08:00:00Z,,\n"

    done = take(desk, tmp_path, text, mapping=mapping)

    assert said(done)[0].startswith(
        "f:2:1 id: the record of contacts 'a' of crm is only observed. Let it be acted "
        "on first: leadstate go-live crm"
    )
    assert done.refused
    desk.poll()
    desk.settle()
    go_live(desk.app, desk.connected, actor="ann")
    assert 1 == take(desk, tmp_path, text, mapping=mapping).counts.moves


def test_what_was_told_of_a_forgotten_person_stays_forgotten(
    desk: Desk, tmp_path: Path
) -> None:
    """Importing the file again brings nobody back."""
    take(desk, tmp_path, GOOD)
    found = record(desk, "a")
    assert found is not None
    with desk.app.store.begin() as work:
        erased = replace(found.record, version=2, values={})
        change = RecordChange(
            record=erased, expected_version=1, status=RecordStatus.ERASED
        )
        work.records.update([change])
        work.commit()
    longer = f"{GOOD}a,mql,sal,2025-03-01T00:00:00Z,Ann,\n"
    done = take(desk, tmp_path, longer)

    assert 0 == done.counts.moves
    assert RecordStatus.ERASED is record(desk, "a").status  # type: ignore[union-attr]


def test_the_file_of_bad_rows_is_made_for_bad_rows_alone(
    desk: Desk, tmp_path: Path
) -> None:
    """A good file leaves none."""
    done = take(desk, tmp_path, GOOD, keep_good=True)

    assert done.rejected_file is None
    assert not rejected_path(tmp_path / "moves.csv").exists()
    shutil.rmtree(tmp_path)
