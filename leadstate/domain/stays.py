"""The visits of a record, counted from its history.  Pure.

Rows that Leadstate saw or caused (*witnessed* rows) stand in the order in which they
were committed; rows that a CRM's history or a file tells of (*reported* rows) are put
between them by their time.  So whatever is learnt late about the past, the story ends
where the record stands.

    for visit in visits_of(entries, resting={"nurture", "won", "lost"}):
        print(visit.stage, visit.entered_at, visit.left_at)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadstate.domain.history import Cause, HistoryKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime

    from leadstate.domain.history import HistoryEntry

__all__ = [
    "BEGINNING",
    "ENDING",
    "CountedVisit",
    "as_story",
    "in_order",
    "is_reported",
    "last_word",
    "visits_of",
]

BEGINNING = frozenset({HistoryKind.ENTERED, HistoryKind.MOVED, HistoryKind.REOPENED})
"""Rows that say in which stage the record is from then on."""

ENDING = frozenset({HistoryKind.CLOSED, HistoryKind.ERASED})
"""Rows that say that it is in no stage from then on."""

_SEEN = frozenset({HistoryKind.ENTERED, HistoryKind.REOPENED})


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedVisit:
    """One stay in one stage, as the history tells it.

    Attributes:
        pass_number: Which trip through the funnel it belongs to, from 1.
        entered_at: When it began; None when nobody knows.
        left_at: When it ended; None when nobody knows, or while it is open.
        rows: The rows that say that it began (their ``id``), the first one first: a
            reported row and a witnessed one may tell of the same stay.
        left_by: The row that ended it; None while it is open.
        workflow_version: The version of the first of these rows.
        reported: Whether that row is a reported one.
    """

    stage: str
    pass_number: int
    entered_at: datetime | None
    left_at: datetime | None = None
    rows: tuple[int, ...]
    left_by: int | None = None
    workflow_version: str = ""
    reported: bool = False


def is_reported(entry: HistoryEntry) -> bool:
    """Whether a CRM's own history or a file tells of it: Leadstate did not see it."""
    return entry.cause is Cause.REPORTED


def as_story(entries: Iterable[HistoryEntry]) -> list[HistoryEntry]:
    """Return all rows of a record as people read them: what was reported in between."""
    keyed = _keyed(sorted(entries, key=_place))
    return [one for _, one in sorted(keyed, key=_when)]


def in_order(entries: Iterable[HistoryEntry]) -> list[HistoryEntry]:
    """Return the rows about stays in the order of the story; others are left out.

    A reported row stands where its time puts it; at the very same moment the row that
    was kept first comes first.
    """
    return [entry for _, entry in _timed(entries)]


def last_word(entries: Iterable[HistoryEntry]) -> datetime | None:
    """Return until when Leadstate itself tells the story; None when it tells nothing.

    A reported row at or after this moment would be the story's new end; it is not
    history yet, but news.
    """
    seen = [when for when, entry in _timed(entries) if not is_reported(entry)]
    return seen[-1] if seen else None


def visits_of(
    entries: Iterable[HistoryEntry], *, resting: Collection[str] = ()
) -> tuple[CountedVisit, ...]:
    """Return the visits that these rows of one record amount to, oldest first.

    The same rows in any order give the same visits.  A visit ends where the next one
    begins; where a row says that it began in another stage than the one before it led
    to, nobody knows when that one was left.  Visits never overlap: a clock that is
    behind cannot let one begin before the one before it.

    Args:
        entries: The record's rows, read back (``id`` is their place).
        resting: The parked and closed stages; coming back from one of them to an open
            one begins the next pass.  Between witnessed rows their own numbers say.
    """
    story = _Story(frozenset(resting))
    for entry in in_order(entries):
        story.take(entry)
    return tuple(story.visits)


def _timed(
    entries: Iterable[HistoryEntry],
) -> list[tuple[datetime, HistoryEntry]]:
    rows = [one for one in entries if one.kind in BEGINNING | ENDING]
    keyed = _keyed(sorted(rows, key=_place))
    return sorted(keyed, key=_when)


