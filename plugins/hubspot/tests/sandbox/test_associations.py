"""Associations v4: types, primaries, batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Running


@pytest.fixture(name="pair")
def _pair(sandbox: Running) -> tuple[str, str]:
    made = sandbox.api(
        "POST", "/crm/v3/objects/companies", {"properties": {"name": "A"}}
    )
    return sandbox.contact(email="t@example.com"), made.json()["id"]


def _types(sandbox: Running, contact: str) -> list[list[int]]:
    path = f"/crm/v4/objects/contacts/{contact}/associations/companies"
    results = sandbox.api("GET", path).json()["results"]
    return [[t["typeId"] for t in one["associationTypes"]] for one in results]


@pytest.mark.parametrize("root", ["/crm/v4/objects", "/crm/objects/2026-09"])
def test_a_first_company_is_primary(
    sandbox: Running, pair: tuple[str, str], root: str
) -> None:
    """Default association answers 200 and makes the company the primary one."""
    contact, company = pair
    path = f"{root}/contacts/{contact}/associations/default/companies/{company}"
    answer = sandbox.api("PUT", path)

    assert answer.status_code == 200
    assert answer.json()["results"][0]["associationSpec"]["associationTypeId"] == 279
    assert _types(sandbox, contact) == [[279, 1]]
    assert sandbox.value(contact, "associatedcompanyid") == company


def test_a_labelled_association_answers_201(
    sandbox: Running, pair: tuple[str, str]
) -> None:
    """PUT with types names the labels; DELETE takes all of them."""
    contact, company = pair
    path = f"/crm/objects/2026-09/contacts/{contact}/associations/companies/{company}"
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
    made = sandbox.api("PUT", path, spec)
    gone = sandbox.api("DELETE", path)

    assert made.status_code == 201
    assert made.json()["labels"] == ["Primary"]
    assert gone.status_code == 204
    assert _types(sandbox, contact) == []


def test_a_type_of_another_pair_is_refused(
    sandbox: Running, pair: tuple[str, str]
) -> None:
    """Deal types do not join contacts to companies."""
    contact, company = pair
    path = f"/crm/v4/objects/contacts/{contact}/associations/companies/{company}"
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 3}]

    assert sandbox.api("PUT", path, spec).status_code == 400


def test_batches_create_read_and_archive(
    sandbox: Running, pair: tuple[str, str]
) -> None:
    """A record without associations is an error of a 207, not a missing result."""
    contact, company = pair
    root = "/crm/associations/2026-09/contacts/companies/batch"
    both: dict[str, Any] = {"from": {"id": contact}, "to": {"id": company}}
    made = sandbox.api("POST", f"{root}/associate/default", {"inputs": [both]})
    read = sandbox.api("POST", f"{root}/read", {"inputs": [{"id": contact}]})
    to_many = both | {"to": [{"id": company}]}
    gone = sandbox.api("POST", f"{root}/archive", {"inputs": [to_many]})
    again = sandbox.api("POST", f"{root}/read", {"inputs": [{"id": contact}]})

    assert (made.status_code, read.status_code, gone.status_code) == (200, 200, 204)
    assert read.json()["results"][0]["to"][0]["toObjectId"] == int(company)
    assert again.status_code == 207
    assert again.json()["results"] == []


def test_a_label_can_be_taken_alone(sandbox: Running, pair: tuple[str, str]) -> None:
    """Archiving the primary label leaves the plain association."""
    contact, company = pair
    root = "/crm/v4/associations/contacts/companies/batch"
    both: dict[str, Any] = {"from": {"id": contact}, "to": {"id": company}}
    sandbox.api("POST", f"{root}/associate/default", {"inputs": [both]})
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
    label = {"inputs": [both | {"types": spec}]}
    sandbox.api("POST", f"{root}/labels/archive", label)

    assert _types(sandbox, contact) == [[279]]


def test_labels_of_a_pair_are_listed(sandbox: Running) -> None:
    """Clients fetch type ids instead of knowing them."""
    path = "/crm/associations/2026-09/leads/contacts/labels"
    listed = sandbox.api("GET", path).json()["results"]

    assert [(one["typeId"], one["label"]) for one in listed] == [(578, "Primary")]


def test_reading_a_record_can_show_its_associations(
    sandbox: Running, pair: tuple[str, str]
) -> None:
    """`associations=companies` adds ids with the name of each type."""
    contact, company = pair
    path = (
        f"/crm/v4/objects/contacts/{contact}/associations/default/companies/{company}"
    )
    sandbox.api("PUT", path)
    shown = sandbox.contacts("GET", f"/{contact}?associations=companies").json()
    types = {one["type"] for one in shown["associations"]["companies"]["results"]}

    assert types == {"contact_to_company", "contact_to_company_primary"}


def test_a_note_counts_on_its_contact(sandbox: Running, pair: tuple[str, str]) -> None:
    """Notes are created with their association and counted in num_notes."""
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}]
    note = {
        "properties": {
            "hs_timestamp": "2026-11-22T10:00:00Z",
            "hs_note_body": "Called",
        },
        "associations": [{"to": {"id": pair[0]}, "types": types}],
    }
    made = sandbox.api("POST", "/crm/objects/2026-09/notes", note)

    assert made.status_code == 201
    assert sandbox.value(pair[0], "num_notes") == "1"
