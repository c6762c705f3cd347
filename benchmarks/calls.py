"""How many calls a thousand changed contacts cost, counted by the HubSpot sandbox."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import httpx
from leadstate_hubspot.adapter import HubSpotAdapter

from benchmarks.report import Aim, Section
from leadstate.adapters import ChangeHint, Connection
from leadstate.clock import SystemClock
from leadstate.definition.workflow import load_workflow_text
from leadstate.domain.binding import Binding, FieldSource
from leadstate.service.advance import advance
from leadstate.service.app import App, Connected
from leadstate.service.inbox import hint_items
from leadstate.service.push import push
from leadstate.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["measure"]

_CHANGED = 1_000
_TOKEN = "pat-na1-benchmark"
_READ, _WRITE = "contacts.batch_read", "contacts.batch_update"
_WORKFLOW = """
workflow: calls
title: Calls
teams: [marketing]
fields:
  need: {type: text}
  size: {type: integer}
stages:
  lead: {owner: marketing, initial: true}
  mql:  {owner: marketing, kind: won}
transitions:
  qualify: {from: lead, to: mql, automatic: true, when: need is known}
"""
_BINDING = Binding(
    workflow="calls",
    adapter="hubspot",
    object="contacts",
    fields={
        "need": FieldSource(property="need"),
        "size": FieldSource(property="company.numberofemployees"),
    },
    stages={
        "lead": {"lifecyclestage": ("lead",)},
        "mql": {"lifecyclestage": ("marketingqualifiedlead",)},
    },
)


class _Plenty:
    """A rate budget without limits: calls are counted here, not paced."""

    def take(self, key: str, *, per_second: float, burst: int) -> float:
        del key, per_second, burst
        return 0.0


class _Sandbox:
    """The control API of a running sandbox."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=f"{url}/_sandbox", timeout=60)

    def ids(self) -> list[str]:
        found = self._http.get("/state/contacts", params={"limit": _CHANGED}).json()
        return [str(one["id"]) for one in found["results"]]

    def edit(self, ids: Sequence[str], **properties: str) -> None:
        edits = [
            {"object": "contacts", "id": key, "properties": properties} for key in ids
        ]
        self._http.post("/bulk-edit", json={"edits": edits}).raise_for_status()

    def calls(self) -> dict[str, int]:
        """Return calls by kind since the last time."""
        found: dict[str, int] = self._http.get("/log/summary").json()["by_kind"]
        self._http.delete("/log").raise_for_status()
        return found


def measure(*, quick: bool) -> Section:
    """Return calls by kind for reading and deciding, and for writing back."""
    del quick  # it takes a few seconds either way
    with _sandbox() as sandbox, _app(sandbox) as app:
        ids = sandbox.ids()
        sandbox.edit(ids, lifecyclestage="lead", need="")
        _advance(app, ids)
        sandbox.edit(ids, need="Replace three spreadsheets")
        sandbox.calls()
        _advance(app, ids)
        reading = sandbox.calls()
        while push(app, app.connections["hubspot"]).claimed:
            pass
        writing = sandbox.calls()
        with app.store.read() as view:
            if view.records.count_by_stage() != {"mql": len(ids)}:
                raise AssertionError("not every contact moved")
    return _section(len(ids), reading, writing)


def _section(size: int, reading: dict[str, int], writing: dict[str, int]) -> Section:
    kinds = sorted({*reading, *writing})
    writes = sum(n for kind, n in writing.items() if kind == _WRITE)
    return Section(
        title=f"Calls to HubSpot for {size:,} contacts that changed and moved",
        columns=("kind of call", "to read and decide", "to write back"),
        rows=[
            (kind, str(reading.get(kind, 0)), str(writing.get(kind, 0)))
            for kind in kinds
        ],
        aims=[
            Aim(
                wanted="at most 10 batch reads of contacts to decide",
                measured=str(reading.get(_READ, 0)),
                met=reading.get(_READ, 0) <= 10,
            ),
            Aim(
                wanted="at most 10 batch writes of contacts",
                measured=str(writes),
                met=0 < writes <= 10,
            ),
        ],
        notes=[
            (
                "counted by the sandbox's request log; these moves go forward, and a "
                "backward one costs one more write, which clears the stage"
            )
        ],
    )


def _advance(app: App, ids: Sequence[str]) -> None:
    now = app.clock.now()
    hints = [ChangeHint(id=key, updated_at=now) for key in ids]
    with app.store.begin() as work:
        work.inbox.add(hint_items(app.connections["hubspot"], hints, now))
        work.commit()
    while advance(app).progress:
        pass


@contextmanager
def _app(sandbox: _Sandbox) -> Iterator[App]:
    clock = SystemClock()
    with TemporaryDirectory(prefix="leadstate-bench-") as folder:
        store = open_store(f"sqlite:///{folder}/bench.db")
        connection = Connection(
            name="hubspot",
            binding=_BINDING,
            settings={"base_url": sandbox.url, "token": _TOKEN},
            now=clock.now,
            sleep=clock.sleep,
            budget=_Plenty(),
            credentials=store.credentials("hubspot", clock.now),
        )
        adapter = HubSpotAdapter(connection)
        connected = Connected(name="hubspot", adapter=adapter, binding=_BINDING)
        try:
            yield App(
                lifecycle=load_workflow_text(_WORKFLOW),
                store=store,
                clock=clock,
                connections={"hubspot": connected},
            )
        finally:
            adapter.close()
            store.close()


@contextmanager
def _sandbox() -> Iterator[_Sandbox]:
    command = [sys.executable, "-m", "leadstate_hubspot.sandbox", "--port", "0"]
    options = ["--token", _TOKEN, "--records", str(_CHANGED)]
    process = subprocess.Popen(
        [*command, *options, "--rate-per-10s", "100000"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        found = re.search(r"http://\S+", line)
        if found is None:
            raise AssertionError("the sandbox did not start")
        yield _Sandbox(found[0])
    finally:
        process.terminate()
        process.communicate(timeout=20)
