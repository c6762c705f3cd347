"""What the sandbox posts is understood, and sent by what `setup` registers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from leadstate.adapters import (
    CheckState,
    EventKind,
    Wanted,
    WantedProperty,
    Write,
)
from leadstate.domain.values import FieldType
from leadstate.testing import Mailbox

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "integration-webhook-secret"


@pytest.fixture(name="mailbox")
def _mailbox() -> Iterator[Mailbox]:
    with Mailbox(f"/webhooks/acme/{SECRET}") as mailbox:
        yield mailbox


def delivered(sandbox: Any, mailbox: Mailbox, adapter: Any) -> list[Any]:
    sandbox.post("webhooks", flush=True)
    while not sandbox.get("webhooks")["drained"]:
        pass
    return [event for one in mailbox.empty() for event in adapter.receive(one)]


def wanted(mailbox: Mailbox) -> Wanted:
    url = mailbox.url.removesuffix(f"/{SECRET}")
    names = ("contact.email", "cf.NEED", "cf.NEW_ONE")
    return Wanted(
        properties=tuple(
            WantedProperty(name=name, label=name, type=FieldType.TEXT) for name in names
        ),
        stages={"SQL": {"pipeline": "Sales", "status": "A new stage"}},
        webhook_url=url,
    )


def test_setup_makes_what_is_missing_and_events_arrive(
    start_sandbox: Any, dial: Any, mailbox: Mailbox
) -> None:
    """Field, stage and webhook; then a move, an edit and a deletion are told."""
    sandbox = start_sandbox("--records", "5", "--rps", "1000")
    adapter = dial(sandbox, ("pipeline", "status", "contact.email"))
    asked = wanted(mailbox)
    steps = adapter.missing(asked)
    for step in steps:
        adapter.make(asked, step)
    left = adapter.missing(asked)
    bad = [one for one in adapter.examine(asked) if one.state is CheckState.BAD]
    lead = {"object": "leads", "id": "30000001"}
    first = {"pipeline_id": 7100001, "status_id": 7100102}
    sandbox.post("edit", **lead, properties=first)
    delivered(sandbox, mailbox, adapter)

    sandbox.post("edit", **lead, properties={"status_id": 7100104})
    moved = delivered(sandbox, mailbox, adapter)
    sandbox.post("edit", **lead, properties={"name": "other"})
    edited = delivered(sandbox, mailbox, adapter)
    sandbox.post("archive", **lead)
    deleted = delivered(sandbox, mailbox, adapter)

    assert ["field cf.NEW_ONE", "webhook"] == sorted(
        one.key for one in steps if not one.key.startswith("stage")
    )
    assert 3 == len(steps)
    assert [] == list(left)
    assert [] == bad
    assert {("status", "Qualified")} == {(one.property, one.value) for one in moved}
    assert 1 == len({one.key for one in moved})
    assert [(EventKind.CHANGED, None)] == [(one.kind, one.property) for one in edited]
    assert [EventKind.DELETED] == [one.kind for one in deleted]


def test_our_own_move_is_told_with_what_was_written(
    start_sandbox: Any, dial: Any, mailbox: Mailbox
) -> None:
    """So that the service knows its echo by the property and the value."""
    sandbox = start_sandbox(
        "--records", "5", "--rps", "1000", "--webhook-target", mailbox.url
    )
    adapter = dial(sandbox, ("pipeline_id", "status_id"), service_user_id=7400001)
    target = "7100105"
    properties = {"pipeline_id": "7100001", "status_id": target}
    adapter.write([Write(token="t", id="30000001", properties=properties)])

    events = delivered(sandbox, mailbox, adapter)

    assert {("status_id", target, True)} == {
        (one.property, one.value, one.own) for one in events
    }


def test_a_contact_that_changes_names_its_leads(
    start_sandbox: Any, dial: Any, mailbox: Mailbox
) -> None:
    """The contact's own event is none of a lead; its leads are read again."""
    sandbox = start_sandbox("--records", "5", "--rps", "1000")
    adapter = dial(sandbox, ("status", "contact.email"))
    asked = wanted(mailbox)
    for step in adapter.missing(asked):
        adapter.make(asked, step)
    lead = sandbox.lead("30000001")
    contact = str(lead["associations"]["contacts"][0])

    sandbox.post("edit", object="contacts", id=contact, properties={"name": "N. N."})
    events = delivered(sandbox, mailbox, adapter)

    assert ("leads", "30000001") in {(one.object, one.id) for one in events}


@pytest.mark.parametrize("status", [402, 403])
def test_without_the_tariff_the_webhook_is_by_hand(
    start_sandbox: Any, dial: Any, mailbox: Mailbox, status: int
) -> None:
    """Polling goes on; the message says what webhooks need."""
    sandbox = start_sandbox("--records", "5", "--rps", "1000")
    sandbox.policy(webhooks_status=status)
    adapter = dial(sandbox, ("status",))

    steps = {one.key: one for one in adapter.missing(wanted(mailbox))}
    checks = {one.name: one for one in adapter.examine(wanted(mailbox))}

    assert "tariff" in steps["webhook"].by_hand
    assert SECRET not in repr(steps)
    assert CheckState.WARNING is checks["webhooks"].state
