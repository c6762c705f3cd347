"""`leadstate status` and `dead-letters`: where everything stands, and what stuck."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from click.testing import CliRunner

from leadstate.cli import _root

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.unit.cli.conftest import Floor, Office, Said

BROKEN = "700100005"
HOSTILE = "\x1b[2J"
SHOWN = r"\x1b[2J"


def change(office: Office, statement: str, *values: object) -> None:
    """Change the database behind Leadstate's back."""
    file = office.folder / "leadstate.db"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(statement, values)


def test_status_counts_stages_queues_and_what_waits(office: Office) -> None:
    """One look tells what is there, and which command to give next."""
    said = office.ask("status")

    assert 0 == said.code
    lines = [" ".join(line.split()) for line in said.out.splitlines()]
    assert lines[0].endswith(", 4 records")
    for line in ("lead 1", "mql 1", "sal 1", "sql 0", "won 1"):
        assert line in lines
    assert "dead letters 1; look at: leadstate dead-letters list" in lines
    assert "1 waiting for a person:" in lines
    assert "moved in the CRM from 'lead' to 'won' against the criteria" in lines[-1]


def test_status_is_data_for_programs(office: Office) -> None:
    """The same numbers under names that stay."""
    data = office.ask("status", "--json").data

    assert {"lead": 1, "mql": 1, "sal": 1, "won": 1} == {
        name: number for name, number in data["stages"].items() if number
    }
    assert 1 == data["totals"]["dead_letters"]
    assert ["won"] == [one["stage"] for one in data["flagged"]]
    assert ([], {}) == (data["faults"], data["agreement"])


def test_empty_database_has_empty_queues(blank: Office) -> None:
    """Nothing there is said as such."""
    said = CliRunner().invoke(_root, ["status", "--settings", str(blank.settings)])

    assert "inbox   empty\noutbox  empty\n" in said.output
    assert "dead letters" not in said.output


def test_status_tells_what_waits_for_its_time_and_for_people(floor: Floor) -> None:
    """Clocks, the next timer and approvals, each with where to look further."""
    lines = floor.ask("status").out.splitlines()
    times = floor.ask("status", "--json").data["times"]

    assert "clocks  open 6, breached 2; look at: leadstate sla" in lines
    assert f"timers  next due {times['next_timer'][:10]}" in "\n".join(lines)
    assert "approvals 1 waiting; look at: leadstate approvals" in lines
    assert "late by more than a minute" not in "\n".join(lines)
    assert (6, 2, 0, 1) == tuple(
        times[name] for name in ("clocks", "breached", "late_timers", "approvals")
    )


def test_status_says_when_nothing_fires_timers(floor: Floor) -> None:
    """A service that does not run is what a missing warning means."""
    change(floor, "UPDATE timer SET due_at = due_at - 31536000000000")

    said = floor.ask("status").out

    late = floor.ask("status", "--json").data["times"]["late_timers"]
    assert late > 1
    assert (
        f"        {late} late by more than a minute: nothing fires them. "
        "Is 'leadstate run' running?\n"
    ) in said


def test_status_is_silent_about_time_where_nothing_waits(new_floor: Floor) -> None:
    """No SLA, no timer, no approval: no line."""
    said = new_floor.ask("status").out

    for word in ("clocks", "timers", "approvals"):
        assert word not in said


def test_check_finds_what_does_not_hold_together(office: Office) -> None:
    """A database that was changed by hand is told, by `--check` alone."""
    assert "fault:" not in office.ask("status", "--check").out

    change(office, "UPDATE record SET stage = 'sql' WHERE stage = 'mql'")

    assert "fault:" not in office.ask("status").out
    assert "fault: " in office.ask("status", "--check").out
    assert [] != office.ask("status", "--check", "--json").data["faults"]


