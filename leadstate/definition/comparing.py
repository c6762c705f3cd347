"""Hold what a decision says against what a scenario expects, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.condition import Operator
from leadstate.domain.decision import Move, Orphaned, Stay
from leadstate.domain.history import HistoryKind
from leadstate.domain.receipt import FindingKind, Status

from .problems import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leadstate.domain.course import Course
    from leadstate.domain.decision import Decision
    from leadstate.domain.receipt import Finding, Receipt

    from .scenario import Expectation, Scenario

__all__ = ["compare"]


def compare(
    scenario: Scenario,
    decision: Decision,
    course: Course | None = None,
    *,
    story: bool = True,
) -> tuple[str, ...]:
    """Return every difference as a sentence; none means that the scenario holds.

    Behind them stands what explains them: what happened and when, where time passed,
    and what the criteria said.

    Args:
        scenario: What is expected.
        decision: What came.
        course: What happened.
        story: Tell it behind the differences; where no time passed the criteria do.
    """
    then = scenario.then
    findings = [finding for one in decision.receipts if (finding := one.finding)]
    leaves = [leaf for finding in findings for leaf in _walk(finding)]
    differences = [
        *_ends(then, decision),
        *_answers(then, decision),
        *_criteria(then, leaves),
        *_missing(then, leaves),
        *(_in_time(then, course) if course is not None else ()),
    ]
    if differences and story and course is not None:
        differences += course.story()
    if differences:
        differences += _said(decision.receipts)
    return tuple(differences)


def _ends(then: Expectation, decision: Decision) -> Iterator[str]:
    """Compare where the record ends and how it came there."""
    wanted = then.stage or then.stays
    moves = isinstance(decision, Move)
    ended = decision.target if isinstance(decision, Move) else decision.stage
    if wanted is not None and (ended != wanted or moves != (then.stage is not None)):
        verb = "move to" if then.stage else "stay in"
        yield f"expected to {verb} {shown(wanted)}; {_happened(decision)}"
    steps = decision.steps if isinstance(decision, Move) else ()
    taken = tuple(step.transition or "no transition" for step in steps)
    if then.via and taken != then.via:
        way = " → ".join(taken) or "nothing"
        yield f"expected to take {' → '.join(then.via)}; took {way}"


def _happened(decision: Decision) -> str:
    match decision:
        case Move(steps):
            way = ", ".join(step.transition or "no transition" for step in steps)
            return f"moved to {shown(decision.target)} by {way}"
        case Stay(stage, refusal=None):
            return f"stayed in {shown(stage)}"
        case Stay(stage, refusal=refusal):
            text = refusal.text if refusal else ""
            return f"stayed in {shown(stage)}: {text}"
        case _:
            return f"the lifecycle has no stage {shown(decision.stage)}"


def _answers(then: Expectation, decision: Decision) -> Iterator[str]:
    """Compare the refusal and the answer to a move in the CRM."""
    refusal = decision.refusal if isinstance(decision, Stay) else None
    code = refusal.code if refusal else None
    if then.refused and code is not then.refused:
        found = f"{code}: {refusal.text}" if refusal else _happened(decision)
        yield f"expected a refusal for {then.refused}; {found}"
    answer = None if isinstance(decision, Orphaned) else decision.answer
    if then.outside and answer is not then.outside:
        yield f"expected the answer {then.outside}; the answer is {answer or 'none'}"


def _criteria(then: Expectation, leaves: list[Finding]) -> Iterator[str]:
    found = {one.criterion: one for one in leaves if one.kind is FindingKind.CRITERION}
    for names, met in ((then.met, True), (then.unmet, False)):
        for name in names:
            finding = found.get(name)
            expected = f"expected {shown(name)} to be {'met' if met else 'not met'}"
            if finding is None:
                yield f"{expected}; no guard asked for it"
            elif finding.met is not met:
                yield f"{expected}; it is {_verdict(finding)}"


def _missing(then: Expectation, leaves: list[Finding]) -> Iterator[str]:
    lacking = {one.field for one in leaves if _lacks(one)}
    for name in then.missing:
        if name not in lacking:
            others = ", ".join(sorted(field for field in lacking if field)) or "nothing"
            yield f"expected {shown(name)} to be missing; missing: {others}"


def _in_time(then: Expectation, course: Course) -> Iterator[str]:
    """Compare what warned, what was broken, who has to act, and what begins."""
    for word, names, kind in (
        ("warned", then.warned, HistoryKind.WARNED),
        ("breached", then.breached, HistoryKind.BREACHED),
        ("escalated", then.escalated, HistoryKind.ESCALATED),
        ("starts", then.starts, HistoryKind.STARTED),
    ):
        found = course.names(kind)
        if names is not None and set(names) != set(found):
            yield f"expected {word}: {_all_of(names)}; {word}: {_all_of(found)}"
    if course.endless:
        yield "too many timers came due before that time had passed; take a shorter one"


def _all_of(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "nothing"


def _lacks(finding: Finding) -> bool:
    """Whether a test found no value; "is known" is then not met, not missing."""
    known = finding.required == Operator.KNOWN and not finding.met
    return finding.kind is FindingKind.TEST and (
        known or finding.status is Status.MISSING
    )


def _said(receipts: Iterable[Receipt]) -> Iterator[str]:
    """Say what each candidate's criteria said, so that the cause is in sight."""
    for receipt in receipts:
        finding = receipt.finding
        parts = [f"{one.code}: {one.text}" for one in receipt.refusals]
        parts += [_verdict(one, named=True) for one in _tops(finding) if finding]
        if parts:
            yield f"{receipt.transition} said: {'; '.join(parts)}"


def _tops(finding: Finding | None) -> list[Finding]:
    """Return the criteria of a finding, or its tests where they stand alone."""
    if finding is None:
        return []
    if finding.kind in (FindingKind.CRITERION, FindingKind.TEST):
        return [finding]
    return [top for part in finding.parts for top in _tops(part)]


def _verdict(finding: Finding, *, named: bool = False) -> str:
    name = f"{finding.criterion or finding.label} " if named else ""
    if finding.met:
        return f"{name}{finding.status}"
    tests = [
        f"{one.field} is {one.observed or 'missing'}, asked {one.required}"
        for one in _walk(finding)
        if one.kind is FindingKind.TEST and not one.met
    ]
    return f"{name}{finding.status} ({', '.join(tests)})"


def _walk(finding: Finding) -> Iterator[Finding]:
    yield finding
    for part in finding.parts:
        yield from _walk(part)
