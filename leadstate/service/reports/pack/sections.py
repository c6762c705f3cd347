"""Sections about the definitions, the funnel, times, scores, gaps and cost.

A section is lines of Markdown: figures, then what they mean.  Rows stand in the order
of the workflow, so that two packs differ only where the figures do.
"""

from __future__ import annotations

from difflib import unified_diff
from typing import TYPE_CHECKING

from leadstate.service.reports.comparing import share_difference
from leadstate.service.reports.pack.bands import LEAST, WIDTH, suggestion
from leadstate.service.reports.pack.markdown import (
    change,
    days,
    fenced,
    interval,
    meanings,
    percent,
    plain,
    table,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from leadstate.service.reports.comparing import Difference
    from leadstate.service.reports.figures import Share, Spread
    from leadstate.service.reports.pack.bands import Scored
    from leadstate.service.reports.pack.gathering import PackData
    from leadstate.service.reports.results import StageTime
    from leadstate.service.reports.shortfalls import Cost, CostRow
    from leadstate.store import WorkflowRow

__all__ = ["cost", "definitions", "funnel", "gaps", "scores", "times"]

_SHORT = 12
_MOST_GAPS = 15


def definitions(found: PackData) -> Iterator[str]:
    """Yield which versions of the workflow were applied, and what they changed."""
    if not found.versions:
        yield "No other version of the workflow was applied in this quarter."
        yield ""
    for row, before in found.versions:
        at = row.applied_at.strftime("%Y-%m-%d %H:%M UTC")
        yield f"### Version {row.version[:_SHORT]}, applied {at}"
        yield ""
        yield from _changed(row, before)


def _changed(row: WorkflowRow, before: WorkflowRow | None) -> Iterator[str]:
    if before is None:
        yield "The first version."
        yield ""
        return
    lines = unified_diff(
        before.source.splitlines(),
        row.source.splitlines(),
        before.version[:_SHORT],
        row.version[:_SHORT],
        lineterm="",
        n=1,
    )
    yield from fenced("diff", lines)


def funnel(found: PackData) -> Iterator[str]:
    """Yield how many passes that began in each quarter came how far by its end."""
    yield from table(
        ("step", "reached", "of the step before", "95 % interval", "quarter before",
         "of the step before", "change"),
        [
            (
                plain(now.label),
                f"{now.reached:,}",
                percent(now.from_previous),
                interval(now.from_previous),
                f"{before.reached:,}",
                percent(before.from_previous),
                change(_difference(now.from_previous, before.from_previous)),
            )
            for now, before in zip(
                found.funnel.total.steps, found.funnel_before.total.steps, strict=True
            )
        ],
    )  # fmt: skip
    yield from meanings(found.funnel.about.definitions)


def _difference(now: Share | None, before: Share | None) -> Difference | None:
    if now is None or before is None or not (now.of and before.of):
        return None
    return share_difference((now.hits, now.of), (before.hits, before.of))


def times(found: PackData) -> Iterator[str]:
    """Yield how long stays took that ended in each quarter."""
    before = {one.stage: one for one in found.times_before.stages}
    yield from table(
        ("stage", "stays", "median", "mean", "90 %", "median, business", "open",
         "stays before", "median before"),
        [_time(one, before.get(one.stage)) for one in found.times.stages],
    )  # fmt: skip
    yield from meanings(found.times.about.definitions)


def _time(now: StageTime, before: StageTime | None) -> tuple[str, ...]:
    earlier: Spread | None = before.elapsed if before is not None else None
    return (
        plain(now.label if now.known else f"{now.label} (no longer there)"),
        f"{now.elapsed.n:,}",
        days(now.elapsed.median),
        days(now.elapsed.mean),
        days(now.elapsed.p90),
        days(now.business.median if now.business else None, business=True),
        f"{now.open:,}",
        f"{earlier.n:,}" if earlier else "0",
        days(earlier.median if earlier else None),
    )


# -- scores ----------------------------------------------------------------------------


def scores(found: PackData) -> Iterator[str]:
    """Yield score bands against wins, and a threshold where one is sure."""
    if not found.scored:
        yield "No move of the last four quarters was let through by a score."
        yield ""
        return
    for one in found.scored:
        yield from _scored(one, found)
    yield from meanings(
        (
            "The score is the one in the receipt of the move: as it was then.",
            "Counted are moves of the four quarters that end with this one.",
            "Won is of leads won or lost in the same pass; others are undecided.",
            "Leads that were not let through are not among them.",
            "So the figures cannot say whether a lower threshold would be better.",
        )
    )


def _scored(one: Scored, found: PackData) -> Iterator[str]:
    transition = found.lifecycle.transitions.get(one.transition)
    score = found.lifecycle.scores.get(one.score)
    way = transition.label if transition is not None else one.transition
    asked = ", ".join(text for text in one.required if text) or "nothing"
    yield f"### {plain(score.label if score else one.score)} at {plain(way)}"
    yield ""
    yield f"The guard asked for {plain(asked)}."
    yield ""
    yield from table(
        ("score", "decided", "won", "share won", "95 % interval", "undecided"),
        [
            (
                plain(f"{band.low} to under {band.low + WIDTH}"),
                f"{band.won.of:,}",
                f"{band.won.hits:,}",
                percent(band.won),
                interval(band.won),
                f"{band.undecided:,}",
            )
            for band in one.bands
        ],
    )
    yield _suggested(one)
    yield ""


def _suggested(one: Scored) -> str:
    decided = sum(band.won.of for band in one.bands)
    if decided < 2 * LEAST:
        return (
            f"Too few: {decided:,} decided leads, and a suggestion takes at least "
            f"{LEAST} on each side of a threshold."
        )
    best = suggestion(one.bands)
    if best is None:
        return (
            f"No threshold is suggested: among {decided:,} decided leads none divides "
            f"wins from losses surely, with at least {LEAST} on each side."
        )
    return (
        f"**A suggestion, not a decision: {best.threshold}.** At or over it "
        f"{best.above.hits:,} of {best.above.of:,} decided leads were won "
        f"({percent(best.above)}), under it {best.below.hits:,} of {best.below.of:,} "
        f"({percent(best.below)}): {change(best.difference)}. Expected effect on leads "
        f"like these: {best.kept.hits:,} of {best.kept.of:,} ({percent(best.kept)}) "
        f"still move on, and {best.wins.hits:,} of {best.wins.of:,} wins "
        f"({percent(best.wins)}) are among them; the other "
        f"{best.wins.of - best.wins.hits:,} wins would have been kept back."
    )


# -- gaps and cost ---------------------------------------------------------------------


def gaps(found: PackData) -> Iterator[str]:
    """Yield the fields that hold the most records back, as the records stand now."""
    at = found.gaps.about.as_of.strftime("%Y-%m-%d %H:%M UTC")
    yield f"{found.gaps.records:,} active records, as they stood at {at}."
    yield ""
    yield from table(
        ("stage", "way on", "field", "missing", "unreadable", "opens alone",
         "opens with others", "of the stage"),
        [
            (
                plain(one.stage),
                plain(one.transition),
                plain(one.label),
                f"{one.missing:,}",
                f"{one.unreadable:,}",
                f"{one.alone:,}",
                f"{one.together:,}",
                percent(one.share),
            )
            for one in found.gaps.rows[:_MOST_GAPS]
        ],
    )  # fmt: skip
    yield from meanings(found.gaps.about.definitions)


def cost(found: Cost) -> Iterator[str]:
    """Yield what leads cost, by source."""
    steps = found.sources[0].steps if found.sources else ()
    yield from table(
        ("source", "spend", "leads", "a lead", *(plain(one.label) for one in steps)),
        [
            (
                plain(row.source or "(no source)"),
                _money(row.spend, row),
                f"{row.leads:,}",
                _money(row.lead_cost, row),
                *(f"{one.reached:,}: {_money(one.cost, row)}" for one in row.steps),
            )
            for row in found.sources
        ],
    )
    yield from meanings(found.about.definitions)


def _money(amount: Decimal | None, row: CostRow) -> str:
    if amount is None or row.currency is None:
        return "-"
    return f"{amount:,} {row.currency}"
