"""people.yaml: everybody with roles, users and absences, or a line for each mistake."""

# ruff: noqa: E501  # printed lines are compared whole

from __future__ import annotations

from contextlib import chdir
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from leadstate.definition import load_workflow_text
from leadstate.definition.people import (
    check_people,
    load_people,
    roles_of,
)
from leadstate.domain.action import Assign, Escalate, LeaveNote, Task
from leadstate.domain.lifecycle import (
    Lifecycle,
    Stage,
    StageKind,
    Transition,
)
from leadstate.domain.people import Absence, People
from leadstate.domain.sla import SLA, Calendar, Wake
from leadstate.errors import WorkflowError

if TYPE_CHECKING:
    from leadstate.definition.problems import Problem

WHOLE = """
people:
  olena:
    label: Olena K.
    email: Olena@Example.com
    roles: [sales, closers]
    users: {hubspot: "71820", amocrm: [504141, 504142]}
    calendar: kyiv
    absent: [{from: 2026-12-20, to: 2027-01-06, why: vacation}, 2026-11-03]
    gets_leads: false
  max: {roles: marketing}
"""
LIFECYCLE = Lifecycle(
    name="demo",
    title="Demo",
    version="0" * 64,
    timezone="UTC",
    fields={},
    scores={},
    criteria={},
    calendars={"kyiv": Calendar(name="kyiv", timezone="Europe/Kyiv", hours={})},
    stages={
        "lead": Stage(
            name="lead",
            label="Lead",
            kind=StageKind.OPEN,
            owner="marketing",
            on_enter=(Assign(team="sales"), LeaveNote(text="hi")),
            on_leave=(Escalate(),),
            slas=(
                SLA(
                    name="accept",
                    within=None,  # type: ignore[arg-type]
                    calendar="kyiv",
                    on_warning=(Task(text="call", due=None, to="boss"),),  # type: ignore[arg-type]
                    on_breach=(Escalate(to="heads"),),
                ),
            ),
        ),
        "rest": Stage(
            name="rest",
            label="Rest",
            kind=StageKind.PARKED,
            wake=Wake(to="lead", assign=Assign(team="wakers")),
        ),
        "idle": Stage(
            name="idle", label="Idle", kind=StageKind.PARKED, wake=Wake(to="lead")
        ),
    },
    transitions={
        "go": Transition(
            name="go",
            label="Go",
            sources=("lead",),
            target="rest",
            by=("closers",),
            approval=("quality",),
        )
    },
    teams={"support": None},
)


def read(
    text: str,
    lifecycle: Lifecycle | None = None,
    connections: tuple[str, ...] | None = None,
) -> tuple[People | None, tuple[Problem, ...]]:
    """Return what a file with this text holds, and what is wrong with it."""
    with TemporaryDirectory() as folder, chdir(folder):
        Path("p.yaml").write_text(text, encoding="utf-8")
        held = () if lifecycle is None else (lifecycle,)
        return check_people("p.yaml", *held, connections=connections)


def lines(
    text: str,
    lifecycle: Lifecycle | None = None,
    connections: tuple[str, ...] | None = None,
) -> list[str]:
    """Return every line that is printed about a file."""
    found = read(text, lifecycle, connections)
    return [str(one) for one in found[1]]


