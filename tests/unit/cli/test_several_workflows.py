"""Two workflows in one installation: which one a command speaks of, and all of them."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from leadstate.clock import SystemClock
from leadstate.definition.workflow import load_workflow
from leadstate.settings import load_settings
from leadstate.store import open_store

if TYPE_CHECKING:
    from typing import Any

    from tests.unit.cli.conftest import Office

B2B, FLOOR = "b2b_lifecycle", "floor"
BOTH = [B2B, FLOOR]


def change(office: Office, statement: str, *values: object) -> None:
    """Change the database behind Leadstate's back."""
    file = office.folder / "leadstate.db"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(statement, values)


def words(text: str) -> list[str]:
    """Return the lines with single spaces."""
    return [" ".join(line.split()) for line in text.splitlines()]


def first_record(office: Office, workflow: str, stage: str) -> Any:
    """Return a record of a workflow, as data."""
    said = office.ask(
        "record", "list", "--workflow", workflow, "--stage", stage, "--json"
    )
    return said.data[0]


def table(office: Office, what: str, *options: str) -> list[dict[str, str]]:
    """Return an export as rows."""
    said = office.ask("export", what, "-o", "-", *options)
    return list(csv.DictReader(io.StringIO(said.out)))


# -- one of them -----------------------------------------------------------------------


def test_command_about_one_workflow_asks_which(both: Office) -> None:
    """A report is of one workflow; those there are are named."""
    said = both.ask("report", "funnel")

    assert 1 == said.code
    assert (
        "there are several workflows: b2b_lifecycle, floor. Say which one with "
        "--workflow NAME"
    ) == said.error


@pytest.mark.parametrize("name", BOTH)
def test_report_says_of_which_workflow_it_is(both: Office, name: str) -> None:
    """In its title, and in its data."""
    said = both.ask("report", "funnel", "--workflow", name)
    data = both.ask("report", "funnel", "--workflow", name, "--json").data

    assert said.out.startswith(f"Funnel of {name}, as of ")
    assert name == data["about"]["workflow"]


