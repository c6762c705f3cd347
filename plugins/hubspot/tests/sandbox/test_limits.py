"""The three rate policies, their bodies and headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Running, Start


def test_the_tenth_second_rolls(start: Start) -> None:
    """The window is ten seconds of the sandbox clock, for each call its own."""
    sandbox = start(rate_per_10s=3)
    sandbox.control("POST", "clock", {"rate": 0})
    first = [sandbox.contacts("GET").status_code for _ in range(4)]
    sandbox.control("POST", "clock", {"advance_seconds": 9.9})
    still = sandbox.contacts("GET").status_code
    sandbox.control("POST", "clock", {"advance_seconds": 0.2})

    assert first == [200, 200, 200, 429]
    assert still == 429
    assert sandbox.contacts("GET").status_code == 200


def test_the_rolling_refusal_is_hubspots_own(start: Start) -> None:
    """Body as recorded live; no Retry-After unless the policy adds it."""
    sandbox = start(rate_per_10s=1)
    sandbox.contacts("GET")
    refused = sandbox.contacts("GET")
    sandbox.control("PUT", "policy", {"retry_after": True})
    helpful = sandbox.contacts("GET")
    body = refused.json()

    assert body.pop("correlationId")
    assert body == {
        "status": "error",
        "message": "You have reached your ten_secondly_rolling limit.",
        "errorType": "RATE_LIMIT",
        "policyName": "TEN_SECONDLY_ROLLING",
        "groupName": "publicapi:private_app-api-calls-ten-secondly:247187887:50780459",
    }
    assert "retry-after" not in refused.headers
    assert helpful.headers["retry-after"] == "10"


def test_answers_tell_what_is_left(start: Start) -> None:
    """Ordinary answers carry the rolling and the daily headers."""
    headers = start(rate_per_10s=50, daily=1000).contacts("GET").headers

    assert headers["x-hubspot-ratelimit-max"] == "50"
    assert headers["x-hubspot-ratelimit-remaining"] == "49"
    assert headers["x-hubspot-ratelimit-interval-milliseconds"] == "10000"
    assert headers["x-hubspot-ratelimit-daily"] == "1000"
    assert headers["x-hubspot-ratelimit-daily-remaining"] == "999"


def test_searches_have_a_limit_of_their_own(sandbox: Running) -> None:
    """Five a second, no rate headers, a body without policyName, no rolling count."""
    sandbox.control("POST", "clock", {"rate": 0})
    answers = [sandbox.search() for _ in range(6)]
    refused = answers[-1].json()
    ordinary = sandbox.contacts("GET").headers

    assert [a.status_code for a in answers] == [200] * 5 + [429]
    assert refused["message"] == "You have reached your secondly limit."
    assert "policyName" not in refused
    assert not [h for a in answers for h in a.headers if "ratelimit" in h]
    assert ordinary["x-hubspot-ratelimit-remaining"] == "189"


def test_the_day_ends_at_midnight_of_the_account(start: Start) -> None:
    """The daily limit holds until midnight in the account's time zone, then resets."""
    sandbox = start(daily=2, started_at_ms=1_767_220_000_000)  # 23:26:40 in Berlin
    sandbox.control("POST", "clock", {"rate": 0})
    statuses = [sandbox.contacts("GET").status_code for _ in range(2)]
    refused = sandbox.contacts("GET")
    sandbox.control("POST", "clock", {"now": "2026-01-01T00:30:00+01:00"})

    assert statuses == [200, 200]
    assert refused.json()["message"] == "You have reached your daily limit."
    assert refused.json()["policyName"] == "DAILY"
    assert refused.json()["requestId"]
    assert sandbox.contacts("GET").status_code == 200


def test_control_calls_cost_nothing(start: Start) -> None:
    """The control API is outside the limits and the log."""
    sandbox = start(rate_per_10s=1)
    for _ in range(5):
        sandbox.control("GET", "health")

    assert sandbox.contacts("GET").status_code == 200
    assert sandbox.control("GET", "log/summary")["requests"] == 1
