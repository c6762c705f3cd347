"""What is needed to prove a database, and the rows that promises are made of."""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

import pytest

from leadstate.domain.clock import Timer, TimerKind
from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.domain.lifecycle import Field
from leadstate.domain.record import Record
from leadstate.domain.values import FieldType
from leadstate.store import (
    DeadLetterItem,
    Door,
    InboxItem,
    LinkRow,
    NewRecord,
    OutboxItem,
    OutboxKind,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from leadstate.store import Store

__all__ = [
    "FIELDS",
    "NOON",
    "Promises",
    "StoreRig",
    "after",
    "entered",
    "item",
    "letter",
    "link",
    "look",
    "new",
    "several",
    "write",
]

NOON: Final = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
FIELDS: Final = {
    name: Field(name=name, type=kind, label=name)
    for name, kind in (("email", FieldType.EMAIL), ("size", FieldType.INTEGER))
}


class StoreRig(Protocol):
    """One empty database of the kind that is proven."""

    def open(self) -> Store:
        """Open it, with a key of 32 bytes; again and again, as other processes do."""

    def open_copy(self, file: Path) -> AbstractContextManager[Store]:
        """Open what `Store.copy_to` wrote into a file."""

    def forge(self) -> None:
        """Change a row of the history while nobody has the database open.

        As its owner could, who knows the database and is in the way of nothing.
        """


class Promises:
    """What every group of promises is made of."""

    @pytest.fixture
    def store(self, rig: StoreRig) -> Iterator[Store]:
        """Open the database, with the records r1, r2 and r3 in it."""
        opened = rig.open()
        with opened.begin() as work:
            work.records.add([new(id_) for id_ in ("r1", "r2", "r3")])
            work.commit()
        yield opened
        opened.close()


@contextmanager
def several(rig: StoreRig, number: int) -> Iterator[list[Store]]:
    """Open a database so many times, as processes do that work on it at once."""
    with ExitStack() as opened:
        yield [opened.enter_context(closing(rig.open())) for _ in range(number)]


def after(seconds: float) -> datetime:
    """Return the moment so many seconds after `NOON`."""
    return NOON + timedelta(seconds=seconds)


def new(id: str, **values: Any) -> NewRecord:  # noqa: A002
    """Return a record in the stage ``lead``; its address identifies it."""
    identities = {"email": values["email"]} if "email" in values else {}
    return NewRecord(
        record=Record(id=id, stage="lead", values=values),
        workflow="b2b",
        created_at=NOON,
        identities=identities,
    )


def entered(record_id: str, stage: str = "lead", **columns: Any) -> HistoryEntry:
    """Return the entry that says that a record came into a stage."""
    given: dict[str, Any] = {
        "kind": HistoryKind.ENTERED,
        "cause": Cause.AUTOMATIC,
        "actor": "leadstate",
        "happened_at": NOON,
        "learnt_at": NOON,
        "from_stage": None,
    }
    return HistoryEntry(record_id=record_id, to_stage=stage, **(given | columns))


def link(id: str, record_id: str | None = None, **columns: Any) -> LinkRow:  # noqa: A002
    """Return the link of an object."""
    given: dict[str, Any] = {"connection": "hub", "object": "contacts", "seen_at": NOON}
    return LinkRow(external_id=id, record_id=record_id, **(given | columns))


def item(key: str, **columns: Any) -> InboxItem:
    """Return something that came in."""
    given: dict[str, Any] = {
        "connection": "hub",
        "kind": "changed",
        "object": "contacts",
        "external_id": "1",
        "happened_at": NOON,
        "received_at": NOON,
        "due_at": NOON,
    }
    return InboxItem(key=key, **(given | columns))


def write(token: str, record_id: str = "r1", **columns: Any) -> OutboxItem:
    """Return something that has to go out."""
    given: dict[str, Any] = {
        "connection": "hub",
        "object": "contacts",
        "external_id": "1",
        "kind": OutboxKind.STAGE,
        "created_at": NOON,
        "due_at": NOON,
    }
    return OutboxItem(token=token, record_id=record_id, **(given | columns))


def letter(ref: str, **columns: Any) -> DeadLetterItem:
    """Return something that cannot go on."""
    given: dict[str, Any] = {
        "door": Door.INBOX,
        "connection": "hub",
        "object": "contacts",
        "external_id": "1",
        "reason": "unknown stage",
        "at": NOON,
    }
    return DeadLetterItem(ref=ref, **(given | columns))


def look(record_id: str, seconds: float = 0, **columns: Any) -> Timer:
    """Return a timer that is due so many seconds after `NOON`."""
    given: dict[str, Any] = {"kind": TimerKind.LOOK, "stage_version": 0}
    return Timer(record_id=record_id, due_at=after(seconds), **(given | columns))
