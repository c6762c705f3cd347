"""Connect an account in the browser: amoCRM's authorisation code flow.

A code is good for one exchange within twenty minutes.  Where the account lives comes
back as ``referer``; a code is sent to no other host than the one in the settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from leadstate.errors import ConfigurationError, LeadstateError

from . import paths
from .api import AmoCrmApi
from .auth import STORED, granted, seal, token_call
from .errors import problem_of
from .payloads import TokenGrant, read
from .settings import account_host, read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.adapters import Connection

    from .settings import OAuthSettings, Settings

__all__ = ["AmoCrmOAuth"]

_AMOCRM = "https://www.amocrm.ru"
_KOMMO = "https://www.kommo.com"


class AmoCrmOAuth:
    """The browser flow of one connection."""

    def __init__(self, connection: Connection) -> None:
        """Check the settings; makes no call."""
        self._connection = connection
        self._settings = read_settings(connection.name, connection.settings)
        if self._settings.oauth is None:
            raise ConfigurationError(
                f"connection {connection.name!r} has no integration with OAuth: set "
                "oauth.client_id, oauth.client_secret and oauth.redirect_uri to those "
                "of your integration in amoCRM"
            )
        self._app: OAuthSettings = self._settings.oauth

    def authorise_url(self, redirect_uri: str, state: str) -> str:
        """Return the address that the admin opens.

        amoCRM takes no redirect from the address: it goes to the registered one, which
        therefore has to be this one.
        """
        self._check_redirect(redirect_uri)
        query = {"client_id": self._app.client_id, "state": state, "mode": "popup"}
        return f"{_platform(self._settings)}{paths.AUTHORISE}?{urlencode(query)}"

    def finish(self, redirect_uri: str, answer: Mapping[str, str]) -> str:
        """Exchange the code for tokens, keep them, and name the account."""
        self._check_redirect(redirect_uri)
        code = _code_of(answer)
        self._check_host(answer.get("referer", ""))
        api = AmoCrmApi(self._connection, self._settings)
        try:
            grant = self._exchange(api, code)
            given = self._app.refresh_token
            pair = granted(grant, self._connection.now()) | {
                "given": seal(given.get_secret_value() if given else None)
            }
            self._connection.credentials.save(STORED, pair)
            return self._name(api)
        finally:
            api.client.close()

    def _check_redirect(self, redirect_uri: str) -> None:
        registered = self._app.redirect_uri
        if redirect_uri.rstrip("/") != registered.rstrip("/"):
            raise ConfigurationError(
                f"amoCRM redirects to the address that the integration is registered "
                f"with ({registered}), and Leadstate listens at {redirect_uri}: make "
                "them the same, in amoCRM and in oauth.redirect_uri"
            )

    def _exchange(self, api: AmoCrmApi, code: str) -> TokenGrant:
        more = {"code": code}
        found = api.client.send(token_call(self._app, "authorization_code", more))
        if found.status < 400:  # noqa: PLR2004
            return read(TokenGrant, found, sent=True)
        words = api.client.clean(problem_of(found).words()) or str(found.status)
        raise ConfigurationError(
            f"amoCRM gives no tokens ({words}). The code may be used or older than 20 "
            "minutes: run the command again; else check oauth.client_id, "
            "oauth.client_secret and oauth.redirect_uri"
        )

    def _check_host(self, referer: str) -> None:
        """Refuse an account other than the one that the connection is for."""
        if not referer:
            return
        host = account_host(referer)
        if host != self._settings.host.lower():
            shown = host or "an address that is no account"
            raise ConfigurationError(
                f"you chose {shown}, setting 'base_url' says {self._settings.host}; "
                "nothing was kept. Choose the other account, or correct the setting"
            )

    def _name(self, api: AmoCrmApi) -> str:
        """Name the account; the tokens are kept, so that failing is no failure."""
        try:
            details = api.account()
        except LeadstateError:
            return f"amoCRM {self._settings.host}"
        return f"{details.name or details.subdomain} ({self._settings.host})"


def _platform(settings: Settings) -> str:
    """Return where consent is given: amoCRM, Kommo, or the sandbox.

    They are separate platforms, each with its own integrations (facts of 2026-11-22).
    """
    host = urlsplit(settings.base_url).hostname or ""
    if host.endswith(".kommo.com"):
        return _KOMMO
    if host.endswith((".amocrm.ru", ".amocrm.com")):
        return _AMOCRM
    return settings.base_url


def _code_of(answer: Mapping[str, str]) -> str:
    if answer.get("error") == "access_denied":
        raise ConfigurationError(
            "amoCRM says that access was not granted; run the command again and allow "
            "the integration"
        )
    if answer.get("error"):
        raise ConfigurationError(
            f"amoCRM refused the sign-in: {_printable(answer['error'])}"
        )
    if not answer.get("code"):
        raise ConfigurationError("amoCRM's redirect brought no code; try again")
    return answer["code"]


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text)[:300]
