"""Write happenings as webhook events, in the shape a live portal was seen to send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate_hubspot.sandbox.crm.happenings import Event, Happening

if TYPE_CHECKING:
    from random import Random

    from leadstate_hubspot.sandbox.config import Policy, SandboxConfig

    from .subscriptions import Subscription

_FLAGS = {Event.CREATION: "CREATED", Event.DELETION: "DELETED"}
_FEW = 3


class EventWriter:
    """Writes events; deliberately repeats ids when the policy says so."""

    def __init__(self, config: SandboxConfig, policy: Policy, random: Random) -> None:
        """Number events from a random start."""
        self._config, self._policy, self._random = config, policy, random
        self._last_id = random.randrange(10**9, 4 * 10**9)

    def write(
        self, subscription: Subscription, happened: Happening
    ) -> dict[str, object]:
        """Return one event; ids are integers here, unlike in the objects API."""
        event: dict[str, object] = {
            "eventId": self._event_id(),
            "subscriptionId": subscription.id,
            "portalId": self._config.portal_id,
            "appId": self._config.app_id,
            "occurredAt": happened.at,
            "subscriptionType": subscription.event_type,
            "attemptNumber": self._policy.first_attempt,
            "objectId": happened.record_id,
        }
        if subscription.type_id:
            event["objectTypeId"] = subscription.type_id
        event |= _particulars(subscription, happened)
        event["changeSource"] = happened.author.source
        if happened.author.source_id is not None:
            event["sourceId"] = happened.author.source_id
        return event

    def _event_id(self) -> int:
        """Return an id that "is not guaranteed to be unique" (webhooks guide)."""
        if not self._policy.unique_event_ids:
            return self._last_id + self._random.randrange(_FEW)
        self._last_id += 1
        return self._last_id


def _particulars(subscription: Subscription, happened: Happening) -> dict[str, object]:
    if happened.event is Event.PROPERTY_CHANGE:
        shown: dict[str, object] = {
            "propertyName": happened.property,
            "propertyValue": happened.after,
        }
        # Only object.* events say whether the property is sensitive.
        return shown | ({"isSensitive": False} if subscription.type_id else {})
    if happened.event in _FLAGS:
        return {"changeFlag": _FLAGS[happened.event]}
    return dict(happened.extra)
