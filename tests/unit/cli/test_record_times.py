"""`leadstate record` and time: pauses, wake-ups, guards that turn, the history."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Floor

MOMENT = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
LATE = ("record", "pause", "late", "--reason", "ill", "--by", "ann")


def explained(floor: Floor, lead: str) -> list[str]:
    """Return the explanation of a lead, without its first line."""
    return floor.ask("record", "explain", lead).out.splitlines()[1:]


# -- pauses ----------------------------------------------------------------------------


def test_a_pause_is_told_with_its_reason(floor: Floor) -> None:
    """The clock stands still from now on; the history says who wanted it."""
    said = floor.ask(*LATE)

    assert 0 == said.code
    assert re.match(rf"{MOMENT}  paused mql, manual by ann\n", said.out)
    assert "stands still: ill\n" in said.out
    assert "    the SLA 'first_touch' stands still: ill\n" in said.out
    [clock] = floor.ask("sla", "--stage", "mql", "--owner", "ann", "--json").data[:1]
    assert ("paused", "ann") == (clock["state"], clock["pauses"][0]["by"])


def test_a_pause_is_data_for_programs(floor: Floor) -> None:
    """The rows that it left, and whether anything changed."""
    first, second = (floor.ask(*LATE, "--json") for _ in range(2))

    assert (0, False, ["paused"]) == (
        first.code,
        first.data["refused"],
        [one["kind"] for one in first.data["entries"]],
    )
    assert (1, True, []) == (
        second.code,
        second.data["refused"],
        second.data["entries"],
    )


def test_a_second_pause_says_that_there_is_one(floor: Floor) -> None:
    """With the command that shows it."""
    floor.ask(*LATE)

    said = floor.ask(*LATE)

    assert 1 == said.code
    assert (
        "Nothing changed: a person paused it already. See: leadstate sla show late\n"
    ) == said.out


def test_a_paused_clock_is_resumed(floor: Floor) -> None:
    """It goes on where it stood."""
    floor.ask(*LATE)

    said = floor.ask("record", "resume", "late", "--reason", "well", "--by", "ann")

    assert 0 == said.code
    assert "    the SLA 'first_touch' goes on: well\n" in said.out
    assert 1 == len(floor.ask("sla", "--paused", "--json").data)
    states = [one["state"] for one in floor.ask("sla", "--breached", "--json").data]
    assert ["breached", "breached"] == states


def test_only_the_named_clock_is_paused(floor: Floor) -> None:
    """Others go on."""
    words = ("record", "pause", "unowned", "--reason", "ill", "--sla", "routing")

    assert 0 == floor.ask(*words).code
    found = floor.ask("sla", "show", "unowned", "--json").data["clocks"]
    assert {"look": 0, "routing": 1, "first_touch": 0} == {
        one["sla"]: len(one["pauses"]) for one in found
    }
    assert 0 == floor.ask("record", "resume", "unowned", "--sla", "routing").code


def test_what_no_person_paused_is_not_resumed(floor: Floor) -> None:
    """The workflow's own condition is nobody's to overrule."""
    said = floor.ask("record", "resume", "waits")

    assert 1 == said.code
    assert (
        "Nothing changed: no person paused it. A clock that the workflow's own "
        "condition pauses goes on when that no longer holds. "
        "See: leadstate sla show waits\n"
    ) == said.out


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (
            ["pause", "parked", "--reason", "x"],
            "the record has no open clock; open: none",
        ),
        (
            ["pause", "late", "--reason", "x", "--sla", "look"],
            "the record has no open clock 'look'; open: first_touch",
        ),
        (
            ["resume", "late", "--sla", "look"],
            "the record has no open clock 'look'; open: first_touch",
        ),
        (
            ["pause", "late", "--reason", " "],
            "a pause needs a reason: --reason 'waits for the customer'",
        ),
        (["pause", "nobody", "--reason", "x"], "no record is named 'nobody'; "),
    ],
    ids=["nothing open", "pause another", "resume another", "no reason", "nobody"],
)
def test_a_pause_that_cannot_be_is_told_why(
    floor: Floor, words: list[str], answer: str
) -> None:
    """And what could be done instead."""
    said = floor.ask("record", *words)

    assert 1 == said.code
    assert said.error.startswith(answer)


def test_a_pause_without_a_reason_is_a_usage_error(floor: Floor) -> None:
    """Somebody will ask why."""
    said = floor.ask("record", "pause", "late")

    assert 2 == said.code
    assert "Missing option '--reason'" in said.error


# -- explained -------------------------------------------------------------------------


def test_the_clocks_of_the_stage_are_explained(floor: Floor) -> None:
    """State, what is used and left, and when it is due."""
    said = explained(floor, "late")
    waits = explained(floor, "waits")

    assert "It waits for a person: the SLA 'first_touch' of MQL is broken" in said[0]
    assert re.fullmatch(r"SLA routing: met, 30m of 1h, ended " + MOMENT, said[1])
    assert re.fullmatch(
        r"SLA first_touch: breached, 5h .+ of 4h, left: over by 1h .+, due " + MOMENT,
        said[2],
    )
    assert (
        "SLA first_touch: paused, 1h of 4h, stands still while waiting is true"
        == waits[1]
    )


def test_a_parked_lead_says_when_it_wakes(floor: Floor) -> None:
    """By time, as soon as something is known, or that nobody knows."""
    [dated, *_] = explained(floor, "dated")
    [parked, *_] = explained(floor, "parked")
    moved = floor.ask("record", "move", "fresh", "sleep", "--by", "ann")
    [asleep, *_] = explained(floor, "fresh")

    assert 0 == moved.code
    assert "It wakes as soon as budget is known, and goes to mql." == dated
    assert re.fullmatch(rf"It wakes on {MOMENT}, and goes to lead\.", parked)
    assert "Nothing says when it wakes: decision_date is not known." == asleep


def test_a_lead_that_may_wake_no_more_says_so(floor: Floor) -> None:
    """A person is asked then."""
    floor.edit("max_passes: 2", "max_passes: 3", floor.workflow)
    floor.ask("record", "move", "parked", "reawaken", "--by", "ann")
    recycle = ("record", "move", "parked", "recycle", "--reason", "no_answer")
    floor.ask(*recycle)
    again = floor.ask("record", "explain", "parked", "--json").data["wakes"]
    floor.edit("max_passes: 3", "max_passes: 2", floor.workflow)

    [wakes, *_] = explained(floor, "parked")

    assert "lead" == again["to"]
    assert re.fullmatch(rf"It wakes on {MOMENT}, and is listed for a person\.", wakes)


def test_a_wish_that_waits_is_explained(floor: Floor) -> None:
    """So that nobody wonders why the lead does not move."""
    said = explained(floor, "pending")

    assert (
        "win, asked for by ann, waits for the approval of control (quinn): request 1"
        in said
    )
    assert "win (sal -> won): allowed, for sales, approved by control" in said


def test_a_closed_way_says_when_time_may_open_it(floor: Floor) -> None:
    """A day that comes nearer needs no new data."""
    said = explained(floor, "pending")

    place = said.index("close (sal -> won): refused, for anybody")
    assert re.fullmatch(rf"  can change on {MOMENT}, by time alone", said[place + 1])
    assert 1 == sum("by time alone" in line for line in said)


def test_an_explanation_is_data_for_programs(floor: Floor) -> None:
    """Clocks, requests, wake-ups and turns beside the receipts."""
    pending = floor.ask("record", "explain", "pending", "--json").data
    dated = floor.ask("record", "explain", "dated", "--json").data

    assert ["decide"] == [one["sla"] for one in pending["clocks"]]
    assert [{"request": 1, "transition": "win", "asked_by": "ann"}] == (
        pending["approvals"]
    )
    assert pending["wakes"] is None
    assert ["close"] == [
        one["transition"] for one in pending["transitions"] if one["can_change_at"]
    ]
    assert {
        "at": None,
        "on": "decision_date",
        "when": "budget is known",
        "to": "mql",
    } == dated["wakes"]


def test_a_record_without_slas_is_explained_as_before(new_floor: Floor) -> None:
    """Nothing is said about clocks that never ran: nobody knows when it came."""
    desk = new_floor.desk()
    desk.fresh("old", "mql")
    desk.app.close()

    said = explained(new_floor, "old")

    assert "accept (mql -> sal): allowed, for sales" == said[0]


# -- history ---------------------------------------------------------------------------


def test_the_history_of_an_sla_can_be_read(floor: Floor) -> None:
    """Warned, broken, told on: each with its why."""
    said = floor.ask("record", "history", "late").out
    kinds = [
        one["kind"] for one in floor.ask("record", "history", "late", "--json").data
    ]

    assert ["entered", "moved", "warned", "warned", "breached", "escalated"] == kinds
    shown = re.sub(MOMENT, "MOMENT", said)
    assert (
        "MOMENT  breached mql, timer by leadstate\n"
        "    the SLA 'first_touch' is broken\n"
        "    the clock of 'first_touch' in mql, by the calendar 'always':\n"
        "      started MOMENT\n"
        "      due MOMENT\n"
        "      owner ann\n"
        "MOMENT  escalated mql, timer by leadstate\n"
        "    the SLA 'first_touch' of MQL is broken: control has to act\n"
    ) in shown
    assert "    the SLA 'first_touch' is at risk: 50% of it is used up\n" in said
    assert "    the SLA 'first_touch' is at risk: 1h is left\n" in said


def test_the_history_of_people_can_be_read(floor: Floor) -> None:
    """Paused by the workflow, asked, declined, given to somebody."""
    waits = floor.ask("record", "history", "waits").out
    floor.ask("approvals", "decline", "1", "--by", "quinn", "--note", "too soon")
    pending = floor.ask("record", "history", "pending").out

    assert "  paused mql, automatic by leadstate\n" in waits
    assert "    the SLA 'first_touch' stands still" in waits
    assert "waiting is true\n" in waits
    assert "  approval_asked sal -> won (win), manual by ann\n" in pending
    assert "    'win' needs the approval of control\n" in pending
    assert "  declined sal (win), manual by quinn\n" in pending
    assert "    'win', asked for by ann, was declined: too soon\n" in pending
    assert "  assigned sal, " in pending
    assert "    given to Ann B., round robin of sales\n" in pending
