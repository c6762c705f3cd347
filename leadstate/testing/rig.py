"""What the author of an adapter gives to `AdapterConformance`: a CRM to play with.

The rig stands on the CRM's side: it is the people who work there, the accidents that
happen, and the judge of what the adapter did.  It never asks the adapter.

`Rig` is needed by every adapter.  The small protocols after it are needed only by an
adapter that declares the capability they belong to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from leadstate.domain.binding import Binding, FieldSource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadstate.adapters import Adapter, AdapterSpec, InboundRequest, OAuthFlow
    from leadstate.testing.doubles import Bench

__all__ = [
    "REDIRECT_URI",
    "Consents",
    "Deletes",
    "Delivers",
    "Erases",
    "Fault",
    "KeepsNotes",
    "KeepsTasks",
    "Lags",
    "Merges",
    "Playground",
    "Rig",
]

REDIRECT_URI: Final = "http://127.0.0.1:8766/callback"
"""Where consent leads back to; a rig that `Consents` registers it with its CRM."""


class Fault(StrEnum):
    """What a rig can make go wrong; each strikes until `Rig.mend`, but one."""

    UNAVAILABLE = "unavailable"  # every call: the CRM is down, nothing is applied
    MALFORMED = "malformed"  # every call: answers with success what is no answer
    UNAUTHORISED = "unauthorised"  # every call: the token is not accepted
    LOST_ANSWER = "lost_answer"  # the next call that writes: applied, never answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Playground:
    """What the promises are tried on; properties as a binding names them.

    Attributes:
        object: The CRM's kind of object.
        text: A property of free text that may be empty.
        stages: Two stages as properties and values; from the first to the second is
            forward, where the CRM knows a direction.
        refused: Properties with values that the CRM does not take.
        unknown_id: An id in the CRM's form that no object has.
        unknown_property: A name in the CRM's form that no property has.
        page: How many objects the CRM's API takes or gives in one call, at most.
        identity: The property that identifies a person, an email; for `Creator`.
        creating: Properties that a creation needs besides; for `Creator`.
        secrets: Every secret in the settings and in tokens that the CRM gives out.
    """

    object: str
    text: str
    stages: tuple[Mapping[str, str], Mapping[str, str]]
    refused: Mapping[str, str]
    unknown_id: str
    page: int
    unknown_property: str = "leadstate_no_such_property"
    identity: str = ""
    creating: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()

    def binding(self, adapter: str, *more: str) -> Binding:
        """Return a binding of the text, the identity, both stages, and ``more``."""
        names = [self.text, *([self.identity] if self.identity else []), *more]
        first, second = self.stages
        return Binding(
            workflow="conformance",
            adapter=adapter,
            object=self.object,
            fields={f"field_{n}": FieldSource(property=p) for n, p in enumerate(names)},
            stages={
                "first": {name: (value,) for name, value in first.items()},
                "second": {name: (value,) for name, value in second.items()},
            },
        )


class Rig(Protocol):
    """A CRM account to play with, and everything around the adapter under test."""

    @property
    def spec(self) -> AdapterSpec:
        """The adapter as its plugin introduces it."""
        ...

    @property
    def playground(self) -> Playground:
        """What to play with."""
        ...

    @property
    def bench(self) -> Bench:
        """The clock, the budget and the credentials that `open` hands out."""
        ...

    def open(self, binding: Binding, **settings: object) -> Adapter:
        """Open the adapter on this account; ``settings`` replace the rig's own."""
        ...

    def add(self, properties: Mapping[str, str]) -> str:
        """Make an object as a person does, and return its id."""
        ...

    def edit(self, id: str, properties: Mapping[str, str]) -> None:  # noqa: A002
        """Change an object as a person does."""
        ...

    def held(self, id: str) -> Mapping[str, str | None]:  # noqa: A002
        """Return what the CRM holds, as a person sees it; None or ``""`` when empty."""
        ...

    def writes(self) -> int:
        """Return how many values of objects the API has changed, by the CRM's log."""
        ...

    def requests(self) -> int:
        """Return how many requests the API has received."""
        ...

    def pass_time(self, seconds: float) -> None:
        """Move the CRM's clock and the adapter's."""
        ...

    def fail(self, fault: Fault) -> None:
        """Let ``fault`` strike from now on; see `Fault`."""
        ...

    def mend(self) -> None:
        """Take every fault away."""
        ...


@runtime_checkable
class Deletes(Protocol):
    """For `Capability.DELETIONS`."""

    def delete(self, id: str) -> None:  # noqa: A002
        """Delete an object as a person does."""
        ...


@runtime_checkable
class Merges(Protocol):
    """For `Capability.MERGES`."""

    def merge(self, id: str, other: str) -> str:  # noqa: A002
        """Merge ``other`` into ``id`` as a person does; return the survivor's id."""
        ...


@runtime_checkable
class Erases(Protocol):
    """For `Capability.ERASURE`."""

    def erase(self, id: str) -> None:  # noqa: A002
        """Delete an object for the sake of privacy."""
        ...


@runtime_checkable
class Lags(Protocol):
    """For a CRM whose list of changes learns late of a change."""

    def lag(self, seconds: float) -> None:
        """Let changes be listed so much later than they are made, until `Rig.mend`."""
        ...


@runtime_checkable
class Delivers(Protocol):
    """For `Capability.WEBHOOKS`."""

    def deliveries(self) -> Sequence[InboundRequest]:
        """Return what the CRM posted since the last call; waits until all is sent."""
        ...

    def again(self, request: InboundRequest) -> InboundRequest:
        """Return the same events as the CRM posts them when it got no answer."""
        ...

    def forged(self, request: InboundRequest) -> Sequence[InboundRequest]:
        """Return what a stranger makes of it who does not know the secret."""
        ...


@runtime_checkable
class KeepsNotes(Protocol):
    """For `Capability.NOTES`."""

    def notes(self, id: str) -> Sequence[str]:  # noqa: A002
        """Return the text of every note of an object."""
        ...


@runtime_checkable
class KeepsTasks(Protocol):
    """For `Capability.TASKS`."""

    def tasks(self, id: str) -> Sequence[str]:  # noqa: A002
        """Return the text of every task of an object."""
        ...


@runtime_checkable
class Consents(Protocol):
    """For `Capability.OAUTH`."""

    def flow(self, binding: Binding) -> OAuthFlow:
        """Open the plugin's flow (`AdapterSpec.oauth`) on this account."""
        ...

    def consent(self, url: str) -> Mapping[str, str]:
        """Open ``url`` as the admin, agree, and return the query of the redirect."""
        ...
