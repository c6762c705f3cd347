"""A sales floor with SLAs, fresh or after a day's work."""

from __future__ import annotations

import shutil
from copy import deepcopy
from typing import TYPE_CHECKING

import pytest

from leadstate.store import open_store
from leadstate.testing import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from doubles import Crm
    from office_hours import TimedDesk


@pytest.fixture(name="_empty", scope="session")
def _empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("floors") / "empty.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture(name="_lived_in", scope="session")
def _lived_in(_empty: Path) -> tuple[Path, Crm]:
    from sales_floor import fill, open_floor

    path = shutil.copy(_empty, _empty.with_name("full.db"))
    desk = open_floor(path, FrozenClock())
    fill(desk)
    desk.app.close()
    return path, desk.crm


@pytest.fixture(name="floor")
def _floor(_empty: Path, tmp_path: Path) -> Iterator[TimedDesk]:
    """A sales floor without a lead, on a Tuesday at noon (one o'clock in Berlin)."""
    from sales_floor import open_floor

    desk = open_floor(shutil.copy(_empty, tmp_path / "floor.db"), FrozenClock())
    yield desk
    desk.app.close()


@pytest.fixture(name="full")
def _full(_lived_in: tuple[Path, Crm], tmp_path: Path) -> Iterator[TimedDesk]:
    """The same, seven hours later, with eight leads."""
    from doubles import Crm
    from sales_floor import open_floor

    path, before = _lived_in
    clock = FrozenClock(before.clock.now())
    crm = Crm(clock, things=deepcopy(before.things), told=list(before.told))
    desk = open_floor(shutil.copy(path, tmp_path / "floor.db"), clock, crm)
    yield desk
    desk.app.close()


@pytest.fixture(name="doing")
def _doing(timed_of: Callable[[str, str], TimedDesk]) -> Callable[..., TimedDesk]:
    """Return a function that opens an installation in which these things are done."""
    from action_desk import BINDING, workflow_of

    def opened(**given: str) -> TimedDesk:
        return timed_of(workflow_of(**given), BINDING)

    return opened
