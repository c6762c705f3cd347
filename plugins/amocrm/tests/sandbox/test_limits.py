"""Seven calls a second, fifty of the account, and the block after a flood."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

    from conftest import Running, Start


def flood(sandbox: Running, calls: int) -> list[httpx.Response]:
    """Call so many times within one moment of the sandbox clock."""
    return [sandbox.api("GET", "account") for _ in range(calls)]


def test_the_eighth_call_of_a_second_is_refused(start: Start) -> None:
    """429 with retry_after in the body; a second later there is room again."""
    sandbox = start(rps=7)
    sandbox.control("POST", "clock", {"rate": 0})
    *good, refused = flood(sandbox, 8)
    sandbox.control("POST", "clock", {"advance_seconds": 1})

    assert {answer.status_code for answer in good} == {200}
    assert refused.status_code == 429
    assert refused.json()["retry_after"] == 1
    assert "retry-after" not in refused.headers
    assert flood(sandbox, 1)[0].status_code == 200


def test_the_account_has_a_limit_of_its_own(start: Start) -> None:
    """All integrations together; the header and the page are switches."""
    sandbox = start(rps=1000)
    sandbox.policy(account_rps=3, retry_after_header=True)
    sandbox.control("POST", "clock", {"rate": 0})
    *_, with_header = flood(sandbox, 4)
    sandbox.policy(throttle_json=False)
    page = flood(sandbox, 1)[0]

    assert with_header.headers["retry-after"] == "1"
    assert page.status_code == 429
    assert page.headers["content-type"] == "text/html"


def test_two_integrations_do_not_share_a_limit(start: Start) -> None:
    """The long-lived token and an OAuth token count apart."""
    sandbox = start(rps=2)
    sandbox.control("POST", "clock", {"rate": 0})
    config = sandbox.config
    form = {
        "client_id": config.client_id,
        "client_secret": config.client_secret,
        "grant_type": "refresh_token",
        "refresh_token": config.refresh_token,
        "redirect_uri": config.redirect_uri,
    }
    other = sandbox.http.post("/oauth2/access_token", data=form).json()["access_token"]
    flood(sandbox, 2)
    headers = {"Authorization": f"Bearer {other}"}

    assert flood(sandbox, 1)[0].status_code == 429
    assert sandbox.http.get("/api/v4/account", headers=headers).status_code == 200


def test_a_flood_is_shut_out_until_it_is_lifted(start: Start) -> None:
    """403 as a page for everything, OAuth included; only the switch opens."""
    sandbox = start(rps=1)
    sandbox.policy(block_after_429=3)
    sandbox.control("POST", "clock", {"rate": 0})
    statuses = [answer.status_code for answer in flood(sandbox, 5)]
    blocked = sandbox.api("GET", "account")
    oauth = sandbox.http.post("/oauth2/access_token", data={"x": "y"})
    sandbox.control("POST", "clock", {"advance_seconds": 86_400})
    still = sandbox.api("GET", "account").status_code
    sandbox.policy(blocked=False)

    assert statuses == [200, 429, 429, 429, 403]
    assert blocked.headers["content-type"] == "text/html"
    assert b"nginx" in blocked.content
    assert (oauth.status_code, still) == (403, 403)
    assert sandbox.api("GET", "account").status_code == 200


def test_a_clock_set_back_does_not_lock_anybody_out(start: Start) -> None:
    """Calls of the future are forgotten."""
    sandbox = start(rps=1)
    sandbox.control("POST", "clock", {"rate": 0})
    flood(sandbox, 1)
    sandbox.control("POST", "clock", {"advance_seconds": -500})

    assert flood(sandbox, 1)[0].status_code == 200
