"""Clock, faults, webhooks, switches and the account's own robots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.testing.sandbox import switches
from leadstate_amocrm.sandbox.api.calls import Answer, Call
from leadstate_amocrm.sandbox.crm.automation import Rule
from leadstate_amocrm.sandbox.payloads import READ, required_text
from leadstate_amocrm.sandbox.problems import invalid
from leadstate_amocrm.sandbox.push.hooks import OF_LEADS, SETTINGS
from leadstate_amocrm.sandbox.traffic.faults import read_fault

if TYPE_CHECKING:
    from leadstate_amocrm.sandbox.site import Site


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
    given = READ.json(call.raw)
    if isinstance(given, dict):
        given = given.get("faults")
    faults = [READ.mapping(one, at="faults") for one in READ.items(given, at="faults")]
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
    """Subscribe a `target`, pause, hurry or empty the deliveries.

    A target is told of leads, or of the `settings` given; null ends every webhook.
    A `secret` is taken and not used: amoCRM signs nothing.
    """
    body, postman = call.body(), site.postman
    if "target" in body:
        _retarget(site, body)
    if "paused" in body:
        postman.paused = READ.flag(body["paused"], at="paused")
    if body.get("discard"):
        postman.discard()
    if body.get("flush") or body.get("retry_now"):
        postman.hurry(retries_only=not body.get("flush"))
    postman.wake()
    return read_webhooks(site, call)


def _retarget(site: Site, body: dict[str, object]) -> None:
    target = READ.optional_text(body, "target")
    settings = READ.texts(body.get("settings", list(OF_LEADS)), at="settings")
    if target is not None and not target.startswith(("http://", "https://")):
        message = "target must be an http address"
        raise invalid(message)
    strange = sorted(set(settings) - SETTINGS)
    if strange:
        known = ", ".join(sorted(SETTINGS))
        message = f"setting {strange[0][:50]!r} is unknown. Known: {known}"
        raise invalid(message)
    site.hooks.all.clear()
    if target is not None:
        site.hooks.put(target, settings)


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
    """Show what the account's robots do."""
    del call
    return Answer(200, {"rules": [rule.body() for rule in site.robots.rules]})


def add_rule(site: Site, call: Call) -> Answer:
    """Let a robot act when a lead enters a stage.

    `{"status_id": 7100102, "pipeline_id": 7100001, "then": {"status_id": 7100103}}`
    moves it on; `"then": {"webhook": "http://..."}` tells a Digital Pipeline webhook.
    """
    body = call.body()
    then = READ.mapping(body.get("then") or {}, at="then")
    pipeline_id, status_id = _stage(site, body, site.account.main_pipeline().id)
    to = None
    if then.get("status_id") is not None:
        to = _stage(site, then, pipeline_id)
    webhook = READ.optional_text(then, "webhook")
    if to is None and webhook is None:
        message = "then needs a status_id or a webhook"
        raise invalid(message)
    rule = Rule(pipeline_id=pipeline_id, status_id=status_id, to=to, webhook=webhook)
    site.robots.rules.append(rule)
    return read_rules(site, call)


def clear_rules(site: Site, call: Call) -> Answer:
    """Remove every rule."""
    del call
    site.robots.rules.clear()
    return Answer(204)


def uninstall(site: Site, call: Call) -> Answer:
    """Remove the integration: every token is refused until a new code is exchanged."""
    del call
    site.tokens.revoked = True
    return Answer(204)


def _stage(site: Site, body: dict[str, object], usual: int) -> tuple[int, int]:
    given = body.get("pipeline_id")
    pipeline_id = usual if given is None else READ.whole(given, at="pipeline_id")
    wanted = required_text(body, "status_id")
    status_id = READ.whole(wanted, at="status_id")
    if site.account.status(pipeline_id, status_id) is None:
        message = f"pipeline {pipeline_id} has no status {status_id}"
        raise invalid(message)
    return pipeline_id, status_id
