"""How a promise is judged by what the adapter declares, and what promises share."""

# ruff: noqa: S101 - these are tests

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, ClassVar, TypeVar

import pytest

from leadstate.adapters import Applied, Capability, RemoteObject, Support, Write
from leadstate.testing.declared import ABSENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from leadstate.adapters import Adapter, AdapterSpec
    from leadstate.domain.binding import Binding
    from leadstate.testing.rig import Rig

__all__ = [
    "Promises",
    "applied",
    "binding_of",
    "capability_of",
    "email",
    "living",
    "needs",
    "required",
    "shown",
    "stage",
    "word",
]

_NEEDS = "leadstate_needs"
_numbers = itertools.count(1)
_Test = TypeVar("_Test", bound="Callable[..., None]")
_Part = TypeVar("_Part")


def needs(capability: Capability) -> Callable[[_Test], _Test]:
    """Mark a promise of ``capability``; without the mark it is one of the core."""

    def mark(test: _Test) -> _Test:
        setattr(test, _NEEDS, capability)
        return test

    return mark


def capability_of(test: object) -> Capability | None:
    """Return the capability that a promise belongs to; None for the core."""
    found = getattr(test, _NEEDS, None)
    return found if isinstance(found, Capability) else None


class Promises:
    """What every group of promises is made of.

    Attributes:
        exceptions: Test -> why a partial capability does not keep that promise.
    """

    exceptions: ClassVar[Mapping[str, str]] = {}

    @pytest.fixture(autouse=True)
    def _by_declaration(self, request: pytest.FixtureRequest, rig: Rig) -> None:
        """Skip what the adapter honestly declares that it cannot do."""
        wanted = capability_of(request.function)
        reason = self.exceptions.get(request.function.__name__)
        if wanted is None:
            assert reason is None, "a promise of the core has no exceptions"
            return
        declared = rig.spec.supports(wanted)
        if declared.support in ABSENT:
            pytest.skip(f"{wanted} is {declared.support}: {declared.note or 'no note'}")
        if reason is not None:
            assert declared.support is Support.PARTIAL, (
                f"{wanted} is declared as {declared.support}, so that it has no "
                "exceptions; declare it as partial and tell the limit in its note"
            )
            pytest.skip(f"{wanted} is partial: {reason}")

    @pytest.fixture
    def adapter(self, rig: Rig) -> Iterator[Adapter]:
        """Open the adapter on the playground."""
        opened = rig.open(binding_of(rig))
        yield opened
        rig.mend()
        opened.close()


def binding_of(rig: Rig, *more: str) -> Binding:
    """Return the playground's binding, with ``more`` properties."""
    return rig.playground.binding(rig.spec.name, *more)


def required(thing: object, kind: type[_Part], spec: AdapterSpec) -> _Part:
    """Return ``thing`` as the optional part that a declared capability makes needed."""
    if not isinstance(thing, kind):
        names = [name for name in vars(kind) if not name.startswith("_")]
        pytest.fail(
            f"{spec.name} declares a capability that needs {kind.__name__} "
            f"({', '.join(names)}), which {type(thing).__name__} does not have"
        )
    return thing


def word() -> str:
    """Return a text that no test has used before."""
    return f"conformance {next(_numbers)}"


def email() -> str:
    """Return an address that no test has used before."""
    return f"conformance-{next(_numbers)}@example.com"


def stage(rig: Rig, number: int) -> dict[str, str]:
    """Return the properties of the first (0) or second (1) stage."""
    return dict(rig.playground.stages[number])


def living(rig: Rig, **more: str) -> str:
    """Make an object in the first stage, with a text of its own."""
    return rig.add({**stage(rig, 0), rig.playground.text: word(), **more})


def applied(adapter: Adapter, id: str, properties: Mapping[str, str]) -> Applied:  # noqa: A002
    """Write to one object, and return the outcome, which must be `Applied`."""
    (outcome,) = adapter.write([Write(token=word(), id=id, properties=properties)])
    assert isinstance(outcome, Applied)
    return outcome


def shown(adapter: Adapter, id: str) -> RemoteObject:  # noqa: A002
    """Read one object, which must be there."""
    (found,) = adapter.read([id])
    assert isinstance(found, RemoteObject)
    return found
