"""The app's webhook settings and subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.testing.sandbox.clock import iso
from leadstate.testing.sandbox.payloads import whole_number
from leadstate_hubspot.sandbox.config import Auth
from leadstate_hubspot.sandbox.payloads import READ
from leadstate_hubspot.sandbox.problems import invalid, missing_scopes, not_found

from .batches import inputs_of
from .calls import Call, Reply
from .shapes import batch_body

if TYPE_CHECKING:
    from leadstate_hubspot.sandbox.site import Site

LEAST_CONCURRENT = 6  # "must be greater than 5" (webhooks guide)


def read_settings(site: Site, call: Call) -> Reply:
    """Show where events go."""
    _check_app(site, call)
    if site.deliveries.target is None:
        raise not_found()
    return Reply(200, _settings(site))


def write_settings(site: Site, call: Call) -> Reply:
    """Say where events go and how many requests may be open."""
    _check_app(site, call)
    body = call.body()
    throttling = READ.mapping(body.get("throttling") or {}, at="throttling")
    most = READ.whole(throttling.get("maxConcurrentRequests", 10), at="throttling")
    if most < LEAST_CONCURRENT:
        message = "throttling.maxConcurrentRequests must be greater than 5"
        raise invalid(message)
    site.deliveries.target = read_target(READ.required_text(body, "targetUrl"))
    site.subscriptions.max_concurrent = most
    site.subscriptions.settings_at = site.clock.now()
    site.deliveries.wake()
    return Reply(200, _settings(site))


def delete_settings(site: Site, call: Call) -> Reply:
    """Stop sending events."""
    _check_app(site, call)
    site.deliveries.target = None
    return Reply(204)


def list_subscriptions(site: Site, call: Call) -> Reply:
    """List what the app is subscribed to."""
    _check_app(site, call)
    return Reply(200, {"results": [s.body() for s in site.subscriptions.all.values()]})


def create_subscription(site: Site, call: Call) -> Reply:
    """Subscribe; new subscriptions start paused whatever the call asks."""
    _check_app(site, call)
    body = call.body()
    created = site.subscriptions.add(
        READ.required_text(body, "eventType"),
        READ.optional_text(body, "propertyName") or "",
        READ.optional_text(body, "objectTypeId") or "",
    )
    return Reply(201, created.body())


def read_subscription(site: Site, call: Call) -> Reply:
    """Show one subscription."""
    _check_app(site, call)
    return Reply(200, site.subscriptions.get(_id(call)).body())


def update_subscription(site: Site, call: Call) -> Reply:
    """Pause or resume a subscription."""
    _check_app(site, call)
    active = READ.flag(call.body().get("active"), at="active")
    return Reply(200, site.subscriptions.switch(_id(call), active=active).body())


def delete_subscription(site: Site, call: Call) -> Reply:
    """End a subscription."""
    _check_app(site, call)
    site.subscriptions.remove(_id(call))
    return Reply(204)


def batch_update(site: Site, call: Call) -> Reply:
    """Pause or resume many subscriptions."""
    _check_app(site, call)
    started = site.clock.now()
    changed = [
        site.subscriptions.switch(
            READ.whole(entry.get("id"), at="id"),
            active=READ.flag(entry.get("active"), at="active"),
        ).body()
        for entry in inputs_of(call)
    ]
    return Reply(200, batch_body(started, site.clock.now(), changed))


def read_target(url: str) -> str:
    """Return a target URL or refuse what cannot be posted to."""
    if url.startswith(("http://", "https://")) and url.isascii() and " " not in url:
        return url
    message = f"{url[:100]} is not a URL to post to; it must begin with https://"
    raise invalid(message)


def _check_app(site: Site, call: Call) -> None:
    # Service keys cannot have webhooks (changelog "service-keys", 2026).
    if site.config.auth is Auth.SERVICE_KEY:
        raise missing_scopes(["developer-app"])
    if call.params["app"] != str(site.config.app_id):
        raise not_found()


def _id(call: Call) -> int | None:
    return whole_number(call.params["subscription"])


def _settings(site: Site) -> dict[str, object]:
    at = iso(site.subscriptions.settings_at)
    throttling = {"maxConcurrentRequests": site.subscriptions.max_concurrent}
    return {
        "targetUrl": site.deliveries.target,
        "throttling": throttling,
        "createdAt": at,
        "updatedAt": at,
    }
