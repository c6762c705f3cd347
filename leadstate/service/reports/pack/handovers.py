"""Sections about what teams agreed: acceptance, reasons, SLAs, responsibility."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from leadstate.service.reports.agreements import Way
from leadstate.service.reports.comparing import share_difference
from leadstate.service.reports.pack.markdown import (
    change,
    days,
    interval,
    meanings,
    percent,
    plain,
    table,
)
from leadstate.service.reports.verdicts import Figure, Side, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.service.reports.agreements import ReasonRow, SlaRow
    from leadstate.service.reports.pack.gathering import PackData
    from leadstate.service.reports.verdicts import Measure, ResponsibilityRow

__all__ = ["acceptance", "rejections", "responsibility", "slas"]

_OWN_WORDS, _NO_REASON = "(own words)", "(none given)"
_FIGURES = {
    Figure.SLA: "SLA kept",
    Figure.ACCEPTANCE: "hand-off accepted",
    Figure.ONWARD: "went onward",
    Figure.TIME: "median time",
}


def acceptance(found: PackData) -> Iterator[str]:
    """Yield how many leads the next team took, and how that drifts."""
    yield from table(
        ("stage", "from team", "to team", "accepted", "refused", "share",
         "95 % interval", "quarter before", "change"),
        [
            (
                plain(one.stage),
                plain(one.giving),
                plain(one.taking),
                f"{one.accepted:,}",
                f"{one.refused:,}",
                percent(one.share),
                interval(one.share),
                percent(one.before),
                change(one.change),
            )
            for one in found.reasons.acceptance
        ],
    )  # fmt: skip
    yield from meanings(found.reasons.about.definitions)


def rejections(found: PackData) -> Iterator[str]:
    """Yield why leads were sent back, parked and lost; nobody's own words."""
    counts, before = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    totals = Counter[tuple[str, ...]]()
    for row in found.reasons.rows:
        if row.way is not Way.ONWARD:
            key = _reason_key(row, found.listed)
            counts[key] += row.count
            before[key] += row.before or 0
            totals[key[:3]] += row.count
    yield from table(
        ("stage", "team", "to", "reason", "leads", "of these", "time before"),
        [
            (
                *key,
                f"{counts[key]:,}",
                f"{counts[key] / totals[key[:3]]:.1%}" if totals[key[:3]] else "-",
                f"{before[key]:,}",
            )
            for key in sorted(counts, key=lambda key: _place(key, found))
        ],
    )


def _reason_key(row: ReasonRow, listed: frozenset[str]) -> tuple[str, ...]:
    reason = _NO_REASON if row.reason is None else _OWN_WORDS
    if row.reason in listed:
        reason = row.label
    return (
        plain(row.stage),
        plain(row.team or "-"),
        plain(f"{row.to_stage} ({row.way})"),
        plain(reason),
    )


def _place(key: tuple[str, ...], found: PackData) -> tuple[object, ...]:
    stages = [plain(one) for one in found.lifecycle.stages]
    place = stages.index(key[0]) if key[0] in stages else len(stages)
    return place, *key


def slas(found: PackData) -> Iterator[str]:
    """Yield how SLAs were kept, beside the quarter before."""
    earlier = {_sla(one): one for one in found.sla_before.slas}
    yield from table(
        ("stage", "SLA", "team", "met", "missed", "late", "kept",
         "95 % interval", "quarter before", "change"),
        [_kept(one, earlier.get(_sla(one))) for one in found.sla.slas],
    )  # fmt: skip
    if found.sla.total.unmeasured:
        yield f"Not measured: {found.sla.total.unmeasured:,} stays."
        yield ""
    yield from meanings(found.sla.about.definitions)


def _sla(one: SlaRow) -> tuple[str | None, ...]:
    return one.stage, one.sla, one.team


def _kept(now: SlaRow, before: SlaRow | None) -> tuple[str, ...]:
    kept, earlier = now.kept.share, before.kept.share if before is not None else None
    moved = None
    if earlier is not None and earlier.of and kept.of:
        moved = share_difference((kept.hits, kept.of), (earlier.hits, earlier.of))
    return (
        plain(now.stage or "-"),
        plain(now.sla or "-"),
        plain(now.team or "(no team)"),
        f"{now.kept.met:,}",
        f"{now.kept.missed:,}",
        f"{now.kept.late:,}",
        percent(kept),
        interval(kept),
        percent(earlier),
        change(moved),
    )


def responsibility(found: PackData) -> Iterator[str]:
    """Yield which stage sags against its own past, and whose it is."""
    stages = {name: place for place, name in enumerate(found.lifecycle.stages)}
    rows = sorted(
        found.responsibility.rows,
        key=lambda one: (
            stages.get(one.stage, len(stages)),
            one.stage,
            list(Figure).index(one.figure),
            one.sla or "",
            one.side,
        ),
    )
    yield from table(
        ("stage", "figure", "whose", "now", "before", "change", "verdict"),
        [_judged(one) for one in rows],
    )
    yield from meanings(found.responsibility.about.definitions)


def _judged(one: ResponsibilityRow) -> tuple[str, ...]:
    figure = _FIGURES[one.figure] + (f": {one.sla}" if one.sla else "")
    verdict = one.verdict.value
    sure = one.verdict in (Verdict.SAGS, Verdict.IMPROVES)
    return (
        plain(one.stage),
        plain(figure),
        plain(_whose(one)),
        plain(_measured(one.now)),
        plain(_measured(one.before)),
        _moved(one),
        f"**{verdict}**" if sure else verdict,
    )


def _whose(one: ResponsibilityRow) -> str:
    if one.side is Side.SYSTEM:
        return "nobody's person"
    part = {Side.GIVING: ", giving", Side.TAKING: ", taking"}.get(one.side, "")
    return f"{one.team or 'no team'}{part}"


def _measured(one: Measure) -> str:
    if one.share is not None:
        return f"{one.share:.1%} of {one.n:,}"
    return f"{days(one.median)} of {one.n:,}"


def _moved(one: ResponsibilityRow) -> str:
    if one.change is None:
        return "-"
    if one.figure is not Figure.TIME:
        return change(one.change)
    value, low, high = (
        days(timedelta(microseconds=part))
        for part in (one.change.value, one.change.low, one.change.high)
    )
    return plain(f"{value} ({low} to {high})")
