"""OAuth: the user's decision, tokens, and where the account lives now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate_amocrm.sandbox.payloads import READ
from leadstate_amocrm.sandbox.problems import bad_grant, refused

from .calls import Call, Reply

if TYPE_CHECKING:
    from leadstate_amocrm.sandbox.site import Site


def authorize(site: Site, call: Call) -> Reply:
    """Send the browser back, as if its user had decided at once."""
    host = call.base.removeprefix("http://")
    where = site.tokens.authorize(dict(call.query), host)
    return Reply(302, None, {"Location": where})


def token(site: Site, call: Call) -> Reply:
    """Exchange a code or a refresh token; JSON and forms are taken alike."""
    kind = call.headers.get("content-type", "")
    form = READ.form_or_json(call.raw, kind) if call.raw else {}
    if not form:
        message = "Check the `grant_type` parameter"
        raise bad_grant(message)
    granted = site.tokens.grant(form, call.base.removeprefix("http://"))
    return Reply(200, granted, {"Content-Type": "application/json"})


def subdomain(site: Site, call: Call) -> Reply:
    """Tell where the account of a refresh token lives."""
    given = call.headers.get("x-refresh-token", "")
    if site.tokens.owner_of_refresh(given) is None:
        raise refused(401, "the refresh token is not good")
    body = {
        "id": site.config.account_id,
        "subdomain": site.config.subdomain,
        "domain": call.base.removeprefix("http://"),
        "top_level_domain": "ru",
    }
    return Reply(200, body)
