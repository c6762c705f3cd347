"""`leadstate audit`: the history proves itself, here and without Leadstate."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leadstate.clock import SystemClock
from leadstate.service.audit.checkpointing import make_checkpoint
from leadstate.service.audit.exporting import script
from leadstate.settings import load_settings
from leadstate.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.cli.conftest import Office, Said


def forge(office: Office, *statements: str) -> None:
    """Change the database as an attacker does, who takes the triggers away first."""
    with closing(sqlite3.connect(office.folder / "leadstate.db")) as db, db:
        for (name,) in db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            db.execute(f"DROP TRIGGER {name}")
        for one in statements:
            db.execute(one)


def offline(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the script alone: no site packages, nothing of this environment."""
    command = [sys.executable, "-I", "-S", "verify_history.py", *words]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False
    )


def test_a_sound_history_is_proven(office: Office) -> None:
    """With what was looked at, and what no checkpoint covers yet."""
    said = office.ask("audit", "verify")
    data = office.ask("audit", "verify", "--json").data

    assert 0 == said.code
    assert said.out.startswith(f"{data['rows']:,} rows and {data['details']:,} details")
    assert "Make one with: leadstate audit checkpoint" in said.out
    assert said.out.endswith("Proven.\n")
    assert (True, [], data["rows"]) == (
        data["proven"],
        data["faults"],
        data["rows_since_checkpoint"],
    )


def test_what_is_not_proven_is_told_with_its_place(office: Office) -> None:
    """Lane, place, row and record; the exit code says it to a script."""
    assert 0 == office.ask("audit", "checkpoint", "-o", str(office.folder / "k")).code
    forge(office, "UPDATE history SET actor = char(27) WHERE seq = 2")

    said = office.ask("audit", "verify", "--chain-only")
    data = office.ask("audit", "verify", "--chain-only", "--json")

    [fault] = data.data["faults"]
    [broken] = data.data["not_proven"]
    assert (1, 1) == (said.code, data.code)
    assert (
        f"row: lane {fault['lane']}, place {fault['place']}, row 2, record "
        f"{fault['record_id']}: it does not fit its hash: a column was changed\n"
    ) in said.out
    assert (
        f"lane {fault['lane']}: row 2 at place {fault['place']} is the first that is "
        f"not proven, {broken['behind']} rows behind it are not proven any more\n"
    ) in said.out
    assert said.out.endswith("NOT PROVEN: 1 fault\n")
    assert "visits, records and tables were not looked at\n" in said.out


def test_visits_and_records_are_compared_too(office: Office) -> None:
    """And faults beyond the hundredth are counted."""
    marks = ", ".join(f"('stray{number}', x'00')" for number in range(120))
    forge(
        office,
        "UPDATE record SET stage = 'sql' WHERE stage = 'mql'",
        f"INSERT INTO detail VALUES {marks}",
    )

    said = office.ask("audit", "verify")

    assert 1 == said.code
    assert "\n... and 20 more\n" in said.out
    assert "database: " in said.out


def test_a_cut_shows_against_what_was_kept_elsewhere(office: Office) -> None:
    """Also when heads and checkpoints were cut with the rows."""
    file = office.folder / "kept.jsonl"
    said = office.ask("audit", "checkpoint", "-o", str(file))
    printed = office.ask("audit", "checkpoint")
    last = "SELECT max(seq) FROM history"
    forge(
        office,
        "DELETE FROM detail WHERE history_id = "
        f"(SELECT id FROM history WHERE seq = ({last}))",
        f"DELETE FROM history WHERE seq = ({last})",
        "DELETE FROM chain_head",
        "INSERT INTO chain_head SELECT lane, max(place), hash FROM history "
        "GROUP BY lane",
        "DELETE FROM checkpoint",
        "DELETE FROM sqlite_sequence WHERE name = 'checkpoint'",
    )

    alone = office.ask("audit", "verify", "--chain-only")
    found = office.ask("audit", "verify", "--checkpoints", str(file))

    assert f"checkpoint 1 was added to {file}\n" == said.error
    assert 2 == json.loads(printed.out)["number"]
    assert (0, 1) == (alone.code, found.code)
    assert "1 checkpoints that were kept elsewhere compared\n" in found.out
    assert "kept.jsonl:1: it knows lane" in found.out


def test_an_export_is_verified_by_python_alone(
    office: Office, ask: Callable[..., Said]
) -> None:
    """The script comes from the command line, and imports nothing of Leadstate."""
    folder = office.folder / "empty"
    folder.mkdir()
    key = office.ask("audit", "key").out.strip()
    kept = office.ask("audit", "checkpoint").out
    (folder / "kept.jsonl").write_text(kept, encoding="ascii")
    (folder / "verify_history.py").write_text(ask("audit", "script").out, "utf-8")
    said = office.ask("audit", "export", "-o", str(folder / "plain.jsonl"))
    whole = ("-o", str(folder / "whole.jsonl"), "--with-details")
    assert 0 == office.ask("audit", "export", *whole).code
    forge(office, "UPDATE detail SET body = x'00' WHERE rowid = 1")
    bad = ("-o", str(folder / "bad.jsonl"), "--with-details")
    assert 0 == office.ask("audit", "export", *bad).code

    trusted = ("--key", key, "--checkpoints", "kept.jsonl")
    proven = [offline(folder, f"{one}.jsonl", *trusted) for one in ("plain", "whole")]
    broken = offline(folder, "bad.jsonl")
    stranger = offline(folder, "plain.jsonl", "--key", "00" * 32)

    assert said.error.startswith("history: ")
    assert [0, 0] == [one.returncode for one in proven]
    assert [True, True] == [one.stdout.endswith("\nProven.\n") for one in proven]
    assert f"trusted key {key}\n" in broken.stdout
    assert (1, 1) == (broken.returncode, stranger.returncode)
    assert "row 1: its detail is not the one that was written\n" in broken.stdout
    assert "is not known\n" in stranger.stdout


