"""The rig of amoCRM: its sandbox on loopback, and what people do in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from leadstate_amocrm.sandbox import SandboxConfig, create_app
from leadstate_amocrm.sandbox.crm.catalog import (
    ADMIN,
    MQL,
    NEW,
    SALES,
    SALES_USER,
)

from leadstate.adapters.registry import adapter_spec
from leadstate.testing import (
    PATIENCE_SECONDS,
    REDIRECT_URI,
    Bench,
    Fault,
    Mailbox,
    Playground,
)
from leadstate.testing.sandbox.server import serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadstate.adapters import Adapter, AdapterSpec, InboundRequest, OAuthFlow
    from leadstate.domain.binding import Binding

SECRET = "canary-webhook-secret"
CONFIG = SandboxConfig(
    token="canary-long-lived-token",
    client_secret="canary-client-secret",
    refresh_token="canary-refresh-token",
    redirect_uri=REDIRECT_URI,
    records=5,
    rps=1_000_000,
)
PLAYGROUND = Playground(
    object="leads",
    text="cf.NEED",
    stages=(
        {"pipeline_id": str(SALES), "status_id": str(NEW)},
        {"pipeline_id": str(SALES), "status_id": str(MQL)},
    ),
    refused={"cf.JOB_ROLE": "no such role"},
    unknown_id="39999999",
    page=50,
    unknown_property="cf.NO_SUCH_FIELD",
    identity="contact.email",
    secrets=(CONFIG.token, CONFIG.client_secret, CONFIG.refresh_token, SECRET),
)
WRITING = (
    ("PATCH", "/api/v4/leads"),
    ("POST", "/api/v4/leads"),
    ("POST", "/api/v4/tasks"),
)
STATUS = {Fault.UNAVAILABLE: 503, Fault.UNAUTHORISED: 401}
ALWAYS = -1
CONTACT = "contact."


@dataclass
class AmoCrmRig:
    """An account to play with; its clock stands still until a test moves it."""

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
            "base_url": self._url,
            "token": CONFIG.token,
            "webhook_secret": SECRET,
            "service_user_id": ADMIN,
            "page_size": PLAYGROUND.page,
            "requests_per_second": 200,
            **settings,
        }
        return self.spec.open(self.bench.connection(binding, given))

    def add(self, properties: Mapping[str, str]) -> str:
        person = {
            name.removeprefix(CONTACT): value
            for name, value in properties.items()
            if name.startswith(CONTACT)
        }
        lead = {n: v for n, v in properties.items() if not n.startswith(CONTACT)}
        linked = []
        if person:
            made = self._post("create", object="contacts", properties=person)
            linked.append({"object": "contacts", "id": str(made["id"])})
        made = self._post(
            "create", object="leads", properties=lead, associations=linked
        )
        return str(made["id"])

    def edit(self, id: str, properties: Mapping[str, str]) -> None:  # noqa: A002
        somebody = {"user": str(SALES_USER)}
        self._post(
            "edit", object="leads", id=id, properties=properties, **{"as": somebody}
        )

    def held(self, id: str) -> Mapping[str, str | None]:  # noqa: A002
        found = self._lead(id)["properties"]
        return {
            name: None if value is None else str(value) for name, value in found.items()
        }

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
                    "match": {"method": method, "path": path},
                }
                for method, path in WRITING
            ]
        elif fault is Fault.MALFORMED:
            faults = [{"kind": "malformed", "times": ALWAYS}]
        else:
            faults = [{"kind": "status", "status": STATUS[fault], "times": ALWAYS}]
        self.control.put("/_sandbox/faults", json=faults).raise_for_status()

    def mend(self) -> None:
        self.control.delete("/_sandbox/faults").raise_for_status()

    # -- what only some promises need --------------------------------------------------

    def delete(self, id: str) -> None:  # noqa: A002
        self._post("archive", object="leads", id=id)

    def merge(self, id: str, other: str) -> str:  # noqa: A002
        return str(self._post("merge", object="leads", id=id, other=other)["id"])

    def notes(self, id: str) -> Sequence[str]:  # noqa: A002
        return [str(one["params"].get("text", "")) for one in self._lead(id)["notes"]]

    def tasks(self, id: str) -> Sequence[str]:  # noqa: A002
        answer = self.control.get(
            "/api/v4/tasks",
            params={"filter[entity_type]": "leads", "filter[entity_id]": id},
            headers={"authorization": f"Bearer {CONFIG.token}"},
        )
        found = answer.json()["_embedded"]["tasks"] if answer.content else []
        return [str(one["text"]) for one in found if str(one["entity_id"]) == id]

    def deliveries(self) -> Sequence[InboundRequest]:
        self._post("webhooks", flush=True)
        while not self.control.get("/_sandbox/webhooks").json()["drained"]:
            pass
        return self.mailbox.empty()

    def again(self, request: InboundRequest) -> InboundRequest:
        self.pass_time(300)
        return request

    def forged(self, request: InboundRequest) -> Sequence[InboundRequest]:
        return [
            replace(request, url=request.url.replace(SECRET, guess))
            for guess in ("", "a-guess", SECRET[:-1], SECRET + "x", SECRET.upper())
        ]

    def flow(self, binding: Binding) -> OAuthFlow:
        assert self.spec.oauth is not None
        app = {
            "client_id": CONFIG.client_id,
            "client_secret": CONFIG.client_secret,
            "redirect_uri": REDIRECT_URI,
        }
        settings = {"oauth": app, "base_url": self._url}
        return self.spec.oauth(self.bench.connection(binding, settings))

    def consent(self, url: str) -> Mapping[str, str]:
        shown = urlsplit(url)
        answer = self.control.get(f"{shown.path}?{shown.query}")
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    # -- the control API ---------------------------------------------------------------

    def start(self) -> None:
        """Stop the account's clock, and set ours by it."""
        self._post("clock", rate=0)
        self._tell_time()

    @property
    def _url(self) -> str:
        return str(self.control.base_url).rstrip("/")

    def _tell_time(self) -> None:
        shown = self.control.get("/_sandbox/clock").json()["now"]
        now = datetime.fromisoformat(shown)
        self.bench.clock.advance(now - self.bench.clock.now())

    def _post(self, path: str, **body: Any) -> Any:
        answer = self.control.post(f"/_sandbox/{path}", json=body).raise_for_status()
        return answer.json() if answer.content else None

    def _lead(self, id: str) -> Any:  # noqa: A002
        answer = self.control.get(f"/_sandbox/state/leads/{id}")
        return answer.raise_for_status().json()

    def _read_log(self) -> None:
        played = {PLAYGROUND.text, *PLAYGROUND.stages[0]}
        log = self.control.get(f"/_sandbox/log?since={self._seen}").json()
        for entry in log["entries"]:
            self._requests += 1
            self._writes += sum(one["property"] in played for one in entry["writes"])
        self._seen = log["last_seq"]


@pytest.fixture(name="mailbox")
def _mailbox() -> Iterator[Mailbox]:
    with Mailbox(f"/webhooks/bench/{SECRET}") as mailbox:
        yield mailbox


@pytest.fixture(name="account")
def _account(mailbox: Mailbox) -> Iterator[httpx.Client]:
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
def _rig(account: httpx.Client, mailbox: Mailbox) -> Iterator[AmoCrmRig]:
    rig = AmoCrmRig(
        control=account,
        mailbox=mailbox,
        spec=adapter_spec("amocrm"),
        bench=Bench(),
    )
    rig.start()
    yield rig
    rig.mend()
