"""Who calls: a long-lived token, and OAuth tokens that expire on the sandbox clock.

A refresh token is good for one exchange; the next one comes with the answer.  Access
tokens have the form of a JWT, because clients read `api_domain` from them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.testing.sandbox.payloads import write_json
from leadstate.testing.sandbox.traffic import same, with_query
from leadstate_amocrm.sandbox.crm.catalog import ADMIN
from leadstate_amocrm.sandbox.problems import bad_grant, refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.testing.sandbox.clock import SandboxClock
    from leadstate_amocrm.sandbox.config import Policy, SandboxConfig

LIFETIME_SECONDS = 86_400
REFRESH_SECONDS = 90 * 86_400
CODE_SECONDS = 20 * 60


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token that is good: whose rights it has, and whose limit it uses."""

    user_id: int
    integration: str


@dataclass(frozen=True, slots=True)
class Lasting:
    """A token or code with its end."""

    user_id: int
    ends_at: int


class Tokens:
    """Hands out tokens and says whether one is good."""

    def __init__(
        self, config: SandboxConfig, policy: Policy, clock: SandboxClock
    ) -> None:
        """Know the two tokens of the start."""
        self._config, self._policy, self._clock = config, policy, clock
        self._count = 0
        self._access: dict[str, Lasting] = {}
        self._codes: dict[str, Lasting] = {}
        ends = clock.now() + REFRESH_SECONDS * 1000
        self._refresh = {config.refresh_token: Lasting(ADMIN, ends)}
        self._spent: set[str] = set()
        self.revoked = False

    def bearer(self, authorization: str) -> Bearer:
        """Return who calls, or refuse with 401."""
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token or self.revoked:
            raise _unauthorized()
        if same(token, self._config.token):
            return Bearer(ADMIN, "long-lived")
        access = self._access.get(token)
        if access is None or access.ends_at <= self._clock.now():
            raise _unauthorized()
        return Bearer(access.user_id, self._config.client_id)

    def authorize(self, asked: Mapping[str, str], referer: str) -> str:
        """Return where the browser goes after the user has decided."""
        if not same(asked.get("client_id", ""), self._config.client_id):
            raise refused(404, "there is no integration with this client_id")
        answer: dict[str, str] = {}
        if self._policy.deny_consent:
            answer["error"] = "access_denied"
        else:
            code = self._new("code")
            ends = self._clock.now() + CODE_SECONDS * 1000
            self._codes[code] = Lasting(ADMIN, ends)
            answer |= {"code": code, "from_widget": "1", "platform": "1"}
        answer |= {"referer": referer, "client_id": self._config.client_id}
        if "state" in asked:
            answer["state"] = asked["state"]
        return with_query(self._config.redirect_uri, answer)

    def grant(self, form: Mapping[str, str], host: str) -> dict[str, object]:
        """Exchange a code or a refresh token for a new pair."""
        self._check_client(form)
        match form.get("grant_type"):
            case "authorization_code":
                user = self._redeem(self._codes, form.get("code", ""), "code")
            case "refresh_token":
                given = form.get("refresh_token", "")
                user = self._redeem(self._refresh, given, "refresh token")
            case _:
                raise bad_grant("Check the `grant_type` parameter")
        return self._hand_out(user, host)

    def owner_of_refresh(self, token: str) -> int | None:
        """Return whose a refresh token is that is still good."""
        found = self._refresh.get(token)
        return None if found is None else found.user_id

    def _check_client(self, form: Mapping[str, str]) -> None:
        known = same(form.get("client_id", ""), self._config.client_id)
        secret = form.get("client_secret", "")
        if not known or not same(secret, self._config.client_secret):
            raise bad_grant("Client authentication failed")
        if form.get("redirect_uri", "") != self._config.redirect_uri:
            raise bad_grant("Invalid redirect URI")

    def _redeem(self, held: dict[str, Lasting], token: str, name: str) -> int:
        found = held.pop(token, None)
        named = "Authorization code" if name == "code" else "Token"
        if found is None and token in self._spent:
            raise bad_grant(f"{named} has been revoked")
        if found is None:
            wrong = "Invalid refresh token" if name != "code" else "Cannot decrypt it"
            raise bad_grant(wrong)
        self._spent.add(token)
        if found.ends_at <= self._clock.now():
            raise bad_grant(f"{named} has expired")
        self.revoked = False
        return found.user_id

    def _hand_out(self, user_id: int, host: str) -> dict[str, object]:
        now = self._clock.now()
        access = self._access_token(user_id, host, now // 1000)
        refresh = self._new("def")
        self._access[access] = Lasting(user_id, now + LIFETIME_SECONDS * 1000)
        self._refresh[refresh] = Lasting(user_id, now + REFRESH_SECONDS * 1000)
        return {
            "token_type": "Bearer",
            "expires_in": LIFETIME_SECONDS,
            "server_time": now // 1000,
            "access_token": access,
            "refresh_token": refresh,
        }

    def _access_token(self, user_id: int, host: str, now: int) -> str:
        claims = {
            "aud": self._config.client_id,
            "jti": self._new("jti"),
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME_SECONDS,
            "sub": str(user_id),
            "account_id": self._config.account_id,
            "base_domain": "amocrm.ru",
            "api_domain": host,
            "scopes": ["crm", "notifications"],
        }
        head = _base64(write_json({"typ": "JWT", "alg": "HS256"}))
        signed = f"{head}.{_base64(write_json(claims))}"
        key = self._config.client_secret.encode()
        return f"{signed}.{_base64(hmac.digest(key, signed.encode(), 'sha256'))}"

    def _new(self, kind: str) -> str:
        """Return a fresh text; repeatable, because nothing here is secret."""
        self._count += 1
        source = f"{kind}:{self._config.seed}:{self._count}"
        return kind + hashlib.sha512(source.encode()).hexdigest()


def _unauthorized() -> Exception:
    return refused(401, "The access token is missing, unknown or out of date.")


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
