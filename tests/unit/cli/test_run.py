"""`leadstate run`: one round, the loops, the receiver, and clean ends."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

import httpx
import pytest

from leadstate.clock import SystemClock
from leadstate.settings import load_settings
from leadstate.store import open_store
from leadstate.testing import PATIENCE_SECONDS, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.unit.cli.conftest import Office


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    """Give the signals back to the test runner."""
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(name="end_when")
def _end_when() -> Iterator[Callable[[Callable[[], bool]], None]]:
    """Return a function that sends SIGTERM here as soon as something holds."""
    threads: list[threading.Thread] = []

    def end_when(holds: Callable[[], bool]) -> None:
        usual = signal.getsignal(signal.SIGTERM)

        def serves() -> bool:
            return signal.getsignal(signal.SIGTERM) is not usual

        def wait() -> None:
            wait_until(lambda: serves() and holds(), "it holds while it serves")
            os.kill(os.getpid(), signal.SIGTERM)

        threads.append(threading.Thread(target=wait))
        threads[-1].start()

    yield end_when
    for thread in threads:
        thread.join()


def test_one_round_takes_in_every_record(connected: Office) -> None:
    """A cron job without webhooks polls, decides, writes, and ends."""
    said = connected.ask("run", "--once")

    assert (0, "") == (said.code, said.out)
    status = connected.ask("status", "--check", "--json").data
    assert 6 == status["totals"]["records"]
    assert [] == status["faults"]


def test_second_worker_on_a_database_is_refused(blank: Office) -> None:
    """Two services would undo each other's leases; the holder is named."""
    store = open_store(load_settings(blank.settings).database)
    try:
        with store.worker(SystemClock().now()):
            said = blank.ask("run", "--once")
    finally:
        store.close()

    assert 1 == said.code
    assert f"another leadstate (process {os.getpid()}) works on" in said.error
    assert "give this one a database of its own" in said.error


@pytest.mark.parametrize("module", ["uvicorn", "fastapi"])
def test_receiver_without_the_extra_names_it_and_another_way(
    blank: Office, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    """Without the console extra there is still polling."""
    monkeypatch.delitem(sys.modules, "leadstate.web.receiver", raising=False)
    monkeypatch.setitem(sys.modules, module, None)

    said = blank.ask("run")

    assert 1 == said.code
    assert f"the receiver (see also --no-receiver) needs {module};" in said.error
    assert "pip install 'leadstate[console]'" in said.error


def test_loops_work_until_they_are_asked_to_end(
    connected: Office, end_when: Callable[[Callable[[], bool]], None]
) -> None:
    """Without a receiver it polls; SIGTERM ends it cleanly, with 0."""
    end_when(lambda: True)

    said = connected.ask("run", "--no-receiver")

    assert 0 == said.code
    assert "Working on crm.\n" == said.out


def test_service_of_several_workflows_names_them(
    both: Office, end_when: Callable[[Callable[[], bool]], None]
) -> None:
    """On which connections it works, and by which workflows."""
    end_when(lambda: True)

    said = both.ask("run", "--no-receiver")

    assert 0 == said.code
    assert "Working on crm, by the workflows b2b_lifecycle, floor.\n" == said.out


def test_receiver_answers_until_it_is_asked_to_end(
    connected: Office, end_when: Callable[[Callable[[], bool]], None]
) -> None:
    """It listens where it says, refuses what is not signed, and ends with 0."""
    receiver = load_settings(connected.settings).receiver
    base = f"http://{receiver.host}:{receiver.port}"
    answers: list[int] = []

    def refused() -> bool:
        try:
            with httpx.Client(
                trust_env=False, verify=False, timeout=PATIENCE_SECONDS
            ) as client:
                answer = client.post(f"{base}/webhooks/crm", content=b"[]")
        except httpx.TransportError:
            return False
        answers.append(answer.status_code)
        return True

    end_when(refused)

    said = connected.ask("run")

    assert 0 == said.code
    assert f"Receiving on {base}/webhooks/NAME, working on crm.\n" == said.out
    assert [401] == answers
