"""Make history of what was told: some records at a time, each wholly or not at all.

What waits is taken away in the transaction that makes it history, so that whoever is
killed here goes on where it was, and nothing is doubled.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Protocol

from leadstate.engine.outside_move import against_criteria
from leadstate.service.failpoints import hit
from leadstate.service.past.rebuilding import rebuild
from leadstate.service.past.reported import Counts
from leadstate.service.sync.changes import change_of
from leadstate.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.people import Person
    from leadstate.service.app import App
    from leadstate.service.past.rebuilding import PastState
    from leadstate.service.past.reported import Rebuilt, ReportedChange
    from leadstate.store import PastRow, Store, View, Work

__all__ = ["PastSource", "Story", "build", "staging"]

_RECORDS = 25  # a transaction; a receiver waits for no more than that

Story = tuple["PastState", "Sequence[ReportedChange]", Counts]
"""What is known of a record, what is told of it, and what cannot be told."""


class PastSource(Protocol):
    """Puts what one source says into the workflow's words."""

    source: str

    def stories(
        self, view: View, rows: Mapping[str, Sequence[PastRow]]
    ) -> dict[str, Story]:
        """Return the story of each record; one that must not be told is left out."""
        ...

    def person(self, actor: str) -> Person | None:
        """Return who somebody is, whom the source names."""
        ...

    def place(self, work: Work, rebuilt: Mapping[str, Rebuilt]) -> None:
        """Let records stand where their past says, if nothing else says it."""
        ...


@contextmanager
def staging(app: App, *, dry: bool) -> Iterator[Store]:
    """Open the place where what is told waits; for a rehearsal one that is thrown away.

    Args:
        app: The installation.
        dry: Whether nothing may be written to it.
    """
    if not dry:
        yield app.store
        return
    with TemporaryDirectory(prefix="leadstate-") as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'rehearsal.db'}")
        try:
            yield store
        finally:
            store.close()


def build(
    app: App,
    waiting: Store,
    teller: PastSource,
    *,
    on_progress: Callable[[int, int], None],
) -> Counts:
    """Make history of all that waits of one source.

    Args:
        app: The installation.
        waiting: Where it waits; another store than the app's makes it a rehearsal.
        teller: Puts it into the workflow's words.
        on_progress: Is told how many records of how many are done.
    """
    counts, done = Counts(), 0
    with waiting.read() as view:
        total = view.past_changes.count(teller.source)
    while True:
        with waiting.read() as view:
            ids = view.past_changes.records(teller.source, limit=_RECORDS)
        if not ids:
            return counts
        if waiting is app.store:
            counts += _build(app, teller, ids)
        else:
            counts += _rehearse(app, waiting, teller, ids)
        done += len(ids)
        on_progress(done, total)


def _build(app: App, teller: PastSource, ids: Sequence[str]) -> Counts:
    now = app.clock.now()
    with app.store.begin() as work:
        rows = work.past_changes.of(teller.source, ids)
        counts, rebuilt = _rebuilt(app.lifecycle, work, teller, rows, now)
        _keep(app.lifecycle, work, rebuilt)
        teller.place(work, rebuilt)
        work.past_changes.drop(teller.source, ids)
        hit("past.before_build")
        work.commit()
    hit("past.after_build")
    return counts


def _rehearse(
    app: App, waiting: Store, teller: PastSource, ids: Sequence[str]
) -> Counts:
    with waiting.begin() as work:
        rows = work.past_changes.of(teller.source, ids)
        work.past_changes.drop(teller.source, ids)
        work.commit()
    with app.store.read() as view:
        return _rebuilt(app.lifecycle, view, teller, rows, app.clock.now())[0]


def _rebuilt(
    lifecycle: Lifecycle,
    view: View,
    teller: PastSource,
    rows: Mapping[str, Sequence[PastRow]],
    now: datetime,
) -> tuple[Counts, dict[str, Rebuilt]]:
    counts = Counts()
    found: dict[str, Rebuilt] = {}
    for record_id, (before, told, lost) in teller.stories(view, rows).items():
        found[record_id] = one = rebuild(
            lifecycle,
            before,
            told,
            source=teller.source,
            now=now,
            person_of=teller.person,
        )
        counts += one.counts + lost
    return counts, found


def _lower_flags(
    lifecycle: Lifecycle, work: Work, rebuilt: Mapping[str, Rebuilt]
) -> None:
    """Take records off the worklist whose jump is explained by the steps between."""
    jumps = {
        record_id: against_criteria(jump.from_stage or "", jump.to_stage or "")
        for record_id, one in rebuilt.items()
        if (jump := one.explained) is not None
    }
    rows = work.records.get_many(sorted(jumps), lifecycle.fields) if jumps else {}
    work.records.update(
        [
            change_of(row, row.record, lifecycle, row.status)
            for record_id, row in rows.items()
            if row.flag == jumps[record_id]
        ]
    )


def _keep(lifecycle: Lifecycle, work: Work, rebuilt: Mapping[str, Rebuilt]) -> None:
    """Write the rows, and count the visits anew."""
    entries = [entry for one in rebuilt.values() for entry in one.history]
    ids = work.history.append(entries)
    owners = {
        id_: rebuilt[entry.record_id].owners.get(entry.source_event)
        for id_, entry in zip(ids, entries, strict=True)
    }
    changes = [change for one in rebuilt.values() for change in one.field_changes]
    work.field_changes.add(changes)
    _lower_flags(lifecycle, work, rebuilt)
    changed = [record_id for record_id, one in rebuilt.items() if one.history]
    if changed:
        work.visits.recount(changed, resting=lifecycle.resting_stages, owners=owners)
