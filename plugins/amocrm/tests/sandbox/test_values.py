"""Values of custom fields, type by type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Running, Start

MOMENT = 1_800_000_000
ENUMS = [{"value": "one"}, {"value": "two"}]
GOOD: dict[str, tuple[list[Any], list[Any]]] = {
    "text": ([{"value": "a"}], ["a"]),
    "textarea": ([{"value": "a\nb"}], ["a\nb"]),
    "streetaddress": ([{"value": 5}], ["5"]),
    "url": ([{"value": "https://x.example"}], ["https://x.example"]),
    "tracking_data": ([{"value": "utm"}], ["utm"]),
    "numeric": ([{"value": 1.50}], ["1.5"]),
    "price": ([{"value": "100"}], ["100"]),
    "monetary": ([{"value": 12000}], ["12000"]),
    "checkbox": ([{"value": True}], [True]),
    "date": ([{"value": MOMENT}], [MOMENT]),
    "date_time": ([{"value": "2027-01-15T08:00:00+00:00"}], [MOMENT]),
    "birthday": ([{"value": str(MOMENT)}], [MOMENT]),
    "select": ([{"value": "two"}], ["two"]),
    "radiobutton": ([{"value": "one"}], ["one"]),
    "category": ([{"value": "one"}], ["one"]),
    "multiselect": ([{"value": "one"}, {"value": "two"}], ["one", "two"]),
    "smart_address": (
        [{"value": "Berlin", "enum_code": "city"}, {"value": "10115", "enum_id": 5}],
        ["Berlin", "10115"],
    ),
    "legal_entity": ([{"value": {"name": "x"}}], [{"name": "x"}]),
    "linked_entity": (
        [{"value": {"name": "x", "entity_id": 5}}],
        [{"name": "x", "entity_id": 5}],
    ),
    "file": ([{"value": {"file_uuid": "u"}}], [{"file_uuid": "u"}]),
    "payer": ([{"value": {"name": "x"}}], [{"name": "x"}]),
    "chained_list": ([{"catalog_id": 1, "catalog_element_id": 2}], [None]),
}
BAD: dict[str, list[Any]] = {
    "text": [True, [], {}, "x" * 70_000],
    "numeric": ["many", True, None, "NaN", "1e99"],
    "monetary": ["1,5", {}],
    "checkbox": ["yes", 2],
    "date": ["tomorrow", 10**13, "1" * 30, []],
    "birthday": [True],
    "legal_entity": ["x", {"inn": 1}],
    "linked_entity": [{"entity_id": "x"}, []],
    "file": [{"file_name": "x"}, 1],
    "payer": ["x"],
}


def field_of(sandbox: Running, kind: str) -> int:
    """Create a field of a type and return its id."""
    item: dict[str, Any] = {"name": kind, "type": kind, "code": f"T_{kind}".upper()}
    if kind in {"select", "multiselect", "radiobutton", "category"}:
        item["enums"] = ENUMS
    answer = sandbox.api("POST", "leads/custom_fields", [item])
    assert answer.status_code == 200, answer.text
    number: int = answer.json()["_embedded"]["custom_fields"][0]["id"]
    return number


def written(field: int, values: object) -> dict[str, Any]:
    """Return the body of a lead that has one field."""
    return {"custom_fields_values": [{"field_id": field, "values": values}]}


def test_every_documented_type_takes_its_values(sandbox: Running) -> None:
    """What goes in comes back as amoCRM reads it: numbers as texts, moments as ints."""
    for kind, (given, expected) in GOOD.items():
        lead = sandbox.lead(**written(field_of(sandbox, kind), given))
        [field] = sandbox.read(lead)["custom_fields_values"]
        found = [value.get("value") for value in field["values"]]

        assert (field["field_type"], found) == (kind, expected)


def test_every_type_refuses_what_it_cannot_hold(sandbox: Running) -> None:
    """Wrong types are InvalidType at the value."""
    for kind, values in BAD.items():
        field = field_of(sandbox, kind)
        for value in values:
            answer = sandbox.api("POST", "leads", [written(field, [{"value": value}])])
            [error] = answer.json()["validation-errors"][0]["errors"]

            assert error["code"] == "InvalidType", (kind, value)
            assert error["path"] == "custom_fields_values.0.values.0.value"


def test_an_option_is_named_by_text_id_or_code(sandbox: Running) -> None:
    """All three mean the same option, and all three come back."""
    enum = sandbox.api("GET", "leads/custom_fields/7300105").json()["enums"][1]
    ways = [{"value": "director"}, {"enum_id": enum["id"]}, {"enum_code": "director"}]
    found = []
    for way in ways:
        lead = sandbox.lead(**written(7300105, [way]))
        found.append(sandbox.read(lead)["custom_fields_values"][0]["values"][0])

    expected = {"value": "director", "enum_id": enum["id"], "enum_code": "DIRECTOR"}
    assert found == [expected] * 3


@pytest.mark.parametrize(
    ("field", "values", "expected"),
    [
        (7300105, [{"value": "boss"}], ("NotSupportedChoice", "0.value")),
        (7300105, [{"enum_id": 1}], ("NotSupportedChoice", "0.enum_id")),
        (7300105, [{"enum_code": "X"}], ("NotSupportedChoice", "0.enum_code")),
        (7300105, [{"enum_code": None}], ("FieldNotExpected", "0.enum_code")),
        (7300105, [{"value": [], "x": 1}], ("FieldNotExpected", "0.x")),
        (7300105, [{"value": []}], ("InvalidType", "0.value")),
        (7300105, [{"value": "owner"}] * 2, ("FieldNotExpected", "1")),
        (7300102, [{"value": "a", "enum_id": 1}], ("FieldNotExpected", "0.enum_id")),
        (7300102, [{}], ("FieldMissing", "0.value")),
        (7300102, [], ("FieldMissing", "0")),
        (7300102, ["a"], ("InvalidType", "0")),
    ],
    ids=str,
)
def test_strange_values_are_refused_where_they_are(
    sandbox: Running, field: int, values: list[Any], expected: tuple[str, str]
) -> None:
    """Code and path of each mistake."""
    answer = sandbox.api("POST", "leads", [written(field, values)])
    [error] = answer.json()["validation-errors"][0]["errors"]
    code, path = expected

    assert error["code"] == code
    assert error["path"] == f"custom_fields_values.0.values.{path}"


def test_values_must_be_a_list(sandbox: Running) -> None:
    """A bare value is InvalidType."""
    answer = sandbox.api("POST", "leads", [written(7300102, "a")])
    [error] = answer.json()["validation-errors"][0]["errors"]

    assert (error["code"], error["path"]) == (
        "InvalidType",
        "custom_fields_values.0.values",
    )


def test_phones_and_addresses_have_kinds(start: Start) -> None:
    """Multitext is for contacts and companies: several values, each with a kind."""
    sandbox = start()
    phone = {
        "field_code": "PHONE",
        "values": [{"value": "+1"}, {"value": "+2", "enum_code": "MOB"}],
    }
    contact = sandbox.add("contacts", name="a", custom_fields_values=[phone])
    [field] = sandbox.api("GET", f"contacts/{contact}").json()["custom_fields_values"]
    wrong = {"field_code": "PHONE", "values": [{"enum_code": "MOB"}]}
    refused = sandbox.api("POST", "contacts", [{"custom_fields_values": [wrong]}])
    chained = {"catalog_id": "x"}
    list_ = field_of(sandbox, "chained_list")
    bad_chain = sandbox.api("POST", "leads", [written(list_, [chained])])
    address = field_of(sandbox, "smart_address")
    nowhere = sandbox.api("POST", "leads", [written(address, [{"value": "Berlin"}])])

    kinds = [(value["value"], value["enum_code"]) for value in field["values"]]
    assert kinds == [("+1", "WORK"), ("+2", "MOB")]
    codes = [
        answer.json()["validation-errors"][0]["errors"][0]["code"]
        for answer in (refused, bad_chain, nowhere)
    ]
    assert codes == ["FieldMissing", "InvalidType", "NotSupportedChoice"]
