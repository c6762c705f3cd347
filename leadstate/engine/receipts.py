"""Receipts for people and for the history: readable lines, and JSON-ready data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from leadstate.domain.receipt import Finding, FindingKind, Status
from leadstate.domain.sla import OWN_HOURS, TEAM_HOURS
from leadstate.guards.render import points_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from leadstate.domain.receipt import Receipt

__all__ = [
    "finding_lines",
    "open_criteria",
    "receipt_data",
    "receipt_lines",
    "stored_lines",
]

_MARKS = {
    Status.MET: "+",
    Status.UNMET: "-",
    Status.MISSING: "?",
    Status.UNPARSABLE: "!",
}
_GROUPS = {
    FindingKind.ALL: "all of",
    FindingKind.ANY: "any of",
    FindingKind.AT_LEAST: "at least {needed} of",
}


def receipt_data(receipts: Iterable[Receipt]) -> list[dict[str, object]]:
    """Return receipts as JSON-ready data, every transition and every finding in it."""
    return [_receipt(receipt) for receipt in receipts]


def _receipt(receipt: Receipt) -> dict[str, object]:
    examination, refusals = receipt.examination, receipt.refusals
    return {
        "transition": receipt.transition,
        "from": receipt.source,
        "to": receipt.target,
        "allowed": not refusals and (examination is None or examination.met),
        "refusals": [
            {"code": refusal.code.value, "text": refusal.text} for refusal in refusals
        ]
        if refusals
        else [],
        "guard": examination.data() if examination is not None else None,
    }


def receipt_lines(receipt: Receipt) -> Iterator[str]:
    """Yield a receipt for a person: the transition, obstacles, then every criterion."""
    verdict = "allowed" if receipt.allows else "refused"
    yield f"{receipt.transition} ({receipt.source} -> {receipt.target}): {verdict}"
    for refusal in receipt.refusals:
        yield f"  - {refusal.text}"
    if receipt.finding is not None:
        yield from finding_lines(receipt.finding, depth=1)


def finding_lines(finding: Finding, *, depth: int = 0) -> Iterator[str]:
    """Yield a line a node: ``+`` met, ``-`` unmet, ``?`` missing, ``!`` unreadable."""
    yield f"{'  ' * depth}{_MARKS[finding.status]} {_words(finding)}"
    for one in finding.contributions:
        times = f" ({one.count} times)" if one.count > 1 else ""
        yield f"{'  ' * (depth + 1)}· {points_text(one.points)} {one.text}{times}"
    for part in finding.parts:
        yield from finding_lines(part, depth=depth + 1)


def _words(finding: Finding) -> str:
    if finding.kind is FindingKind.TEST:
        return f"{finding.label} {finding.required}: {_observed(finding)}"
    if finding.kind is FindingKind.CRITERION:
        return finding.label
    return _GROUPS[finding.kind].format(needed=finding.needed)


def _observed(finding: Finding) -> str:
    if finding.status is Status.UNPARSABLE:
        return f"cannot be read ({finding.observed})"
    if finding.observed is None:
        return "nothing known"
    return f"is {finding.observed}"


def open_criteria(receipt: Receipt) -> tuple[Finding, ...]:
    """Return the outermost findings that still stand in the way, for a short answer."""
    finding = receipt.finding
    return tuple(_standing(finding)) if finding is not None else ()


def _standing(finding: Finding) -> Iterator[Finding]:
    if finding.met:
        return
    if finding.kind in (FindingKind.TEST, FindingKind.CRITERION):
        yield finding
        return
    for part in finding.parts:
        yield from _standing(part)


def stored_lines(receipt: Mapping[str, object]) -> Iterator[str]:
    """Yield a stored receipt (see `receipt_data`) as the lines of `receipt_lines`.

    One of a clock tells when the SLA began, in whose hours, and when it was due.
    """
    clock = receipt.get("clock")
    if isinstance(clock, dict):
        yield from _clock_lines(clock)
    for one in _mappings(receipt.get("candidates")):
        verdict = "allowed" if one.get("allowed") else "refused"
        way = f"{one.get('from')} -> {one.get('to')}"
        yield f"{one.get('transition')} ({way}): {verdict}"
        for refusal in _mappings(one.get("refusals")):
            yield f"  - {refusal.get('text')}"
        guard = one.get("guard")
        if isinstance(guard, dict):
            yield from finding_lines(Finding.of_data(guard), depth=1)


def _clock_lines(clock: Mapping[str, object]) -> Iterator[str]:
    """Yield what a clock rested on when it warned or broke its SLA."""
    yield f"the clock of {clock.get('sla')!r} in {clock.get('stage')}{_hours(clock)}:"
    yield f"  started {_moment(clock.get('started_at'))}"
    yield f"  due {_moment(clock.get('due_at'))}"
    if clock.get("breach_was_at"):
        yield f"  no breach any more: that of {_moment(clock['breach_was_at'])}"
    if clock.get("ended_at"):
        yield f"  ended {_moment(clock['ended_at'])}"
    if clock.get("owner"):
        yield f"  owner {clock['owner']}"
    paused = clock.get("paused_times")
    if paused:
        yield f"  paused {'once' if paused == 1 else f'{paused} times'}"
    carried = clock.get("carried_seconds")
    if isinstance(carried, (int, float)) and carried:
        length = timedelta(seconds=round(carried))
        yield f"  {length} (h:mm:ss) used up in earlier stays"


def _hours(clock: Mapping[str, object]) -> str:
    """Return whose time counts, in words that follow the clock's name."""
    calendar = clock.get("calendar")
    if calendar in (OWN_HOURS, TEAM_HOURS):
        return f", by the hours of its {calendar}"
    return f", by the calendar {calendar!r}" if calendar else ""


def _moment(value: object) -> str:
    if not isinstance(value, str):
        return "unknown"
    moment = datetime.fromisoformat(value).astimezone(UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _mappings(value: object) -> list[dict[str, object]]:
    if not isinstance(value, (list, tuple)):
        return []
    return [one for one in value if isinstance(one, dict)]
