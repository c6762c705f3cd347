"""What an endpoint is given and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.testing.sandbox import calls
from leadstate.testing.sandbox.calls import Reply
from leadstate.testing.sandbox.payloads import whole_number
from leadstate_hubspot.sandbox.crm.portal import object_type
from leadstate_hubspot.sandbox.crm.records import Author
from leadstate_hubspot.sandbox.payloads import READ
from leadstate_hubspot.sandbox.problems import invalid
from leadstate_hubspot.sandbox.site import Site

if TYPE_CHECKING:
    from leadstate_hubspot.sandbox.crm.object_types import ObjectType

__all__ = ["Call", "Endpoint", "Reply", "app_author"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(calls.SandboxCall):
    """One request of HubSpot's API, before anything in it is believed."""

    version: str = ""

    def body(self) -> dict[str, object]:
        """Return the JSON object sent."""
        return READ.body(self.raw)

    def limit(self, usual: int, most: int) -> int:
        """Return the page size or refuse one out of range."""
        given = self.first("limit")
        if not given:
            return usual
        size = whole_number(given)
        if size is None or not 1 <= size <= most:
            message = f"limit must be between 1 and {most}, not {given[:20]}"
            raise invalid(message)
        return size

    def kind(self, param: str = "type") -> ObjectType:
        """Return the object type the path names."""
        name = self.params[param]
        found = object_type(name)
        if found is None:
            message = f"Unable to infer object type from: {name[:100]}"
            raise invalid(message)
        return found


Endpoint = Callable[[Site, Call], Reply]


def app_author(site: Site) -> Author:
    """Return the author of writes through the API.

    Live portals show changeSource INTEGRATION with sourceId = the app's id; what a
    service key shows is not established, hence the policy `source_id`.
    """
    source_id = site.policy.source_id or str(site.config.app_id)
    return Author("INTEGRATION", source_id)
