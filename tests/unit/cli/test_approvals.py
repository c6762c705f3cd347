"""`leadstate approvals`: moves that wait for somebody else, and the answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from leadstate.service.commands.approving import answer_item

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Floor, Said

MOMENT = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
CONTROL = {"roles": ["control"], "people": ["quinn"]}


def lines(said: Said) -> list[str]:
    """Return what was printed, with single spaces."""
    return [" ".join(line.split()) for line in said.out.splitlines()]


def stage(floor: Floor) -> str:
    """Return where the lead is whose move waits."""
    return str(floor.ask("record", "show", "pending", "--json").data["stage"])


def test_what_waits_is_listed_with_who_may_answer(floor: Floor) -> None:
    """Who asked, why, and who else can agree."""
    head, row, how = lines(floor.ask("approvals"))

    assert "id record move asked by asked why who may approve state" == head
    assert re.fullmatch(
        rf"1 [0-9a-f]{{12}} win ann {MOMENT} signed control \(quinn\) pending", row
    )
    assert "Answer with: leadstate approvals approve ID, or decline ID" == how


def test_what_waits_is_data_for_programs(floor: Floor) -> None:
    """The same under names that stay."""
    [data] = floor.ask("approvals", "list", "--json").data

    assert (1, "win", "ann", "signed", "pending", None) == tuple(
        data[name]
        for name in ("id", "transition", "asked_by", "note", "state", "decided_by")
    )
    assert CONTROL == data["approvers"]


def test_nothing_that_waits_is_said_to_be_nothing(new_floor: Floor) -> None:
    """An empty list for programs, a sentence for people."""
    assert "No move waits for an agreement.\n" == new_floor.ask("approvals").out
    assert [] == new_floor.ask("approvals", "--json").data


def test_a_move_that_needs_approval_says_that_it_waits(floor: Floor) -> None:
    """The number, who may agree, and the command; it is no failure."""
    words = ("record", "move", "pending", "win", "--by", "bob")

    said, data = floor.ask(*words), floor.ask(*words, "--json")

    assert (0, 0) == (said.code, data.code)
    assert "  approval_asked sal -> won (win), manual by bob\n" in said.out
    assert said.out.endswith(
        "It waits for the approval of control (quinn): request 1. Answer with: "
        "leadstate approvals approve 1, or decline 1\n"
    )
    assert {"request": 1} | CONTROL == data.data["waits_for"]
    assert data.data["refused"] is False
    assert "sal" == stage(floor)


def test_a_move_that_needs_nobody_waits_for_nothing(floor: Floor) -> None:
    """Programs can tell by one name."""
    said = floor.ask("record", "move", "pending", "lose", "--by", "ann", "--json")

    assert (0, None) == (said.code, said.data["waits_for"])


def test_an_agreement_makes_the_move(floor: Floor) -> None:
    """The note stands in the history; the request leaves the list."""
    said = floor.ask("approvals", "approve", "1", "--by", "quinn", "--note", "well")

    assert 0 == said.code
    assert "  moved sal -> won (win), manual by ann\n" in said.out
    assert "    signed; approved by quinn: well\n" in said.out
    assert "won" == stage(floor)
    assert [] == floor.ask("approvals", "--json").data
    _, row = lines(floor.ask("approvals", "--all"))
    assert row.endswith("control (quinn) approved by quinn: well")


def test_an_agreement_is_data_for_programs(floor: Floor) -> None:
    """The rows that it left."""
    said = floor.ask("approvals", "approve", "1", "--by", "quinn", "--json")

    assert (0, False) == (said.code, said.data["refused"])
    assert ["moved"] == [one["kind"] for one in said.data["entries"]]
    [answered] = floor.ask("approvals", "list", "--all", "--json").data
    assert ("approved", "quinn") == (answered["state"], answered["decided_by"])


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("ann", "ann asked for it, and somebody else must approve it"),
        ("bob", "'win' is approved by control; bob has sales"),
    ],
)
def test_who_may_not_agree_is_told_why(floor: Floor, name: str, answer: str) -> None:
    """Not who asked, and not who has another role; the request waits on."""
    said = floor.ask("approvals", "approve", "1", "--by", name)

    assert 1 == said.code
    assert f"    {answer}\n" in said.out
    assert "people file" not in said.out
    assert "sal" == stage(floor)
    assert 1 == len(floor.ask("approvals", "--json").data)


def test_a_stranger_is_told_how_to_say_who_they_are(floor: Floor) -> None:
    """A login name is not always the name in the people file."""
    words = ("approvals", "approve", "1", "--by", "root")

    said, data = floor.ask(*words), floor.ask(*words, "--json")

    assert (1, 1) == (said.code, data.code)
    assert said.out.endswith(
        "root is not in the people file, and so has no role. Say who you are with "
        "--by NAME: ann, bob, eve, quinn\n"
    )
    assert data.data["refused"] is True


def test_roles_on_the_command_line_do_not_beat_the_people_file(floor: Floor) -> None:
    """Nobody makes themselves a controller; the answer says why it did not count."""
    said = floor.ask("approvals", "approve", "1", "--by", "bob", "--as", "control")

    assert 1 == said.code
    assert said.out.endswith(
        "--as is not looked at: the people file says which roles bob has\n"
    )


def test_without_a_people_file_the_roles_are_taken_as_said(floor: Floor) -> None:
    """Whoever may run the command is believed; nobody is listed by name."""
    floor.edit("people: people.yaml\n", "")
    before = lines(floor.ask("approvals"))

    refused = floor.ask("approvals", "approve", "1", "--by", "bob", "--as", "sales")
    agreed = floor.ask("approvals", "approve", "1", "--by", "bob", "--as", "control")

    assert before[1].endswith("signed control pending")
    assert (1, 0) == (refused.code, agreed.code)
    assert "    'win' is approved by control; bob has sales\n" in refused.out
    assert "people file" not in refused.out
    assert "won" == stage(floor)


def test_a_declined_move_is_not_made(floor: Floor) -> None:
    """It is an answer, not a failure; the note says why."""
    said = floor.ask("approvals", "decline", "1", "--by", "quinn", "--note", "too soon")

    assert 0 == said.code
    assert "'win', asked for by ann, was declined: too soon" in said.out
    assert "sal" == stage(floor)
    _, row = lines(floor.ask("approvals", "--all"))
    assert row.endswith("declined by quinn: too soon")


def test_who_asked_may_take_it_back(floor: Floor) -> None:
    """And nobody else who has not the role."""
    stranger = floor.ask("approvals", "decline", "1", "--by", "bob")
    own = floor.ask("approvals", "decline", "1", "--by", "ann", "--json")

    assert (1, 0) == (stranger.code, own.code)
    assert "'win', asked for by ann, is answered by control" in stranger.out
    assert ["declined"] == [one["kind"] for one in own.data["entries"]]


def test_an_answered_request_is_told_with_its_answer(floor: Floor) -> None:
    """And by whom."""
    floor.ask("approvals", "decline", "1", "--by", "quinn")

    for answer in ("approve", "decline"):
        said = floor.ask("approvals", answer, "1", "--by", "quinn")
        assert 1 == said.code
        assert "request 1 is declined by quinn already" == said.error


def test_an_answer_that_came_too_late_says_so(floor: Floor) -> None:
    """Somebody else's was in the inbox already."""
    desk = floor.desk()
    quicker = answer_item(desk.app, 1, agreed=False, actor="quinn")
    with desk.app.store.begin() as work:
        work.inbox.add([quicker])
        work.commit()
    desk.app.close()

    said = floor.ask("approvals", "approve", "1", "--by", "quinn")

    assert 1 == said.code
    assert (
        "Somebody answered it meanwhile; see: leadstate approvals list --all\n"
    ) == said.out
    assert "sal" == stage(floor)


