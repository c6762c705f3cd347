"""Bulk writes: every item is judged before the first one is applied.

Whether a live account applies the good items of a bad request is not established
(2026-11-22): all or nothing, unless the policy `partial_bulk` says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from leadstate_amocrm.sandbox.problems import Issue, refused_by_page, rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadstate_amocrm.sandbox.site import Site

    from .calls import Call

DraftT = TypeVar("DraftT")
Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Item(Generic[DraftT]):
    """One item of a bulk write, judged."""

    request_id: str
    draft: DraftT
    issues: Sequence[Issue]


def request_id(item: Row, index: int) -> str:
    """Return what the answer calls an item: its own word, or its number."""
    given = item.get("request_id")
    is_plain = isinstance(given, str | int) and not isinstance(given, bool)
    return str(given) if is_plain else str(index)


def apply_all(
    site: Site,
    call: Call,
    items: Sequence[Item[DraftT]],
    apply: Callable[[Item[DraftT]], Row],
) -> list[Row]:
    """Apply the items, or refuse with what is wrong with which."""
    wrong = {item.request_id: item.issues for item in items if item.issues}
    if wrong and not site.policy.partial_bulk:
        raise rejected(wrong)
    good = [item for item in items if not item.issues]
    if call.half:
        for item in good[: (len(good) + 1) // 2]:
            apply(item)
        raise refused_by_page(504)
    rows = [apply(item) for item in good]
    if wrong:
        raise rejected(wrong)
    return rows
