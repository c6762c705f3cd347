"""``leadstate demo``: it ends by itself, and its figures add up."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from leadstate.clock import SystemClock
from leadstate.store import open_store
from leadstate.testing import PATIENCE_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

    from leadstate.domain.history import HistoryEntry

OVER_TIME = ("warned", "breached", "escalated", "assigned", "woken", "messages")


def demo(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "leadstate", "demo", "--folder", str(folder)]
    return subprocess.run(
        [*command, "--records", "150", "--once", *options],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def history_of(folder: Path) -> list[HistoryEntry]:
    store = open_store(f"sqlite:///{folder / 'leadstate.db'}")
    with store.read() as view:
        found = view.history.recent(1_000_000)
    store.close()
    return found


def test_the_demo_ends_and_both_sides_agree(tmp_path: Path) -> None:
    """One JSON document on standard output, every lead compared in both CRMs."""
    folder = tmp_path / "demo"
    done = demo(folder, "--json")

    assert 0 == done.returncode, done.stderr
    found = json.loads(done.stdout)
    assert found["in_sync"]
    check_history(found, history_of(folder))
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


def check_history(found: dict[str, int], entries: list[HistoryEntry]) -> None:
    """Hold the figures of time and people against the history, row by row."""
    kinds = Counter(str(one.kind) for one in entries)
    assert [] == [what for what in OVER_TIME if found[what] < 1]
    assert 1 == found["approvals"]
    for kind in ("warned", "breached", "escalated", "assigned"):
        assert kinds[kind] == found[kind]
    # Every SLA that had somebody told broke once, and was told in the chat once.
    assert found["escalated"] == found["messages"]
    for one in entries:
        if one.kind in {"warned", "breached"}:
            clock = one.receipt["clock"]
            assert isinstance(clock, dict)
            assert one.happened_at is not None
            assert one.happened_at <= datetime.fromisoformat(str(clock["due_at"]))
        if one.kind in {"escalated", "assigned"}:
            assert one.note
    woken = [one for one in entries if one.cause == "timer" and one.kind == "moved"]
    assert {"reawaken", "resume", "recycle"} == {one.transition for one in woken}
    assert found["woken"] == sum(one.transition != "recycle" for one in woken)
    asked = next(one for one in entries if one.kind == "approval_asked")
    answers = [
        (str(one.kind), one.note)
        for one in sorted(entries, key=lambda one: one.id or 0)
        if one.record_id == asked.record_id and (one.id or 0) > (asked.id or 0)
    ]
    assert "jonas asked for it, and somebody else must approve it" == answers[0][1]
    assert ("moved", "approved by maria: They have a new budget.") == answers[1]
    assert max(one.learnt_at for one in entries) <= SystemClock().now()


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
        "given to Jonas Weber, round robin of sales",
        "hubspot shows: hubspot_owner_id 71940022",
        "amocrm shows: responsible_user_id 7400003",
        "'reopen' needs the approval of marketing",
        "jonas asked for it, and somebody else must approve it",
        "approved by maria: They have a new budget.",
        "the SLA 'accept' is at risk: 50% of it is used up",
        "the SLA 'accept' is at risk: 1 hour is left",
        "the SLA 'accept' is broken",
        "the clock of 'accept' in mql, by the calendar 'sales':",
        "the SLA 'accept' of MQL is broken: sales has to act",
        "moved: nurture -> lead by leadstate",
        "moved: backlog -> sal by leadstate",
        "The last message in the chat",
    ):
        assert words in done.stdout, words
    assert 3 == done.stdout.count("in sync: True")
    again = subprocess.run(
        [sys.executable, "-m", "leadstate", "status", "--settings",
         str(folder / "leadstate.yaml")],
        capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False,
    )  # fmt: skip
    assert 0 == again.returncode, again.stderr
    assert " records" in again.stdout


def test_the_demo_without_the_second_crm_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All teams work in HubSpot then, and the way to the second CRM is told."""
    from leadstate_demo import theatre

    from leadstate.cli import _root

    monkeypatch.setattr(theatre, "installed_plugins", lambda: ("hubspot",))
    options = ["--folder", str(tmp_path / "demo"), "--records", "150", "--once"]
    done = CliRunner().invoke(_root, ["demo", *options, "--json"])

    assert 0 == done.exit_code, done.output
    found = json.loads(done.stdout)
    assert ["hubspot"] == list(found["crms"])
    assert found["in_sync"]
    check_history(found, history_of(tmp_path / "demo"))
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
