"""What a round of work leaves behind: change sets committed, rows settled or dead."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadstate.errors import VersionConflict
from leadstate.service.commit import DEFERRED, commit
from leadstate.store import DeadLetterItem, Door, InboxState, encode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from leadstate.errors import LeadstateError
    from leadstate.service.app import App
    from leadstate.service.change_set import ChangeSet
    from leadstate.store import InboxRow

__all__ = [
    "Advanced",
    "commit_all",
    "dead_letter",
    "fewer_collections",
    "postpone",
    "said",
    "settle",
    "turn_away",
]

_COMMITTED = 50  # objects a transaction; a receiver waits for no more than that
_ALLOCATIONS = 50_000


@dataclass(slots=True)
class Advanced:
    """What one round did, in inbox rows."""

    taken: int = 0
    decided: int = 0
    echoes: int = 0
    deferred: int = 0
    dead: int = 0
    waiting: int = 0  # the CRM could not be read now
    failed: dict[str, LeadstateError] = field(default_factory=dict)  # by connection

    @property
    def progress(self) -> bool:
        """Whether another round may find something to do at once."""
        return self.decided + self.echoes + self.dead > 0


@contextmanager
def fewer_collections() -> Iterator[None]:
    """Let the garbage collector look less often: a batch makes no cycles to speak of.

    Measured: a tenth of the time of a moved record.
    """
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], _ALLOCATIONS), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def commit_all(
    app: App,
    changes: Sequence[ChangeSet],
    now: datetime,
    done: Advanced,
    at_once: int = _COMMITTED,
) -> None:
    """Commit the batch in parts, so that a receiver never waits for long."""
    for start in range(0, len(changes), at_once):
        _commit_part(app, changes[start : start + at_once], now, done)


def _commit_part(
    app: App, changes: Sequence[ChangeSet], now: datetime, done: Advanced
) -> None:
    """Commit these; when somebody moved a record meanwhile, one by one."""
    try:
        written = commit(app.store, changes, now)
    except VersionConflict:
        written = tuple(one for its in changes for one in _commit_alone(app, its, now))
    ids = {id(change) for change in written}
    overtaken = [one for one in changes if id(one) not in ids]
    done.decided += sum(len(one.inbox_ids) for one in written if not one.defer)
    done.deferred += sum(len(one.inbox_ids) for one in written if one.defer)
    done.deferred += sum(len(one.inbox_ids) for one in overtaken)
    postpone(app, [row for one in overtaken for row in one.inbox_ids], now + DEFERRED)


def _commit_alone(app: App, change: ChangeSet, now: datetime) -> tuple[ChangeSet, ...]:
    try:
        return commit(app.store, [change], now)
    except VersionConflict:
        return ()  # judged again in a later round


def postpone(app: App, ids: Sequence[int], due_at: datetime) -> None:
    """Look at these rows again later."""
    if not ids:
        return
    with app.store.begin() as work:
        work.inbox.postpone(ids, due_at)
        work.commit()


def turn_away(app: App, rows: Sequence[InboxRow], now: datetime) -> None:
    """Settle news of people who were forgotten, and keep nothing of them."""
    if not rows:
        return
    ids = [row.id for row in rows]
    with app.store.begin() as work:
        work.inbox.settle(ids, InboxState.DONE, now)
        work.erasure.redact(ids, now)
        work.commit()


def settle(app: App, ids: Sequence[int], state: InboxState, now: datetime) -> None:
    """End these rows without judging them."""
    if not ids:
        return
    with app.store.begin() as work:
        work.inbox.settle(ids, state, now)
        work.commit()


def dead_letter(
    app: App, rows: Sequence[InboxRow], reason: str, detail: str, now: datetime
) -> None:
    """Put rows that cannot be judged into dead letters, with why."""
    letters = [
        DeadLetterItem(
            door=Door.INBOX,
            ref=row.key,
            connection=row.connection,
            object=row.object,
            external_id=row.external_id,
            record_id=row.record_id,
            reason=reason,
            detail=detail,
            payload=encode(row.payload),
            at=now,
        )
        for row in rows
    ]
    with app.store.begin() as work:
        work.dead_letters.put(letters)
        work.inbox.settle([row.id for row in rows], InboxState.DEAD, now)
        work.commit()


def said(error: Exception) -> str:
    """Return what went wrong, for a person who can read the code's words."""
    return f"{type(error).__name__}: {error}"