def test_an_unknown_request_is_told_how_to_list_them(floor: Floor) -> None:
    """A number that is none is a usage error."""
    said = floor.ask("approvals", "approve", "99")

    assert 1 == said.code
    assert "there is no request 99; list them with: leadstate approvals" == said.error
    assert 2 == floor.ask("approvals", "approve", "first").code


def test_a_request_of_a_lead_that_moved_is_void(floor: Floor) -> None:
    """Its state says so, nobody has to answer, and nothing asks for an answer."""
    floor.ask("record", "move", "pending", "lose", "--by", "ann")

    said = floor.ask("approvals", "--all")

    assert lines(said)[-1].endswith("control (quinn) void")
    assert [] == floor.ask("approvals", "--json").data


def test_a_transition_without_approval_any_more_has_no_approvers(
    floor: Floor,
) -> None:
    """The workflow changed after somebody asked."""
    floor.edit(", approval: control}", "}", floor.workflow)

    assert "signed nobody any more pending" in lines(floor.ask("approvals"))[1]
    floor.edit("  win: {", "  gain: {", floor.workflow)
    assert "signed nobody any more pending" in lines(floor.ask("approvals"))[1]


def test_a_cut_list_says_that_there_is_more(floor: Floor) -> None:
    """A limit is told."""
    said = floor.ask("approvals", "--limit", "1")

    assert "(the first 1; more with --limit)" in said.out
