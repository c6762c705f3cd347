"""Would the workflow of today have allowed a move of the past?  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadstate.domain.decision import Move, Orphaned
from leadstate.domain.lifecycle import OutsideAnswer
from leadstate.domain.record import Record
from leadstate.domain.signal import MovedOutside
from leadstate.engine.compiled import compile_lifecycle
from leadstate.engine.decide import decide
from leadstate.engine.receipts import receipt_data

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.record import Happening
    from leadstate.domain.values import Value

__all__ = ["Hindsight", "hindsight"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindsight:
    """What can be said of a move of the past.

    Attributes:
        transition: The transition that allows it, or that would have to.
        answer: ``flag`` when the workflow of today refuses it; None when it allows it,
            or when too little is known.
        note: Why there is no transition for it.
        receipt: The why, as JSON-ready data; empty when too little is known.
    """

    transition: str | None = None
    answer: str | None = None
    note: str = ""
    receipt: Mapping[str, object] = field(default_factory=dict)


def hindsight(  # noqa: PLR0913 - the record as it was, and the move
    lifecycle: Lifecycle,
    way: tuple[str | None, str],
    at: datetime,
    *,
    values: Mapping[str, Value],
    known: Collection[str],
    happenings: tuple[Happening, ...] = (),
    actor: str = "",
    roles: frozenset[str] | None = None,
) -> Hindsight:
    """Judge a move by the workflow of today, on the record as it was.

    Args:
        lifecycle: The workflow of today.
        way: The stage before (None when nobody knows), and the one entered.
        at: When it was made.
        values: The values at that moment.
        known: The fields of which the value at that moment is known.
        happenings: The behaviour that is known.
        actor: Who made it, in the source's words.
        roles: What that person may do; None when nobody knows.
    """
    source, target = way
    if not source or source == target or source not in lifecycle.stages:
        return Hindsight()
    past = tuple(one for one in happenings if one.at <= at)
    there = {name: value for name, value in values.items() if value is not None}
    record = Record(id="", stage=source, values=there, happenings=past)
    signal = MovedOutside(stage=target, at=at, actor=actor, roles=roles)
    decision = decide(lifecycle, record, signal, now=at)
    if isinstance(decision, Orphaned):
        return Hindsight()
    receipts = (
        decision.steps[0].receipts if isinstance(decision, Move) else decision.receipts
    )
    if not receipts:
        text = f"no transition leads from {source!r} to {target!r}"
        return Hindsight(answer=str(OutsideAnswer.FLAG), note=text)
    met = next((one for one in receipts if one.allows), None)
    if met is None and not _is_known(lifecycle, source, target, known):
        return Hindsight()
    return Hindsight(
        transition=(met or receipts[0]).transition,
        answer=None if met else str(OutsideAnswer.FLAG),
        receipt={"candidates": receipt_data(receipts)},
    )


def _is_known(
    lifecycle: Lifecycle, source: str, target: str, known: Collection[str]
) -> bool:
    """Whether everything is known that the transitions between two stages look at.

    Behaviour of the past is not: nobody says that there was no more of it.
    """
    guards = [
        one.guard
        for one in compile_lifecycle(lifecycle).leaving[source]
        if one.transition.target == target and one.guard is not None
    ]
    return all(
        set(one.fields) <= set(known) and not one.counts_events for one in guards
    )
