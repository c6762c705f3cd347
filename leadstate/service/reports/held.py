"""One figure held against its own past, and what that says.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from leadstate.service.reports.comparing import median_difference, share_difference
from leadstate.service.reports.figures import percentile
from leadstate.service.reports.verdicts import (
    Figure,
    Measure,
    ResponsibilityRow,
    Side,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadstate.service.reports.comparing import Difference

__all__ = ["MICROSECOND", "Held"]

MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One figure in every window of time; the latest first, the others its past.

    Attributes:
        giving: The team that owns the stage.
        taking: For a hand-off: the team that takes.
        shares: Hits and number by window, for all figures but TIME.
        lengths: Ordered microseconds by window, for TIME.
    """

    figure: Figure
    stage: str
    sla: str | None = None
    giving: str | None
    taking: str | None = None
    side: Side
    shares: tuple[tuple[int, int], ...] = ()
    lengths: tuple[list[int], ...] = ()

    @property
    def _now(self) -> Measure:
        return self._measure(0)

    def _measure(self, window: int) -> Measure:
        if self.figure is Figure.TIME:
            return _median(self.lengths[window])
        return _part(*self.shares[window])

    def _past(self) -> Measure:
        if self.figure is Figure.TIME:
            return _median(self._past_lengths())
        return _part(*self._past_share())

    def _past_share(self) -> tuple[int, int]:
        hits, of = zip(*self.shares[1:], strict=True)
        return sum(hits), sum(of)

    def _past_lengths(self) -> list[int]:
        return sorted(one for part in self.lengths[1:] for one in part)

    def testable(self, least: int) -> bool:
        """Return whether there is enough of it, now and before."""
        return min(self._now.n, self._past().n) >= max(least, 1)

    def judged(self, least: int, confidence: float) -> ResponsibilityRow:
        """Return what it says, with an interval of this confidence."""
        change = self._change(confidence) if self.testable(least) else None
        return ResponsibilityRow(
            figure=self.figure,
            stage=self.stage,
            sla=self.sla,
            giving=self.giving,
            taking=self.taking,
            team=self._team,
            side=self.side,
            now=self._now,
            before=self._past(),
            earlier=tuple(
                self._measure(number) for number in range(self._parts - 1, 0, -1)
            ),
            change=change,
            verdict=self._verdict(change),
            weight=change.weight if change is not None else 0.0,
        )

    @property
    def _parts(self) -> int:
        return len(self.shares or self.lengths)

    @property
    def _team(self) -> str | None:
        match self.side:
            case Side.SYSTEM:
                return None
            case Side.TAKING:
                return self.taking
            case Side.STAGE | Side.GIVING:  # pragma: no branch - every side is named
                return self.giving

    def _change(self, confidence: float) -> Difference | None:
        if self.figure is Figure.TIME:
            return median_difference(self.lengths[0], self._past_lengths(), confidence)
        return share_difference(self.shares[0], self._past_share(), confidence)

    def _verdict(self, change: Difference | None) -> Verdict:
        if change is None:
            return Verdict.TOO_FEW
        if not change.certain:
            return Verdict.AS_BEFORE
        worse = change.value > 0 if self.figure is Figure.TIME else change.value < 0
        return Verdict.SAGS if worse else Verdict.IMPROVES


def _part(hits: int, of: int) -> Measure:
    return Measure(n=of, share=hits / of if of else None)


def _median(ordered: Sequence[int]) -> Measure:
    if not ordered:
        return Measure(n=0)
    middle = round(percentile(ordered, 0.5)) * MICROSECOND
    return Measure(n=len(ordered), median=middle)