def test_everybody_is_read_with_all_that_is_said() -> None:
    """Names, roles, ids of each CRM, own hours, absences by their dates."""
    people, problems = read(WHOLE, LIFECYCLE, ("hubspot", "amocrm"))

    assert people is not None
    olena, other = people.by_name.values()
    assert () == problems
    assert ("olena", "Olena K.", "olena@example.com", "kyiv", False) == (
        olena.name,
        olena.label,
        olena.email,
        olena.calendar,
        olena.gets_leads,
    )
    assert {"sales", "closers"} == olena.roles
    assert {"hubspot": ("71820",), "amocrm": ("504141", "504142")} == olena.users
    assert (
        Absence(date(2026, 12, 20), date(2027, 1, 6), "vacation"),
        Absence(date(2026, 11, 3), date(2026, 11, 3)),
    ) == olena.absences
    assert ("max", "max", "", None, True, {"marketing"}) == (
        other.name,
        other.label,
        other.email,
        other.calendar,
        other.gets_leads,
        other.roles,
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("- olena", "LS101 p.yaml:1:1 the file must be a mapping, a list was found. Its keys are: people."),
        ("{}", "LS103 p.yaml:1:1 the file lacks 'people'. Add `people: …`: Everybody, by names of your own."),
        ("people: {olena: sales}", "LS101 p.yaml:1:17 person 'olena' must be a mapping, the text 'sales' was found. Its keys are: label, email, roles, users, calendar, absent, gets_leads."),
        ("people: {Olena: {}}", "LS111 p.yaml:1:10 'Olena' under 'people' is not a name, because names are lower-case letters, digits and _, a letter first. Write 'olena'."),
        ("people: {a: {role: sales}}", "LS102 p.yaml:1:14 person 'a' has the unknown key 'role'. Did you mean 'roles'? Known: label, email, roles, users, calendar, absent, gets_leads."),
        ("people: {a: {}, a: {}}", "LS005 p.yaml:1:17 the key 'a' stands twice, first at 1:10. Keep one of them."),
        ("people: {a: {roles: [Sales]}}", "LS111 p.yaml:1:22 'Sales' under 'roles' is not a name, because names are lower-case letters, digits and _, a letter first. Write 'sales'."),
        ("people: {a: {email: nobody}}", "LS701 p.yaml:1:21 person 'a' has the e-mail address 'nobody'. Write it as olena@example.com."),
        ("people: {a: {users: {hubspot: []}}}", "LS101 p.yaml:1:31 person 'a': 'hubspot' must be an id or a list of ids, an empty list was found."),
        ("people: {a: {users: {hubspot: ''}}}", "LS101 p.yaml:1:31 person 'a': 'hubspot' must be an id or a list of ids, the text '' was found."),
        ("people: {a: {users: {hubspot: [[7]]}}}", "LS101 p.yaml:1:31 person 'a': 'hubspot' must be an id or a list of ids, a list was found."),
        ("people: {a: {users: {hubspot: 7}}, b: {users: {hubspot: [8, 7]}}}", "LS702 p.yaml:1:61 person 'b' is user '7' of hubspot, and so is 'a', at 1:31. Keep one of them."),
        ("people: {a: {users: {hubspot: [7, 7]}}}", "LS702 p.yaml:1:35 person 'a' is user '7' of hubspot, and so is 'a', at 1:32. Keep one of them."),
        ("people: {a: {absent: [2026-02-30]}}", "LS116 p.yaml:1:23 person 'a' has the date '2026-02-30', which is not a day of the calendar. Write it as 2026-12-24."),
        ("people: {a: {absent: [[1]]}}", "LS101 p.yaml:1:23 person 'a': an absence must be a mapping, a list was found. Its keys are: from, to, why."),
        ("people: {a: {absent: [{from: 2026-12-20}]}}", "LS103 p.yaml:1:23 person 'a': an absence lacks 'to'. Add `to: …`: The last day; it counts too."),
        ("people: {a: {absent: [{from: x, to: 2026-12-20}]}}", "LS116 p.yaml:1:30 person 'a': an absence has the date 'x', which is not a day of the calendar. Write it as 2026-12-24."),
        ("people: {a: {absent: [{from: 2026-12-20, to: 2026-12-19}]}}", "LS703 p.yaml:1:46 person 'a' is absent from 2026-12-20 to 2026-12-19, which ends before it begins. Write the earlier day first."),
        ("people: {a: {gets_leads: nope}}", "LS110 p.yaml:1:26 person 'a': 'gets_leads' is 'nope'. Write true or false, without quotes."),
        ("people: {a: {calendar: 9-17}}", "LS108 p.yaml:1:24 person 'a' has the hours of '9-17', and no such calendar is declared. Known: kyiv."),
        ("people: {a: {roles: [salse]}}", "LS704 p.yaml:1:22 warning: person 'a' has the role 'salse', and the workflow names no such team or role. Did you mean 'sales'? Known: boss, closers, heads, marketing, quality, sales, support, wakers."),
        ("people: {a: {users: {hubspott: 7}}}", "LS705 p.yaml:1:22 person 'a' is a user of 'hubspott', and the settings have no such connection. Did you mean 'hubspot'? Known: hubspot."),
    ],
)  # fmt: skip
def test_every_mistake_has_its_place_and_its_remedy(text: str, line: str) -> None:
    """One line from which a person can mend the file alone."""
    assert [line] == lines(text, LIFECYCLE, ("hubspot",))


def test_a_file_alone_is_held_against_nothing_else() -> None:
    """Without workflow and settings any role, calendar and connection will do."""
    assert [] == lines(WHOLE)


def test_a_warning_leaves_the_people_usable() -> None:
    """A role that nothing asks for is odd, and harms nobody."""
    people, problems = read("people: {a: {roles: [chef]}}", LIFECYCLE)

    assert ["LS704"] == [one.code for one in problems]
    assert people is not None
    assert {"chef"} == people.by_name["a"].roles


def test_every_role_that_a_workflow_names_is_known() -> None:
    """Owners of stages, roles of transitions, and whoever an action is for."""
    assert {
        "boss",
        "closers",
        "heads",
        "marketing",
        "quality",
        "sales",
        "support",
        "wakers",
    } == roles_of(LIFECYCLE)


def test_a_file_of_people_is_loaded(tmp_path: Path) -> None:
    """By its path, as the settings name it."""
    file = tmp_path / "people.yaml"
    file.write_text(WHOLE, encoding="utf-8")

    assert ["olena", "max"] == list(load_people(file).by_name)
    assert ["olena", "max"] == list((check_people(file)[0] or People()).by_name)


def test_a_file_with_mistakes_is_refused_with_all_of_them(tmp_path: Path) -> None:
    """Warnings do not stop anybody, and are not repeated as mistakes."""
    file = tmp_path / "people.yaml"
    file.write_text("people: {a: {role: x, email: y, roles: [z]}}", encoding="utf-8")

    with pytest.raises(WorkflowError) as caught:
        load_people(file, LIFECYCLE)

    assert ["LS102", "LS701"] == [line[:5] for line in caught.value.problems]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With its path."""
    with pytest.raises(WorkflowError, match=r"LS001 .*no\.yaml:1:1 the file cannot"):
        load_people(tmp_path / "no.yaml")


def test_people_of_the_shipped_language_need_no_workflow_text() -> None:
    """A workflow from its file fits too."""
    workflow = load_workflow_text(
        "workflow: d\nstages: {a: {owner: sales, initial: true}, b: {kind: won}}\n"
        "transitions: {t: {from: a, to: b}}\n"
    )

    assert [] == lines("people: {a: {roles: sales}}", workflow)
