"""The criteria language: text to a condition tree, and the tree to verdicts.

A tree becomes a fast function (`compile_guard`), an explanation (`Guard.examine`), SQL
(`to_sql`) and text again (`render_condition`).
All of them agree, and all count what is unknown as not met.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.guards.facts import Facts, folded
from leadstate.guards.guard import Guard, compile_guard
from leadstate.guards.mistakes import MISTAKES, GuardError, Mistake
from leadstate.guards.next_change import next_change_of
from leadstate.guards.render import render_condition
from leadstate.guards.scores import CompiledScore, compile_score
from leadstate.guards.tokens import RESERVED
from leadstate.guards.trees import (
    all_of,
    any_of,
    at_least,
    negate,
    none_of,
    subjects,
)
from leadstate.guards.typecheck import NameScope, read_condition, references

if TYPE_CHECKING:
    from leadstate.guards.sql import SqlColumns, to_sql

__all__ = [
    "MISTAKES",
    "RESERVED",
    "CompiledScore",
    "Facts",
    "Guard",
    "GuardError",
    "Mistake",
    "NameScope",
    "SqlColumns",
    "all_of",
    "any_of",
    "at_least",
    "compile_guard",
    "compile_score",
    "folded",
    "negate",
    "next_change_of",
    "none_of",
    "read_condition",
    "references",
    "render_condition",
    "subjects",
    "to_sql",
]


def __getattr__(name: str) -> object:
    """Load the SQL writer when it is asked for: SQLAlchemy is slow to load."""
    if name in ("SqlColumns", "to_sql"):
        from leadstate.guards import sql  # noqa: PLC0415

        return getattr(sql, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
