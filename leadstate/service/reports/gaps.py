"""Which missing or unreadable values hold the most leads back, as records stand now.

Records are read in pages and judged by the same guards that decide; what is said about
a gap is the best case: a value that would do, if somebody has one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from leadstate.domain.lifecycle import StageKind
from leadstate.domain.receipt import Status
from leadstate.domain.values import Unparsable
from leadstate.engine.compiled import compile_lifecycle
from leadstate.errors import UsageError
from leadstate.guards.what_if import MOST_FILLED, compile_what_if
from leadstate.service.reports.agreements import Way
from leadstate.service.reports.figures import share
from leadstate.service.reports.scope import about, selected
from leadstate.service.reports.shortfalls import (
    Gap,
    Gaps,
    GapStage,
    UnreadableField,
    WayOut,
)
from leadstate.service.reports.ways import way_of
from leadstate.store import RecordStatus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from leadstate.domain.lifecycle import Lifecycle, Transition
    from leadstate.domain.record import Record
    from leadstate.guards.facts import Facts
    from leadstate.guards.what_if import WhatIf
    from leadstate.service.reports.scope import Scope
    from leadstate.store import RecordRow, View
    from leadstate.store.reports.selection import Selection

__all__ = ["DEFINITIONS", "MOST_WAYS", "gaps"]

DEFINITIONS: Final = (
    "Active records as they stand now, by each way on from their stage with a guard.",
    "On: to a later open stage of the workflow file, or won; from parked, to open.",
    "Alone: the best possible value in this one field would open the way.",
    "Together: it would with others, and would not without this one.",
    f"Ways that need more than {MOST_FILLED} fields are not looked for.",
    "Missing and unreadable count records that the guard does not let through.",
    "Fields that only weigh into a score that is asked for are among them.",
    "Known values: no filling would do; something that is known stands in the way.",
)

MOST_WAYS: Final = 5
"""How many of the most frequent ways out are told of each way on."""

_PAGE: Final = 1_000
_EXAMPLES: Final = 3


@dataclass(slots=True)
class _Tally:
    """One way on from one stage."""

    stage: str
    transition: Transition
    what_if: WhatIf
    records: int = 0
    free: int = 0
    gaps: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    unreadable: Counter[str] = field(default_factory=Counter)
    alone: Counter[str] = field(default_factory=Counter)
    together: Counter[str] = field(default_factory=Counter)
    ways: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def add(self, facts: Facts) -> None:
        self.records += 1
        if self.what_if.opens(facts):
            self.free += 1
            return
        found = self.what_if.gaps(facts)
        for name, status in found.items():
            kind = self.missing if status is Status.MISSING else self.unreadable
            kind[name] += 1
        ways = self.what_if.ways(facts)
        self.gaps += bool(ways) or self.what_if.opens(facts, found)
        self.ways.update(tuple(sorted(way)) for way in ways)
        alone = {name for way in ways for name in way if len(way) == 1}
        self.alone.update(alone)
        self.together.update({name for way in ways for name in way} - alone)


@dataclass(slots=True)
class _Broken:
    records: int = 0
    examples: dict[str, None] = field(default_factory=dict)


def gaps(view: View, lifecycle: Lifecycle, scope: Scope, now: datetime) -> Gaps:
    """Return which missing or unreadable values hold the most records back.

    Raises:
        UsageError: The scope cannot be, or asks for a time: only now can be told.
    """
    if scope.since is not None or scope.until is not None:
        raise UsageError(
            "the report on gaps says how records stand now, so that a beginning and "
            "an end mean nothing to it; leave --since and --until out"
        )
    its = selected(scope, lifecycle, now)
    tallies = _tallies(lifecycle)
    broken: dict[str, _Broken] = {}
    records = orphaned = 0
    compiled = compile_lifecycle(lifecycle)
    for row in _rows(view, lifecycle, its):
        record = row.record
        records += 1
        orphaned += record.stage not in lifecycle.stages
        _note_unreadable(broken, lifecycle, record)
        here = tallies.get(record.stage)
        if here:
            facts = compiled.facts(record, now)
            for tally in here:
                tally.add(facts)
    every = [one for here in tallies.values() for one in here if one.records]
    rows = [row for tally in every for row in _gap_rows(lifecycle, tally)]
    return Gaps(
        about=about("Gaps in the data", lifecycle, scope, now, DEFINITIONS),
        records=records,
        orphaned=orphaned,
        stages=tuple(map(_stage, every)),
        rows=tuple(sorted(rows, key=lambda one: (-one.alone, -one.together,
                                                -one.missing - one.unreadable))),
        unreadable=tuple(_unreadable(lifecycle, broken)),
    )  # fmt: skip


def _tallies(lifecycle: Lifecycle) -> dict[str, list[_Tally]]:
    compiled = compile_lifecycle(lifecycle)
    return {
        stage: [
            _Tally(
                stage,
                one.transition,
                compile_what_if(one.guard.condition, compiled.scores),
            )
            for one in candidates
            if one.guard is not None
            and _leads_on(lifecycle, stage, one.transition.target)
        ]
        for stage, candidates in compiled.leaving.items()
    }


def _leads_on(lifecycle: Lifecycle, stage: str, target: str) -> bool:
    kinds = lifecycle.stages[stage].kind, lifecycle.stages[target].kind
    if kinds == (StageKind.PARKED, StageKind.OPEN):
        return True
    return way_of(lifecycle, stage, target) is Way.ONWARD


def _rows(view: View, lifecycle: Lifecycle, its: Selection) -> Iterator[RecordRow]:
    after = ""
    while page := view.records.list(
        lifecycle.fields, status=RecordStatus.ACTIVE, limit=_PAGE, after=after
    ):
        after = page[-1].record.id
        yield from (row for row in page if _wanted(row, its))


def _wanted(row: RecordRow, its: Selection) -> bool:
    record = row.record
    asked = (
        its.stages is None or record.stage in its.stages,
        its.owner is None or row.owner == its.owner,
        its.pass_number is None or record.pass_number == its.pass_number,
        its.version is None or record.workflow_version.startswith(its.version),
    )
    return all(asked) and all(
        _says(record, one.field, one.value, folded=one.folded) for one in its.values
    )


def _says(record: Record, name: str, wanted: str, *, folded: bool) -> bool:
    value = record.values.get(name)
    if not isinstance(value, str):
        return False
    return (value.casefold() if folded else value) == wanted


def _note_unreadable(
    broken: dict[str, _Broken], lifecycle: Lifecycle, record: Record
) -> None:
    for name, value in record.values.items():
        if isinstance(value, Unparsable):
            found = broken.setdefault(name, _Broken())
            found.records += 1
            told = lifecycle.fields[name].personal or len(found.examples) >= _EXAMPLES
            if not told:
                found.examples[value.raw] = None


def _unreadable(
    lifecycle: Lifecycle, broken: dict[str, _Broken]
) -> Iterator[UnreadableField]:
    for name in sorted(broken, key=lambda one: (-broken[one].records, one)):
        its = lifecycle.fields[name]
        yield UnreadableField(
            field=name,
            label=its.label,
            type=str(its.type),
            records=broken[name].records,
            examples=tuple(broken[name].examples),
        )


def _stage(tally: _Tally) -> GapStage:
    ways = sorted(tally.ways.items(), key=lambda one: (-one[1], len(one[0]), one[0]))
    return GapStage(
        stage=tally.stage,
        transition=tally.transition.name,
        to_stage=tally.transition.target,
        records=tally.records,
        free=tally.free,
        gaps=tally.gaps,
        values=tally.records - tally.free - tally.gaps,
        ways=tuple(WayOut(fields=way, records=n) for way, n in ways[:MOST_WAYS]),
    )


def _gap_rows(lifecycle: Lifecycle, tally: _Tally) -> Iterator[Gap]:
    for name in sorted({*tally.missing, *tally.unreadable}):
        blocking = tally.alone[name] + tally.together[name]
        yield Gap(
            stage=tally.stage,
            transition=tally.transition.name,
            to_stage=tally.transition.target,
            field=name,
            label=lifecycle.fields[name].label,
            missing=tally.missing[name],
            unreadable=tally.unreadable[name],
            alone=tally.alone[name],
            together=tally.together[name],
            share=share(blocking, tally.records),
        )
