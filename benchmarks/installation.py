"""A small installation: the shipped workflow on SQLite, and a CRM that is a dictionary.

The CRM answers from memory, so that only Leadstate is measured; the database is a real
file with WAL and synchronous=FULL.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from leadstate.adapters import (
    Account,
    Applied,
    ChangeHint,
    ChangePage,
    EventKind,
    InboundEvent,
    RemoteObject,
)
from leadstate.clock import SystemClock
from leadstate.definition.binding import load_binding
from leadstate.definition.workflow import load_workflow
from leadstate.domain.mode import ConnectionMode
from leadstate.errors import BadSignature
from leadstate.service.app import App, Connected
from leadstate.service.inbox import hint_items
from leadstate.service.modes import begin_modes
from leadstate.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from leadstate.adapters import Gone, InboundRequest, Write, WriteOutcome

__all__ = ["CONNECTION", "MemoryCrm", "change", "installation", "sign", "workflows"]

CONNECTION = "hubspot"
_SECRET = b"benchmark"


def workflows() -> Path:
    """Return the folder of the shipped workflows."""
    return Path(__file__).parents[1] / "workflows"


def sign(body: bytes) -> str:
    """Return the signature that `MemoryCrm.receive` asks for (HMAC-SHA256)."""
    return base64.b64encode(hmac.new(_SECRET, body, hashlib.sha256).digest()).decode()


class MemoryCrm:
    """An adapter whose CRM is a dictionary; a changed object is made when it is read.

    Attributes:
        changed: Property -> value, on top of every object's usual ones.
    """

    def __init__(self, names: Sequence[str], at: datetime) -> None:
        self._usual: dict[str, str | None] = dict.fromkeys(names) | {
            "firstname": "Ada",
            "lastname": "Example",
            "jobtitle": "Head of Operations",
            "job_role": "director",
            "lifecyclestage": "lead",
            "hs_lead_status": "NEW",
            "budget": "12000",
            "lead_tags": "vip;webinar",
            "hs_analytics_source": "ORGANIC_SEARCH",
            "company.numberofemployees": "120",
            "company.industry": "COMPUTER_SOFTWARE",
            "company.country": "Germany",
        }
        self._at = at
        self.changed: Mapping[str, str] = {}

    def read(self, ids: Sequence[str]) -> Sequence[RemoteObject | Gone]:
        """Return every object, with what changed."""
        return [
            RemoteObject(
                id=key,
                properties={
                    **self._usual, "email": f"p{key}@example.com", **self.changed
                },
                updated_at=self._at,
                created_at=self._at,
            )
            for key in ids
        ]  # fmt: skip

    def changes(self, cursor: str | None) -> ChangePage:
        """Return that nothing changed that no webhook told of."""
        return ChangePage(hints=(), cursor=cursor or "", more=False)

    def write(self, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        """Take everything."""
        return [Applied(token=write.token) for write in writes]

    def receive(self, request: InboundRequest) -> Sequence[InboundEvent]:
        """Verify the signature and return the one event."""
        if not hmac.compare_digest(
            sign(request.body), request.headers.get("x-signature", "")
        ):
            raise BadSignature("the signature does not match")
        event = json.loads(request.body)
        return [
            InboundEvent(
                key=str(event["key"]),
                kind=EventKind.CHANGED,
                object="contacts",
                id=str(event["id"]),
                at=self._at,
                property=str(event["property"]),
                value=str(event["value"]),
                raw=event,
            )
        ]

    def describe(self) -> Account:
        """Return an account without properties."""
        return Account(id="1", name="memory", timezone="UTC", properties={})

    def close(self) -> None:
        """Nothing to let go of."""


@contextmanager
def installation() -> Iterator[tuple[App, MemoryCrm]]:
    """Open an installation in a folder of its own; it is gone afterwards."""
    clock = SystemClock()
    lifecycle = load_workflow(workflows() / "b2b_lifecycle.yaml")
    binding = load_binding(workflows() / "b2b_lifecycle.hubspot.yaml", lifecycle)
    crm = MemoryCrm(binding.read_properties, clock.now() - timedelta(hours=3))
    live = ConnectionMode.LIVE
    connected = Connected(name=CONNECTION, adapter=crm, binding=binding, begins=live)
    with TemporaryDirectory(prefix="leadstate-bench-") as folder:
        store = open_store(f"sqlite:///{folder}/bench.db")
        app = App(
            lifecycle=lifecycle,
            store=store,
            clock=clock,
            connections={CONNECTION: connected},
        )
        begin_modes(app, actor="bench")
        try:
            yield app, crm
        finally:
            store.close()


def change(
    app: App, crm: MemoryCrm, ids: Sequence[str], changed: Mapping[str, str]
) -> None:
    """Change these objects in the CRM, and put one row for each into the inbox."""
    crm.changed = {**crm.changed, **changed}
    now = app.clock.now()
    hints = [ChangeHint(id=key, updated_at=now) for key in ids]
    with app.store.begin() as work:
        work.inbox.add(hint_items(app.connections[CONNECTION], hints, now))
        work.commit()