def _when(keyed: tuple[datetime, HistoryEntry]) -> tuple[datetime, int]:
    moment, entry = keyed
    return moment, _place(entry)


def _place(entry: HistoryEntry) -> int:
    return entry.id or 0


def _keyed(
    rows: Iterable[HistoryEntry],
) -> Iterator[tuple[datetime, HistoryEntry]]:
    """Yield rows with the moment to order them by; witnessed ones never change places.

    A row that says where a record was seen is ordered by when that was: when it came
    there may be older, and what happened between is reported, if at all.
    """
    last: datetime | None = None
    for row in rows:
        at = row.learnt_at if row.kind in _SEEN else row.happened_at
        when = at or row.learnt_at
        if not is_reported(row):
            when = last = when if last is None else max(when, last)
        yield when, row


class _Story:
    """Takes rows in their order, and grows visits from them."""

    def __init__(self, resting: frozenset[str]) -> None:
        self.visits: list[CountedVisit] = []
        self._resting = resting
        self._floor: datetime | None = None
        self._before: HistoryEntry | None = None

    @property
    def _open(self) -> CountedVisit | None:
        last = self.visits[-1] if self.visits else None
        return last if last is not None and last.left_by is None else None

    def take(self, entry: HistoryEntry) -> None:
        """Go on with the next row."""
        if entry.kind in ENDING:
            self._leave(entry, self._moment(entry) if self._open else None)
        elif self._tells_again(entry):
            last = self.visits[-1]
            self.visits[-1] = replace(last, rows=(*last.rows, _place(entry)))
        else:
            self._enter(entry)
        if entry.kind in BEGINNING:
            self._before = entry

    def _tells_again(self, entry: HistoryEntry) -> bool:
        """Whether the row is about the visit that is open anyway."""
        open_ = self._open
        if open_ is None or open_.stage != entry.to_stage:
            return False
        if entry.kind in _SEEN or is_reported(entry):
            return True
        return open_.reported and entry.from_stage != entry.to_stage

    def _enter(self, entry: HistoryEntry) -> None:
        pass_number = self._pass(entry)
        # It was seen there; when it came from elsewhere nobody saw.
        unseen = self._open is not None and entry.kind is HistoryKind.ENTERED
        at = None if unseen else self._moment(entry)
        self._leave(entry, None if self._is_gap(entry) else at)
        self.visits.append(
            CountedVisit(
                stage=entry.to_stage or "",
                pass_number=pass_number,
                entered_at=at,
                rows=(_place(entry),),
                workflow_version=entry.workflow_version,
                reported=is_reported(entry),
            )
        )

    def _leave(self, entry: HistoryEntry, at: datetime | None) -> None:
        open_ = self._open
        if open_ is not None:
            self.visits[-1] = replace(open_, left_by=_place(entry), left_at=at)

    def _is_gap(self, entry: HistoryEntry) -> bool:
        """Whether the record was elsewhere between the open visit and this row.

        What Leadstate took a move to begin in is no proof against what is reported: it
        may have missed the step between.
        """
        open_ = self._open
        if open_ is None or entry.from_stage in (None, open_.stage):
            return False
        return is_reported(entry) or not open_.reported

    def _moment(self, entry: HistoryEntry) -> datetime | None:
        """Return when it happened, not before anything that the story tells already."""
        at = entry.happened_at
        if at is not None:
            at = self._floor = at if self._floor is None else max(at, self._floor)
        return at

    def _pass(self, entry: HistoryEntry) -> int:
        before = self._before
        if before is None:
            return 1 if is_reported(entry) else entry.pass_number
        number = self.visits[-1].pass_number
        if not is_reported(entry) and not is_reported(before):
            return number + entry.pass_number - before.pass_number
        back = self.visits[-1].stage in self._resting
        return number + (back and entry.to_stage not in self._resting)
