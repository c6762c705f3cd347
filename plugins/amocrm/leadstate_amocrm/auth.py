"""Who we are to amoCRM: a long-lived token, or OAuth with refresh tokens used once.

A refresh token is spent by its first use, and only the answer to that use carries the
next one ("OAuth", amocrm.ru/developers, seen 2026-11-22).  So one worker at a time may
use it: it claims the stored row by an atomic swap before it calls, and the others wait
and read again.  What remains is an answer that is lost after amoCRM gave it: nobody
can get those tokens back.  The claim then still stands in the row, the old access
token is used for as long as it lives, and the refresh token is tried once more after
that; if it is spent, a person has to connect again.  An hour of the access token's day
is kept back for this case.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from pydantic import SecretStr

from leadstate.adapters.connection import SwappingCredentials
from leadstate.adapters.http import ApiCall, ApiResponse, Authoriser
from leadstate.adapters.tokens import StaticToken
from leadstate.errors import (
    ConfigurationError,
    LeadstateError,
    RetryLater,
    StoreUnavailable,
)

from . import paths
from .errors import problem_of
from .payloads import TokenGrant, read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leadstate.adapters import Connection

    from .settings import OAuthSettings, Settings

__all__ = [
    "STORED",
    "OAuthTokens",
    "authoriser",
    "granted",
    "seal",
    "token_call",
]

STORED = "oauth"
_MARGIN = timedelta(hours=1)
_CLAIM = timedelta(seconds=90)  # longer than a call may last
_LOOK_SECONDS = 1.0
_LOOKS = 120
_OURS_TO_READ = frozenset({400, 401, 404})
# Words of recorded refusals: "Token has been revoked", "… has expired", "Invalid …".
_SPENT = re.compile(r"revoked|expired|invalid refresh|decrypt", re.IGNORECASE)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_log = structlog.get_logger("leadstate.amocrm")


def authoriser(connection: Connection, settings: Settings) -> Authoriser:
    """Return the way of authorising that the settings ask for."""
    extra = (settings.webhook_secret,) if settings.webhook_secret else ()
    if settings.oauth is not None:
        return OAuthTokens(connection, settings.oauth, extra)
    if settings.token is None:  # pragma: no cover - settings demand one of the two
        raise ConfigurationError(f"connection {connection.name!r} has no token")
    return StaticToken(settings.token, extra, stored=connection.stored_token)


class OAuthTokens:
    """The token pair of one account, renewed once for all threads and processes."""

    def __init__(
        self,
        connection: Connection,
        settings: OAuthSettings,
        extra: tuple[SecretStr, ...] = (),
    ) -> None:
        self._connection, self._settings, self._extra = connection, settings, extra
        self._lock = threading.Lock()
        self._pair: Mapping[str, str] = {}
        self._rejected = ""
        self._unsaved: tuple[Mapping[str, str], Mapping[str, str]] | None = None

    def header(self, send: Callable[[ApiCall], ApiResponse]) -> SecretStr:
        """Return a header with a token that lives long enough for a call."""
        with self._lock:
            self._save_again()
            self._take_newer()
            if not self._is_fresh(self._pair):
                self._renew(send)
            return SecretStr(f"Bearer {self._pair['access_token']}")

    def refused(self, header: SecretStr, *, expired: bool, times: int) -> bool:
        """Ask again with another token than the one that was refused."""
        del expired
        with self._lock:
            token = header.get_secret_value().removeprefix("Bearer ")
            if token == self._pair.get("access_token"):
                self._rejected = token
        return times <= 2  # noqa: PLR2004

    def secrets(self) -> tuple[SecretStr, ...]:
        """Return every token and secret known here."""
        known = [self._pair.get(name) for name in ("access_token", "refresh_token")]
        given = (self._settings.client_secret, self._settings.refresh_token)
        return (
            *(SecretStr(text) for text in known if text),
            *(secret for secret in (*given, *self._extra) if secret is not None),
        )

    # -- which token -------------------------------------------------------------------

    def _take_newer(self) -> None:
        """Go on with what a person who connected again has stored meanwhile."""
        held = self._connection.credentials.load(STORED)
        if self._unsaved is not None or not held or not held.get("refresh_token"):
            return
        pair = self._merged(held)
        other = pair.get("access_token") != self._pair.get("access_token")
        if other and self._is_fresh(pair):
            self._pair = pair

    def _is_fresh(self, pair: Mapping[str, str]) -> bool:
        """Return whether the pair's access token needs no renewing yet."""
        return self._lives(pair) and self._connection.now() < _moment(pair, "renew_at")

    def _lives(self, pair: Mapping[str, str]) -> bool:
        token = pair.get("access_token", "")
        if not token or token == self._rejected:
            return False
        return self._connection.now() < _moment(pair, "expires_at")

    def _renew(self, send: Callable[[ApiCall], ApiResponse]) -> None:
        """Use the refresh token, unless somebody else does or has done it."""
        for _ in range(_LOOKS):
            held = self._connection.credentials.load(STORED)
            pair = self._merged(held)
            if self._is_fresh(pair):
                self._pair = pair
                return
            now, claimed = self._connection.now(), _moment(pair, "claimed_until")
            if now < claimed <= now + _CLAIM:  # a clock that was ahead claims for years
                self._connection.sleep(_LOOK_SECONDS)
                continue
            if self._can_wait(pair):
                return
            claim = {**pair, "claimed_until": (now + _CLAIM).isoformat()}
            claim["claim"] = secrets.token_hex(8)
            if self._swap(held, claim):
                self._exchange(send, pair, claim)
                return
        message = "another worker has been renewing amoCRM's token for two minutes"
        raise RetryLater(message, after_seconds=_LOOK_SECONDS)

    def _can_wait(self, pair: Mapping[str, str]) -> bool:
        """Go on with the old access token when the refresh token may be spent."""
        spent = pair.get("spent") == seal(pair.get("refresh_token"))
        if (spent or pair.get("claim")) and self._lives(pair):
            _log.warning(
                "amoCRM's refresh token may be spent: its last use was not answered. "
                "The access token is used until it expires; to be safe run: leadstate "
                "connect amocrm",
                connection=self._connection.name,
                expires_at=pair.get("expires_at"),
            )
            self._pair = {**pair, "renew_at": pair["expires_at"]}
            return True
        if spent:
            raise self._spent()
        return False

    def _merged(self, held: Mapping[str, str] | None) -> dict[str, str]:
        """Return what is stored, unless the settings name a newer refresh token."""
        given = self._settings.refresh_token
        mark = seal(given.get_secret_value() if given else None)
        stored = dict(held or {})
        if stored.get("refresh_token") and stored.get("given", "") in {"", mark}:
            return stored
        if given is None:
            raise ConfigurationError(
                f"connection {self._connection.name!r} is not authorised yet: run "
                "leadstate connect amocrm, or set oauth.refresh_token"
            )
        return {"refresh_token": given.get_secret_value(), "given": mark}

    # -- one exchange ------------------------------------------------------------------

    def _exchange(
        self,
        send: Callable[[ApiCall], ApiResponse],
        pair: Mapping[str, str],
        claim: Mapping[str, str],
    ) -> None:
        form = {"refresh_token": pair["refresh_token"]}
        try:
            answer = send(token_call(self._settings, "refresh_token", form))
        except RetryLater as error:
            if not error.sent:
                self._swap(claim, pair)
            elif self._lives(pair):
                self._pair = {**pair, "renew_at": pair["expires_at"]}
                return
            raise
        except LeadstateError:
            self._swap(claim, pair)
            raise
        if answer.status >= 400:  # noqa: PLR2004
            raise self._refusal(answer, pair, claim)
        fresh = granted(read(TokenGrant, answer, sent=True), self._connection.now())
        self._pair = {**fresh, "given": pair.get("given", "")}
        self._unsaved = (claim, self._pair)
        self._save_again()

    def _save_again(self) -> None:
        """Save a fresh pair; if the store cannot take it now, before the next call."""
        if self._unsaved is None:
            return
        claim, pair = self._unsaved
        try:
            self._swap(claim, pair)
        except StoreUnavailable:
            _log.warning("amoCRM's new tokens are not saved yet: the store is busy")
            return
        self._unsaved = None

    def _swap(self, held: Mapping[str, str] | None, values: Mapping[str, str]) -> bool:
        """Change the stored row; a host without swapping has one worker only."""
        credentials = self._connection.credentials
        if isinstance(credentials, SwappingCredentials):
            return credentials.swap(STORED, held, values)
        credentials.save(STORED, values)
        return True

    def _refusal(
        self, answer: ApiResponse, pair: Mapping[str, str], claim: Mapping[str, str]
    ) -> LeadstateError:
        problem = problem_of(answer)
        words = problem.words() or "no reason given"
        name = self._connection.name
        if answer.status == 400 and _SPENT.search(words):  # noqa: PLR2004
            spent = {**pair, "spent": seal(pair["refresh_token"])}
            self._swap(claim, spent)
            return self._spent(f" (amoCRM: {words})")
        self._swap(claim, pair)
        return ConfigurationError(
            f"amoCRM gives connection {name!r} no token ({answer.status}: {words}). "
            "Check oauth.client_id, oauth.client_secret and oauth.redirect_uri; if the "
            "account's subdomain was changed, set base_url to its new address"
        )

    def _spent(self, words: str = "") -> ConfigurationError:
        return ConfigurationError(
            f"the refresh token of connection {self._connection.name!r} is spent, "
            f"revoked or older than three months{words}. Run: leadstate connect amocrm"
        )


