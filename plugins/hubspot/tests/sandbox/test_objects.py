"""Reading and writing single records: shapes, ids, history, versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Running


def test_every_value_is_a_text(sandbox: Running) -> None:
    """Numbers and booleans come back as texts whatever they were sent as."""
    body = {
        "properties": {
            "email": "t@example.com",
            "budget": 1500.5,
            "technical_fit": True,
        }
    }
    made = sandbox.contacts("POST", "", body).json()

    assert made["properties"]["budget"] == "1500.5"
    assert made["properties"]["technical_fit"] == "true"
    assert made["properties"]["hs_object_id"] == made["id"]


def test_empty_is_null_and_undefined_is_left_out(sandbox: Running) -> None:
    """A defined but empty property shows null, an unknown one not at all."""
    contact = sandbox.contact(email="t@example.com")
    shown = sandbox.contacts("GET", f"/{contact}?properties=budget,no_such").json()

    assert shown["properties"]["budget"] is None
    assert "no_such" not in shown["properties"]


def test_properties_may_be_commas_or_repeated(sandbox: Running) -> None:
    """The documented and the clients' form of a list mean the same."""
    contact = sandbox.contact(email="t@example.com", firstname="T", budget="1")
    commas = sandbox.contacts("GET", f"/{contact}?properties=firstname,budget")
    repeated = sandbox.contacts(
        "GET", f"/{contact}?properties=firstname&properties=budget"
    )

    assert commas.json() == repeated.json()
    assert commas.json()["properties"]["firstname"] == "T"


@pytest.mark.parametrize(
    "path",
    [
        "/crm/v3/objects/contacts",
        "/crm/objects/2026-03/contacts",
        "/crm/objects/2026-09/contacts",
        "/crm/objects/2026-09/0-1",
        "/crm/objects/2026-09/contacts/",
    ],
)
def test_every_version_serves_the_same_records(sandbox: Running, path: str) -> None:
    """v3 and the dated versions are aliases of one table."""
    answer = sandbox.api("GET", path, params={"limit": 1})

    assert answer.status_code == 200
    assert answer.json()["paging"]["next"]["after"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/crm/v3/objects/unicorns", 400),
        ("/crm/v4/objects/contacts", 404),
        ("/crm/objects/2025-01/contacts", 404),
        ("/crm/v3/objects/contacts/1/associations/companies", 404),
        ("/nowhere", 404),
    ],
)
def test_paths_that_do_not_exist_are_refused_in_shape(
    sandbox: Running, path: str, status: int
) -> None:
    """Unknown types and routes answer HubSpot's error shape with a correlation id."""
    answer = sandbox.api("GET", path)

    assert answer.status_code == status
    assert answer.json()["status"] == "error"
    assert len(answer.json()["correlationId"]) == 36


def test_another_method_is_not_allowed(sandbox: Running) -> None:
    """A known path with a wrong method answers 405 and the right ones."""
    answer = sandbox.api("PUT", "/crm/v3/objects/contacts")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"


@pytest.mark.parametrize(
    "path", ["/crm/v3/owners/", "/crm/v3/owners", "/crm/owners/2026-09"]
)
def test_owners_answer_with_and_without_trailing_slash(
    sandbox: Running, path: str
) -> None:
    """The old client asks with a slash; archived owners come only when asked for."""
    active = sandbox.api("GET", path).json()["results"]
    archived = sandbox.api("GET", path, params={"archived": "true"}).json()["results"]

    assert len(active) == 4
    assert [owner["email"] for owner in archived] == ["piotr.nowak@portal.example"]


def test_history_is_newest_first_and_names_its_source(sandbox: Running) -> None:
    """API writes show INTEGRATION and the app, people CRM_UI and the user."""
    contact = sandbox.contact(email="t@example.com", budget="1")
    who = {"user": "olena.koval@portal.example"}
    edit = {
        "object": "contacts",
        "id": contact,
        "properties": {"budget": "2"},
        "as": who,
    }
    sandbox.control("POST", "edit", edit)
    shown = sandbox.contacts("GET", f"/{contact}?propertiesWithHistory=budget").json()
    newest, oldest = shown["propertiesWithHistory"]["budget"]

    assert (newest["value"], newest["sourceType"]) == ("2", "CRM_UI")
    assert newest["sourceId"] == "userId:28604273"
    assert newest["updatedByUserId"] == 28604273
    assert (oldest["value"], oldest["sourceType"]) == ("1", "INTEGRATION")
    assert oldest["sourceId"] == str(sandbox.config.app_id)
    assert "updatedByUserId" not in oldest


def test_writing_the_same_value_again_changes_nothing(sandbox: Running) -> None:
    """No history entry and no newer modification date come of a repeated value."""
    contact = sandbox.contact(email="t@example.com", budget="1")
    before = sandbox.control("GET", f"state/contacts/{contact}")
    sandbox.contacts("PATCH", f"/{contact}", {"properties": {"budget": "1"}})

    assert sandbox.control("GET", f"state/contacts/{contact}") == before


def test_the_empty_text_clears(sandbox: Running) -> None:
    """Clearing leaves null, and an empty entry in the history."""
    contact = sandbox.contact(email="t@example.com", budget="1")
    sandbox.contacts("PATCH", f"/{contact}", {"properties": {"budget": ""}})
    shown = sandbox.contacts("GET", f"/{contact}?propertiesWithHistory=budget").json()

    assert shown["properties"]["budget"] is None
    assert shown["propertiesWithHistory"]["budget"][0]["value"] == ""


