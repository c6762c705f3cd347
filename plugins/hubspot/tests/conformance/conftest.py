"""The rig of HubSpot: its sandbox on loopback, and what people do in it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from leadstate_hubspot.sandbox import SandboxConfig, create_app
from leadstate_hubspot.sandbox.push.signatures import signed_headers

from leadstate.adapters.registry import adapter_spec
from leadstate.testing import PATIENCE_SECONDS, Bench, Fault, Mailbox, Playground
from leadstate.testing.sandbox.server import serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadstate.adapters import Adapter, AdapterSpec, InboundRequest, OAuthFlow
    from leadstate.domain.binding import Binding

CONFIG = SandboxConfig(
    token="pat-na1-canary-token",
    client_secret="canary-client-secret",
    client_id="the-app",
    records=5,
    rate_per_10s=1_000_000,
)
PLAYGROUND = Playground(
    object="contacts",
    text="jobtitle",
    stages=(
        {"lifecyclestage": "lead", "hs_lead_status": "NEW"},
        {"lifecyclestage": "marketingqualifiedlead", "hs_lead_status": "OPEN"},
    ),
    refused={"hs_lead_status": "NO_SUCH_STATUS"},
    unknown_id="99999999999",
    page=100,
    identity="email",
    secrets=(CONFIG.token, CONFIG.client_secret),
)
WRITING = (
    "contacts/batch/update",
    "contacts/batch/create",
    "notes",
    "tasks",
)
STATUS = {Fault.UNAVAILABLE: 503, Fault.UNAUTHORISED: 401}
ALWAYS = -1


@dataclass
class HubSpotRig:
    """A HubSpot portal to play with; its clock stands still until a test moves it."""

    control: httpx.Client
    mailbox: Mailbox
    spec: AdapterSpec
    bench: Bench
    playground: Playground = PLAYGROUND
    _seen: int = 0
    _writes: int = 0
    _requests: int = 0

    def open(self, binding: Binding, **settings: object) -> Adapter:
        given = {
            "token": CONFIG.token,
            "client_secret": CONFIG.client_secret,
            "app_id": CONFIG.app_id,
            "base_url": str(self.control.base_url).rstrip("/"),
            "calls_per_10_seconds": 10_000,
            "searches_per_second": 100,
            **settings,
        }
        return self.spec.open(self.bench.connection(binding, given))

    def add(self, properties: Mapping[str, str]) -> str:
        made = self._post("create", object="contacts", properties=properties)
        return str(made["id"])

    def edit(self, id: str, properties: Mapping[str, str]) -> None:  # noqa: A002
        self._post("edit", object="contacts", id=id, properties=properties)

    def held(self, id: str) -> Mapping[str, str | None]:  # noqa: A002
        found: dict[str, str | None] = self._state("contacts", id)["properties"]
        return found

    def writes(self) -> int:
        self._read_log()
        return self._writes

    def requests(self) -> int:
        self._read_log()
        return self._requests

    def pass_time(self, seconds: float) -> None:
        self._post("clock", advance_seconds=seconds)
        self._tell_time()

    def fail(self, fault: Fault) -> None:
        if fault is Fault.LOST_ANSWER:
            faults = [
                {
                    "kind": "timeout_after_apply",
                    "match": {"method": "POST", "path": f"/crm/objects/2026-09/{path}"},
                }
                for path in WRITING
            ]
        elif fault is Fault.MALFORMED:
            faults = [{"kind": "malformed", "times": ALWAYS}]
        else:
            faults = [{"kind": "status", "status": STATUS[fault], "times": ALWAYS}]
        self.control.put("/_sandbox/faults", json=faults).raise_for_status()

    def mend(self) -> None:
        self.control.delete("/_sandbox/faults").raise_for_status()
        self._policy(index_lag_seconds=0.0)

    # -- what only some promises need --------------------------------------------------

    def delete(self, id: str) -> None:  # noqa: A002
        self._post("archive", object="contacts", id=id)

    def merge(self, id: str, other: str) -> str:  # noqa: A002
        return str(self._post("merge", object="contacts", id=id, other=other)["id"])

    def erase(self, id: str) -> None:  # noqa: A002
        self._post("privacy-delete", object="contacts", id=id)

    def lag(self, seconds: float) -> None:
        self._policy(index_lag_seconds=seconds)

    def notes(self, id: str) -> Sequence[str]:  # noqa: A002
        return self._linked(id, "notes", "hs_note_body")

    def tasks(self, id: str) -> Sequence[str]:  # noqa: A002
        subjects = self._linked(id, "tasks", "hs_task_subject")
        bodies = self._linked(id, "tasks", "hs_task_body")
        return [f"{s}\n{b}" for s, b in zip(subjects, bodies, strict=True)]

    def deliveries(self) -> Sequence[InboundRequest]:
        self._post("webhooks", flush=True)
        while not self.control.get("/_sandbox/webhooks").json()["drained"]:
            pass
        return self.mailbox.empty()

    def again(self, request: InboundRequest) -> InboundRequest:
        events = json.loads(request.body)
        for event in events:
            event["attemptNumber"] = event.get("attemptNumber", 0) + 1
        self.pass_time(60)
        return self._signed(request, json.dumps(events).encode(), CONFIG.client_secret)

    def forged(self, request: InboundRequest) -> Sequence[InboundRequest]:
        unsigned = {"content-type": "application/json"}
        other = request.body.replace(b"contact", b"c0ntact")
        return [
            self._signed(request, request.body, "a guess"),
            replace(request, headers=unsigned),
            replace(request, body=other),
            replace(request, url=f"{request.url}&more=1"),
            replace(request, method="PUT"),
        ]

    def flow(self, binding: Binding) -> OAuthFlow:
        assert self.spec.oauth is not None
        app = {"client_id": CONFIG.client_id, "client_secret": CONFIG.client_secret}
        url = str(self.control.base_url).rstrip("/")
        settings = {"oauth": app, "base_url": url}
        return self.spec.oauth(self.bench.connection(binding, settings))

    def consent(self, url: str) -> Mapping[str, str]:
        answer = self.control.get(url)
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    # -- the control API ---------------------------------------------------------------

    def start(self) -> None:
        """Stop the portal's clock, and set ours by it."""
        self._post("clock", rate=0)
        self._policy(signature_clock="sandbox", search_per_second=1_000_000)
        self._tell_time()

    def _tell_time(self) -> None:
        shown = self.control.get("/_sandbox/clock").json()["now"]
        now = datetime.fromisoformat(shown)
        self.bench.clock.advance(now - self.bench.clock.now())

    def _policy(self, **switches: object) -> None:
        self.control.put("/_sandbox/policy", json=switches).raise_for_status()

    def _post(self, path: str, **body: Any) -> Any:
        answer = self.control.post(f"/_sandbox/{path}", json=body).raise_for_status()
        return answer.json() if answer.content else None

    def _state(self, kind: str, id: str) -> Any:  # noqa: A002
        return (
            self.control.get(f"/_sandbox/state/{kind}/{id}").raise_for_status().json()
        )

    def _linked(self, id: str, kind: str, name: str) -> list[str]:  # noqa: A002
        linked = self._state("contacts", id)["associations"].get(kind, [])
        return [self._state(kind, one)["properties"].get(name) or "" for one in linked]

    def _read_log(self) -> None:
        played = {PLAYGROUND.text, PLAYGROUND.identity, *PLAYGROUND.stages[0]}
        log = self.control.get(f"/_sandbox/log?since={self._seen}").json()
        for entry in log["entries"]:
            self._requests += 1
            self._writes += sum(one["property"] in played for one in entry["writes"])
        self._seen = log["last_seq"]

    def _signed(
        self, request: InboundRequest, body: bytes, secret: str
    ) -> InboundRequest:
        at_ms = int(self.bench.clock.now().timestamp() * 1000)
        headers = signed_headers(secret, request.url, body, at_ms)
        lower = {name.lower(): value for name, value in headers.items()}
        return replace(request, body=body, headers=lower)


@pytest.fixture(name="mailbox")
def _mailbox() -> Iterator[Mailbox]:
    with Mailbox("/webhooks/bench?from=crm") as mailbox:
        yield mailbox


@pytest.fixture(name="portal")
def _portal(mailbox: Mailbox) -> Iterator[httpx.Client]:
    """A fresh sandbox that listens, as the client of its control API."""
    app = create_app(replace(CONFIG, webhook_target=mailbox.url))
    with (
        serving(app) as url,
        httpx.Client(
            base_url=url, trust_env=False, timeout=PATIENCE_SECONDS, verify=False
        ) as control,
    ):
        yield control


@pytest.fixture(name="rig")
def _rig(portal: httpx.Client, mailbox: Mailbox) -> Iterator[HubSpotRig]:
    rig = HubSpotRig(
        control=portal,
        mailbox=mailbox,
        spec=adapter_spec("hubspot"),
        bench=Bench(),
    )
    rig.start()
    yield rig
    rig.mend()
