"""What the app has subscribed to.

New subscriptions start paused; at most 1000 an app; some properties cannot be
subscribed to (webhooks guide).  There is no lead.* type: leads come as object.* with
objectTypeId 0-136.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadstate.testing.sandbox.clock import iso
from leadstate_hubspot.sandbox.crm.happenings import Event, Happening
from leadstate_hubspot.sandbox.crm.object_types import (
    BY_NAME,
    COMPANIES,
    CONTACTS,
    DEALS,
    LEADS,
)
from leadstate_hubspot.sandbox.problems import conflict, invalid, not_found

if TYPE_CHECKING:
    from leadstate_hubspot.sandbox.crm.portal import Portal

MOST = 1000
NOT_SUBSCRIBABLE = ("num_unique_conversion_events", "hs_lastmodifieddate")
EVENTS = frozenset(
    f"{subject}.{event}"
    for subject in ("contact", "company", "deal", "ticket", "product", "object")
    for event in Event
    if event is not Event.PRIVACY_DELETION
) | {"contact.privacyDeletion"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One subscription of the app."""

    id: int
    event_type: str
    property: str = ""
    type_id: str = ""
    active: bool = False
    created_at: int = 0
    updated_at: int = 0

    def body(self) -> dict[str, object]:
        """Return the subscription as the webhooks API shows it."""
        shown: dict[str, object] = {
            "id": str(self.id),
            "eventType": self.event_type,
            "active": self.active,
            "createdAt": iso(self.created_at),
            "updatedAt": iso(self.updated_at),
        }
        if self.property:
            shown["propertyName"] = self.property
        if self.type_id:
            shown["objectTypeId"] = self.type_id
        return shown

    def wants(self, happening: Happening) -> bool:
        """Say whether an event is delivered under this subscription."""
        subject, _, event = self.event_type.partition(".")
        if not self.active or event != happening.event:
            return False
        if self.property and self.property != happening.property:
            return False
        if subject == "object":
            kind = BY_NAME.get(self.type_id.lower())
            return kind is happening.kind
        return subject == happening.kind.event


class Subscriptions:
    """The app's subscriptions and where they are delivered."""

    def __init__(self, portal: Portal) -> None:
        """Start with none; `seed` subscribes to what the adapter usually needs."""
        self._portal = portal
        self._ids = itertools.count(7_562_680)
        self.all: dict[int, Subscription] = {}
        self.max_concurrent = 10
        self.settings_at = portal.clock.now()

    def wanting(self, happening: Happening) -> list[Subscription]:
        """Return the active subscriptions that want an event."""
        return [s for s in self.all.values() if s.wants(happening)]

    def add(
        self,
        event_type: str,
        prop: str = "",
        type_id: str = "",
        *,
        active: bool = False,
    ) -> Subscription:
        """Subscribe, or refuse what HubSpot refuses."""
        self._check(event_type, prop, type_id)
        now = self._portal.clock.now()
        subscription = Subscription(
            id=next(self._ids),
            event_type=event_type,
            property=prop,
            type_id=type_id,
            active=active,
            created_at=now,
            updated_at=now,
        )
        self.all[subscription.id] = subscription
        return subscription

    def get(self, subscription_id: int | None) -> Subscription:
        """Return a subscription or refuse with 404."""
        found = self.all.get(subscription_id or 0)
        if found is None:
            raise not_found()
        return found

    def switch(self, subscription_id: int | None, *, active: bool) -> Subscription:
        """Pause or resume a subscription."""
        found = self.get(subscription_id)
        now = self._portal.clock.now()
        self.all[found.id] = replace(found, active=active, updated_at=now)
        return self.all[found.id]

    def remove(self, subscription_id: int | None) -> None:
        """End a subscription."""
        del self.all[self.get(subscription_id).id]

    def seed(self) -> None:
        """Subscribe to contacts wholly, to fit of companies, to deals and leads."""
        for kind in (CONTACTS, COMPANIES, DEALS, LEADS):
            type_id = kind.type_id if kind.event == "object" else ""
            for event in _SEEDED[kind.plural]:
                self.add(f"{kind.event}.{event}", "", type_id, active=True)
            for name in self._properties(kind.plural):
                event_type = f"{kind.event}.{Event.PROPERTY_CHANGE}"
                self.add(event_type, name, type_id, active=True)

    def _properties(self, plural: str) -> list[str]:
        if plural == "companies":
            return ["numberofemployees", "industry"]
        return [
            d.name
            for d in self._portal.definitions[plural].values()
            if not (d.hidden or d.calculated)
        ]

    def _check(self, event_type: str, prop: str, type_id: str) -> None:
        if event_type not in EVENTS:
            message = f"Invalid input JSON: eventType {event_type[:100]} is unknown"
            raise invalid(message)
        wants_property = event_type.endswith(f".{Event.PROPERTY_CHANGE}")
        if wants_property != bool(prop):
            message = "propertyName is for propertyChange subscriptions, which need one"
            raise invalid(message)
        if prop in NOT_SUBSCRIBABLE:
            message = f"The property {prop} cannot be subscribed to"
            raise invalid(message)
        if event_type.startswith("object.") != bool(type_id):
            message = "objectTypeId is for object.* subscriptions, which need one"
            raise invalid(message)
        if len(self.all) >= MOST:
            message = f"An app has at most {MOST} subscriptions"
            raise invalid(message)
        given = (event_type, prop, type_id)
        if any(
            (s.event_type, s.property, s.type_id) == given for s in self.all.values()
        ):
            message = "A subscription of this type exists already"
            raise conflict(message)


_ENDS = (Event.CREATION, Event.DELETION)
_SEEDED: dict[str, tuple[Event, ...]] = {
    "contacts": (*_ENDS, Event.MERGE, Event.RESTORE, Event.PRIVACY_DELETION),
    "companies": (),
    "deals": _ENDS,
    "leads": _ENDS,
}
