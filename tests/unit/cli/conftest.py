"""A project folder with a database that has seen something, and its command line."""

from __future__ import annotations

import json
import shutil
import socket
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from click.testing import CliRunner
from doubles import open_desk
from leadstate_hubspot.sandbox import SandboxConfig, create_app
from plain_logs import plain_logs
from sales_floor import fill, open_floor, write_floor

from leadstate.cli import _root
from leadstate.clock import SystemClock
from leadstate.domain.mode import ConnectionMode
from leadstate.errors import LeadstateError
from leadstate.service.setup.project import settings_text, write_project
from leadstate.testing import PATIENCE_SECONDS, FrozenClock
from leadstate.testing.sandbox.server import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from doubles import Desk
    from office_hours import TimedDesk

TOKEN = "pat-na1-under-test"
ADAPTER = """\
      token: {{env: HUBSPOT_TOKEN}}
      client_secret: {{env: HUBSPOT_CLIENT_SECRET}}
      base_url: {base}
      calls_per_10_seconds: 10000
      searches_per_second: 100"""
NOWHERE = "http://127.0.0.1:9"
NEW, RIPE, WITH_SALES, FLAGGED, BROKEN = (f"70010000{one}" for one in range(1, 6))


@dataclass(frozen=True)
class Said:
    """What a command answered.

    Attributes:
        error: What stands on standard error, or the error that `main` prints there.
    """

    code: int
    out: str
    error: str

    @property
    def data(self) -> Any:
        """The answer as a program reads it."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Office:
    """A project folder, and short ways to ask its command line."""

    folder: Path

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.folder / "leadstate.yaml"

    @property
    def workflow(self) -> Path:
        """The workflow file."""
        return self.folder / "workflows" / "b2b_lifecycle.yaml"

    def ask(self, *words: str) -> Said:
        """Give a command that reads the settings file."""
        return ask(*words, "--settings", str(self.settings))

    def edit(self, old: str, new: str, file: Path | None = None) -> None:
        """Replace a text of the settings file, or of another."""
        path = file or self.settings
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def desk(self) -> Desk:
        """Open the database for work an hour ago; the caller closes it."""
        desk = open_desk(self.folder / "leadstate.db")
        hour_ago = SystemClock().now() - timedelta(hours=1)
        desk.clock.advance(hour_ago - desk.clock.now())
        return desk


@dataclass(frozen=True)
class Floor(Office):
    """A sales floor with SLAs, and its command line."""

    @property
    def workflow(self) -> Path:
        """The workflow file."""
        return self.folder / "floor.yaml"

    def desk(self, *, hours_ago: float = 0) -> TimedDesk:
        """Open the database for work; the caller closes it."""
        clock = FrozenClock(SystemClock().now() - timedelta(hours=hours_ago))
        return open_floor(self.folder / "leadstate.db", clock)


def ask(*words: str) -> Said:
    """Give any command."""
    result = CliRunner().invoke(_root, words, prog_name="leadstate")
    error = result.stderr
    if isinstance(result.exception, LeadstateError):
        error = str(result.exception)
    elif result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Said(result.exit_code, result.stdout, error)


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have a wide terminal and known secrets."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("HUBSPOT_TOKEN", TOKEN)
    monkeypatch.setenv("HUBSPOT_CLIENT_SECRET", "secret-under-test")
    for name in ("LEADSTATE_SETTINGS", "LEADSTATE_VERBOSE", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    yield
    plain_logs()  # none is bound to a stream that is closed by now


@pytest.fixture(name="ask")
def _ask() -> Callable[..., Said]:
    return ask


@pytest.fixture(name="_blank", scope="session")
def _blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "blank"
    settings = settings_text(
        workflow="b2b_lifecycle",
        mode=ConnectionMode.LIVE,
        adapter_settings=ADAPTER.format(base=NOWHERE),
    )
    write_project(folder, "b2b_lifecycle", settings)
    office = Office(folder)
    office.edit("  hubspot:\n", "  crm:\n")  # the connection's name in `doubles.py`
    office.desk().app.close()
    return folder


@pytest.fixture(name="_lived_in", scope="session")
def _lived_in(_blank: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(_blank, tmp_path_factory.mktemp("cli") / "lived_in"))
    desk = Office(folder).desk()
    try:
        desk.take_in(NEW)
        desk.take_in(RIPE)
        desk.tell(*desk.qualify(RIPE))
        desk.settle()
        desk.take_in(WITH_SALES, "mql")
        desk.move(WITH_SALES, "accept", "sales")
        desk.settle()
        desk.take_in(FLAGGED)
        desk.tell(*desk.drag(FLAGGED, "won"))
        desk.settle()
        desk.crm.poison.add(BROKEN)
        desk.tell(desk.crm.create(BROKEN))
        desk.settle()
    finally:
        desk.app.close()
    return folder


@pytest.fixture(name="blank")
def _blank_office(_blank: Path, tmp_path: Path) -> Office:
    """A project whose database knows the tables and no record."""
    return Office(Path(shutil.copytree(_blank, tmp_path / "office")))


@pytest.fixture(name="office")
def _office(_lived_in: Path, tmp_path: Path) -> Office:
    """A project with four records, one flagged, and a dead letter."""
    return Office(Path(shutil.copytree(_lived_in, tmp_path / "office")))


@pytest.fixture(name="_full_floor", scope="session")
def _full_floor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    floor = Floor(tmp_path_factory.mktemp("cli") / "floor")
    floor.folder.mkdir()
    write_floor(floor.folder)
    desk = floor.desk(hours_ago=7)
    try:
        fill(desk)
    finally:
        desk.app.close()
    return floor.folder


@pytest.fixture(name="floor")
def _floor(_full_floor: Path, tmp_path: Path) -> Floor:
    """A sales floor with eight leads, after seven hours (`sales_floor.fill`)."""
    return Floor(Path(shutil.copytree(_full_floor, tmp_path / "floor")))


SEVERAL = """\
database: leadstate.db
people: people.yaml
workflows:
  b2b_lifecycle:
    file: workflows/b2b_lifecycle.yaml
    bindings: {crm: workflows/b2b_lifecycle.hubspot.yaml}
    scenarios: workflows/b2b_lifecycle.scenarios.yaml
  floor:
    file: floor.yaml
    bindings: {crm: floor.hubspot.yaml}
