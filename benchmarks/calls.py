"""How many calls a thousand changed leads cost, counted by the sandboxes' own logs."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import httpx

from benchmarks.report import Aim, Section
from leadstate.adapters import ChangeHint, Connection
from leadstate.adapters.registry import adapter_spec
from leadstate.clock import SystemClock
from leadstate.definition.workflow import load_workflow_text
from leadstate.domain.binding import Binding, FieldSource
from leadstate.domain.mode import ConnectionMode
from leadstate.service.advance import advance
from leadstate.service.app import App, Connected
from leadstate.service.inbox import hint_items
from leadstate.service.modes import begin_modes
from leadstate.service.outbound.push import push
from leadstate.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["measure_amocrm", "measure_hubspot"]

_CHANGED = 1_000
_TOKEN = "benchmark-token"
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


@dataclass(frozen=True)
class _Crm:
    """One CRM, its sandbox, and what a thousand of its objects may cost.

    Attributes:
        edits: What a person types, so that a record comes in, and so that it moves.
        reads: Kinds of call that read objects.
        writes: Kind of call that writes them.
        aim: Calls of each that are allowed to read and decide, and to write back.
    """

    name: str
    binding: Binding
    edits: tuple[dict[str, object], dict[str, object]]
    reads: tuple[str, ...]
    writes: str
    aim: tuple[int, int]
    options: tuple[str, ...] = ()


_HUBSPOT = _Crm(
    name="hubspot",
    binding=Binding(
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
    ),
    edits=({"lifecyclestage": "lead", "need": ""}, {"need": "Replace spreadsheets"}),
    reads=("contacts.batch_read",),
    writes="contacts.batch_update",
    aim=(10, 10),
    options=("--rate-per-10s", "100000"),
)
_AMOCRM = _Crm(
    name="amocrm",
    binding=Binding(
        workflow="calls",
        adapter="amocrm",
        object="leads",
        fields={"need": FieldSource(property="cf.NEED")},
        stages={
            "lead": {"pipeline": ("Sales",), "status": ("New lead",)},
            "mql": {"pipeline": ("Sales",), "status": ("Sales accepted",)},
        },
    ),
    edits=(
        {"pipeline_id": 7100001, "status_id": 7100101, "cf.NEED": None},
        {"cf.NEED": "Replace spreadsheets"},
    ),
    reads=("leads.list", "leads.read"),
    writes="leads.update",
    aim=(20, 20),
    options=("--rps", "100000"),
)


class _Plenty:
    """A rate budget without limits: calls are counted here, not paced."""

    def take(self, key: str, *, per_second: float, burst: int) -> float:
        del key, per_second, burst
        return 0.0


class _Sandbox:
    """The control API of a running sandbox."""

    def __init__(self, url: str, kind: str) -> None:
        self.url, self._kind = url, kind
        self._http = httpx.Client(base_url=f"{url}/_sandbox", timeout=60)

    def ids(self) -> list[str]:
        asked = {"limit": _CHANGED}
        found = self._http.get(f"/state/{self._kind}", params=asked).json()
        return [str(one["id"]) for one in found["results"]]

    def edit(self, ids: Sequence[str], properties: dict[str, object]) -> None:
        edits = [
            {"object": self._kind, "id": key, "properties": properties} for key in ids
        ]
        self._http.post("/bulk-edit", json={"edits": edits}).raise_for_status()

    def calls(self) -> dict[str, int]:
        """Return calls by kind since the last time."""
        found: dict[str, int] = self._http.get("/log/summary").json()["by_kind"]
        self._http.delete("/log").raise_for_status()
        return found


def measure_hubspot(*, quick: bool) -> Section:
    """Return calls by kind for reading and deciding, and for writing back."""
    del quick  # it takes a few seconds either way
    return _measured(_HUBSPOT)


def measure_amocrm(*, quick: bool) -> Section:
    """Return the same for a CRM that takes 50 leads a write."""
    del quick
    return _measured(_AMOCRM)


def _measured(crm: _Crm) -> Section:
    with _sandbox(crm) as sandbox, _app(crm, sandbox) as app:
        ids = sandbox.ids()
        sandbox.edit(ids, crm.edits[0])
        _advance(app, crm, ids)
        sandbox.edit(ids, crm.edits[1])
        sandbox.calls()
        _advance(app, crm, ids)
        reading = sandbox.calls()
        while push(app, app.connections[crm.name]).claimed:
            pass
        writing = sandbox.calls()
        with app.store.read() as view:
            if view.records.count_by_stage() != {"mql": len(ids)}:
                raise AssertionError("not every object moved")
    return _section(crm, len(ids), reading, writing)


def _section(
    crm: _Crm, size: int, reading: dict[str, int], writing: dict[str, int]
) -> Section:
    kinds = sorted({*reading, *writing})
    title = adapter_spec(crm.name).title
    reads = sum(reading.get(kind, 0) for kind in crm.reads)
    written = writing.get(crm.writes, 0)
    again = sum(writing.get(kind, 0) for kind in crm.reads)
    most_reads, most_writes = crm.aim
    return Section(
        title=f"Calls to {title} for {size:,} {crm.binding.object} that changed, moved",
        columns=("kind of call", "to read and decide", "to write back"),
        rows=[
            (kind, str(reading.get(kind, 0)), str(writing.get(kind, 0)))
            for kind in kinds
        ],
        aims=[
            Aim(
                wanted=f"at most {most_reads} reads of {crm.binding.object} to decide",
                measured=str(reads),
                met=reads <= most_reads,
            ),
            Aim(
                wanted=f"at most {most_writes} bulk writes, and {most_writes} reads "
                "around them",
                measured=f"{written} and {again}",
                met=0 < written <= most_writes and again <= most_writes,
            ),
        ],
        notes=["counted by the sandbox's own request log"],
    )


def _advance(app: App, crm: _Crm, ids: Sequence[str]) -> None:
    now = app.clock.now()
    hints = [ChangeHint(id=key, updated_at=now) for key in ids]
    with app.store.begin() as work:
        work.inbox.add(hint_items(app.connections[crm.name], hints, now))
        work.commit()
    while advance(app).progress:
        pass


@contextmanager
def _app(crm: _Crm, sandbox: _Sandbox) -> Iterator[App]:
    clock = SystemClock()
    with TemporaryDirectory(prefix="leadstate-bench-") as folder:
        store = open_store(f"sqlite:///{folder}/bench.db")
        connection = Connection(
            name=crm.name,
            binding=crm.binding,
            settings={"base_url": sandbox.url, "token": _TOKEN},
            now=clock.now,
            sleep=clock.sleep,
            budget=_Plenty(),
            credentials=store.credentials(crm.name, clock.now),
        )
        adapter = adapter_spec(crm.name).open(connection)
        connected = Connected(
            name=crm.name,
            adapter=adapter,
            binding=crm.binding,
            begins=ConnectionMode.LIVE,
        )
        try:
            app = App(
                lifecycle=load_workflow_text(_WORKFLOW),
                store=store,
                clock=clock,
                connections={crm.name: connected},
            )
            begin_modes(app, actor="bench")
            yield app
        finally:
            adapter.close()
            store.close()


@contextmanager
def _sandbox(crm: _Crm) -> Iterator[_Sandbox]:
    module = f"leadstate_{crm.name}.sandbox"
    options = ["--token", _TOKEN, "--records", str(_CHANGED), *crm.options]
    process = subprocess.Popen(
        [sys.executable, "-m", module, "--port", "0", *options],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        found = re.search(r"http://\S+", line)
        if found is None:
            raise AssertionError("the sandbox did not start")
        yield _Sandbox(found[0], crm.binding.object)
    finally:
        process.terminate()
        process.communicate(timeout=20)
