"""At full speed amoCRM never has to say 429; a refresh token is used once by many."""

from __future__ import annotations

import multiprocessing
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from leadstate.adapters import Connection
from leadstate.domain.binding import Binding
from leadstate.errors import FatalAdapterError
from leadstate.store import open_store
from leadstate.testing import PATIENCE_SECONDS, SteppedClock

if TYPE_CHECKING:
    from pathlib import Path

KEY = b"k" * 32
LEADS = Binding(workflow="w", adapter="amocrm", object="leads")
OAUTH = {
    "client_id": "5a9d0b1e-1111-4c0e-8a53-6d1f6f5f0001",
    "client_secret": "amocrm-sandbox-secret",
    "redirect_uri": "http://127.0.0.1:8765/callback",
    "refresh_token": "amocrm-sandbox-refresh",
}


def wall() -> datetime:
    return datetime.fromtimestamp(time.time(), tz=UTC)  # noqa: TID251


def test_full_speed_meets_no_429(start_sandbox: Any, dial: Any, budget_of: Any) -> None:
    """Six threads use 95 % of seven calls a second, for a minute."""
    sandbox = start_sandbox("--records", "20")
    sandbox.post("clock", rate=0)
    clock = SteppedClock(
        moved=lambda seconds: sandbox.post("clock", advance_seconds=seconds)
    )
    budget = budget_of(clock.now)
    adapter = dial(sandbox, ("name",), now=clock.now, sleep=clock.sleep, budget=budget)
    began = clock.now()

    def work() -> None:
        for _ in range(66):
            adapter.read(["30000001"])

    clock.run(*[work] * 6)

    assert [(pytest.approx(6.65), 1)] == list(budget.rates.values())
    calls = sum(budget.taken.values())
    assert 396 <= calls <= 400
    assert (
        pytest.approx(calls / 6.65, rel=0.01) == (clock.now() - began).total_seconds()
    )
    assert 0 == sandbox.get("log/summary")["throttled"]


def test_a_blocked_account_is_left_alone(start_sandbox: Any, dial: Any) -> None:
    """After the HTML page of a block no thread calls any more; later it looks again."""
    sandbox = start_sandbox("--records", "5", "--rps", "1000")
    at = datetime(2026, 11, 22, tzinfo=UTC)
    shift = [timedelta()]
    adapter = dial(sandbox, ("name",), now=lambda: at + shift[0])
    sandbox.policy(blocked=True)
    for _ in range(5):
        with pytest.raises(FatalAdapterError):
            adapter.read(["30000001"])
    calls = sum(adapter.calls.values())
    sandbox.policy(blocked=False)
    shift[0] = timedelta(minutes=16)

    answers = adapter.read(["30000001"])

    assert calls == 1
    assert len(answers) == 1


def work(url: str, database: str, start: Any, done: Any) -> None:
    """Open the adapter in a process of its own, and read when told."""
    from leadstate_amocrm.adapter import AmoCrmAdapter

    store = open_store(database, key=KEY)

    adapter = AmoCrmAdapter(
        Connection(
            name="acme",
            binding=LEADS,
            settings={"base_url": url, "oauth": OAUTH},
            now=wall,
            sleep=time.sleep,
            budget=store.budget(wall),
            credentials=store.credentials("acme", wall),
        )
    )
    start.wait()
    done.put((len(adapter.read(["30000001"])), adapter.calls.get("oauth.token", 0)))
    adapter.close()
    store.close()


def test_two_processes_use_the_refresh_token_once(
    start_sandbox: Any, tmp_path: Path
) -> None:
    """One exchanges it, the other waits and takes what the first one got."""
    sandbox = start_sandbox("--records", "5", "--rps", "1000")
    database = f"sqlite:///{tmp_path / 'state.db'}"
    open_store(database, key=KEY).close()
    context = multiprocessing.get_context("spawn")
    start, done = context.Event(), context.Queue()
    workers = [
        context.Process(target=work, args=(sandbox.url, database, start, done))
        for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    start.set()
    answers = [done.get(timeout=PATIENCE_SECONDS) for _ in workers]
    for worker in workers:
        worker.join(timeout=PATIENCE_SECONDS)

    assert [1, 1, 1] == [found for found, _ in answers]
    assert sum(exchanged for _, exchanged in answers) == 1
    assert sandbox.kinds["oauth.token"] == 1


def test_tokens_rotate_for_months(
    start_sandbox: Any, dial: Any, credentials: Any
) -> None:
    """A day later a new pair is used; every refresh token is used once."""
    sandbox = start_sandbox("--records", "5", "--rps", "1000")
    adapter = dial(sandbox, ("name",), oauth=OAUTH)
    for _ in range(4):
        adapter.read(["30000001"])
        sandbox.post("clock", advance_seconds=86_000)
    other = dial(sandbox, ("name",), oauth=OAUTH)
    other.read(["30000001"])

    assert adapter.calls["oauth.token"] == 4
    assert "401" not in sandbox.get("log/summary")["by_status"]
    assert credentials.saved["oauth"]["refresh_token"] != OAUTH["refresh_token"]


def test_a_lost_answer_to_the_refresh_asks_for_a_person_in_the_end(
    start_sandbox: Any, dial: Any
) -> None:
    """The old access token serves while it lives; then the way to go on is named."""
    from leadstate.errors import ConfigurationError

    sandbox = start_sandbox("--records", "5", "--rps", "1000")
    adapter = dial(sandbox, ("name",), oauth=OAUTH)
    adapter.read(["30000001"])
    sandbox.post("clock", advance_seconds=86_400 - 1800)
    sandbox.fault(
        kind="timeout_after_apply", match={"method": "POST", "path": "/oauth2"}
    )
    while_it_lives = adapter.read(["30000001"])
    sandbox.post("clock", advance_seconds=3600)

    with pytest.raises(ConfigurationError, match="leadstate connect amocrm"):
        adapter.read(["30000001"])

    assert len(while_it_lives) == 1
    with pytest.raises(ConfigurationError):
        adapter.read(["30000001"])
    assert adapter.calls["oauth.token"] == 3
