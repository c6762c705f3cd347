"""Judge every rule by the evidence, and compute the tier; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.adapters.capabilities import capabilities_data
from leadstate.testing.scorecard.rules import RULES, RuleState, Tier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadstate.testing.scorecard.evidence import Evidence
    from leadstate.testing.scorecard.rules import ScorecardRule

__all__ = ["RuleResult", "Scorecard", "judge", "scorecard_data"]


@dataclass(frozen=True, slots=True)
class RuleResult:
    """How one rule came out for one adapter; ``how`` says it in a sentence."""

    rule: ScorecardRule
    state: RuleState
    how: str


@dataclass(frozen=True, slots=True)
class Scorecard:
    """How every rule came out, and by what.

    Attributes:
        tier: The highest tier whose rules, and those below it, are all met.
        judged: False when a rule that decides about the next tier is unknown.
    """

    evidence: Evidence
    results: tuple[RuleResult, ...]
    tier: Tier | None
    judged: bool

    def reaches(self, least: Tier) -> bool:
        """Whether the tier is ``least`` or a higher one."""
        tiers = list(Tier)
        return self.tier is not None and tiers.index(self.tier) >= tiers.index(least)


def judge(evidence: Evidence) -> Scorecard:
    """Judge every rule, and compute the tier."""
    results = tuple(RuleResult(rule, *rule.judge(evidence)) for rule in RULES)
    tier, judged = _tier(results)
    return Scorecard(evidence, results, tier, judged)


def _tier(results: Sequence[RuleResult]) -> tuple[Tier | None, bool]:
    """Return the highest tier that is met, and whether the next one was judged."""
    tier = None
    for wanted in Tier:
        states = {one.state for one in results if one.rule.tier is wanted}
        if states != {RuleState.MET}:
            return tier, RuleState.UNMET in states
        tier = wanted
    return tier, True


def scorecard_data(card: Scorecard) -> dict[str, object]:
    """Return a scorecard for programs, as JSON-ready data."""
    evidence = card.evidence
    return {
        "name": evidence.spec.name,
        "title": evidence.spec.title,
        "package": evidence.package,
        "version": evidence.version,
        "tier": card.tier,
        "judged": card.judged,
        "rules": [_rule_data(one) for one in card.results],
        "capabilities": capabilities_data(evidence.spec),
        "promises": _promises_data(evidence),
    }


def _rule_data(result: RuleResult) -> dict[str, str]:
    return {
        "rule": result.rule.key,
        "tier": result.rule.tier,
        "sentence": result.rule.sentence,
        "state": result.state,
        "how": result.how,
    }


def _promises_data(evidence: Evidence) -> list[dict[str, str | None]] | None:
    if evidence.promises is None:
        return None
    return [
        {
            "name": one.name,
            "sentence": one.sentence,
            "capability": one.capability,
            "outcome": one.outcome,
            "reason": one.reason,
        }
        for one in evidence.promises.values()
    ]
