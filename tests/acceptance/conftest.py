"""Real processes on loopback: sandbox CRMs, the service, and what people do."""

from __future__ import annotations

import contextlib
import json
import socket
import sqlite3
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from processes import Service, Spawner, sandbox
from sales_crm import ACCOUNT, PATH_SECRET, SalesCrm

from leadstate.domain.mode import ConnectionMode
from leadstate.service.setup.project import settings_text, write_project
from leadstate.testing import PATIENCE_SECONDS, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

TOKEN = "canary-token-5f1e7a"
SECRET = "canary-client-secret-9c42d8"
APP_ID = "50780459"
ADAPTER = """\
      token: {{env: HUBSPOT_TOKEN}}
      client_secret: {{env: HUBSPOT_CLIENT_SECRET}}
      app_id: {app_id}
      base_url: {url}
      calls_per_10_seconds: 10000
      searches_per_second: 100"""
SALES_ADAPTER = """\
      token: {{env: AMOCRM_TOKEN}}
      webhook_secret: {{env: AMOCRM_WEBHOOK_SECRET}}
      account_id: {account}
      base_url: {url}
      requests_per_second: 200"""


@dataclass
class World:
    """A sandbox CRM, a project folder, and the commands that run on it."""

    spawner: Spawner
    folder: Path
    url: str
    port: int
    http: httpx.Client
    env: dict[str, str] = field(default_factory=dict)
    services: list[Service] = field(default_factory=list)
    created: int = 0

    # -- Leadstate ---------------------------------------------------------------------

    @property
    def database(self) -> Path:
        """The database's file."""
        return self.folder / "leadstate.db"

    def start(self, *argv: str, kill_at: str = "", **env: str) -> Service:
        """Start a command; ``run`` when none is named."""
        number = len(self.services)
        given = self.env | env | ({"LEADSTATE_KILL_AT": kill_at} if kill_at else {})
        out = self.folder / f"process-{number}.log"
        pid = self.spawner.start(list(argv or ["run"]), given, self.folder, out)
        self.services.append(Service(self.spawner, pid, out))
        return self.services[-1]

    def serve(self, **given: str) -> Service:
        """Start the service and wait until it receives, or has died."""
        return self.ready(self.start(**given))

    def ready(self, service: Service) -> Service:
        """Wait until the service receives, or has died."""
        wait_until(
            lambda: self.receiving() or service.status is not None, lambda: service.said
        )
        return service

    def receiving(self) -> bool:
        """Say whether the receiver answers."""
        with contextlib.suppress(httpx.HTTPError):
            self.http.get(f"http://127.0.0.1:{self.port}/health")
            return True
        return False

    def call(self, *argv: str, expected: int = 0) -> str:
        """Run a command to its end and return what it printed."""
        service = self.start(*argv)
        assert expected == service.ended(), service.said
        return service.said

    def data(self, *argv: str) -> Any:
        """Run a command with ``--json`` and return its data."""
        return json.loads(self.call(*argv, "--json"))

    def kinds(self, contact: str) -> list[str]:
        """Return the kinds of a contact's history rows, oldest first."""
        rows = self.ask(
            "kind FROM history JOIN link USING (record_id) "
            "WHERE link.external_id = ? ORDER BY history.seq",
            contact,
        )
        return [row[0] for row in rows]

    def stop(self) -> None:
        """Kill whatever still runs."""
        for service in self.services:
            if service.status is None:
                service.kill()

    # -- the CRM -----------------------------------------------------------------------

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the sandbox's control API."""
        answer = self.http.request(method, f"{self.url}/_sandbox/{path}", json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def create(self, *, employees: int = 80, **properties: str) -> str:
        """Create a contact with a company, as a person in the CRM."""
        self.created += 1
        name = f"acceptance-{self.created}"
        company = {"name": name, "numberofemployees": str(employees)}
        made = self.control(
            "POST", "create", {"object": "companies", "properties": company}
        )
        email = {"email": f"{name}@example.com", "lifecyclestage": "lead"}
        body = {
            "object": "contacts",
            "properties": email | properties,
            "associations": [{"object": "companies", "id": made["id"]}],
        }
        contact: str = self.control("POST", "create", body)["id"]
        return contact

    def edit(self, contact: str, **properties: str) -> None:
        """Change a contact, as a person in the CRM."""
        body = {"object": "contacts", "id": contact, "properties": properties}
        self.control("POST", "edit", body)

    def qualify(self, contact: str) -> None:
        """Let a contact ask for a demo, and be a director."""
        now = datetime.now(tz=UTC).isoformat()  # noqa: TID251 - what a person does now
        self.edit(contact, job_role="director", last_demo_request_at=now)

    def accepted(self) -> str:
        """Create a contact that sales has accepted."""
        return self.create(lifecyclestage="174913201", hs_lead_status="IN_PROGRESS")

    def drag_to_sql(self, contact: str) -> None:
        """Drag a contact into a stage that quality control alone may give."""
        self.edit(
            contact, lifecyclestage="salesqualifiedlead", hs_lead_status="OPEN_DEAL"
        )

    def seen(self, contact: str) -> dict[str, Any]:
        """Return a contact whole, with its history."""
        found: dict[str, Any] = self.control("GET", f"state/contacts/{contact}")
        return found

    def stage(self, contact: str) -> str:
        """Return a contact's lifecycle stage."""
        found: str = self.seen(contact)["properties"].get("lifecyclestage", "")
        return found

    def our_stages(self, contact: str) -> list[str]:
        """Return the lifecycle stages that Leadstate set, oldest first."""
        versions = self.seen(contact)["history"].get("lifecyclestage", [])
        ours = [one["value"] for one in versions if one["sourceType"] == "INTEGRATION"]
        return ours[::-1]

    def notes(self, contact: str) -> int:
        """Return how many notes a contact has."""
        return len(self.seen(contact)["associations"].get("notes", []))

    def faults(self, *faults: dict[str, object]) -> None:
        """Let the network and the API misbehave; nothing ends it."""
        self.control("PUT", "faults", list(faults))

    # -- waiting -----------------------------------------------------------------------

    def until(self, holds: Callable[[], object], what: str | Callable[[], str]) -> None:
        """Wait until something holds; undelivered webhooks are sent again meanwhile."""

        def look() -> object:
            self.undelivered()
            return holds()

        wait_until(look, what)

    def queued(self) -> dict[str, int]:
        """Return what is left to be worked on, on either side."""
        left = {"webhooks": self.undelivered()}
        left["inbox"] = self.ask("count(*) FROM inbox WHERE state = 'pending'")[0][0]
        waiting = "count(*) FROM outbox WHERE state IN ('pending', 'claimed')"
        left["outbox"] = self.ask(waiting)[0][0]
        return {name: number for name, number in left.items() if number}

    def undelivered(self) -> int:
        """Return how many webhooks are still under way; they are sent again at once."""
        return under_way(self.control("POST", "webhooks", {"retry_now": True}))

    def ask(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        """Read from the database's file, beside whoever works on it."""
        address = f"file:{self.database}?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as opened:
            return opened.execute(f"SELECT {query}", values).fetchall()

    def change(self, statement: str) -> None:
        """Change the database's file, while nobody works on it."""
        with contextlib.closing(sqlite3.connect(self.database)) as opened, opened:
            opened.execute(statement)

    def settle(self, service: Service | None = None, *, looks: int = 3) -> bool:
        """Wait until nothing is left to work on, and nothing new comes of it.

        Returns:
            False when the service has died before.
        """
        calm = 0

        def settled() -> bool:
            nonlocal calm
            time.sleep(0.05)  # what is new comes of the work of a moment ago
            calm = calm + 1 if not self.queued() else 0
            return calm == looks or (service is not None and service.status is not None)

        wait_until(settled, lambda: f"done: {self.queued()}")
        return service is None or service.status is None

    def agree(self) -> dict[str, Any]:
        """Assert that both sides agree and the database is whole."""
        found: dict[str, Any] = self.data("status", "--check", "--compare")
        for agreement in found["agreement"].values():
            assert [] == agreement["differences"]
            assert agreement["in_sync"]
        assert [] == found["faults"]
        return found


def under_way(stats: dict[str, Any]) -> int:
    """Return how many webhooks of a CRM are under way, to a courier that lives.

    With a dead one, whatever the tests see would have come by polling alone.
    """
    assert stats["courier"]["alive"], stats["courier"]
    found: int = stats["queued"] + stats["in_flight"]
    return found


@dataclass
class Pair(World):
    """The same beside a second CRM, in which sales works on the same leads."""

    sales: SalesCrm = field(kw_only=True)

    def undelivered(self) -> int:
        """Count the webhooks of both."""
        stats = self.sales.control("POST", "webhooks", {"retry_now": True})
        return super().undelivered() + under_way(stats)

    def drag(self, contact: str, stage: str) -> None:
        """Drag a contact into a stage, as a person in HubSpot."""
        self.edit(contact, **PLACES[stage])

    def qualified(self) -> str:
        """Create a contact that marketing has qualified."""
        return self.create(**PLACES["mql"], job_role="director")

    def handed_off(self) -> tuple[str, str]:
        """Create a contact that sales accepts; return it and its lead."""
        contact = self.qualified()
        self.until(lambda: self.kinds(contact), "taken in")
        self.drag(contact, "sal")
        return contact, self.lead_of(contact)

    def lead_of(self, contact: str) -> str:
        """Wait for the lead of a contact, and return it."""
        self.until(lambda: self.linked(contact), lambda: self.services[-1].said)
        self.settle()
        return self.linked(contact)[0]

    def linked(self, contact: str) -> list[str]:
        """Return the leads that Leadstate knows to be a contact."""
        rows = self.ask(
            "sales.external_id FROM link JOIN link AS sales USING (record_id) "
            "WHERE link.external_id = ? AND sales.connection = 'amocrm' "
            "AND sales.status = 'active'",
            contact,
        )
        return [row[0] for row in rows]

    def shared(self, contact: str) -> dict[str, object]:
        """Return what both CRMs have to show alike, in one spelling."""
        found = self.seen(contact)["properties"]
        return {
            "stage": hubspot_stage(found),
            "budget": float(found.get("budget") or 0),
            "need": found.get("need") or "",
            "decision_date": found.get("decision_date") or "",
            "technical_fit": found.get("technical_fit") or "",
            "job_role": found.get("job_role") or "",
        }

    def email(self, contact: str) -> str:
        """Return a contact's address."""
        found: str = self.seen(contact)["properties"]["email"]
        return found


PLACES = {
    "mql": {"lifecyclestage": "marketingqualifiedlead", "hs_lead_status": "OPEN"},
    "sal": {"lifecyclestage": "174913201", "hs_lead_status": "IN_PROGRESS"},
    "backlog": {"lifecyclestage": "174913201", "hs_lead_status": "BAD_TIMING"},
    "sql": {"lifecyclestage": "salesqualifiedlead", "hs_lead_status": "OPEN_DEAL"},
    "nurture": {"lifecyclestage": "lead", "hs_lead_status": "UNQUALIFIED"},
    "won": {"lifecyclestage": "customer"},
    "lost": {"lifecyclestage": "174913202"},
}


def hubspot_stage(properties: dict[str, Any]) -> str:
    """Return the stage that a contact shows, as the binding reads it."""
    for stage in ("nurture", "backlog", "sal", "sql", "won", "lost", "mql"):
        wanted = dict(PLACES[stage])
        if stage == "sal":
            del wanted["hs_lead_status"]
        if stage in {"mql", "sql"}:
            del wanted["hs_lead_status"]
        if all(properties.get(name) == value for name, value in wanted.items()):
            return stage
    return "elsewhere"


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@pytest.fixture(name="spawner", scope="session")
def _spawner() -> Iterator[Spawner]:
    spawner = Spawner()
    yield spawner
    spawner.close()


HUBSPOT = ("--token", TOKEN, "--client-secret", SECRET, "--app-id", APP_ID)
HUBSPOT += ("--rate-per-10s", "100000")
AMOCRM = ("--token", TOKEN, "--rps", "250")


@contextlib.contextmanager
def world(
    spawner: Spawner,
    folder: Path,
    *,
    records: int = 3,
    poll_every: float = 0.5,
    mode: ConnectionMode = ConnectionMode.LIVE,
    sandbox_options: Sequence[str] = (),
) -> Iterator[World]:
    """A sandbox and a project that is bound to it; no service runs yet."""
    port = _free_port()
    options = (*HUBSPOT, *sandbox_options, "--records", str(records))
    with (
        sandbox(spawner, folder, "hubspot", *options) as url,
        httpx.Client(trust_env=False, timeout=PATIENCE_SECONDS) as http,
    ):
        settings = settings_text(
            workflow="b2b_lifecycle",
            receiver_port=port,
            public_url=f"http://127.0.0.1:{port}",
            poll_every=poll_every,
            mode=mode,
            adapter_settings=ADAPTER.format(app_id=APP_ID, url=url),
        )
        write_project(folder, "b2b_lifecycle", settings)
        env = {"HUBSPOT_TOKEN": TOKEN, "HUBSPOT_CLIENT_SECRET": SECRET}
        found = World(spawner, folder, url, port, http, env)
        found.control("PUT", "policy", {"search_per_second": 1000})
        target = f"http://127.0.0.1:{port}/webhooks/hubspot"
        found.control("POST", "webhooks", {"target": target, "secret": SECRET})
        yield found
        found.stop()


@contextlib.contextmanager
def pair(
    spawner: Spawner,
    folder: Path,
    *,
    poll_every: float = 0.5,
    mode: ConnectionMode = ConnectionMode.LIVE,
    sandbox_options: Sequence[str] = (),
) -> Iterator[Pair]:
    """Both sandboxes and a project that is bound to both; no service runs yet."""
    port = _free_port()
    empty = (*sandbox_options, "--records", "0")
    with (
        sandbox(spawner, folder, "hubspot", *HUBSPOT, *empty) as url,
        sandbox(spawner, folder, "amocrm", *AMOCRM, *empty) as sales_url,
        httpx.Client(trust_env=False, timeout=PATIENCE_SECONDS) as http,
    ):
        other = SALES_ADAPTER.format(account=ACCOUNT, url=sales_url)
        settings = settings_text(
            workflow="b2b_lifecycle",
            receiver_port=port,
            public_url=f"http://127.0.0.1:{port}",
            poll_every=poll_every,
            mode=mode,
            adapter_settings=ADAPTER.format(app_id=APP_ID, url=url),
            beside={"amocrm": other},
        )
        write_project(folder, "b2b_lifecycle", settings)
        env = {"HUBSPOT_TOKEN": TOKEN, "HUBSPOT_CLIENT_SECRET": SECRET}
        env |= {"AMOCRM_TOKEN": TOKEN, "AMOCRM_WEBHOOK_SECRET": PATH_SECRET}
        sales = SalesCrm(sales_url, http)
        found = Pair(spawner, folder, url, port, http, env, sales=sales)
        found.control("PUT", "policy", {"search_per_second": 1000})
        sales.control("PUT", "policy", {"account_rps": 250})
        address = f"http://127.0.0.1:{port}/webhooks"
        hubspot = {"target": f"{address}/hubspot", "secret": SECRET}
        found.control("POST", "webhooks", hubspot)
        sales.control("POST", "webhooks", {"target": f"{address}/amocrm/{PATH_SECRET}"})
        yield found
        found.stop()


@pytest.fixture(name="lasting_pair", scope="module")
def _lasting_pair(
    spawner: Spawner, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    with pair(spawner, tmp_path_factory.mktemp("pair")) as found:
        yield found


@pytest.fixture(name="both")
def _both(lasting_pair: Pair) -> Iterator[Pair]:
    """One pair for all tests of a module; each makes contacts of its own."""
    yield lasting_pair
    lasting_pair.faults()
    lasting_pair.sales.faults()
    lasting_pair.stop()


@pytest.fixture(name="own_pair")
def _own_pair(spawner: Spawner, tmp_path: Path) -> Iterator[Pair]:
    """A pair of a test's own."""
    with pair(spawner, tmp_path) as found:
        yield found


@pytest.fixture(name="world")
def _world(spawner: Spawner, tmp_path: Path) -> Iterator[World]:
    """A world of a test's own."""
    with world(spawner, tmp_path) as found:
        yield found


@pytest.fixture(name="open_world")
def _open_world(spawner: Spawner, tmp_path: Path) -> Iterator[Callable[..., World]]:
    """A function that makes a world, as `world` does; all end with the test."""
    with contextlib.ExitStack() as opened:
        yield lambda **given: opened.enter_context(world(spawner, tmp_path, **given))


@pytest.fixture(name="open_pair")
def _open_pair(spawner: Spawner, tmp_path: Path) -> Iterator[Callable[..., Pair]]:
    """A function that makes a pair, as `pair` does; all end with the test."""
    with contextlib.ExitStack() as opened:
        yield lambda **given: opened.enter_context(pair(spawner, tmp_path, **given))


@pytest.fixture(name="lasting", scope="module")
def _lasting(
    spawner: Spawner, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with world(spawner, tmp_path_factory.mktemp("shared")) as found:
        yield found


@pytest.fixture(name="shared")
def _shared(lasting: World) -> Iterator[World]:
    """One world for all tests of a module; each makes contacts of its own."""
    yield lasting
    lasting.stop()
