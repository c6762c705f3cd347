"""kill -9 between the two records of a start: never two, and never half of one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from started_deals import open_deals

from leadstate.domain.history import HistoryKind
from leadstate.service.records import show
from leadstate.service.starts import Kin
from leadstate.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from started_deals import Deals

TESTS = Path(__file__).parents[1]
MOVED, STARTED = 2, 3  # the commits behind that of the contact that is taken in


@pytest.fixture(name="empty", scope="session")
def _empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("starts") / "empty.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture(name="database")
def _database(empty: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(empty, tmp_path / "deals.db"))


@pytest.fixture(name="desk")
def _desk(database: Path) -> Iterator[Deals]:
    """The installation, as the next process finds it."""
    desk = open_deals(database)
    yield desk
    desk.close()


def _live(database: Path, kill_at: str = "") -> int:
    """Let another process take in a contact that becomes SQL; return how it ended."""
    done = subprocess.run(
        [sys.executable, TESTS / "started_deals.py", database],
        env=os.environ | {"LEADSTATE_KILL_AT": kill_at},
        cwd=TESTS.parent,
        check=False,
    )
    return done.returncode


@pytest.mark.parametrize(
    ("point", "passing", "told"),
    [
        ("advance.before_commit", MOVED, ["entered"]),
        ("advance.after_commit", MOVED, ["entered", "moved"]),
        ("advance.before_commit", STARTED, ["entered", "moved"]),
        ("advance.after_commit", STARTED, ["entered", "moved", "started"]),
    ],
)
def test_a_kill_around_the_commits_of_a_start_leaves_one_deal(
    database: Path, desk: Deals, point: str, passing: int, told: list[str]
) -> None:
    """Both histories or neither; then the next process ends it, once."""
    assert -signal.SIGKILL == _live(database, f"{point}:{passing}")
    assert told == desk.contacts.kinds("c1")
    assert [] == desk.contacts.faults()
    assert len(_deals(desk)) == told.count("started")

    assert 0 == _live(database)  # the same deliveries come again, too

    assert ["entered", "moved", "started"] == desk.contacts.kinds("c1")
    [deal] = _deals(desk)
    contact = desk.contacts.record("c1").record.id
    assert Kin("contacts", contact) == show(desk.deals.app, deal).started_by
    assert (Kin("deals", deal),) == show(desk.contacts.app, contact).started
    assert [HistoryKind.ENTERED] == [one.kind for one in desk.history(deal)]
    assert [] == desk.contacts.faults()


def _deals(desk: Deals) -> list[str]:
    """Return every record of the deals, however it came there."""
    fields = desk.deals.app.lifecycle.fields
    with desk.deals.app.store.read() as view:
        rows = view.records.list(fields)
    return [one.record.id for one in rows if one.workflow == "deals"]
