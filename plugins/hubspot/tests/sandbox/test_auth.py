"""Keys, tokens and scopes."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import hubspot_sdk
import pytest
from hubspot import HubSpot

if TYPE_CHECKING:
    from conftest import Running, Start

REDIRECT = "http://127.0.0.1:9/back?keep=1"


@pytest.fixture(name="installed")
def _installed(start: Start) -> Running:
    return start(auth="oauth", token="refresh-token-of-the-install")


def _token(sandbox: Running, **form: str) -> Any:
    client = {"client_id": "sandbox-client-id", "client_secret": "secret-under-test"}
    return sandbox.http.post("/oauth/2026-09/token", data=client | form)


def _consent(sandbox: Running, **more: str) -> str:
    asked = {"client_id": "sandbox-client-id", "redirect_uri": REDIRECT, "state": "s&1"}
    answer = sandbox.http.get("/oauth/authorize", params=asked | more)
    assert answer.status_code == 302, answer.text
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query["state"] == ["s&1"]
    assert query["keep"] == ["1"]
    return query["code"][0]


def _list(sandbox: Running, token: str) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    return sandbox.http.get("/crm/v3/objects/contacts", headers=headers)


@pytest.mark.parametrize("header", ["", "Bearer wrong", "Basic eDp5", "Bearer"])
def test_a_wrong_token_is_401(sandbox: Running, header: str) -> None:
    """Without good credentials nothing is answered and nothing counted."""
    headers = {"Authorization": header}
    answer = sandbox.http.get("/crm/v3/objects/contacts", headers=headers)

    assert answer.status_code == 401
    assert answer.json()["category"] == "INVALID_AUTHENTICATION"


def test_a_missing_scope_is_403_and_named(sandbox: Running) -> None:
    """The answer tells the granular scope the app lacks."""
    sandbox.control("PUT", "policy", {"scopes": ["crm.objects.contacts.read"]})
    refused = sandbox.contacts("POST", "", {"properties": {}})
    context = refused.json()["errors"][0]["context"]

    assert refused.status_code == 403
    assert refused.json()["category"] == "MISSING_SCOPES"
    assert context == {"requiredGranularScopes": ["crm.objects.contacts.write"]}
    assert sandbox.contacts("GET").status_code == 200


def test_a_code_is_exchanged_once(installed: Running) -> None:
    """Consent, exchange, call; the same code again is invalid_grant."""
    code = _consent(installed)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    granted = _token(installed, **form).json()
    again = _token(installed, **form)

    assert granted["expires_in"] == 1800
    assert _list(installed, granted["access_token"]).status_code == 200
    assert again.status_code == 400
    assert again.json()["error"] == "invalid_grant"


def test_proof_keys_are_checked(installed: Running) -> None:
    """PKCE: only the right verifier redeems the code."""
    verifier = "v" * 50
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    pkce = {"code_challenge": challenge, "code_challenge_method": "S256"}
    answers = [
        _token(
            installed,
            grant_type="authorization_code",
            code=_consent(installed, **pkce),
            redirect_uri=REDIRECT,
            code_verifier=given,
        )
        for given in (verifier, "wrong")
    ]

    assert [answer.status_code for answer in answers] == [200, 400]


def test_an_access_token_lasts_thirty_minutes(installed: Running) -> None:
    """After 1800 seconds of the sandbox clock it is expired; refreshing helps."""
    refresh = {"grant_type": "refresh_token", "refresh_token": installed.config.token}
    old = _token(installed, **refresh).json()["access_token"]
    installed.control("POST", "clock", {"advance_seconds": 1801})
    expired = _list(installed, old)
    new = _token(installed, **refresh).json()

    assert expired.status_code == 401
    assert expired.json()["category"] == "EXPIRED_AUTHENTICATION"
    assert new["refresh_token"] == installed.config.token
    assert _list(installed, new["access_token"]).status_code == 200


def test_a_revoked_install_is_invalid_grant(installed: Running) -> None:
    """Revoking the refresh token ends its access tokens too."""
    refresh = {"grant_type": "refresh_token", "refresh_token": installed.config.token}
    access = _token(installed, **refresh).json()["access_token"]
    form = {"token": installed.config.token}
    revoked = installed.http.post("/oauth/2026-09/token/revoke", data=form)
    refused = _token(installed, **refresh)

    assert revoked.status_code == 200
    assert _list(installed, access).status_code == 401
    assert refused.status_code == 400
    assert refused.json()["status"] == "BAD_REFRESH_TOKEN"


def test_both_clients_refresh_and_look_at_tokens(installed: Running) -> None:
    """The v1 form of one client and the JSON of the other both work."""
    given = {
        "grant_type": "refresh_token",
        "client_id": "sandbox-client-id",
        "client_secret": "secret-under-test",
        "refresh_token": installed.config.token,
    }
    old = HubSpot(host=installed.base)
    token = old.oauth.tokens_api.create(**given).access_token
    seen = old.oauth.access_tokens_api.get(token)
    with hubspot_sdk.HubSpot(access_token="unused", base_url=installed.base) as new:
        made: Any = new.auth.oauth.create_token(
            grant_type="refresh_token",
            client_id="sandbox-client-id",
            client_secret="secret-under-test",
            refresh_token=installed.config.token,
        )
        told: Any = new.auth.oauth.introspect_token(token=made.access_token)

    assert seen.hub_id == installed.config.portal_id
    assert told.active is True


def test_oauth_apps_have_no_daily_limit(installed: Running) -> None:
    """110 calls per ten seconds, no daily headers."""
    refresh = {"grant_type": "refresh_token", "refresh_token": installed.config.token}
    answer = _list(installed, _token(installed, **refresh).json()["access_token"])

    assert answer.headers["x-hubspot-ratelimit-max"] == "110"
    assert "x-hubspot-ratelimit-daily" not in answer.headers


def test_a_wrong_client_secret_is_refused(installed: Running) -> None:
    """Nobody else may use the refresh token."""
    form = {"grant_type": "refresh_token", "refresh_token": installed.config.token}
    answer = _token(installed, **form, client_secret="guess")

    assert answer.status_code == 400
    assert answer.json()["status"] == "BAD_CLIENT_ID"
