"""Signed webhooks of one event over several connections, while the worker is busy."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from threading import Thread
from time import perf_counter, sleep
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from benchmarks.installation import CONNECTION, sign
from benchmarks.report import Aim, Section

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Load", "load", "measure", "wait_until_up"]

_CONNECTIONS = 12
_PER_SECOND = 300
_SLOWEST = 0.2
_numbers = count(10_000_000)


@dataclass(slots=True)
class Load:
    """What a run of requests came to; latency counts from when each was due."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    failed: int = 0

    @property
    def rate(self) -> float:
        """Requests answered a second."""
        return len(self.latencies) / self.seconds

    def at(self, part: float) -> float:
        """Return the latency that this part of the requests did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def measure(*, quick: bool) -> Section:
    """Return latency at a steady rate, and the rate without a brake."""
    seconds = 3.0 if quick else 8.0
    with _receiver() as address:
        load(address, 0.5, per_second=50)  # connections, threads and caches are there
        steady = load(address, seconds, per_second=_PER_SECOND)
        full = load(address, seconds / 2, per_second=None)
    kept_up = steady.rate >= _PER_SECOND * 0.99 and not steady.failed
    slowest = steady.at(0.99)
    return Section(
        title=f"Receiver: events on {_CONNECTIONS} connections, worker advancing",
        columns=(
            "load",
            "requests",
            "per second",
            "p50 ms",
            "p99 ms",
            "max ms",
            "failed",
        ),
        rows=[
            _row(f"steady {_PER_SECOND}/s", steady),
            _row("as fast as possible", full),
        ],
        aims=[
            Aim(
                wanted=f"at least {_PER_SECOND} events a second, each durable",
                measured=f"{steady.rate:.0f}/s steady, {full.rate:.0f}/s at most",
                met=kept_up,
            ),
            Aim(
                wanted=f"p99 below {_SLOWEST * 1000:.0f} ms",
                measured=f"{slowest * 1000:.1f} ms",
                met=slowest < _SLOWEST,
            ),
        ],
        notes=["latency counts from the moment at which a request was due"],
    )


def _row(name: str, load: Load) -> tuple[str, ...]:
    slow = [load.at(0.5), load.at(0.99), max(load.latencies)]
    return (
        name,
        f"{len(load.latencies):,}",
        f"{load.rate:,.0f}",
        *(f"{seconds * 1000:,.1f}" for seconds in slow),
        str(load.failed),
    )


@contextmanager
def _receiver() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.serving", "5000"],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        address = process.stdout.readline().strip() if process.stdout else ""
        wait_until_up(address)
        yield address
    finally:
        process.terminate()
        process.communicate(timeout=20)


def wait_until_up(address: str) -> None:
    """Wait until a receiver answers."""
    for _ in range(200):
        try:
            connection = HTTPConnection(urlsplit(address).netloc, timeout=5)
            connection.request("GET", "/health")
            connection.getresponse().read()
            connection.close()
        except OSError:
            sleep(0.05)
        else:
            return
    raise AssertionError("the receiver did not start")


def load(address: str, seconds: float, *, per_second: float | None) -> Load:
    """Send for so long, paced over all connections or as fast as they can."""
    done = Load()
    pace = _CONNECTIONS / per_second if per_second else 0.0
    started = perf_counter() + 0.05
    threads = [
        Thread(
            target=_send,
            args=(address, done, started + pace * place / _CONNECTIONS, pace,
                  started + seconds),
        )
        for place in range(_CONNECTIONS)
    ]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done.seconds = perf_counter() - started
    return done


def _send(address: str, load: Load, due: float, pace: float, until: float) -> None:
    connection = HTTPConnection(urlsplit(address).netloc, timeout=30)
    while due < until and perf_counter() < until + 30:
        sleep(max(0.0, due - perf_counter()))
        if _post(connection) == 200:
            load.latencies.append(perf_counter() - due)
        else:
            load.failed += 1
        due = due + pace if pace else perf_counter()
    connection.close()


def _post(connection: HTTPConnection) -> int:
    number = next(_numbers)
    event = {"key": number, "id": number, "property": "email", "value": "a@example.com"}
    body = json.dumps(event).encode()
    headers = {"Content-Type": "application/json", "X-Signature": sign(body)}
    connection.request("POST", f"/webhooks/{CONNECTION}", body, headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status
