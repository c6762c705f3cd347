"""The page of commit points: what is durable when a process dies there."""

from __future__ import annotations

from leadstate.service.failpoints import (
    BACKUP_POINTS,
    BATCH_POINTS,
    PAST_POINTS,
    POINTS,
)
from scripts.reference.markdown import table

_MEANING = {
    "receive.before_commit": (
        "A webhook is verified and its events are written, not yet durable.",
        "The CRM got no answer and sends it again.",
    ),
    "receive.after_commit": (
        "The events are durable, the CRM has no answer yet.",
        "It sends them again; their keys are taken, so that nothing is doubled.",
    ),
    "advance.after_read": (
        "Objects were read from the CRM; nothing is decided.",
        "The inbox rows are still due and are read again.",
    ),
    "advance.before_commit": (
        "The decisions are written, not yet durable.",
        "Nothing of them exists; the rows are judged again.",
    ),
    "advance.after_commit": (
        "The decisions are durable: position, history, visits, outbox.",
        "The outbox row is found at the next start and goes out.",
    ),
    "push.before_claim": (
        "A round of sending begins.",
        "Nothing was taken; the next round takes it.",
    ),
    "push.after_claim": (
        "Outbox rows are leased, marked as sent and entered into the write ledger.",
        "The lease runs out after 5 minutes; they are repeated as perhaps applied.",
    ),
    "push.after_write": (
        "The CRM has answered, and the answer is only in memory.",
        (
            "The repetition reads first, finds the values there, or the object that "
            "was made under the token, and sends nothing."
        ),
    ),
    "push.before_settle": (
        "The answer is written, not yet durable.",
        "As after `push.after_write`.",
    ),
    "push.after_settle": (
        "The answer is durable.",
        "Nothing is left to do.",
    ),
    "poll.before_commit": (
        "A page of changes and its cursor are written, not yet durable.",
        "The same page is read again.",
    ),
    "poll.after_commit": (
        "Hints and cursor are durable, in one commit.",
        "The next page is read.",
    ),
    "past.before_gather": (
        "A page of the past and how far it is are written, not yet durable.",
        "The same page is read again.",
    ),
    "past.after_gather": (
        "Both are durable, in one commit.",
        "The next page is read.",
    ),
    "past.before_build": (
        "The past of some records is history and waits no more, not yet durable.",
        "It waits still, and is made history again.",
    ),
    "past.after_build": (
        "Both are durable, in one commit.",
        "The next records follow.",
    ),
    "batch.after_begin": (
        "A batch has begun, under a lease; no record is changed.",
        "The lease runs out after half a minute; the next run goes on with it.",
    ),
    "batch.before_part": (
        "The next records are judged; nothing of it is written.",
        "The next run judges them again.",
    ),
    "batch.after_part": (
        "A part is durable: its records, how far the batch is, what became of each.",
        "The next run goes on behind it.",
    ),
    "batch.before_end": (
        "The end is written, for what is new, too; not yet durable.",
        "The next run finds nothing left to do, and ends it.",
    ),
    "batch.after_end": (
        "The end is durable.",
        "Nothing is left to do.",
    ),
    "backup.after_copy": (
        "A copy lies in `FILE.part`, not proven.",
        "The next backup overwrites it.",
    ),
    "backup.before_rename": (
        "The copy is proven, and older backups have the next number.",
        "The next backup fills the gap.",
    ),
    "restore.after_copy": (
        "The backup is proven; a copy lies beside the database.",
        "The database is as it was.",
    ),
    "restore.before_replace": (
        "The copy is ready: migrated, with what was taken over.",
        "The database is as it was.",
    ),
    "restore.after_aside": (
        "The database has a second name.",
        "The database is as it was; the second name may be deleted.",
    ),
    "restore.after_replace": (
        "The backup is the database.",
        "Nothing is left to do.",
    ),
}


def page() -> None:
    """Print a row a point."""
    points = (*POINTS, *PAST_POINTS, *BATCH_POINTS, *BACKUP_POINTS)
    table(
        ["point", "where the process stands", "after a crash here"],
        [(f"`{point}`", *_MEANING[point]) for point in points],
    )
