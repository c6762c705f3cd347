"""Business time: a due moment, the time passed, and pandas on the same questions."""

from __future__ import annotations

import importlib
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from importlib.metadata import version
from itertools import pairwise
from statistics import median
from time import process_time
from typing import TYPE_CHECKING, Any

from benchmarks.report import Aim, Section
from leadstate.domain.sla import Calendar
from leadstate.hours import compile_hours
from leadstate.hours.days import days_of
from leadstate.hours.year import compile_year

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leadstate.hours import Hours

__all__ = ["measure"]

_HOUR = timedelta(hours=1)
_CLOSED = (date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1))
_PLAIN = Calendar(
    name="plain",
    timezone="UTC",
    hours=dict.fromkeys(range(5), ((9 * 60, 17 * 60),)),
    closed=_CLOSED,
)
_OFFICE = Calendar(
    name="office",
    timezone="Europe/Berlin",
    hours=dict.fromkeys(range(5), ((9 * 60, 12 * 60 + 30), (13 * 60 + 30, 18 * 60))),
    holidays="DE-BE",
)

_ADD = "Leadstate: add, pandas' calendar"
_OFFICE_ADD = "Leadstate: add, Berlin with a break"
_LONG_ADD = "Leadstate: add, thirty times as long"
_ELAPSED = "Leadstate: elapsed, Berlin with a break"
_FOUND = "Leadstate: compile_hours, compiled before"
_YEAR = "Leadstate: compile a year, once"
_PEER = "pandas: CustomBusinessHour"


@dataclass(frozen=True, slots=True)
class _Question:
    """When so much business time has passed."""

    start: datetime
    hours: int

    @property
    def business(self) -> timedelta:
        return self.hours * _HOUR


@dataclass(frozen=True, slots=True)
class _Way:
    """One way of asking: ``run`` asks ``size`` questions and returns the answers."""

    run: Callable[[], list[Any]]
    size: int


def measure(*, quick: bool) -> Section:
    """Return the table of speed, with its aims."""
    size, times_asked, rounds = (200, 50, 5) if quick else (1_000, 50, 9)
    questions = _questions(size)
    ways = _ways(questions, times_asked)
    peer = _peer(questions)
    notes = [
        (
            f"median of {rounds} interleaved rounds, processor time; the same"
            f" {size:,} questions all over, at any hour of any day"
        )
    ]
    if peer is None:
        notes.append("pandas is not installed: `make setup` brings it, for the ratio")
    else:
        ways[_PEER] = peer
        notes.append(_agreement(peer, ways[_ADD]))
    times = _microseconds(ways, rounds)
    return Section(
        title="Business time (8 hours a day, Monday to Friday, 1 to 39 hours ahead)",
        columns=("way", "questions", "µs each", "x add"),
        rows=[
            (
                name,
                f"{way.size:,}",
                f"{times[name]:,.2f}",
                f"{times[name] / times[_ADD]:,.1f}",
            )
            for name, way in ways.items()
        ],
        aims=_aims(times),
        notes=notes,
    )


def _questions(size: int) -> list[_Question]:
    """Return questions whose answer is no moment of closing.

    There pandas says the next opening; everywhere else both must say the same.
    """
    dice = random.Random(4)
    begins = datetime(2026, 1, 1, tzinfo=UTC)
    lengths = [hours for hours in range(1, 40) if hours % 8]
    return [
        _Question(
            begins + timedelta(minutes=2 * dice.randrange(200 * 24 * 30) + 1),
            dice.choice(lengths),
        )
        for _ in range(size)
    ]


# -- the ways ---------------------------------------------------------------------


def _ways(questions: list[_Question], times_asked: int) -> dict[str, _Way]:
    office, size = compile_hours(_OFFICE), len(questions) * times_asked
    asked = [(one.start, one.business) for one in questions] * times_asked
    long = [(start, 30 * business) for start, business in asked]
    years = 10
    return {
        _ADD: _Way(partial(_add, compile_hours(_PLAIN), asked), size),
        _OFFICE_ADD: _Way(partial(_add, office, asked), size),
        _LONG_ADD: _Way(partial(_add, office, long), size),
        _ELAPSED: _Way(partial(_elapsed, office, [one for one, _ in asked]), size - 1),
        _FOUND: _Way(partial(_found, size // 20), size // 20),
        _YEAR: _Way(partial(_years, years), years),
    }


def _add(hours: Hours, asked: list[tuple[datetime, timedelta]]) -> list[Any]:
    add = hours.add
    return [add(start, business) for start, business in asked]


def _elapsed(hours: Hours, moments: list[datetime]) -> list[Any]:
    elapsed = hours.elapsed
    return [elapsed(start, end) for start, end in pairwise(moments)]


def _found(size: int) -> list[Any]:
    return [compile_hours(_OFFICE) for _ in range(size)]


def _years(size: int) -> list[Any]:
    days = days_of(_OFFICE, ())
    return [compile_year(days, 2026 + number) for number in range(size)]


def _peer(questions: list[_Question]) -> _Way | None:
    """Return pandas' way, at its best: offsets and time stamps are made before."""
    try:
        pandas: Any = importlib.import_module("pandas")
    except ImportError:
        return None
    offsets = {
        hours: pandas.offsets.CustomBusinessHour(
            hours, start="09:00", end="17:00", holidays=list(_CLOSED)
        )
        for hours in {one.hours for one in questions}
    }
    asked = [
        (pandas.Timestamp(one.start.replace(tzinfo=None)), offsets[one.hours])
        for one in questions
    ]
    return _Way(lambda: [start + offset for start, offset in asked], len(asked))


def _agreement(peer: _Way, own: _Way) -> str:
    told = [answer.to_pydatetime() for answer in peer.run()]
    ours = [answer.replace(tzinfo=None) for answer in own.run()[: peer.size]]
    if told != ours:
        raise AssertionError("pandas and Leadstate disagree about business time")
    return f"pandas {version('pandas')} gave the same {peer.size:,} answers"


# -- the verdict ------------------------------------------------------------------


def _microseconds(ways: Mapping[str, _Way], rounds: int) -> dict[str, float]:
    """Return the median of microseconds a question, of rounds taken in turns."""
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            started = process_time()
            way.run()
            spent[name].append((process_time() - started) / way.size * 1e6)
    return {name: median(found) for name, found in spent.items()}


def _aims(times: dict[str, float]) -> list[Aim]:
    slowest = max(times[_ADD], times[_OFFICE_ADD])
    aims = [
        Aim(
            wanted="add in the order of 1 µs (at most 2)",
            measured=f"{slowest:.2f} µs",
            met=slowest <= 2,
        )
    ]
    if _PEER in times:
        ratio = times[_PEER] / times[_ADD]
        aims.append(
            Aim(
                wanted="add at least 100x faster than pandas' CustomBusinessHour",
                measured=f"{ratio:,.0f}x",
                met=ratio >= 100,
            )
        )
    return aims
