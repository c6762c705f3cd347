"""Run a batch: take its lease, make it part by part, keep how far it is.

A part's changes, the batch's position and what became of each record are one
transaction.  Whoever is killed leaves a batch that the next run goes on with; two runs
at once do not happen, and one whose lease ran out keeps nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol
from uuid import uuid4

from leadstate.errors import UsageError, VersionConflict
from leadstate.service.commit import commit
from leadstate.service.failpoints import hit
from leadstate.store import BatchItem, BatchOutcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from leadstate.service.app import App
    from leadstate.service.change_set import ChangeSet
    from leadstate.store import BatchRow, Work

__all__ = ["PART", "BatchPart", "Done", "Job", "run_batch"]

PART: Final = 50
"""Records a transaction; a receiver waits for no more than that."""

_TRIES = 40
_PAUSE_SECONDS = 0.25
_BUSY = "it is changed all the time, or a write to it is under way; try it once more"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPart:
    """The next records of a batch.

    Attributes:
        changes: Record -> what is done with it.
        skipped: Record -> why nothing is.
        position: Where the batch is behind them.
    """

    changes: Mapping[str, ChangeSet] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)
    position: str


class Job(Protocol):
    """What a batch does."""

    @property
    def kind(self) -> str:
        """What is done, in a word."""
        ...

    @property
    def subject(self) -> str:
        """To what."""
        ...

    def begin(self, work: Work) -> None:
        """Write what belongs into the transaction in which the batch begins."""
        ...

    def part(self, batch: BatchRow, size: int) -> BatchPart | None:
        """Return the next records, at most ``size``; None where none are left."""
        ...

    def beside(self, work: Work, records: Sequence[str]) -> None:
        """Write what else belongs into the transaction of these records."""
        ...

    def end(self, work: Work, batch: BatchRow) -> str | None:
        """End it, in its last transaction; return how it ended, in a sentence.

        None where there is more to do by now: then it goes on, from where this moves
        it.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a run made of a batch.

    Attributes:
        done: Records that this run changed.
        skipped: Record -> why it was left as it is.
        ended: Whether the batch is at its end.
        resumed: Whether it went on with another run's.
    """

    done: int
    skipped: Mapping[str, str]
    ended: bool
    resumed: bool


def run_batch(
    app: App,
    job: Job,
    *,
    actor: str,
    limit: int | None = None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Done:
    """Make a batch, or go on with it where another run stopped.

    Args:
        app: The workflow.
        job: What is done.
        actor: Who says so.
        limit: Records of this run at most; the batch stays open behind them.
        on_progress: Is told how many records are done.

    Raises:
        UsageError: Somebody else works on it.
    """
    run = _Run(app, job, uuid4().hex)
    batch, resumed = run.take(actor)
    ended = False
    try:
        while not ended and (limit is None or run.done < limit):
            size = run.size if limit is None else min(run.size, limit - run.done)
            part = job.part(batch, size)
            if part is None:
                ended = run.end(batch)
            else:
                run.make(batch, part)
                on_progress(run.done)
            batch = run.behind(batch)
    finally:
        run.release(batch)
    return Done(done=run.done, skipped=run.skipped, ended=ended, resumed=resumed)


@dataclass(slots=True)
class _Run:
    """One run, by the name under which it holds the lease.

    Attributes:
        done: Records that it has changed.
        skipped: Record -> why it was left as it is.
        stuck: Parts in a row of which nothing could be kept.
    """

    app: App
    job: Job
    owner: str
    done: int = 0
    skipped: dict[str, str] = field(default_factory=dict)
    stuck: int = 0

    @property
    def size(self) -> int:
        """How many records to take: one by one where somebody else changes them."""
        return 1 if self.stuck else PART

    def take(self, actor: str) -> tuple[BatchRow, bool]:
        """Take the lease of the open batch, or of a new one."""
        job, now = self.job, self.app.clock.now()
        with self.app.store.begin() as work:
            known = work.batches.open(job.subject)
            if known is not None and not work.batches.take(known.id, self.owner, now):
                raise UsageError(_taken(known))
            if known is not None and known.kind != job.kind:  # given up for this one
                work.batches.end(known.id, f"{job.kind} by {actor} came instead", now)
                known = None
            batch = known
            if batch is None:
                batch = work.batches.begin(job.kind, job.subject, actor, now)
                work.batches.take(batch.id, self.owner, now)
                job.begin(work)
            work.commit()
        hit("batch.after_begin")
        return batch, known is not None

    def make(self, batch: BatchRow, part: BatchPart) -> None:
        """Commit as much of a part as nobody else has changed meanwhile.

        What is left comes again; what cannot be had for ten seconds is left as it is.
        """
        changes = part.changes
        if self.stuck >= _TRIES:
            busy = dict.fromkeys(changes, _BUSY)
            part, changes = replace(part, skipped={**part.skipped, **busy}), {}
        kept = self._commit(batch, part, changes)
        self.done += len(kept)
        whole = len(kept) == len(changes)
        self.stuck = 0 if kept or whole else self.stuck + 1
        if whole:
            self.skipped |= part.skipped
        else:
            self.app.clock.sleep(_PAUSE_SECONDS)

    def _commit(
        self, batch: BatchRow, part: BatchPart, changes: Mapping[str, ChangeSet]
    ) -> Sequence[str]:
        """Return the records that were changed."""
        now = self.app.clock.now()
        kept: list[str] = []

        def beside(work: Work, fresh: Sequence[ChangeSet]) -> None:
            written = {id(one) for one in fresh}
            kept.extend(one for one, it in changes.items() if id(it) in written)
            self.job.beside(work, kept)
            self._keep(work, batch, part, kept, whole=len(kept) == len(changes))

        hit("batch.before_part")
        try:
            if changes:
                commit(self.app.store, list(changes.values()), now, beside)
            else:
                with self.app.store.begin() as work:
                    beside(work, ())
                    work.commit()
        except VersionConflict:
            return ()
        hit("batch.after_part")
        return kept

    def _keep(
        self,
        work: Work,
        batch: BatchRow,
        part: BatchPart,
        records: Sequence[str],
        *,
        whole: bool,
    ) -> None:
        """Keep what became of the records, and how far the batch is by now."""
        now = self.app.clock.now()
        became = [(one, BatchOutcome.DONE, "") for one in records]
        if whole:
            left = BatchOutcome.SKIPPED
            became += [(one, left, why) for one, why in part.skipped.items()]
        items = [
            BatchItem(
                batch_id=batch.id, record_id=one, outcome=outcome, at=now, why=why
            )
            for one, outcome, why in became
        ]
        held = work.batches.keep(
            batch.id,
            self.owner,
            position=part.position if whole else batch.position,
            items=items,
            now=now,
        )
        if not held:
            raise UsageError(_taken(batch))

    def end(self, batch: BatchRow) -> bool:
        """End the batch, unless there is more to do by now."""
        now = self.app.clock.now()
        with self.app.store.begin() as work:
            held = work.batches.keep(
                batch.id, self.owner, position=batch.position, items=(), now=now
            )
            if not held:
                raise UsageError(_taken(batch))
            outcome = self.job.end(work, batch)
            if outcome is not None:
                work.batches.end(batch.id, outcome, now)
            hit("batch.before_end")
            work.commit()
        hit("batch.after_end")
        return outcome is not None

    def behind(self, batch: BatchRow) -> BatchRow:
        """Return the batch as it stands now."""
        with self.app.store.read() as view:
            return view.batches.open(self.job.subject) or batch

    def release(self, batch: BatchRow) -> None:
        """Let the next run go on at once."""
        with self.app.store.begin() as work:
            work.batches.release(batch.id, self.owner)
            work.commit()


def _taken(batch: BatchRow) -> str:
    return (
        f"somebody else is at it: {batch.kind} {batch.subject} by {batch.actor}, "
        f"{batch.done} records done. Wait until it ends; if it died, the next try half "
        "a minute later goes on with it"
    )
