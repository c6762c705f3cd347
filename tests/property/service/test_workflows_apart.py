"""Whatever is asked of a workflow is answered as if it were alone in the store."""

from __future__ import annotations

import inspect
import io
import random
import shutil
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from neighbours import Neighbour
from reported_leads import LIFECYCLE, at

from leadstate.domain.people import People
from leadstate.service.app import App
from leadstate.service.export.csv_file import write_csv
from leadstate.service.export.exported import Exported
from leadstate.service.export.exporting import LOG_FORMATS, TABLES
from leadstate.service.export.ocel import write_ocel
from leadstate.service.export.xes import write_xes
from leadstate.service.records import find, listing
from leadstate.service.reports.cost import cost
from leadstate.service.reports.flow import flow
from leadstate.service.reports.funnel import funnel
from leadstate.service.reports.gaps import gaps
from leadstate.service.reports.passes import passes
from leadstate.service.reports.reasons import reasons
from leadstate.service.reports.refusals import refused
from leadstate.service.reports.responsibility import responsibility
from leadstate.service.reports.results import By, Counting
from leadstate.service.reports.scope import Scope, selected
from leadstate.service.reports.shortfalls import Convention
from leadstate.service.reports.sla import sla
from leadstate.service.reports.spend import Spend
from leadstate.service.reports.stage_times import stage_times
from leadstate.service.reports.velocity import velocity
from leadstate.service.status import status, totals
from leadstate.store import Portion, open_store
from leadstate.store.reports.stays import Stays
from leadstate.store.repository import Repository
from leadstate.testing import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from leadstate.store import Store, View

    Ask = Callable[[View], object]

NOW = at(100)
RESTING = LIFECYCLE.resting_stages
EXPORTED = Exported({LIFECYCLE.name: LIFECYCLE})
AWAY = Portion()
SOME = settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # to make it smaller takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SPENT = Spend(
    row=2,
    since=date(2026, 1, 1),
    until=date(2026, 3, 31),
    source="Ads",
    campaign=None,
    amount=Decimal(1000),
    currency="EUR",
)
TIME = Scope(since=at(20), until=at(70))
SCOPES = (
    Scope(),
    TIME,
    Scope(team="sales"),
    Scope(owner="ann"),
    Scope(source="ads"),
    Scope(pass_number=1),
)

