"""Which events a binding wants to be told of, and what the app is subscribed to.

One target address per app; new subscriptions start paused; some properties cannot be
subscribed to (HubSpot, webhooks guide, seen 2026-03-30).  There is no ``lead.*`` type:
leads come as ``object.*`` with a type id.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias

from leadstate.errors import ConfigurationError

from .errors import problem_of
from .payloads import read
from .payloads_account import Subscription, Subscriptions, WebhookSettings
from .reading import chunks, split_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadstate.adapters.http import ApiResponse

    from .api import HubSpotApi

__all__ = ["App", "AppState", "WantedSubscription", "wanted_subscriptions"]

WantedSubscription: TypeAlias = tuple[str, str, str]
"""An event type, its property and its object type id; "" where there is none."""

_SUBJECT = {"contacts": "contact", "companies": "company", "deals": "deal"}
_TYPE_ID = {"leads": "0-136"}
_UNHEARD = frozenset({"hs_lastmodifieddate", "num_unique_conversion_events"})
_CLOSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_MOST_REQUESTS = 10
_BATCH = 100


def wanted_subscriptions(
    kind: str, names: Sequence[str]
) -> tuple[WantedSubscription, ...]:
    """Return what a binding of ``kind`` that reads ``names`` has to be told of."""
    own, company = split_names(names)
    found = [(one, "") for one in ("creation", "deletion", "merge", "restore")]
    found += [("propertyChange", name) for name in own if name not in _UNHEARD]
    if company:
        found.append(("associationChange", ""))
    wanted = [_wanted_subscription(kind, event, name) for event, name in found]
    if kind == "contacts":
        wanted.append(("contact.privacyDeletion", "", ""))
    wanted += [
        _wanted_subscription("companies", "propertyChange", name) for name in company
    ]
    return tuple(dict.fromkeys(wanted))


@dataclass(frozen=True, slots=True, kw_only=True)
class AppState:
    """How the app's webhooks stand.

    Attributes:
        open: False when HubSpot does not show them to this token.
        target: Where events go, "" when nowhere.
    """

    open: bool
    target: str = ""
    subscriptions: tuple[Subscription, ...] = ()

    def lacking(
        self, wanted: Sequence[WantedSubscription]
    ) -> tuple[WantedSubscription, ...]:
        """Return what nobody subscribed to."""
        known = {one.key for one in self.subscriptions}
        return tuple(one for one in wanted if one not in known)

    def paused(self, wanted: Sequence[WantedSubscription]) -> tuple[Subscription, ...]:
        """Return the wanted subscriptions that are switched off."""
        return tuple(
            one for one in self.subscriptions if one.key in wanted and not one.active
        )


@dataclass(frozen=True, slots=True)
class App:
    """The webhooks of one app."""

    api: HubSpotApi
    app_id: str

    def state(self) -> AppState:
        """Read how they stand; changes nothing."""
        answer = self._get("settings")
        if answer.status in _CLOSED:
            return AppState(open=False)
        known = answer.status != HTTPStatus.NOT_FOUND
        target = read(WebhookSettings, answer).target if known else ""
        listed = self._get("subscriptions")
        if listed.status >= HTTPStatus.BAD_REQUEST:
            # An app that is not ours answers 404 to both.
            return AppState(open=listed.status == HTTPStatus.NOT_FOUND and known)
        found = read(Subscriptions, listed).results
        return AppState(open=True, target=target, subscriptions=tuple(found))

    def send_to(self, target: str) -> None:
        """Say where events go."""
        body = {
            "targetUrl": target,
            "throttling": {"maxConcurrentRequests": _MOST_REQUESTS},
        }
        self._change("settings", body, method="PUT")

    def subscribe(self, wanted: Sequence[WantedSubscription]) -> None:
        """Subscribe to what is lacking and switch on what is paused."""
        for event, name, object_type in self.state().lacking(wanted):
            body: dict[str, object] = {"eventType": event, "active": True}
            body |= {"propertyName": name} if name else {}
            body |= {"objectTypeId": object_type} if object_type else {}
            self._change("subscriptions", body)
        for chunk in chunks(self.state().paused(wanted), _BATCH):
            inputs = [{"id": int(one.id), "active": True} for one in chunk]
            self._change("subscriptions/batch/update", {"inputs": inputs})

    def _get(self, what: str) -> ApiResponse:
        path = self.api.paths.webhooks(self.app_id, what)
        return self.api.get(
            f"webhooks.{what}",
            path,
            expects=lambda found: found.status in {*_CLOSED, HTTPStatus.NOT_FOUND},
        )

    def _change(self, what: str, body: object, method: str = "POST") -> None:
        path = self.api.paths.webhooks(self.app_id, what)
        answer = self.api.change("webhooks.change", path, body, method=method)
        if answer.status >= HTTPStatus.BAD_REQUEST and (
            answer.status != HTTPStatus.CONFLICT
        ):
            words = self.api.client.clean(problem_of(answer).words())
            raise ConfigurationError(f"HubSpot refuses the webhook {what}: {words}")


def _wanted_subscription(kind: str, event: str, name: str) -> WantedSubscription:
    return (f"{_SUBJECT.get(kind, 'object')}.{event}", name, _TYPE_ID.get(kind, ""))
