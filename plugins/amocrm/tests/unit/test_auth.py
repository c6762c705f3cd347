"""Who we are: long-lived tokens, and refresh tokens that may be used once."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from leadstate_amocrm.auth import OAuthTokens
from leadstate_amocrm.settings import OAuthSettings

from leadstate.adapters.http import ApiResponse
from leadstate.domain.binding import Binding
from leadstate.errors import (
    ConfigurationError,
    FatalAdapterError,
    RetryLater,
    StoreUnavailable,
)
from leadstate.testing import Bench

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.adapters.http import ApiCall

LEADS = Binding(workflow="w", adapter="amocrm", object="leads")
TOKEN = "/oauth2/access_token"
OAUTH = {
    "client_id": "app",
    "client_secret": "canary-secret",
    "redirect_uri": "http://127.0.0.1:8765/callback",
    "refresh_token": "canary-refresh",
}
SPENT = {"hint": "Token has been revoked", "title": "Wrong", "status": 400}


def grant(number: int, **more: Any) -> dict[str, Any]:
    names = {"access_token": f"access-{number}", "refresh_token": f"refresh-{number}"}
    return {"token_type": "Bearer", "expires_in": 86_400, **names, **more}


def given_tokens(route: Any) -> list[str]:
    return [
        parse_qs(call.request.content.decode())["refresh_token"][0]
        for call in route.calls
    ]


@pytest.fixture(name="account")
def _account(amocrm: Any) -> Any:
    return amocrm.always("/api/v4/account", {"id": 77, "is_api_filter_enabled": True})


def bearers(route: Any) -> list[str]:
    return [call.request.headers["authorization"] for call in route.calls]


def look(adapter: Any) -> None:
    adapter._api.account()


def test_a_long_lived_token_is_the_bearer(connect: Any, amocrm: Any) -> None:
    """One header, always the same; one 401 is asked again."""
    account = amocrm.on("/api/v4/account", (401, {}), {"id": 77})

    look(connect())

    assert bearers(account) == ["Bearer canary-long-lived-token"] * 2


def test_a_revoked_token_is_told_without_its_text(connect: Any, amocrm: Any) -> None:
    """With the way to a new one."""
    amocrm.always(
        "/api/v4/account",
        lambda _: httpx.Response(
            401, json={"detail": "canary-long-lived-token is no token"}
        ),
    )

    with pytest.raises(FatalAdapterError, match="renew the token") as caught:
        look(connect())

    assert "canary" not in str(caught.value)


def test_tokens_rotate_an_hour_before_they_end(
    connect: Any, amocrm: Any, account: Any, clock: Any, credentials: Any
) -> None:
    """Each refresh token is used once, and the new pair is kept before it is used."""
    token = amocrm.on(TOKEN, grant(1), grant(2), method="POST")
    adapter = connect(oauth=OAUTH)

    for pause in (0, 80_000, 3_000):
        clock.sleep(pause)
        look(adapter)

    assert given_tokens(token) == ["canary-refresh", "refresh-1"]
    assert bearers(account) == ["Bearer access-1"] * 2 + ["Bearer access-2"]
    assert credentials.saved["oauth"]["refresh_token"] == "refresh-2"
    assert "claim" not in credentials.saved["oauth"]


def test_another_worker_takes_what_the_first_one_got(
    connect: Any, amocrm: Any, account: Any, clock: Any
) -> None:
    """It reads the store again before it uses the token that it knows."""
    token = amocrm.on(TOKEN, grant(1), grant(2), method="POST")
    first, second = connect(oauth=OAUTH), connect(oauth=OAUTH)
    look(first)
    look(second)
    clock.sleep(84_000)
    look(first)
    look(second)

    assert given_tokens(token) == ["canary-refresh", "refresh-1"]


def test_a_worker_waits_while_another_one_renews(
    connect: Any, amocrm: Any, account: Any, clock: Any, credentials: Any
) -> None:
    """The claim stands; when its owner is silent for too long, it is taken over."""
    amocrm.on(TOKEN, grant(1), method="POST")
    held = {
        "refresh_token": "canary-refresh",
        "claim": "somebody",
        "claimed_until": "2026-11-22T04:00:05+00:00",
    }
    credentials.saved["oauth"] = held

    look(connect(oauth=OAUTH))

    assert clock.slept[:5] == (1.0,) * 5
    assert credentials.saved["oauth"]["refresh_token"] == "refresh-1"


def test_waiting_for_another_worker_has_an_end(
    connect: Any, amocrm: Any, account: Any, clock: Any, credentials: Any
) -> None:
    """Then the caller is told to come again."""

    class Claiming(dict[str, Any]):
        """What is kept while others claim the token again and again."""

        def get(self, *_: Any) -> Any:
            until = (clock.now() + timedelta(seconds=9)).isoformat()
            return {"refresh_token": "r", "claimed_until": until}

    credentials.saved = Claiming()

    with pytest.raises(RetryLater, match="another worker"):
        look(connect(oauth=OAUTH))


@pytest.mark.parametrize("days", [5, 3653])
def test_a_claim_of_a_clock_that_was_ahead_is_taken_over(
    connect: Any, amocrm: Any, account: Any, clock: Any, credentials: Any, days: int
) -> None:
    """Nobody claims a token for longer than a call may last."""
    amocrm.on(TOKEN, grant(1), method="POST")
    until = (clock.now() + timedelta(days=days)).isoformat()
    credentials.saved["oauth"] = {
        "refresh_token": "canary-refresh",
        "claim": "somebody",
        "claimed_until": until,
    }

    look(connect(oauth=OAUTH))

    assert 1.0 not in clock.slept
    assert credentials.saved["oauth"]["refresh_token"] == "refresh-1"


def test_a_lost_answer_leaves_the_old_access_token_to_work_with(
    connect: Any, amocrm: Any, account: Any, clock: Any
) -> None:
    """The refresh token is tried once more when there is nothing else."""
    token = amocrm.on(
        TOKEN, grant(1), httpx.ReadTimeout("lost"), grant(2), method="POST"
    )
    adapter = connect(oauth=OAUTH)
    look(adapter)
    clock.sleep(84_000)
    look(adapter)
    look(connect(oauth=OAUTH))
    clock.sleep(3_000)
    look(adapter)

    assert bearers(account) == ["Bearer access-1"] * 3 + ["Bearer access-2"]
    assert given_tokens(token) == ["canary-refresh", "refresh-1", "refresh-1"]


def test_a_first_answer_that_is_lost_is_told(
    connect: Any, amocrm: Any, account: Any
) -> None:
    """There is no old access token; the outcome is unknown."""
    amocrm.on(TOKEN, httpx.ReadTimeout("lost"), method="POST")

    with pytest.raises(RetryLater) as caught:
        look(connect(oauth=OAUTH))

    assert caught.value.sent


def test_a_call_that_never_left_gives_the_claim_back(
    connect: Any, amocrm: Any, account: Any, credentials: Any
) -> None:
    """The token is unused, and the next try uses it at once."""
    token = amocrm.on(TOKEN, *[httpx.ConnectError("down")] * 4, grant(1), method="POST")
    adapter = connect(oauth=OAUTH)
    with pytest.raises(RetryLater) as caught:
        look(adapter)
    kept = dict(credentials.saved["oauth"])

    look(adapter)

    assert not caught.value.sent
    assert "claim" not in kept
    assert token.call_count == 5


def test_a_spent_token_asks_for_a_person_once(
    connect: Any, amocrm: Any, account: Any
) -> None:
    """By name of the command; amoCRM is not asked again and again."""
    token = amocrm.on(TOKEN, (400, SPENT), method="POST")
    adapter = connect(oauth=OAUTH)

    for _ in range(3):
        with pytest.raises(ConfigurationError, match="leadstate connect amocrm"):
            look(adapter)

    assert token.call_count == 1


def test_a_new_token_in_the_settings_replaces_a_spent_one(
    connect: Any, amocrm: Any, account: Any
) -> None:
    """An account may have several pairs; each admin's is its own."""
    amocrm.on(TOKEN, (400, SPENT), grant(1), method="POST")
    with pytest.raises(ConfigurationError):
        look(connect(oauth=OAUTH))

    look(connect(oauth={**OAUTH, "refresh_token": "another"}))

    assert bearers(account) == ["Bearer access-1"]


