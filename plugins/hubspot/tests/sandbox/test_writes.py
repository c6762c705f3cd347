"""What a write is refused for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Running


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("no_such", "x", "PROPERTY_DOESNT_EXIST"),
        ("Email", "x@example.com", "PROPERTY_DOESNT_EXIST"),
        ("lifecyclestage", "Lead", "INVALID_OPTION"),
        ("lead_tags", "vip;unknown", "INVALID_OPTION"),
        ("qualified_by_qc", "yes", "INVALID_OPTION"),
        ("budget", "a lot", "INVALID_INTEGER"),
        ("budget", "NaN", "INVALID_INTEGER"),
        ("budget", "1e999", "INVALID_INTEGER"),
        ("decision_date", "2026-12-01T10:00:00Z", "INVALID_DATE"),
        ("last_webinar_at", "tomorrow", "INVALID_DATE"),
        ("email", "not an address", "INVALID_EMAIL"),
        ("hubspot_owner_id", "28604240", "INVALID_OWNER_ID"),
        ("createdate", "2026-01-01", "READ_ONLY_VALUE"),
        ("hs_object_id", "5", "READ_ONLY_VALUE"),
        ("hs_v2_date_entered_lead", "2026-01-01", "READ_ONLY_VALUE"),
        ("need", "x" * 65_537, "INVALID_STRING"),
    ],
)
def test_a_value_that_does_not_fit_is_named(
    sandbox: Running, name: str, value: str, code: str
) -> None:
    """A 400 names the property and HubSpot's code, and nothing is written."""
    contact = sandbox.contact(email="t@example.com")
    before = sandbox.control("GET", f"state/contacts/{contact}")
    change = {"properties": {"firstname": "Kept out", name: value}}
    answer = sandbox.contacts("PATCH", f"/{contact}", change)
    error = answer.json()["errors"][0]

    assert answer.status_code == 400
    assert answer.json()["category"] == "VALIDATION_ERROR"
    assert error["code"] == code
    assert error["context"]["propertyName"] == [name]
    assert sandbox.control("GET", f"state/contacts/{contact}") == before


def test_everything_wrong_is_told_at_once(sandbox: Running) -> None:
    """Two bad properties make two errors, repeated as JSON in the message."""
    body = {"properties": {"nope": "1", "budget": "x"}}
    answer = sandbox.contacts("POST", "", body).json()
    listed = json.loads(answer["message"].partition(": ")[2])

    assert len(answer["errors"]) == 2
    assert {one["name"] for one in listed} == {"nope", "budget"}


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("last_webinar_at", "1767225600000", "2026-01-01T00:00:00.000Z"),
        ("last_webinar_at", "2026-01-01T02:00:00+02:00", "2026-01-01T00:00:00.000Z"),
        ("decision_date", "1767225600000", "2026-01-01"),
        ("decision_date", "2026-01-01", "2026-01-01"),
        ("email", "  Ada@Example.COM ", "ada@example.com"),
        ("budget", " 12.50 ", "12.50"),
        ("lead_tags", "vip;spam;vip", "vip;spam"),
    ],
)
def test_values_are_kept_in_one_form(
    sandbox: Running, name: str, given: str, kept: str
) -> None:
    """Moments, e-mails and choices are stored in HubSpot's form."""
    contact = sandbox.contact(firstname="T", **{name: given})

    assert sandbox.value(contact, name) == kept


def test_a_leading_semicolon_adds_to_the_choices(sandbox: Running) -> None:
    """`;vip` keeps what was chosen before."""
    contact = sandbox.contact(firstname="T", lead_tags="spam")
    sandbox.contacts("PATCH", f"/{contact}", {"properties": {"lead_tags": ";vip"}})

    assert sandbox.value(contact, "lead_tags") == "spam;vip"


def test_a_second_contact_with_an_email_is_a_conflict(sandbox: Running) -> None:
    """409 names the id that exists, on creation and on change."""
    first = sandbox.contact(email="same@example.com")
    other = sandbox.contact(email="other@example.com")
    same = {"properties": {"email": "SAME@example.com"}}
    created = sandbox.contacts("POST", "", same)
    changed = sandbox.contacts("PATCH", f"/{other}", same)

    assert (created.status_code, changed.status_code) == (409, 409)
    expected = f"Contact already exists. Existing ID: {first}"
    assert created.json()["message"] == expected
    assert created.json()["category"] == "CONFLICT"


def test_a_validation_rule_refuses_with_its_message(sandbox: Running) -> None:
    """The administrator's rule holds for the value it names, until removed."""
    rule = {
        "object": "contacts",
        "property": "lifecyclestage",
        "value": "salesqualifiedlead",
        "message": "Fill in the budget first",
    }
    sandbox.control("POST", "rules", rule)
    contact = sandbox.contact(email="t@example.com", lifecyclestage="lead")
    change = {"properties": {"lifecyclestage": "salesqualifiedlead"}}
    refused = sandbox.contacts("PATCH", f"/{contact}", change)
    sandbox.control("DELETE", "rules")
    allowed = sandbox.contacts("PATCH", f"/{contact}", change)

    assert refused.status_code == 400
    assert refused.json()["message"] == "Fill in the budget first"
    assert allowed.status_code == 200


@pytest.mark.parametrize("path", ["/1", "/abc", "/99999999999999999999999", "/%00"])
def test_records_that_do_not_exist_are_not_found(sandbox: Running, path: str) -> None:
    """Wrong ids answer 404 to reading, writing and archiving alike."""
    answers = [
        sandbox.contacts("GET", path),
        sandbox.contacts("PATCH", path, {"properties": {}}),
        sandbox.contacts("DELETE", path),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert answers[0].json()["category"] == "OBJECT_NOT_FOUND"
