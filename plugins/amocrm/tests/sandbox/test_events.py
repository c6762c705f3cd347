"""The journal: what is written, and how it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from leadstate_amocrm.sandbox.crm import catalog

if TYPE_CHECKING:
    from conftest import Running


def stage(status_id: int, pipeline_id: int = catalog.SALES) -> list[dict[str, object]]:
    """Return one side of a stage change."""
    return [{"lead_status": {"id": status_id, "pipeline_id": pipeline_id}}]


def test_a_move_is_told_with_both_stages_and_its_author(sandbox: Running) -> None:
    """Old and new pipeline and status, exactly one each; ids of 26 characters."""
    lead = sandbox.lead()
    sandbox.patch(lead, status_id=catalog.MQL)
    [event] = sandbox.events("filter[type]=lead_status_changed")
    alone = sandbox.api("GET", f"events/{event['id']}").json()

    assert event["value_before"] == stage(catalog.NEW)
    assert event["value_after"] == stage(catalog.MQL)
    assert (event["entity_type"], event["entity_id"]) == ("lead", lead)
    assert event["created_by"] == catalog.ADMIN
    assert len(event["id"]) == 26
    assert alone == event
    assert sandbox.api("GET", "events/nothing").status_code == 404


def test_every_change_has_its_type(sandbox: Running) -> None:
    """Owner, price, name, field, tags, note, task, link, end, return, merge."""
    lead, other = sandbox.lead(), sandbox.lead()
    contact = sandbox.add("contacts", name="Ada")
    sandbox.patch(
        lead,
        responsible_user_id=catalog.SALES_USER,
        price=10,
        name="New",
        custom_fields_values=[
            {"field_code": "TECHNICAL_FIT", "values": [{"value": True}]}
        ],
        tags_to_add=[{"name": "a"}],
    )
    sandbox.patch(lead, tags_to_delete=[{"name": "a"}])
    link = [{"to_entity_id": contact, "to_entity_type": "contacts"}]
    sandbox.api("POST", f"leads/{lead}/link", link)
    sandbox.api("POST", f"leads/{lead}/unlink", link)
    note = {"note_type": "common", "params": {"text": "x"}}
    service = {"note_type": "service_message", "params": {"text": "x", "service": "s"}}
    sandbox.api("POST", f"leads/{lead}/notes", [note, service])
    who = {"object": "leads", "id": str(lead)}
    sandbox.control("POST", "archive", who)
    sandbox.control("POST", "restore", who)
    sandbox.control("POST", "merge", who | {"other": str(other)})
    told = {event["type"]: event for event in sandbox.events("filter[entity]=lead")}

    assert set(told) == {
        "lead_added",
        "entity_responsible_changed",
        "sale_field_changed",
        "name_field_changed",
        "custom_field_value_changed",
        "entity_tag_added",
        "entity_tag_deleted",
        "entity_linked",
        "entity_unlinked",
        "common_note_added",
        "service_note_added",
        "lead_deleted",
        "lead_restored",
        "entity_merged",
    }
    owner = told["entity_responsible_changed"]
    assert owner["value_before"] == [{"responsible_user": {"id": catalog.ADMIN}}]
    assert owner["value_after"] == [{"responsible_user": {"id": catalog.SALES_USER}}]
    value = told["custom_field_value_changed"]["value_after"][0]["custom_field_value"]
    assert (value["field_id"], value["text"]) == (7300104, "1")
    assert told["entity_tag_added"]["value_after"] == [{"tag": {"name": "a"}}]
    entity = {"type": "contact", "id": contact}
    assert told["entity_linked"]["value_after"] == [{"link": {"entity": entity}}]
    assert told["entity_merged"]["value_before"] == []
    assert told["lead_deleted"]["value_after"] == []


def test_tasks_tell_what_became_of_them(sandbox: Running) -> None:
    """Added, text, deadline, type, completed, result."""
    task = {"text": "a", "complete_till": 10}
    made = sandbox.api("POST", "tasks", [task]).json()["_embedded"]["tasks"][0]["id"]
    change = {"text": "b", "complete_till": 20, "task_type_id": 2}
    done = {"is_completed": True, "result": {"text": "x"}}
    sandbox.api("PATCH", f"tasks/{made}", change | done)
    types = {event["type"] for event in sandbox.events("filter[entity]=task")}

    assert types == {
        "task_added",
        "task_text_changed",
        "task_deadline_changed",
        "task_type_changed",
        "task_completed",
        "task_result_added",
    }


def test_events_come_newest_first(peopled: Running) -> None:
    """The seeded past is in order; the policy can turn it round."""
    events = peopled.events("limit=100")
    keys = [(event["created_at"], event["id"]) for event in events]
    peopled.policy(events_order="oldest")
    turned = peopled.events("limit=1")[0]["created_at"]

    assert keys == sorted(keys, reverse=True)
    assert turned <= keys[-1][0]
    assert {"lead_added", "lead_status_changed"} < {e["type"] for e in events}


def test_events_are_filtered_by_entity_type_author_and_time(sandbox: Running) -> None:
    """Lists in brackets or with commas; ids need one entity and are ten at most."""
    one, two = sandbox.lead(), sandbox.lead()
    sandbox.patch(one, status_id=catalog.MQL, updated_by=0)
    sandbox.patch(two, status_id=catalog.SAL)
    both = "filter[type]=lead_added,lead_status_changed"
    ids = f"filter[entity]=lead&filter[entity_id][]={one}"
    after = "filter[value_after][leads_statuses][0]"
    moved = f"{after}[pipeline_id]={catalog.SALES}&{after}[status_id]={catalog.SAL}"
    before = moved.replace("value_after", "value_before")

    assert len(sandbox.events(both)) == 4
    assert {event["entity_id"] for event in sandbox.events(ids)} == {one}
    assert [e["entity_id"] for e in sandbox.events("filter[created_by][]=0")] == [one]
    assert [event["entity_id"] for event in sandbox.events(moved)] == [two]
    assert sandbox.events(before) == []
    assert sandbox.events("filter[created_at][to]=5") == []
    assert len(sandbox.events("filter[created_at][from]=5")) == 4


@pytest.mark.parametrize(
    "query",
    [
        "filter[entity_id][]=1",
        "filter[entity]=lead,contact&filter[entity_id]=1",
        "filter[entity]=lead&filter[entity_id]=1,2,3,4,5,6,7,8,9,10,11",
        "filter[created_by]=1,2,3,4,5,6,7,8,9,10,11",
        "filter[created_at][from]=soon",
    ],
)
def test_questions_out_of_bounds_are_refused(sandbox: Running, query: str) -> None:
    """What the documentation forbids is 400."""
    assert sandbox.api("GET", f"events?{query}").status_code == 400


def test_one_field_can_be_asked_for(sandbox: Running) -> None:
    """`custom_field_{id}_value_changed` is a filter, not a type."""
    lead = sandbox.lead()
    for code in ("NEED", "LEADSTATE_TOKEN"):
        field = {"field_code": code, "values": [{"value": "x"}]}
        sandbox.patch(lead, custom_fields_values=[field])
    [event] = sandbox.events("filter[type]=custom_field_7300102_value_changed")

    assert event["type"] == "custom_field_value_changed"


def test_old_events_can_be_forgotten(sandbox: Running) -> None:
    """Retention is not documented: a switch."""
    sandbox.lead()
    sandbox.control("POST", "clock", {"advance_seconds": 10 * 86_400})
    kept = len(sandbox.events())
    sandbox.policy(event_retention_days=3)

    assert (kept, sandbox.events()) == (1, [])


def test_the_types_of_events_are_listed(sandbox: Running) -> None:
    """Each with a key and a number."""
    types = sandbox.get("events/types", "events_types")

    assert "lead_status_changed" in {one["key"] for one in types}
