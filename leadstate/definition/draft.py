"""A workflow while it is being read: what was understood so far, and what was not.

Readers fill it section by section.  Names are collected before anything is read, so
that every section may refer to every other, and so that a name is "known" even where
its own definition has a mistake: one mistake is reported once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from .keys import WORKFLOW
from .names import better_name
from .nodes import ListNode, MapNode, TextNode

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import (
        Criterion,
        Field,
        Score,
        Stage,
        Transition,
    )
    from leadstate.domain.sla import SLA, Calendar

    from .nodes import Located
    from .problems import Problems
    from .reader import Reader

__all__ = ["DeclaredNames", "LifecycleDraft"]

MOST_FIELDS: Final = 500
MOST_CRITERIA: Final = 300
MOST_STAGES: Final = 100
MOST_TRANSITIONS: Final = 300


@dataclass(frozen=True, slots=True)
class DeclaredNames:
    """The names a file declares; None where the section itself is unreadable."""

    stages: tuple[str, ...] | None
    fields: tuple[str, ...] | None
    criteria: tuple[str, ...] | None
    transitions: tuple[str, ...] | None
    scores: tuple[str, ...] | None
    calendars: tuple[str, ...] | None
    teams: tuple[str, ...] | None
    reasons: tuple[str, ...] | None

    @classmethod
    def of(cls, tree: MapNode) -> DeclaredNames:
        """Collect them."""
        return cls(
            stages=_declared(tree, "stages"),
            fields=_declared(tree, "fields"),
            criteria=_declared(tree, "criteria"),
            transitions=_declared(tree, "transitions"),
            scores=_declared(tree, "scores"),
            calendars=_declared(tree, "calendars", "always"),
            teams=_texts(tree.find("teams")),
            reasons=_reasons(tree.find("reasons")),
        )

    @property
    def complete(self) -> bool:
        """Whether a name that is unknown in a condition is certainly unknown."""
        return None not in (self.fields, self.criteria, self.scores)


def _declared(tree: MapNode, section: str, *built_in: str) -> tuple[str, ...] | None:
    """Return the names of a section, as written and as they should be written."""
    node = tree.find(section)
    if isinstance(node, MapNode):
        meant = (better_name(name) or name for name in node.entries)
        return tuple(dict.fromkeys((*built_in, *meant, *node.entries)))
    strays = tree.entries.keys() - set(WORKFLOW.names)
    return built_in if node is None and not strays else None


def _texts(node: Located | None) -> tuple[str, ...] | None:
    if isinstance(node, MapNode):
        return tuple(node.entries)
    if not isinstance(node, ListNode):
        return None
    texts = tuple(item.value for item in node.items if isinstance(item, TextNode))
    return texts if len(texts) == len(node.items) else None


def _reasons(node: Located | None) -> tuple[str, ...] | None:
    return tuple(node.entries) if isinstance(node, MapNode) else None


@dataclass(slots=True)
class LifecycleDraft:
    """Everything that was read, in file order.

    Attributes:
        broken: Names with mistakes of their own; their users are not blamed.
        doubtful: Transitions whose ends or guard could not be read; the graph is then
            not judged by what they might have said.
        otherwise: Automatic transitions that wait for the ones above them.
        used: Names that stand alone in some condition.
        wake_slas: Parked stage -> the SLAs of its wake-up.
    """

    reader: Reader
    names: DeclaredNames
    timezone: str = "UTC"
    fields: dict[str, Field] = field(default_factory=dict)
    scores: dict[str, Score] = field(default_factory=dict)
    criteria: dict[str, Criterion] = field(default_factory=dict)
    calendars: dict[str, Calendar] = field(default_factory=dict)
    stages: dict[str, Stage] = field(default_factory=dict)
    transitions: dict[str, Transition] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)
    otherwise: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    teams: dict[str, str | None] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    wake_slas: dict[str, tuple[SLA, ...]] = field(default_factory=dict)

    @property
    def problems(self) -> Problems:
        """Where mistakes go."""
        return self.reader.problems

    @property
    def tree(self) -> MapNode:
        """The file, for places."""
        return self.reader.node
