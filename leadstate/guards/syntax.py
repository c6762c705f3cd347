"""The shape of a condition as written, before any name in it has a meaning."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from leadstate.domain.condition import Operator
    from leadstate.guards.tokens import Token

__all__ = ["Bare", "Group", "GroupKind", "Negation", "Node", "Predicate"]


class GroupKind(StrEnum):
    """How the parts of a group count."""

    ALL = "all"
    ANY = "any"
    NONE = "none"
    AT_LEAST = "at least"


@dataclass(frozen=True, slots=True)
class Bare:
    """A name that stands alone: a criterion, or a boolean field."""

    name: Token


@dataclass(frozen=True, slots=True)
class Predicate:
    """A name, what is asked of it, and the constants as written.

    For ``within`` the constants are the number and the unit.
    """

    name: Token
    operator: Operator
    operands: tuple[Token, ...]
    sign: Token


@dataclass(frozen=True, slots=True)
class Negation:
    """``not`` before something."""

    part: Node


@dataclass(frozen=True, slots=True)
class Group:
    """Several parts; ``needed`` is the number of ``at least``, ``start`` its token."""

    kind: GroupKind
    parts: tuple[Node, ...]
    start: Token
    needed: int = 0


Node: TypeAlias = Bare | Predicate | Negation | Group
