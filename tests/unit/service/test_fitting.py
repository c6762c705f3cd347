"""What a binding needs, held against an account."""

from __future__ import annotations

from dataclasses import replace

import pytest
from doubles import WORKFLOWS

from leadstate.adapters import Account, CheckState, Demand, PropertyInfo
from leadstate.definition.binding import load_binding
from leadstate.definition.workflow import load_workflow
from leadstate.domain.binding import FieldSource
from leadstate.domain.values import FieldType
from leadstate.guards import NameScope, read_condition
from leadstate.service.setup.fitting import fits, requires_known
from leadstate.service.setup.wanting import wanted_of

LIFECYCLE = load_workflow(WORKFLOWS / "b2b_lifecycle.yaml")
BINDING = load_binding(WORKFLOWS / "b2b_lifecycle.hubspot.yaml", LIFECYCLE)
WANTED = wanted_of(LIFECYCLE, BINDING, None)


def account(**changes: object) -> Account:
    """Return an account that has all that the binding names."""
    properties = {
        name: PropertyInfo(name=name, label=name, type="string")
        for name in BINDING.read_properties
    }
    return replace(
        Account(id="1", name="Acme", timezone="UTC", properties=properties), **changes
    )


def told(found: Account, state: CheckState, binding: object = BINDING) -> str:
    """Return the texts of what was found in a state."""
    checks = fits(LIFECYCLE, binding, found)  # type: ignore[arg-type]
    return "\n".join(one.text for one in checks if one.state is state)


def changed(name: str, **facts: object) -> Account:
    """Return the account with one property changed."""
    whole = account()
    one = replace(whole.properties[name], **facts)
    return replace(whole, properties={**whole.properties, name: one})


def test_a_fitting_account_has_nothing_to_tell() -> None:
    """One good check, and nothing else."""
    [check] = fits(LIFECYCLE, BINDING, account())

    assert CheckState.GOOD is check.state


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("need", "fields.need"),
        ("last_webinar_at", "events.webinar_attended"),
        ("lifecyclestage", "stages.nurture"),
        ("rejection_reason", "reason"),
        ("company.country", "fields.country"),
    ],
)
def test_a_property_that_is_not_there_is_named_with_its_place(
    name: str, where: str
) -> None:
    """Fields, events, stages and the reason."""
    whole = account()
    left = {key: one for key, one in whole.properties.items() if key != name}

    text = told(replace(whole, properties=left), CheckState.BAD)

    assert f"{where} names the property {name!r}" in text


def test_a_read_only_stage_is_bad_and_a_read_only_field_is_not() -> None:
    """Fields are read."""
    assert "is read-only" in told(
        changed("lifecyclestage", read_only=True), CheckState.BAD
    )
    assert "" == told(changed("budget", read_only=True), CheckState.BAD)


def test_options_of_the_crm_that_a_choice_cannot_read_are_told() -> None:
    """A mapped one can be read, whatever its case."""
    found = changed("job_role", options=("Owner", "chief", "director"))
    source = FieldSource(property="job_role", values={"chief": "director"})
    mapped = replace(BINDING, fields={**BINDING.fields, "job_role": source})

    assert "job_role = 'chief'" in told(found, CheckState.WARNING)
    assert "job_role" not in told(found, CheckState.WARNING, mapped)


def test_many_values_are_cut_short() -> None:
    """The first, and how many more."""
    found = changed("job_role", options=tuple(f"role {one}" for one in range(20)))

    assert "and 12 more" in told(found, CheckState.WARNING)


def test_a_demand_that_no_field_answers_is_told() -> None:
    """The CRM would refuse the move."""
    demand = Demand(property="loss_note", when={"lifecyclestage": "174913202"})

    text = told(account(demands=(demand,)), CheckState.WARNING)

    assert "demands 'loss_note' in stage" in text
    assert "no field is bound to it" in text


def test_a_demand_is_held_against_the_ways_that_lead_there() -> None:
    """Only transitions whose guard asks for the field are closed."""
    value = BINDING.properties_of("sql")["lifecyclestage"]
    ways = [one for one in LIFECYCLE.transitions.values() if one.target == "sql"]
    demand = Demand(property="need", when={"lifecyclestage": value})
    asked = {one.name: replace(one, guard=condition("need is known")) for one in ways}
    closed = replace(LIFECYCLE, transitions={**LIFECYCLE.transitions, **asked})
    found = account(demands=(demand,))

    assert ways[0].name in told(found, CheckState.WARNING)
    [check] = fits(closed, BINDING, found)
    assert CheckState.GOOD is check.state


def test_a_demand_of_another_value_is_no_matter() -> None:
    """Only what a stage writes counts."""
    demand = Demand(property="x", when={"lifecyclestage": "evangelist"})

    assert "" == told(account(demands=(demand,)), CheckState.WARNING)


def condition(text: str) -> object:
    """Read a condition over the example's fields."""
    return read_condition(text, NameScope(fields=LIFECYCLE.fields))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("need is known", True),
        ("need is unknown", False),
        ("budget >= 1", False),
        ("not (need = 'x')", True),
        ("need is known and budget >= 1", True),
        ("need is known or budget >= 1", False),
        ("need is known or need = 'x'", True),
    ],
)
def test_a_guard_asks_for_a_field_or_does_not(text: str, *, expected: bool) -> None:
    """A missing value meets no test but ``is unknown``."""
    assert expected is requires_known(condition(text), "need")  # type: ignore[arg-type]


def test_no_guard_asks_for_nothing() -> None:
    """A transition that is free."""
    assert not requires_known(None, "need")


def test_what_is_wanted_is_typed_by_the_workflow() -> None:
    """Choices with their options, tags with those that guards ask for."""
    by_name = {one.name: one for one in WANTED.properties}

    assert FieldType.MONEY is by_name["budget"].type
    assert ("owner", "director", "manager", "specialist") == (
        by_name["job_role"].options
    )
    assert {"spam", "existing_client", "partner"} == set(by_name["lead_tags"].options)
    assert FieldType.DATETIME is by_name["last_webinar_at"].type
    assert "no_budget" in by_name["rejection_reason"].options
    assert by_name["lifecyclestage"].stage
    assert "evangelist" not in by_name["lifecyclestage"].options
    assert len(by_name) == len(WANTED.properties)
    assert set(BINDING.read_properties) == {*by_name, "hubspot_owner_id"}


def test_an_option_is_wanted_in_the_crms_words() -> None:
    """As the binding maps it."""
    source = FieldSource(property="job_role", values={"CHIEF": "director"})
    mapped = replace(BINDING, fields={**BINDING.fields, "job_role": source})

    wanted = wanted_of(LIFECYCLE, mapped, "https://x.example/webhooks/crm")

    [role] = [one for one in wanted.properties if one.name == "job_role"]
    assert ("owner", "CHIEF", "manager", "specialist") == role.options
    assert "https://x.example/webhooks/crm" == wanted.webhook_url
