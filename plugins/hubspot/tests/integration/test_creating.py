"""Creation against the sandbox: found by identity, made once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from leadstate.adapters import Create, Created, Refused
from leadstate.domain.binding import Binding, FieldSource
from leadstate.errors import ConfigurationError, RetryLater

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AT = datetime(2026, 11, 22, tzinfo=UTC)
NAMES = ("email", "firstname", "phone")


def binding_of(kind: str, names: tuple[str, ...]) -> Binding:
    """Return a binding that reads ``names``."""
    fields = {name: FieldSource(property=name) for name in names}
    return Binding(workflow="demo", adapter="hubspot", object=kind, fields=fields)


def order(token: str, *, repeated: bool = False, **properties: str) -> Create:
    return Create(token=token, properties=properties, created_at=AT, repeated=repeated)


@pytest.fixture(name="portal", scope="module")
def _portal(start_sandbox: Callable[..., Any]) -> Any:
    return start_sandbox("--records", "8", "--rate-per-10s", "100000")


@pytest.fixture(name="keeping", scope="module")
def _keeping(start_sandbox: Callable[..., Any]) -> Any:
    """A portal whose contacts and deals have the token property."""
    sandbox = start_sandbox("--records", "3", "--rate-per-10s", "100000")
    for kind in ("contacts", "deals"):
        answer = sandbox.control.post(
            f"/crm/properties/2026-09/{kind}",
            json={
                "name": "leadstate_token",
                "label": "Token",
                "type": "string",
                "fieldType": "text",
                "groupName": "information",
                "hasUniqueValue": True,
            },
            headers={"authorization": "Bearer pat-na1-integration"},
        )
        answer.raise_for_status()
    return sandbox


@pytest.fixture(name="maker")
def _maker(portal: Any, dial: Any) -> Iterator[Any]:
    portal.put("policy", {"search_per_second": 100_000})
    yield dial(portal, binding_of("contacts", NAMES))
    portal.control.delete("/_sandbox/faults")


def test_a_contact_is_created_as_asked(maker: Any, portal: Any) -> None:
    """And shown as it is read back, with the binding's properties."""
    [made] = maker.create([order("t1", email="new@one.example", firstname="Ann")])

    assert isinstance(made, Created)
    assert not made.existed
    held = portal.get(f"state/contacts/{made.object.id}")["properties"]
    assert ("new@one.example", "Ann") == (held["email"], held["firstname"])
    assert made.object.properties["email"] == "new@one.example"


def test_an_address_that_is_there_leads_to_its_contact(maker: Any) -> None:
    """A conflict is no failure: the person exists."""
    [first] = maker.create([order("t2", email="twice@one.example")])

    [second] = maker.create([order("t3", email="Twice@one.example")])

    assert (first.object.id, True) == (second.object.id, second.existed)


def test_a_repeated_creation_finds_what_was_made(maker: Any, portal: Any) -> None:
    """By its address, without creating anything."""
    [first] = maker.create([order("t4", email="again@one.example")])
    portal.clear_log()

    [second] = maker.create([order("t4", email="again@one.example", repeated=True)])

    assert (first.object.id, True) == (second.object.id, second.existed)
    assert "contacts.batch_create" not in portal.kinds


def test_one_bad_creation_spares_its_neighbours(maker: Any) -> None:
    """The outcomes stand in the order of the creations."""
    outcomes = maker.create(
        [
            order("t5", email="a@three.example"),
            order("t6", email="b@three.example", nowhere="x"),
            order("t7", email="c@three.example"),
        ]
    )

    assert [Created, Refused, Created] == [type(one) for one in outcomes]
    assert ["t5", "t6", "t7"] == [one.token for one in outcomes]
    assert "nowhere" in outcomes[1].message


def test_two_creations_of_one_person_make_one_contact(maker: Any) -> None:
    """Within one call too."""
    one, other = maker.create(
        [order("t8", email="x@pair.example"), order("t9", email="x@pair.example")]
    )

    assert one.object.id == other.object.id


def test_without_address_or_token_property_nothing_is_created(maker: Any) -> None:
    """Nothing could tell a repetition from a second contact."""
    with pytest.raises(ConfigurationError, match="leadstate setup --apply"):
        maker.create([order("t10", firstname="Nobody")])