@pytest.mark.parametrize(
    ("status", "words"), [(400, "client_secret"), (401, "subdomain"), (404, "base_url")]
)
def test_wrong_settings_are_told_and_the_token_is_not_thought_spent(
    connect: Any, amocrm: Any, account: Any, credentials: Any, status: int, words: str
) -> None:
    """A changed subdomain, a wrong secret: correct it, and go on."""
    wrong = {"hint": "Client authentication failed"}
    amocrm.on(TOKEN, (status, wrong), grant(1), method="POST")
    adapter = connect(oauth=OAUTH)
    with pytest.raises(ConfigurationError, match=words):
        look(adapter)

    look(adapter)

    assert bearers(account) == ["Bearer access-1"]


def test_a_block_gives_the_claim_back(
    connect: Any, amocrm: Any, account: Any, credentials: Any
) -> None:
    """An HTML page of the web server: the token was not used."""
    page = httpx.Response(403, html="<html>forbidden</html>")
    amocrm.on(TOKEN, page, method="POST")

    with pytest.raises(FatalAdapterError, match="blocks"):
        look(connect(oauth=OAUTH))

    assert "claim" not in credentials.saved["oauth"]


def test_a_refused_access_token_is_renewed(
    connect: Any, amocrm: Any, credentials: Any
) -> None:
    """Whatever its lifetime says."""
    amocrm.on(TOKEN, grant(1), grant(2), method="POST")
    account = amocrm.on("/api/v4/account", (401, {}), {"id": 77})

    look(connect(oauth=OAUTH))

    assert bearers(account) == ["Bearer access-1", "Bearer access-2"]


