"""Why leads are sent back, parked and lost, how hand-offs go, and what was refused."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from leadstate.service.reports.agreements import Acceptance, ReasonRow, Reasons
from leadstate.service.reports.comparing import share_difference
from leadstate.service.reports.figures import share
from leadstate.service.reports.refusals import refused
from leadstate.service.reports.scope import about, selected
from leadstate.service.reports.ways import REJECTIONS, hand_offs, way_of
from leadstate.store.reports.endings import Endings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.service.reports.scope import Scope
    from leadstate.service.reports.ways import HandOff
    from leadstate.store import View
    from leadstate.store.reports.endings import Ending
    from leadstate.store.reports.selection import Selection

__all__ = ["DEFINITIONS", "accepted_and_refused", "reasons"]

DEFINITIONS: Final = (
    "Rejection: a move from an open stage to a parked or lost one, or back.",
    "Back: to an open stage that stands earlier in the workflow file.",
    "A rejection counts when it was made.",
    "The share of a reason is of all rejections from its stage along its way.",
    "Hand-off: an open stage of one team from which a transition leads to another's.",
    "Accepted is of accepted and refused leads, whoever refused them.",
    "A record that ended (deleted, merged, erased) was neither accepted nor refused.",
    "Owner: who owned the record when its stay in the stage began.",
    "Before: the time of the same length that ended where this one begins.",
    "The change has Newcombe's interval, at 95 %.",
    "Refused moves: asked for here and not made, or made in the CRM and put back.",
    "A criterion counts once in each refused move.",
)

_Key = tuple[str, str | None, str, str | None, str | None]


def reasons(view: View, lifecycle: Lifecycle, scope: Scope, now: datetime) -> Reasons:
    """Return why leads were sent back, parked and lost, and moves refused.

    Raises:
        UsageError: The scope cannot be.
    """
    its = selected(scope, lifecycle, now)
    earlier = _before(its)
    endings = Endings(view.connection, view.workflow)
    found = endings.counts(its)
    before = endings.counts(earlier) if earlier is not None else None
    return Reasons(
        about=about("Reasons of rejection", lifecycle, scope, now, DEFINITIONS),
        before=earlier.since if earlier is not None else None,
        rows=tuple(_rows(lifecycle, found, before, by_owner=False)),
        owners=tuple(_rows(lifecycle, found, before, by_owner=True)),
        acceptance=tuple(_acceptance(lifecycle, scope, found, before)),
        refused=refused(view, its),
        unknown=endings.unknown(its),
    )


def _before(its: Selection) -> Selection | None:
    """Return the time before, of the same length; None without a beginning."""
    if its.since is None:
        return None
    until = min(its.until or its.as_of, its.as_of)
    length = until - its.since
    if length.total_seconds() <= 0:
        return None
    return replace(its, since=its.since - length, until=its.since)


# -- reasons ---------------------------------------------------------------------------


def _rows(
    lifecycle: Lifecycle,
    found: Sequence[Ending],
    before: Sequence[Ending] | None,
    *,
    by_owner: bool,
) -> Iterator[ReasonRow]:
    counts = _rejections(lifecycle, found, by_owner=by_owner)
    then = _rejections(lifecycle, before or (), by_owner=by_owner)
    all_of: Counter[tuple[object, ...]] = Counter()
    for key, number in counts.items():
        all_of[_alike(key)] += number
    for key in sorted({*counts, *then}, key=lambda one: _order(lifecycle, one, counts)):
        stage, transition, to_stage, reason, owner = key
        way = way_of(lifecycle, stage, to_stage)
        assert way is not None  # noqa: S101 - only rejections are counted
        yield ReasonRow(
            stage=stage,
            team=lifecycle.stages[stage].owner,
            owner=owner,
            transition=transition,
            to_stage=to_stage,
            way=way,
            reason=reason,
            label=lifecycle.reasons.get(reason or "", reason or ""),
            count=counts[key],
            share=share(counts[key], all_of[_alike(key)]),
            before=None if before is None else then[key],
        )


def _rejections(
    lifecycle: Lifecycle, found: Sequence[Ending], *, by_owner: bool
) -> Counter[_Key]:
    counts: Counter[_Key] = Counter()
    for one in found:
        if one.to_stage and way_of(lifecycle, one.stage, one.to_stage) in REJECTIONS:
            owner = one.owner if by_owner else None
            key = one.stage, one.transition, one.to_stage, one.reason, owner
            counts[key] += one.count
    return counts


def _alike(key: _Key) -> tuple[object, ...]:
    """Return what all reasons of one share have in common: all but the reason."""
    return *key[:3], key[4]


def _order(
    lifecycle: Lifecycle, key: _Key, counts: Counter[_Key]
) -> tuple[int, str, str, str, int, str]:
    stage, transition, to_stage, reason, owner = key
    place = list(lifecycle.stages).index(stage)
    alike = transition or "", to_stage, owner or ""
    return place, *alike, -counts[key], reason or ""


# -- hand-offs -------------------------------------------------------------------------


@dataclass(slots=True)
class _Taken:
    accepted: int = 0
    refused: int = 0


def accepted_and_refused(
    lifecycle: Lifecycle, found: Sequence[Ending]
) -> dict[tuple[HandOff, int], tuple[int, int]]:
    """Return how many leads each hand-off saw accepted and refused, by window."""
    counts: dict[tuple[HandOff, int], _Taken] = defaultdict(_Taken)
    places = hand_offs(lifecycle)
    for one in found:
        way = way_of(lifecycle, one.stage, one.to_stage)
        for place in places:
            if place.stage != one.stage or way is None:
                continue
            taken = counts[place, one.window]
            if way in REJECTIONS:
                taken.refused += one.count
            elif _takes(lifecycle, place, one.to_stage):
                taken.accepted += one.count
    return {key: (one.accepted, one.refused) for key, one in counts.items()}


def _takes(lifecycle: Lifecycle, place: HandOff, target: str | None) -> bool:
    return target is not None and lifecycle.stages[target].owner == place.taking


def _acceptance(
    lifecycle: Lifecycle,
    scope: Scope,
    found: Sequence[Ending],
    before: Sequence[Ending] | None,
) -> Iterator[Acceptance]:
    now = accepted_and_refused(lifecycle, found)
    then = accepted_and_refused(lifecycle, before or ())
    for place in hand_offs(lifecycle):
        if scope.team not in (None, place.giving):
            continue
        accepted, refused_ = now.get((place, 0), (0, 0))
        of, hits, had = accepted + refused_, *then.get((place, 0), (0, 0))
        known = bool(of and hits + had)
        yield Acceptance(
            stage=place.stage,
            giving=place.giving,
            taking=place.taking,
            accepted=accepted,
            refused=refused_,
            share=share(accepted, of),
            before=None if before is None else share(hits, hits + had),
            change=share_difference((accepted, of), (hits, hits + had))
            if known
            else None,
        )
