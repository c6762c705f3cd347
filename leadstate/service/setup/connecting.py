"""Connect an account: try a token, or get tokens in the browser, and keep them.

Why tokens are kept in the store: docs/decisions/0009.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from leadstate.errors import ConfigurationError, UsageError
from leadstate.service.setup.accounts import SeenAccount, replace_account
from leadstate.service.setup.opening import (
    TOKEN,
    bindings_of,
    connection_to,
    names_credentials,
    spec_of,
)
from leadstate.service.setup.redirect import Redirect, answer_of, is_loopback
from leadstate.settings import secret_key
from leadstate.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from leadstate.adapters import Account, OAuthFlow, PinnedAccount
    from leadstate.clock import Clock
    from leadstate.settings import Settings
    from leadstate.store import Store

from contextlib import contextmanager

__all__ = [
    "REDIRECT_URI",
    "Tried",
    "connect_in_browser",
    "connect_with_token",
    "redirect_uri_of",
    "reference_of",
    "uses_oauth",
]

# HubSpot takes http only for the host "localhost" (changelog of 2018-03-05, seen
# 2026-11-22); what listens is 127.0.0.1.
REDIRECT_URI: Final = "http://localhost:8790/oauth/callback"
_STATE_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a token turned out to be good for.

    Attributes:
        kept: Whether it is in the store now.
        left: Objects of the account before that are linked no more.
    """

    account: Account
    kept: bool
    left: int = 0


def uses_oauth(settings: Settings, name: str) -> bool:
    """Return whether the settings file gives the connection an OAuth app."""
    return "oauth" in settings.connections[name].settings


def reference_of(settings: Settings, name: str) -> Mapping[str, str] | None:
    """Return the reference that the settings file names as token, or None."""
    found = settings.connections[name].settings.get(TOKEN)
    if not isinstance(found, dict):
        return None
    return {str(key): str(value) for key, value in found.items()}


def connect_with_token(
    settings: Settings,
    name: str,
    token: str | None,
    clock: Clock,
    *,
    new_account_by: str | None = None,
) -> Tried:
    """Try a token with one harmless call, and keep it where that is wanted.

    It is kept encrypted in the store when the settings file names no credentials of the
    connection and has a key; a connection has one place that counts.

    Args:
        token: None tries what the settings file or the store already gives.
        new_account_by: Who says that the connection may belong to another account from
            now on; None where it has to be the same one.

    Raises:
        ConfigurationError: The CRM does not take it, or it is for another account;
            nothing is kept.
    """
    if uses_oauth(settings, name):
        raise UsageError(
            f"connection {name!r} has an OAuth app in {settings.file}; connect it with "
            "--oauth, or take 'oauth:' out of its settings"
        )
    with _opened(settings) as store:
        given = None if token is None else {TOKEN: token}
        seen = SeenAccount() if new_account_by else None
        connection = connection_to(
            settings,
            name,
            binding=bindings_of(settings, name)[0],
            store=store,
            clock=clock,
            given=given,
            account=seen,
        )
        adapter = spec_of(settings, name).open(connection)
        try:
            account = adapter.describe()
        finally:
            adapter.close()
        left = _moved(store, name, seen, new_account_by, clock)
        keep = given is not None and not names_credentials(settings, name)
        if keep and settings.key is not None:
            store.credentials(name, clock.now).save(TOKEN, {TOKEN: str(token)})
            return Tried(account=account, kept=True, left=left)
    return Tried(account=account, kept=False, left=left)


def redirect_uri_of(settings: Settings, name: str, chosen: str | None) -> str:
    """Return where the browser returns to: as asked, as set, or the usual address."""
    oauth = settings.connections[name].settings.get("oauth")
    set_ = oauth.get("redirect_uri") if isinstance(oauth, dict) else None
    uri = chosen or (str(set_) if set_ else REDIRECT_URI)
    parts = urlsplit(uri)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
        raise UsageError(
            f"{uri!r} is no redirect address; write it like {REDIRECT_URI}"
        )
    return uri


def connect_in_browser(  # noqa: PLR0913 - how a person is asked, keyword-only
    settings: Settings,
    name: str,
    clock: Clock,
    *,
    redirect_uri: str,
    show: Callable[[str], None],
    paste: Callable[[], str],
    timeout_seconds: float,
    new_account_by: str | None = None,
) -> str:
    """Let a person agree in the browser; keep the tokens; return the account's name.

    Args:
        redirect_uri: On this machine it is listened on; for any other address the
            person copies what the browser shows in the end.
        show: Shows, or opens, the address where the person agrees.
        paste: Asks for the address that the browser ended at.
        new_account_by: As for `connect_with_token`.

    Raises:
        ConfigurationError: The person said no, nobody came, or a setting is wrong.
    """
    with _opened(settings) as store:
        seen = SeenAccount() if new_account_by else None
        flow = _flow(settings, name, store, clock, seen)
        state = secrets.token_urlsafe(_STATE_BYTES)

        def finish(answer: Mapping[str, str]) -> str:
            title = flow.finish(redirect_uri, answer)
            _moved(store, name, seen, new_account_by, clock)
            return title

        address = flow.authorise_url(redirect_uri, state)
        if not is_loopback(redirect_uri):
            show(address)
            return finish(_pasted(paste(), state))
        with Redirect(redirect_uri, state, finish) as redirect:
            show(address)
            return redirect.wait(timeout_seconds=timeout_seconds)


def _moved(
    store: Store,
    name: str,
    seen: SeenAccount | None,
    actor: str | None,
    clock: Clock,
) -> int:
    """Let the connection belong to the account that was seen, if a person says so."""
    if seen is None or seen.account is None or actor is None:
        return 0
    return replace_account(store, name, seen.account, actor=actor, now=clock.now())


def _flow(
    settings: Settings,
    name: str,
    store: Store,
    clock: Clock,
    account: PinnedAccount | None,
) -> OAuthFlow:
    spec = spec_of(settings, name)
    if spec.oauth is None:
        raise UsageError(
            f"{spec.title} cannot be connected in the browser; give a token instead"
        )
    if settings.key is None:
        raise ConfigurationError(
            f"{settings.file} names no key, and without one no token can be kept. "
            'Make one with: python -c "import secrets; print(secrets.token_hex(32))", '
            "keep it outside the database, and write into the file: "
            "key: {env: LEADSTATE_KEY}"
        )
    first, *others = bindings_of(settings, name)
    connection = connection_to(
        settings, name, binding=first, store=store, clock=clock, account=account
    )
    return spec.oauth(replace(connection, beside=tuple(others)))


def _pasted(text: str, state: str) -> dict[str, str]:
    try:
        found = answer_of(urlsplit(text.strip()).query, state)
    except ValueError:
        found = None
    if found is None:
        raise UsageError(
            "this address does not belong to the sign-in that was started; run the "
            "command again and copy the whole address that the browser ends at"
        )
    return found


@contextmanager
def _opened(settings: Settings) -> Iterator[Store]:
    store = open_store(settings.database, key=secret_key(settings))
    try:
        yield store
    finally:
        store.close()
