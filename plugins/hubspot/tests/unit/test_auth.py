"""Who we are: service keys, and OAuth tokens that are renewed in time."""

from __future__ import annotations

import threading
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from leadstate.errors import ConfigurationError, FatalAdapterError, RetryLater

READ = "/crm/objects/2026-09/contacts/batch/read"
TOKEN = "/oauth/2026-09/token"
FOUND = {"results": [{"id": "1", "properties": {}}]}
OAUTH = {
    "client_id": "app",
    "client_secret": "canary-secret",
    "refresh_token": "canary-refresh",
}


def grant(number: int, **more: Any) -> dict[str, Any]:
    return {"access_token": f"access-{number}", "expires_in": 1800, **more}


def bearer(route: Any) -> list[str]:
    return [call.request.headers["authorization"] for call in route.calls]


def test_a_service_key_is_the_bearer(connect: Any, hubspot: Any) -> None:
    """One header, always the same."""
    route = hubspot.on(READ, FOUND)

    connect().read(["1"])

    assert bearer(route) == ["Bearer pat-na1-canary"]


def test_one_401_of_a_service_key_is_asked_again(connect: Any, hubspot: Any) -> None:
    """A single 401 proves nothing."""
    hubspot.on(READ, (401, {}), FOUND)

    assert len(connect().read(["1"])) == 1


def test_tokens_are_fetched_once_and_renewed_before_expiry(
    connect: Any, hubspot: Any, clock: Any, credentials: Any
) -> None:
    """By expires_in, five minutes early; saved before they are used."""
    token = hubspot.on(TOKEN, grant(1), grant(2, refresh_token="rotated"))
    route = hubspot.always(READ, FOUND)
    adapter = connect(oauth=OAUTH)

    for _ in range(2):
        adapter.read(["1"])
    clock.sleep(1501)
    adapter.read(["1"])

    form = parse_qs(token.calls[0].request.content.decode())
    assert form["grant_type"] == ["refresh_token"]
    assert form["refresh_token"] == ["canary-refresh"]
    assert "refresh" not in str(token.calls[0].request.url)
    assert bearer(route) == ["Bearer access-1"] * 2 + ["Bearer access-2"]
    assert credentials.saved["oauth"]["refresh_token"] == "rotated"
    assert adapter.calls["oauth.token"] == 2


def test_a_stored_token_is_used_after_a_restart(
    connect: Any, hubspot: Any, clock: Any
) -> None:
    """A restart costs no token call."""
    token = hubspot.always(TOKEN, grant(1, refresh_token="stored"))
    hubspot.always(READ, FOUND)
    connect(oauth=OAUTH).read(["1"])

    connect(oauth=OAUTH).read(["1"])
    assert token.call_count == 1

    clock.sleep(1800)
    connect(oauth=OAUTH).read(["1"])
    form = parse_qs(token.calls[1].request.content.decode())
    assert form["refresh_token"] == ["stored"]


@pytest.mark.parametrize(
    "expires_at", ["", "soon", "2026-11-22T05:00:00", "2026-11-22T05:00:00+00:00"]
)
def test_what_connect_stored_is_enough(
    connect: Any, hubspot: Any, credentials: Any, expires_at: str
) -> None:
    """Without a refresh token in the settings the stored one is used."""
    credentials.saved["oauth"] = {
        "refresh_token": "connected",
        "access_token": "old",
        "expires_at": expires_at,
    }
    token = hubspot.on(TOKEN, grant(1))
    hubspot.always(READ, FOUND)

    connect(oauth={"client_id": "app", "client_secret": "s"}).read(["1"])

    assert token.call_count == (0 if expires_at.endswith("+00:00") else 1)


def test_a_new_refresh_token_in_the_settings_wins(
    connect: Any, hubspot: Any, credentials: Any
) -> None:
    """Whoever mends the settings after a revocation is heard."""
    token = hubspot.always(TOKEN, grant(1))
    hubspot.always(READ, FOUND)
    connect(oauth=OAUTH).read(["1"])
    assert "canary-refresh" not in credentials.saved["oauth"]["given"]

    connect(oauth=OAUTH | {"refresh_token": "mended"}).read(["1"])

    form = parse_qs(token.calls[1].request.content.decode())
    assert form["refresh_token"] == ["mended"]


