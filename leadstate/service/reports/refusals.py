"""What stood in the way of moves that people asked for and that were not made."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, TypeVar

from leadstate.service.reports.agreements import Missed, RefusedMoves
from leadstate.store.reports.refusals import RefusalCounts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadstate.store import View
    from leadstate.store.reports.selection import Selection

__all__ = ["MOST_EXAMINED", "refused"]

MOST_EXAMINED: Final = 10_000
"""Of how many refused moves, the newest, the receipts are read."""

_K = TypeVar("_K", bound=tuple[str, ...])
_PAGE: Final = 500
_WHOLE: Final = frozenset({"test", "criterion"})


def refused(view: View, its: Selection, *, most: int = MOST_EXAMINED) -> RefusedMoves:
    """Return the moves that were refused or put back, and what was missing."""
    found = RefusalCounts(view.connection, view.workflow)
    counts = found.counts(its)
    causes: Counter[tuple[str, str]] = Counter()
    criteria: Counter[tuple[str, str, str, str]] = Counter()
    examined = 0
    for page in found.pages(its, size=_PAGE, most=most):
        for one in page:
            examined += bool(one.receipt)
            cause = str(one.receipt.get("refusal") or "unknown")
            causes[one.transition or "(none)", cause] += 1
            criteria.update(set(_missing(one.receipt)))
    return RefusedMoves(
        manual=counts.get("refused", 0),
        reverted=counts.get("reverted", 0),
        examined=examined,
        causes=tuple((*key, number) for key, number in _most(causes)),
        criteria=tuple(
            Missed(
                transition=key[0],
                criterion=key[1],
                label=key[2],
                status=key[3],
                count=number,
            )
            for key, number in _most(criteria)
        ),
    )


def _most(counted: Counter[_K]) -> list[tuple[_K, int]]:
    return sorted(counted.items(), key=lambda one: (-one[1], one[0]))


def _missing(receipt: Mapping[str, object]) -> Iterator[tuple[str, str, str, str]]:
    """Yield what the candidates lacked: transition, criterion, label, status."""
    for candidate in _mappings(receipt.get("candidates")):
        guard = candidate.get("guard")
        if isinstance(guard, dict):
            transition = str(candidate.get("transition") or "")
            for name, label, status in _standing(guard):
                yield transition, name, label, status


def _standing(finding: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    """Yield the outermost named findings that are not met."""
    status = str(finding.get("status"))
    if status == "met":
        return
    if finding.get("kind") in _WHOLE:
        label = str(finding.get("label") or "")
        name = finding.get("criterion") or finding.get("field") or label
        yield str(name), label, status
        return
    for part in _mappings(finding.get("parts")):
        yield from _standing(part)


def _mappings(value: object) -> list[dict[str, object]]:
    found = value if isinstance(value, list) else []
    return [one for one in found if isinstance(one, dict)]
