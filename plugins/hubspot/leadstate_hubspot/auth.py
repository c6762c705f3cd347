"""Who we are to HubSpot: a service key, or an OAuth app with short-lived tokens."""

from __future__ import annotations

import hashlib
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import SecretStr

from leadstate.adapters.http import ApiCall, ApiResponse, Authoriser
from leadstate.adapters.tokens import StaticToken
from leadstate.errors import ConfigurationError, FatalAdapterError, LeadstateError

from .errors import problem_of
from .payloads import TokenGrant, read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leadstate.adapters import Connection

    from .settings import OAuthSettings, Settings

__all__ = ["OAuthTokens", "authoriser", "keep"]

_STORED = "oauth"
_MARGIN = timedelta(minutes=5)  # tokens live 30 minutes; renew before HubSpot says no
_OURS_TO_READ = frozenset({400, 401, 403})
# Words of a dead grant, by integrators' reports; HubSpot lists none (2026-11-22).
_REVOKED = frozenset({"invalid_grant", "bad_refresh_token", "missing_refresh_token"})


def authoriser(
    connection: Connection, settings: Settings, token_path: str
) -> Authoriser:
    """Return the way of authorising that the settings ask for."""
    extra = (settings.webhook_secret,) if settings.webhook_secret else ()
    if settings.oauth is not None:
        return OAuthTokens(connection, settings.oauth, token_path, extra)
    if settings.token is None:  # pragma: no cover - settings demand one of the two
        raise ConfigurationError(f"connection {connection.name!r} has no token")
    return StaticToken(settings.token, extra, stored=connection.stored_token)


class OAuthTokens:
    """Access tokens of an OAuth app, renewed once for all threads before they expire.

    "401 is not a valid indicator that a new access token must be retrieved" (HubSpot,
    OAuth guide, seen 2026-11-22): tokens are renewed by their lifetime; a 401 renews
    one only when it says that the token expired, or comes twice.
    """

    def __init__(
        self,
        connection: Connection,
        settings: OAuthSettings,
        token_path: str,
        extra: tuple[SecretStr, ...] = (),
    ) -> None:
        self._connection, self._settings = connection, settings
        self._path, self._extra = token_path, extra
        self._lock = threading.Lock()
        self._access: SecretStr | None = None
        self._refresh: SecretStr | None = None
        self._expires_at: datetime | None = None
        self._seen: Mapping[str, str] | None = None

    def header(self, send: Callable[[ApiCall], ApiResponse]) -> SecretStr:
        """Return a header with a token that lives long enough for a call."""
        with self._lock:
            self._load()
            if not self._fresh():
                self._renew(send)
            token = self._access or SecretStr("")
        return SecretStr(f"Bearer {token.get_secret_value()}")

    def refused(self, header: SecretStr, *, expired: bool, times: int) -> bool:
        """Ask again with the same token first, then with a new one."""
        if times > 2:  # noqa: PLR2004
            return False
        if expired or times == 2:  # noqa: PLR2004
            self._forget(header)
        return True

    def secrets(self) -> tuple[SecretStr, ...]:
        """Return every token and secret known here."""
        known = (self._access, self._refresh, self._settings.refresh_token)
        given = (self._settings.client_secret, *self._extra)
        return tuple(secret for secret in (*known, *given) if secret is not None)

    def _fresh(self) -> bool:
        if self._access is None or self._expires_at is None:
            return False
        return self._connection.now() < self._expires_at - _MARGIN

    def _forget(self, header: SecretStr) -> None:
        """Drop the token that was refused, unless another thread renewed it already."""
        with self._lock:
            current = self._access.get_secret_value() if self._access else ""
            if header.get_secret_value() == f"Bearer {current}":
                self._access = None

    def _load(self) -> None:
        """Take what was stored, unless the settings name a newer refresh token.

        A person may connect again while we run, so it is looked at before every call;
        what was seen is not taken twice, for it may have been refused since.
        """
        stored = self._connection.credentials.load(_STORED) or {}
        if stored == self._seen:
            return
        given = self._settings.refresh_token
        self._refresh = given
        if stored.get("refresh_token") and stored.get("given", "") in {
            "",
            _seal(given),
        }:
            self._take(stored)
        if self._refresh is None:
            raise ConfigurationError(
                f"connection {self._connection.name!r} is not authorised yet; run: "
                f"leadstate connect {self._connection.name}"
            )
        self._seen = stored

    def _take(self, stored: Mapping[str, str]) -> None:
        self._refresh = SecretStr(stored["refresh_token"])
        try:
            expires_at = datetime.fromisoformat(stored.get("expires_at", ""))
        except ValueError:
            return
        if stored.get("access_token") and expires_at.tzinfo is not None:
            self._access = SecretStr(stored["access_token"])
            self._expires_at = expires_at

    def _renew(self, send: Callable[[ApiCall], ApiResponse]) -> None:
        answer = send(self._token_call())
        if answer.status >= 400:  # noqa: PLR2004
            raise self._refusal(answer)
        grant = read(TokenGrant, answer)
        lifetime = timedelta(seconds=max(grant.expires_in, 0))
        # HubSpot's refresh tokens do not rotate (community, 2026-11-22); if one day
        # they do, the new one is kept.
        self._refresh = (
            SecretStr(grant.refresh_token) if grant.refresh_token else self._refresh
        )
        self._expires_at = self._connection.now() + lifetime
        self._access = SecretStr(grant.access_token)
        self._save()

    def _save(self) -> None:
        self._seen = keep(
            self._connection,
            self._settings,
            access=self._access or SecretStr(""),
            refresh=self._refresh or SecretStr(""),
            expires_at=self._expires_at or self._connection.now(),
        )

    def _token_call(self) -> ApiCall:
        form = {
            "grant_type": SecretStr("refresh_token"),
            "client_id": SecretStr(self._settings.client_id),
            "client_secret": self._settings.client_secret,
            "refresh_token": self._refresh or SecretStr(""),
        }
        return ApiCall(
            kind="oauth.token",
            method="POST",
            path=self._path,
            form=form,
            repeatable=True,
            authorised=False,
            expects=lambda answer: answer.status in _OURS_TO_READ,
        )

    def _refusal(self, answer: ApiResponse) -> LeadstateError:
        problem = problem_of(answer)
        words = {problem.error, problem.status, problem.category, problem.code}
        name = self._connection.name
        if {str(word).lower() for word in words} & _REVOKED:
            return FatalAdapterError(
                f"HubSpot no longer accepts the authorisation of connection {name!r}: "
                "the app was uninstalled or its access revoked. Authorise it again: "
                f"leadstate connect {name}"
            )
        return ConfigurationError(
            f"HubSpot gives connection {name!r} no access token ({answer.status} "
            f"{problem.error or problem.status}); check oauth.client_id and "
            "oauth.client_secret"
        )


def keep(
    connection: Connection,
    settings: OAuthSettings,
    *,
    access: SecretStr,
    refresh: SecretStr,
    expires_at: datetime,
) -> Mapping[str, str]:
    """Keep tokens durably, and return what was kept.

    They are used until the settings name another refresh token than they do now.
    """
    values = {
        "access_token": access.get_secret_value(),
        "refresh_token": refresh.get_secret_value(),
        "expires_at": expires_at.isoformat(),
        "given": _seal(settings.refresh_token),
    }
    connection.credentials.save(_STORED, values)
    return values


def _seal(token: SecretStr | None) -> str:
    """Tell refresh tokens of the settings apart without keeping them twice."""
    if token is None:
        return ""
    return hashlib.sha256(token.get_secret_value().encode()).hexdigest()[:16]