def test_half_an_export_is_no_export(office: Office) -> None:
    """What is cut off, or something else, is told with exit code 2."""
    folder = office.folder
    assert 0 == office.ask("audit", "export", "-o", str(folder / "h.jsonl")).code
    text = (folder / "h.jsonl").read_text("ascii")
    (folder / "verify_history.py").write_text(script(), "utf-8")
    files = {
        "cut": text[: len(text) // 2],
        "short": "".join(text.splitlines(keepends=True)[:-1]),
        "other": '{"a": 1}\n',
        "empty": "",
    }
    for name, content in files.items():
        (folder / name).write_text(content, "ascii")

    ended = [offline(folder, name) for name in (*files, "none")]

    assert [2] * 5 == [one.returncode for one in ended]
    assert "it is half a file; export it again\n" in ended[1].stderr
    assert "is not an export of a history" in ended[2].stderr


def test_an_export_goes_to_standard_output(office: Office) -> None:
    """To a pipe, for instance."""
    said = office.ask("audit", "export", "-o", "-")

    first, *_, last = said.out.splitlines()
    assert 2 == json.loads(first)["leadstate_history"]
    assert json.loads(last)["end"]["rows"] > 0
    assert said.error.endswith("rows to standard output\n")


def test_the_log_tells_what_changed_in_the_installation(connected: Office) -> None:
    """Newest first, by whom; empty before the service ever started."""
    assert "Nothing was recorded yet" in connected.ask("audit", "log").out

    assert 0 == connected.ask("run", "--once", "--by", "olena").code
    lines = connected.ask("audit", "log").out.splitlines()
    data = connected.ask("audit", "log", "--json").data

    assert [one["kind"] for one in data] == ["configured", "applied"]
    assert {"olena"} == {one["actor"] for one in data}
    assert lines[0].endswith(
        "configured by olena: recorded for the first time; connection crm added"
    )
    assert 1 == len(connected.ask("audit", "log", "--limit", "1", "--json").data)


def test_the_log_tells_nothing_of_a_start_that_was_refused(connected: Office) -> None:
    """Another worker holds the lock: what this one reads did not come into force."""
    store = open_store(load_settings(connected.settings).database)
    try:
        with store.worker(SystemClock().now()):
            assert connected.ask("run", "--once").code
    finally:
        store.close()

    assert [] == connected.ask("audit", "log", "--json").data


@pytest.mark.parametrize(
    "words",
    [
        ("record", "move", "nobody", "accept"),
        ("record", "set", "nobody", "need", "yes"),
        ("record", "link", "nobody", "crm", "1"),
        ("approvals", "approve", "7"),
    ],
    ids=" ".join,
)
def test_the_log_tells_nothing_of_a_command_that_failed(
    connected: Office, words: tuple[str, ...]
) -> None:
    """A new workflow file is in force once somebody works by it, not before."""
    said = connected.ask(*words)

    assert said.code, said.out
    assert [] == connected.ask("audit", "log", "--json").data


def test_the_service_makes_checkpoints_and_others_tell_of_them(
    connected: Office,
) -> None:
    """`run --once` leaves one; `status` and `doctor` say when the last one was."""
    before = connected.ask("status").out
    assert "history 0 rows, no checkpoint yet, 0 younger\n" in before

    assert 0 == connected.ask("run", "--once").code
    after = connected.ask("status")
    data = connected.ask("status", "--json").data["history"]
    checks = connected.ask("doctor", "--json").data[0]["checks"]

    assert f"history {data['rows']} rows, last checkpoint " in after.out
    assert (0, False) == (data["younger"], data["late"])
    [history] = [one for one in checks if one["name"] == "history"]
    assert ("good", "") == (history["state"], history["remedy"])
    assert ", 0 younger" in history["text"]


def test_a_service_that_does_not_run_is_noticed(office: Office) -> None:
    """Rows that no checkpoint covers for hours: `doctor` warns."""
    desk = office.desk()
    desk.clock.advance(timedelta(hours=-5))
    make_checkpoint(desk.app)
    with desk.app.store.begin() as work:
        work.history.append(work.history.recent(1))
        work.commit()
    desk.app.close()

    checks = office.ask("doctor", "--json").data[0]["checks"]

    [history] = [one for one in checks if one["name"] == "history"]
    assert "warning" == history["state"]
    assert "start the service, or run: leadstate audit checkpoint" == history["remedy"]
