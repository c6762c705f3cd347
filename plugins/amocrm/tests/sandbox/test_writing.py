"""Leads are changed: stages, closing, unsorted, tags, authors, bulk refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from leadstate_amocrm.sandbox.crm import catalog

if TYPE_CHECKING:
    import httpx

    from conftest import Running


def errors(answer: httpx.Response) -> list[tuple[str, str]]:
    """Return code and path of everything wrong with the first bad item."""
    assert answer.status_code == 400, answer.text
    found = answer.json()["validation-errors"][0]["errors"]
    return [(one["code"], one["path"]) for one in found]


def test_a_new_lead_stands_in_the_first_stage_of_the_main_pipeline(
    sandbox: Running,
) -> None:
    """Nothing is needed; the token's user is author and owner."""
    lead = sandbox.read(sandbox.lead())

    assert (lead["pipeline_id"], lead["status_id"]) == (catalog.SALES, catalog.NEW)
    assert lead["created_by"] == lead["responsible_user_id"] == catalog.ADMIN
    assert lead["name"]
    assert (lead["closed_at"], lead["custom_fields_values"]) == (None, None)


def test_a_stage_brings_its_pipeline_and_a_pipeline_its_first_stage(
    sandbox: Running,
) -> None:
    """Ids of ordinary stages are the account's only ones."""
    by_stage = sandbox.read(sandbox.lead(status_id=catalog.INBOUND_CONNECTED))
    moved = sandbox.lead()
    sandbox.patch(moved, pipeline_id=catalog.INBOUND)

    assert by_stage["pipeline_id"] == catalog.INBOUND
    assert sandbox.read(moved)["status_id"] == catalog.INBOUND_NEW


def test_a_change_answers_id_and_moment_alone(sandbox: Running) -> None:
    """Values are not echoed: one must read to see them."""
    lead = sandbox.lead()
    one = sandbox.patch(lead, price=5).json()
    many = sandbox.api("PATCH", "leads", [{"id": lead, "price": 6}]).json()

    assert set(one) == {"id", "updated_at", "_links"}
    assert set(many["_embedded"]["leads"][0]) == {"id", "updated_at", "_links"}
    assert isinstance(one["updated_at"], int)
    assert sandbox.read(lead)["price"] == 6


def test_omitted_fields_stay_and_null_clears(sandbox: Running) -> None:
    """PATCH replaces the values of the fields it names."""
    products = [{"value": "crm"}, {"value": "erp"}]
    lead = sandbox.lead(
        custom_fields_values=[
            {"field_code": "PRODUCTS", "values": products},
            {"field_code": "NEED", "values": [{"value": "x"}]},
        ]
    )
    field: dict[str, Any] = {"field_code": "PRODUCTS", "values": [{"value": "support"}]}
    sandbox.patch(lead, custom_fields_values=[field])
    replaced = sandbox.read(lead)["custom_fields_values"]
    sandbox.patch(lead, custom_fields_values=[field | {"values": None}])
    cleared = sandbox.read(lead)["custom_fields_values"]

    assert [[v["value"] for v in f["values"]] for f in replaced] == [["support"], ["x"]]
    assert [f["field_code"] for f in cleared] == ["NEED"]


def test_closing_and_opening_again_keep_closed_at_right(sandbox: Running) -> None:
    """Set on 142 and 143, gone on re-opening unless the policy keeps it."""
    lead = sandbox.lead()
    sandbox.patch(lead, status_id=142)
    won = sandbox.read(lead)["closed_at"]
    sandbox.patch(lead, status_id=143, closed_at=1_700_000_000)
    lost = sandbox.read(lead)["closed_at"]
    sandbox.patch(lead, status_id=catalog.NEW)
    reopened = sandbox.read(lead)["closed_at"]
    sandbox.policy(reopen_clears_closed_at=False)
    sandbox.patch(lead, status_id=142)
    sandbox.patch(lead, status_id=catalog.NEW)

    assert won > lost == 1_700_000_000
    assert reopened is None
    assert sandbox.read(lead)["closed_at"] is not None


def test_a_loss_reason_belongs_to_lost_leads(sandbox: Running) -> None:
    """It is kept on 143, dropped elsewhere, and not taken by a creation."""
    lead = sandbox.lead()
    sandbox.patch(lead, loss_reason_id=7200001)
    while_open = sandbox.read(lead)["loss_reason_id"]
    sandbox.patch(lead, status_id=143, loss_reason_id=7200001)
    lost = sandbox.read(lead)["loss_reason_id"]
    sandbox.patch(lead, status_id=142)
    created_lost = sandbox.api(
        "POST", "leads", [{"status_id": 143, "loss_reason_id": 7200001}]
    )

    assert (while_open, lost) == (None, 7200001)
    assert sandbox.read(lead)["loss_reason_id"] is None
    choice = ("NotSupportedChoice", "loss_reason_id")
    assert errors(sandbox.patch(lead, status_id=143, loss_reason_id=1)) == [choice]
    assert errors(created_lost) == [choice]


