"""The browser flow against the sandbox: consent, exchange, tokens that are kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from leadstate_hubspot.oauth import HubSpotOAuth

from leadstate.adapters import CheckState, Connection, Wanted
from leadstate.domain.binding import Binding
from leadstate.errors import ConfigurationError
from leadstate.testing import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BINDING = Binding(workflow="demo", adapter="hubspot", object="contacts")
REDIRECT = "http://localhost:8790/oauth/callback"
APP = {"client_id": "sandbox-client-id", "client_secret": "sandbox-client-secret"}


@pytest.fixture(name="portal", scope="module")
def _portal(start_sandbox: Callable[..., Any]) -> Any:
    return start_sandbox("--records", "2", "--auth", "oauth")


@pytest.fixture(name="connection")
def _connection(portal: Any, wall: Any, credentials: Any) -> Connection:
    class Plenty:
        def take(self, key: str, *, per_second: float, burst: int) -> float:
            del key, per_second, burst
            return 0.0

    return Connection(
        name="acme",
        binding=BINDING,
        settings={"base_url": portal.url, "oauth": APP},
        now=wall.now,
        sleep=wall.sleep,
        budget=Plenty(),
        credentials=credentials,
    )


def agree(flow: HubSpotOAuth) -> dict[str, str]:
    """Open the address as a browser does, and return what comes back."""
    answer = httpx.get(
        flow.authorise_url(REDIRECT, "a-state"),
        trust_env=False,
        timeout=PATIENCE_SECONDS,
    )
    assert 302 == answer.status_code, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def test_consent_becomes_tokens_that_work(
    connection: Connection, portal: Any, dial: Any, credentials: Any
) -> None:
    """The settings need no refresh token."""
    flow = HubSpotOAuth(connection)

    name = flow.finish(REDIRECT, agree(flow))

    assert "HubSpot 247187887 STANDARD" == name
    assert credentials.saved["oauth"]["refresh_token"]
    assert "247187887" == dial(portal, BINDING, oauth=APP).describe().id


def test_the_address_asks_for_what_the_binding_needs(connection: Connection) -> None:
    """At HubSpot's own page, unless a sandbox is connected."""
    real = {"oauth": APP}
    flow = HubSpotOAuth(replace(connection, settings=real))

    url = urlsplit(flow.authorise_url(REDIRECT, "a-state"))

    query = parse_qs(url.query)
    assert ("https", "app.hubspot.com") == (url.scheme, url.netloc)
    assert [REDIRECT] == query["redirect_uri"]
    assert {"oauth", "crm.objects.contacts.read", "crm.objects.contacts.write"} <= set(
        query["scope"][0].split()
    )
    assert "sandbox-client-secret" not in url.query


def test_the_address_asks_for_the_objects_of_every_workflow(
    connection: Connection,
) -> None:
    """One token serves a connection, whatever kinds of objects are looked at."""
    deals = replace(connection.binding, object="deals")
    both = replace(connection, settings={"oauth": APP}, beside=(deals,))

    url = urlsplit(HubSpotOAuth(both).authorise_url(REDIRECT, "a-state"))

    scopes = parse_qs(url.query)["scope"][0].split()
    assert {"crm.objects.contacts.read", "crm.objects.deals.read"} <= set(scopes)
    assert len(set(scopes)) == len(scopes)


