"""Verify a webhook and say what it reports; touches no network.

Only signature v3 is accepted: v1 and v2 carry no time and can be replayed for ever
(HubSpot, "Validating requests", seen 2026-11-22).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError

from leadstate.adapters import EventKind, InboundEvent, InboundRequest, strict_json
from leadstate.errors import BadBody, BadSignature

from .payloads import HookEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .settings import Settings

__all__ = ["Receiver", "signed_url"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WINDOW_MS = 300_000
_LONGEST_TIMESTAMP = 15
_BODY_LIMIT = 2 * 1024 * 1024  # 100 events are some 40 kB; texts may be long
_MOST_EVENTS = 100  # of one delivery (webhooks guide, seen 2026-11-22)
_SIGNATURE = "x-hubspot-signature-v3"
_TIMESTAMP = "x-hubspot-request-timestamp"
# HubSpot signs the address with exactly these decoded, and nothing else.
_DECODED = re.compile(r"%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)

_CLASSIC = {
    "contact": "contacts",
    "company": "companies",
    "deal": "deals",
    "ticket": "tickets",
    "product": "products",
    "line_item": "line_items",
}
_TYPES = {"0-1": "contacts", "0-2": "companies", "0-3": "deals", "0-136": "leads"}
_KINDS = {
    "propertyChange": EventKind.CHANGED,
    "creation": EventKind.CREATED,
    "deletion": EventKind.DELETED,
    "restore": EventKind.RESTORED,
    "merge": EventKind.MERGED,
    "privacyDeletion": EventKind.ERASED,
}


@dataclass(frozen=True, slots=True)
class Receiver:
    """Reads the webhooks of one connection.

    Attributes:
        kind: The binding's kind of object.
        companies: Whether the binding reads the associated company.
    """

    settings: Settings
    kind: str
    companies: bool
    now: Callable[[], datetime]

    def receive(self, request: InboundRequest) -> list[InboundEvent]:
        """Return the events, or raise `BadSignature` or `BadBody`."""
        at = self._verify(request)
        body = strict_json.loads(
            request.body, limit=_BODY_LIMIT, most_items=_MOST_EVENTS
        )
        if not isinstance(body, list):
            raise BadBody("a HubSpot webhook is a list of events")
        return [self._event(raw, at) for raw in body]

    def _verify(self, request: InboundRequest) -> datetime:
        """Return the time of a request that HubSpot signed a moment ago."""
        secret = self.settings.webhook_secret
        if secret is None:
            raise BadSignature("no client_secret is set, so no webhook can be verified")
        given = request.headers.get(_SIGNATURE)
        timestamp = request.headers.get(_TIMESTAMP, "")
        if not given:
            raise BadSignature("the request has no v3 signature")
        at = self._recent(timestamp)
        url = signed_url(request.url, self.settings.public_url)
        expected = _sign(secret, request.method, url, request.body, timestamp)
        if not hmac.compare_digest(expected, given.encode("utf-8", "replace")):
            raise BadSignature(
                "the signature does not match; check client_secret and public_url"
            )
        return at

    def _recent(self, timestamp: str) -> datetime:
        digits = timestamp.isascii() and timestamp.isdigit()
        if not digits or len(timestamp) > _LONGEST_TIMESTAMP:
            raise BadSignature("the request has no readable timestamp")
        now_ms = (self.now() - _EPOCH) // timedelta(milliseconds=1)
        if abs(now_ms - int(timestamp)) > _WINDOW_MS:
            raise BadSignature("the request is more than 5 minutes from our clock")
        return _moment(int(timestamp))

    def _event(self, raw: object, at: datetime) -> InboundEvent:
        if not isinstance(raw, dict):
            raise BadBody("an event of a HubSpot webhook is an object")
        try:
            event = HookEvent.model_validate(raw)
        except ValidationError:
            return _unreadable(raw, at)
        expected = self.settings.portal_id
        if expected is not None and event.portal_id != expected:
            raise BadBody(f"the webhook is of another account than portal {expected}")
        return self._meaning(event, raw)

    def _meaning(self, event: HookEvent, raw: Mapping[str, object]) -> InboundEvent:
        prefix, _, action = event.subscription.partition(".")
        name = _object(prefix, event.object_type)
        kind = _KINDS.get(action, EventKind.IGNORED)
        record_id, into = event.object_id or "", None
        merged: tuple[str, ...] = ()
        if kind is EventKind.MERGED:
            record_id, into, merged = _merge(event)
        elif self._moves_company(event, name, action):
            kind, record_id = EventKind.CHANGED, event.from_id or ""
        if not name or not record_id:
            kind = EventKind.IGNORED
        changed = kind is EventKind.CHANGED and bool(event.property)
        return InboundEvent(
            key=_key(event),
            kind=kind,
            object=name or prefix,
            id=record_id,
            at=_moment(event.occurred_at),
            property=event.property if changed else None,
            value=_value(event) if changed else None,
            actor=f"{event.source or ''} {event.source_id or ''}".strip(),
            own=self._is_own(event),
            into=into,
            merged_ids=merged,
            raw=raw,
        )

    def _is_own(self, event: HookEvent) -> bool:
        """A change through an app carries its id (observed; facts of 2026-11-22).

        For service keys it is not established, so that without ``app_id`` nothing is
        taken for our own.
        """
        ours = self.settings.app_id
        return ours is not None and (event.source, event.source_id) == (
            "INTEGRATION",
            ours,
        )

    def _moves_company(self, event: HookEvent, name: str, action: str) -> bool:
        """Return whether the record got or lost a company whose fields are bound."""
        return (
            self.companies
            and name == self.kind
            and action.startswith("associationChange")
            and "COMPANY" in (event.association or "").upper()
        )


def signed_url(url: str, public_url: str | None) -> str:
    """Return the address that HubSpot called and signed.

    A proxy may rewrite what we see, so that a configured address wins: an origin
    replaces the origin, a whole target replaces all but the query.
    """
    if public_url is not None:
        try:
            parts, public = urlsplit(url), urlsplit(public_url)
        except ValueError:
            raise BadSignature("the request's address cannot be read") from None
        path = public.path if public.path not in {"", "/"} else parts.path
        query = f"?{parts.query}" if parts.query else ""
        url = f"{public.scheme}://{public.netloc}{path}{query}"
    return _DECODED.sub(lambda found: chr(int(found[0][1:], 16)), url)


def _sign(
    secret: SecretStr, method: str, url: str, body: bytes, timestamp: str
) -> bytes:
    signed = f"{method}{url}".encode("utf-8", "replace") + body + timestamp.encode()
    key = secret.get_secret_value().encode()
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())


def _object(prefix: str, object_type: str | None) -> str:
    if prefix == "object":
        return _TYPES.get(object_type or "", object_type or "")
    return _CLASSIC.get(prefix, "")


def _merge(event: HookEvent) -> tuple[str, str | None, tuple[str, ...]]:
    """Return the id, the survivor and the ids that went into it.

    "Merge makes a new record id", unless the portal preserves the primary one: then the
    primary id is the survivor's (HubSpot, merge guide, seen 2026-11-22).
    """
    primary = event.primary_id or event.object_id or ""
    into = event.new_id or primary
    ids = [*event.merged_ids, *([primary] if primary else [])]
    merged = tuple(key for key in dict.fromkeys(ids) if key != into)
    return primary, into or None, merged


def _value(event: HookEvent) -> str | None:
    """Return the new value; None where HubSpot hides it ("REDACTED")."""
    return None if event.sensitive else event.value or ""


def _key(event: HookEvent) -> str:
    """Tell events apart by what they say.

    `eventId` "is not guaranteed to be unique" and `attemptNumber` counts deliveries
    (HubSpot, webhooks guide, seen 2026-03-30).
    """
    return _hash(
        [
            event.portal_id,
            event.subscription,
            event.object_type,
            event.object_id,
            event.property,
            event.occurred_at,
            event.value,
            event.primary_id,
            sorted(event.merged_ids),
            event.new_id,
            event.association,
            event.from_id,
            event.to_id,
            event.removed,
        ]
    )


def _hash(parts: Sequence[object]) -> str:
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return f"hubspot:{hashlib.sha256(text.encode()).hexdigest()}"


def _unreadable(raw: Mapping[str, object], at: datetime) -> InboundEvent:
    """Keep an event we cannot read, so that it does not cost the others of its body."""
    lasting = {key: raw[key] for key in raw if key != "attemptNumber"}
    return InboundEvent(
        key=_hash([lasting]), kind=EventKind.IGNORED, object="", id="", at=at, raw=raw
    )


def _moment(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)