def test_a_stage_of_another_pipeline_is_refused(sandbox: Running) -> None:
    """Also one that is nowhere, and a pipeline that is nowhere."""
    lead = sandbox.lead()
    choice = [("NotSupportedChoice", "status_id")]
    strange = sandbox.patch(lead, pipeline_id=catalog.INBOUND, status_id=catalog.SQL)

    assert errors(strange) == choice
    assert errors(sandbox.patch(lead, status_id=catalog.INBOUND_NEW)) == choice
    assert errors(sandbox.patch(lead, status_id=99)) == choice
    wrong = sandbox.patch(lead, pipeline_id=99)
    assert errors(wrong) == [("NotSupportedChoice", "pipeline_id")]
    assert errors(sandbox.patch(lead, status_id="x")) == [("InvalidType", "status_id")]


def test_unsorted_is_left_by_any_change_and_entered_by_none(sandbox: Running) -> None:
    """Type 1 is no target; a new name alone moves the lead to the first stage."""
    form = {
        "source_uid": "s",
        "source_name": "Site",
        "metadata": {
            "form_id": 1,
            "form_name": "f",
            "form_page": "p",
            "form_sent_at": 1,
        },
    }
    added = sandbox.api("POST", "leads/unsorted/forms", [form]).json()
    lead = added["_embedded"]["unsorted"][0]["_embedded"]["leads"][0]["id"]
    before = sandbox.read(lead)["status_id"]
    refused = sandbox.patch(lead, status_id=catalog.UNSORTED)
    sandbox.patch(lead, name="Looked at")

    assert before == catalog.UNSORTED
    assert errors(refused) == [("NotSupportedChoice", "status_id")]
    assert sandbox.read(lead)["status_id"] == catalog.NEW
    [event] = sandbox.events("filter[type]=lead_status_changed")
    assert event["value_before"][0]["lead_status"]["id"] == catalog.UNSORTED


def test_a_write_can_be_the_robots(sandbox: Running) -> None:
    """`updated_by` 0 is the author of the lead, its event and nothing more."""
    lead = sandbox.lead(created_by=0)
    sandbox.patch(lead, status_id=catalog.MQL, updated_by=0)
    as_robot = sandbox.read(lead)
    sandbox.patch(lead, status_id=catalog.SAL)
    moves = sandbox.events("filter[type]=lead_status_changed")

    assert (as_robot["created_by"], as_robot["updated_by"]) == (0, 0)
    assert sandbox.read(lead)["updated_by"] == catalog.ADMIN
    assert [event["created_by"] for event in moves] == [catalog.ADMIN, 0]


@pytest.mark.parametrize("name", ["created_by", "updated_by", "responsible_user_id"])
def test_users_who_left_are_no_choice(sandbox: Running, name: str) -> None:
    """Whole models sent back fail so when their author has left."""
    answer = sandbox.patch(sandbox.lead(), **{name: catalog.FORMER_USER})

    assert errors(answer) == [("NotSupportedChoice", name)]


def test_tags_are_added_taken_and_replaced(sandbox: Running) -> None:
    """By name or id; null under `_embedded` takes all."""
    lead = sandbox.lead(tags_to_add=[{"name": "a"}, {"name": "b"}])

    def names() -> list[str]:
        return [tag["name"] for tag in sandbox.read(lead)["_embedded"]["tags"]]

    first = names()
    sandbox.patch(lead, tags_to_add=[{"name": "c"}], tags_to_delete=[{"name": "a"}])
    second = names()
    known = sandbox.read(lead)["_embedded"]["tags"][0]["id"]
    sandbox.patch(lead, _embedded={"tags": [{"id": known}]})
    third = names()
    sandbox.patch(lead, _embedded={"tags": None})

    assert (first, second, third) == (["a", "b"], ["b", "c"], ["b"])
    assert names() == []
    wrong = sandbox.patch(lead, tags_to_add=[{"id": 1}])
    assert errors(wrong) == [("NotSupportedChoice", "tags_to_add.0")]


def test_one_bad_item_refuses_the_whole_request(sandbox: Running) -> None:
    """Nothing applies, unless the policy lets the good items through."""
    good, bad = sandbox.lead(), sandbox.lead()
    items = [{"id": good, "price": 5}, {"id": bad, "price": "much"}, {"id": 1}]
    refused = sandbox.api("PATCH", "leads", items)
    untouched = sandbox.read(good)["price"]
    sandbox.policy(partial_bulk=True)
    partial = sandbox.api("PATCH", "leads", items)

    wrong = refused.json()["validation-errors"]
    assert [one["request_id"] for one in wrong] == ["1", "2"]
    assert errors(refused) == [("InvalidType", "price")]
    assert untouched == 0
    assert partial.status_code == 400
    assert sandbox.read(good)["price"] == 5


def test_more_than_250_items_are_refused(sandbox: Running) -> None:
    """422 for a bulk write, and for more than 50 complex leads."""
    many = sandbox.api("POST", "leads", [{"name": "x"}] * 251)
    complex_ = sandbox.api("POST", "leads/complex", [{"name": "x"}] * 51)

    assert (many.status_code, complex_.status_code) == (422, 422)
    assert sandbox.api("POST", "leads", []).status_code == 400


