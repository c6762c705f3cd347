"""A receipt: why a transition was allowed or refused, criterion by criterion.

A receipt is taken while deciding, for every transition looked at.  It keeps the raw
outcomes, and explains itself only when somebody looks at it, so that a full receipt on
every decision stays cheap.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, Self

from leadstate.domain.frozen import slot_setters

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Contribution",
    "Examination",
    "Finding",
    "FindingKind",
    "Receipt",
    "Refusal",
    "RefusalCode",
    "Status",
]


class Status(StrEnum):
    """How one test or group came out.  Only MET lets a record through."""

    MET = "met"
    UNMET = "unmet"
    MISSING = "missing"  # the record has no value to hold against it
    UNPARSABLE = "unparsable"  # it has one that cannot be read as its type


class FindingKind(StrEnum):
    """What a finding stands for in the condition tree."""

    TEST = "test"
    CRITERION = "criterion"
    ALL = "all"
    ANY = "any"
    AT_LEAST = "at_least"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """One part of a score: an explicit rule, or one kind of event.

    Attributes:
        text: The rule as written, or the event's name.
        points: What it adds now, after decay and cap.
        of: What it would add at most (the rule's points or the cap), or None.
        count: Events counted; 0 for a rule.
    """

    text: str
    points: float
    of: float | None = None
    count: int = 0

    @classmethod
    def of_data(cls, data: Mapping[str, object]) -> Self:
        """Return the contribution that was written down as ``data``."""
        of, count = data.get("of"), data.get("count")
        return cls(
            text=str(data.get("text", "")),
            points=float(str(data.get("points", 0))),
            of=float(str(of)) if of is not None else None,
            count=count if isinstance(count, int) else 0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One node of an explanation.

    Attributes:
        label: What people call it: the criterion's label, or the field's.
        required: What the guard asks, readable (``>= 50``); "" for groups.
        observed: What the record has, readable; None when missing or for groups.
        criterion: The criterion's name, for kind CRITERION.
        field: ``NAME`` or ``score.NAME``, for kind TEST.
        needed: How many parts must be met, for kind AT_LEAST.
        contributions: The parts of the score, for a test on a score.
        parts: The nodes below.
    """

    kind: FindingKind
    status: Status
    label: str
    required: str = ""
    observed: str | None = None
    criterion: str | None = None
    field: str | None = None
    needed: int | None = None
    contributions: tuple[Contribution, ...] = ()
    parts: tuple[Finding, ...] = ()

    @classmethod
    def of_data(cls, data: Mapping[str, object]) -> Self:
        """Return the finding that was written down as ``data``, its parts too.

        Lenient: what the history kept years ago may lack what findings have today.
        """
        needed = data.get("needed")
        return cls(
            kind=FindingKind(str(data["kind"])),
            status=Status(str(data["status"])),
            label=str(data.get("label", "")),
            required=str(data.get("required", "")),
            observed=_text_or_none(data.get("observed")),
            criterion=_text_or_none(data.get("criterion")),
            field=_text_or_none(data.get("field")),
            needed=needed if isinstance(needed, int) else None,
            contributions=tuple(
                Contribution.of_data(one) for one in _mappings(data, "contributions")
            ),
            parts=tuple(cls.of_data(one) for one in _mappings(data, "parts")),
        )

    @property
    def met(self) -> bool:
        """True when this node lets the record through."""
        return self.status is Status.MET


def _text_or_none(value: object) -> str | None:
    return None if value is None else str(value)


def _mappings(data: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    found = data.get(name)
    if not isinstance(found, (list, tuple)):
        return []
    return [one for one in found if isinstance(one, dict)]


class Examination(Protocol):
    """What examining a guard left behind: the verdict now, the findings on demand."""

    @property
    def met(self) -> bool:
        """Whether the whole guard was met."""
        ...

    def data(self) -> Mapping[str, object]:
        """Return the explanation as JSON-ready data; every test of the guard is in it.

        The same object each time, which nobody changes; `Finding.of_data` reads it.
        """
        ...

    def finding(self) -> Finding:
        """Return the explanation as a tree."""
        ...


class RefusalCode(StrEnum):
    """Why a transition is not taken, in words a program can match on."""

    GUARD = "guard"
    ROLE = "role"
    REASON = "reason"
    NOTE = "note"
    SOURCE = "source"  # the transition does not leave this stage
    UNKNOWN = "unknown_transition"
    VOID = "void_timer"
    UNLISTED = "unlisted"  # no transition leads from here to there
    APPROVAL = "approval"  # somebody else has to agree first
    SELF_APPROVAL = "self_approval"  # who asks cannot be the one who agrees
    PASSES = "passes"  # it has made as many passes as it may
    LOOP = "loop"  # broken SLAs alone keep moving it
    BACK = "back"  # nobody knows where it came from


@dataclass(frozen=True, slots=True)
class Refusal:
    """One obstacle beside the guard's findings, in a sentence for a person."""

    code: RefusalCode
    text: str


@dataclass(frozen=True, slots=True, init=False)
class Receipt:
    """Why one transition was allowed or refused.

    Attributes:
        transition: Its name.
        source: The stage it would leave.
        target: The stage it leads to.
        examination: What its guard said, or None when it has no guard.
        refusals: Obstacles that are not the guard's (role, reason).
    """

    transition: str
    source: str
    target: str
    examination: Examination | None = None
    refusals: tuple[Refusal, ...] = ()

    def __init__(
        self,
        transition: str,
        source: str,
        target: str,
        examination: Examination | None = None,
        refusals: tuple[Refusal, ...] = (),
    ) -> None:
        _set_transition(self, transition)
        _set_source(self, source)
        _set_target(self, target)
        _set_examination(self, examination)
        _set_refusals(self, refusals)

    @property
    def allows(self) -> bool:
        """Whether this transition may be taken."""
        if self.refusals:
            return False
        return self.examination is None or self.examination.met

    @property
    def guard_met(self) -> bool:
        """Whether the guard alone lets the record through."""
        return self.examination is None or self.examination.met

    @property
    def finding(self) -> Finding | None:
        """The guard's explanation, or None when it has no guard."""
        return self.examination.finding() if self.examination is not None else None


(
    _set_transition,
    _set_source,
    _set_target,
    _set_examination,
    _set_refusals,
) = slot_setters(Receipt)
