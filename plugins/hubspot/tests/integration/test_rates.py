"""At full speed HubSpot never has to say 429; tokens expire while we work."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from leadstate.domain.binding import Binding

PACE = 4  # seconds of the sandbox in one of ours
CONTACTS = Binding(workflow="w", adapter="hubspot", object="contacts")


class PacedClock:
    """Runs, and sleeps, as fast as the sandbox's clock."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def now(self) -> datetime:
        spent = (time.monotonic() - self._began) * PACE
        return datetime(2026, 11, 22, tzinfo=UTC) + timedelta(seconds=spent)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / PACE)


def test_full_speed_meets_no_429(start_sandbox: Any, dial: Any, budget_of: Any) -> None:
    """Six threads use 95 % of the account's limit for longer than its window."""
    sandbox = start_sandbox("--records", "100", "--rate-per-10s", "100")
    sandbox.post("clock", rate=PACE)
    clock = PacedClock()
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
        for _ in range(24):
            adapter.read(ids[:1])

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sandbox.get("log/summary")["throttled"] == 0
    assert adapter.calls["contacts.batch_read"] == 144


def test_searches_keep_to_five_a_second(
    start_sandbox: Any, dial: Any, budget_of: Any
) -> None:
    """The search limit is an account's own, and much lower."""
    sandbox = start_sandbox("--records", "20")
    sandbox.post("clock", rate=PACE)
    clock = PacedClock()
    adapter = dial(
        sandbox,
        CONTACTS,
        now=clock.now,
        sleep=lambda seconds: time.sleep(seconds / PACE),
        budget=budget_of(lambda: datetime.fromisoformat(sandbox.get("clock")["now"])),
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
