"""Reading: joins by id, whatever order and form HubSpot answers in."""

from __future__ import annotations

from typing import Any

import pytest
from leadstate_hubspot.payloads_account import Property

from leadstate.adapters import Gone, GoneReason, RemoteObject
from leadstate.errors import ConfigurationError, RetryLater

READ = "/crm/objects/2026-09/contacts/batch/read"
SEARCH = "/crm/objects/2026-09/contacts/search"
COMPANIES = "/crm/objects/2026-09/companies/batch/read"
LINKS = "/crm/associations/2026-09/contacts/companies/batch/read"
NAMES = ("email", "company.name", "company.size")


def record(key: Any, **properties: Any) -> dict[str, Any]:
    return {"id": key, "properties": properties}


def link(key: str, *companies: Any, after: str | None = None) -> dict[str, Any]:
    to = [
        {
            "toObjectId": company,
            "associationTypes": [
                {"category": category, "typeId": type_id, "label": label}
            ],
        }
        for company, category, type_id, label in companies
    ]
    paging = {"paging": {"next": {"after": after}}} if after else {}
    return {"from": {"id": key}, "to": to, **paging}


def test_answers_are_joined_by_id(connect: Any, hubspot: Any) -> None:
    """Results come unordered, ids as text or number; one answer per id."""
    hubspot.on(READ, {"results": [record(2, email="b"), record("1", email="")]})

    found = {one.id: one for one in connect(names=("email",)).read(["1", "2", "1"])}

    assert found["1"].properties == {"email": None}
    assert found["2"].properties == {"email": "b"}


def test_large_reads_are_cut_into_hundreds(connect: Any, hubspot: Any) -> None:
    """HubSpot takes 100 ids a call."""
    route = hubspot.always(
        READ, lambda body: {"results": [record(x["id"]) for x in body["inputs"]]}
    )

    found = connect(names=("email",)).read([str(n) for n in range(250)])

    assert len(found) == 250
    assert [len(one["inputs"]) for one in hubspot.bodies(route)] == [100, 100, 50]


def test_nothing_is_asked_about_nothing(connect: Any, hubspot: Any) -> None:
    """No ids, no call; malformed ids neither."""
    adapter = connect(names=NAMES)

    assert adapter.read([]) == []
    assert adapter.read(["x", "9" * 20, "\u0661"]) == [
        Gone(id=key, reason=GoneReason.UNKNOWN) for key in ("x", "9" * 20, "\u0661")
    ]
    assert dict(adapter.calls) == {}


@pytest.mark.parametrize(
    "errors", [[], [{"category": "OBJECT_NOT_FOUND", "context": {"ids": ["2"]}}]]
)
def test_missing_records_are_looked_for_in_the_archive(
    connect: Any, hubspot: Any, errors: Any
) -> None:
    """With or without an error entry: what was left out is gone."""
    hubspot.on(
        READ,
        {"results": [record("1")], "errors": errors},
        {"results": [record("2")], "errors": errors},
    )
    hubspot.on(SEARCH, {"results": []})

    found = {one.id: one for one in connect(names=("email",)).read(["1", "2", "3"])}

    assert isinstance(found["1"], RemoteObject)
    assert found["2"] == Gone(id="2", reason=GoneReason.DELETED)
    assert found["3"] == Gone(id="3", reason=GoneReason.VANISHED)


def test_a_contact_that_another_one_took_in_did_not_vanish(
    connect: Any, hubspot: Any
) -> None:
    """Nobody is forgotten because of a merge that nobody has read yet."""
    hubspot.on(READ, {"results": []}, {"results": []})
    hubspot.on(SEARCH, {"results": [record("9", hs_merged_object_ids="1;2")]})

    [found] = connect(names=()).read(["2"])

    assert Gone(id="2", reason=GoneReason.MERGED, into="9") == found


def test_a_partial_answer_for_another_reason_makes_nothing_gone(
    connect: Any, hubspot: Any
) -> None:
    """A record is not closed because HubSpot was out of order."""
    hubspot.on(READ, (207, {"results": [], "errors": [{"category": "INTERNAL"}]}))

    with pytest.raises(RetryLater, match="a part of contacts"):
        connect(names=("email",)).read(["1"])


def test_a_survivor_in_place_of_a_merged_id_is_recognised(
    connect: Any, hubspot: Any
) -> None:
    """Should HubSpot resolve it: the survivor says so itself."""
    survivor = record("9", hs_merged_object_ids="1;2")
    hubspot.on(READ, {"results": [survivor]}, {"results": []})
    hubspot.on(SEARCH, {"results": []})

    found = {one.id: one for one in connect(names=()).read(["1", "9", "3"])}

    assert found["1"] == Gone(id="1", reason=GoneReason.MERGED, into="9")
    assert found["9"].merged_ids == ("1", "2")
    assert found["3"].reason is GoneReason.VANISHED


