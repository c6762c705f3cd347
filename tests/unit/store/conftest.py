"""Builders of rows, and a store on a real file.  The schema is migrated once a run."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

import pytest
from sqlalchemy import event

from leadstate.domain.clock import SlaClock, Timer, TimerKind
from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.domain.lifecycle import Field
from leadstate.domain.record import Record
from leadstate.domain.values import FieldType
from leadstate.store import (
    FirstVisit,
    InboxItem,
    LinkRow,
    NewRecord,
    OutboxItem,
    OutboxKind,
    Store,
    open_store,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from leadstate.store import View

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
FIELDS = {
    name: Field(name=name, type=type_, label=name)
    for name, type_ in (
        ("email", FieldType.EMAIL),
        ("company_size", FieldType.INTEGER),
        ("budget", FieldType.MONEY),
        ("tags", FieldType.TAGS),
        ("decision_date", FieldType.DATE),
        ("seen_at", FieldType.DATETIME),
        ("need", FieldType.TEXT),
    )
}


class Make:
    """Rows with everything filled in that a test does not care about."""

    noon = NOON
    fields = FIELDS

    @staticmethod
    def at(seconds: float) -> datetime:
        return NOON + timedelta(seconds=seconds)

    @staticmethod
    def new(id_: str, stage: str = "lead", **values: object) -> NewRecord:
        record = Record(id=id_, stage=stage, values=values)
        return NewRecord(record=record, workflow="b2b", created_at=NOON)

    @staticmethod
    def entry(record_id: str, to_stage: str = "lead", **given: object) -> HistoryEntry:
        columns = {
            "kind": HistoryKind.ENTERED,
            "cause": Cause.AUTOMATIC,
            "actor": "leadstate",
            "happened_at": NOON,
            "learnt_at": NOON,
            "from_stage": None,
        }
        return HistoryEntry(record_id=record_id, to_stage=to_stage, **(columns | given))

    @staticmethod
    def link(
        external_id: str, record_id: str | None = None, **given: object
    ) -> LinkRow:
        columns = {"connection": "hub", "object": "contacts", "seen_at": NOON} | given
        return LinkRow(external_id=external_id, record_id=record_id, **columns)

    @staticmethod
    def item(key: str, **given: object) -> InboxItem:
        columns = {
            "connection": "hub",
            "kind": "changed",
            "object": "contacts",
            "external_id": "1",
            "happened_at": NOON,
            "received_at": NOON,
            "due_at": NOON,
        }
        return InboxItem(key=key, **(columns | given))

    @staticmethod
    def write(token: str, record_id: str = "r1", **given: object) -> OutboxItem:
        columns = {
            "connection": "hub",
            "object": "contacts",
            "external_id": "1",
            "kind": OutboxKind.STAGE,
            "created_at": NOON,
            "due_at": NOON,
        }
        return OutboxItem(token=token, record_id=record_id, **(columns | given))

    @staticmethod
    def timer(record_id: str, seconds: float = 0, **given: object) -> Timer:
        columns = {"kind": TimerKind.LOOK, "stage_version": 0} | given
        return Timer(record_id=record_id, due_at=Make.at(seconds), **columns)

    @staticmethod
    def clock(record_id: str, **given: object) -> SlaClock:
        columns = {
            "sla": "accept",
            "stage": "lead",
            "stage_version": 0,
            "team": "marketing",
            "owner": "ann",
            "entered_at": NOON,
            "started_at": NOON,
            "due_at": NOON + timedelta(hours=8),
        }
        return SlaClock(record_id=record_id, **(columns | given))


@pytest.fixture(scope="session")
def make() -> type[Make]:
    return Make


class Plans:
    """What SQLite means to do for every statement of a block, one line a step."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._asked: list[tuple[str, object]] = []

    def __enter__(self) -> Self:
        event.listen(self._view.connection, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self._view.connection, "before_cursor_execute", self._note)

    def _note(  # the arguments that SQLAlchemy gives
        self,
        _connection: object,
        _cursor: object,
        statement: str,
        given: object,
        *_: object,
    ) -> None:
        self._asked.append((statement, given))

    @property
    def steps(self) -> list[str]:
        run = self._view.connection.exec_driver_sql
        return [
            row.detail
            for statement, given in self._asked
            for row in run(f"EXPLAIN QUERY PLAN {statement}", given)
        ]


@pytest.fixture(scope="session")
def plans() -> type[Plans]:
    return Plans


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, migrated database to copy."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def path(template: Path, tmp_path: Path) -> Path:
    """The file of this test's store."""
    return shutil.copy(template, tmp_path / "leadstate.db")


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{path}", key=b"k" * 32)
    yield opened
    opened.close()


@pytest.fixture
def with_records(store: Store, make: type[Make]) -> Store:
    """A store with the records r1, r2 and r3 in stage ``lead``."""
    ids = ("r1", "r2", "r3")
    with store.begin() as work:
        work.records.add([make.new(id_) for id_ in ids])
        rows = work.history.append([make.entry(id_) for id_ in ids])
        work.visits.open_first(
            [
                FirstVisit(record_id=id_, stage="lead", entered_by=row, entered_at=NOON)
                for id_, row in zip(ids, rows, strict=True)
            ]
        )
        work.commit()
    return store
