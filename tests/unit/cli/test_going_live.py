"""`leadstate go-live` and `observe`, and what the other commands say of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadstate.clock import SystemClock
from leadstate.store import open_store

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Office

RIPE, WITH_SALES = "700100002", "700100003"


@pytest.fixture(name="observed")
def _observed(office: Office) -> Office:
    """The project, its only connection observed; everything there was read."""
    store, now = (
        open_store(f"sqlite:///{office.folder / 'leadstate.db'}"),
        SystemClock().now(),
    )
    with store.of("b2b_lifecycle").begin() as work:
        work.cursors.set("crm", "looked:contacts", f"5 {now.isoformat()}", now)
        work.commit()
    store.close()
    assert 0 == office.ask("observe", "crm", "--by", "ann").code
    return office


def test_status_says_which_mode_is_on_and_what_to_do(observed: Office) -> None:
    """Mode, since when, by whom, how much is live; for programs, too."""
    said = observed.ask("status").out
    data = observed.ask("status", "--json").data["connections"]["crm"]

    assert "crm is only observed since " in said
    assert "(by ann), 0 of 4 live" in said
    assert "nothing is done about it; go live with: leadstate go-live crm" in said
    assert ("observe", "ann", 0, 4) == (
        data["mode"],
        data["by"],
        data["live"],
        data["objects"],
    )
    assert data["look"]["over"]


def test_a_record_says_that_nothing_is_done_about_it(observed: Office) -> None:
    """Where it is shown, explained, and where somebody asks for something."""
    why = "is only observed: it follows the CRM, and Leadstate does nothing about it."

    for words in (("show", RIPE), ("explain", RIPE)):
        said = observed.ask("record", *words).out
        assert f"{why} Let it be acted on first: leadstate go-live crm" in said
    for words in (
        ("move", WITH_SALES, "reject", "--as", "sales", "--by", "ann"),
        ("set", RIPE, "need", "more", "--by", "ann"),
    ):
        refused = observed.ask("record", *words)
        assert 1 == refused.code
        assert why in refused.error
    data = observed.ask("record", "show", RIPE, "--json").data
    assert (None, None) == (data["care_since"], data["links"][0]["live_since"])


def test_a_dry_run_says_what_follows_and_changes_nothing(observed: Office) -> None:
    """Moves, writes, calls and minutes; and that it was one."""
    before = observed.ask("record", "list", "--json").out

    said = observed.ask("go-live", "crm", "--dry-run").out
    data = observed.ask("go-live", "crm", "--dry-run", "--json").data

    assert "crm, workflow b2b_lifecycle: observe, 0 of 4 objects are live" in said
    assert "4 records would go live now. What would follow:" in said
    assert "Nothing was changed (--dry-run)." in said
    assert (4, 0) == (data["forecast"]["records"], data["forecast"]["live"])
    assert "done" not in data
    assert before == observed.ask("record", "list", "--json").out


def test_going_live_says_what_followed(observed: Office) -> None:
    """By parts, as often as it takes; the history has who, when and which."""
    first = observed.ask("go-live", "crm", "--limit", "3", "--by", "bob").out
    status = observed.ask("status").out
    rest = observed.ask("go-live", "crm", "--by", "bob").out

    assert "3 records went live" in first
    assert "3 of 4 are live, the rest is observed" in first
    assert "3 of 4 live" in status
    assert "go-live is under way, 3 records done" in status
    assert "went on where it was stopped; 1 records went live" in rest
    assert "crm is live, for all that comes, too" in rest
    assert "crm is live since " in observed.ask("status").out
    history = observed.ask("record", "history", RIPE).out
    assert "went_live" in history
    assert "only observed" in history
    log = observed.ask("audit", "log").out
    assert "crm is live for b2b_lifecycle; 4 records went live with it" in log
    assert 0 == observed.ask("audit", "verify").code


def test_an_account_that_was_not_read_cannot_go_live(office: Office) -> None:
    """The message says how far it is, and who finishes it."""
    assert 0 == office.ask("observe", "crm").code

    said = office.ask("go-live", "crm")

    assert 1 == said.code
    assert "the first look at crm is not over: 0 objects are listed" in said.error
    assert "leadstate run --once" in said.error


def test_an_unknown_connection_is_named_with_the_known_ones(office: Office) -> None:
    """As everywhere."""
    for command in ("go-live", "observe"):
        said = office.ask(command, "hubspt")
        assert 1 == said.code
        assert "there is no connection 'hubspt'; known: crm" in said.error
