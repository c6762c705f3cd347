"""Every error answer of HubSpot leads to the right recovery."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from leadstate.errors import ConfigurationError, FatalAdapterError, RetryLater

READ = "/crm/objects/2026-09/contacts/batch/read"
UPDATE = "/crm/objects/2026-09/contacts/batch/update"
FOUND = {"results": [{"id": "1", "properties": {}}]}
DAILY = {"message": "You have reached your daily limit.", "policyName": "DAILY"}


@pytest.mark.parametrize(
    ("status", "body", "headers", "wait"),
    [
        (423, {}, {}, 2.0),
        (423, {}, {"Retry-After": "5"}, 5.0),
        (477, {}, {"Retry-After": "20"}, 20.0),
        (429, {"policyName": "TEN_SECONDLY_ROLLING"}, {}, 10.0),
        (429, {"message": "You have reached your secondly limit."}, {}, 1.0),
        (429, {"message": "You have reached your ten_secondly_rolling limit."}, {}, 10),
        (429, {}, {"Retry-After": "3"}, 3.0),
        (429, {}, {"Retry-After": "10000"}, 10.0),
        (503, {}, {"Retry-After": "4"}, 4.0),
        (503, {}, {"Retry-After": "Sun, 22 Nov 2026 04:00:00 GMT"}, None),
        (502, "<html>", {}, None),
        (524, {}, {}, None),
    ],
)
def test_reads_wait_as_hubspot_says(
    connect: Any,
    hubspot: Any,
    clock: Any,
    status: int,
    body: Any,
    headers: Any,
    wait: float | None,
) -> None:
    """Each passing error has its own pause, then the read succeeds."""
    hubspot.on(READ, httpx.Response(status, json=body, headers=headers), FOUND)

    assert len(connect().read(["1"])) == 1
    pauses = [seconds for seconds in clock.slept if seconds > 0.2]
    assert len(pauses) == 1
    assert wait is None or pauses == [wait]


def test_a_migration_without_retry_after_is_handed_on(
    connect: Any, hubspot: Any
) -> None:
    """A minute is too long for a thread to sleep."""
    hubspot.on(READ, httpx.Response(477))

    with pytest.raises(RetryLater) as caught:
        connect().read(["1"])

    assert caught.value.after_seconds == 60


def test_the_daily_limit_waits_for_midnight_of_the_account(
    connect: Any, hubspot: Any, clock: Any
) -> None:
    """After the daily limit nothing is sent before the account's day ends."""
    details = {"portalId": 7, "timeZone": "Europe/Berlin", "accountType": "STANDARD"}
    hubspot.on("/account-info/2026-09/details", details)
    hubspot.always("/crm/properties/2026-09/contacts", {"results": []})
    hubspot.always("/crm/properties/2026-09/companies", {"results": []})
    route = hubspot.on(READ, (429, DAILY), FOUND)
    adapter = connect()
    adapter.describe()

    for _ in range(2):
        with pytest.raises(RetryLater) as caught:
            adapter.read(["1"])
        assert caught.value.after_seconds == pytest.approx(19 * 3600, abs=5)
    assert route.call_count == 1

    clock.sleep(19 * 3600)
    assert len(adapter.read(["1"])) == 1


@pytest.mark.parametrize("zone", [None, "Mars/Olympus", "../etc"])
def test_an_unknown_day_is_asked_for_every_hour(
    connect: Any, hubspot: Any, zone: str | None
) -> None:
    """Without the account's time zone the next try comes in an hour."""
    adapter = connect()
    adapter._api._classifier.time_zone = zone
    hubspot.on(READ, (429, {"message": "You have reached your daily limit."}))

    with pytest.raises(RetryLater) as caught:
        adapter.read(["1"])

    assert caught.value.after_seconds == 3600


def test_missing_scopes_are_named(connect: Any, hubspot: Any, problem: Any) -> None:
    """The administrator reads which scopes to add."""
    entry = {"message": "m", "context": {"requiredGranularScopes": ["a.read", "b"]}}
    hubspot.on(READ, (403, problem("no", "MISSING_SCOPES", errors=[entry])))

    with pytest.raises(ConfigurationError, match=r"a\.read, b"):
        connect().read(["1"])


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (403, {"message": "Upgrade to Professional"}, ConfigurationError, "Upgrade"),
        (404, "nothing", ConfigurationError, "api_version"),
        (400, {"message": "no such property"}, ConfigurationError, "no such property"),
        (414, {}, FatalAdapterError, "414: no reason given"),
        (401, {"message": "who?"}, FatalAdapterError, r"who\?.*service key"),
        (301, {}, ConfigurationError, "base_url"),
    ],
)
def test_lasting_errors_say_who_must_do_what(
    connect: Any, hubspot: Any, status: int, body: Any, error: Any, words: str
) -> None:
    """What repeating cannot mend is raised by the recovery it needs."""
    hubspot.always(READ, (status, body))

    with pytest.raises(error, match=words):
        connect().read(["1"])


def test_an_answer_that_is_not_hubspots_is_tried_later(
    connect: Any, hubspot: Any
) -> None:
    """JSON of another shape is a proxy's, not a reason to stop."""
    hubspot.on(READ, {"results": [{"no": "id"}]}, {"results": "x"})
    adapter = connect()

    for _ in range(2):
        with pytest.raises(RetryLater, match="cannot be read: results"):
            adapter.read(["1"])


def test_no_error_shows_the_token(connect: Any, hubspot: Any) -> None:
    """Even when HubSpot repeats it."""
    hubspot.always(READ, (401, {"message": "bad pat-na1-canary"}))

    with pytest.raises(FatalAdapterError) as caught:
        connect().read(["1"])

    assert "canary" not in repr(caught.value)
