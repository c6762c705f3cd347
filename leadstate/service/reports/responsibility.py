"""Which stage sags against its own past, and whose it is.

Every figure is held against the same figure of a baseline, and nothing against another
team.  How, and what that cannot know: docs/explanation/responsibility.md.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from leadstate.domain.lifecycle import StageKind
from leadstate.errors import UsageError
from leadstate.service.reports.agreements import Way
from leadstate.service.reports.comparing import together
from leadstate.service.reports.figures import CONFIDENCE
from leadstate.service.reports.held import MICROSECOND, Held
from leadstate.service.reports.reasons import accepted_and_refused
from leadstate.service.reports.scope import about, selected
from leadstate.service.reports.verdicts import Figure, Responsibility, Side, Verdict
from leadstate.service.reports.ways import hand_offs, way_of
from leadstate.service.timers.slas import DelayKind, delay_kind
from leadstate.store.reports.endings import Endings, Windows
from leadstate.store.reports.kept_clocks import KeptClocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadstate.domain.lifecycle import Lifecycle, Stage
    from leadstate.domain.sla import SLA
    from leadstate.service.reports.scope import Scope
    from leadstate.service.reports.verdicts import ResponsibilityRow
    from leadstate.service.reports.ways import HandOff
    from leadstate.store import View
    from leadstate.store.reports.endings import Ending
    from leadstate.store.reports.selection import Selection

__all__ = ["LEAST", "MOST_PERIODS", "PERIODS", "USUAL", "responsibility"]

PERIODS: Final = 4
"""The baseline has so many parts, each as long as the time that is looked at."""

MOST_PERIODS: Final = 52

LEAST: Final = 20
"""A figure that rests on fewer leads or SLAs is not judged."""

USUAL: Final = timedelta(days=30)
"""The time that is looked at when nobody says when it begins."""

_RANK: Final = (Verdict.SAGS, Verdict.IMPROVES, Verdict.AS_BEFORE, Verdict.TOO_FEW)


def responsibility(  # noqa: PLR0913
    view: View,
    lifecycle: Lifecycle,
    scope: Scope,
    now: datetime,
    *,
    periods: int = PERIODS,
    least: int = LEAST,
) -> Responsibility:
    """Return how every stage and hand-off stands against its own past.

    A team in the scope chooses rows when all have been judged: how many figures are
    looked at together does not depend on who asks.

    Args:
        periods: Of how many parts the baseline is.
        least: Figures that rest on fewer are not judged.

    Raises:
        UsageError: The scope cannot be, or the baseline would begin before all time.
    """
    selected(scope, lifecycle, now)  # a misspelt team is told, too
    its = selected(replace(scope, team=None), lifecycle, now)
    windows = _windows(its, now, periods)
    its = replace(its, since=windows.since, until=windows.until)
    found = list(_figures(view, lifecycle, its, windows))
    tested = sum(one.testable(least) for one in found)
    each = together(tested)
    rows = sorted((one.judged(least, each) for one in found), key=_surest)
    return Responsibility(
        about=about(
            "Responsibility map", lifecycle, scope, now, _definitions(tested, each)
        ),
        since=windows.until - windows.length,
        until=windows.until,
        baseline=windows.since,
        periods=periods,
        tested=tested,
        confidence=CONFIDENCE,
        each=each,
        least=least,
        rows=tuple(row for row in rows if _asked_for(row, scope.team, lifecycle)),
    )


def _windows(its: Selection, now: datetime, periods: int) -> Windows:
    if not 1 <= periods <= MOST_PERIODS:
        raise UsageError(
            f"a baseline of {periods} parts cannot be; take 1 to {MOST_PERIODS}"
        )
    until = min(its.until or now, now)
    try:
        length = until - (its.since or until - USUAL)
        windows = Windows(until=until, length=length, number=periods + 1)
        baseline = windows.since
    except OverflowError as error:
        raise UsageError(
            "the baseline would begin before the year 1; look at a shorter time"
        ) from error
    if baseline >= until:
        raise UsageError(f"the time that is looked at has not begun ({its.since})")
    return windows


def _definitions(tested: int, each: float) -> tuple[str, ...]:
    looked_at = "No figure rests on enough leads, now and before, to be judged."
    if tested:
        looked_at = (
            f"{tested} figures were looked at together; for all intervals to hold with "
            f"95 %, each was made to hold with {each:.2%} (Bonferroni)."
        )
    return (
        "Each figure is held against itself over the baseline, nobody against others.",
        "SLA: kept, of the SLAs met or broken in the time.",
        "Acceptance: leads that the other team took, of those taken or refused.",
        "Onward: leads that went on, of those that left the stage.",
        "Time: the median stay, on the wall, of stays that ended in the time.",
        looked_at,
        "Sags, improves: the interval of the change leaves out zero.",
        "As before: it does not, which is no proof that nothing changed.",
        "The intervals know of chance, and not of seasons, campaigns or holidays.",
        "Giving: the giving team's leads. Taking: the taking team's SLA to look.",
        "System: nobody had been given the lead, so it is no person's.",
    )


def _surest(row: ResponsibilityRow) -> tuple[int, float, float]:
    size = abs(row.change.value) if row.change is not None else 0.0
    if row.figure is Figure.TIME and row.before.median:
        size /= row.before.median / MICROSECOND
    return _RANK.index(row.verdict), -row.weight, -size


def _asked_for(row: ResponsibilityRow, team: str | None, lifecycle: Lifecycle) -> bool:
    mine = (
        row.team if row.side is not Side.SYSTEM else lifecycle.stages[row.stage].owner
    )
    return team is None or mine == team


# -- figures ---------------------------------------------------------------------------


def _figures(
    view: View, lifecycle: Lifecycle, its: Selection, windows: Windows
) -> Iterator[Held]:
    endings = Endings(view.connection, view.workflow)
    ended = endings.counts(its, windows)
    yield from _slas(view, lifecycle, its, windows)
    yield from _acceptance(lifecycle, ended, windows)
    yield from _onward(lifecycle, ended, windows)
    yield from _times(lifecycle, endings.lengths(its, windows), windows)


def _acceptance(
    lifecycle: Lifecycle, ended: Sequence[Ending], windows: Windows
) -> Iterator[Held]:
    taken = accepted_and_refused(lifecycle, ended)
    for one in hand_offs(lifecycle):
        shares = [taken.get((one, number), (0, 0)) for number in range(windows.number)]
        yield Held(
            figure=Figure.ACCEPTANCE,
            stage=one.stage,
            giving=one.giving,
            taking=one.taking,
            side=Side.GIVING,
            shares=tuple((hits, hits + rest) for hits, rest in shares),
        )


def _onward(
    lifecycle: Lifecycle, ended: Sequence[Ending], windows: Windows
) -> Iterator[Held]:
    """Yield conversions; where leads wait to be taken, that is their acceptance."""
    left: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    for one in ended:
        way = way_of(lifecycle, one.stage, one.to_stage)
        if way is not None:
            left[one.stage, one.window][0] += one.count * (way is Way.ONWARD)
            left[one.stage, one.window][1] += one.count
    for stage in _open_stages(lifecycle):
        if _hand_off_at(lifecycle, stage) is None:
            shares = [left[stage.name, number] for number in range(windows.number)]
            yield Held(
                figure=Figure.ONWARD,
                stage=stage.name,
                giving=stage.owner,
                side=Side.STAGE,
                shares=tuple((hits, of) for hits, of in shares),
            )


def _times(
    lifecycle: Lifecycle,
    lengths: Mapping[tuple[str, int], list[int]],
    windows: Windows,
) -> Iterator[Held]:
    for stage in _open_stages(lifecycle):
        place = _hand_off_at(lifecycle, stage)
        yield Held(
            figure=Figure.TIME,
            stage=stage.name,
            giving=stage.owner,
            taking=place.taking if place is not None else None,
            side=Side.STAGE if place is None else Side.TAKING,
            lengths=tuple(
                lengths.get((stage.name, number), [])
                for number in range(windows.number)
            ),
        )


def _open_stages(lifecycle: Lifecycle) -> Iterator[Stage]:
    return (one for one in lifecycle.stages.values() if one.kind is StageKind.OPEN)


def _hand_off_at(lifecycle: Lifecycle, stage: Stage) -> HandOff | None:
    """Return the hand-off that waits in a stage; None where several teams take."""
    here = [one for one in hand_offs(lifecycle) if one.stage == stage.name]
    return here[0] if len(here) == 1 else None


def _slas(
    view: View, lifecycle: Lifecycle, its: Selection, windows: Windows
) -> Iterator[Held]:
    counts = KeptClocks(view.connection, view.workflow).verdicts(its, windows)
    for stage in lifecycle.stages.values():
        for sla in stage.slas:
            place = _hand_off_at(lifecycle, stage)
            side = _side_of(sla, place)
            shares = [counts.get((stage.name, sla.name, number), (0, 0))
                      for number in range(windows.number)]  # fmt: skip
            yield Held(
                figure=Figure.SLA,
                stage=stage.name,
                sla=sla.name,
                giving=stage.owner,
                taking=place.taking if place is not None else None,
                side=side,
                shares=tuple(shares),
            )


def _side_of(sla: SLA, place: HandOff | None) -> Side:
    """Return whose part an SLA measures."""
    if delay_kind(sla) is DelayKind.SYSTEM:
        return Side.SYSTEM
    # Where leads wait to be taken, a clock that ends with their leaving is the taker's.
    return Side.TAKING if place is not None and sla.until is None else Side.STAGE
