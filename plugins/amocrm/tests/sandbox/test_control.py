"""The control API: clock, log, state, policy, people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from leadstate_amocrm.sandbox.crm import catalog

if TYPE_CHECKING:
    from conftest import Running, Start

PERSON = {"user": "Olena.Koval@account.example"}


def test_the_clock_can_be_set_advanced_and_frozen(sandbox: Running) -> None:
    """Records are dated by the sandbox clock alone, in whole seconds."""
    sandbox.control("POST", "clock", {"rate": 0, "now": "2027-03-01T00:00:00.900Z"})
    sandbox.control("POST", "clock", {"advance_seconds": 90})
    shown = sandbox.read(sandbox.lead())

    assert shown["created_at"] == 1_803_859_290
    assert sandbox.control("GET", "clock")["rate"] == 0


def test_the_log_tells_every_request_and_what_it_wrote(sandbox: Running) -> None:
    """Kind, inputs, status and the values before and after; never the token."""
    lead = sandbox.lead(price=1)
    since = sandbox.control("GET", "log")["last_seq"]
    need = {"field_code": "NEED", "values": [{"value": "more"}]}
    item = {"id": lead, "price": 2, "custom_fields_values": [need]}
    sandbox.api("PATCH", "leads", [item])
    [entry] = sandbox.control("GET", f"log?since={since}")["entries"]

    assert entry["kind"] == "leads.update"
    assert (entry["inputs"], entry["status"], entry["applied"]) == (1, 200, True)
    assert sandbox.config.token not in str(entry)
    told = {
        write["property"]: (write["from"], write["to"]) for write in entry["writes"]
    }
    assert told == {"price": (1, 2), "cf.NEED": (None, "more")}


def test_the_summary_counts_calls_and_inputs(start: Start) -> None:
    """By kind and status, refusals included; it can be cleared."""
    sandbox = start(rps=2)
    sandbox.policy(block_after_429=0)
    sandbox.control("POST", "clock", {"rate": 0})
    sandbox.api("POST", "leads", [{}, {}, {}])
    for _ in range(2):
        sandbox.api("GET", "leads")
    summary = sandbox.control("GET", "log/summary")
    sandbox.control("DELETE", "log")

    assert summary["by_kind"] == {"leads.create": 1, "leads.list": 2}
    assert summary["inputs_by_kind"] == {"leads.create": 3, "leads.list": 2}
    assert (summary["throttled"], summary["by_status"]) == (1, {"200": 2, "429": 1})
    assert sandbox.control("GET", "log/summary")["requests"] == 0


def test_the_state_shows_everything(peopled: Running) -> None:
    """All records in pages, deleted ones flagged, with history if wanted."""
    gone = peopled.lead(name="gone")
    peopled.control("POST", "archive", {"object": "leads", "id": str(gone)})
    first = peopled.control("GET", "state/leads?limit=15&history=true")
    rest = peopled.control("GET", f"state/leads?limit=15&after={first['after']}")
    records = first["results"] + rest["results"]
    one = peopled.control("GET", f"state/leads/{records[0]['id']}")

    assert len(records) == first["total"] == 21
    assert [r["id"] for r in records if r["archived"]] == [str(gone)]
    assert "after" not in rest
    assert (
        one["history"]["status_id"][-1]["value"]
        == first["results"][0]["history"]["status_id"][-1]["value"]
    )
    assert set(one["associations"]) >= {"contacts"}


def test_a_person_edits_with_flat_names(sandbox: Running) -> None:
    """Texts are read as what the property holds; null and "" clear."""
    lead = sandbox.lead(name="x", tags_to_add=[{"name": "old"}])
    sandbox.edit(
        lead,
        PERSON,
        **{
            "name": "New",
            "price": "500",
            "status_id": str(catalog.SAL),
            "responsible_user_id": catalog.QUALITY_USER,
            "tags": "partner, vip",
            "cf.JOB_ROLE": "director",
            "cf.7300101": "12000",
            "cf.DECISION_DATE": "2027-01-15",
            "cf.LAST_DEMO_REQUEST_AT": "2027-01-15T08:00:00Z",
            "cf.TECHNICAL_FIT": "true",
            "cf.PRODUCTS": ["crm", "erp"],
            "cf.NEED": "x",
        },
    )
    after = sandbox.edit(lead, **{"cf.NEED": "", "cf.BUDGET": None})
    state = after["properties"]
    [move] = sandbox.events("filter[type]=lead_status_changed")

    assert move["created_by"] == catalog.SALES_USER
    assert (state["name"], state["price"]) == ("New", 500)
    assert state["status_id"] == catalog.SAL
    assert state["tags"] == ["partner", "vip"]
    assert state["cf.JOB_ROLE"] == "director"
    assert state["cf.LAST_DEMO_REQUEST_AT"] == 1_800_000_000
    assert state["cf.TECHNICAL_FIT"] is True
    assert state["cf.PRODUCTS"] == ["crm", "erp"]
    assert {"cf.NEED", "cf.BUDGET"}.isdisjoint(state)


def test_a_person_closes_a_lead_with_a_reason(sandbox: Running) -> None:
    """As text or number; empty takes the reason away; robots can do it too."""
    lead = sandbox.lead()
    lost = sandbox.edit(lead, status_id="143", loss_reason_id="7200002")
    none = sandbox.edit(lead, {"robot": True}, loss_reason_id="")

    assert lost["properties"]["loss_reason_id"] == 7200002
    assert none["properties"]["loss_reason_id"] is None
    assert none["updatedBy"] == 0


def test_people_create_with_company_and_contact(sandbox: Running) -> None:
    """Associations are links; e-mail and phone have short names."""
    company = {
        "object": "companies",
        "properties": {"name": "x", "cf.COMPANY_SIZE": 80},
    }
    person = {
        "object": "contacts",
        "properties": {"first_name": "Ada", "email": "a@x.example", "phone": "+1"},
    }
    made = [sandbox.control("POST", "create", body) for body in (company, person)]
    others = [{"object": one["object"], "id": one["id"]} for one in made]
    lead = sandbox.control(
        "POST",
        "create",
        {"object": "leads", "properties": {"name": "x"}, "associations": others},
    )

    assert made[0]["properties"]["cf.COMPANY_SIZE"] == "80"
    assert made[1]["properties"]["cf.EMAIL"] == "a@x.example"
    assert set(lead["associations"]) == {"contacts", "companies"}
    assert sandbox.events(f"filter[entity]=lead&filter[entity_id]={lead['id']}")


def test_people_merge_archive_and_restore(sandbox: Running) -> None:
    """The survivor keeps its id, or the newer one does; the other is not found."""
    one, two = sandbox.lead(tags_to_add=[{"name": "a"}]), sandbox.lead()
    need = {"field_code": "NEED", "values": [{"value": "x"}]}
    contact = sandbox.add("contacts", name="Ada")
    company = sandbox.add("companies", name="Engines")
    three = sandbox.lead(
        custom_fields_values=[need],
        _embedded={"contacts": [{"id": contact}], "companies": [{"id": company}]},
    )
    body = {"object": "leads", "id": str(one), "other": str(two)}
    first = sandbox.control("POST", "merge", body)["id"]
    sandbox.policy(merge_survivor="newest", merge_hooks=False)
    merged = sandbox.control("POST", "merge", body | {"other": str(three)})
    state = sandbox.http.get(f"/_sandbox/state/leads/{one}").status_code

    assert (first, merged["id"], state) == (str(one), str(three), 404)
    assert merged["properties"]["tags"] == ["a"]
    assert merged["associations"] == {
        "contacts": [str(contact)],
        "companies": [str(company)],
    }
    assert sandbox.api("GET", f"leads/{one}").status_code == 204


def test_contacts_move_with_a_merge(sandbox: Running) -> None:
    """What was linked to the loser belongs to the survivor."""
    one, two = sandbox.lead(), sandbox.lead()
    contact = sandbox.add("contacts", name="Ada", _embedded={"leads": [{"id": two}]})
    body = {"object": "leads", "id": str(one), "other": str(two)}
    merged = sandbox.control("POST", "merge", body)

    assert merged["associations"]["contacts"] == [str(contact)]


def test_many_edits_go_in_one_call(peopled: Running) -> None:
    """Bulk edits are applied one after the other."""
    state = peopled.control("GET", "state/leads?limit=5")["results"]
    edits = [
        {"object": "leads", "id": r["id"], "properties": {"price": 77}} for r in state
    ]
    answer = peopled.control("POST", "bulk-edit", {"edits": edits})

    assert answer["edited"] == 5
    assert peopled.read(int(state[0]["id"]))["price"] == 77


def test_there_is_no_privacy_deletion(sandbox: Running) -> None:
    """AmoCRM has none, and the sandbox says so."""
    answer = sandbox.http.post("/_sandbox/privacy-delete", json={})

    assert answer.status_code == 501
    assert "recycle bin" in answer.json()["message"]


def test_what_people_do_is_no_request(sandbox: Running) -> None:
    """The log has the API's requests alone, and none of the people's writes."""
    lead = sandbox.lead()
    sandbox.edit(lead, price=5)
    sandbox.api("GET", "leads")
    entries = sandbox.control("GET", "log")["entries"]

    assert [entry["kind"] for entry in entries] == ["leads.create", "leads.list"]
    assert [entry["writes"] for entry in entries] == [[], []]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "edit", {"object": "leads", "id": "1"}),
        ("POST", "edit", {"object": "unicorns", "id": "1"}),
        ("POST", "edit", []),
        ("POST", "create", {"object": "leads", "properties": {"cf.NOPE": 1}}),
        ("POST", "create", {"object": "leads", "properties": {"colour": 1}}),
        ("POST", "create", {"object": "leads", "properties": {"price": "much"}}),
        ("POST", "create", {"object": "leads", "as": {"user": "nobody"}}),
        ("POST", "clock", {"now": "whenever"}),
        ("POST", "clock", {"rate": -1}),
        ("POST", "clock", {"advance_seconds": 1e300}),
        ("PUT", "faults", {"faults": [{"kind": "gremlin"}]}),
        ("PUT", "faults", [{"kind": "status", "status": 7}]),
        ("PUT", "faults", 5),
        ("PUT", "policy", {"merge_survivor": "magic"}),
        ("PUT", "policy", {"nope": 1}),
        ("POST", "webhooks", {"target": "ftp://x"}),
        ("POST", "webhooks", {"target": "http://x.example", "settings": ["dance"]}),
        ("POST", "rules", {"status_id": 142}),
        ("POST", "rules", {"status_id": 5, "then": {"status_id": 142}}),
        ("GET", "state/leads?after=x", None),
        ("GET", "state/leads?limit=0", None),
        ("GET", "state/leads/5", None),
        ("GET", "nothing", None),
        ("DELETE", "health", None),
    ],
    ids=str,
)
def test_wrong_control_calls_say_why(
    sandbox: Running, method: str, path: str, body: Any
) -> None:
    """Mistakes of a test are refused with a message, and change nothing."""
    answer = sandbox.http.request(method, f"/_sandbox/{path}", json=body)

    assert 400 <= answer.status_code < 500
    assert answer.json()["message"]


def test_impossible_links_and_merges_are_refused(sandbox: Running) -> None:
    """Two leads are not linked, and one is not merged with itself."""
    lead = {"object": "leads", "id": str(sandbox.lead())}
    linked = sandbox.http.post(
        "/_sandbox/create", json={"object": "leads", "associations": [lead]}
    )
    merged = sandbox.http.post("/_sandbox/merge", json=lead | {"other": lead["id"]})

    assert (linked.status_code, merged.status_code) == (400, 400)


def test_a_wrong_switch_changes_no_other(sandbox: Running) -> None:
    """Policy changes are all or nothing."""
    sandbox.http.put("/_sandbox/policy", json={"rps": 5, "merge_survivor": "magic"})

    assert sandbox.control("GET", "policy")["rps"] == 10_000
