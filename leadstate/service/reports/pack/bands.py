"""Scores at the moment of a move, held against what became of the lead.

A move that a guard on a score let through has the score in its receipt, as it was then;
nothing is computed anew, and no later value colours it.  The scores of leads that were
not let through are in no receipt of a move, so that a suggestion can only be to ask for
more.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from leadstate.domain.history import HistoryKind
from leadstate.domain.lifecycle import StageKind
from leadstate.service.reports.comparing import share_difference, together
from leadstate.service.reports.figures import share
from leadstate.store import Portion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.service.reports.comparing import Difference
    from leadstate.service.reports.figures import Share
    from leadstate.store import View

__all__ = ["LEAST", "Band", "Scored", "Suggestion", "scored_moves", "suggestion"]

LEAST: Final = 30
"""Decided leads that each side of a threshold must have."""

WIDTH: Final = 10
"""Points in a band."""

_RECORDS = 500
_SCORE = "score."
_WON, _LOST = "won", "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Leads that moved on with a score from ``low`` up to ``low + WIDTH``.

    Attributes:
        undecided: Neither won nor lost yet.
        won: Won of those that were won or lost.
    """

    low: int
    undecided: int
    won: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A transition whose guard looked at a score.

    Attributes:
        required: What its guards asked of the score, as written in the receipts.
    """

    transition: str
    score: str
    required: tuple[str, ...]
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A threshold above which more leads were won.

    Attributes:
        above: Won of those at or over it.
        below: Won of those under it, that it would have kept back.
        difference: Above less below, with an interval made for all thresholds tried.
        kept: Of all that moved, undecided ones too, those at or over it.
        wins: Of all wins, those at or over it.
    """

    threshold: int
    above: Share
    below: Share
    difference: Difference
    kept: Share
    wins: Share


def scored_moves(
    view: View, lifecycle: Lifecycle, *, since: datetime, until: datetime
) -> tuple[Scored, ...]:
    """Return every transition and score, in the order of the workflow.

    Args:
        since: Moves from then on count.
        until: Moves and outcomes before then count.
    """
    outcomes: defaultdict[tuple[str, str], Counter[tuple[int, str]]]
    outcomes = defaultdict(Counter)
    required: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    kinds = (HistoryKind.ENTERED, HistoryKind.MOVED, HistoryKind.REOPENED)
    portion = Portion(since=since, until=until, kinds=kinds)
    for page in view.extracts.stories(portion, _RECORDS):
        details = view.extracts.details(page)
        for trip in _trips(page):
            for transition, score, points, asked in _observed(trip, details):
                key = transition, score
                outcomes[key][_low(points), _outcome(trip, lifecycle)] += 1
                required[key].add(asked)
    order = {name: place for place, name in enumerate(lifecycle.transitions)}
    return tuple(
        Scored(
            transition=key[0],
            score=key[1],
            required=tuple(sorted(required[key])),
            bands=tuple(_bands(outcomes[key])),
        )
        for key in sorted(outcomes, key=lambda key: (order.get(key[0], -1), key))
    )


def _trips(page: Sequence[Any]) -> Iterator[list[Any]]:
    """Yield the rows of each pass of each record, which stand together."""
    trip: list[Any] = []
    for row in page:
        if trip and (trip[-1].record_id, trip[-1].pass_number) != (
            row.record_id,
            row.pass_number,
        ):
            yield trip
            trip = []
        trip.append(row)
    if trip:
        yield trip


def _outcome(trip: Sequence[Any], lifecycle: Lifecycle) -> str:
    stage = lifecycle.stages.get(trip[-1].to_stage or "")
    if stage is not None and stage.kind is StageKind.WON:
        return _WON
    return _LOST if stage is not None and stage.kind is StageKind.LOST else ""


def _observed(
    trip: Sequence[Any], details: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, str, float, str]]:
    """Yield transition, score, points and what was asked, once each for a pass."""
    seen: set[tuple[str, str]] = set()
    for row in trip:
        receipt = details.get(row.id, {}).get("receipt") or {}
        for candidate in receipt.get("candidates", ()):
            if row.transition is None or candidate["transition"] != row.transition:
                continue
            for test in _tests(candidate.get("guard")):
                key = row.transition, test["field"].removeprefix(_SCORE)
                points = _points(test.get("observed"))
                if points is not None and key not in seen:
                    seen.add(key)
                    yield *key, points, test.get("required", "")


def _tests(finding: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    if finding is None:
        return
    if str(finding.get("field", "")).startswith(_SCORE):
        yield finding
    for part in finding.get("parts", ()):
        yield from _tests(part)


def _points(observed: object) -> float | None:
    try:
        return float(str(observed))
    except ValueError:
        return None


def _low(points: float) -> int:
    return int(points // WIDTH) * WIDTH


def _bands(outcomes: Counter[tuple[int, str]]) -> Iterator[Band]:
    for low in sorted({low for low, _ in outcomes}):
        won, lost = outcomes[low, _WON], outcomes[low, _LOST]
        yield Band(low=low, undecided=outcomes[low, ""], won=share(won, won + lost))


def suggestion(bands: Sequence[Band]) -> Suggestion | None:
    """Return the threshold that divides wins from losses most surely, if one does.

    Every band's edge is tried; the intervals are made so wide that all of them hold
    together.  None where each has too few leads, or none makes a sure difference.
    """
    tried = [
        (bands[place].low, _sum(bands[place:]), _sum(bands[:place]))
        for place in range(1, len(bands))
    ]
    enough = [one for one in tried if min(one[1][1], one[2][1]) >= LEAST]
    confidence = together(len(enough))
    found = [
        (share_difference(above[:2], below[:2], confidence), low, above, below)
        for low, above, below in enough
    ]
    sure = [one for one in found if one[0].low > 0]
    if not sure:
        return None
    difference, low, above, below = max(sure, key=lambda one: (one[0].low, -one[1]))
    return Suggestion(
        threshold=low,
        above=share(*above[:2]),
        below=share(*below[:2]),
        difference=difference,
        kept=share(above[2], above[2] + below[2]),
        wins=share(above[0], above[0] + below[0]),
    )


def _sum(bands: Sequence[Band]) -> tuple[int, int, int]:
    """Return how many were won, were decided, and moved at all."""
    won = sum(one.won.hits for one in bands)
    decided = sum(one.won.of for one in bands)
    return won, decided, decided + sum(one.undecided for one in bands)
