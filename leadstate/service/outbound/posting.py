"""Channels that post over HTTP: signed webhooks, and Slack's incoming webhooks.

Webhooks follow Standard Webhooks (standardwebhooks.com, read 2026-11-22): the id stays
the same over every repetition, so that the receiver can drop doubles, and the signature
is over id, time and body.  Slack's format and its escapes are those of
docs.slack.dev/messaging (read 2026-11-22).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

import httpx

from leadstate.errors import ConfigurationError, RetryLater, SkipRecord
from leadstate.service.outbound.addresses import target_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadstate.service.channel import Message
    from leadstate.service.outbound.addresses import Target
    from leadstate.settings import SlackSettings, WebhookSettings

__all__ = ["SlackChannel", "WebhookChannel", "open_slack", "open_webhook"]

SHORTEST_SECRET: Final = 24
"""Bytes of a signing secret, at least; Standard Webhooks asks for 24 to 64."""

LONGEST_SLACK: Final = 30_000
"""Characters of a Slack message; Slack itself cuts at 40,000."""

_PLAIN_TOKEN: Final = re.compile(r"[A-Za-z0-9:_-]{1,200}")
_PREFIX: Final = "whsec_"
_ANSWER_SHOWN: Final = 200
_BUSY: Final = frozenset({408, 425, 429})
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class _Poster:
    """Posts to one address that was checked; never follows a redirect."""

    def __init__(self, target: Target, timeout: float) -> None:
        self._target = target
        self._http = httpx.Client(
            timeout=timeout, follow_redirects=False, trust_env=False
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def post(self, body: bytes, headers: Mapping[str, str], *, now: datetime) -> str:
        """Post once; return the status in words, or raise by what can be done."""
        error: httpx.RequestError | None = None
        for url in self._target.checked():
            try:
                return self._exchange(url, body, headers, now)
            except _NOT_SENT as failed:
                error = failed  # the same host, by its next number
            except httpx.RequestError as failed:
                raise RetryLater(
                    f"the answer was lost ({type(failed).__name__})", sent=True
                ) from None
        raise RetryLater(f"cannot be reached ({type(error).__name__})")

    def _exchange(
        self, url: httpx.URL, body: bytes, headers: Mapping[str, str], now: datetime
    ) -> str:
        with self._http.stream(
            "POST",
            url,
            content=body,
            headers={
                "content-type": "application/json",
                "accept-encoding": "identity",
                "user-agent": "leadstate",
                **headers,
                "host": self._target.authority,
            },
            extensions={"sni_hostname": self._target.host},
        ) as response:
            if response.is_success:
                return f"taken ({response.status_code})"
            said = self._said(response)
            raise _refusal(response, said, now)

    def _said(self, response: httpx.Response) -> str:
        """Return the beginning of an answer, harmless and without our address."""
        raw = next(response.iter_raw(), b"")[: 4 * _ANSWER_SHOWN]
        text = raw.decode("utf-8", "replace").replace(str(self._target.url), "[url]")
        text = text.replace(self._target.url.raw_path.decode("ascii"), "[path]")
        shown = "".join(sign if sign.isprintable() else " " for sign in text)
        return " ".join(shown.split())[:_ANSWER_SHOWN]


def _refusal(
    response: httpx.Response, said: str, now: datetime
) -> RetryLater | SkipRecord:
    status = response.status_code
    words = f"answers {status}{f': {said}' if said else ''}"
    if status in _BUSY or status >= 500:  # noqa: PLR2004
        pause = _pause(response.headers.get("retry-after", ""), now)
        return RetryLater(words, after_seconds=pause, sent=True)
    if response.has_redirect_location:
        return SkipRecord(f"{words}; redirects are not followed, name the last address")
    return SkipRecord(words)


def _pause(text: str, now: datetime) -> float | None:
    """Return the seconds that a ``Retry-After`` asks for: a number, or a date."""
    if text.strip().isdecimal():
        return float(text)
    try:
        asked = (parsedate_to_datetime(text) - now).total_seconds()
    except (ValueError, TypeError):
        return None
    return asked if asked > 0 else None


# -- webhooks --------------------------------------------------------------------------


class WebhookChannel:
    """Posts events as JSON: ``type``, ``timestamp`` and ``data``; signed with a key."""

    def __init__(self, poster: _Poster, key: bytes | None) -> None:
        self._poster, self._key = poster, key

    def send(self, message: Message, *, now: datetime) -> str:
        """Post the event; the same body over every repetition."""
        event = {
            "type": message.event,
            "timestamp": message.created_at.isoformat(),
            "data": {
                **message.data,
                "subject": message.subject,
                "text": message.text,
            },
        }
        body = json.dumps(event, ensure_ascii=False).encode("utf-8", "replace")
        headers = self._headers(message.token, body, now)
        return self._poster.post(body, headers, now=now)

    def _headers(self, token: str, body: bytes, now: datetime) -> dict[str, str]:
        identity, moment = _identity(token), str(int(now.timestamp()))
        headers = {"webhook-id": identity, "webhook-timestamp": moment}
        if self._key is not None:
            signed = f"{identity}.{moment}.".encode() + body
            digest = hmac.new(self._key, signed, hashlib.sha256).digest()
            headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
        return headers

    def close(self) -> None:
        """Let go of the connections."""
        self._poster.close()


def _identity(token: str) -> str:
    """Return a token as the id of a request: itself, where a header can carry it."""
    if _PLAIN_TOKEN.fullmatch(token):
        return token
    return f"msg_{hashlib.sha256(token.encode()).hexdigest()[:32]}"


def open_webhook(
    settings: WebhookSettings, url: str, secret: str | None, where: str
) -> WebhookChannel:
    """Open a webhook channel; ``where`` names it in a message about a mistake."""
    target = target_of(
        url,
        f"{where}.url",
        allow_http=settings.allow_http,
        allow_private=settings.allow_private,
    )
    key = None if secret is None else _key(secret, f"{where}.secret")
    return WebhookChannel(_Poster(target, settings.timeout), key)


def _key(secret: str, where: str) -> bytes:
    """Return the key that a secret stands for: ``whsec_`` and base64, or raw text."""
    key = secret.encode()
    if secret.startswith(_PREFIX):
        text = secret.removeprefix(_PREFIX).rstrip("=")
        try:
            key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        except ValueError:
            key = b""
    if len(key) < SHORTEST_SECRET:
        raise ConfigurationError(
            f"{where} must be whsec_ and base64 of {SHORTEST_SECRET} bytes and more, "
            f"or {SHORTEST_SECRET} characters and more; make one with: python -c "
            '"import base64, secrets; '
            "print('whsec_' + base64.b64encode(secrets.token_bytes(32)).decode())\""
        )
    return key


# -- Slack -----------------------------------------------------------------------------


class SlackChannel:
    """Posts messages to an incoming webhook; the subject stands first, in bold."""

    def __init__(self, poster: _Poster) -> None:
        self._poster = poster

    def send(self, message: Message, *, now: datetime) -> str:
        """Post the message; Slack cannot tell a repetition from a second message."""
        text = _escaped(message.text)
        if message.subject:
            text = f"*{_escaped(message.subject)}*\n{text}"
        body = json.dumps({"text": text[:LONGEST_SLACK]}, ensure_ascii=False)
        return self._poster.post(body.encode("utf-8", "replace"), {}, now=now)

    def close(self) -> None:
        """Let go of the connections."""
        self._poster.close()


def _escaped(text: str) -> str:
    """Return text in which nothing is a link, a mention or a channel to Slack."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def open_slack(settings: SlackSettings, url: str, where: str) -> SlackChannel:
    """Open a Slack channel; ``where`` names it in a message about a mistake."""
    target = target_of(
        url,
        f"{where}.url",
        allow_http=settings.allow_http,
        allow_private=settings.allow_private,
    )
    return SlackChannel(_Poster(target, settings.timeout))
