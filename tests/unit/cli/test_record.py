"""`leadstate record`: the same answers for people and for programs."""

from __future__ import annotations

import getpass
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from doubles import busy

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Office, Said

NEW, RIPE, WITH_SALES, FLAGGED = (f"70010000{one}" for one in range(1, 5))
HOSTILE = "Eve\x1b[2J\x07\u202e"
SHOWN = r"Eve\x1b[2J\x07\x202e"
READING = ("show", "history", "explain")


def id_of(office: Office, crm_id: str) -> str:
    """Return the id of the record behind a CRM's object."""
    return str(office.ask("record", "show", crm_id, "--json").data["id"])


def stages(said: Said) -> list[str]:
    """Return the stages of a listing."""
    return sorted(one["stage"] for one in said.data)


def test_every_record_is_listed_with_what_it_waits_for(office: Office) -> None:
    """A line a record, by the beginning of the id that other commands take."""
    said = office.ask("record", "list")

    head, *lines = said.out.splitlines()
    assert ["record", "stage", "since", "pass", "waits", "because"] == head.split()
    listed = {line.split()[0]: line.split()[1] for line in lines}
    wanted = {NEW: "lead", RIPE: "mql", WITH_SALES: "sal", FLAGGED: "won"}
    assert listed == {
        id_of(office, crm_id)[:12]: stage for crm_id, stage in wanted.items()
    }
    assert 1 == said.out.count("moved in the CRM from 'lead' to 'won'")


@pytest.mark.parametrize(
    ("narrowed", "found"),
    [
        ([], ["lead", "mql", "sal", "won"]),
        (["--stage", "mql"], ["mql"]),
        (["--stage", "lost"], []),
        (["--flagged"], ["won"]),
        (["--when", "score.fit >= 40"], ["mql"]),
        (["--when", "company_size is unknown"], ["lead", "sal", "won"]),
        (["--when", "company_size is unknown", "--flagged"], ["won"]),
        (["--when", "company_size is unknown", "--stage", "sal"], ["sal"]),
    ],
    ids=lambda value: " ".join(value) or "nothing",
)
def test_listing_is_narrowed_by_stage_flag_and_condition(
    office: Office, narrowed: list[str], found: list[str]
) -> None:
    """Every option alone and together."""
    assert found == stages(office.ask("record", "list", "--json", *narrowed))


def test_cut_listing_says_that_there_is_more(office: Office) -> None:
    """A limit is told, so that nobody takes a part for the whole."""
    assert "(the first 2; more with --limit)" in (
        office.ask("record", "list", "--limit", "2").out
    )
    assert "more with" not in office.ask("record", "list", "--limit", "5").out
    assert 2 == office.ask("record", "list", "--limit", "0").code


def test_unknown_stage_lists_the_known_ones(office: Office) -> None:
    """In the order of the workflow."""
    said = office.ask("record", "list", "--stage", "qualified")

    assert 1 == said.code
    assert (
        "there is no stage 'qualified'; "
        "known: lead, mql, sal, sql, backlog, nurture, won, lost"
    ) == said.error


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        ("score.fit >=", "condition:1:13 expected a value, found the end"),
        ("budgett >= 1", "Did you mean 'budget'?"),
    ],
)
def test_bad_condition_is_told_with_its_place(
    office: Office, condition: str, answer: str
) -> None:
    """The same words as for a condition in a workflow file."""
    said = office.ask("record", "list", "--when", condition)

    assert 1 == said.code
    assert answer in said.error


@pytest.mark.parametrize("name", READING)
def test_unknown_record_is_told_how_to_name_one(office: Office, name: str) -> None:
    """With the command that lists them."""
    said = office.ask("record", name, "nobody")

    assert 1 == said.code
    assert (
        "no record is named 'nobody'; use a record's id, its first characters, or the "
        "CRM's id. List records with: leadstate record list"
    ) == said.error


def test_ambiguous_beginning_names_the_candidates(blank: Office) -> None:
    """Of seventeen ids of hexadecimal digits, two begin alike."""
    desk = blank.desk()
    desk.tell(*[desk.crm.create(f"7001002{one:02}") for one in range(17)])
    desk.settle()
    desk.app.close()
    ids = sorted(one["id"] for one in blank.ask("record", "list", "--json").data)
    first = next(a for a, b in pairwise(ids) if a[0] == b[0])[0]
    alike = [one for one in ids if one[0] == first]

    said = blank.ask("record", "show", first)

    assert 1 == said.code
    assert f"{first!r} names several records: {', '.join(alike[:5])}" == said.error