def test_the_primary_company_is_preferred_and_each_is_read_once(
    connect: Any, hubspot: Any
) -> None:
    """By type id, by label, else the oldest; pages are followed."""
    ids = [str(n) for n in range(1, 6)]
    hubspot.on(READ, {"results": [record(key) for key in ids]})
    plain = ("HUBSPOT_DEFINED", 279, None)
    links = hubspot.on(
        LINKS,
        {
            "results": [
                link("1", (50, *plain), (60, "HUBSPOT_DEFINED", 1, None)),
                link("2", ("70", *plain), ("60", "HUBSPOT_DEFINED", 99, "Primary")),
                link("3", (80, *plain), (70, *plain), after="next"),
                link("4", (80, "USER_DEFINED", 1, "Partner"), (90, *plain)),
            ],
            "errors": [{"category": "OBJECT_NOT_FOUND"}],
        },
        {"results": [link("3", (60, "HUBSPOT_DEFINED", 1, "Primary"))]},
    )
    route = hubspot.on(
        COMPANIES,
        {"results": [record("60", name="Sixty", size=""), record("80", name="Eighty")]},
    )

    found = {one.id: one.properties for one in connect(names=NAMES).read(ids)}

    assert found["1"] == {"company.name": "Sixty", "company.size": None}
    assert found["1"] == found["2"] == found["3"]
    assert found["4"] == {"company.name": "Eighty"}
    assert found["5"] == {"company.name": None, "company.size": None}
    assert hubspot.bodies(links)[1]["inputs"] == [{"id": "3", "after": "next"}]
    assert [one["id"] for one in hubspot.bodies(route)[0]["inputs"]] == ["60", "80"]


def test_a_thousand_links_are_one_call(connect: Any, hubspot: Any) -> None:
    """The limit of an associations batch read is its own."""
    hubspot.always(
        READ, lambda body: {"results": [record(x["id"]) for x in body["inputs"]]}
    )
    route = hubspot.always(LINKS, {"results": []})

    connect(names=NAMES).read([str(n) for n in range(1200)])

    assert [len(one["inputs"]) for one in hubspot.bodies(route)] == [1000, 200]


def test_links_in_part_are_no_links(connect: Any, hubspot: Any) -> None:
    """A record does not lose its company because HubSpot was out of order."""
    hubspot.on(READ, {"results": [record("1")]})
    hubspot.on(LINKS, {"results": [], "errors": [{"category": "INTERNAL"}]})

    with pytest.raises(RetryLater, match="associations"):
        connect(names=NAMES).read(["1"])


DETAILS = {"portalId": 7, "timeZone": "Europe/Berlin", "accountType": "SANDBOX"}


def test_describe_shows_what_a_binding_can_name(connect: Any, hubspot: Any) -> None:
    """Options in order, read-only ones marked, archived ones left out."""
    hubspot.on("/account-info/2026-09/details", DETAILS)
    options = [
        {"value": "hidden", "displayOrder": -1},
        {"value": "b", "displayOrder": 2},
        {"value": "a", "displayOrder": 1},
    ]
    contacts = [
        {"name": "stage", "label": "Stage", "type": "enumeration", "options": options},
        {"name": "sum", "type": "number", "calculated": True},
        {"name": "id", "modificationMetadata": {"readOnlyValue": True}},
        {"name": "old", "archived": True},
    ]
    hubspot.on("/crm/properties/2026-09/contacts", {"results": contacts})
    hubspot.on("/crm/properties/2026-09/companies", {"results": [{"name": "name"}]})

    account = connect(portal_id=7).describe()

    assert (account.id, account.name) == ("7", "HubSpot 7 SANDBOX")
    assert sorted(account.properties) == ["company.name", "id", "stage", "sum"]
    assert account.properties["stage"].options == ("a", "b", "hidden")
    read_only = [name for name, one in account.properties.items() if one.read_only]
    assert sorted(read_only) == ["company.name", "id", "sum"]


@pytest.mark.parametrize("bound", [False, True])
def test_companies_are_described_if_their_scope_is_there(
    connect: Any,
    hubspot: Any,
    bound: bool,  # noqa: FBT001
) -> None:
    """Without the scope it matters only where the binding reads a company."""
    hubspot.on("/account-info/2026-09/details", DETAILS)
    hubspot.on("/crm/properties/2026-09/contacts", {"results": []})
    missing = {"message": "scopes", "category": "MISSING_SCOPES"}
    hubspot.on("/crm/properties/2026-09/companies", (403, missing))
    adapter = connect(names=NAMES if bound else ("email",))

    if bound:
        with pytest.raises(ConfigurationError, match="scope"):
            adapter.describe()
    else:
        assert adapter.describe().properties == {}


def test_companies_alone_are_described_once(connect: Any, hubspot: Any) -> None:
    """A binding of companies has no company of its own."""
    hubspot.on("/account-info/2026-09/details", DETAILS)
    hubspot.on("/crm/properties/2026-09/companies", {"results": [{"name": "name"}]})

    assert list(connect("companies", ("name",)).describe().properties) == ["name"]


def test_models_bear_what_they_do_not_know() -> None:
    """HubSpot adds fields without notice."""
    found = Property.model_validate({"name": "x", "brandNew": {"a": 1}})

    assert found.label == ""


def test_further_addresses_and_numbers_come_along(connect: Any, hubspot: Any) -> None:
    """They tell who somebody is, and are no values of the bound properties."""
    shown = record(
        "1", email="a@x.example", hs_additional_emails="b@x.example; c@x.example",
        phone="+49 30 1", mobilephone="+49 170 1",
    )  # fmt: skip
    hubspot.on(READ, {"results": [shown, record("2", email="d@x.example")]})

    one, two = connect(names=("email", "phone")).read(["1", "2"])

    assert {"email": ("b@x.example", "c@x.example"), "phone": ("+49 170 1",)} == (
        one.also
    )
    assert {"email", "phone"} >= set(one.properties)
    assert {} == two.also
