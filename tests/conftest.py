"""What tests of several folders share: `doubles.py`, and a desk to work at."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# Test folders are no packages; this one file is imported by name.
sys.path.insert(0, str(Path(__file__).parent))

from plain_logs import plain_logs
from prepared import collecting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from doubles import Desk
    from installations import Endpoint, Office, PostOffice
    from office_hours import TimedDesk
    from two_crms import Relay

    from leadstate.store import Store


def pytest_configure(config: pytest.Config) -> None:
    """Collect what is run on SQLite, to prepare it on PostgreSQL."""
    config.pluginmanager.register(collecting(), "prepared")


@pytest.fixture(autouse=True)
def _logs() -> None:
    """Whatever a command set up in this process before."""
    plain_logs()


@pytest.fixture(name="new_desk", scope="session")
def _new_desk(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., Desk]]:
    from doubles import desks

    yield from desks(tmp_path_factory.mktemp("desks"))


@pytest.fixture(name="desk")
def _desk(new_desk: Callable[..., Desk]) -> Iterator[Desk]:
    """One installation, everything real but the CRM."""
    desk = new_desk()
    yield desk
    desk.app.close()


@pytest.fixture(name="relay_of", scope="session")
def _relay_of(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., Relay]]:
    """Return a function that opens an installation of two CRMs."""
    from two_crms import relays

    yield from relays(tmp_path_factory.mktemp("relays"))


@pytest.fixture(name="relay")
def _relay(relay_of: Callable[..., Relay]) -> Relay:
    """An installation of two CRMs."""
    return relay_of()


@pytest.fixture(name="timed_of", scope="session")
def _timed_of(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., TimedDesk]]:
    from office_hours import timed_desks

    yield from timed_desks(tmp_path_factory.mktemp("timed"))


@pytest.fixture(name="timed")
def _timed(timed_of: Callable[..., TimedDesk]) -> TimedDesk:
    """An installation whose workflow has SLAs."""
    return timed_of()


@pytest.fixture(name="office_of", scope="session")
def _office_of(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., Office]]:
    """Return a function that opens an installation that sends."""
    from installations import offices

    yield from offices(tmp_path_factory.mktemp("offices"))


@pytest.fixture(name="tell", scope="session")
def _tell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Store]]:
    """Return a function that writes leads with their past into a fresh store."""
    from reported_leads import pasts

    yield from pasts(tmp_path_factory.mktemp("pasts"))


@pytest.fixture(name="endpoint")
def _endpoint() -> Iterator[Endpoint]:
    """An HTTP server on loopback that takes messages."""
    from installations import endpoints

    yield from endpoints()


@pytest.fixture(name="post_office")
def _post_office() -> Iterator[PostOffice]:
    """A mail server on loopback."""
    from installations import post_offices

    yield from post_offices()
