"""``leadstate erase``, ``backup`` and ``restore`` on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from leadstate.cli import _root

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Office

RIPE = "700100002"


def test_an_erasure_shows_asks_and_tells(office: Office) -> None:
    """What goes is shown first; afterwards it says what is left to do elsewhere."""
    done = office.ask("erase", RIPE, "--yes", "--by", "dpo", "--reason", "ticket 7")

    assert 0 == done.code, done.error
    assert "To be forgotten:" in done.out
    assert f"may still hold crm contacts {RIPE}" in done.out
    assert "forgotten 1" in office.ask("status").out
    [*_, last] = office.ask("record", "history", RIPE, "--json").data
    assert ("erased", "dpo", "ticket 7") == (
        last["kind"],
        last["actor"],
        last["reason"],
    )


def test_a_no_changes_nothing(office: Office) -> None:
    """Whoever does not say yes has looked, and no more."""
    words = ["erase", RIPE, "--settings", str(office.settings)]

    said = CliRunner().invoke(_root, words, input="n\n", prog_name="leadstate")

    assert 1 == said.exit_code
    assert "active" in office.ask("record", "show", RIPE).out


def test_a_program_that_does_not_say_yes_only_looks(office: Office) -> None:
    """--json alone is a rehearsal, and with --yes the thing itself."""
    shown = office.ask("erase", RIPE, "--json").data
    done = office.ask("erase", RIPE, "--json", "--yes").data

    assert (False, True) == (shown["erased"], done["erased"])
    assert shown["counts"] == done["counts"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "in one way"),
        ([RIPE, "--email", "a@example.com"], "in one way"),
        (["--object", "crm"], "CONNECTION:ID"),
        (["--object", "crm:999"], "no object '999'"),
        (["--email", "nobody"], "cannot be read"),
        (["--phone", "no number"], "cannot be read"),
        (["nobody-at-all"], "no record is named"),
    ],
    ids=["nobody", "two ways", "no id", "unknown object", "email", "phone", "record"],
)
def test_who_is_not_named_well_is_not_erased(
    office: Office, words: list[str], said: str
) -> None:
    """The message says how to name a person."""
    answer = office.ask("erase", *words, "--yes")

    assert answer.code
    assert said in answer.error


def test_an_object_is_enough_to_name_a_person(office: Office) -> None:
    """The CRM's id, with the connection that it is of."""
    done = office.ask("erase", "--object", f"crm:{RIPE}", "--yes", "--json").data

    assert 1 == len(done["record_ids"])


def test_a_backup_is_put_back(office: Office, tmp_path: Path) -> None:
    """There and back again, in words and for programs."""
    file = tmp_path / "backup.db"
    made = office.ask("backup", str(file))
    again = office.ask("backup", str(file), "--keep", "1", "--json")
    office.ask("erase", RIPE, "--yes")

    back = office.ask("restore", str(file), "--yes", "--by", "ada")

    assert (0, 0, 0) == (made.code, again.code, back.code), back.error
    assert "all proven" in made.out
    assert again.data["file"] == str(file)
    assert "1 people forgotten since" in back.out
    assert "fault" not in office.ask("status", "--check").out


def test_a_backup_may_be_looked_at_elsewhere(office: Office, tmp_path: Path) -> None:
    """--to puts it where nothing was, and says that nothing was taken over."""
    file, target = tmp_path / "backup.db", tmp_path / "look.db"
    office.ask("backup", str(file))

    said = office.ask("restore", str(file), "--to", str(target), "--yes")
    data = office.ask("restore", str(file), "--to", str(target), "--yes", "--json").data

    assert "Nothing could be taken over" in said.out
    assert data["readable"]
    assert target.exists()


def test_the_oldest_backup_is_named_when_it_goes(
    office: Office, tmp_path: Path
) -> None:
    """Nobody wonders where it is."""
    file = tmp_path / "backup.db"
    office.ask("backup", str(file), "--keep", "1")

    said = office.ask("backup", str(file), "--keep", "1")

    assert "was the oldest, and is deleted" in said.out
