"""When time alone changes a guard: the next moment at which its answer is another one.

Dates change at local midnight, moments to the microsecond, scores as they decay.  Those
are candidates; whether the guard changes is asked of the guard itself.

>>> from zoneinfo import ZoneInfo
>>> from leadstate.domain.condition import FieldRef
>>> from leadstate.guards.guard import compile_guard
>>> soon = Test(FieldRef("decision_date"), Operator.WITHIN_NEXT, (timedelta(days=90),))
>>> now = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
>>> facts = Facts({"decision_date": date(2026, 7, 1)}, (), now, now.date())
>>> berlin = ZoneInfo("Europe/Berlin")
>>> next_change_of(compile_guard(soon, {}), facts, berlin).isoformat()
'2026-04-01T22:00:00+00:00'
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from leadstate.domain.condition import FieldRef, Operator, Test
from leadstate.guards.compiler import compiled_score
from leadstate.guards.decay import MICROSECOND, DecayingScore, decaying, levels_of
from leadstate.guards.facts import Facts
from leadstate.guards.leaves import classes_of
from leadstate.guards.trees import tests_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

    from leadstate.guards.guard import Guard
    from leadstate.guards.scores import CompiledScore

__all__ = ["HORIZON", "STEPS", "facts_at", "next_change_of"]

HORIZON: Final = timedelta(days=3653)
"""Ten years; a change further away is not looked for."""

STEPS: Final = 256
"""Candidates that are tried; the last is returned as it is.  Looking too early costs
another look, looking too late costs a lead."""

_BACKWARDS = frozenset({Operator.WITHIN_LAST, Operator.NOT_WITHIN_LAST})


def next_change_of(
    guard: Guard, facts: Facts, zone: ZoneInfo, *, until: datetime | None = None
) -> datetime | None:
    """Return the next moment at which the guard's answer changes without new data.

    Scores are followed to a millionth of a point: where events that add points and
    events that take some nearly cancel out, a change by the last digit may be missed.

    Args:
        guard: The compiled condition.
        facts: The record now; happenings after ``facts.now`` are taken as they stand.
        zone: The lifecycle's timezone, which says when a day begins.
        until: The last moment that matters (aware UTC); None means the `HORIZON`.

    Returns:
        A moment after ``facts.now`` (aware UTC), or None when nothing changes up to
        ``until`` and the `HORIZON`.  After `STEPS` changes of its parts that did not
        change the guard, the last of them.
    """
    parts = _time_parts(guard)
    if parts is None:
        return None
    end = facts.now + HORIZON
    end = end if until is None else min(end, until)
    answer = guard.allows(facts)
    for step, moment in enumerate(parts.moments(facts, zone, end), start=1):
        changed = guard.allows(facts_at(facts, moment, zone)) is not answer
        if changed or step == STEPS:
            return moment
    return None


def facts_at(facts: Facts, moment: datetime, zone: ZoneInfo) -> Facts:
    """Return the same record at another moment (aware UTC)."""
    today = moment.astimezone(zone).date()
    return Facts(facts.values, facts.happenings, moment, today)


class _Span(NamedTuple):
    """A test ``within``, as far as time matters."""

    name: str
    classes: frozenset[type]
    length: timedelta
    backwards: bool

    def changes(
        self, facts: Facts, zone: ZoneInfo, end: datetime
    ) -> Iterator[datetime]:
        """Yield when the test can change, some moments too many."""
        value = facts.values.get(self.name)
        if type(value) not in self.classes:
            return
        if isinstance(value, datetime):
            yield from self._moments(value - facts.now, facts.now, end)
        elif isinstance(value, date):  # pragma: no branch - a test on another type
            first, last = facts.today.toordinal(), end.toordinal() + 1
            for day in self._days(value.toordinal()):
                if first <= day <= last:
                    yield from _beginnings(day, zone)

    def _days(self, day: int) -> tuple[int, int]:
        """Return the first day on which it is met, and the first on which it is not."""
        length = self.length.days
        return (day, day + length + 1) if self.backwards else (day - length, day + 1)

    def _moments(
        self, ahead: timedelta, now: datetime, end: datetime
    ) -> Iterator[datetime]:
        opens = ahead if self.backwards else ahead - self.length
        for each in (opens, opens + self.length + MICROSECOND):
            if timedelta() < each <= end - now:
                yield now + each


class _TimeParts(NamedTuple):
    """What of a guard time can change.

    Attributes:
        spans: Its tests ``within``, those of its scores' rules included.
        events: The events that its scores count.
        decaying: Its scores that decay.
    """

    spans: tuple[_Span, ...]
    events: frozenset[str]
    decaying: tuple[DecayingScore, ...]

    def moments(
        self, facts: Facts, zone: ZoneInfo, end: datetime
    ) -> Iterator[datetime]:
        """Yield every moment after ``facts.now`` at which a part changes, in order."""
        start = facts
        for mark in [*self._marks(facts, zone, end), end + MICROSECOND]:
            last = (mark - start.now) // MICROSECOND - 1
            if self.decaying and last > 0:
                yield from sorted(
                    moment
                    for each in self.decaying
                    for moment in each.crossings(start, last)
                )
            if mark <= end:
                yield mark
                start = facts_at(facts, mark, zone)

    def _marks(self, facts: Facts, zone: ZoneInfo, end: datetime) -> list[datetime]:
        """Return when a test changes or an event begins to count."""
        found = {at for span in self.spans for at in span.changes(facts, zone, end)}
        if self.events:
            found |= {at for event, at in facts.happenings if event in self.events}
        return sorted(at for at in found if facts.now < at <= end)


@lru_cache(maxsize=1024)
def _time_parts(guard: Guard) -> _TimeParts | None:
    """Return what of the guard time can change; None when nothing."""
    asked: dict[CompiledScore, list[Test]] = {}
    tests: list[Test] = []
    for test in tests_in(guard.condition):
        if isinstance(test.subject, FieldRef):
            tests.append(test)
        else:
            score = compiled_score(test.subject.name, guard.scores)
            asked.setdefault(score, []).append(test)
    return _made([*tests, *_of_rules(asked)], asked)


def _made(
    tests: list[Test], asked: dict[CompiledScore, list[Test]]
) -> _TimeParts | None:
    found = (
        decaying(score, [level for test in own for level in levels_of(test)])
        for score, own in asked.items()
    )
    made = _TimeParts(
        spans=tuple(dict.fromkeys(_spans(tests))),
        events=frozenset(rule.event for one in asked for rule in one.score.events),
        decaying=tuple(one for one in found if one is not None),
    )
    return made if made.spans or made.events else None


def _of_rules(scores: Iterable[CompiledScore]) -> Iterator[Test]:
    for score in scores:
        for rule in score.score.rules:
            yield from tests_in(rule.condition)


def _spans(tests: Iterable[Test]) -> Iterator[_Span]:
    for test in tests:
        length = test.operands[0] if test.operands else None
        if isinstance(length, timedelta):
            backwards = test.operator in _BACKWARDS
            yield _Span(test.subject.name, classes_of(test), length, backwards)


@lru_cache(maxsize=1024)
def _beginnings(day: int, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Return when the day of that number begins; several where a clock is set then.

    A clock that is set across midnight skips the beginning of a day or repeats it; the
    moment at which it is set is then one at which the date changes.
    """
    midnight = datetime.combine(date.fromordinal(day), time(), zone)
    first, second = sorted(
        midnight.replace(fold=fold).astimezone(UTC) for fold in (0, 1)
    )
    if first == second:
        return (first,)
    return first, _clock_set(first, second, zone), second


def _clock_set(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment between the two from which the second one's offset holds."""
    offset = after.astimezone(zone).utcoffset()
    while after - before > MICROSECOND:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after