def test_without_any_refresh_token_the_remedy_is_named(connect: Any) -> None:
    """The message says which command to run."""
    adapter = connect(oauth={"client_id": "app", "client_secret": "s"})

    with pytest.raises(ConfigurationError, match=r"leadstate connect acme"):
        adapter.read(["1"])


def test_threads_renew_once(connect: Any, hubspot: Any) -> None:
    """Single flight: one token call for all threads."""
    token = hubspot.always(TOKEN, grant(1))
    hubspot.always(READ, FOUND)
    adapter = connect(oauth=OAUTH)
    threads = [threading.Thread(target=adapter.read, args=(["1"],)) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert token.call_count == 1


def test_an_expired_token_is_renewed_at_once(connect: Any, hubspot: Any) -> None:
    """When HubSpot itself says that it expired."""
    hubspot.on(TOKEN, grant(1), grant(2))
    expired = {"category": "EXPIRED_AUTHENTICATION", "message": "expired"}
    route = hubspot.on(READ, (401, expired), FOUND)

    connect(oauth=OAUTH).read(["1"])

    assert bearer(route) == ["Bearer access-1", "Bearer access-2"]


def test_any_other_401_is_asked_again_before_renewing(
    connect: Any, hubspot: Any
) -> None:
    """The same token first, then a new one, then a person."""
    hubspot.on(TOKEN, grant(1), grant(2))
    route = hubspot.on(READ, *[(401, {})] * 3)

    with pytest.raises(FatalAdapterError):
        connect(oauth=OAUTH).read(["1"])

    assert [one[-1] for one in bearer(route)] == ["1", "1", "2"]


def test_a_token_that_another_thread_renewed_is_kept(
    connect: Any, hubspot: Any
) -> None:
    """A late 401 for an old token does not throw the new one away."""
    from pydantic import SecretStr

    token = hubspot.on(TOKEN, grant(1))
    hubspot.always(READ, FOUND)
    adapter = connect(oauth=OAUTH)
    adapter.read(["1"])

    authorise = adapter._api.client._authorise
    assert authorise.refused(SecretStr("Bearer older"), expired=True, times=1)
    adapter.read(["1"])

    assert token.call_count == 1


@pytest.mark.parametrize(
    "body",
    [
        {"error": "invalid_grant", "error_description": "revoked"},
        {"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token"},
    ],
)
def test_a_revoked_grant_says_how_to_authorise_again(
    connect: Any, hubspot: Any, body: Any
) -> None:
    """The connection stops until a person acts."""
    hubspot.on(TOKEN, (400, body))

    with pytest.raises(FatalAdapterError, match=r"leadstate connect acme") as caught:
        connect(oauth=OAUTH).read(["1"])

    assert "canary" not in str(caught.value)


def test_a_wrong_client_secret_names_the_settings(connect: Any, hubspot: Any) -> None:
    """It is a setting that is wrong, not the authorisation."""
    hubspot.on(TOKEN, (401, {"status": "BAD_CLIENT_SECRET"}))

    with pytest.raises(ConfigurationError, match=r"oauth\.client_secret"):
        connect(oauth=OAUTH).read(["1"])


def test_a_token_endpoint_out_of_order_is_tried_again(
    connect: Any, hubspot: Any
) -> None:
    """Refresh tokens do not rotate, so that repeating is safe; then later."""
    hubspot.on(TOKEN, httpx.Response(503), grant(1), *[httpx.Response(500)] * 4)
    hubspot.always(READ, FOUND)

    assert connect(oauth=OAUTH).read(["1"])
    with pytest.raises(RetryLater):
        connect(oauth=OAUTH | {"refresh_token": "other"}).read(["1"])
