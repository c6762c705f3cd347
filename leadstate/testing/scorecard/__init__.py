"""The scorecard of an adapter: rules in code, judged from evidence, never claimed.

Bronze: it keeps the core promises, a page tells how to connect it, it can be tried
without an account.  Silver: it can be left alone.  Gold: it helps its admin.

`grade_adapter` gathers what an installed adapter is judged by, `judge` judges it.

>>> from leadstate.adapters import AdapterSpec
>>> spec = AdapterSpec(name="acme", title="Acme", open=lambda connection: None)
>>> card = judge(Evidence(spec=spec, package="leadstate-acme", version="1.0"))
>>> card.tier is None, card.judged
(True, True)
>>> [one.rule.key for one in card.results if one.state is RuleState.UNMET][0]
'setup_guide'
"""

from leadstate.testing.scorecard.evidence import Evidence, TestedPromise
from leadstate.testing.scorecard.grading import find_suite, grade_adapter
from leadstate.testing.scorecard.judging import (
    RuleResult,
    Scorecard,
    judge,
    scorecard_data,
)
from leadstate.testing.scorecard.rules import RULES, RuleState, ScorecardRule, Tier

__all__ = [
    "RULES",
    "Evidence",
    "RuleResult",
    "RuleState",
    "Scorecard",
    "ScorecardRule",
    "TestedPromise",
    "Tier",
    "find_suite",
    "grade_adapter",
    "judge",
    "scorecard_data",
]
