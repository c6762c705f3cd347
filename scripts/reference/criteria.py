"""The tables of the criteria language: which test fits which type."""

from __future__ import annotations

from leadstate.domain.condition import Operator
from leadstate.domain.values import FieldType
from leadstate.guards import RESERVED
from leadstate.guards.operators import _FITTING, _SCORE_TESTS
from scripts.reference.markdown import table

# operator -> how it is written
_WRITTEN = {
    Operator.EQ: "`=`, `==`, `is`",
    Operator.NE: "`!=`, `<>`, `is not`",
    Operator.LT: "`<`, for dates also `before`",
    Operator.GT: "`>`, for dates also `after`",
    Operator.HAS: "`'x' in NAME`, `NAME has 'x'`",
    Operator.HAS_NOT: "`'x' not in NAME`, `NAME does not have 'x'`",
    Operator.IN: "`in [a, b]`",
    Operator.NOT_IN: "`not in [a, b]`",
    Operator.WITHIN_NEXT: "`within next 90 days`",
    Operator.NOT_WITHIN_NEXT: "`not within next 90 days`",
    Operator.WITHIN_LAST: "`within last 2 hours`",
    Operator.NOT_WITHIN_LAST: "`not within last 2 hours`",
}


def operators() -> None:
    """Print operators down and types across."""
    rows = []
    for operator in Operator:
        fits = [_mark(operator in _FITTING[kind]) for kind in FieldType]
        score = _mark(operator in _SCORE_TESTS)
        rows.append((_WRITTEN.get(operator, f"`{operator}`"), *fits, score))
    table(["test", *FieldType, "score"], rows)


def _mark(fits: bool) -> str:  # noqa: FBT001 - a cell
    return "yes" if fits else ""


def reserved() -> None:
    """Print the words that name nothing."""
    print(", ".join(f"`{word}`" for word in sorted(RESERVED)) + ".")
