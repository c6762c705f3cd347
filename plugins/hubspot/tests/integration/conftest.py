"""A HubSpot sandbox on loopback, spoken to over real HTTP."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from leadstate_hubspot.adapter import HubSpotAdapter

from leadstate.adapters import Connection
from leadstate.testing import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOKEN = "pat-na1-integration"


@dataclass(frozen=True)
class Sandbox:
    """One sandbox process and its control API."""

    url: str
    control: httpx.Client

    def get(self, path: str) -> Any:
        return self.control.get(f"/_sandbox/{path}").raise_for_status().json()

    def post(self, path: str, **body: Any) -> Any:
        answer = self.control.post(f"/_sandbox/{path}", json=body).raise_for_status()
        return answer.json() if answer.content else None

    def put(self, path: str, body: Any) -> None:
        self.control.put(f"/_sandbox/{path}", json=body).raise_for_status()

    def fault(self, **fault: Any) -> None:
        self.put("faults", [fault])

    def clear_log(self) -> None:
        self.control.delete("/_sandbox/log").raise_for_status()

    @property
    def kinds(self) -> dict[str, int]:
        """Requests since the log was cleared, by kind."""
        found: dict[str, int] = self.get("log/summary")["by_kind"]
        return found

    @property
    def writes(self) -> list[dict[str, Any]]:
        """Property changes that the API made since the log was cleared."""
        return [w for entry in self.get("log")["entries"] for w in entry["writes"]]

    def stage(self, record_id: str) -> str | None:
        found = self.get(f"state/contacts/{record_id}")["properties"]
        stage: str | None = found.get("lifecyclestage")
        return stage

    def ids(self, count: int = 1_000_000, kind: str = "contacts") -> list[str]:
        found: list[str] = []
        after = "0"
        while after and len(found) < count:
            page = self.get(f"state/{kind}?limit=5000&after={after}")
            found += [one["id"] for one in page["results"] if not one["archived"]]
            after = page.get("after", "")
        return found[:count]


def start(*options: str) -> tuple[subprocess.Popen[str], str]:
    """Start a sandbox on a free port and return its address."""
    command = [sys.executable, "-m", "leadstate_hubspot.sandbox", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--token", TOKEN, *options], stdout=subprocess.PIPE, text=True
    )
    line = process.stdout.readline() if process.stdout else ""
    found = re.search(r"http://\S+", line)
    assert found is not None
    return process, found[0]


@pytest.fixture(name="start_sandbox", scope="session")
def _start_sandbox() -> Iterator[Callable[..., Sandbox]]:
    running: list[tuple[subprocess.Popen[str], httpx.Client]] = []

    def run(*options: str) -> Sandbox:
        process, url = start(*options)
        control = httpx.Client(base_url=url, timeout=PATIENCE_SECONDS, trust_env=False)
        running.append((process, control))
        return Sandbox(url=url, control=control)

    yield run
    for process, control in running:
        control.close()
        process.terminate()
        process.wait(timeout=PATIENCE_SECONDS)
        if process.stdout:
            process.stdout.close()


@pytest.fixture(name="large", scope="session")
def _large(start_sandbox: Callable[..., Sandbox]) -> Sandbox:
    sandbox: Sandbox = start_sandbox("--records", "1100", "--rate-per-10s", "100000")
    sandbox.put("policy", {"search_per_second": 100_000})
    return sandbox


@pytest.fixture(name="sandbox")
def _sandbox(large: Sandbox) -> Iterator[Sandbox]:
    """Return the shared sandbox with faults, rules and log emptied."""
    large.clear_log()
    before = large.get("policy")
    yield large
    large.put("policy", {k: v for k, v in before.items() if v is not None})
    large.control.delete("/_sandbox/faults")
    large.control.delete("/_sandbox/rules")


class WallClock:
    """Real time, and sleeps that are noted instead of slept."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time(), tz=UTC)  # noqa: TID251

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class Plenty:
    """A budget without limits."""

    def take(self, key: str, *, per_second: float, burst: int) -> float:
        del key, per_second, burst
        return 0.0


@pytest.fixture(name="wall")
def _wall() -> WallClock:
    return WallClock()


@pytest.fixture(name="dial")
def _dial(wall: WallClock, credentials: Any) -> Iterator[Callable[..., HubSpotAdapter]]:
    """Return a function that opens an adapter on a sandbox, without a rate budget."""
    opened: list[HubSpotAdapter] = []

    def dial(
        sandbox: Sandbox,
        binding: Any,
        *,
        now: Callable[[], datetime] = wall.now,
        sleep: Callable[[float], None] = wall.sleep,
        budget: Any = None,
        **settings: object,
    ) -> HubSpotAdapter:
        if "oauth" not in settings:
            settings["token"] = TOKEN
        adapter = HubSpotAdapter(
            Connection(
                name="acme",
                binding=binding,
                settings={"base_url": sandbox.url, **settings},
                now=now,
                sleep=sleep,
                budget=budget or Plenty(),
                credentials=credentials,
            )
        )
        opened.append(adapter)
        return adapter

    yield dial
    for adapter in opened:
        adapter.close()
