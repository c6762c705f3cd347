"""Records that started each other, on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from started_deals import CONTACTS, CONTACTS_CRM, DEALS, DEALS_CRM, open_deals

from leadstate.clock import SystemClock
from leadstate.testing import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from started_deals import Deals

    from conftest import Said

SETTINGS = """\
workflow: %s.yaml
connections:
  crm: {adapter: hubspot, binding: %s.crm.yaml, mode: live}
"""
FILES = {"contacts": (CONTACTS, CONTACTS_CRM), "deals": (DEALS, DEALS_CRM)}


@pytest.fixture(name="desk")
def _desk(tmp_path: Path) -> Deals:
    """A contact that opened a deal, in a folder with its settings."""
    for name, (workflow, binding) in FILES.items():
        (tmp_path / f"{name}.yaml").write_text(workflow, encoding="utf-8")
        bound = binding.replace("FIRST", "new")
        (tmp_path / f"{name}.crm.yaml").write_text(bound, encoding="utf-8")
        settings = SETTINGS % (name, name)
        (tmp_path / f"{name}_settings.yaml").write_text(settings, encoding="utf-8")
    clock = FrozenClock(SystemClock().now())
    desk = open_deals(tmp_path / "leadstate.db", clock=clock)
    desk.known()
    desk.drag("sql")
    desk.deals.advance()
    return desk


@pytest.fixture(name="say")
def _say(ask: Callable[..., Said], tmp_path: Path) -> Callable[..., Said]:
    """A function that asks the command line of one of the two workflows."""

    def say(workflow: str, *words: str) -> Said:
        return ask(*words, "--settings", str(tmp_path / f"{workflow}_settings.yaml"))

    return say


def test_a_record_and_its_history_name_the_record_that_it_started(
    desk: Deals, say: Callable[..., Said]
) -> None:
    """For people, and for programs."""
    contact, [deal] = desk.contacts.record("c1").record.id, desk.started()
    desk.close()

    shown = say("contacts", "record", "show", contact).out
    told = say("contacts", "record", "history", contact).out
    data = say("contacts", "record", "show", contact, "--json").data

    assert f"\nstarted deals record {deal}\n" in shown
    assert "  started sql, automatic by leadstate\n" in told
    assert f"\n    started deals record {deal} in new\n" in told
    assert [{"workflow": "deals", "record": deal}] == data["started"]
    assert data["started_by"] is None


def test_a_record_and_its_history_name_the_record_that_started_it(
    desk: Deals, say: Callable[..., Said]
) -> None:
    """The other way round."""
    contact, [deal] = desk.contacts.record("c1").record.id, desk.started()
    desk.close()

    shown = say("deals", "record", "show", deal).out
    told = say("deals", "record", "history", deal).out
    data = say("deals", "record", "show", deal, "--json").data

    assert f"\nstarted by contacts record {contact}\n" in shown
    assert "  entered new, started by leadstate\n" in told
    assert f"\n    started by contacts record {contact}\n" in told
    assert {"workflow": "contacts", "record": contact} == data["started_by"]
    assert [] == data["started"]


# -- the files -------------------------------------------------------------------------


def _files(folder: Path, deals: str) -> tuple[str, str]:
    files = folder / "contacts.yaml", folder / "deals.yaml"
    for file, text in zip(files, (CONTACTS, deals), strict=True):
        file.write_text(text, encoding="utf-8")
    return str(files[0]), str(files[1])


def test_files_that_are_checked_together_are_held_against_each_other(
    ask: Callable[..., Said], tmp_path: Path
) -> None:
    """A start that leads nowhere is an error of the file that has it."""
    renamed = DEALS.replace("  new:", "  fresh:").replace("from: new", "from: fresh")
    contacts, deals = _files(tmp_path, renamed)

    said = ask("workflow", "check", contacts, deals)
    *_, problem = ask("workflow", "check", contacts, deals, "--json").data

    assert 1 == said.code
    assert said.out.endswith(
        f"error {contacts} LS802 stage sql, on entering: starts a record in 'new', and "
        "workflow deals has no stage of that name\n"
        "  hint: Known: fresh, talks, won.\n"
    )
    assert ("LS802", contacts) == (problem["code"], problem["file"])


def test_a_file_that_is_checked_alone_may_start_records_anywhere(
    ask: Callable[..., Said], tmp_path: Path
) -> None:
    """The other file is not known; with it, all is well."""
    contacts, deals = _files(tmp_path, DEALS)

    for files in ((contacts,), (contacts, deals)):
        said = ask("workflow", "check", *files)
        assert (0, False) == (said.code, "LS8" in said.out)


def test_what_a_stage_starts_is_explained(
    ask: Callable[..., Said], tmp_path: Path
) -> None:
    """In words, and as data."""
    contacts, _ = _files(tmp_path, DEALS)

    said = ask("workflow", "explain", contacts).out
    stages = ask("workflow", "explain", contacts, "--json").data["stages"]

    assert "  entering starts a record of deals in new\n" in said
    assert [[], [{"workflow": "deals", "stage": "new"}], []] == [
        one["starts"] for one in stages
    ]
