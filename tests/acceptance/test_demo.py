"""``leadstate demo``: it ends by itself, and its figures add up."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

if TYPE_CHECKING:
    from pathlib import Path


def demo(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "leadstate", "demo", "--folder", str(folder)]
    return subprocess.run(
        [*command, "--records", "150", "--once", *options],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_the_demo_ends_and_both_sides_agree(tmp_path: Path) -> None:
    """One JSON document on standard output, every lead compared in both CRMs."""
    done = demo(tmp_path / "demo", "--json")

    assert 0 == done.returncode, done.stderr
    found = json.loads(done.stdout)
    assert found["in_sync"]
    hubspot, amocrm = found["crms"]["hubspot"], found["crms"]["amocrm"]
    for crm in (hubspot, amocrm):
        assert crm["in_sync"]
        assert [] == crm["differences"]
        assert 0 == crm["throttled"]
        assert 0 < crm["values_written"]
    assert 150 == hubspot["compared"] <= found["records"]
    assert 0 < found["handed_off"] <= amocrm["compared"]
    assert 0 == found["made_twice"]
    assert 1 <= found["conflicts"]
    assert 0 == found["dead_letters"]
    outside = sum(found["outside_moves"].values())
    assert found["outside_moves"]["revert"] >= 7
    assert sum(found["moves"].values()) > outside
    assert "Traceback" not in done.stderr


def test_the_demo_tells_its_story(tmp_path: Path) -> None:
    """People read what happened, why, and how to look further."""
    folder = tmp_path / "demo"
    done = demo(folder)

    assert 0 == done.returncode, done.stderr
    for words in (
        "What happened",
        "What hubspot saw, by its own log",
        "What amocrm saw, by its own log",
        "A lead that was won in amoCRM",
        "HubSpot shows: lifecyclestage customer, budget 40000",
        "The note in amoCRM:",
        "Missing for SQL:",
        "hubspot is believed (its edit is newer)",
        "Listed for a person: moved in the CRM from 'sal' to 'sql' against",
        "conflicts list",
    ):
        assert words in done.stdout, words
    assert 3 == done.stdout.count("in sync: True")
    again = subprocess.run(
        [sys.executable, "-m", "leadstate", "status", "--settings",
         str(folder / "leadstate.yaml")],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert 0 == again.returncode, again.stderr
    assert " records" in again.stdout


def test_the_demo_without_the_second_crm_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All teams work in HubSpot then, and the way to the second CRM is told."""
    from leadstate.cli import _root
    from leadstate.cli.demo import theatre

    monkeypatch.setattr(theatre, "installed_plugins", lambda: ("hubspot",))
    options = ["--folder", str(tmp_path / "demo"), "--records", "150", "--once"]
    done = CliRunner().invoke(_root, ["demo", *options, "--json"])

    assert 0 == done.exit_code, done.output
    found = json.loads(done.stdout)
    assert ["hubspot"] == list(found["crms"])
    assert found["in_sync"]
    assert "leadstate-amocrm is not installed" in done.stderr


def test_the_demo_leaves_a_folder_of_others_alone(tmp_path: Path) -> None:
    """A folder that is not a former demo's is not emptied."""
    (tmp_path / "thesis.txt").write_text("ten years of work", encoding="utf-8")

    done = demo(tmp_path)

    assert 1 == done.returncode
    assert "is not empty; name another with --folder" in done.stderr
    assert (tmp_path / "thesis.txt").exists()


@pytest.mark.parametrize("records", ["149", "x"])
def test_the_demo_refuses_odd_sizes(tmp_path: Path, records: str) -> None:
    """A story needs enough leads to cast."""
    done = demo(tmp_path / "demo", "--records", records)

    assert 2 == done.returncode
    assert "Traceback" not in done.stderr