def token_call(
    settings: OAuthSettings,
    grant: str,
    more: Mapping[str, str],
    redirect_uri: str | None = None,
) -> ApiCall:
    """Return the call that exchanges a code or a refresh token; made once, never again.

    amoCRM takes JSON and forms (its own client posts a form).
    """
    form = {
        "grant_type": SecretStr(grant),
        "client_id": SecretStr(settings.client_id),
        "client_secret": settings.client_secret,
        "redirect_uri": SecretStr(redirect_uri or settings.redirect_uri),
    } | {name: SecretStr(text) for name, text in more.items()}
    return ApiCall(
        kind="oauth.token",
        method="POST",
        path=paths.TOKEN,
        form=form,
        authorised=False,
        expects=lambda answer: answer.status in _OURS_TO_READ,
    )


def granted(grant: TokenGrant, now: datetime) -> dict[str, str]:
    """Return what to store of a fresh pair of tokens."""
    lifetime = timedelta(seconds=max(grant.expires_in, 0))
    margin = min(_MARGIN, lifetime / 4)
    return {
        "access_token": grant.access_token,
        "refresh_token": grant.refresh_token,
        "expires_at": (now + lifetime).isoformat(),
        "renew_at": (now + lifetime - margin).isoformat(),
    }


def seal(token: str | None) -> str:
    """Tell refresh tokens apart without keeping them twice."""
    return hashlib.sha256(token.encode()).hexdigest()[:16] if token else ""


def _moment(pair: Mapping[str, str], name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(pair.get(name, ""))
    except ValueError:
        return _LONG_AGO
    return moment if moment.tzinfo else _LONG_AGO
