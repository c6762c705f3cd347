"""What people do beside moving leads: tasks, notes, links, incoming requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from leadstate_amocrm.sandbox.crm import catalog

if TYPE_CHECKING:
    from conftest import Running

METADATA = {"form_id": "1", "form_name": "f", "form_page": "p", "form_sent_at": 1}
FORM: dict[str, Any] = {
    "source_uid": "site",
    "source_name": "The site",
    "metadata": METADATA,
}


def request(sandbox: Running, path: str = "forms", **item: Any) -> dict[str, Any]:
    """Let a request come in, and return what the answer tells of it."""
    answer = sandbox.api("POST", f"leads/unsorted/{path}", [FORM | item])
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["_embedded"]["unsorted"][0]
    return found


def codes(answer: Any) -> list[tuple[str, str]]:
    """Return code and path of everything wrong with the first bad item."""
    found = answer.json()["validation-errors"][0]["errors"]
    return [(one["code"], one["path"]) for one in found]


def test_a_task_is_made_changed_and_completed(sandbox: Running) -> None:
    """Due dates show at the lead; an empty result is a list, as PHP writes it."""
    lead = sandbox.lead()
    item = {
        "text": "Call",
        "complete_till": 5_000_000_000,
        "entity_type": "leads",
        "entity_id": lead,
        "request_id": "mine",
        "duration": 60,
    }
    made = sandbox.api("POST", "tasks", [item]).json()["_embedded"]["tasks"][0]
    task = sandbox.api("GET", f"tasks/{made['id']}").json()
    due = sandbox.read(lead)["closest_task_at"]
    change = {"id": made["id"], "text": "Meet", "task_type_id": 2, "duration": 30}
    bulk = sandbox.api("PATCH", "tasks", [change]).json()["_embedded"]["tasks"][0]
    done = {"is_completed": True, "result": {"text": "ok"}}
    one = sandbox.api("PATCH", f"tasks/{made['id']}", done).json()
    after = sandbox.api("GET", f"tasks/{made['id']}").json()

    assert made["request_id"] == "mine"
    assert (task["result"], task["responsible_user_id"]) == ([], catalog.ADMIN)
    assert due == 5_000_000_000
    assert {"id", "updated_at", "request_id", "_links"} == set(bulk) == set(one)
    assert (after["text"], after["task_type_id"], after["result"]) == (
        "Meet",
        2,
        {"text": "ok"},
    )
    assert sandbox.read(lead)["closest_task_at"] is None
    assert sandbox.api("GET", "tasks/1").status_code == 404


def test_tasks_are_filtered_and_sorted(sandbox: Running) -> None:
    """Without any extra; by due date too."""
    lead = sandbox.lead()
    tied = {"entity_type": "leads", "entity_id": lead}
    sandbox.api(
        "POST",
        "tasks",
        [
            {"text": "b", "complete_till": 20, "task_type_id": 2},
            {"text": "a", "complete_till": 10, "is_completed": True} | tied,
        ],
    )
    expected = {
        "order[complete_till]=asc": ["a", "b"],
        "order[complete_till]=desc": ["b", "a"],
        "filter[is_completed]=1": ["a"],
        "filter[task_type][]=2": ["b"],
        f"filter[entity_type]=leads&filter[entity_id]={lead}": ["a"],
        "filter[responsible_user_id]=1": [],
        "filter[updated_at][to]=5": [],
    }
    found = {
        query: [task["text"] for task in sandbox.get(f"tasks?{query}", "tasks")]
        for query in expected
    }

    assert found == expected


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"text": "x"}, ("FieldMissing", "complete_till")),
        ({"complete_till": 1}, ("FieldMissing", "text")),
        ({"text": 5, "complete_till": 1}, ("InvalidType", "text")),
        ({"text": "x", "complete_till": "soon"}, ("InvalidType", "complete_till")),
        (
            {"text": "x", "complete_till": 1, "duration": "x"},
            ("InvalidType", "duration"),
        ),
        (
            {"text": "x", "complete_till": 1, "responsible_user_id": 1},
            ("NotSupportedChoice", "responsible_user_id"),
        ),
        (
            {"text": "x", "complete_till": 1, "entity_type": "cats"},
            ("NotSupportedChoice", "entity_type"),
        ),
        (
            {"text": "x", "complete_till": 1, "entity_type": "leads", "entity_id": 1},
            ("NotSupportedChoice", "entity_id"),
        ),
        (
            {"text": "x", "complete_till": 1, "result": "x"},
            ("InvalidType", "result"),
        ),
    ],
    ids=str,
)
def test_a_wrong_task_is_refused(
    sandbox: Running, item: dict[str, Any], expected: tuple[str, str]
) -> None:
    """Text and due date are needed, the rest must exist."""
    assert codes(sandbox.api("POST", "tasks", [item])) == [expected]


def test_a_wrong_change_of_a_task_is_refused(sandbox: Running) -> None:
    """Alone and in bulk."""
    item = {"text": "x", "complete_till": 1}
    made = sandbox.api("POST", "tasks", [item]).json()["_embedded"]["tasks"][0]["id"]
    one = sandbox.api("PATCH", f"tasks/{made}", {"text": 5})
    unknown = sandbox.api("PATCH", "tasks", [{"id": 1}])

    assert codes(one) == [("InvalidType", "text")]
    assert codes(unknown) == [("NotSupportedChoice", "id")]


def test_notes_are_reached_by_kind_and_by_record(sandbox: Running) -> None:
    """Both forms list, read, add and change; the answer names the record."""
    lead, other = sandbox.lead(), sandbox.lead()
    text = {"note_type": "common", "params": {"text": "a"}}
    service = {"note_type": "service_message", "params": {"text": "b", "service": "s"}}
    made = sandbox.api("POST", "leads/notes", [text | {"entity_id": lead}]).json()
    note = made["_embedded"]["notes"][0]
    more = sandbox.api("POST", f"leads/{other}/notes", [service | {"created_by": 0}])
    second = more.json()["_embedded"]["notes"][0]
    path = f"leads/{lead}/notes/{note['id']}"
    sandbox.api("PATCH", path, {"params": {"text": "c"}})
    sandbox.api("PATCH", "leads/notes", [{"id": second["id"], "params": {"text": "d"}}])
    one = sandbox.api("GET", path).json()
    by_type = sandbox.get("leads/notes?filter[note_type]=service_message", "notes")

    assert set(note) == {"id", "entity_id", "request_id", "_links"}
    assert one["params"] == {"text": "c"}
    assert [n["id"] for n in sandbox.get(f"leads/{lead}/notes", "notes")] == [
        note["id"]
    ]
    assert [(n["id"], n["created_by"]) for n in by_type] == [(second["id"], 0)]
    by_entity = sandbox.get(f"leads/notes?filter[entity_id][]={lead}", "notes")
    assert [n["id"] for n in by_entity] == [note["id"]]
    down = sandbox.get("leads/notes?order[id]=desc&filter[updated_at][from]=1", "notes")
    assert [n["id"] for n in down] == [second["id"], note["id"]]
    by_id = sandbox.get(f"leads/notes?filter[id][]={note['id']}", "notes")
    assert len(by_id) == 1
    assert sandbox.api("GET", f"leads/{other}/notes/{note['id']}").status_code == 404
    assert sandbox.api("GET", f"contacts/1/notes/{note['id']}").status_code == 404


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ({}, ("FieldMissing", "note_type")),
        ({"note_type": "x"}, ("NotSupportedChoice", "note_type")),
        ({"note_type": []}, ("NotSupportedChoice", "note_type")),
        ({"note_type": "common"}, ("FieldMissing", "params")),
        ({"note_type": "common", "params": []}, ("InvalidType", "params")),
        (
            {"note_type": "service_message", "params": {"text": "x"}},
            ("FieldMissing", "params.service"),
        ),
    ],
    ids=str,
)
def test_a_wrong_note_is_refused(
    sandbox: Running, note: dict[str, Any], expected: tuple[str, str]
) -> None:
    """Each type has members its params must have."""
    lead = sandbox.lead()

    assert codes(sandbox.api("POST", f"leads/{lead}/notes", [note])) == [expected]
    nowhere = {"entity_id": 1, "note_type": "common", "params": {"text": "x"}}
    answer = sandbox.api("POST", "leads/notes", [nowhere])
    assert codes(answer) == [("NotSupportedChoice", "entity_id")]


def test_a_lead_has_one_company_and_one_main_contact(sandbox: Running) -> None:
    """A second company takes the place of the first, from either side."""
    lead = sandbox.lead()
    ada, grace = (sandbox.add("contacts", name=name) for name in ("Ada", "Grace"))
    one, two = (sandbox.add("companies", name=name) for name in ("a", "b"))
    sandbox.api(
        "POST",
        f"leads/{lead}/link",
        [
            {"to_entity_id": ada, "to_entity_type": "contacts"},
            {"to_entity_id": grace, "to_entity_type": "contacts"},
            {"to_entity_id": one, "to_entity_type": "companies"},
        ],
    )
    main = {"to_entity_id": lead, "to_entity_type": "leads"}
    sandbox.api("POST", f"contacts/{grace}/link", [main | {"metadata": {"is_main": 1}}])
    sandbox.api("POST", f"companies/{two}/link", [main])
    links = sandbox.get(f"leads/{lead}/links", "links")
    contacts = sandbox.get(
        f"leads/{lead}/links?filter[to_entity_type]=contacts", "links"
    )

    assert {
        link["to_entity_id"]: (link["metadata"] or {}).get("main_contact")
        for link in links
    } == {ada: False, grace: True, two: None}
    assert len(contacts) == 2
    by_id = f"leads/{lead}/links?filter[to_entity_id]={ada}"
    assert len(sandbox.get(by_id, "links")) == 1
    wanted = sandbox.api("GET", f"companies/{two}?with=leads,contacts").json()
    assert [one["id"] for one in wanted["_embedded"]["leads"]] == [lead]


@pytest.mark.parametrize(
    ("link", "path"),
    [
        ({"to_entity_type": "cats", "to_entity_id": 1}, "to_entity_type"),
        ({"to_entity_type": "leads", "to_entity_id": 1}, "to_entity_type"),
        ({"to_entity_type": "contacts", "to_entity_id": 1}, "to_entity_id"),
        ({"to_entity_type": "contacts"}, "to_entity_id"),
    ],
    ids=str,
)
def test_a_wrong_link_is_refused(
    sandbox: Running, link: dict[str, Any], path: str
) -> None:
    """The other end must exist and be of another kind."""
    lead = sandbox.lead()

    answer = sandbox.api("POST", f"leads/{lead}/link", [link])
    assert codes(answer) == [("NotSupportedChoice", path)]
    assert sandbox.api("POST", "leads/1/link", [link]).status_code == 404
    assert sandbox.api("GET", f"leads/{lead}/links").status_code == 204


def test_a_request_waits_until_it_is_accepted(sandbox: Running) -> None:
    """Its contact is hidden till then; the lead goes where it is sent."""
    contact = {"first_name": "Ada"}
    lead = {"name": "Asked", "_embedded": {"tags": [{"name": "site"}]}}
    embedded = {
        "leads": [lead],
        "contacts": [contact],
        "companies": [{"name": "Engines"}],
    }
    waiting = request(sandbox, _embedded=embedded, request_id="mine", created_at=5)
    uid = waiting["uid"]
    hidden = sandbox.get("contacts", "contacts")
    listed = sandbox.get(
        f"leads/unsorted?filter[uid][]={uid}&filter[category][]=forms"
        f"&filter[pipeline_id]={catalog.SALES}&order[updated_at]=desc",
        "unsorted",
    )
    where = {"user_id": catalog.SALES_USER, "status_id": catalog.INBOUND_NEW}
    accepted = sandbox.api("POST", f"leads/unsorted/{uid}/accept", where).json()
    number = accepted["_embedded"]["leads"][0]["id"]
    found = sandbox.read(number)

    assert waiting["request_id"] == "mine"
    assert hidden == []
    assert [(one["uid"], one["created_at"]) for one in listed] == [(uid, 5)]
    assert (found["pipeline_id"], found["status_id"]) == (
        catalog.INBOUND,
        catalog.INBOUND_NEW,
    )
    assert found["responsible_user_id"] == catalog.SALES_USER
    assert [tag["name"] for tag in found["_embedded"]["tags"]] == ["site"]
    assert len(sandbox.get("contacts", "contacts")) == 1
    again = sandbox.api("POST", f"leads/unsorted/{uid}/accept", where)
    assert again.status_code == 404
    assert sandbox.api("GET", f"leads/unsorted/{uid}").status_code == 200
    assert sandbox.api("GET", "leads/unsorted/nothing").status_code == 404


def test_a_complex_lead_can_wait_in_unsorted(sandbox: Running) -> None:
    """With metadata and the unsorted stage; without metadata it is refused."""
    stage = {"status_id": catalog.UNSORTED, "pipeline_id": catalog.SALES}
    embedded = {"contacts": [{"first_name": "Ada"}], "companies": [{"name": "x"}]}
    metadata = {"metadata": METADATA | {"category": "sip"}}
    item = stage | {"name": "x", "_embedded": embedded | metadata}
    [made] = sandbox.api("POST", "leads/complex", [item]).json()
    [waiting] = sandbox.get("leads/unsorted", "unsorted")
    refused = sandbox.api("POST", "leads/complex", [stage])

    assert waiting["category"] == "sip"
    assert waiting["_embedded"]["leads"][0]["id"] == made["id"]
    assert sandbox.read(made["id"])["status_id"] == catalog.UNSORTED
    assert sandbox.get("contacts", "contacts") == []
    assert codes(refused) == [("NotSupportedChoice", "status_id")]


def test_a_request_is_declined_into_the_recycle_bin(sandbox: Running) -> None:
    """And the summary counts it."""
    call = {"phone": "1", "called_at": 1, "duration": 1, "service_code": "x"}
    waiting = request(sandbox, "sip", metadata=call)
    body = {"user_id": catalog.ADMIN}
    declined = sandbox.api("DELETE", f"leads/unsorted/{waiting['uid']}/decline", body)
    summary = sandbox.api("GET", "leads/unsorted/summary").json()
    deleted = sandbox.get("leads?with=only_deleted", "leads")

    assert declined.json()["category"] == "sip"
    assert len(deleted) == 1
    assert (summary["total"], summary["declined"]) == (1, 1)
    assert summary["categories"]["sip"] == {"total": 1}


def test_wrong_requests_are_refused(sandbox: Running) -> None:
    """Missing metadata, strange pipelines, stages, users, and links of forms."""
    no_data = sandbox.api("POST", "leads/unsorted/forms", [{"metadata": {}}])
    nowhere = sandbox.api("POST", "leads/unsorted/forms", [FORM | {"pipeline_id": 1}])
    path = f"leads/unsorted/{request(sandbox)['uid']}"
    refused = [
        sandbox.api("POST", f"{path}/accept", {"status_id": 5}),
        sandbox.api("POST", f"{path}/accept", {"status_id": catalog.UNSORTED}),
        sandbox.api("POST", f"{path}/accept", {"user_id": 5}),
        sandbox.api("POST", f"{path}/link", {"link": {}}),
    ]

    assert ("FieldMissing", "metadata.form_id") in codes(no_data)
    assert codes(nowhere) == [("NotSupportedChoice", "pipeline_id")]
    assert [answer.status_code for answer in refused] == [400] * 4


def test_a_known_contact_is_found_if_duplicates_are_controlled(
    sandbox: Running,
) -> None:
    """Then /leads/complex says that it merged."""
    email = {"field_code": "EMAIL", "values": [{"value": "a@x.example"}]}
    person = {"name": "Ada", "custom_fields_values": [email]}
    known = sandbox.add("contacts", **person)
    item = {"_embedded": {"contacts": [person]}, "request_id": "mine"}
    free = sandbox.api("POST", "leads/complex", [item]).json()[0]
    sandbox.policy(duplicate_control=True)
    held = sandbox.api("POST", "leads/complex", [item]).json()[0]
    other = {"name": "B", "custom_fields_values": []}
    new = sandbox.api("POST", "leads/complex", [{"_embedded": {"contacts": [other]}}])

    assert (free["merged"], free["request_id"]) == (False, ["mine"])
    assert (held["merged"], held["contact_id"]) == (True, known)
    assert new.json()[0]["merged"] is False


@pytest.mark.parametrize(
    ("embedded", "path"),
    [
        ({"contacts": [{}, {}]}, "_embedded.contacts.1"),
        ({"companies": 5}, "_embedded.companies"),
        ({"contacts": [{"name": []}]}, "_embedded.contacts.0.name"),
    ],
    ids=str,
)
def test_a_wrong_complex_lead_is_refused(
    sandbox: Running, embedded: dict[str, Any], path: str
) -> None:
    """One contact and one company at most, each in order."""
    answer = sandbox.api("POST", "leads/complex", [{"_embedded": embedded}])

    assert codes(answer)[0][1] == path
    assert sandbox.get("leads", "leads") == []
