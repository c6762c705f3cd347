"""What an endpoint is given and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadstate_hubspot.sandbox.crm.portal import object_type
from leadstate_hubspot.sandbox.crm.records import Author
from leadstate_hubspot.sandbox.payloads import read_object, whole_number
from leadstate_hubspot.sandbox.problems import invalid
from leadstate_hubspot.sandbox.site import Site

if TYPE_CHECKING:
    from leadstate_hubspot.sandbox.crm.definitions import ObjectType


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, before anything in it is believed."""

    method: str
    path: str
    version: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""

    def body(self) -> dict[str, object]:
        """Return the JSON object sent."""
        return read_object(self.raw)

    def first(self, name: str, otherwise: str = "") -> str:
        """Return the first value of a query parameter."""
        return next((value for key, value in self.query if key == name), otherwise)

    def listed(self, name: str) -> list[str]:
        """Return a list parameter: commas (documentation) or repetition (clients)."""
        given = [value for key, value in self.query if key == name]
        names = (part.strip() for value in given for part in value.split(","))
        return list(dict.fromkeys(part for part in names if part))

    def flag(self, name: str) -> bool:
        """Return a boolean parameter, false when absent."""
        return self.first(name).lower() == "true"

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


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a JSON body (None for no content) and extra headers."""

    status: int
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


Endpoint = Callable[[Site, Call], Answer]


def app_author(site: Site) -> Author:
    """Return the author of writes through the API.

    Live portals show changeSource INTEGRATION with sourceId = the app's id; what a
    service key shows is not established, hence the policy `source_id`.
    """
    source_id = site.policy.source_id or str(site.config.app_id)
    return Author("INTEGRATION", source_id)
