"""What could not go on: list it with its reason, and let it have another go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.errors import UsageError
from leadstate.service.inbox import look_items
from leadstate.service.outbound.settling import stage_of
from leadstate.store import Door, OutboxKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadstate.domain.lifecycle import Field
    from leadstate.service.app import App
    from leadstate.store import DeadLetter, Work

__all__ = ["letters", "replay"]


def letters(app: App, *, open_only: bool = True) -> list[DeadLetter]:
    """Return dead letters, newest first."""
    with app.store.read() as view:
        return view.dead_letters.list(open_only=open_only)


def replay(app: App, letter_id: int) -> DeadLetter:
    """Let a dead letter have another go; it comes back if the cause is still there."""
    now = app.clock.now()
    with app.store.begin() as work:
        letter = work.dead_letters.get(letter_id)
        if letter is None or letter.replayed_at is not None:
            raise UsageError(
                f"there is no open dead letter {letter_id}; "
                "list them with: leadstate dead-letters list"
            )
        _reopen(app, work, letter, now)
        work.dead_letters.resolve(letter.id, now)
        work.commit()
    return letter


def _reopen(app: App, work: Work, letter: DeadLetter, now: datetime) -> None:
    match letter.door:
        case Door.INBOX:
            found = work.inbox.by_key(letter.ref)
            if found is None:
                raise UsageError(f"the inbox no longer has {letter.ref!r}")
            work.inbox.reopen([found.id], now)
        case Door.OUTBOX:
            if not _overtaken(work, int(letter.ref), app.lifecycle.fields):
                work.outbox.reopen(int(letter.ref), now)
        case Door.LINK:
            connected = app.connection(letter.connection)
            work.inbox.add(look_items(connected, [letter.external_id], now))


def _overtaken(work: Work, row_id: int, fields: Mapping[str, Field]) -> bool:
    """Whether the record moved on since: its old stage must not be written any more."""
    row = work.outbox.get(row_id)
    if row is None or row.kind is not OutboxKind.STAGE:
        return False
    found = work.records.get(row.record_id, fields)
    return found is not None and found.record.stage != stage_of(row)
