"""Settings and bindings: a mistake is told with its remedy, never with its secret."""

from __future__ import annotations

from typing import Any

import pytest
from leadstate_hubspot.paths import Paths
from leadstate_hubspot.settings import read_settings

from leadstate.adapters import Adapter, Connection, Notes
from leadstate.adapters.registry import adapter_spec, sandbox_command
from leadstate.domain.binding import Binding
from leadstate.errors import ConfigurationError


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Service keys"),
        ({"token": "t", "oauth": {"client_id": "a", "client_secret": "b"}}, "either"),
        ({"tokn": "canary"}, "'tokn'; did you mean 'token'"),
        ({"token": "t", "zzz": 1}, "known: token, oauth"),
        ({"token": ""}, "setting 'token'"),
        ({"oauth": {"client_secret": "canary"}}, "'oauth.client_id' is missing"),
        (
            {"oauth": {"client_id": "a", "client_secret": "b", "refresh": "canary"}},
            "did you mean 'refresh_token'",
        ),
        ({"token": "t", "api_version": "v5"}, "setting 'api_version'"),
        ({"token": "t", "portal_id": "canary"}, "setting 'portal_id'"),
        ({"token": "t", "portal_id": True}, "setting 'portal_id'"),
        ({"token": "t", "calls_per_10_seconds": 1}, "calls_per_10_seconds"),
        ({"token": "t", "public_url": "example.com"}, "public_url"),
    ],
)
def test_mistakes_name_the_setting_and_the_remedy(given: Any, words: str) -> None:
    """And never show the value, which may be a secret."""
    with pytest.raises(ConfigurationError, match="connection 'acme'") as caught:
        read_settings("acme", given)

    assert words in str(caught.value)
    assert "canary" not in str(caught.value)


def test_every_mistake_is_told_at_once() -> None:
    """Nobody mends settings one error at a time."""
    with pytest.raises(ConfigurationError) as caught:
        read_settings("acme", {"token": "t", "daily_calls": 0, "app_id": "x"})

    assert "daily_calls" in str(caught.value)
    assert "app_id" in str(caught.value)


def test_ids_may_be_written_as_numbers() -> None:
    """YAML makes numbers of them."""
    found = read_settings("acme", {"token": "t", "app_id": 7, "portal_id": "8"})

    assert (found.app_id, found.portal_id) == ("7", "8")


def test_an_oauth_app_has_its_own_limit() -> None:
    """110 calls, unless the settings say otherwise."""
    oauth = {"client_id": "a", "client_secret": "b"}

    assert read_settings("x", {"token": "t"}).calls_allowed == 190
    assert read_settings("x", {"oauth": oauth}).calls_allowed == 110
    chosen = read_settings("x", {"oauth": oauth, "calls_per_10_seconds": 150})
    assert chosen.calls_allowed == 150


def test_settings_show_no_secret() -> None:
    """Their repr is safe to log."""
    found = read_settings("x", {"token": "canary", "client_secret": "canary2"})

    assert "canary" not in repr(found)


@pytest.mark.parametrize(
    ("kind", "names", "words"),
    [
        ("tickets", (), "HubSpot has: contacts, leads, deals"),
        ("companies", ("company.name",), "without 'company.'"),
    ],
)
def test_a_binding_that_hubspot_cannot_serve_is_refused(
    connect: Any, kind: str, names: Any, words: str
) -> None:
    """When the connection is opened, not when the first record comes."""
    with pytest.raises(ConfigurationError, match=words):
        connect(kind, names)


def test_a_token_never_goes_to_plain_http(connect: Any) -> None:
    """Except to a sandbox on this machine."""
    with pytest.raises(ConfigurationError, match="base_url"):
        connect(base_url="http://api.hubapi.com")
    assert connect(base_url="http://127.0.0.1:8801")


def test_budgets_stay_below_hubspots_limits(
    connect: Any, hubspot: Any, budget: Any
) -> None:
    """95 % sustained, and with the burst never more than the limit in a window."""
    hubspot.always("/crm/objects/2026-09/contacts/search", {"results": []})
    hubspot.always("/crm/objects/2026-09/contacts", {"results": []})
    connect(portal_id=5, daily_calls=1000).changes(None)

    rate, burst = budget.rates["hubspot:5:calls"]
    assert rate * 10 + burst <= 190
    rate, burst = budget.rates["hubspot:5:search"]
    assert rate <= 4.75
    assert burst == 1
    rate, burst = budget.rates["hubspot:5:daily"]
    assert rate * 86_400 + burst <= 1000
    assert budget.taken == {
        "hubspot:5:calls": 1,
        "hubspot:5:search": 1,
        "hubspot:5:daily": 2,
    }


@pytest.mark.parametrize(
    ("version", "paths"),
    [
        (
            "2026-09",
            [
                "/crm/objects/2026-09/leads",
                "/crm/objects/2026-09/leads/batch/read",
                "/crm/objects/2026-09/leads/search",
                "/crm/objects/2026-09/leads/7/associations/notes",
                "/crm/associations/2026-09/leads/companies/batch/read",
                "/crm/associations/2026-09/notes/leads/labels",
                "/crm/properties/2026-09/leads",
                "/crm/properties/2026-09/leads/x",
                "/account-info/2026-09/details",
                "/oauth/2026-09/token",
            ],
        ),
        (
            "v3",
            [
                "/crm/v3/objects/leads",
                "/crm/v3/objects/leads/batch/read",
                "/crm/v3/objects/leads/search",
                "/crm/v4/objects/leads/7/associations/notes",
                "/crm/v4/associations/leads/companies/batch/read",
                "/crm/v4/associations/notes/leads/labels",
                "/crm/properties/v3/leads",
                "/crm/properties/v3/leads/x",
                "/account-info/v3/details",
                "/oauth/v3/token",
            ],
        ),
    ],
)
def test_one_setting_selects_every_path(version: str, paths: list[str]) -> None:
    """Versions are immutable and supported for 18 months; then one word changes."""
    found = Paths(version)

    assert paths == [
        found.records("leads"),
        found.batch("leads", "read"),
        found.search("leads"),
        found.associated("leads", "7", "notes"),
        found.associations("leads", "companies"),
        found.association_labels("notes", "leads"),
        found.properties("leads"),
        found.properties("leads", "x"),
        found.account,
        found.token,
    ]


def test_the_plugin_registers_adapter_and_sandbox(
    connect: Any, clock: Any, budget: Any, credentials: Any
) -> None:
    """The names are those of settings files and commands."""
    unset = Connection(
        name="acme",
        binding=Binding(workflow="w", adapter="hubspot", object="contacts"),
        settings={},
        now=clock.now,
        sleep=clock.sleep,
        budget=budget,
        credentials=credentials,
    )
    with pytest.raises(ConfigurationError, match="connection 'acme'"):
        adapter_spec("hubspot").open(unset)
    assert sandbox_command("hubspot").name == "hubspot"
    adapter = connect()
    assert isinstance(adapter, Adapter)
    assert isinstance(adapter, Notes)
