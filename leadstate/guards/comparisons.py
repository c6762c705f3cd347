"""How each kind of test is written in Python: look at the class, then compare.

A value that is missing, unparsable or of another type is never met and never raises.
The words in braces are filled with names that the compiler makes up (``k1``, ``k2``),
never with anything that a workflow says: see `leadstate.guards.compiler`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from leadstate.domain.condition import Operator
from leadstate.domain.values import Value
from leadstate.guards.facts import Facts

__all__ = ["ABSENT", "COMPARED", "FOLDED", "LOOKED_AT", "SCORES", "Check"]

Check: TypeAlias = Callable[[Mapping[str, Value], Facts], bool]
"""A compiled condition: asks the values of a record, and the rest of its facts."""

LOOKED_AT: Final = "(v := values.get({name})).__class__ {fits}"
"""What comes before every comparison with a value: it is one of the type's classes."""

ABSENT: Final = "values.get({name}) is None"

COMPARED: Final = {
    Operator.EQ: "v == {wanted}",
    Operator.NE: "v != {wanted}",
    Operator.LT: "v < {wanted}",
    Operator.LE: "v <= {wanted}",
    Operator.GT: "v > {wanted}",
    Operator.GE: "v >= {wanted}",
    Operator.IN: "v in {wanted}",
    Operator.NOT_IN: "v not in {wanted}",
    Operator.HAS: "{wanted} in v",
    Operator.HAS_NOT: "{wanted} not in v",
    Operator.CONTAINS: "{wanted} in v",
    Operator.NOT_CONTAINS: "{wanted} not in v",
    Operator.STARTS_WITH: "v.startswith({wanted})",
    Operator.NOT_STARTS_WITH: "not v.startswith({wanted})",
    Operator.ENDS_WITH: "v.endswith({wanted})",
    Operator.NOT_ENDS_WITH: "not v.endswith({wanted})",
    Operator.WITHIN_NEXT: "{origin} <= v <= {origin} + {wanted}",
    Operator.NOT_WITHIN_NEXT: "not {origin} <= v <= {origin} + {wanted}",
    Operator.WITHIN_LAST: "{origin} - {wanted} <= v <= {origin}",
    Operator.NOT_WITHIN_LAST: "not {origin} - {wanted} <= v <= {origin}",
}
"""A value held against its constant, its set of constants, or a span of time."""

FOLDED: Final = {
    Operator.EQ: "v.casefold() == {wanted}",
    Operator.NE: "v.casefold() != {wanted}",
    Operator.IN: "v.casefold() in {wanted}",
    Operator.NOT_IN: "v.casefold() not in {wanted}",
    Operator.CONTAINS: "{wanted} in v.casefold()",
    Operator.NOT_CONTAINS: "{wanted} not in v.casefold()",
    Operator.STARTS_WITH: "v.casefold().startswith({wanted})",
    Operator.NOT_STARTS_WITH: "not v.casefold().startswith({wanted})",
    Operator.ENDS_WITH: "v.casefold().endswith({wanted})",
    Operator.NOT_ENDS_WITH: "not v.casefold().endswith({wanted})",
}
"""The same for text, which compares without regard to case."""

SCORES: Final = {
    Operator.EQ: "facts.score({score}) == {wanted}",
    Operator.NE: "facts.score({score}) != {wanted}",
    Operator.LT: "facts.score({score}) < {wanted}",
    Operator.LE: "facts.score({score}) <= {wanted}",
    Operator.GT: "facts.score({score}) > {wanted}",
    Operator.GE: "facts.score({score}) >= {wanted}",
}
"""A test on a score; scores are never missing."""
