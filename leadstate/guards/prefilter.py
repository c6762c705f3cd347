"""Weaken a condition to what a CRM's search can answer.

The result never excludes a record that the condition would allow; what it lets
through is always held against the whole condition afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.condition import AllOf, AnyOf, AtLeast, Named, Test

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadstate.domain.condition import Condition

__all__ = ["prefilter"]


def prefilter(
    condition: Condition, supports: Callable[[Test], bool]
) -> Condition | None:
    """Return what of ``condition`` the search can answer, or None for "everything".

    Args:
        condition: The guard.
        supports: Whether the search answers this test so that no record that meets it
            is left out.

    Returns:
        A tree of tests, all-of and any-of only.
    """
    match condition:
        case Test():
            return condition if supports(condition) else None
        case Named():
            return prefilter(condition.condition, supports)
        case AllOf(parts):
            return _all(parts, supports)
        case AnyOf(parts):
            return _any(parts, supports)
        case AtLeast(needed, parts):  # pragma: no branch
            return _at_least(needed, parts, supports)


def _all(
    parts: tuple[Condition, ...], supports: Callable[[Test], bool]
) -> Condition | None:
    weaker = [prefilter(part, supports) for part in parts]
    kept = tuple(part for part in weaker if part is not None)
    if not kept:
        return None
    return kept[0] if len(kept) == 1 else AllOf(kept)


def _any(
    parts: tuple[Condition, ...], supports: Callable[[Test], bool]
) -> Condition | None:
    weaker = [prefilter(part, supports) for part in parts]
    kept = tuple(part for part in weaker if part is not None)
    if len(kept) < len(weaker):
        return None
    return kept[0] if len(kept) == 1 else AnyOf(kept)


def _at_least(
    needed: int, parts: tuple[Condition, ...], supports: Callable[[Test], bool]
) -> Condition | None:
    """Use that among any k - n + 1 of k parts one is met when n of them are."""
    if needed <= 0:
        return None
    size = len(parts) - needed + 1
    if size <= 0:
        return AnyOf(())
    chunks = [parts[at : at + size] for at in range(0, len(parts), size)]
    whole = tuple(AnyOf(chunk) for chunk in chunks if len(chunk) == size)
    return _all(whole, supports)
