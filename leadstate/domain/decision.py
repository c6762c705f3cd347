"""A decision: what a signal means for one record.  A value, never an exception."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from leadstate.domain.frozen import slot_setters

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import OutsideAnswer
    from leadstate.domain.receipt import Receipt, Refusal

__all__ = ["Decision", "Move", "Orphaned", "Stay", "Step"]


@dataclass(frozen=True, slots=True, init=False)
class Step:
    """One stage change of a move.

    Attributes:
        transition: The transition taken, or None when a person moved the record in the
            CRM along no transition of the lifecycle.
        receipts: Every transition that was looked at for this step, the taken one too.
    """

    transition: str | None
    source: str
    target: str
    receipts: tuple[Receipt, ...] = ()

    def __init__(
        self,
        transition: str | None,
        source: str,
        target: str,
        receipts: tuple[Receipt, ...] = (),
    ) -> None:
        _set_transition(self, transition)
        _set_source(self, source)
        _set_target(self, target)
        _set_receipts(self, receipts)


_set_transition, _set_source, _set_target, _set_receipts = slot_setters(Step)


@dataclass(frozen=True, slots=True)
class Move:
    """The record moves, in one or more steps.

    Attributes:
        steps: In order; automatic transitions may follow the first one.
        answer: The answer given, when a person made the first step in the CRM.
        bounded: True when the cascade of automatic transitions was cut at its bound.
    """

    steps: tuple[Step, ...]
    answer: OutsideAnswer | None = None
    bounded: bool = False

    @property
    def target(self) -> str:
        """The stage in which the record ends."""
        return self.steps[-1].target

    @property
    def receipts(self) -> tuple[Receipt, ...]:
        """Every receipt of every step."""
        if len(self.steps) == 1:
            return self.steps[0].receipts
        return tuple(receipt for step in self.steps for receipt in step.receipts)


@dataclass(frozen=True, slots=True, init=False)
class Stay:
    """The record stays where it is.

    Attributes:
        stage: Where it stays.
        receipts: Every transition that was looked at.
        refusal: Why an asked-for move was refused; None when nobody asked for one.
        answer: REVERT when a move made in the CRM is to be put back.
    """

    stage: str
    receipts: tuple[Receipt, ...] = ()
    refusal: Refusal | None = None
    answer: OutsideAnswer | None = None

    def __init__(
        self,
        stage: str,
        receipts: tuple[Receipt, ...] = (),
        refusal: Refusal | None = None,
        answer: OutsideAnswer | None = None,
    ) -> None:
        _set_stage(self, stage)
        _set_looked_at(self, receipts)
        _set_refusal(self, refusal)
        _set_answer(self, answer)


_set_stage, _set_looked_at, _set_refusal, _set_answer = slot_setters(Stay)


@dataclass(frozen=True, slots=True)
class Orphaned:
    """The record is in a stage that this version of the lifecycle does not have."""

    stage: str
    known: tuple[str, ...]

    @property
    def receipts(self) -> tuple[Receipt, ...]:
        """No transition can be looked at."""
        return ()


Decision: TypeAlias = Move | Stay | Orphaned
