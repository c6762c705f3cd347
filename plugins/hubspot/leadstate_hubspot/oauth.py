"""Connect an account in the browser: HubSpot's authorisation code flow.

A code is good for one exchange.  A crash before the tokens are kept costs nothing but
the consent: HubSpot's refresh tokens do not rotate (community, 2026-11-22), so what was
kept before goes on working, and the admin connects again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

from pydantic import SecretStr

from leadstate.adapters.http import ApiCall, ApiResponse
from leadstate.errors import ConfigurationError, LeadstateError

from .api import HubSpotApi
from .auth import keep
from .errors import problem_of
from .payloads import TokenGrant, read
from .reading import split_names
from .settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadstate.adapters import Connection

    from .settings import OAuthSettings, Settings

__all__ = ["HubSpotOAuth", "scopes_needed"]

_AUTHORISE = "https://app.hubspot.com/oauth/authorize"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_SCHEMAS: Final = {"companies": "companies", "deals": "deals"}
_OURS_TO_READ = frozenset({400, 401, 403})


class HubSpotOAuth:
    """The browser flow of one connection."""

    def __init__(self, connection: Connection) -> None:
        """Check the settings; makes no call."""
        self._connection = connection
        self._settings = read_settings(connection.name, connection.settings)
        if self._settings.oauth is None:
            raise ConfigurationError(
                f"connection {connection.name!r} has no OAuth app: set oauth.client_id "
                "and oauth.client_secret to those of your HubSpot app"
            )
        self._app: OAuthSettings = self._settings.oauth

    def authorise_url(self, redirect_uri: str, state: str) -> str:
        """Return the address that the admin opens."""
        bound = self._connection.binding, *self._connection.beside
        scopes = (scopes_needed(one.object, one.read_properties) for one in bound)
        needed = dict.fromkeys(scope for its in scopes for scope in its)
        query = {
            "client_id": self._app.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self._app.scopes or ("oauth", *needed)),
            "state": state,
        }
        return f"{_authorise_page(self._settings)}?{urlencode(query)}"

    def finish(self, redirect_uri: str, answer: Mapping[str, str]) -> str:
        """Exchange the code for tokens, keep them, and name the account."""
        code = _code_of(answer)
        api = HubSpotApi(self._connection, self._settings)
        try:
            grant = self._exchange(api, redirect_uri, code)
            self._check_portal(grant)
            if self._connection.account is not None and grant.hub_id is not None:
                self._connection.account.check(grant.hub_id)
            lifetime = timedelta(seconds=max(grant.expires_in, 0))
            keep(
                self._connection,
                self._app,
                access=SecretStr(grant.access_token),
                refresh=SecretStr(grant.refresh_token or ""),
                expires_at=self._connection.now() + lifetime,
            )
            return _name(api, grant)
        finally:
            api.client.close()

    def _exchange(self, api: HubSpotApi, redirect_uri: str, code: str) -> TokenGrant:
        form = {
            "grant_type": SecretStr("authorization_code"),
            "client_id": SecretStr(self._app.client_id),
            "client_secret": self._app.client_secret,
            "redirect_uri": SecretStr(redirect_uri),
            "code": SecretStr(code),
        }
        call = ApiCall(
            kind="oauth.token",
            method="POST",
            path=api.paths.token,
            form=form,
            authorised=False,
            expects=lambda found: found.status in _OURS_TO_READ,
        )
        found = api.client.send(call)
        if found.status >= 400:  # noqa: PLR2004
            raise _refusal(found, api)
        grant = read(TokenGrant, found, sent=True)
        if not grant.refresh_token:
            raise ConfigurationError(
                "HubSpot gave no refresh token, so the connection would end within "
                "minutes; check that the app is an OAuth app"
            )
        return grant

    def _check_portal(self, grant: TokenGrant) -> None:
        expected = self._settings.portal_id
        if expected is not None and grant.hub_id not in {None, expected}:
            raise ConfigurationError(
                f"you chose portal {grant.hub_id}, setting 'portal_id' says "
                f"{expected}; nothing was kept. Choose the other account, or correct "
                "the setting"
            )


def scopes_needed(kind: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the scopes for a binding of ``kind`` that reads ``names``."""
    company = bool(split_names(names)[1]) and kind != "companies"
    needed = [
        f"crm.objects.{kind}.read",
        f"crm.objects.{kind}.write",
        # Notes and tasks ride on contacts (specification of 2026-08-21).
        *(() if kind == "contacts" else ("crm.objects.contacts.write",)),
        *(("crm.objects.companies.read",) if company else ()),
        f"crm.schemas.{_SCHEMAS.get(kind, 'contacts')}.read",
    ]
    return tuple(dict.fromkeys(needed))


def _authorise_page(settings: Settings) -> str:
    """Return where consent is given: HubSpot, or the sandbox that is connected."""
    base = settings.base_url.rstrip("/")
    local = urlsplit(base).hostname in _LOOPBACK
    return f"{base}/oauth/authorize" if local else _AUTHORISE


def _code_of(answer: Mapping[str, str]) -> str:
    if answer.get("error") == "access_denied":
        raise ConfigurationError(
            "HubSpot says that access was not granted; run the command again and "
            "choose the account and 'Connect app'"
        )
    if answer.get("error"):
        said = answer.get("error_description") or answer["error"]
        raise ConfigurationError(f"HubSpot refused the sign-in: {_printable(said)}")
    if not answer.get("code"):
        raise ConfigurationError("HubSpot's redirect brought no code; try again")
    return answer["code"]


def _refusal(found: ApiResponse, api: HubSpotApi) -> ConfigurationError:
    problem = problem_of(found)
    words = f"{problem.status or ''} {problem.error or ''}".lower()
    if "auth_code" in words:
        remedy = "the code was used already or is too old: run the command again"
    elif "redirect" in words:
        remedy = "set oauth.redirect_uri to the one of the app's settings"
    else:
        remedy = "check oauth.client_id and oauth.client_secret"
    said = api.client.clean(problem.words()) or str(found.status)
    return ConfigurationError(f"HubSpot gives no tokens ({said}); {remedy}")


def _name(api: HubSpotApi, grant: TokenGrant) -> str:
    """Name the account; the tokens are kept already, so that failing is no failure."""
    try:
        details = api.account()
    except LeadstateError:
        return f"HubSpot {grant.hub_id or 'account'}"
    return f"HubSpot {details.portal_id} {details.account_type}".strip()


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text)[:300]
