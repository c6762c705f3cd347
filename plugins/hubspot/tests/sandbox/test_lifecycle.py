"""lifecyclestage goes forward only, and says nothing when it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Running, Start


def _set(sandbox: Running, contact: str, stage: str) -> int:
    change = {"properties": {"lifecyclestage": stage}}
    return sandbox.contacts("PATCH", f"/{contact}", change).status_code


def test_a_backward_write_succeeds_and_changes_nothing(sandbox: Running) -> None:
    """HubSpot answers 200 and keeps the later stage."""
    contact = sandbox.contact(email="t@example.com", lifecyclestage="opportunity")

    assert _set(sandbox, contact, "lead") == 200
    assert sandbox.value(contact, "lifecyclestage") == "opportunity"


def test_the_rest_of_a_backward_write_is_kept(sandbox: Running) -> None:
    """Only the stage is passed over; other properties of the call are written."""
    contact = sandbox.contact(email="t@example.com", lifecyclestage="opportunity")
    change = {"properties": {"lifecyclestage": "lead", "budget": "7"}}
    sandbox.contacts("PATCH", f"/{contact}", change)

    assert sandbox.value(contact, "budget") == "7"
    assert sandbox.value(contact, "lifecyclestage") == "opportunity"


def test_clearing_in_its_own_call_opens_the_way_back(sandbox: Running) -> None:
    """Clear, then set: two calls go backward, with both steps in the history."""
    contact = sandbox.contact(email="t@example.com", lifecyclestage="opportunity")
    _set(sandbox, contact, "")
    _set(sandbox, contact, "lead")
    state = sandbox.control("GET", f"state/contacts/{contact}")

    values = [version["value"] for version in state["history"]["lifecyclestage"]]
    assert values == ["lead", "", "opportunity"]


def test_custom_stages_keep_their_place_in_the_order(sandbox: Running) -> None:
    """Order is that of the options, not of names or numbers."""
    contact = sandbox.contact(email="t@example.com", lifecyclestage="174913201")
    _set(sandbox, contact, "marketingqualifiedlead")
    kept = sandbox.value(contact, "lifecyclestage")
    _set(sandbox, contact, "salesqualifiedlead")

    assert kept == "174913201"
    assert sandbox.value(contact, "lifecyclestage") == "salesqualifiedlead"


def test_a_batch_does_not_clear_and_set_in_order(start: Start) -> None:
    """Clear and set in one batch come out one way or the other."""
    sandbox = start(records=0, seed=3)
    ids = [
        sandbox.contact(email=f"{i}@example.com", lifecyclestage="opportunity")
        for i in range(12)
    ]
    inputs = [
        {"id": contact, "properties": {"lifecyclestage": stage}}
        for contact in ids
        for stage in ("", "lead")
    ]
    sandbox.contacts("POST", "/batch/update", {"inputs": inputs})

    outcomes = {sandbox.value(contact, "lifecyclestage") for contact in ids}
    assert outcomes == {None, "lead"}


def test_the_policy_can_refuse_or_allow(sandbox: Running) -> None:
    """`error` answers 400, `allow` moves backward."""
    contact = sandbox.contact(email="t@example.com", lifecyclestage="opportunity")
    sandbox.control("PUT", "policy", {"lifecycle": "error"})
    refused = _set(sandbox, contact, "lead")
    sandbox.control("PUT", "policy", {"lifecycle": "allow"})

    assert refused == 400
    assert _set(sandbox, contact, "lead") == 200
    assert sandbox.value(contact, "lifecyclestage") == "lead"


def test_people_may_move_backward(sandbox: Running) -> None:
    """The interface has no forward-only rule."""
    contact = sandbox.contact(email="t@example.com", lifecyclestage="opportunity")
    change = {"lifecyclestage": "lead"}
    edit = {"object": "contacts", "id": contact, "properties": change}
    sandbox.control("POST", "edit", edit)

    assert sandbox.value(contact, "lifecyclestage") == "lead"


def test_deals_move_their_contacts_when_switched_on(sandbox: Running) -> None:
    """With deal_automation a deal makes an opportunity, a won one a customer."""
    sandbox.control("PUT", "policy", {"deal_automation": True})
    contact = sandbox.contact(email="t@example.com", lifecyclestage="lead")
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 3}]
    deal = {
        "properties": {"dealname": "D", "dealstage": "contractsent"},
        "associations": [{"to": {"id": contact}, "types": types}],
    }
    made = sandbox.api("POST", "/crm/v3/objects/deals", deal).json()
    after_creation = sandbox.value(contact, "lifecyclestage")
    won = {"properties": {"dealstage": "closedwon"}}
    sandbox.api("PATCH", f"/crm/v3/objects/deals/{made['id']}", won)

    assert after_creation == "opportunity"
    assert sandbox.value(contact, "lifecyclestage") == "customer"