def test_scopes_of_the_settings_win_and_what_they_lack_is_found(
    connection: Connection, portal: Any, dial: Any
) -> None:
    """Doctor tells it from the token itself."""
    app = APP | {"scopes": ["oauth", "crm.objects.contacts.read"]}
    settings = {"base_url": portal.url, "oauth": app}
    flow = HubSpotOAuth(replace(connection, settings=settings))
    flow.finish(REDIRECT, agree(flow))

    checks = dial(portal, BINDING, oauth=app).examine(Wanted(properties=()))

    [bad] = [one for one in checks if one.name == "scopes"]
    assert CheckState.BAD is bad.state
    assert "crm.objects.contacts.write" in bad.text


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"error": "access_denied"}, "access was not granted"),
        ({"error": "server_error", "error_description": "oh\x1b no"}, "oh  no"),
        ({}, "brought no code"),
        ({"code": "never-given"}, "run the command again"),
    ],
    ids=["denied", "error", "empty", "unknown"],
)
def test_what_goes_wrong_is_a_message(
    connection: Connection, credentials: Any, answer: Mapping[str, str], why: str
) -> None:
    """And nothing is kept."""
    with pytest.raises(ConfigurationError, match=why):
        HubSpotOAuth(connection).finish(REDIRECT, answer)

    assert {} == credentials.saved


def test_a_code_is_good_once(connection: Connection) -> None:
    """A page that is loaded again changes nothing."""
    flow = HubSpotOAuth(connection)
    answer = agree(flow)
    flow.finish(REDIRECT, answer)

    with pytest.raises(ConfigurationError, match="used already"):
        flow.finish(REDIRECT, answer)


def test_another_redirect_or_secret_says_what_to_set(
    connection: Connection, portal: Any
) -> None:
    """The remedy fits what HubSpot refuses."""
    flow = HubSpotOAuth(connection)
    with pytest.raises(ConfigurationError, match=r"oauth\.redirect_uri"):
        flow.finish("http://localhost:1/x", agree(flow))

    wrong = {"base_url": portal.url, "oauth": APP | {"client_secret": "canary-wrong"}}
    flow = HubSpotOAuth(replace(connection, settings=wrong))
    with pytest.raises(ConfigurationError, match=r"oauth\.client_secret") as caught:
        flow.finish(REDIRECT, agree(flow))
    assert "canary-wrong" not in str(caught.value)


def test_another_account_is_not_kept(
    connection: Connection, portal: Any, credentials: Any
) -> None:
    """When the settings name one."""
    settings = {"base_url": portal.url, "oauth": APP, "portal_id": "7"}
    flow = HubSpotOAuth(replace(connection, settings=settings))

    with pytest.raises(ConfigurationError, match="you chose portal 247187887"):
        flow.finish(REDIRECT, agree(flow))

    assert {} == credentials.saved


def test_a_crash_before_saving_leaves_what_was_there(
    connection: Connection, portal: Any, dial: Any, credentials: Any
) -> None:
    """The old tokens go on working, and the admin connects again."""
    first = HubSpotOAuth(connection)
    first.finish(REDIRECT, agree(first))

    class Dying:
        load = credentials.load

        def save(self, name: str, values: Mapping[str, str]) -> None:
            del name, values
            raise KeyboardInterrupt

    flow = HubSpotOAuth(replace(connection, credentials=Dying()))
    with pytest.raises(KeyboardInterrupt):
        flow.finish(REDIRECT, agree(flow))

    assert "247187887" == dial(portal, BINDING, oauth=APP).describe().id
    again = HubSpotOAuth(connection)
    assert again.finish(REDIRECT, agree(again))


def test_without_an_app_the_settings_are_named(connection: Connection) -> None:
    """What has to be set."""
    settings = {"token": "x"}

    with pytest.raises(ConfigurationError, match=r"oauth\.client_id"):
        HubSpotOAuth(replace(connection, settings=settings))


def test_a_running_adapter_takes_the_new_authorisation(
    connection: Connection, portal: Any, dial: Any, credentials: Any, wall: Any
) -> None:
    """After a revocation it needs no restart: it looks into the store again."""
    flow = HubSpotOAuth(connection)
    flow.finish(REDIRECT, agree(flow))
    credentials.saved["oauth"] = {"refresh_token": "revoked", "given": ""}
    adapter = dial(portal, BINDING, oauth=APP)
    with pytest.raises(Exception, match="leadstate connect acme"):
        adapter.describe()

    flow.finish(REDIRECT, agree(flow))

    assert "247187887" == adapter.describe().id
