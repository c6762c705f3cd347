"""OAuth: consent at once, then tokens; v1 and the date-based endpoints alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate_hubspot.sandbox.payloads import READ
from leadstate_hubspot.sandbox.problems import not_found
from leadstate_hubspot.sandbox.traffic.tokens import bad_refresh_token

from .calls import Call, Reply

if TYPE_CHECKING:
    from leadstate_hubspot.sandbox.site import Site


def authorize(site: Site, call: Call) -> Reply:
    """Send the browser back with a code, as if its user had agreed."""
    return Reply(302, None, {"Location": site.tokens.authorize(dict(call.query))})


def token(site: Site, call: Call) -> Reply:
    """Exchange a code or a refresh token."""
    return Reply(200, site.tokens.grant(_form(call)))


def introspect(site: Site, call: Call) -> Reply:
    """Tell what a token is; an unknown one is not active."""
    found = site.tokens.describe(_form(call).get("token", ""))
    return Reply(200, {"active": False} if found is None else found)


def revoke(site: Site, call: Call) -> Reply:
    """Take a token back; an unknown one is no mistake (RFC 7009)."""
    site.tokens.revoke(_form(call).get("token", ""))
    return Reply(200, {})


def read_access(site: Site, call: Call) -> Reply:
    """Tell what the access token in the path is (v1)."""
    found = site.tokens.describe(call.params["token"])
    if found is None or found["token_type"] != "access":  # noqa: S105
        raise not_found()
    return Reply(200, found)


def read_refresh(site: Site, call: Call) -> Reply:
    """Tell what the refresh token in the path is (v1)."""
    found = site.tokens.describe(call.params["token"])
    if found is None or found["token_type"] != "refresh":  # noqa: S105
        raise bad_refresh_token()
    return Reply(200, found)


def delete_refresh(site: Site, call: Call) -> Reply:
    """Take back the refresh token in the path (v1), as uninstalling does."""
    if not site.tokens.revoke(call.params["token"]):
        raise bad_refresh_token()
    return Reply(204)


def _form(call: Call) -> dict[str, str]:
    return READ.form_or_json(call.raw, call.headers.get("content-type", ""))
