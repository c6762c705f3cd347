"""Setting a portal up: looked at, made once, and what only a person can do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from leadstate.adapters import SetupStep, Wanted, WantedProperty
from leadstate.domain.binding import Binding, FieldSource
from leadstate.domain.values import FieldType
from leadstate.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

HOOK = "https://leads.example.com/webhooks/hubspot"
APP = {"app_id": "50780459", "client_secret": "sandbox-client-secret"}


def bound(kind: str, *names: str, **more: Any) -> Binding:
    fields = {name: FieldSource(property=name) for name in names}
    return Binding(
        workflow="demo", adapter="hubspot", object=kind, fields=fields, **more
    )


def prop(name: str, kind: FieldType = FieldType.TEXT, *options: str) -> WantedProperty:
    return WantedProperty(name=name, label=name.title(), type=kind, options=options)


@pytest.fixture(name="portal")
def _portal(start_sandbox: Callable[..., Any]) -> Any:
    return start_sandbox("--records", "2", "--rate-per-10s", "100000")


def texts(steps: Any) -> str:
    return "\n".join(f"{one.text} {one.by_hand}" for one in steps)


def make_all(adapter: Any, wanted: Wanted) -> list[str]:
    steps = [one for one in adapter.missing(wanted) if not one.by_hand]
    return [adapter.make(wanted, one) for one in steps]


def test_properties_are_made_with_their_types_and_options(
    portal: Any, dial: Any
) -> None:
    """Every type of the workflow, on the record and on its company."""
    wanted = Wanted(
        properties=(
            prop("a_text"),
            prop("a_choice", FieldType.CHOICE, "one", "no_budget"),
            prop("an_open_choice", FieldType.CHOICE),
            prop("some_tags", FieldType.TAGS, "spam"),
            prop("a_number", FieldType.INTEGER),
            prop("a_sum", FieldType.MONEY),
            prop("a_flag", FieldType.BOOLEAN),
            prop("a_day", FieldType.DATE),
            prop("a_moment", FieldType.DATETIME),
            prop("company.a_size", FieldType.INTEGER),
        )
    )
    names = [one.name for one in wanted.properties]
    adapter = dial(portal, bound("contacts", *names))

    before = adapter.missing(wanted)
    make_all(adapter, wanted)
    held = adapter.describe().properties

    assert len(names) == len(before)
    assert [] == list(adapter.missing(wanted))
    assert {
        "a_text": "string",
        "a_choice": "enumeration",
        "an_open_choice": "string",
        "some_tags": "enumeration",
        "a_number": "number",
        "a_sum": "number",
        "a_flag": "bool",
        "a_day": "date",
        "a_moment": "datetime",
        "company.a_size": "number",
    } == {name: held[name].type for name in names}
    assert ("one", "no_budget") == held["a_choice"].options


def test_a_step_made_meanwhile_is_left_alone(portal: Any, dial: Any) -> None:
    """After a crash the same step comes again."""
    wanted = Wanted(properties=(prop("meanwhile"),))
    adapter = dial(portal, bound("contacts", "meanwhile"))
    [step] = adapter.missing(wanted)

    assert ["", ""] == [adapter.make(wanted, step) for _ in range(2)]


def test_options_are_added_and_none_is_lost(portal: Any, dial: Any) -> None:
    """Their order stays; the new ones stand at the end."""
    before = dial(portal, bound("contacts")).describe().properties["hs_lead_status"]
    wanted = Wanted(
        properties=(prop("hs_lead_status", FieldType.CHOICE, "NEW", "IN_NURTURE"),)
    )
    adapter = dial(portal, bound("contacts", "hs_lead_status"))

    make_all(adapter, wanted)

    after = adapter.describe().properties["hs_lead_status"]
    assert (*before.options, "IN_NURTURE") == after.options


@pytest.mark.parametrize(
    ("one", "how"),
    [
        (prop("lifecyclestage", FieldType.CHOICE, "123"), "Lifecycle Stage"),
        (prop("hs_no_such_thing"), "HubSpot makes 'hs_no_such_thing' itself"),
        (prop("No Name"), "is no possible name"),
    ],
    ids=["lifecycle", "hubspot", "name"],
)
def test_what_only_a_person_can_do_says_how(
    portal: Any, dial: Any, one: WantedProperty, how: str
) -> None:
    """And asking for it anyway changes nothing."""
    wanted = Wanted(properties=(one,))
    adapter = dial(portal, bound("contacts", one.name))

    [step] = adapter.missing(wanted)

    assert how in step.by_hand
    with pytest.raises(UsageError, match="only a person"):
        adapter.make(wanted, step)


def test_a_deal_stage_is_made_and_its_id_is_told(portal: Any, dial: Any) -> None:
    """Once: the second look finds it by its label and asks for the binding."""
    stages = {"Handed over": {"dealstage": "handed_over"}}
    wanted = Wanted(properties=(), stages=stages)
    adapter = dial(
        portal, bound("deals", stages={"x": {"dealstage": ("handed_over",)}})
    )

    [note] = make_all(adapter, wanted)
    [left] = adapter.missing(wanted)

    made = note.partition("the id ")[2].partition(":")[0]
    assert made.isdigit()
    assert f"dealstage: '{made}'" in left.by_hand
    assert made in adapter.describe().properties["dealstage"].options
    renamed = replace(wanted, stages={"Handed over": {"dealstage": made}})
    assert [] == list(adapter.missing(renamed))


@pytest.mark.parametrize(
    ("kind", "values", "how"),
    [
        ("deals", {"dealstage": "x", "pipeline": "nowhere"}, "which pipeline"),
        ("leads", {"hs_pipeline_stage": "x"}, "create it in HubSpot"),
    ],
)
def test_a_stage_that_cannot_be_made_says_how(
    portal: Any, dial: Any, kind: str, values: dict[str, str], how: str
) -> None:
    """An unknown pipeline, and pipelines of leads."""
    adapter = dial(portal, bound(kind))

    [step] = adapter.missing(Wanted(properties=(), stages={"S": values}))

    assert how in step.by_hand


def test_the_token_property_is_made_for_a_hand_off(portal: Any, dial: Any) -> None:
    """With unique values, so that HubSpot itself refuses a second record."""
    wanted = Wanted(properties=())
    adapter = dial(portal, bound("deals", hand_off=("sal",)))

    make_all(adapter, wanted)

    found = portal.control.get(
        "/crm/properties/2026-09/deals/leadstate_token",
        headers={"authorization": "Bearer pat-na1-integration"},
    ).json()
    assert (True, "string") == (found["hasUniqueValue"], found["type"])
    assert [] == list(adapter.missing(wanted))
    assert [] == list(dial(portal, bound("contacts")).missing(wanted))


def test_webhooks_are_registered_and_switched_on(portal: Any, dial: Any) -> None:
    """New subscriptions start paused; then nothing is left, and doctor is content."""
    wanted = Wanted(properties=(prop("email"), prop("company.name")), webhook_url=HOOK)
    binding = bound("contacts", "email", "company.name")
    adapter = dial(portal, binding, **APP)

    made = make_all(adapter, wanted)

    assert [] == list(adapter.missing(wanted))
    assert any("five minutes" in note for note in made)
    [check] = [one for one in adapter.examine(wanted) if one.name == "webhooks"]
    assert "subscriptions are active and lead to us" in check.text


def test_an_address_that_somebody_set_is_not_replaced(portal: Any, dial: Any) -> None:
    """An app has one."""
    portal.post("webhooks", target="http://127.0.0.1:9/elsewhere", secret="x")
    adapter = dial(portal, bound("contacts"), **APP)

    steps = adapter.missing(Wanted(properties=(), webhook_url=HOOK))

    [step] = [one for one in steps if one.key == "webhook target"]
    assert "an app has one address only" in step.by_hand


@pytest.mark.parametrize(
    ("settings", "how"),
    [({}, "a service key has no webhooks"), (APP | {"app_id": "7"}, "the app's")],
    ids=["no app", "another app"],
)
def test_webhooks_that_cannot_be_made_say_how(
    portal: Any, dial: Any, settings: dict[str, str], how: str
) -> None:
    """Without an app, and with one that is not ours."""
    adapter = dial(portal, bound("contacts"), **settings)

    steps = adapter.missing(Wanted(properties=(), webhook_url=HOOK))

    assert how in texts(steps)
    assert all(step.by_hand for step in steps)


def test_a_scope_that_is_missing_is_named(portal: Any, dial: Any) -> None:
    """Making is refused in HubSpot's words."""
    scopes = portal.get("policy")["scopes"]
    left = [one for one in scopes if one != "crm.schemas.contacts.write"]
    portal.put("policy", {"scopes": left})
    adapter = dial(portal, bound("contacts", "refused_one"))
    wanted = Wanted(properties=(prop("refused_one"),))

    with pytest.raises(ConfigurationError, match=r"crm\.schemas\.contacts\.write"):
        make_all(adapter, wanted)


def test_an_unknown_step_makes_nothing(portal: Any, dial: Any) -> None:
    """What is not missing is not made."""
    adapter = dial(portal, bound("contacts"))
    portal.clear_log()

    told = adapter.make(Wanted(properties=()), SetupStep(key="x", text="x"))

    assert "" == told
    assert [] == portal.writes