def test_record_is_found_by_id_beginning_or_the_id_of_the_crm(office: Office) -> None:
    """Three names, one record."""
    whole = id_of(office, RIPE)

    assert {whole} == {id_of(office, name) for name in (whole, whole[:12], RIPE)}


def test_shown_record_tells_values_events_links_and_visits(office: Office) -> None:
    """Everything that belongs to it, for people."""
    lines = office.ask("record", "show", RIPE).out.splitlines()

    assert lines[0].startswith(f"{id_of(office, RIPE)}  mql since ")
    assert lines[0].endswith(", pass 1, active")
    assert ["  company_size: 80", "  job_role: director"] == lines[1:3]
    assert lines[3].startswith("  demo_requested at ")
    assert f"crm contacts {RIPE}: active, stage there: mql" == lines[4]
    assert ["visit", "lead", "mql"] == [line.split()[0] for line in lines[5:]]
    assert "waits for a person: moved in" in office.ask("record", "show", FLAGGED).out


def test_shown_record_is_data_for_programs(office: Office) -> None:
    """The same under names that stay; what goes on has no end yet."""
    data = office.ask("record", "show", RIPE, "--json").data

    assert {"job_role": "director", "company_size": 80} == data["values"]
    assert ["demo_requested"] == [one["event"] for one in data["events"]]
    assert [RIPE] == [one["id"] for one in data["links"]]
    assert [("lead", False), ("mql", True)] == [
        (one["stage"], one["left_at"] is None) for one in data["visits"]
    ]
    assert [] == data["waiting_writes"]


def test_write_that_waits_is_shown_with_its_trouble(office: Office) -> None:
    """What the CRM does not know yet, and why."""
    desk = office.desk()
    desk.crm.trouble["write"] = [busy()]
    desk.move(WITH_SALES, "lose", "sales", reason="price")
    desk.push()
    desk.app.close()

    said = office.ask("record", "show", WITH_SALES).out
    [waiting] = office.ask("record", "show", WITH_SALES, "--json").data[
        "waiting_writes"
    ]

    assert "waiting: stage to crm, try 1" in said
    assert "the CRM is busy" in said
    assert ("stage", "crm", 1) == tuple(
        waiting[name] for name in ("kind", "connection", "attempts")
    )


def test_history_tells_every_step_and_its_why(office: Office) -> None:
    """Who, from where to where, with the receipt of that moment."""
    said = office.ask("record", "history", WITH_SALES).out
    kinds = office.ask("record", "history", WITH_SALES, "--json").data

    assert "  entered mql, import by crm\n" in said
    assert "  moved mql -> sal (accept), manual by olena\n" in said
    assert "      + Is neither spam nor an existing client\n" in said
    assert ["entered", "moved"] == [one["kind"] for one in kinds]
    assert "    answer: flag\n" in office.ask("record", "history", FLAGGED).out


def test_explanation_tells_each_way_and_who_may_take_it(office: Office) -> None:
    """Open or closed, for whom, and what is missing."""
    whole = id_of(office, WITH_SALES)

    said = office.ask("record", "explain", WITH_SALES).out
    data = office.ask("record", "explain", WITH_SALES, "--json").data

    assert said.startswith(f"{whole} is in sal.\n")
    assert "lose (sal -> lost): allowed, for sales, with a reason\n" in said
    assert "confirm (sal -> sql): refused, for quality_control\n" in said
    assert "? Budget >= 10000: nothing known\n" in said
    assert ["recycle", "confirm", "postpone", "lose"] == [
        one["transition"] for one in data["transitions"]
    ]


def test_explanation_of_an_automatic_way_and_of_a_final_stage(office: Office) -> None:
    """Nobody takes the one, and none leaves the other."""
    new = office.ask("record", "explain", NEW).out
    final = office.ask("record", "explain", FLAGGED).out

    assert "qualify (lead -> mql): refused, automatic\n" in new
    assert "It waits for a person: moved in the CRM from 'lead' to 'won'" in final
    assert final.endswith("No transition leaves this stage.\n")


