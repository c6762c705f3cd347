"""Time several ways of doing the same in turns, so that noise hits them all alike.

The garbage collector stays on, because it is a part of what a way costs; what was there
before a round is frozen, so that nobody pays for another's records.
"""

from __future__ import annotations

import gc
import tracemalloc
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["Way", "bytes_each", "microseconds"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Way:
    """One way of moving records.

    Attributes:
        prepare: Makes what a round needs; not timed.
        run: Moves them all and returns the stage of each.
        size: How many records a round has.
    """

    prepare: Callable[[int], object]
    run: Callable[[object], Sequence[str]]
    size: int


def microseconds(
    ways: Mapping[str, Way], expected: Sequence[str], *, rounds: int
) -> dict[str, float]:
    """Return the median of microseconds a record; all ways must move the same ones."""
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            spent[name].append(_round(name, way, expected))
    return {name: median(found) for name, found in spent.items()}


def _round(name: str, way: Way, expected: Sequence[str]) -> float:
    prepared = way.prepare(way.size)
    gc.collect()
    gc.freeze()
    started = perf_counter()
    stages = way.run(prepared)
    seconds = perf_counter() - started
    gc.unfreeze()
    if list(stages) != list(expected[: way.size]):
        raise AssertionError(f"{name} moved other records, or elsewhere")
    return seconds / way.size * 1e6


def bytes_each(make: Callable[[int], list[T]], size: int) -> float:
    """Return how many bytes each thing that ``make`` returns adds."""
    make(2)  # what the first one loads is no one's own
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept = make(size)
        gc.collect()
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    return (after - before) / len(kept) - 8  # the list's own pointer
