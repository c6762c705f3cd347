"""A service in a process of its own, to which very many SLAs break at once.

    python -m benchmarks.draining 100000

Prints its address when all records are there, waits for a line, works as the service
does, and prints how many seconds it took until no timer and no inbox row was left.
"""

from __future__ import annotations

import json
import socket
import sys
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from time import perf_counter, sleep
from typing import TYPE_CHECKING
from uuid import uuid4

import uvicorn

from benchmarks.installation import CONNECTION, MemoryCrm
from leadstate.clock import SystemClock
from leadstate.definition.binding import check_binding_text
from leadstate.definition.workflow import load_workflow_text
from leadstate.domain.mode import ConnectionMode
from leadstate.domain.people import People
from leadstate.domain.record import Record
from leadstate.engine.clocks import tick
from leadstate.service.app import App, Connected
from leadstate.service.modes import begin_modes
from leadstate.service.timers.reclock import reclock
from leadstate.service.work import runner_of
from leadstate.store import LinkRow, NewRecord, open_store
from leadstate.web.receiver import create_receiver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from leadstate.engine.clocks import Ticked

WORKFLOW = """\
workflow: slas
timezone: Europe/Berlin
teams: {marketing: , sales: }
fields:
  email: {type: email, identity: true}
  need: text
stages:
  lead: {owner: marketing, initial: true}
  mql:
    owner: marketing
    sla:
      accept: {within: 1 hour, calendar: always, then: {escalate: sales}}
  won: {kind: won}
transitions:
  qualify: {from: lead, to: mql, automatic: true, when: need is known}
  win: {from: mql, to: won}
"""
_BINDING = """\
binding: slas
adapter: hubspot
object: contacts
fields: {email: email, need: need}
stages:
  lead: {lifecyclestage: lead}
  mql: {lifecyclestage: marketingqualifiedlead}
  won: {lifecyclestage: customer}
"""
_PAGE = 2_000


@contextmanager
def _installation() -> Iterator[App]:
    clock, lifecycle = SystemClock(), load_workflow_text(WORKFLOW)
    binding, problems = check_binding_text(_BINDING, lifecycle)
    if binding is None:
        raise AssertionError(problems)
    crm = MemoryCrm(binding.read_properties, clock.now() - timedelta(hours=3))
    live = ConnectionMode.LIVE
    connected = Connected(name=CONNECTION, adapter=crm, binding=binding, begins=live)
    with TemporaryDirectory(prefix="leadstate-bench-") as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'bench.db'}")
        app = App(
            lifecycle=lifecycle,
            store=store,
            clock=clock,
            connections={CONNECTION: connected},
        )
        begin_modes(app, actor="bench")
        yield app
        store.close()


def _fill(app: App, size: int) -> None:
    """Have records whose SLA is broken this second."""
    reclock(app)  # nothing to do: nobody's clocks are of another workflow
    now = app.clock.now().replace(microsecond=0)
    for start in range(0, size, _PAGE):
        count = min(_PAGE, size - start)
        records = [_record(app, now - timedelta(hours=1)) for _ in range(count)]
        ticks = {one.id: _ticked(app, one, now) for one in records}
        with app.store.begin() as work:
            work.records.add([_new(one, now) for one in records])
            work.links.save([_link(one, now) for one in records])
            work.clocks.save([clock for one in ticks.values() for clock in one.clocks])
            work.timers.replace({key: one.timers for key, one in ticks.items()})
            work.commit()


def _record(app: App, entered: datetime) -> Record:
    return Record(
        id=uuid4().hex,
        stage="mql",
        version=1,
        stage_version=1,
        entered_at=entered,
        workflow_version=app.lifecycle.version,
        values={"need": "a CRM"},
    )


def _new(record: Record, now: datetime) -> NewRecord:
    return NewRecord(record=record, workflow="slas", created_at=now, care_since=now)


def _link(record: Record, now: datetime) -> LinkRow:
    return LinkRow(
        connection=CONNECTION,
        object="contacts",
        external_id=record.id,
        seen_at=now,
        record_id=record.id,
        remote_stage=record.stage,
        remote_properties={"lifecyclestage": "marketingqualifiedlead"},
    )


def _ticked(app: App, record: Record, now: datetime) -> Ticked:
    since = now - timedelta(days=1)
    return tick(
        app.lifecycle, record, (), people=People(), at=now, now=now, since=since
    )


def _drain(app: App) -> None:
    """Work as the service does, and tell when nothing is left."""
    sys.stdin.readline()
    runner = runner_of(app)
    started = perf_counter()
    runner.start()
    # By a rare look, which costs next to nothing.
    while _left(app):
        sleep(0.25)
    seconds = perf_counter() - started
    print(json.dumps({"seconds": seconds, "failures": dict(runner.failures())}))
    sys.stdout.flush()


def _left(app: App) -> bool:
    with app.store.read() as view:
        if view.timers.next_due() is not None:
            return True
        return bool(view.inbox.due(app.clock.now(), 1, kinds=("timer",)))


def main(size: int) -> None:
    """Serve until the process is ended."""
    # Named as TCP, or asyncio leaves Nagle's delay of 40 ms on.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    with _installation() as app, listening:
        _fill(app, size)
        listening.bind(("127.0.0.1", 0))
        Thread(target=_drain, args=(app,), daemon=True).start()
        api = create_receiver(app, public_url=None)
        config = uvicorn.Config(api, log_level="error", access_log=False)
        print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(int(sys.argv[1]))
