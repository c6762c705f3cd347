"""What everything that leaves by the outbox shares: claim, settle, put off, give up.

Rows are marked as sent in one commit before anything is sent; so after a crash they are
repeated as "maybe arrived".  Nothing here knows what is sent, or to whom.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import structlog

from leadstate.service.failpoints import hit
from leadstate.store import (
    DeadLetterItem,
    Door,
    OutboxState,
    Settlement,
    encode,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from leadstate.errors import RetryLater
    from leadstate.service.app import App
    from leadstate.store import OutboxKind, OutboxRow, Work

__all__ = ["MOST_ATTEMPTS", "Tally", "claim", "dead_letter", "finish", "release"]

MOST_ATTEMPTS = 12
"""Tries after which a person is asked; with the pauses between, about 45 minutes."""

CANNOT_BE_WRITTEN = "cannot be written"
_LEASE = timedelta(minutes=5)
_LONGEST_PAUSE = timedelta(minutes=15)
_MOST_DOUBLINGS = 10

log = structlog.get_logger("leadstate.push")


class Tally(Protocol):
    """What a round counts: rows for another try, rows that became dead letters."""

    later: int
    dead: int


def claim(
    app: App,
    connection: str,
    kinds: Collection[OutboxKind],
    limit: int,
    *,
    beside: Callable[[Work, Sequence[OutboxRow], datetime], None] | None = None,
) -> list[OutboxRow]:
    """Lease rows and mark them as sent, in one commit before anything is sent.

    Args:
        connection: Whose rows: a connection, a channel, or the plugins.
        beside: What else is to be kept in that commit.

    Returns:
        The rows, with ``sent`` as it was before: whether an earlier try may have
        arrived.
    """
    now = app.clock.now()
    hit("push.before_claim")
    with app.store.begin() as work:
        if work.outbox.set_right(connection, now, now + _LONGEST_PAUSE):
            log.warning("the clock was ahead; what it put off is due", by=connection)
        rows = work.outbox.claim(connection, now, now + _LEASE, limit, kinds)
        if not rows:
            work.commit()  # what was set right stays so, also while it is held
            return []
        before = {row.id: row.sent for row in rows}
        token = rows[0].claim_token or ""
        work.outbox.mark_sent([row.id for row in rows], token)
        if beside is not None:
            beside(work, rows, now)
        work.commit()
    hit("push.after_claim")
    return [replace(row, sent=before[row.id]) for row in rows]


def finish(app: App, row: OutboxRow, outcome: str) -> None:
    """Say that a row is done, and how."""
    hit("push.after_write")
    with app.store.begin() as work:
        settled = Settlement(id=row.id, state=OutboxState.DONE, outcome=outcome)
        work.outbox.settle([settled], row.claim_token or "", app.clock.now())
        work.commit()


def release(  # noqa: PLR0913 - what is put off and how, keyword-only
    app: App,
    rows: Sequence[OutboxRow],
    error: RetryLater,
    done: Tally,
    *,
    patient: bool = True,
    reason: str = CANNOT_BE_WRITTEN,
) -> None:
    """Give rows back for another try; a row that had too many becomes a dead letter.

    Args:
        patient: A try that surely did not arrive does not count: a CRM that is down
            for a day gets everything afterwards.  Without it every try counts.
        reason: Of the dead letters.
    """
    counts = error.sent or not patient
    spent = [row for row in rows if row.attempts >= MOST_ATTEMPTS and counts]
    left = [row for row in rows if row not in spent]
    if spent:
        dead_letter(
            app, spent, f"{MOST_ATTEMPTS} tries, the last: {error}", done, reason=reason
        )
    if not left:
        return
    now = app.clock.now()
    tries = min(max(row.attempts for row in left), _MOST_DOUBLINGS)
    pause = timedelta(seconds=error.after_seconds or 2.0**tries)
    log.info("cannot be taken now", by=left[0].connection, error=str(error))
    with app.store.begin() as work:
        work.outbox.release(
            [row.id for row in left],
            left[0].claim_token or "",
            now + min(pause, _LONGEST_PAUSE),
            outcome=str(error),
            sent=error.sent,
        )
        work.commit()
    done.later += len(left)


def dead_letter(
    app: App,
    rows: Sequence[OutboxRow],
    detail: str,
    done: Tally,
    *,
    reason: str = CANNOT_BE_WRITTEN,
) -> None:
    """Make dead letters of rows that cannot go on, each with its reason."""
    now = app.clock.now()
    letters = [
        DeadLetterItem(
            door=Door.OUTBOX,
            ref=str(row.id),
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
    dead = [
        Settlement(id=row.id, state=OutboxState.DEAD, outcome=detail) for row in rows
    ]
    with app.store.begin() as work:
        work.outbox.settle(dead, rows[0].claim_token or "", now)
        work.dead_letters.put(letters)
        work.commit()
    done.dead += len(rows)
