"""``leadstate connect``: authorise Leadstate in a CRM account."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from leadstate.cli.context import actor_option, clean, file_option, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from leadstate.service.setup.connecting import Tried
    from leadstate.settings import Settings

__all__ = ["command"]

_LONGEST_TOKEN = 16_384


@click.command(name="connect")
@file_option
@click.argument("connection")
@click.option(
    "--token-env", metavar="NAME", help="Take the token from an environment variable."
)
@click.option(
    "--token-file",
    type=click.Path(dir_okay=False),
    help="Take the token from a file; - is standard input.",
)
@click.option("--oauth", is_flag=True, help="Agree in the browser, by the OAuth app.")
@click.option(
    "--redirect-uri",
    metavar="URI",
    help="Where the browser returns to, as the CRM's app names it.",
)
@click.option(
    "--no-browser", is_flag=True, help="Show the address instead of opening it."
)
@click.option(
    "--new-account",
    is_flag=True,
    help="The connection belongs to another account from now on; asks before.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@actor_option
@click.option(
    "--timeout",
    "timeout_seconds",
    default=300,
    show_default=True,
    type=click.IntRange(1, 3600),
    help="Seconds to wait for the browser.",
)
def command(  # noqa: PLR0913 - one argument an option
    settings_file: Path,
    connection: str,
    *,
    token_env: str | None,
    token_file: str | None,
    oauth: bool,
    redirect_uri: str | None,
    no_browser: bool,
    new_account: bool,
    yes: bool,
    actor: str,
    timeout_seconds: int,
) -> None:
    """Authorise CONNECTION of the settings file, or the one that uses that adapter.

    With an OAuth app in its settings you agree in the browser; else a token is asked
    for, without showing it, and tried.  Tokens are kept encrypted in the database.
    """
    from leadstate.cli.logs import configure_logs
    from leadstate.service.setup.connecting import uses_oauth
    from leadstate.service.setup.opening import connection_named

    if sum((oauth, token_env is not None, token_file is not None)) > 1:
        raise click.UsageError("give one of --oauth, --token-env and --token-file")
    configure_logs(verbose=bool(os.environ.get("LEADSTATE_VERBOSE")))
    settings = read_settings(settings_file)
    name = connection_named(settings, connection)
    if new_account and not yes:
        _ask_for_consent(name)
    new_account_by = actor if new_account else None
    given = token_env is not None or token_file is not None
    if oauth or (uses_oauth(settings, name) and not given):
        _in_browser(
            settings,
            name,
            redirect_uri,
            timeout_seconds,
            new_account_by,
            opens=not no_browser,
        )
        return
    token = _token(settings, name, token_env, token_file)
    _with_token(settings, name, token, new_account_by)


def _ask_for_consent(name: str) -> None:
    """Let a person say that a connection leaves its account for good."""
    click.confirm(
        f"{name}: objects of the account before are linked no more, and what waits to "
        "be written there is dropped; records and their history stay. Go on?",
        abort=True,
    )


def _in_browser(  # noqa: PLR0913 - one argument an option
    settings: Settings,
    name: str,
    redirect_uri: str | None,
    timeout_seconds: int,
    new_account_by: str | None,
    *,
    opens: bool,
) -> None:
    from leadstate.clock import SystemClock
    from leadstate.service.setup.connecting import connect_in_browser, redirect_uri_of

    account = connect_in_browser(
        settings,
        name,
        SystemClock(),
        redirect_uri=redirect_uri_of(settings, name, redirect_uri),
        show=_shower(opens=opens),
        paste=lambda: click.prompt("Address that the browser ended at", type=str),
        timeout_seconds=timeout_seconds,
        new_account_by=new_account_by,
    )
    click.echo(clean(f"{name} is connected to {account}. The tokens are kept."))
    click.echo(f"Next: leadstate doctor {name}")


def _shower(*, opens: bool) -> Callable[[str], None]:
    def show(address: str) -> None:
        click.echo(f"Open this address and agree:\n\n  {clean(address)}\n")
        if opens:
            click.launch(address)
        sys.stdout.flush()

    return show


def _token(
    settings: Settings, name: str, token_env: str | None, token_file: str | None
) -> str | None:
    """Return the token from where it was said to be; None: the one in the settings."""
    if token_env is not None:
        found = os.environ.get(token_env, "")
        where = f"the environment variable {token_env}"
    elif token_file is not None:
        found, where = _read(token_file), token_file
    elif _is_set(settings, name):
        return None
    else:
        found = click.prompt("Token", hide_input=True, type=str, err=True)
        where = "what was typed"
    token = found.strip()
    if not token or len(token) > _LONGEST_TOKEN or not token.isprintable():
        raise click.ClickException(f"{where} is empty, or no token")
    return token


def _read(path: str) -> str:
    try:
        with click.open_file(path, encoding="utf-8") as file:
            return str(file.read(_LONGEST_TOKEN + 2))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise click.ClickException(f"{path} cannot be read: {reason}") from None


def _is_set(settings: Settings, name: str) -> bool:
    """Return whether the reference in the settings file leads to a token."""
    from leadstate.errors import ConfigurationError
    from leadstate.service.setup.connecting import reference_of

    if reference_of(settings, name) is None:
        return False
    try:
        settings.adapter_settings(name)
    except ConfigurationError:
        return False
    return True


def _with_token(
    settings: Settings, name: str, token: str | None, new_account_by: str | None
) -> None:
    from leadstate.clock import SystemClock
    from leadstate.service.setup.connecting import connect_with_token

    tried = connect_with_token(
        settings, name, token, SystemClock(), new_account_by=new_account_by
    )
    click.echo(clean(f"The token works: {tried.account.name}."))
    if tried.left:
        click.echo(f"{tried.left} objects of the account before are linked no more.")
    click.echo(_kept(settings, name, tried, given=token is not None))
    click.echo(f"Next: leadstate doctor {name}")


def _kept(settings: Settings, name: str, tried: Tried, *, given: bool) -> str:
    """Say where the token is, or where it has to be put."""
    from leadstate.service.setup.connecting import reference_of

    reference = reference_of(settings, name)
    if tried.kept:
        return "It is kept encrypted in the database; the settings file needs no line."
    if reference is not None and not given:
        return f"It stands where {settings.file} says."
    if reference is not None:
        kind, where = next(iter(reference.items()))
        place = "the environment variable" if kind == "env" else "the file"
        return (
            f"It is not kept: {settings.file} says that it stands in {place} {where}. "
            f"Put it there, or take the line 'token:' out of "
            f"connections.{name}.settings and connect again: then it is kept in the "
            "database"
        )
    variable = f"{name.upper().replace('-', '_')}_TOKEN"
    return (
        f"It is not kept, because {settings.file} names no key. Write under "
        f"connections.{name}.settings:\n\n      token: {{env: {variable}}}\n\n"
        f"and set the variable {variable}; or write key: {{env: LEADSTATE_KEY}} at the "
        "top, set that to 64 hexadecimal digits, and connect again"
    )
