"""An amoCRM sandbox on loopback, spoken to over real HTTP."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from leadstate_amocrm.adapter import AmoCrmAdapter

from leadstate.adapters import Connection
from leadstate.domain.binding import Binding, FieldSource
from leadstate.testing import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

TOKEN = "amocrm-integration-token"
SECRET = "integration-webhook-secret"


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

    def policy(self, **switches: Any) -> None:
        self.put("policy", switches)

    def clear_log(self) -> None:
        self.control.delete("/_sandbox/log").raise_for_status()

    def now(self) -> datetime:
        return datetime.fromisoformat(self.get("clock")["now"])

    @property
    def kinds(self) -> dict[str, int]:
        """Requests since the log was cleared, by kind."""
        found: dict[str, int] = self.get("log/summary")["by_kind"]
        return found

    def lead(self, lead_id: str) -> Any:
        return self.get(f"state/leads/{lead_id}")

    def ids(self, count: int = 1_000_000) -> list[str]:
        found: list[str] = []
        after = "0"
        while after and len(found) < count:
            page = self.get(f"state/leads?limit=5000&after={after}")
            living = [one for one in page["results"] if not one["archived"]]
            found += [str(one["id"]) for one in living]
            after = str(page.get("after") or "")
        return found[:count]


@pytest.fixture(name="start_sandbox", scope="session")
def _start_sandbox() -> Iterator[Callable[..., Sandbox]]:
    running: list[tuple[subprocess.Popen[str], httpx.Client]] = []

    def run(*options: str) -> Sandbox:
        command = [sys.executable, "-m", "leadstate_amocrm.sandbox", "--port", "0"]
        process = subprocess.Popen(
            [*command, "--token", TOKEN, *options], stdout=subprocess.PIPE, text=True
        )
        line = process.stdout.readline() if process.stdout else ""
        found = re.search(r"http://\S+", line)
        assert found is not None
        control = httpx.Client(
            base_url=found[0], timeout=PATIENCE_SECONDS, trust_env=False
        )
        running.append((process, control))
        return Sandbox(url=found[0], control=control)

    yield run
    for process, control in running:
        control.close()
        process.terminate()
        process.wait(timeout=PATIENCE_SECONDS)
        if process.stdout:
            process.stdout.close()


@pytest.fixture(name="large", scope="session")
def _large(start_sandbox: Callable[..., Sandbox]) -> Sandbox:
    return start_sandbox("--records", "1100", "--rps", "100000")


@pytest.fixture(name="sandbox")
def _sandbox(large: Sandbox) -> Iterator[Sandbox]:
    """Return the shared sandbox with policy, faults, rules and log as at first."""
    large.clear_log()
    before = large.get("policy")
    yield large
    large.put("policy", before)
    large.control.delete("/_sandbox/faults")
    large.control.delete("/_sandbox/rules")


class Plenty:
    """A budget without limits."""

    def take(self, key: str, *, per_second: float, burst: int) -> float:
        del key, per_second, burst
        return 0.0


@pytest.fixture(name="dial")
def _dial(credentials: Any) -> Iterator[Callable[..., AmoCrmAdapter]]:
    """Return a function that opens an adapter on a sandbox, without a rate budget."""
    opened: list[AmoCrmAdapter] = []

    def dial(
        sandbox: Sandbox,
        names: Sequence[str] = ("name", "pipeline_id", "status_id"),
        *,
        binding: Binding | None = None,
        now: Callable[[], datetime] | None = None,
        sleep: Callable[[float], None] = lambda _: None,
        budget: Any = None,
        transport: httpx.BaseTransport | None = None,
        **settings: object,
    ) -> AmoCrmAdapter:
        if "oauth" not in settings:
            settings["token"] = TOKEN
        adapter = AmoCrmAdapter(
            Connection(
                name="acme",
                binding=binding or bound(*names),
                settings={
                    "base_url": sandbox.url,
                    "webhook_secret": SECRET,
                    **settings,
                },
                now=now or sandbox.now,
                sleep=sleep,
                budget=budget or Plenty(),
                credentials=credentials,
                transport=transport,
            )
        )
        opened.append(adapter)
        return adapter

    yield dial
    for adapter in opened:
        adapter.close()


def bound(*names: str) -> Binding:
    """Return a binding that reads ``names``; stages are bound by what they name."""
    fields = {f"f{number}": FieldSource(property=n) for number, n in enumerate(names)}
    stage = {n: ("",) for n in names if n.startswith(("pipeline", "status"))}
    return Binding(
        workflow="demo",
        adapter="amocrm",
        object="leads",
        fields=fields,
        stages={"any": stage} if stage else {},
    )


def moment(text: str) -> datetime:
    """Return an ISO text as a moment in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)