def test_move_is_made_by_who_asks_and_told(office: Office) -> None:
    """Role, name, reason and note arrive in the history."""
    words = (
        "--as",
        "sales",
        "--by",
        "olena",
        "--reason",
        "price",
        "--note",
        "too dear",
    )

    said = office.ask("record", "move", WITH_SALES, "lose", *words)

    assert 0 == said.code
    assert (
        "  moved sal -> lost (lose), manual by olena\n    reason: price\n" in said.out
    )
    assert "    too dear\n" in said.out
    assert "lost" == office.ask("record", "show", WITH_SALES, "--json").data["stage"]


def test_refused_move_says_why_and_fails(office: Office) -> None:
    """Exit code 1, the record where it was, for people and for programs."""
    said = office.ask("record", "move", WITH_SALES, "lose", "--as", "sales")
    data = office.ask("record", "move", WITH_SALES, "win", "--as", "sales", "--json")

    assert (1, 1) == (said.code, data.code)
    assert "a reason is required (competitor, price, no_decision, other)" in said.out
    assert data.data["refused"] is True
    assert ["refused"] == [one["kind"] for one in data.data["entries"]]
    assert data.data["dead_letter"] is None
    assert "sal" == office.ask("record", "show", WITH_SALES, "--json").data["stage"]


def test_move_of_a_closed_record_is_told_as_its_letter(blank: Office) -> None:
    """What cannot be judged at all fails with its reason."""
    desk = blank.desk()
    desk.take_in(NEW)
    desk.tell(desk.crm.delete(NEW))
    desk.settle()
    desk.app.close()
    words = ("record", "move", NEW, "lose", "--as", "sales", "--reason", "price")

    said = blank.ask(*words)
    data = blank.ask(*words, "--json")

    assert (1, 1) == (said.code, data.code)
    assert "is closed; it cannot be moved" in said.out
    assert "is closed; it cannot be moved" in data.data["dead_letter"]


@pytest.mark.parametrize("error", [KeyError("uid"), OSError("no name")], ids=repr)
def test_user_without_a_name_moves_as_unknown(
    office: Office, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """A container's user may have no login name."""

    def nameless() -> str:
        raise error

    monkeypatch.setattr(getpass, "getuser", nameless)

    said = office.ask("record", "move", WITH_SALES, "win", "--as", "sales", "--json")

    assert ["unknown"] == [one["actor"] for one in said.data["entries"]]


def test_names_of_leads_cannot_command_the_terminal(blank: Office) -> None:
    """What a lead calls itself is spelt out, wherever it is printed."""
    desk = blank.desk()
    desk.take_in(NEW, firstname=HOSTILE, company_size="many")
    desk.app.close()

    said = [blank.ask("record", name, NEW).out for name in READING]

    assert f"  first_name: {SHOWN}\n" in said[0]
    assert [] == [one for one in "".join(said) if not one.isprintable() and one != "\n"]


def test_value_that_cannot_be_read_is_shown_as_it_came(blank: Office) -> None:
    """Nobody has to look into the CRM to see what is wrong there."""
    desk = blank.desk()
    desk.take_in(NEW, budget="a lot")
    desk.app.close()

    assert "  budget: cannot be read: a lot\n" in blank.ask("record", "show", NEW).out


FORGED = "a CRM\n  budget: 9999999\r\x1b[2J\u202e"


def test_a_line_break_in_a_value_forges_no_line(blank: Office) -> None:
    """What a lead typed into a form stands in the line of its field alone."""
    desk = blank.desk()
    desk.take_in(NEW, need=FORGED)
    desk.app.close()

    said = blank.ask("record", "show", NEW)

    assert (
        r"  need: a CRM\x0a  budget: 9999999\x0d\x1b[2J\x202e" in said.out.splitlines()
    )
    assert "\n  budget: 9999999" not in said.out
    assert FORGED == blank.ask("record", "show", NEW, "--json").data["values"]["need"]


@pytest.mark.parametrize(
    "text",
    [
        "\ud800 half",
        "before\x00after",
        "x" * 100_000,
        "\u2028\u2029\x85",
        "\udcff" * 50,
    ],
    ids=["half a surrogate", "NUL", "100 kB", "separators", "bytes of no text"],
)
def test_every_view_of_a_record_survives_any_text(blank: Office, text: str) -> None:
    """As JSON carries it, and as a stranger types it."""
    desk = blank.desk()
    desk.take_in(NEW, need=text, job_title=text, decision_date=text)
    desk.app.close()

    for words in (("show", NEW), ("history", NEW), ("explain", NEW), ("list",)):
        for more in ((), ("--json",)):
            said = blank.ask("record", *words, *more)
            assert 0 == said.code, said.error
            said.out.encode("utf-8")