ROWS: dict[str, Ask] = {
    "records.find": lambda view: [view.records.find(one) for one in ("a", "b", "1")],
    "records.having": lambda view: view.records.having("need", "a crm"),
    "records.count_by_stage": lambda view: view.records.count_by_stage(None),
    "records.by_workflow": lambda view: view.records.by_workflow(),
    "records.select_where": lambda view: view.records.select_where(
        lambda columns: columns.data.is_not(None), LIFECYCLE.fields
    ),
    "records.list": lambda view: view.records.list(LIFECYCLE.fields),
    "links.get_many": lambda view: view.links.get_many(
        "hub", "contacts", ["0", "1", "2", "s0"]
    ),
    "links.at": lambda view: [view.links.at("hub", one) for one in ("0", "1", "s0")],
    "links.unplaced": lambda view: view.links.unplaced("stranger@x.example"),
    "links.all": lambda view: view.links.all("hub"),
    "links.counts": lambda view: view.links.counts(),
    "links.of_mode": lambda view: [
        view.links.of_mode("hub", live=one) for one in (True, False)
    ],
    "links.count_live": lambda view: view.links.count_live("hub"),
    "records.lacking": lambda view: list(
        view.records.lacking("elsewhere", RESTING, after="", limit=9)
    ),
    "inbox.unread": lambda view: view.inbox.unread("hub", NOW),
    "modes.all": lambda view: view.modes.all(),
    "modes.live": lambda view: view.modes.live(),
    "batches.open": lambda view: view.batches.open("hub"),
    "batches.of": lambda view: view.batches.of("hub"),
    "extracts.history_rows": lambda view: list(view.extracts.history_rows(AWAY, 5)),
    "extracts.visit_rows": lambda view: list(view.extracts.visit_rows(AWAY, 5)),
    "extracts.record_rows": lambda view: list(view.extracts.record_rows(AWAY, 5)),
    "extracts.field_change_rows": lambda view: list(
        view.extracts.field_change_rows(AWAY, 5)
    ),
    "extracts.stories": lambda view: list(view.extracts.stories(AWAY, 2)),
    "extracts.activities": lambda view: view.extracts.activities(AWAY),
    "extracts.object_kinds": lambda view: view.extracts.object_kinds(),
    "extracts.stages": lambda view: view.extracts.stages(),
    "extracts.count": lambda view: [
        view.extracts.count(one, AWAY)
        for one in ("history", "visits", "records", "field-changes")
    ],
    "history.recent": lambda view: view.history.recent(8),
    "history.pages": lambda view: list(view.history.pages(size=5)),
    "history.counts": lambda view: view.history.counts(),
    "visits.differences": lambda view: view.visits.differences(
        resting=RESTING, limit=1000
    ),
    "inbox.due": lambda view: view.inbox.due(NOW, 100),
    "inbox.next_due": lambda view: view.inbox.next_due(),
    "inbox.runs_ahead": lambda view: view.inbox.runs_ahead(at(0)),
    "inbox.by_key": lambda view: [view.inbox.by_key(f"e{one}") for one in range(6)],
    "inbox.counts": lambda view: view.inbox.counts(),
    "outbox.next_due": lambda view: view.outbox.next_due(at(0)),
    "outbox.counts": lambda view: view.outbox.counts(),
    "dead_letters.list": lambda view: view.dead_letters.list(),
    "dead_letters.count": lambda view: view.dead_letters.count(),
    "past_changes.records": lambda view: view.past_changes.records("hub", limit=9),
    "past_changes.count": lambda view: view.past_changes.count("hub"),
    "past_changes.strangers": lambda view: view.past_changes.strangers("hub", limit=9),
    "identities.shared": lambda view: view.identities.shared(),
    "identities.further_at": lambda view: view.identities.further_at(
        "hub", "contacts", ["0", "1", "2", "s0"]
    ),
    "identities.find": lambda view: view.identities.find(
        [("email", "ann@x.example"), ("email", "bob@x.example")]
    ),
    "conflicts.list": lambda view: view.conflicts.list(),
    "conflicts.count": lambda view: view.conflicts.count(),
    "workflows.all": lambda view: view.workflows.all(LIFECYCLE.name),
    "timers.due": lambda view: view.timers.due(NOW),
    "timers.next_due": lambda view: view.timers.next_due(),
    "timers.count": lambda view: view.timers.count(),
    "clocks.listing": lambda view: view.clocks.listing(),
    "clocks.soonest": lambda view: view.clocks.soonest(),
    "clocks.counts": lambda view: view.clocks.counts(),
    "approvals.listing": lambda view: view.approvals.listing(pending_only=False),
    "approvals.count_pending": lambda view: view.approvals.count_pending(),
}
BY_NAME = {
    "by the id of a record or row, which is in one workflow": {
        "approvals.get", "approvals.open_of", "batches.counts", "batches.skipped",
        "clocks.of", "clocks.open_of",
        "conflicts.get", "dead_letters.get", "dead_letters.workflow_of", "events.of",
        "extracts.details", "extracts.owners", "extracts.stays", "extracts.values_of",
        "extracts.workflows",
        "field_changes.latest", "field_changes.of", "history.of", "history.of_many",
        "identities.further_of", "identities.of", "inbox.get", "links.live_of",
        "links.of_records", "links.versions",
        "outbox.get", "outbox.open_for", "outbox.record_of", "past_changes.of",
        "records.get", "records.get_many", "records.workflow_of", "timers.of",
        "visits.of",
    },
    "by the text of a workflow, which names it": {"workflows.in_force_since"},
    "shared by all workflows": {
        "assignments.last", "assignments.newest", "checkpoints.after",
        "checkpoints.last", "checkpoints.rows", "checkpoints.seed", "erasure.kin",
        "forgotten.among", "forgotten.count", "forgotten.objects_in",
        "forgotten.rows", "forgotten.secret", "history.last_of_installation",
        "inbox.waiting_by_workflow", "ledger.matching", "links.erased", "records.loads",
    },
    "by the name of a workflow, or of its position": {
        "cursors.get", "cursors.named", "workflows.active", "workflows.get",
    },
}  # fmt: skip
WRITING = {
    "add", "append", "apply", "ask", "begin", "claim", "clear", "close", "close_all",
    "delete", "drop", "end", "fire", "forget", "keep", "leave", "made_seed", "make",
    "mark_sent", "move", "observe", "observe_ended", "open_first",
    "postpone", "purge", "put", "put_further", "recount", "redact", "release",
    "remove", "reopen", "resume_unlinked",
    "replace", "resolve", "resolve_ref", "save", "save_if", "set", "set_right",
    "settle",
    "supersede", "take", "take_over", "turn", "update", "void", "want_wiping",
    "withdraw",
}  # fmt: skip