connections:
  crm:
    adapter: hubspot
    mode: live
    settings:
      token: {env: HUBSPOT_TOKEN}
      base_url: http://127.0.0.1:9
"""


@pytest.fixture(name="_both", scope="session")
def _both(_lived_in: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(_lived_in, tmp_path_factory.mktemp("cli") / "both"))
    write_floor(folder)
    (folder / "leadstate.yaml").write_text(SEVERAL, encoding="utf-8")
    desk = Floor(folder).desk(hours_ago=7)
    try:
        fill(desk)
    finally:
        desk.app.close()
    return folder


@pytest.fixture(name="both")
def _both_offices(_both: Path, tmp_path: Path) -> Office:
    """One project of two workflows: what `office` has seen, and what `floor` has."""
    return Office(Path(shutil.copytree(_both, tmp_path / "both")))


@pytest.fixture(name="new_floor")
def _new_floor(tmp_path: Path) -> Floor:
    """A sales floor without a lead."""
    floor = Floor(tmp_path / "floor")
    floor.folder.mkdir()
    write_floor(floor.folder)
    return floor


@pytest.fixture(name="crm", scope="session")
def _crm() -> Iterator[httpx.Client]:
    """A HubSpot sandbox that listens, as its API's client."""
    app = create_app(SandboxConfig(token=TOKEN, records=6))
    with (
        serving(app) as url,
        httpx.Client(
            base_url=url,
            trust_env=False,
            timeout=PATIENCE_SECONDS,
            verify=False,
            headers={"Authorization": f"Bearer {TOKEN}"},
        ) as client,
    ):
        yield client


@pytest.fixture(name="connected")
def _connected(blank: Office, crm: httpx.Client) -> Office:
    """A project whose CRM is the sandbox, and whose receiver has a free port."""
    blank.edit(NOWHERE, str(crm.base_url).rstrip("/"))
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        blank.edit("port: 8800", f"port: {found.getsockname()[1]}")
    return blank