def test_the_request_id_comes_back(sandbox: Running) -> None:
    """The caller's own word, or the number of the item as a text."""
    answer = sandbox.api("POST", "leads", [{"request_id": "mine"}, {"name": "x"}])
    rows = answer.json()["_embedded"]["leads"]

    assert [row["request_id"] for row in rows] == ["mine", "1"]


def test_there_is_no_lock_and_updated_at_can_be_set(sandbox: Running) -> None:
    """An old `updated_at` refuses nothing: it is written as any member."""
    lead = sandbox.lead()
    answer = sandbox.patch(lead, price=7, updated_at=1_600_000_000)
    shown = sandbox.read(lead)

    assert answer.json()["updated_at"] == shown["updated_at"] == 1_600_000_000
    assert shown["price"] == 7


def test_required_fields_hold_a_move_only_if_the_policy_says_so(
    sandbox: Running,
) -> None:
    """Readable always; enforced by a switch."""
    stage = {"pipeline_id": catalog.SALES, "status_id": catalog.SQL}
    sandbox.api("PATCH", "leads/custom_fields/7300102", {"required_statuses": [stage]})
    field = sandbox.api("GET", "leads/custom_fields/7300102").json()
    free, held = sandbox.lead(), sandbox.lead()
    moved = sandbox.patch(free, **stage)
    sandbox.policy(enforce_required_statuses=True)
    refused = sandbox.patch(held, **stage)
    need = {"field_id": 7300102, "values": [{"value": "x"}]}
    filled = sandbox.patch(held, **stage, custom_fields_values=[need])

    assert field["required_statuses"] == [stage]
    assert moved.status_code == filled.status_code == 200
    assert errors(refused) == [("RequiredFilled", "custom_fields_values.7300102")]


def test_unknown_members_are_ignored_unless_refused(sandbox: Running) -> None:
    """A switch: the documentation does not say."""
    lead = sandbox.lead()
    ignored = sandbox.patch(lead, colour="red")
    sandbox.policy(refuse_unexpected=True)

    assert ignored.status_code == 200
    assert errors(sandbox.patch(lead, colour="x")) == [("FieldNotExpected", "colour")]


def test_names_of_contacts_follow_their_parts(sandbox: Running) -> None:
    """First and last make the name, or the name is taken apart."""
    parts = sandbox.add("contacts", first_name="Ada", last_name="Lovelace")
    whole = sandbox.add("contacts", name="Grace Hopper")
    changed = sandbox.api("PATCH", f"contacts/{parts}", {"last_name": "Byron"}).json()
    shown = sandbox.api("GET", f"contacts/{whole}").json()

    assert changed["name"] == "Ada Byron"
    assert (shown["first_name"], shown["last_name"]) == ("Grace", "Hopper")


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"name": None}, ("NotNullable", "name")),
        ({"name": []}, ("InvalidType", "name")),
        ({"price": -1}, ("InvalidType", "price")),
        ({"price": 1.5}, ("InvalidType", "price")),
        ({"created_at": "soon"}, ("InvalidType", "created_at")),
        ({"closed_at": {}}, ("InvalidType", "closed_at")),
        ({"custom_fields_values": {}}, ("InvalidType", "custom_fields_values")),
        ({"custom_fields_values": [1]}, ("InvalidType", "custom_fields_values.0")),
        ({"tags_to_add": 1}, ("InvalidType", "tags_to_add")),
        ({"tags_to_add": [1]}, ("InvalidType", "tags_to_add.0")),
        ({"_embedded": []}, ("InvalidType", "_embedded")),
        (
            {"_embedded": {"contacts": 1}},
            ("InvalidType", "_embedded.contacts"),
        ),
        (
            {"_embedded": {"contacts": [{"id": 1}]}},
            ("NotSupportedChoice", "_embedded.contacts.0.id"),
        ),
        (
            {"custom_fields_values": [{"field_id": 1, "values": None}]},
            ("NotSupportedChoice", "custom_fields_values.0.field_id"),
        ),
        (
            {"custom_fields_values": [{"field_code": "X", "values": None}]},
            ("NotSupportedChoice", "custom_fields_values.0.field_code"),
        ),
        (
            {"custom_fields_values": [{"values": None}]},
            ("FieldMissing", "custom_fields_values.0.field_id"),
        ),
        (
            {"custom_fields_values": [{"field_id": "1"}]},
            ("InvalidType", "custom_fields_values.0.field_id"),
        ),
        (
            {"custom_fields_values": [{"field_id": 7300102}]},
            ("FieldMissing", "custom_fields_values.0.values"),
        ),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_every_member_is_held_to_its_type(
    sandbox: Running, item: dict[str, Any], expected: tuple[str, str]
) -> None:
    """The path leads to what is wrong."""
    assert errors(sandbox.api("POST", "leads", [item])) == [expected]