def test_compare_says_whether_both_sides_agree(
    connected: Office, crm: httpx.Client
) -> None:
    """After a round of work they agree; what a person drags meanwhile is listed."""
    assert 0 == connected.ask("run", "--once").code

    agreed = connected.ask("status", "--compare")
    [contact] = crm.get("/crm/v3/objects/contacts?limit=1").json()["results"]
    path = f"/crm/v3/objects/contacts/{contact['id']}"
    dragged = {"lifecyclestage": "customer"}
    assert 200 == crm.patch(path, json={"properties": dragged}).status_code
    differs = connected.ask("status", "--compare")
    data = connected.ask("status", "--compare", "--json").data["agreement"]["crm"]

    assert "records compared, both sides agree; 0 in quarantine" in agreed.out
    assert "both sides differ" in differs.out
    assert f"  {contact['id']}: here " in differs.out
    assert data["in_sync"] is False
    assert [contact["id"]] == [one["external_id"] for one in data["differences"]]


def test_no_dead_letters_are_said_to_be_none(blank: Office) -> None:
    """An empty list for programs, a sentence for people."""
    assert "There are no dead letters.\n" == blank.ask("dead-letters", "list").out
    assert [] == blank.ask("dead-letters", "list", "--json").data


def test_dead_letters_are_listed_with_their_reason(office: Office) -> None:
    """What it was, why it stopped, and how to go on."""
    said = office.ask("dead-letters", "list")
    [letter] = office.ask("dead-letters", "list", "--json").data

    assert f"contacts {BROKEN}" in said.out
    assert f"ValueError: object {BROKEN} makes no sense" in said.out
    assert said.out.endswith("with: leadstate dead-letters replay ID\n")
    assert ("inbox", BROKEN, "cannot be read", 1, None) == tuple(
        letter[name]
        for name in ("door", "external_id", "reason", "times", "replayed_at")
    )


def test_replayed_letter_leaves_the_list_and_stays_on_record(office: Office) -> None:
    """Its object is due again; `--all` shows that it was."""
    said = office.ask("dead-letters", "replay", "1")

    assert f"1: contacts {BROKEN} is due again.\n" == said.out
    assert [] == office.ask("dead-letters", "list", "--json").data
    [letter] = office.ask("dead-letters", "list", "--all", "--json").data
    assert letter["replayed_at"] is not None
    assert 1 == office.ask("status", "--json").data["inbox"]["pending"]


def test_replayed_letter_is_data_for_programs(office: Office) -> None:
    """The letters that were given another go."""
    said = office.ask("dead-letters", "replay", "1", "--json")

    assert [BROKEN] == [one["external_id"] for one in said.data]


def test_letter_that_is_not_open_is_refused(office: Office) -> None:
    """An unknown number and a second replay get the same answer."""
    office.ask("dead-letters", "replay", "1")

    for number in ("1", "99"):
        said = office.ask("dead-letters", "replay", number)
        assert 1 == said.code
        assert (
            f"there is no open dead letter {number}; "
            "list them with: leadstate dead-letters list"
        ) == said.error


def test_number_of_a_letter_must_be_a_number(ask: Callable[..., Said]) -> None:
    """A word is a usage error."""
    assert 2 == ask("dead-letters", "replay", "first").code
    assert 2 == ask("dead-letters", "replay").code


def test_ids_from_the_crm_cannot_command_the_terminal(office: Office) -> None:
    """What a webhook calls an object is anybody's text, in every command."""
    change(office, "UPDATE dead_letter SET external_id = ?", HOSTILE)
    change(
        office,
        "UPDATE link SET external_id = ? WHERE external_id = '700100001'",
        f"1{HOSTILE}",
    )

    answers = [
        office.ask("record", "show", f"1{HOSTILE}").out,
        office.ask("dead-letters", "list").out,
        office.ask("dead-letters", "replay", "1").out,
    ]

    assert [True, True, True] == [SHOWN in one for one in answers]
    assert [False, False, False] == ["\x1b" in one for one in answers]
