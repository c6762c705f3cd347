"""At full speed HubSpot never has to say 429; tokens expire while we work."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from leadstate.domain.binding import Binding
from leadstate.testing import SteppedClock

CONTACTS = Binding(workflow="w", adapter="hubspot", object="contacts")


def stepped(sandbox: Any) -> SteppedClock:
    """Return a clock that the sandbox's clock follows."""
    sandbox.post("clock", rate=0)
    return SteppedClock(
        datetime.fromisoformat(sandbox.get("clock")["now"]),
        moved=lambda seconds: sandbox.post("clock", advance_seconds=seconds),
    )


def test_full_speed_meets_no_429(start_sandbox: Any, dial: Any, budget_of: Any) -> None:
    """Six threads use 95 % of the account's limit for longer than its window."""
    sandbox = start_sandbox("--records", "100", "--rate-per-10s", "100")
    clock = stepped(sandbox)
    adapter = dial(
        sandbox,
        CONTACTS,
        now=clock.now,
        sleep=clock.sleep,
        budget=budget_of(clock.now),
        calls_per_10_seconds=100,
    )
    ids = sandbox.ids()

    def work() -> None:
        for _ in range(60):
            adapter.read(ids[:1])

    clock.run(*[work] * 6)

    assert sandbox.get("log/summary")["throttled"] == 0
    assert adapter.calls["contacts.batch_read"] == 360


def test_searches_keep_to_five_a_second(
    start_sandbox: Any, dial: Any, budget_of: Any
) -> None:
    """The search limit is an account's own, and much lower."""
    sandbox = start_sandbox("--records", "20")
    clock = stepped(sandbox)
    adapter = dial(
        sandbox,
        CONTACTS,
        now=clock.now,
        sleep=clock.sleep,
        budget=budget_of(clock.now),
    )
    cursor = None
    for _ in range(16):
        cursor = adapter.changes(cursor).cursor

    assert adapter.calls["contacts.search"] >= 15
    assert sandbox.get("log/summary")["throttled"] == 0


def test_oauth_tokens_are_renewed_before_they_expire(
    start_sandbox: Any, dial: Any, credentials: Any
) -> None:
    """Half an hour later a new token is used; HubSpot never saw an old one."""
    sandbox = start_sandbox("--records", "5", "--auth", "oauth")
    oauth = {
        "client_id": "sandbox-client-id",
        "client_secret": "sandbox-client-secret",
        "refresh_token": "pat-na1-integration",
    }

    def now() -> datetime:
        return datetime.fromisoformat(sandbox.get("clock")["now"])

    adapter = dial(sandbox, CONTACTS, now=now, oauth=oauth)
    for _ in range(3):
        adapter.read(sandbox.ids(2))
        sandbox.post("clock", advance_seconds=1600)
    adapter.read(sandbox.ids(2))

    assert adapter.calls["oauth.token"] == 4
    assert "401" not in sandbox.get("log/summary")["by_status"]
    assert credentials.saved["oauth"]["refresh_token"] == "pat-na1-integration"
