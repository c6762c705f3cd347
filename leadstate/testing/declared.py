"""What an adapter declares, held against the methods that its class has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadstate.adapters import (
    Adapter,
    Capability,
    Creator,
    Diagnosis,
    History,
    Notes,
    Setup,
    Support,
    Tasks,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadstate.adapters import AdapterSpec

__all__ = ["ABSENT", "PARTS", "disagreements"]

ABSENT: Final = frozenset((Support.MISSING, Support.IMPOSSIBLE))
"""The shades of a capability that is not there."""

PARTS: Final[Mapping[Capability, type]] = {
    Capability.NOTES: Notes,
    Capability.TASKS: Tasks,
    Capability.CREATE: Creator,
    Capability.HISTORY: History,
    Capability.SETUP: Setup,
    Capability.DIAGNOSIS: Diagnosis,
}
"""The optional protocol of a capability, where it has one; OAuth is the spec's own."""


def disagreements(spec: AdapterSpec, implementation: type) -> Iterator[str]:
    """Yield where the declared capabilities and the class say different things."""
    if not issubclass(implementation, Adapter):
        yield f"{implementation.__name__} lacks methods of Adapter"
    has = {one: issubclass(implementation, part) for one, part in PARTS.items()}
    has[Capability.OAUTH] = spec.oauth is not None
    for capability, there in has.items():
        support = spec.supports(capability).support
        name = PARTS[capability].__name__ if capability in PARTS else "spec.oauth"
        if support not in ABSENT and not there:
            yield f"{capability} is declared {support}, but {name} is not there"
        if support in ABSENT and there:
            yield f"{capability} is declared {support}, but {name} is there"
