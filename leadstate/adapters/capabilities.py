"""What an adapter can do beyond the core, in shades, and how it is introduced.

@hookimpl
def register_adapter(register):
register(AdapterSpec(name="toy", title="Toy CRM", open=ToyAdapter))
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leadstate.adapters.connection import Connection
    from leadstate.adapters.optional import OAuthFlow
    from leadstate.adapters.protocol import Adapter

__all__ = [
    "PROSE",
    "AdapterSpec",
    "Capability",
    "Support",
    "Supports",
    "capabilities_data",
]


class Capability(StrEnum):
    """What one adapter may do and another may not; `PROSE` says each in a sentence."""

    WEBHOOKS = "webhooks"
    SIGNED_WEBHOOKS = "signed_webhooks"
    ATTRIBUTION = "attribution"
    DELETIONS = "deletions"
    MERGES = "merges"
    ERASURE = "erasure"
    OVERTAKEN = "overtaken"
    NOTES = "notes"
    TASKS = "tasks"
    CREATE = "create"
    HISTORY = "history"
    SETUP = "setup"
    DIAGNOSIS = "diagnosis"
    OAUTH = "oauth"


PROSE: Final[Mapping[Capability, str]] = MappingProxyType(
    {
        Capability.WEBHOOKS: "The CRM tells of changes by itself.",
        Capability.SIGNED_WEBHOOKS: "A forged webhook is refused by its signature.",
        Capability.ATTRIBUTION: "Events say when the change was Leadstate's own.",
        Capability.DELETIONS: "A deleted object is told from an unknown one.",
        Capability.MERGES: "A merged object leads to its survivor.",
        Capability.ERASURE: "A privacy deletion is told from an ordinary one.",
        Capability.OVERTAKEN: "A write never replaces what a person changed meanwhile.",
        Capability.NOTES: "A note can be left on an object (`Notes`).",
        Capability.TASKS: "A task can be given to a person (`Tasks`).",
        Capability.CREATE: "Objects can be found by identity and created (`Creator`).",
        Capability.HISTORY: "Past changes can be read (`History`).",
        Capability.SETUP: "Missing properties, stages, webhooks are made (`Setup`).",
        Capability.DIAGNOSIS: "The account is examined, with remedies (`Diagnosis`).",
        Capability.OAUTH: "An account is connected in the browser (`OAuthFlow`).",
    }
)


class Support(StrEnum):
    """How far an adapter supports a capability."""

    FULL = "full"
    PARTIAL = "partial"  # works within limits, which the note tells
    IMPOSSIBLE = "impossible"  # the CRM has no way to do it
    MISSING = "missing"  # the CRM could, this adapter does not yet


@dataclass(frozen=True, slots=True)
class Supports:
    """A shade of support with its reason or limit, in one sentence for an admin."""

    support: Support
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterSpec:
    """An adapter as its plugin introduces it.

    Attributes:
        name: The name that bindings and settings use.
        title: The CRM's name for people.
        open: Opens the adapter for one connection; makes no call.
        capabilities: What it can do; what is left out counts as missing.
        oauth: Opens the browser flow of `leadstate connect`, where there is one.
        guide: The page that tells an admin how to connect it, an address or a path.
    """

    name: str
    title: str
    open: Callable[[Connection], Adapter]
    capabilities: Mapping[Capability, Supports] = field(default_factory=dict)
    oauth: Callable[[Connection], OAuthFlow] | None = None
    guide: str = ""

    def supports(self, capability: Capability) -> Supports:
        """Return how far a capability is supported."""
        return self.capabilities.get(capability, Supports(Support.MISSING))


def capabilities_data(spec: AdapterSpec) -> dict[str, dict[str, str]]:
    """Return every capability with its shade and note, as JSON-ready data."""
    return {
        str(one): {
            "support": str(spec.supports(one).support),
            "note": spec.supports(one).note,
        }
        for one in Capability
    }
