"""A connection stays with the account that it began with, until a person says more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from processes import Spawner, sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import World

THEIRS = "4711"
RECORDS = "id, stage, status, version FROM record ORDER BY id"


@pytest.fixture(name="moved")
def _moved(
    world: World, spawner: Spawner, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A world in use whose token leads to another company's account from now on.

    Objects there have the same ids.
    """
    world.call("run", "--once")
    token = world.env["HUBSPOT_TOKEN"]
    options = ("--token", token, "--portal-id", THEIRS, "--records", "2")
    folder = tmp_path_factory.mktemp("theirs")
    with sandbox(spawner, folder, "hubspot", *options) as url:
        settings = world.folder / "leadstate.yaml"
        text = settings.read_text("utf-8")
        settings.write_text(text.replace(world.url, url), "utf-8")
        world.url = url
        yield world


def test_another_companys_account_is_not_touched(moved: World) -> None:
    """Nothing is closed, nothing becomes a dead letter, and it says how to go on."""
    before = moved.ask(RECORDS)

    said = moved.call("run", "--once", expected=1)

    assert f"account {THEIRS}" in said
    assert "leadstate connect hubspot --new-account" in said
    assert before == moved.ask(RECORDS)
    assert [] == moved.ask("* FROM dead_letter")
    assert {"account.details"} == _asked(moved)


def _asked(world: World) -> set[str]:
    """Return which kinds of calls the account has seen."""
    return set(world.control("GET", "log/summary")["by_kind"])


def test_a_person_can_say_that_the_company_moved(moved: World) -> None:
    """Records stay, objects of the new account come in, and the history says so."""
    [[before]] = moved.ask("count(*) FROM record")

    said = moved.call("connect", "hubspot", "--new-account", "--yes")
    moved.call("run", "--once")

    assert f"{before} objects of the account before are linked no more" in said
    [[after, links]] = moved.ask(
        "(SELECT count(*) FROM record), (SELECT count(*) FROM link)"
    )
    assert (before + 2, 2) == (after, links)
    assert f"belongs to account {THEIRS}; before: " in moved.call("audit", "log")
    assert "Proven." in moved.call("audit", "verify")
