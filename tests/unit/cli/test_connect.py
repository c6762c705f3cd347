"""``leadstate connect``: a token is tried, and kept where nobody reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from leadstate.cli import _root
from leadstate.clock import SystemClock
from leadstate.errors import LeadstateError
from leadstate.service.bootstrap import open_app
from leadstate.settings import load_settings, secret_key
from leadstate.store import open_store

if TYPE_CHECKING:
    from conftest import Office

TOKEN = "pat-na1-under-test"
KEY = "ab" * 32


@pytest.fixture(name="keyed")
def _keyed(connected: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A project with a key, whose settings file names no token."""
    monkeypatch.setenv("LEADSTATE_KEY", KEY)
    monkeypatch.setenv("A_TOKEN", TOKEN)
    monkeypatch.delenv("HUBSPOT_TOKEN")
    connected.edit("      token: {env: HUBSPOT_TOKEN}\n", "")
    connected.edit("database:", "key: {env: LEADSTATE_KEY}\ndatabase:")
    return connected


def test_a_token_is_tried_and_kept(keyed: Office) -> None:
    """The settings file needs no line, and the service works with what is kept."""
    before = keyed.ask("doctor", "crm", "--json")

    said = keyed.ask("connect", "hubspot", "--token-env", "A_TOKEN")

    assert 1 == before.code
    assert 0 == said.code, said.error
    assert "The token works: HubSpot 247187887" in said.out
    assert "kept encrypted" in said.out
    assert TOKEN not in said.out
    assert TOKEN.encode() not in (keyed.folder / "leadstate.db").read_bytes()
    assert 0 == keyed.ask("run", "--once").code


def test_a_new_token_reaches_a_service_that_runs(keyed: Office) -> None:
    """Without a restart; neither the old one nor the new one is in a message."""
    settings = load_settings(keyed.settings)
    old = "pat-na1-was-revoked"
    store = open_store(settings.database, key=secret_key(settings))
    store.credentials("crm").save("token", {"token": old})
    app = open_app(settings, SystemClock())
    try:
        adapter = app.connection("crm").adapter
        with pytest.raises(LeadstateError, match="does not accept the token") as told:
            adapter.describe()
        assert 0 == keyed.ask("connect", "crm", "--token-env", "A_TOKEN").code

        assert "247187887" in adapter.describe().id
        assert old not in str(told.value)
    finally:
        app.close()
        store.close()


def test_a_typed_token_is_not_shown(keyed: Office) -> None:
    """The prompt hides it."""
    words = ["connect", "crm", "--settings", str(keyed.settings)]

    said = CliRunner().invoke(_root, words, input=f"{TOKEN}\n")

    assert 0 == said.exit_code, said.output
    assert TOKEN not in said.output


def test_a_token_comes_from_standard_input(keyed: Office) -> None:
    """As a secret store prints it."""
    words = ["connect", "crm", "--token-file", "-", "--settings", str(keyed.settings)]

    said = CliRunner().invoke(_root, words, input=f"{TOKEN}\n")

    assert "kept encrypted" in said.output


def test_a_token_that_is_refused_is_not_kept(
    keyed: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not shown in the message."""
    monkeypatch.setenv("A_TOKEN", "pat-na1-mistyped")

    said = keyed.ask("connect", "crm", "--token-env", "A_TOKEN")

    assert 1 == said.code
    assert "does not accept the token" in said.error
    assert "mistyped" not in said.out + said.error
    assert "run `leadstate connect`" in str(keyed.ask("doctor", "--json").data)


def test_without_a_key_the_line_to_write_is_told(
    keyed: Office,
) -> None:
    """Nothing is kept in the open."""
    keyed.edit("key: {env: LEADSTATE_KEY}\n", "")

    said = keyed.ask("connect", "crm", "--token-env", "A_TOKEN")

    assert 0 == said.code, said.error
    assert "token: {env: CRM_TOKEN}" in said.out
    assert "It is not kept" in said.out


def test_a_token_that_the_file_names_is_tried_where_it_stands(
    connected: Office,
) -> None:
    """Nothing is asked for."""
    said = connected.ask("connect", "crm")

    assert 0 == said.code, said.error
    assert f"It stands where {connected.settings} says." in said.out


def test_a_token_that_the_file_names_has_one_place(
    connected: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new one is tried, and the place where it belongs is told."""
    monkeypatch.setenv("A_TOKEN", TOKEN)
    monkeypatch.delenv("HUBSPOT_TOKEN")

    said = connected.ask("connect", "crm", "--token-env", "A_TOKEN")

    assert 0 == said.code, said.error
    assert "environment variable HUBSPOT_TOKEN" in said.out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["nothing"], "has no connection 'nothing'; it has: crm"),
        (["crm", "--token-env", "UNSET"], "UNSET is empty"),
        (["crm", "--token-file", "no-such-file"], "no-such-file cannot be read"),
        (["crm", "--oauth", "--token-env", "X"], "give one of --oauth"),
        (["crm", "--oauth"], "names no key"),
        (["crm", "--oauth", "--redirect-uri", "ftp://x"], "is no redirect address"),
    ],
    ids=["name", "env", "file", "both", "key", "uri"],
)
def test_what_cannot_be_done_says_why(
    connected: Office, words: list[str], why: str
) -> None:
    """And how to go on."""
    said = connected.ask("connect", *words)

    assert 0 != said.code
    assert why in said.error


def test_two_connections_of_one_adapter_are_told_apart(connected: Office) -> None:
    """The adapter's name stands for a connection only where there is one."""
    text = connected.settings.read_text(encoding="utf-8")
    block = text[text.index("  crm:\n") :]
    connected.settings.write_text(
        text + block.replace("  crm:", "  second:"), encoding="utf-8"
    )

    said = connected.ask("connect", "hubspot")

    assert "name one of: crm, second" in said.error


def test_an_oauth_app_takes_no_token(keyed: Office, monkeypatch: Any) -> None:
    """There is one way in."""
    monkeypatch.setenv("SECRET", "s")
    keyed.edit(
        "    settings:\n",
        "    settings:\n      oauth: {client_id: a, client_secret: {env: SECRET}}\n",
    )

    said = keyed.ask("connect", "crm", "--token-env", "A_TOKEN")

    assert "has an OAuth app" in said.error