def test_lists_page_by_fifty_with_history(start: object) -> None:
    """More than fifty with history is refused, a hundred without is not."""
    sandbox = start(records=60)  # type: ignore[operator]
    refused = sandbox.contacts("GET", "?limit=51&propertiesWithHistory=email")
    allowed = sandbox.contacts("GET", "?limit=100")

    assert refused.status_code == 400
    assert len(allowed.json()["results"]) == 60
    assert "paging" not in allowed.json()


def test_archived_records_show_only_when_asked_for(sandbox: Running) -> None:
    """DELETE answers 204 twice; the record is then found only with archived=true."""
    contact = sandbox.contact(email="t@example.com")
    gone = [sandbox.contacts("DELETE", f"/{contact}").status_code for _ in range(2)]
    hidden = sandbox.contacts("GET", f"/{contact}")
    shown = sandbox.contacts("GET", f"/{contact}?archived=true").json()
    listed = sandbox.contacts("GET", "?archived=true").json()["results"]

    assert gone == [204, 204]
    assert hidden.status_code == 404
    assert shown["archived"] is True
    assert shown["archivedAt"]
    assert [record["id"] for record in listed] == [contact]
    assert sandbox.contact(email="t@example.com") != contact


def test_a_restored_record_is_back(sandbox: Running) -> None:
    """A person can take a record out of the recycle bin."""
    contact = sandbox.contact(email="t@example.com")
    sandbox.contacts("DELETE", f"/{contact}")
    sandbox.control("POST", "restore", {"object": "contacts", "id": contact})

    assert sandbox.value(contact, "email") == "t@example.com"


def test_privacy_deletion_leaves_nothing(sandbox: Running) -> None:
    """After gdpr-delete neither the API nor the state knows the contact."""
    contact = sandbox.contact(email="t@example.com")
    body = {"objectId": "t@example.com", "idProperty": "email"}
    answer = sandbox.contacts("POST", "/gdpr-delete", body)
    state = sandbox.http.get(f"/_sandbox/state/contacts/{contact}")

    assert answer.status_code == 204
    assert sandbox.contacts("GET", f"/{contact}?archived=true").status_code == 404
    assert state.status_code == 404


def test_stage_dates_follow_the_history(sandbox: Running) -> None:
    """hs_v2_date_* are listed, those of custom stages with a suffix."""
    listed = sandbox.api("GET", "/crm/properties/2026-09/contacts").json()["results"]
    names = [p["name"] for p in listed if p["name"].startswith("hs_v2_date_entered_")]
    accepted = next(name for name in names if "174913201" in name)
    contact = sandbox.contact(email="t@example.com", lifecyclestage="lead")
    change = {"properties": {"lifecyclestage": "174913201"}}
    sandbox.contacts("PATCH", f"/{contact}", change)
    wanted = f"hs_v2_date_entered_lead,hs_v2_date_exited_lead,{accepted}"
    shown = sandbox.contacts("GET", f"/{contact}?properties={wanted}").json()

    assert accepted != "hs_v2_date_entered_174913201"
    assert shown["properties"]["hs_v2_date_entered_lead"]
    assert (
        shown["properties"]["hs_v2_date_exited_lead"] == shown["properties"][accepted]
    )


def test_a_lead_needs_a_contact_and_a_name(sandbox: Running) -> None:
    """Leads are created only with their contact (type 578)."""
    contact = sandbox.contact(email="t@example.com")
    link = {
        "to": {"id": contact},
        "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 578}],
    }
    named = {"properties": {"hs_lead_name": "T"}}
    path = "/crm/objects/2026-09/leads"
    alone = sandbox.api("POST", path, named)
    nameless = sandbox.api("POST", path, {"properties": {}, "associations": [link]})
    made = sandbox.api("POST", path, named | {"associations": [link]})
    stage = sandbox.api(
        "GET", f"{path}/{made.json()['id']}?properties=hs_pipeline_stage"
    )

    assert (alone.status_code, nameless.status_code, made.status_code) == (
        400,
        400,
        201,
    )
    assert stage.json()["properties"]["hs_pipeline_stage"] == "new-stage-id"


def test_a_task_needs_its_due_date(sandbox: Running) -> None:
    """hs_timestamp is required of tasks and notes."""
    refused = sandbox.api("POST", "/crm/v3/objects/tasks", {"properties": {}})
    given = {"properties": {"hs_timestamp": "2026-12-01T10:00:00Z"}}
    made = sandbox.api("POST", "/crm/v3/objects/notes", given)

    assert refused.status_code == 400
    assert made.status_code == 201


def test_won_and_lost_are_told_by_the_stage(sandbox: Running) -> None:
    """hs_is_closed and hs_is_closed_won follow the stage's metadata."""
    path = "/crm/objects/2026-09/deals"
    made = sandbox.api("POST", path, {"properties": {"dealstage": "closedlost"}}).json()
    shown = sandbox.api(
        "GET", f"{path}/{made['id']}?properties=hs_is_closed,hs_is_closed_won"
    ).json()["properties"]

    assert (shown["hs_is_closed"], shown["hs_is_closed_won"]) == ("true", "false")


def test_a_new_property_can_be_defined_and_written(sandbox: Running) -> None:
    """Custom properties made by the API are as good as seeded ones."""
    definition = {
        "name": "score_note",
        "label": "Score note",
        "type": "string",
        "fieldType": "text",
        "groupName": "information",
    }
    made = sandbox.api("POST", "/crm/properties/2026-09/contacts", definition)
    twice = sandbox.api("POST", "/crm/properties/2026-09/contacts", definition)
    contact = sandbox.contact(email="t@example.com", score_note="hot")

    assert (made.status_code, twice.status_code) == (201, 409)
    assert sandbox.value(contact, "score_note") == "hot"
