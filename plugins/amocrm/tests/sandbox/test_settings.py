"""The account's settings: pipelines, stages, fields, reasons, tags, itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from leadstate_amocrm.sandbox.crm import catalog

if TYPE_CHECKING:
    from conftest import Running


def test_every_pipeline_ends_in_142_and_143(sandbox: Running) -> None:
    """The same ids everywhere, with type 0; only unsorted has type 1."""
    pipelines = sandbox.get("leads/pipelines", "pipelines")
    statuses = [s for p in pipelines for s in p["_embedded"]["statuses"]]

    assert [s["id"] for s in statuses].count(142) == 2
    assert {s["type"] for s in statuses if s["id"] in {142, 143}} == {0}
    unsorted = [s["id"] for s in statuses if s["type"] == 1]
    assert unsorted == [catalog.UNSORTED, catalog.INBOUND_UNSORTED]
    assert [p["is_main"] for p in pipelines] == [True, False]


def test_a_pipeline_is_made_changed_and_deleted(sandbox: Running) -> None:
    """The ends can be renamed; the main one and one with leads stay."""
    statuses = [{"id": 142, "name": "Signed"}, {"name": "First", "sort": 10}]
    item = {"name": "Extra", "sort": 5, "_embedded": {"statuses": statuses}}
    made = sandbox.api("POST", "leads/pipelines", [item, {"name": "Plain"}]).json()
    extra, plain = made["_embedded"]["pipelines"]
    names = {s["id"]: s["name"] for s in extra["_embedded"]["statuses"]}
    path = f"leads/pipelines/{extra['id']}"
    change = {"name": "More", "sort": 7, "is_main": True, "is_unsorted_on": False}
    changed = sandbox.api("PATCH", path, change).json()
    refused = sandbox.api("DELETE", path).status_code
    gone = sandbox.api("DELETE", f"leads/pipelines/{plain['id']}").status_code

    assert names[142] == "Signed"
    assert "First" in names.values()
    assert plain["request_id"] == "1"
    assert (changed["name"], changed["is_main"]) == ("More", True)
    assert (refused, gone) == (400, 204)
    assert sandbox.read(sandbox.lead())["pipeline_id"] == extra["id"]


def test_a_status_is_made_changed_and_deleted(sandbox: Running) -> None:
    """Its leads go to the first stage; of the ends only the name can change."""
    path = f"leads/pipelines/{catalog.SALES}/statuses"
    made = sandbox.api("POST", path, [{"name": "Trial", "sort": 55}]).json()
    number = made["_embedded"]["statuses"][0]["id"]
    lead = sandbox.lead(status_id=number)
    change = {"name": "Test", "sort": 56, "color": "#deff81"}
    changed = sandbox.api("PATCH", f"{path}/{number}", change).json()
    renamed = sandbox.api("PATCH", f"{path}/142", {"name": "Signed"}).json()
    refused = sandbox.api("PATCH", f"{path}/142", {"sort": 1}).status_code
    gone = sandbox.api("DELETE", f"{path}/{number}").status_code

    assert (changed["name"], changed["color"]) == ("Test", "#deff81")
    assert (renamed["name"], refused, gone) == ("Signed", 400, 204)
    assert sandbox.read(lead)["status_id"] == catalog.NEW
    assert sandbox.api("DELETE", f"{path}/143").status_code == 400
    assert sandbox.api("GET", f"{path}/{number}").status_code == 404
    with_text = sandbox.api("GET", f"{path}/142?with=descriptions").json()
    assert with_text["descriptions"] == []
    assert len(sandbox.get(path, "statuses")) == 9


def test_settings_have_upper_bounds(sandbox: Running) -> None:
    """50 pipelines and 100 statuses each."""
    for _ in range(5):
        last = sandbox.api("POST", "leads/pipelines", [{"name": "x"}] * 10)
    path = f"leads/pipelines/{catalog.SALES}/statuses"
    many = sandbox.api("POST", path, [{"name": "x"}] * 95)

    assert last.status_code == many.status_code == 422


def test_loss_reasons_are_listed_and_read(sandbox: Running) -> None:
    """By fixed ids; an unknown one is 404."""
    reasons = sandbox.get("leads/loss_reasons", "loss_reasons")
    one = sandbox.api("GET", "leads/loss_reasons/7200001").json()

    assert [r["id"] for r in reasons] == [n for n, _ in catalog.LOSS_REASONS.values()]
    assert one["name"] == "Chose a competitor"
    assert sandbox.api("GET", "leads/loss_reasons/1").status_code == 404


def test_fields_are_listed_by_type_and_order(sandbox: Running) -> None:
    """With codes, options, currency and a count of pages."""
    dates = sandbox.get("leads/custom_fields?filter[type][]=date_time", "custom_fields")
    down = sandbox.get("leads/custom_fields?order[id]=desc", "custom_fields")
    money = sandbox.api("GET", "leads/custom_fields/7300101").json()

    assert len(dates) == 4
    assert [f["id"] for f in down] == sorted((f["id"] for f in down), reverse=True)
    assert (money["code"], money["currency"]) == ("BUDGET", "EUR")
    assert sandbox.api("GET", "leads/custom_fields/1").status_code == 404


def test_a_field_is_made_changed_and_deleted(sandbox: Running) -> None:
    """Options keep their ids; deleting a field deletes its values."""
    item: dict[str, Any] = {
        "name": "Colour",
        "type": "select",
        "code": "COLOUR",
        "sort": 7,
        "enums": [{"value": "red", "code": "R"}, {"value": "blue"}],
        "required_statuses": [{"pipeline_id": catalog.SALES, "status_id": 142}],
    }
    made = sandbox.api("POST", "leads/custom_fields", [item]).json()
    field = made["_embedded"]["custom_fields"][0]
    path = f"leads/custom_fields/{field['id']}"
    red = {"field_code": "COLOUR", "values": [{"enum_code": "R"}]}
    lead = sandbox.lead(custom_fields_values=[red])
    enums = [{"id": field["enums"][0]["id"], "value": "crimson", "code": "R"}]
    change = {"name": "Shade", "code": "SHADE", "enums": enums, "is_api_only": True}
    changed = sandbox.api("PATCH", path, change).json()
    many = [{"id": field["id"], "hidden_statuses": [], "currency": "EUR"}]
    bulk = sandbox.api("PATCH", "leads/custom_fields", many).status_code
    gone = sandbox.api("DELETE", path).status_code

    assert made["_total_items"] == 1
    assert (changed["name"], changed["is_api_only"]) == ("Shade", True)
    assert changed["enums"][0]["id"] == field["enums"][0]["id"]
    assert (bulk, gone) == (200, 204)
    assert sandbox.read(lead)["custom_fields_values"] is None
    assert sandbox.api("DELETE", "contacts/custom_fields/7300201").status_code == 403
    missing = sandbox.api("PATCH", "leads/custom_fields", [{"id": 1}])
    assert missing.status_code == 404


@pytest.mark.parametrize(
    ("kind", "item", "path"),
    [
        ("leads", {"type": "text"}, "name"),
        ("leads", {"name": "x"}, "type"),
        ("leads", {"name": "x", "type": "magic"}, "type"),
        ("leads", {"name": "x", "type": "multitext"}, "type"),
        ("contacts", {"name": "x", "type": "chained_list"}, "type"),
        ("leads", {"name": "x", "type": "text", "code": "need"}, "code"),
        ("leads", {"name": "x", "type": "text", "code": 5}, "code"),
    ],
    ids=str,
)
def test_a_wrong_field_is_refused(
    sandbox: Running, kind: str, item: dict[str, Any], path: str
) -> None:
    """Names, types, codes; multitext is not for leads, chained lists only."""
    answer = sandbox.api("POST", f"{kind}/custom_fields", [item])

    assert answer.json()["validation-errors"][0]["errors"][0]["path"] == path


def test_the_account_tells_what_is_asked_for(sandbox: Running) -> None:
    """Time zone, task types and groups come with `with=`."""
    plain = sandbox.api("GET", "account").json()
    wanted = "amojo_id,version,users_groups,task_types,datetime_settings,drive_url"
    full = sandbox.api("GET", f"account?with={wanted}").json()

    assert "_embedded" not in plain
    assert "is_api_filter_enabled" not in plain
    assert plain["current_user_id"] == catalog.ADMIN
    assert full["_embedded"]["datetime_settings"]["timezone"] == "Europe/Berlin"
    assert [t["id"] for t in full["_embedded"]["task_types"]] == [1, 2]


def test_tags_are_made_and_found(sandbox: Running) -> None:
    """A name that is there already is the same tag."""
    items = [{"name": "a", "color": "DDEBB5"}, {"name": "b", "request_id": "mine"}]
    made = sandbox.api("POST", "leads/tags", items).json()["_embedded"]["tags"]
    again = sandbox.api("POST", "leads/tags", [{"name": "a"}]).json()
    by_id = sandbox.get(f"leads/tags?filter[id][]={made[0]['id']}", "tags")

    assert [tag["request_id"] for tag in made] == ["0", "mine"]
    assert again["_embedded"]["tags"][0]["id"] == made[0]["id"]
    assert [tag["name"] for tag in by_id] == ["a"]
    assert [t["name"] for t in sandbox.get("leads/tags?query=B", "tags")] == ["b"]
    assert [t["name"] for t in sandbox.get("leads/tags?filter[name]=b", "tags")] == [
        "b"
    ]
    assert sandbox.get("contacts/tags", "tags") == []