def test_environment_can_choose_the_workflow(
    both: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who works with one all day says it once."""
    monkeypatch.setenv("LEADSTATE_WORKFLOW", FLOOR)

    assert both.ask("report", "funnel").out.startswith("Funnel of floor, ")


def test_unknown_workflow_is_told_with_the_nearest(both: Office) -> None:
    """Those that are there are listed."""
    wanted = (
        "there is no workflow 'flor'. Did you mean 'floor'? The settings have: "
        "b2b_lifecycle, floor"
    )

    assert wanted == both.ask("status", "--workflow", "flor").error
    assert wanted == both.ask("setup", "--workflow", "flor").error


def test_one_workflow_can_be_named_too(office: Office) -> None:
    """Where there is one, its name is accepted and no other."""
    right = office.ask("status", "--workflow", B2B, "--json")
    wrong = office.ask("status", "--workflow", FLOOR)

    assert B2B == right.data["workflow"]
    assert f"there is no workflow '{FLOOR}'. The settings have: {B2B}" == wrong.error


# -- what belongs to one ---------------------------------------------------------------


@pytest.mark.parametrize(("name", "stage"), [(B2B, "won"), (FLOOR, "backlog")])
def test_record_finds_its_workflow(both: Office, name: str, stage: str) -> None:
    """The id says whose it is; its workflow's transitions are explained."""
    id_ = first_record(both, name, stage)["id"]

    for command in ("show", "history", "explain"):
        said = both.ask("record", command, id_)
        assert (0, "") == (said.code, said.error)
    assert stage == both.ask("record", "show", id_, "--json").data["stage"]


def test_id_of_a_crm_that_names_two_records_is_asked_about(both: Office) -> None:
    """The same object may be a record of each workflow: both are listed."""
    ids = [first_record(both, name, "lead")["id"] for name in BOTH]
    for id_ in ids:
        change(both, "UPDATE link SET external_id = 'hs-77' WHERE record_id = ?", id_)

    said = both.ask("record", "show", "hs-77")
    chosen = both.ask("record", "show", "hs-77", "--workflow", FLOOR, "--json")

    assert said.error.startswith("several workflows have it: ")
    assert all(
        f"{id_} ({name})" in said.error for id_, name in zip(ids, BOTH, strict=True)
    )
    assert said.error.endswith(". Say which one with --workflow NAME")
    assert ids[1] == chosen.data["id"]


def test_record_of_another_workflow_is_none_of_the_chosen(both: Office) -> None:
    """Who names a workflow gets nothing of another."""
    id_ = first_record(both, B2B, "won")["id"]

    said = both.ask("record", "show", id_, "--workflow", FLOOR)

    assert 1 == said.code
    assert said.error.startswith(f"no record is named '{id_}'")


def test_nothing_of_a_name_is_told_as_ever(both: Office) -> None:
    """Several workflows make no difference to what is not there."""
    said = both.ask("record", "show", "nobody")

    assert said.error.startswith("no record is named 'nobody'; use a record's id")


def test_approval_is_answered_in_its_workflow(both: Office) -> None:
    """The number of the request says which workflow has to judge it."""
    [waits] = both.ask("approvals", "--json").data

    said = both.ask("approvals", "decline", str(waits["id"]), "--by", "quinn", "--json")

    assert FLOOR == waits["workflow"]
    assert [] == both.ask("approvals", "--json").data
    assert said.data["entries"][0]["record_id"] == waits["record_id"]


def test_dead_letter_is_replayed_in_its_workflow(both: Office) -> None:
    """Its object is due again in the workflow that could not read it."""
    [letter] = both.ask("dead-letters", "list", "--json").data

    said = both.ask("dead-letters", "replay", str(letter["id"]))
    wrong = both.ask("dead-letters", "replay", "1", "--workflow", FLOOR)

    assert B2B == letter["workflow"]
    assert "is due again" in said.out
    assert "there is no open dead letter 1" in wrong.error
    data = both.ask("status", "--json").data["workflows"]
    assert (1, 0) == tuple(data[one]["inbox"].get("pending", 0) for one in BOTH)


def test_person_of_a_record_is_forgotten_in_its_workflow(both: Office) -> None:
    """Whoever asks need not know which workflow it is."""
    id_ = first_record(both, FLOOR, "backlog")["id"]

    done = both.ask("erase", id_, "--yes", "--json").data

    assert (True, [id_]) == (done["erased"], done["record_ids"])
    said = both.ask("record", "list", "--json").data
    assert "erased" in {one["status"] for one in said if one["id"] == id_} or not [
        one for one in said if one["id"] == id_
    ]


def test_person_with_an_address_is_forgotten_in_every_workflow(both: Office) -> None:
    """Nobody who asks to be forgotten means one workflow; the preview names each."""
    ids = [first_record(both, name, "lead")["id"] for name in BOTH]
    for id_ in ids:
        change(
            both,
            "UPDATE record SET data = json_set(data, '$.email', 'a@b.example') "
            "WHERE id = ?",
            id_,
        )

    done = both.ask("erase", "--email", "a@b.example", "--yes", "--json").data

    assert dict(zip(ids, BOTH, strict=True)) == done["workflows"]
    assert set(ids) == set(done["record_ids"])


def test_steps_of_an_adapter_name_each_workflow(both: Office) -> None:
    """What is proposed can be typed as it stands."""
    said = both.ask("adapters", "setup", "hubspot").out

    for name in BOTH:
        assert f"--workflow {name} --apply\n" in said


# -- all of them -----------------------------------------------------------------------


def test_status_shows_each_workflow(both: Office) -> None:
    """Stages and queues of each; the history is one, and stands once."""
    lines = words(both.ask("status").out)
    data = both.ask("status", "--json").data

    assert 1 == sum(line.startswith("b2b_lifecycle version ") for line in lines)
    assert 1 == sum(line.startswith("floor version ") for line in lines)
    assert 1 == sum(line.startswith("history ") for line in lines)
    assert BOTH == list(data["workflows"])
    assert 8 == sum(data["workflows"][FLOOR]["stages"].values())
    assert 4 == sum(data["workflows"][B2B]["stages"].values())


def test_status_of_a_chosen_workflow_has_its_usual_shape(both: Office) -> None:
    """A program that knows one workflow reads one of several the same way."""
    data = both.ask("status", "--workflow", FLOOR, "--json").data

    assert (FLOOR, 8) == (data["workflow"], sum(data["stages"].values()))


@pytest.mark.parametrize(
    ("command", "names"),
    [
        (("sla",), BOTH),
        (("sla", "summary"), BOTH),
        (("approvals",), [FLOOR]),
        (("dead-letters", "list"), [B2B]),
        (("record", "list"), BOTH),
    ],
    ids=" ".join,
)
def test_lists_are_of_all_workflows(
    both: Office, command: tuple[str, ...], names: list[str]
) -> None:
    """A column for people, a key for programs; neither where one is chosen."""
    rows = both.ask(*command, "--json").data
    said = both.ask(*command).out

    assert set(names) == {one["workflow"] for one in rows}
    assert said.split()[0] == "workflow"
    assert all(name in said for name in names)
    chosen = min(names)
    alone = both.ask(*command, "--workflow", chosen, "--json").data
    assert all("workflow" not in one for one in alone)
    assert len(alone) == sum(one["workflow"] == chosen for one in rows)


def test_what_one_workflow_knows_narrows_the_list_to_it(both: Office) -> None:
    """A stage that one of them has is no mistake; one that none has is."""
    rows = both.ask("record", "list", "--stage", "backlog", "--json").data
    wrong = both.ask("record", "list", "--stage", "nowhere")

    assert {FLOOR} == {one["workflow"] for one in rows}
    assert "there is no stage 'nowhere'" in wrong.error


def test_conflicts_of_one_record_are_found(both: Office) -> None:
    """The record may be of any workflow."""
    id_ = first_record(both, FLOOR, "lead")["id"]

    assert [] == both.ask("conflicts", "list", id_, "--json").data
    assert [] == both.ask("conflicts", "list", "--json").data


def test_people_are_shared(both: Office) -> None:
    """Everybody stands once, with the open leads of all workflows."""
    rows = both.ask("people", "--json").data

    assert ["ann", "bob", "eve", "quinn"] == [one["name"] for one in rows]
    assert 4 == rows[0]["open_leads"]
    assert all("workflow" not in one for one in rows)


def test_history_is_one_for_all_workflows(both: Office) -> None:
    """The chain is proven as a whole, visits by each workflow's own stages."""
    said = both.ask("audit", "verify")

    assert 0 == said.code
    assert said.out.endswith(
        "Proven.\n"
        "All workflows of the installation share this one history and its chain.\n"
    )
    assert 0 == both.ask("audit", "log").code


@pytest.mark.parametrize("what", ["history", "visits", "records", "field-changes"])
def test_tables_of_all_workflows_are_one_file(both: Office, what: str) -> None:
    """A column says whose each row is; one workflow's rows are those of it alone."""
    rows = table(both, what)
    counts = Counter(one["workflow"] for one in rows)

    assert set(BOTH) == {*counts} - {""}
    for name in BOTH:
        alone = table(both, what, "--workflow", name)
        assert counts[name] == sum(one["workflow"] == name for one in alone)
        assert {*alone[0]} <= {*rows[0]}


def test_column_of_a_field_is_filled_where_the_workflow_has_it(both: Office) -> None:
    """Fields of all workflows are columns; what one does not have is empty."""
    rows = table(both, "records", "--personal")

    assert {"field_rep", "field_need"} < {*rows[0]}
    for one in rows:
        assert one["workflow"] == FLOOR or not one["field_rep"]
    assert any(one["field_rep"] for one in rows)


def test_log_of_all_workflows_says_whose_each_record_is(both: Office) -> None:
    """XES: an attribute of the trace; OCEL: one of the record."""
    xes = both.ask("export", "log", "-o", "-").out
    ocel = both.ask("export", "log", "--format", "ocel", "-o", "-").data
    records = [one for one in ocel["objects"] if one["type"] == "record"]

    traces = Counter(re.findall(r'<string key="workflow" value="(.*?)"/>', xes))
    assert set(BOTH) == {*traces}
    assert {B2B: 4, FLOOR: 8} == Counter(
        each["value"]
        for one in records
        for each in one["attributes"]
        if each["name"] == "workflow"
    )


def test_export_by_days_needs_one_time_zone(both: Office) -> None:
    """A moment is the same for all; a day is not where they keep different ones."""
    both.edit("Europe/Berlin", "America/New_York", both.folder / "floor.yaml")

    said = both.ask("export", "visits", "--since", "2020-01-01", "-o", "-")
    moment = both.ask("export", "visits", "--since", "2020-01-01T00:00Z", "-o", "-")

    assert (1, 0) == (said.code, moment.code)
    assert "b2b_lifecycle Europe/Berlin, floor America/New_York" in said.error


# -- what is away, and what is broken --------------------------------------------------


def test_status_lists_a_workflow_that_left_the_settings(both: Office) -> None:
    """Its records are counted, and that nothing is lost is said."""
    change(both, "UPDATE inbox SET state = 'pending' WHERE workflow = ?", FLOOR)
    waiting = both.ask("status", "--json").data["workflows"][FLOOR]["inbox"]["pending"]
    both.edit("people: people.yaml\n", "")  # ann keeps the hours of this workflow
    both.edit(
        "  floor:\n    file: floor.yaml\n    bindings: {crm: floor.hubspot.yaml}\n", ""
    )

    said = both.ask("status")
    data = both.ask("status", "--json").data

    assert said.out.endswith(
        f"floor is not in the settings: 8 records, {waiting} waiting rows; nothing is "
        "lost, it goes on when it returns\n"
    )
    assert {FLOOR: {"records": 8, "waiting": waiting}} == data["not_in_the_settings"]
    assert B2B == data["workflow"]


def test_record_of_a_workflow_that_is_away_is_named_as_such(both: Office) -> None:
    """It is not lost, and the message says how it goes on."""
    id_ = first_record(both, FLOOR, "lead")["id"]
    both.edit("  floor:\n    file: floor.yaml\n", "  third:\n    file: third.yaml\n")
    text = (both.folder / "floor.yaml").read_text(encoding="utf-8")
    third = text.replace("workflow: floor", "workflow: third")
    (both.folder / "third.yaml").write_text(third, encoding="utf-8")
    both.edit("binding: floor", "binding: third", both.folder / "floor.hubspot.yaml")

    said = both.ask("record", "show", id_)

    assert (
        f"{id_} belongs to the workflow 'floor', which is not in the settings. Nothing "
        "of it is lost; name it there again to go on"
    ) == said.error


def test_hours_of_a_broken_workflow_are_those_it_had(both: Office) -> None:
    """Ann keeps the hours that the floor describes: its last version tells them."""
    lifecycle = load_workflow(both.folder / "floor.yaml")
    store = open_store(load_settings(both.settings).database)
    with store.begin() as work:
        source = (both.folder / "floor.yaml").read_text(encoding="utf-8")
        now = SystemClock().now()
        work.workflows.apply(lifecycle.version, FLOOR, "", source, now)
        work.commit()
    store.close()
    both.edit("stages:", "stage:", both.folder / "floor.yaml")

    said = both.ask("people", "--json")

    assert 0 == said.code
    assert "office" == said.data[0]["calendar"]
    assert "workflow floor cannot be used" in said.error


def test_broken_workflow_lets_the_others_be_listed(both: Office) -> None:
    """Standard error says what is wrong; the rest is there."""
    both.edit("people: people.yaml\n", "")  # ann keeps the hours of the broken one
    both.edit("workflow: floor", "workflow: flour", both.folder / "floor.yaml")

    said = both.ask("status")

    assert 0 == said.code
    assert said.out.startswith("b2b_lifecycle version ")
    assert (
        "workflow floor cannot be used, the others go on; what comes in for it waits: "
    ) in said.error
    assert "which calls itself 'flour'. Both must say the same name" in said.error
    assert 1 == both.ask("status", "--workflow", FLOOR).code


# -- commands that read the files of one -----------------------------------------------


def test_files_of_the_chosen_workflow_are_checked(both: Office) -> None:
    """Workflow, bindings and scenarios, as the settings name them."""
    said = both.ask("workflow", "check", "--workflow", B2B)
    which = both.ask("workflow", "check")

    assert (0, 1) == (said.code, which.code)
    for name in ("yaml", "hubspot.yaml", "scenarios.yaml"):
        assert f"b2b_lifecycle.{name}" in said.out
    assert "Say which one with --workflow NAME" in which.error


def test_chosen_workflow_is_explained_and_tested(both: Office) -> None:
    """Without a file, the one of the settings."""
    explained = both.ask("workflow", "explain", "--workflow", FLOOR)
    tested = both.ask("workflow", "test", "--workflow", B2B)
    untested = both.ask("workflow", "test", "--workflow", FLOOR)

    assert "(floor, version " in explained.out
    assert (0, 2) == (tested.code, untested.code)
    assert "the workflow has no scenarios" in untested.error


def test_doctor_examines_every_workflow(both: Office) -> None:
    """One report for the installation, one for the connection that both use."""
    both.edit("initial: true", "initial: maybe", both.folder / "floor.yaml")
    data = both.ask("doctor", "--json").data
    checks = {one["name"]: one for one in data[0]["checks"]}

    assert [None, "crm"] == [one["connection"] for one in data]
    assert "good" == checks["workflow of b2b_lifecycle"]["state"]
    assert "bad" == checks["workflow of floor"]["state"]
    alone = both.ask("doctor", "--json", "--workflow", B2B).data
    assert "workflow" in {one["name"] for one in alone[0]["checks"]}


def test_doctor_finds_a_property_that_two_workflows_write(both: Office) -> None:
    """With both places, before the service has to refuse to start."""
    binding = both.folder / "floor.hubspot.yaml"
    both.edit("{stage: ", "{lifecyclestage: ", binding)

    [found] = [
        one
        for one in both.ask("doctor", "--json").data[0]["checks"]
        if one["name"] == "writers"
    ]
    started = both.ask("run", "--once")

    assert "bad" == found["state"]
    assert found["text"] == started.error
    assert found["text"].startswith(
        "two workflows write 'lifecyclestage' of contacts in crm: b2b_lifecycle ("
    )


def test_connection_that_no_workflow_uses_is_told(both: Office) -> None:
    """It is no fault, and nothing comes of it."""
    both.edit("connections:\n", "connections:\n  spare: {adapter: hubspot}\n")

    [spare] = both.ask("doctor", "spare", "--json").data[1:]
    connect = both.ask("connect", "spare", "--token-env", "HUBSPOT_TOKEN")

    assert ("warning", "no workflow of the settings has a binding for it") == (
        spare["checks"][0]["state"],
        spare["checks"][0]["text"],
    )
    assert (
        "no workflow has a binding for the connection 'spare'; write one under "
        "workflows.NAME.bindings.spare"
    ) == connect.error


# -- the service -----------------------------------------------------------------------


def test_service_works_for_those_that_are_whole(both: Office) -> None:
    """The others do their work first; then the end says that one was left out."""
    both.edit("people: people.yaml\n", "")
    both.edit("workflow: floor", "workflow: flour", both.folder / "floor.yaml")
    both.edit("bindings: {crm: workflows/b2b_lifecycle.hubspot.yaml}", "bindings: {}")

    said = both.ask("run", "--once")

    assert 1 == said.code
    assert "workflow floor cannot be used, the others go on; " in said.error
    assert said.error.endswith("Error: nothing was done for the workflows floor\n")


def test_two_names_of_one_file_are_told(both: Office) -> None:
    """A workflow has one name: that of its file."""
    both.edit("people: people.yaml\n", "")
    both.edit("    file: floor.yaml\n", "    file: workflows/b2b_lifecycle.yaml\n")

    said = both.ask("status", "--workflow", FLOOR)

    assert (
        "b2b_lifecycle.yaml, which calls itself 'b2b_lifecycle'. Both must say the "
        "same name: write workflows.b2b_lifecycle, or `workflow: floor` there"
    ) in said.error
