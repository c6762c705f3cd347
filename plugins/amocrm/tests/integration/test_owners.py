"""The responsible user of a lead: a field like others, whose values are users' ids."""

from __future__ import annotations

from typing import Any

from leadstate.adapters import Applied, Refused, Wanted, WantedProperty, Write
from leadstate.domain.values import FieldType

NAME = "responsible_user_id"


def write(lead: str, user: str) -> Write:
    return Write(token=f"t {lead}", id=lead, properties={NAME: user})


def test_the_responsible_user_is_read_and_changed(sandbox: Any, dial: Any) -> None:
    """By the user's id; the sandbox's own state is the judge."""
    adapter = dial(sandbox, (NAME,))
    leads = sandbox.ids(30)
    users = [one.properties[NAME] for one in adapter.read(leads)]
    other = next(one for one in users if one != users[0])
    assert str(sandbox.lead(leads[0])["properties"][NAME]) == users[0]

    [outcome] = adapter.write([write(leads[0], str(other))])

    assert isinstance(outcome, Applied)
    assert str(sandbox.lead(leads[0])["properties"][NAME]) == other
    adapter.write([write(leads[0], str(users[0]))])


def test_a_user_whom_amocrm_does_not_know_is_refused(sandbox: Any, dial: Any) -> None:
    """A name or a stranger's id: an expected no, and nothing is tried over and over."""
    adapter = dial(sandbox, (NAME,))
    lead = sandbox.ids(1)[0]

    for user in ("olena", "99"):
        [outcome] = adapter.write([write(lead, user)])

        assert isinstance(outcome, Refused)


def test_the_responsible_user_needs_no_setting_up(sandbox: Any, dial: Any) -> None:
    """It is there in every account; as a field of one's own it would be a text."""
    adapter = dial(sandbox, (NAME,))
    wanted = Wanted(
        properties=(
            WantedProperty(name=NAME, label="Owner", type=FieldType.OWNER),
            WantedProperty(name="cf.SECOND_OWNER", label="Owner", type=FieldType.OWNER),
            WantedProperty(name="cf.SECOND_PHONE", label="Phone", type=FieldType.PHONE),
        )
    )

    steps = adapter.missing(wanted)

    assert not [one for one in steps if NAME in one.key]
    for name in ("cf.SECOND_OWNER", "cf.SECOND_PHONE"):
        [step] = [one for one in steps if name in one.key]
        adapter.make(wanted, step)
    made = adapter.describe().properties
    assert {"text"} == {
        made[name].type for name in ("cf.SECOND_OWNER", "cf.SECOND_PHONE")
    }
