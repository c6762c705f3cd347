"""Clock, faults, webhooks, switches and validation rules."""

from __future__ import annotations

from dataclasses import fields
from enum import StrEnum
from typing import TYPE_CHECKING

from leadstate_hubspot.sandbox.api.calls import Answer, Call
from leadstate_hubspot.sandbox.api.webhooks import read_target
from leadstate_hubspot.sandbox.clock import LATEST_MS, iso, parse_moment
from leadstate_hubspot.sandbox.config import Policy
from leadstate_hubspot.sandbox.crm.portal import Rule, object_type
from leadstate_hubspot.sandbox.payloads import (
    as_flag,
    as_list,
    as_number,
    as_object,
    as_text,
    as_texts,
    as_whole,
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
    now, rate = site.clock.now(), site.clock.rate
    return Answer(200, {"now": iso(now), "now_ms": now, "rate": rate})


def set_clock(site: Site, call: Call) -> Answer:
    """Set (`now`), advance (`advance_seconds`) or pace (`rate`, 0 freezes) it."""
    body = call.body()
    if "now" in body:
        given = as_text(body["now"], at="now")
        moment = parse_moment(given)
        if moment is None or moment < 0:
            message = f"now must be ISO 8601 or epoch milliseconds, not {given[:50]}"
            raise invalid(message)
        site.clock.set(moment)
    if "advance_seconds" in body:
        seconds = as_number(body["advance_seconds"], at="advance_seconds")
        if not 0 <= site.clock.now() + seconds * 1000 <= LATEST_MS:
            message = "advance_seconds leads out of the calendar"
            raise invalid(message)
        site.clock.advance(seconds)
    if "rate" in body:
        rate = as_number(body["rate"], at="rate")
        if not 0 <= rate <= 1_000_000:  # noqa: PLR2004
            message = "rate must be between 0 and 1000000"
            raise invalid(message)
        site.clock.run_at(rate)
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
    return Answer(200, {f.name: getattr(site.policy, f.name) for f in fields(Policy)})


def put_policy(site: Site, call: Call) -> Answer:
    """Change the switches named; all of them or, if one is wrong, none."""
    known = {f.name for f in fields(Policy)}
    changes: dict[str, object] = {}
    for name, value in call.body().items():
        if name not in known:
            message = (
                f"policy {name[:50]!r} is unknown. Known: {', '.join(sorted(known))}"
            )
            raise invalid(message)
        changes[name] = _like(getattr(site.policy, name), value, name)
    for name, value in changes.items():
        setattr(site.policy, name, value)
    site.postman.wake()
    return read_policy(site, call)


def _like(current: object, value: object, name: str) -> object:
    """Read a switch's value as what the switch holds now."""
    match current:
        case StrEnum():
            text, kinds = as_text(value, at=name), type(current)
            if text not in set(kinds):
                message = f"{name} must be one of {', '.join(kinds)}"
                raise invalid(message)
            return kinds(text)
        case bool():
            return as_flag(value, at=name)
        case int():
            return as_whole(value, at=name)
        case float():
            return as_number(value, at=name)
        case list():
            return as_texts(value, at=name)
        case _:
            return None if value is None else as_text(value, at=name)


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
