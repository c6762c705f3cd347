"""Webhooks of the account: list, subscribe, unsubscribe."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from leadstate_amocrm.sandbox.payloads import READ
from leadstate_amocrm.sandbox.problems import (
    Issue,
    no_choice,
    not_found,
    refused,
    rejected,
)
from leadstate_amocrm.sandbox.push.hooks import SETTINGS

from .calls import Call, Reply
from .query import under

if TYPE_CHECKING:
    from leadstate_amocrm.sandbox.site import Site

MOST = 100


def list_hooks(site: Site, call: Call) -> Reply:
    """List the webhooks; nothing is no content."""
    _check(site, call)
    wanted = under(call.tree().get("filter"), "destination")
    hooks = sorted(site.hooks.all.values(), key=lambda hook: hook.sort)
    rows = [h.body() for h in hooks if wanted in (None, h.destination)]
    if not rows:
        return Reply(204)
    return Reply(200, {"_total_items": len(rows), "_embedded": {"webhooks": rows}})


def subscribe(site: Site, call: Call) -> Reply:
    """Subscribe a destination; one that is there already is changed."""
    _check(site, call)
    body = call.body()
    destination = READ.required_text(body, "destination")
    settings = READ.texts(body.get("settings"), at="settings")
    issues = [*_issues_of(destination)]
    issues += [
        no_choice(f"settings.{number}")
        for number, name in enumerate(settings)
        if name not in SETTINGS
    ]
    if issues:
        raise rejected({"0": issues})
    if destination not in site.hooks.all and len(site.hooks.all) >= MOST:
        raise refused(422, f"an account has at most {MOST} webhooks")
    sort = body.get("sort")
    number = None if sort is None else READ.whole(sort, at="sort")
    hook = site.hooks.put(destination, settings, call.caller.id, number)
    site.deliveries.wake()
    return Reply(201, hook.body())


def unsubscribe(site: Site, call: Call) -> Reply:
    """End a subscription."""
    _check(site, call)
    destination = READ.required_text(call.body(), "destination")
    if site.hooks.all.pop(destination, None) is None:
        message = "Webhook not found"
        raise not_found(message)
    return Reply(204)


def _check(site: Site, call: Call) -> None:
    if not call.caller.is_admin:
        raise refused(403, "only an administrator may manage webhooks")
    status = site.policy.webhooks_status
    if status >= 400:  # noqa: PLR2004
        raise refused(status, "the plan of the account has no webhooks")


def _issues_of(destination: str) -> list[Issue]:
    """Return what is wrong with an address; the real service refuses loopback too."""
    wrong = [Issue("InvalidUrl", "destination.destination", "Invalid URL")]
    try:
        parts = urlsplit(destination)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return wrong
    if parts.scheme not in ("http", "https") or not host or not host.isascii():
        return wrong
    return []