def test_leads_are_not_created(portal: Any, dial: Any) -> None:
    """A lead needs its contact in the same call."""
    adapter = dial(portal, binding_of("leads", ("hs_lead_name",)))

    with pytest.raises(ConfigurationError, match="cannot be created"):
        adapter.create([order("t11", hs_lead_name="x")])


def test_a_deal_is_created_once_by_its_token(keeping: Any, dial: Any) -> None:
    """The property's unique values tell the repetition; the search is never asked."""
    adapter = dial(keeping, binding_of("deals", ("dealname",)))
    [first] = adapter.create([order("deal-1", dealname="Big")])
    keeping.clear_log()

    [second] = adapter.create([order("deal-1", dealname="Big", repeated=True)])

    assert (first.object.id, True) == (second.object.id, second.existed)
    assert "deal-1" == second.object.token
    assert {"deals.batch_read"} == set(keeping.kinds)


def test_a_creation_that_comes_twice_unmarked_is_one_deal(
    keeping: Any, dial: Any
) -> None:
    """HubSpot itself refuses the second token, and the first deal is returned."""
    adapter = dial(keeping, binding_of("deals", ("dealname",)))
    [first] = adapter.create([order("deal-2", dealname="Big")])

    [second] = adapter.create([order("deal-2", dealname="Big")])

    assert (first.object.id, True) == (second.object.id, second.existed)


def test_a_creation_whose_answer_is_lost_makes_one_contact(
    keeping: Any, dial: Any
) -> None:
    """`sent` says that nobody knows; the repetition finds it by its token."""
    adapter = dial(keeping, binding_of("contacts", NAMES))
    path = "/crm/objects/2026-09/contacts/batch/create"
    keeping.fault(kind="timeout_after_apply", match={"path": path, "method": "POST"})
    creation = order("lost-1", firstname="Lost")

    with pytest.raises(RetryLater) as caught:
        adapter.create([creation])
    [made] = adapter.create([order("lost-1", firstname="Lost", repeated=True)])

    assert caught.value.sent
    assert made.existed
    named = [
        key
        for key in keeping.ids()
        if keeping.get(f"state/contacts/{key}")["properties"].get("firstname") == "Lost"
    ]
    assert [made.object.id] == named


def test_a_contact_is_found_by_address_and_by_phone(maker: Any) -> None:
    """Each value finds its own; one found twice is told once."""
    [made] = maker.create(
        [order("t12", email="find@me.example", phone="+49 30 5550101")]
    )

    found = maker.find({"email": "FIND@me.example", "phone": "+49 30 5550101"})

    assert [made.object.id] == [one.id for one in found]
    assert [] == maker.find({"email": "nobody@me.example", "phone": ""})


@pytest.mark.parametrize(
    ("asked", "typed"),
    [
        ("+49309018201", "0309018201"),
        ("+491711234561", "00491711234561"),
        ("+491731234562", "+49 (0)173 1234562"),
        ("+491741234563", "+49 174 123-45-63"),
        ("+33612345664", "06 12 34 56 64"),
        ("+34612345665", "612 345 665"),
        ("+4741234566", "412 34 566"),
        ("+375291234567", "80291234567"),
        ("+79991234568", "8 (999) 123-45-68"),
        ("+14155552669", "415-555-2669"),
        ("+390612345670", "06 1234 5670"),
    ],
)
@pytest.mark.parametrize("name", ["phone", "mobilephone"])
def test_a_number_is_found_however_it_was_typed(
    maker: Any, portal: Any, name: str, asked: str, typed: str
) -> None:
    """Country, trunk prefix and brackets are the region's; the last digits are not.

    It stands in one of the properties for numbers, whichever was asked for.
    """
    made = portal.post("create", object="contacts", properties={name: typed})

    found = [one.id for one in maker.find({"phone": asked})]

    assert str(made["id"]) in found


def test_a_company_value_cannot_be_looked_for(maker: Any) -> None:
    """The message says what identity has to be bound to."""
    with pytest.raises(ConfigurationError, match="identity fields"):
        maker.find({"company.domain": "x.example"})
