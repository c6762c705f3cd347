"""`leadstate export`: files for other tools, whole or not there."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.cli.conftest import Floor, Said

KILLED = """
import os, signal, sys
from pathlib import Path
from leadstate.clock import SystemClock
from leadstate.service.bootstrap import open_app
from leadstate.service.export.exporting import ExportRequest, export
from leadstate.settings import load_settings

def die(done, of):
    os.kill(os.getpid(), signal.SIGKILL)

settings, out = map(Path, sys.argv[1:])
app = open_app(load_settings(settings), SystemClock(), connections=())
export(app, ExportRequest(what="history", format="csv"), out, on_progress=die)
"""


@pytest.mark.parametrize(
    "what", ["history", "visits", "records", "field-changes", "log"]
)
def test_a_file_is_named_by_its_content(
    floor: Floor, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without -o it stands in the current folder; standard error says so."""
    monkeypatch.chdir(floor.folder)
    said = floor.ask("export", what)

    ending = "xes" if what == "log" else "csv"
    assert (0, "") == (said.code, said.out)
    assert said.error.startswith(f"{what}: ")
    assert f"to {what}.{ending}\n" in said.error
    assert (floor.folder / f"{what}.{ending}").read_bytes()


def test_every_format_can_be_asked_for(floor: Floor) -> None:
    """Each is what it says it is."""
    first = {}
    for what, format_ in (
        ("visits", "csv"),
        ("visits", "parquet"),
        ("log", "xes"),
        ("log", "ocel"),
    ):
        path = floor.folder / f"out.{format_}"
        said = floor.ask("export", what, "--format", format_, "-o", str(path))
        assert 0 == said.code
        first[format_] = path.read_bytes()[:5]

    assert {
        "csv": b"visit",
        "parquet": b"PAR1\x15",
        "xes": b"<?xml",
        "ocel": b'{"eve',
    } == first


def test_standard_output_is_a_dash(floor: Floor) -> None:
    """Rows go to standard output alone, what happened to standard error alone."""
    said = floor.ask("export", "visits", "-o", "-")
    rows = list(csv.DictReader(io.StringIO(said.out)))

    assert f"visits: {len(rows)} rows to standard output\n" == said.error
    assert "lead" in {row["stage"] for row in rows}


def test_filters_narrow_what_is_written(floor: Floor) -> None:
    """Days, moments and stages, alone and together."""
    whole = floor.ask("export", "visits", "-o", "-").out.count("\n")
    never = floor.ask("export", "visits", "--until", "2020-01-01", "-o", "-").out
    late = floor.ask("export", "visits", "--since", "2020-01-01T00:00Z", "-o", "-").out
    some = floor.ask("export", "visits", "--stage", "mql", "--stage", "sal", "-o", "-")

    assert (1, whole) == (never.count("\n"), late.count("\n"))
    assert {"mql", "sal"} == {
        row["stage"] for row in csv.DictReader(io.StringIO(some.out))
    }


@pytest.mark.parametrize(
    ("text", "why"),
    [("yesterday", "is no day and no moment"), ("2026-01-01T09:00", "no time zone")],
    ids=["word", "naive"],
)
def test_a_time_that_cannot_be_read_is_told(floor: Floor, text: str, why: str) -> None:
    """The message says how to write it."""
    said = floor.ask("export", "visits", "--since", text)

    assert 2 == said.code
    assert why in said.error


def test_a_log_is_of_moves_unless_all_is_asked_for(floor: Floor) -> None:
    """Process mining wants stages; refusals and SLAs come with --all-kinds."""
    words = ("export", "log", "--format", "ocel", "-o", "-")
    moves = {one["name"] for one in json.loads(floor.ask(*words).out)["eventTypes"]}
    kinds = json.loads(floor.ask(*words, "--all-kinds").out)["eventTypes"]

    assert {"lead", "mql", "sal", "nurture", "backlog"} == moves
    assert {"breached", "warned", "paused"} < {one["name"] for one in kinds} - moves


def test_personal_values_come_only_when_asked(floor: Floor) -> None:
    """The flag adds columns."""
    usual = floor.ask("export", "history", "-o", "-").out.splitlines()[0]
    personal = floor.ask("export", "history", "--personal", "-o", "-").out

    assert usual + ",note,receipt" == personal.splitlines()[0]


def test_a_mark_is_written_for_excel(floor: Floor) -> None:
    """``--bom`` puts it in front."""
    path = floor.folder / "out.csv"
    floor.ask("export", "visits", "--bom", "-o", str(path))

    assert path.read_bytes().startswith(b"\xef\xbb\xbfvisit,")


def test_a_stage_that_is_not_there_is_told(floor: Floor) -> None:
    """With those that are; no file is begun."""
    path = floor.folder / "out.csv"
    said = floor.ask("export", "visits", "--stage", "mqll", "-o", str(path))

    assert 1 == said.code
    assert "there is no stage 'mqll'; known: lead, mql," in said.error
    assert not path.exists()


def test_parquet_is_not_for_a_terminal(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes on a screen help nobody."""
    monkeypatch.setattr("leadstate.cli.export._is_terminal", lambda: True)
    said = floor.ask("export", "visits", "--format", "parquet", "-o", "-")

    assert 2 == said.code
    assert "Parquet is not for a terminal; name a file with -o" in said.error


def test_killed_half_way_nothing_has_the_name(floor: Floor, tmp_path: Path) -> None:
    """After kill -9 the old file is the file, and a new export goes through."""
    path = tmp_path / "history.csv"
    path.write_text("old")
    words = [sys.executable, "-c", KILLED, str(floor.settings), str(path)]
    died = subprocess.run(words, check=False, capture_output=True)

    assert -9 == died.returncode
    assert "old" == path.read_text()
    assert 0 == floor.ask("export", "history", "-o", str(path)).code
    assert path.read_text().startswith("row,id,record,")


def test_settings_are_needed(ask: Callable[..., Said], tmp_path: Path) -> None:
    """As for every command that reads an installation."""
    said = ask("export", "visits", "--settings", str(tmp_path / "none.yaml"))

    assert 1 == said.code
    assert "there is no settings file" in said.error
