"""Settings: every mistake with its remedy, and no secret in any message."""

from __future__ import annotations

from typing import Any

import pytest
from leadstate_amocrm.settings import account_host, read_settings

from leadstate.errors import ConfigurationError

GOOD: dict[str, Any] = {"base_url": "https://acme.amocrm.ru", "token": "canary-token"}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://acme.amocrm.ru/", "https://acme.amocrm.ru"),
        ("https://acme.amocrm.com", "https://acme.amocrm.com"),
        ("https://acme-2.kommo.com", "https://acme-2.kommo.com"),
        ("http://127.0.0.1:8802", "http://127.0.0.1:8802"),
        ("http://localhost:8802", "http://localhost:8802"),
    ],
)
def test_addresses_of_accounts_and_sandboxes_are_taken(given: str, kept: str) -> None:
    """Both platforms, and loopback."""
    assert kept == read_settings("acme", {**GOOD, "base_url": given}).base_url


@pytest.mark.parametrize(
    "given",
    [
        "https://www.amocrm.ru",
        "http://acme.amocrm.ru",
        "https://acme.amocrm.ru.evil.example",
        "https://evil.example",
        "https://acme.amocrm.ru/api",
        "https://user@acme.amocrm.ru",
        "acme.amocrm.ru",
    ],
)
def test_other_addresses_are_refused_with_what_would_be_right(given: str) -> None:
    """A token goes to no other host."""
    with pytest.raises(ConfigurationError, match=r"https://SUBDOMAIN\.amocrm\.ru"):
        read_settings("acme", {**GOOD, "base_url": given})


def test_every_mistake_is_told_at_once_without_the_secret() -> None:
    """Unknown settings with the nearest name, missing and wrong ones."""
    given = {
        "token": "canary-token",
        "webhook_secret": "canary",
        "reqests_per_second": 7,
        "account_id": "abc",
    }

    with pytest.raises(ConfigurationError) as caught:
        read_settings("acme", given)

    told = str(caught.value)
    assert "did you mean 'requests_per_second'?" in told
    assert "setting 'base_url' is missing" in told
    assert "16 to 128" in told
    assert "account_id" in told
    assert "canary" not in told


@pytest.mark.parametrize("both", [True, False])
def test_one_way_to_authorise_is_needed(both: bool) -> None:  # noqa: FBT001
    """A token or an integration, and not both."""
    oauth = {
        "client_id": "c",
        "client_secret": "s",
        "redirect_uri": "http://127.0.0.1:1/x",
    }
    given = {**GOOD, "oauth": oauth} if both else {"base_url": GOOD["base_url"]}

    with pytest.raises(ConfigurationError, match="either token"):
        read_settings("acme", given)


def test_nested_settings_are_named_with_their_place() -> None:
    """The nearest name of the nested ones."""
    oauth = {"client_id": "c", "client_secret": "s", "redirect_url": "http://x"}

    with pytest.raises(ConfigurationError, match=r"redirect_uri"):
        read_settings("acme", {"base_url": GOOD["base_url"], "oauth": oauth})


def test_ids_may_be_numbers() -> None:
    """People write them without quotation marks."""
    settings = read_settings("acme", {**GOOD, "account_id": 77, "token_field": 5})

    assert ("77", "5") == (settings.account_id, settings.token_field)


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("Acme.amocrm.ru", "acme.amocrm.ru"),
        ("127.0.0.1:80", "127.0.0.1:80"),
        ("www.amocrm.ru", None),
        ("acme.amocrm.ru.evil.example", None),
    ],
)
def test_hosts_of_accounts_are_known(given: str, host: str | None) -> None:
    """As OAuth's redirect names them."""
    assert host == account_host(given)
