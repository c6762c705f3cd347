"""Who calls: fixed keys, and OAuth tokens that expire on the sandbox clock."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from leadstate.testing.sandbox.traffic import same, with_query
from leadstate_hubspot.sandbox.config import Auth, Policy, SandboxConfig
from leadstate_hubspot.sandbox.problems import (
    ApiProblem,
    Problem,
    fresh_uuid,
    unauthenticated,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.testing.sandbox.clock import SandboxClock

LIFETIME_SECONDS = 1800  # expires_in of HubSpot's access tokens
INSTALLING_USER = 28604240


@dataclass(frozen=True, slots=True)
class Access:
    """An access token handed out."""

    token: str
    refresh_token: str
    expires_at: int
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Consent:
    """An authorization code waiting to be exchanged, once."""

    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str
    method: str


class Tokens:
    """Hands out tokens and says whether one is good."""

    def __init__(
        self, config: SandboxConfig, policy: Policy, clock: SandboxClock
    ) -> None:
        """Know the configured token: a key or, with OAuth, a refresh token."""
        self._config, self._policy, self._clock = config, policy, clock
        self._access: dict[str, Access] = {}
        self._codes: dict[str, Consent] = {}
        self._refresh: dict[str, tuple[str, ...]] = {}
        if config.auth is Auth.OAUTH:
            self._refresh[config.token] = tuple(policy.scopes)

    def scopes_of(self, authorization: str) -> tuple[str, ...]:
        """Return what the bearer may do, or refuse with 401."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _no_credentials()
        if self._config.auth is not Auth.OAUTH:
            if not same(token.strip(), self._config.token):
                raise _no_credentials()
            return tuple(self._policy.scopes)
        access = self._access.get(token.strip())
        if access is None:
            raise _no_credentials()
        late = self._clock.now() - access.expires_at
        if late >= 0:
            message = "The OAuth token used to make this call expired "
            message += f"{late // 60_000} minute(s) ago."
            raise unauthenticated(message, "EXPIRED_AUTHENTICATION")
        return tuple(s for s in access.scopes if s in self._policy.scopes)

    def authorize(self, asked: Mapping[str, str]) -> str:
        """Consent at once and return where the browser is sent to."""
        redirect = asked.get("redirect_uri", "")
        if not same(asked.get("client_id", ""), self._config.client_id):
            raise _grant_problem("invalid_client", "the client_id is unknown")
        if urlsplit(redirect).scheme not in ("http", "https"):
            raise _grant_problem("invalid_request", "the redirect_uri is missing")
        code = fresh_uuid()
        scopes = tuple(asked.get("scope", "").replace("+", " ").split())
        self._codes[code] = Consent(
            redirect,
            scopes or tuple(self._policy.scopes),
            asked.get("code_challenge", ""),
            asked.get("code_challenge_method", "plain"),
        )
        answer = {"code": code} | (
            {"state": asked["state"]} if "state" in asked else {}
        )
        return with_query(redirect, answer)

    def grant(self, form: Mapping[str, str]) -> dict[str, object]:
        """Exchange a code or a refresh token for an access token."""
        self._check_client(form)
        match form.get("grant_type"):
            case "authorization_code":
                scopes = self._redeem(form)
                refresh = f"na1-{fresh_uuid()}"
                self._refresh[refresh] = scopes
            case "refresh_token":
                refresh = form.get("refresh_token", "")
                if refresh not in self._refresh:
                    raise bad_refresh_token()
            case _:
                message = "grant_type must be authorization_code or refresh_token"
                raise _grant_problem("unsupported_grant_type", message)
        return self._hand_out(refresh)

    def revoke(self, token: str) -> bool:
        """Take back a refresh token with its access tokens, or one access token."""
        refresh = self._refresh.pop(token, None)
        gone = [a for a in self._access.values() if token in (a.token, a.refresh_token)]
        for access in gone:
            del self._access[access.token]
        return bool(gone) or refresh is not None

    def describe(self, token: str) -> dict[str, object] | None:
        """Tell what a living access or refresh token is, or None."""
        common: dict[str, object] = {
            "token": token,
            "active": True,
            "hub_id": self._config.portal_id,
            "app_id": self._config.app_id,
            "client_id": self._config.client_id,
            "user_id": INSTALLING_USER,
            "user": "maria.santos@portal.example",
            "hub_domain": "portal.example",
            "is_private_distribution": True,
        }
        access = self._access.get(token)
        if access is not None and access.expires_at > self._clock.now():
            return common | self._described_access(access)
        if token in self._refresh:
            kind = {"token_type": "refresh", "token_use": "refresh_token"}
            return common | kind | {"scopes": list(self._refresh[token])}
        return None

    def _described_access(self, access: Access) -> dict[str, object]:
        left = (access.expires_at - self._clock.now()) // 1000
        signed = {
            "appId": self._config.app_id,
            "expiresAt": access.expires_at,
            "hubId": self._config.portal_id,
            "hublet": "na1",
            "installingUserId": INSTALLING_USER,
            "isPrivateDistribution": True,
        }
        return {
            "token_type": "access",
            "token_use": "access_token",
            "expires_in": left,
            "scopes": list(access.scopes),
            "signed_access_token": signed,
        }

    def _check_client(self, form: Mapping[str, str]) -> None:
        known = same(form.get("client_id", ""), self._config.client_id)
        if not known or not same(
            form.get("client_secret", ""), self._config.client_secret
        ):
            message = "missing or invalid client id or client secret"
            raise _grant_problem("invalid_client", message, "BAD_CLIENT_ID")

    def _redeem(self, form: Mapping[str, str]) -> tuple[str, ...]:
        consent = self._codes.pop(form.get("code", ""), None)
        if consent is None:
            message = "missing or unknown auth code"
            raise _grant_problem("invalid_grant", message, "BAD_AUTH_CODE")
        if form.get("redirect_uri") != consent.redirect_uri:
            message = "redirect uri does not match the one of the authorization"
            raise _grant_problem("invalid_grant", message, "BAD_REDIRECT_URI")
        if consent.challenge and not _proves(form.get("code_verifier", ""), consent):
            message = "code verifier does not match the challenge"
            raise _grant_problem("invalid_grant", message, "BAD_CODE_VERIFIER")
        return consent.scopes

    def _hand_out(self, refresh: str) -> dict[str, object]:
        expires = self._clock.now() + LIFETIME_SECONDS * 1000
        access = Access(fresh_uuid(), refresh, expires, self._refresh[refresh])
        self._access[access.token] = access
        return {
            "access_token": access.token,
            "refresh_token": refresh,
            "expires_in": LIFETIME_SECONDS,
            "token_type": "bearer",
            "token_use": "access_token",
            "hub_id": self._config.portal_id,
            "user_id": INSTALLING_USER,
            "scopes": list(access.scopes),
        }


def bad_refresh_token() -> ApiProblem:
    """Refuse a refresh token that is unknown or revoked."""
    message = "missing or unknown refresh token"
    return _grant_problem("invalid_grant", message, "BAD_REFRESH_TOKEN")


def _grant_problem(error: str, message: str, status: str = "BAD_REQUEST") -> ApiProblem:
    # Both vocabularies: `status` of the v1 answers, `error` of RFC 6749.
    extra = {"status": status, "error": error, "error_description": message}
    return ApiProblem(Problem(status=400, message=message, category="", extra=extra))


def _no_credentials() -> ApiProblem:
    message = "Authentication credentials not found. This API supports OAuth 2.0 "
    message += "authentication and you can find more details at "
    message += "https://developers.hubspot.com/docs/methods/auth/oauth-overview"
    return unauthenticated(message, "INVALID_AUTHENTICATION")


def _proves(verifier: str, consent: Consent) -> bool:
    if consent.method != "S256":
        return same(verifier, consent.challenge)
    digest = hashlib.sha256(verifier.encode()).digest()
    return same(
        base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), consent.challenge
    )
