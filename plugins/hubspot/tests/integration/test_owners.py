"""The owner of a contact: a property like others, whose values are owners' ids."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from leadstate.adapters import Applied, Refused, Wanted, WantedProperty, Write
from leadstate.domain.binding import Binding, FieldSource
from leadstate.domain.values import FieldType

MARIA, JONAS = "71940021", "71940022"
BINDING = Binding(
    workflow="demo",
    adapter="hubspot",
    object="contacts",
    fields={"owner": FieldSource(property="hubspot_owner_id")},
)


_count = itertools.count()


@pytest.fixture(name="contact")
def _contact(sandbox: Any) -> str:
    properties = {
        "email": f"owned{next(_count)}@example.com",
        "hubspot_owner_id": MARIA,
    }
    made = sandbox.post("create", object="contacts", properties=properties)
    return str(made["id"])


def write(contact: str, owner: str) -> Write:
    return Write(token="t", id=contact, properties={"hubspot_owner_id": owner})


def test_an_owner_is_read_given_and_taken_away(
    sandbox: Any, dial: Any, contact: str
) -> None:
    """By the owner's id, not the user's; the sandbox's own state is the judge."""
    adapter = dial(sandbox, BINDING)
    [before] = adapter.read([contact])

    given = adapter.write([write(contact, JONAS)])
    after = sandbox.get(f"state/contacts/{contact}")["properties"]
    taken = adapter.write([write(contact, "")])

    assert MARIA == before.properties["hubspot_owner_id"]
    assert JONAS == after["hubspot_owner_id"]
    assert [Applied, Applied] == [type(one) for one in (*given, *taken)]
    [empty] = adapter.read([contact])
    assert empty.properties["hubspot_owner_id"] in {None, ""}


def test_an_owner_whom_hubspot_does_not_know_is_refused(
    sandbox: Any, dial: Any, contact: str
) -> None:
    """An expected no: the record is listed, and nothing is tried over and over."""
    [outcome] = dial(sandbox, BINDING).write([write(contact, "olena")])

    assert isinstance(outcome, Refused)
    assert "hubspot_owner_id" in outcome.message


def test_the_owner_needs_no_setting_up(sandbox: Any, dial: Any) -> None:
    """It is there in every account; as a property of one's own it would be a text."""
    adapter = dial(sandbox, BINDING)
    wanted = [
        WantedProperty(name=name, label="Owner", type=FieldType.OWNER)
        for name in ("hubspot_owner_id", "leadstate_second_owner")
    ]

    steps = adapter.missing(Wanted(properties=tuple(wanted)))

    assert not [one for one in steps if "hubspot_owner_id" in one.key]
    assert [one for one in steps if "leadstate_second_owner" in one.key]
