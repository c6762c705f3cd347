"""`leadstate sla`: what is due, what is broken, whose it is; business time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Floor, Said

HOUR = 3600
MOMENT = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"


def lines(said: Said) -> list[str]:
    """Return what was printed, with single spaces."""
    return [" ".join(line.split()) for line in said.out.splitlines()]


def shown(floor: Floor, *words: str) -> list[tuple[str, str]]:
    """Return lead and SLA of each listed clock."""
    listed = floor.ask("sla", "list", "--json", *words).data
    return [(lead(floor, one["record"]), one["sla"]) for one in listed]


def lead(floor: Floor, record: str) -> str:
    """Return what the CRM calls a record."""
    found = floor.ask("record", "show", record, "--json").data
    return str(found["links"][0]["id"])


def test_open_clocks_are_listed_soonest_first(floor: Floor) -> None:
    """A line a clock: whose, how it stands, what is left."""
    said = floor.ask("sla")

    head, *rows = lines(said)
    assert "record SLA of state left due" == head
    more = r"( \d+m)?"
    patterns = [
        rf"routing in mql marketing breached over by 5h{more} AT",
        r"first_touch in mql ann breached over by 1h.* AT",
        r"look in lead marketing running \d+m AT",
        r"decide in sal ann running \d+h.* AT",
        "first_touch in mql marketing waiting 4h waits for assigned",
        "first_touch in mql ann paused 2h 59m stands still while waiting .+",
    ]
    told = [re.sub(MOMENT, "AT", row) for row in rows]
    for pattern, row in zip(patterns, told, strict=True):
        assert re.fullmatch(f"[0-9a-f]{{12}} {pattern}", row), row


def test_a_bare_call_lists_and_takes_the_options_of_the_list(floor: Floor) -> None:
    """`leadstate sla --breached` is what people type."""
    assert floor.ask("sla", "list", "--breached").out == (
        floor.ask("sla", "--breached").out
    )
    assert 2 == len(floor.ask("sla", "--breached", "--json").data)


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        (["--team", "sales"], [("pending", "decide")]),
        (["--stage", "lead"], [("fresh", "look")]),
        (["--sla", "routing"], [("unowned", "routing")]),
        (["--owner", "ann", "--breached"], [("late", "first_touch")]),
        (["--paused"], [("waits", "first_touch")]),
        (
            ["--due-within", "2h"],
            [("unowned", "routing"), ("late", "first_touch"), ("fresh", "look")],
        ),
        (["--limit", "1"], [("unowned", "routing")]),
        (["--owner", "quinn"], []),
    ],
    ids=["team", "stage", "sla", "several", "paused", "due", "limit", "nobody"],
)
def test_a_list_is_narrowed_by_what_people_ask(
    floor: Floor, narrowed: list[str], expected: list[tuple[str, str]]
) -> None:
    """Whose, where, which, and how urgent."""
    assert expected == shown(floor, *narrowed)


def test_a_clock_is_data_for_programs(floor: Floor) -> None:
    """Lengths in seconds of business time, times in ISO 8601."""
    [late] = floor.ask("sla", "list", "--owner", "ann", "--breached", "--json").data
    [waits] = floor.ask("sla", "list", "--paused", "--json").data

    wanted = {
        "stage": "mql",
        "stage_version": 1,
        "pass": 1,
        "sla": "first_touch",
        "state": "breached",
        "team": "marketing",
        "owner": "ann",
        "calendar": "always",
        "within_seconds": 4 * HOUR,
        "carried_seconds": 0,
        "ended_at": None,
        "fired": ["1h", "50%", "breach"],
        "escalated_to": "control",
        "pauses": [],
    }
    assert wanted == {name: late[name] for name in wanted}
    assert 5.4 * HOUR < late["used_seconds"] < 7 * HOUR
    assert 4 * HOUR - late["used_seconds"] == pytest.approx(late["left_seconds"])
    assert late["due_at"] == late["breached_at"] > late["started_at"]
    [pause] = waits["pauses"]
    assert (None, "waiting is true", None) == (
        pause["end"],
        pause["reason"],
        pause["by"],
    )
    assert waits["due_at"] is None


def test_a_cut_list_says_that_there_is_more(floor: Floor) -> None:
    """Nobody takes a part for the whole."""
    assert "(the first 2; more with --limit)" in floor.ask("sla", "--limit", "2").out
    assert "more with" not in floor.ask("sla", "--limit", "7").out
    assert 2 == floor.ask("sla", "--limit", "0").code


def test_nothing_open_is_said_to_be_nothing(new_floor: Floor) -> None:
    """A sentence for people, an empty list for programs."""
    assert "There are no such open clocks.\n" == new_floor.ask("sla").out
    assert [] == new_floor.ask("sla", "--json").data
    assert "There are no open clocks.\n" == new_floor.ask("sla", "summary").out
    assert [] == new_floor.ask("sla", "summary", "--json").data


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["--stage", "x"], "there is no stage 'x'; known: lead, mql, sal, nurture, "),
        (["--sla", "x"], "there is no SLA 'x'; known: look, routing, first_touch"),
        (["--team", "x"], "there is no team 'x'; known: marketing, sales, control"),
    ],
    ids=["stage", "sla", "team"],
)
def test_what_the_workflow_does_not_know_is_told_with_what_it_knows(
    floor: Floor, words: list[str], answer: str
) -> None:
    """A misspelt name is no empty list."""
    said = floor.ask("sla", *words)

    assert 1 == said.code
    assert said.error.startswith(answer)


@pytest.mark.parametrize("text", ["4x", "", "0h", "-1h", "tomorrow"])
def test_a_length_that_is_none_is_told_how_to_write_one(
    floor: Floor, text: str
) -> None:
    """The same way as in a workflow file."""
    said = floor.ask("sla", "--due-within", text)

    assert 2 == said.code
    assert (
        f"Invalid value for '--due-within': {text!r} is no length of time; "
        "write it like 4h, 90 min or 2 days"
    ) in said.error


def test_clocks_are_summed_up_by_team_and_owner(floor: Floor) -> None:
    """Who has most to do, and who is late."""
    said = floor.ask("sla", "summary")
    data = floor.ask("sla", "summary", "--json").data

    head, *rows = lines(said)
    assert "team owner open breached paused next due" == head
    assert re.fullmatch(rf"marketing \(nobody\) 3 1 0 {MOMENT}", rows[0])
    assert "marketing ann 2 1 1" == rows[1]
    assert re.fullmatch(rf"sales ann 1 0 0 {MOMENT}", rows[2])
    wanted = {"team": "marketing", "owner": "ann", "open": 2, "breached": 1}
    assert wanted | {"paused": 1, "next_due": None} == data[1]


def test_every_clock_of_a_record_is_shown(floor: Floor) -> None:
    """Those that ended too, what each used, when it was told and to whom."""
    said = floor.ask("sla", "show", "late")

    expected = [
        "[0-9a-f]{32}",
        "look in lead, pass 1 \\(marketing\\): met, 1h of 8h",
        f"started {MOMENT}",
        f"ended {MOMENT}",
        "routing in mql, pass 1 \\(marketing, ann\\): met, 30m of 1h",
        f"started {MOMENT}",
        f"ended {MOMENT}",
        "first_touch in mql, pass 1 \\(marketing, ann\\): breached, 5h .+ of 4h",
        f"started {MOMENT}",
        f"due {MOMENT}, left: over by 1h .+",
        "warned at 50%, 1h",
        f"broken {MOMENT}",
        "told: control has to act",
        "system delay, from entering the stage until assigned \\(mql\\): 30m",
        "human delay, from assigned until called \\(mql\\): 5h .+, and goes on",
    ]
    for pattern, line in zip(expected, lines(said), strict=True):
        assert re.fullmatch(pattern, line), (pattern, line)


def test_pauses_are_shown_with_who_and_why(floor: Floor) -> None:
    """The workflow's own condition, and a person's."""
    floor.ask("record", "pause", "waits", "--reason", "ill", "--by", "ann")
    floor.ask("record", "resume", "waits", "--by", "ann")

    said = lines(floor.ask("sla", "show", "waits"))

    one, two = (line for line in said if line.startswith("paused by"))
    assert re.fullmatch(
        rf"paused by the workflow from {MOMENT} until now: waiting is true", one
    )
    assert re.fullmatch(rf"paused by ann from {MOMENT} until {MOMENT}: ill", two)
    assert "stands still while waiting is true, left: 2h 59m" in said


def test_time_of_earlier_stays_is_shown(floor: Floor) -> None:
    """An SLA may go on where it was left."""
    floor.ask("record", "move", "pending", "send_back", "--by", "ann")

    said = lines(floor.ask("sla", "show", "pending"))

    assert "1h of it in earlier stays of this pass" in said


def test_a_clock_that_has_not_started_says_what_it_waits_for(floor: Floor) -> None:
    """No delay is counted to somebody who was not asked yet."""
    said = lines(floor.ask("sla", "show", "unowned"))

    assert "first_touch in mql, pass 1 (marketing): waiting, 0s of 4h" in said
    assert "waits for assigned" in said
    assert ["system delay"] == [line[:12] for line in said if " delay, " in line]
    assert said[-1].endswith(", and goes on")


def test_a_shown_record_is_data_for_programs(floor: Floor) -> None:
    """Clocks, and both delays apart."""
    data = floor.ask("sla", "show", "called", "--json").data

    assert ["look", "routing", "first_touch"] == [one["sla"] for one in data["clocks"]]
    assert {"met"} == {one["state"] for one in data["clocks"]}
    system, human = data["delays"]
    assert ("system", "assigned", "routing", "mql", False) == tuple(
        system[name] for name in ("kind", "until", "sla", "stage", "lasts")
    )
    assert ("human", "called") == (human["kind"], human["until"])
    assert HOUR == pytest.approx(human["used_seconds"], abs=60)
    assert data["record"] == data["clocks"][0]["record"]


def test_a_record_without_slas_says_so(new_floor: Floor) -> None:
    """It entered its stage before anybody looked."""
    desk = new_floor.desk()
    desk.fresh("old", "mql")
    desk.app.close()

    said = new_floor.ask("sla", "show", "old")

    assert 0 == said.code
    assert "No clock has run for this record." in said.out


def test_an_unknown_record_has_no_clocks(floor: Floor) -> None:
    """The same answer as for `record show`."""
    said = floor.ask("sla", "show", "nobody")

    assert 1 == said.code
    assert said.error.startswith("no record is named 'nobody'; use a record's id")


def test_an_sla_that_the_workflow_took_back_is_shown(floor: Floor) -> None:
    """As what it was; nobody knows what is left."""
    old = floor.workflow.read_text(encoding="utf-8")
    floor.workflow.write_text(
        old.replace("look: {within: 8h", "glance: {within: 8h"), encoding="utf-8"
    )

    listed = lines(floor.ask("sla", "--stage", "lead"))
    [data] = floor.ask("sla", "--stage", "lead", "--json").data

    assert "look in lead marketing running unknown" in listed[1]
    assert (None, None, None) == (
        data["calendar"],
        data["within_seconds"],
        data["left_seconds"],
    )
