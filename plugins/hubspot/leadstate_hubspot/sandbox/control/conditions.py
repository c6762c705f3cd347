"""Clock, faults, webhooks, switches and validation rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.testing.sandbox import switches
from leadstate_hubspot.sandbox.api.calls import Answer, Call
from leadstate_hubspot.sandbox.api.webhooks import read_target
from leadstate_hubspot.sandbox.crm.portal import Rule, object_type
from leadstate_hubspot.sandbox.payloads import (
    READ,
    as_flag,
    as_list,
    as_object,
    optional_text,
    read_json,
    required_text,
)
from leadstate_hubspot.sandbox.problems import invalid
from leadstate_hubspot.sandbox.traffic.faults import read_fault

if TYPE_CHECKING:
    from leadstate_hubspot.sandbox.site import Site


def read_clock(site: Site, call: Call) -> Answer:
    """Show the sandbox clock."""
    del call
    return Answer(200, switches.shown_clock(site.clock))


def set_clock(site: Site, call: Call) -> Answer:
    """Set (`now`), advance (`advance_seconds`) or pace (`rate`, 0 freezes) it."""
    switches.change_clock(site.clock, call.body(), READ, invalid)
    return read_clock(site, call)


def read_faults(site: Site, call: Call) -> Answer:
    """Show the faults that still wait to strike."""
    del call
    return Answer(200, {"faults": [fault.body() for fault in site.faults.waiting]})


def put_faults(site: Site, call: Call) -> Answer:
    """Replace the faults by a list, bare or under `faults`."""
    given = read_json(call.raw)
    if isinstance(given, dict):
        given = given.get("faults")
    faults = [as_object(one, at="faults") for one in as_list(given, at="faults")]
    site.faults.waiting = [read_fault(one) for one in faults]
    return read_faults(site, call)


def clear_faults(site: Site, call: Call) -> Answer:
    """Remove every fault."""
    del call
    site.faults.waiting = []
    return Answer(204)


def read_webhooks(site: Site, call: Call) -> Answer:
    """Show how deliveries stand."""
    del call
    return Answer(200, site.postman.stats())


def set_webhooks(site: Site, call: Call) -> Answer:
    """Point, pause, hurry or empty the deliveries."""
    body, postman = call.body(), site.postman
    if "target" in body:
        target = optional_text(body, "target")
        postman.target = None if target is None else read_target(target)
    if "secret" in body:
        postman.secret = required_text(body, "secret")
    if "paused" in body:
        postman.paused = as_flag(body["paused"], at="paused")
    if body.get("discard"):
        postman.discard()
    if body.get("flush") or body.get("retry_now"):
        postman.hurry(retries_only=not body.get("flush"))
    postman.wake()
    return read_webhooks(site, call)


def read_policy(site: Site, call: Call) -> Answer:
    """Show every switch."""
    del call
    return Answer(200, switches.shown_policy(site.policy))


def put_policy(site: Site, call: Call) -> Answer:
    """Change the switches named; all of them or, if one is wrong, none."""
    switches.change_policy(site.policy, call.body(), READ, invalid)
    site.postman.wake()
    return read_policy(site, call)


def read_rules(site: Site, call: Call) -> Answer:
    """Show the validation rules."""
    del call
    rules = [
        {
            "object": rule.kind.plural,
            "property": rule.property,
            "value": rule.value,
            "message": rule.message,
        }
        for rule in site.portal.rules
    ]
    return Answer(200, {"rules": rules})


def add_rule(site: Site, call: Call) -> Answer:
    """Refuse writes of a property, to one value or to any."""
    body = call.body()
    name = optional_text(body, "object") or "contacts"
    kind = object_type(name)
    if kind is None:
        message = f"object {name[:50]!r} is unknown"
        raise invalid(message)
    rule = Rule(
        kind=kind,
        property=required_text(body, "property"),
        message=required_text(body, "message"),
        value=optional_text(body, "value"),
    )
    site.portal.rules.append(rule)
    return read_rules(site, call)


def clear_rules(site: Site, call: Call) -> Answer:
    """Remove every validation rule."""
    del call
    site.portal.rules.clear()
    return Answer(204)