def test_without_any_token_the_way_to_one_is_named(connect: Any) -> None:
    """Nothing is stored, nothing is set."""
    oauth = {name: text for name, text in OAUTH.items() if name != "refresh_token"}

    with pytest.raises(ConfigurationError, match="leadstate connect amocrm"):
        look(connect(oauth=oauth))


def test_a_busy_store_does_not_cost_the_new_pair(
    connect: Any, amocrm: Any, account: Any, credentials: Any, monkeypatch: Any
) -> None:
    """It is used at once and kept before the next call."""
    amocrm.on(TOKEN, grant(1), method="POST")
    swap, busy = credentials.swap, [False, True]

    def swap_later(*given: Any) -> bool:
        if busy and busy.pop(0):
            raise StoreUnavailable("locked")
        return bool(swap(*given))

    monkeypatch.setattr(credentials, "swap", swap_later)
    adapter = connect(oauth=OAUTH)
    look(adapter)
    kept = dict(credentials.saved["oauth"])

    look(adapter)

    assert "access_token" not in kept
    assert credentials.saved["oauth"]["access_token"] == "access-1"


class Once:
    """A token endpoint that takes each refresh token once; some answers are lost."""

    def __init__(self, lost: list[bool]) -> None:
        self.lost, self.good, self.number = list(lost), "r0", 0
        self.used: list[str] = []
        self.lock = threading.Lock()

    def __call__(self, call: ApiCall) -> ApiResponse:
        assert call.form is not None
        given = call.form["refresh_token"].get_secret_value()
        with self.lock:
            self.used.append(given)
            if given != self.good:
                return ApiResponse(status=400, body=SPENT)
            self.number += 1
            self.good = f"r{self.number}"
            if self.lost and self.lost.pop(0):
                raise RetryLater("before it arrived", sent=False)
            body = grant(self.number, refresh_token=self.good)
            return ApiResponse(status=200, body=body)


@settings(max_examples=25, deadline=None)
@given(workers=st.integers(1, 5), days=st.integers(1, 4))
def test_any_number_of_workers_uses_each_token_once(workers: int, days: int) -> None:
    """At the same moment, day after day."""
    bench, endpoint = Bench(), Once([])
    app = OAuthSettings.model_validate({**OAUTH, "refresh_token": "r0"})
    connection = bench.connection(LEADS, {})
    tokens = [OAuthTokens(connection, app) for _ in range(workers)]
    seen: list[Mapping[str, str] | str] = []

    def work(one: OAuthTokens) -> None:
        seen.append(one.header(endpoint).get_secret_value())

    for day in range(1, days + 1):
        threads = [threading.Thread(target=work, args=(one,)) for one in tokens]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert {f"Bearer access-{day}"} == set(seen)
        seen.clear()
        bench.clock.sleep(86_000)

    assert [f"r{number}" for number in range(days)] == endpoint.used
