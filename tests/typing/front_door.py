"""What type checkers know of the front door; read by them, never run."""

from collections.abc import Iterator
from datetime import datetime
from typing import assert_type

from leadstate import (
    Changed,
    Facts,
    Lifecycle,
    ManualMove,
    Move,
    Orphaned,
    Record,
    Stay,
    check_workflow,
    compile_guard,
    compile_hours,
    decide,
    destinations,
    examine,
    load_binding,
    load_workflow,
    open_store,
    parse_condition,
    receipt_data,
    receipt_lines,
    reports,
)
from leadstate.definition.problems import Problem
from leadstate.domain.binding import Binding
from leadstate.domain.condition import Condition
from leadstate.domain.receipt import Receipt
from leadstate.guards import Guard
from leadstate.hours import Hours
from leadstate.service.reports.results import Funnel
from leadstate.store import Store


def files(now: datetime) -> None:
    """A file becomes a lifecycle, or a list of mistakes."""
    lifecycle = load_workflow("lead.yaml")
    assert_type(lifecycle, Lifecycle)
    assert_type(
        check_workflow("lead.yaml"), tuple[Lifecycle | None, tuple[Problem, ...]]
    )
    assert_type(load_binding("lead.crm.yaml", lifecycle), Binding)
    condition = parse_condition("budget >= 10000", lifecycle)
    assert_type(condition, Condition)
    guard = compile_guard(condition, {})
    assert_type(guard, Guard)
    assert_type(guard.allows(Facts({}, (), now, now.date())), bool)
    assert_type(compile_hours(lifecycle.calendars["sales"]), Hours)


def decisions(lifecycle: Lifecycle, record: Record, now: datetime) -> str:
    """Every decision is one of three values."""
    asked = ManualMove(transition="win", actor="ann", at=now)
    assert_type(
        decide(lifecycle, record, Changed(at=now), now=now), Move | Stay | Orphaned
    )
    receipts = examine(lifecycle, record, now=now)
    assert_type(receipts, tuple[Receipt, ...])
    assert_type(receipt_lines(receipts[0]), Iterator[str])
    assert_type(receipt_data(receipts), list[dict[str, object]])
    assert_type(
        destinations(lifecycle, [record], now=now), Iterator[tuple[Record, str]]
    )
    match decide(lifecycle, record, asked, now=now):
        case Move(steps=steps):
            return steps[-1].target
        case Stay():
            return record.stage
        case Orphaned(stage=stage):
            return stage


def figures(lifecycle: Lifecycle, now: datetime) -> None:
    """A report is frozen data."""
    store = open_store("sqlite:///leadstate.db")
    assert_type(store, Store)
    with store.read() as view:
        found = reports.funnel(view, lifecycle, reports.Scope(team="sales"), now)
    assert_type(found, Funnel)