def _reports(view: View, scope: Scope) -> Iterator[tuple[str, object]]:
    """Yield every report on a scope."""
    for one in (flow, passes, reasons, responsibility, sla, stage_times, velocity):
        yield one.__name__, one(view, LIFECYCLE, scope, NOW)
    for by in (None, *By):
        for counting in Counting:
            found = funnel(view, LIFECYCLE, scope, NOW, by=by, counting=counting)
            yield f"funnel by {by}, {counting}", found
    yield "sla anew", sla(view, LIFECYCLE, scope, NOW, restate=People())
    yield "refused", refused(view, selected(scope, LIFECYCLE, NOW))
    if scope.since is None:
        yield "gaps", gaps(view, LIFECYCLE, scope, NOW)


def _costs(view: View) -> Iterator[tuple[str, object]]:
    for one in Convention:
        found = cost(view, LIFECYCLE, Scope(), NOW, [SPENT], convention=one)
        yield f"cost, {one}", found


def _exports(view: View) -> Iterator[tuple[str, object]]:
    """Yield every file that is exported, as bytes."""
    for name, table in TABLES.items():
        out = io.BytesIO()
        write_csv(
            table(EXPORTED, personal=True),
            view,
            AWAY,
            out,
            on_progress=lambda _: None,
        )
        yield name, out.getvalue()
    for log in LOG_FORMATS:
        out = io.BytesIO()
        write = write_xes if log == "xes" else write_ocel
        write(EXPORTED, view, AWAY, out, on_progress=lambda _: None, personal=True)
        yield log, out.getvalue()


def _lists(store: Store) -> Iterator[tuple[str, object]]:
    """Yield what the use cases list and count."""
    app = App(lifecycle=LIFECYCLE, store=store, clock=FrozenClock(NOW), connections={})
    # How long the history is, is told of the whole chain.
    found = status(app)
    yield (
        "status",
        [getattr(found, one.name) for one in fields(found) if one.name != "history"],
    )
    yield "totals", totals(app)
    yield "listing", listing(app)
    yield "flagged", listing(app, flagged=True)
    yield "with a CRM", listing(app, condition="need is known")
    yield "find", find(app, "a0")


def told(store: Store) -> dict[str, object]:
    """Return everything that is told of the workflow of a store."""
    found: dict[str, object] = {}
    with store.read() as view:
        found |= {name: ask(view) for name, ask in ROWS.items()}
        for scope in SCOPES:
            found |= {f"{one} {scope}": it for one, it in _reports(view, scope)}
        found |= dict(_costs(view)) | dict(_exports(view))
        found["earliest"] = Stays(view.connection, view.workflow).earliest()
    return found | dict(_lists(store))


@pytest.fixture(name="empty", scope="module")
def _empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("apart") / "empty.db"
    open_store(f"sqlite:///{path}").close()
    return path


@SOME
@given(seed=st.integers(0, 2**32))
def test_a_workflow_is_told_of_as_if_it_were_alone(empty: Path, seed: int) -> None:
    """Every list, count, report and export, whatever another workflow has beside it."""
    chance = random.Random(seed)
    alone, together = (empty.with_name(f"{uuid4().hex}.db") for _ in range(2))
    shutil.copy(empty, alone)
    store = open_store(f"sqlite:///{alone}")
    Neighbour(store.of(LIFECYCLE.name), "a", chance).settle_in()
    store.copy_to(together)
    other = open_store(f"sqlite:///{together}")
    Neighbour(other.of("other"), chance.choice("Ab"), chance).settle_in()

    expected, found = (told(one.of(LIFECYCLE.name)) for one in (store, other))

    assert [] == [name for name in expected if expected[name] != found[name]]
    store.close()
    other.close()


def test_every_way_to_read_rows_is_asked(empty: Path) -> None:
    """Or is said why it need not be."""
    store = open_store(f"sqlite:///{empty}")
    with store.read() as view:
        reads = {
            f"{name}.{method}"
            for name, it in vars(view).items()
            if isinstance(it, Repository)
            for method, _ in inspect.getmembers(it, inspect.ismethod)
            if not method.startswith("_") and method not in WRITING
        }
    store.close()

    assert reads == {*ROWS, *(one for ones in BY_NAME.values() for one in ones)}
