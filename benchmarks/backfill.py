"""How near to the CRM's budget a backfill reads, how many rows it makes, in how much.

The sandbox enforces HubSpot's own limit; the budget is the one that every process
shares, so that what is measured is what an installation does.
"""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

import httpx

from benchmarks.report import Aim, Section
from leadstate.adapters import ChangeHint, Connection
from leadstate.adapters.registry import adapter_spec
from leadstate.clock import SystemClock
from leadstate.definition.workflow import load_workflow_text
from leadstate.domain.binding import Binding, FieldSource
from leadstate.service.advance import advance
from leadstate.service.app import App, Connected
from leadstate.service.inbox import hint_items
from leadstate.service.past.backfill import backfill
from leadstate.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.adapters import Budget

__all__ = ["measure"]

_PAGE = 5_000
_TOKEN = "benchmark-token"
_WISHED = 0.95
_WORKFLOW = """
workflow: past
title: Past
teams: [marketing]
fields:
  need: {type: text}
stages:
  lead: {owner: marketing, initial: true}
  mql:  {owner: marketing}
  sal:  {owner: marketing}
  sql:  {owner: marketing}
  won:  {kind: won}
transitions:
  qualify: {from: lead, to: mql}
  accept:  {from: mql, to: sal}
  confirm: {from: sal, to: sql}
  win:     {from: sql, to: won}
"""
_BINDING = Binding(
    workflow="past",
    adapter="hubspot",
    object="contacts",
    fields={"need": FieldSource(property="need")},
    stages={
        "lead": {"lifecyclestage": ("lead", "subscriber", "")},
        "mql": {"lifecyclestage": ("marketingqualifiedlead",)},
        "sal": {"lifecyclestage": ("174913201", "opportunity")},
        "sql": {"lifecyclestage": ("salesqualifiedlead",)},
        "won": {"lifecyclestage": ("customer", "evangelist", "174913202", "other")},
    },
)


class _Counting:
    """The shared budget; remembers what was asked of it once it is looked at."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.calls = 0
        self.per_second = 0.0

    def take(self, key: str, *, per_second: float, burst: int) -> float:
        self.calls += 1
        self.per_second = per_second
        return self._budget.take(key, per_second=per_second, burst=burst)


def measure(*, quick: bool) -> Section:
    """Return calls a second against the budget, rows a second and peak memory."""
    size = 5_000 if quick else 30_000
    with _sandbox(size) as url, _app(url) as (app, budget):
        _take_in(app, url, size)
        budget.calls, started, read = 0, perf_counter(), 0.0

        def look(part: str, _done: int, _total: int | None) -> None:
            nonlocal read
            if part == "changes read":
                read = perf_counter() - started

        done = backfill(app, app.connections["hubspot"], on_progress=look)
        built = perf_counter() - started - read
        calls = budget.calls
        rows = done.counts.moves + done.counts.values
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    share = calls / read / budget.per_second
    return Section(
        title=f"Backfill of {size:,} contacts from HubSpot",
        columns=("what", "how much"),
        rows=[
            ("calls", str(calls)),
            ("calls a second", f"{calls / read:.2f}"),
            ("the budget", f"{budget.per_second:.2f}"),
            ("changes read", f"{done.changes:,} in {read:.1f} s"),
            ("rows made", f"{rows:,} in {built:.1f} s"),
            ("rows a second", f"{rows / built:,.0f}"),
            ("peak memory", f"{peak:.0f} MB"),
        ],
        aims=[
            Aim(
                wanted=f"at least {_WISHED:.0%} of the budget's calls a second",
                measured=f"{share:.1%}",
                met=share >= _WISHED,
            )
        ],
        notes=["the sandbox shares this machine; memory is that of the whole process"],
    )


def _take_in(app: App, url: str, size: int) -> None:
    now = app.clock.now()
    hints = [ChangeHint(id=one, updated_at=now) for one in _ids(url)]
    if len(hints) != size:
        raise AssertionError(f"the sandbox has {len(hints)} contacts, not {size}")
    with app.store.begin() as work:
        work.inbox.add(hint_items(app.connections["hubspot"], hints, now))
        work.commit()
    while advance(app).progress:
        pass


def _ids(url: str) -> Iterator[str]:
    """Yield the ids of all contacts, page by page."""
    after = ""
    with httpx.Client(base_url=f"{url}/_sandbox", timeout=120) as http:
        while True:
            query = {"limit": _PAGE} | ({"after": after} if after else {})
            page = http.get("/state/contacts", params=query).json()
            yield from (str(one["id"]) for one in page["results"])
            after = page.get("after", "")
            if not after:
                return


@contextmanager
def _app(url: str) -> Iterator[tuple[App, _Counting]]:
    clock = SystemClock()
    with TemporaryDirectory(prefix="leadstate-bench-") as folder:
        store = open_store(f"sqlite:///{folder}/bench.db")
        budget = _Counting(store.budget(clock.now))
        connection = Connection(
            name="hubspot",
            binding=_BINDING,
            settings={"base_url": url, "token": _TOKEN},
            now=clock.now,
            sleep=clock.sleep,
            budget=budget,
            credentials=store.credentials("hubspot", clock.now),
        )
        adapter = adapter_spec("hubspot").open(connection)
        connected = Connected(name="hubspot", adapter=adapter, binding=_BINDING)
        try:
            yield (
                App(
                    lifecycle=load_workflow_text(_WORKFLOW),
                    store=store,
                    clock=clock,
                    connections={"hubspot": connected},
                ),
                budget,
            )
        finally:
            adapter.close()
            store.close()


@contextmanager
def _sandbox(size: int) -> Iterator[str]:
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "leadstate_hubspot.sandbox", "--port", "0"),
            *("--token", _TOKEN, "--records", str(size)),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        found = re.search(r"http://\S+", line)
        if found is None:
            raise AssertionError("the sandbox did not start")
        yield found[0]
    finally:
        process.terminate()
        process.communicate(timeout=20)
