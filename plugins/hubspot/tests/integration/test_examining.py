"""The account examined: each trouble has its check and its remedy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from leadstate.adapters import CheckState, Wanted, WantedProperty
from leadstate.domain.binding import Binding, FieldSource
from leadstate.domain.values import FieldType

if TYPE_CHECKING:
    from collections.abc import Callable

HOOK = "https://leads.example.com/webhooks/hubspot"
BINDING = Binding(
    workflow="demo",
    adapter="hubspot",
    object="contacts",
    fields={"size": FieldSource(property="company.numberofemployees")},
)
NOTHING = Wanted(properties=())


@pytest.fixture(name="portal")
def _portal(start_sandbox: Callable[..., Any]) -> Any:
    return start_sandbox("--records", "2")


def found(adapter: Any, wanted: Wanted = NOTHING) -> dict[str, Any]:
    return {one.name: one for one in adapter.examine(wanted)}


def test_a_healthy_account_has_only_good_checks(portal: Any, dial: Any) -> None:
    """And nothing is written."""
    portal.clear_log()

    checks = found(dial(portal, BINDING))

    assert {CheckState.GOOD} == {one.state for one in checks.values()}
    assert {"credentials", "clock", "rate limit", "scopes", "daily calls"} == set(
        checks
    )
    assert [] == portal.writes


def test_the_wrong_portal_is_bad(portal: Any, dial: Any) -> None:
    """Both are named."""
    check = found(dial(portal, BINDING, portal_id="7"))["credentials"]

    assert CheckState.BAD is check.state
    assert "portal 247187887" in check.text
    assert "'portal_id' says 7" in check.text


@pytest.mark.parametrize(
    ("minutes", "state", "words"),
    [
        (3, CheckState.WARNING, "ahead of HubSpot's"),
        (-3, CheckState.WARNING, "behind HubSpot's"),
        (-20, CheckState.BAD, "behind HubSpot's"),
    ],
)
def test_a_clock_that_is_wrong_is_told(
    portal: Any, dial: Any, minutes: int, state: CheckState, words: str
) -> None:
    """Beyond five minutes webhooks would be refused."""

    def now() -> datetime:
        wall = datetime.now(tz=UTC)  # noqa: TID251 - the sandbox's Date is the wall's
        return wall + timedelta(minutes=minutes)

    check = found(dial(portal, BINDING, now=now))["clock"]

    assert state is check.state
    assert words in check.text
    assert "NTP" in check.remedy


@pytest.mark.parametrize(
    "scope", ["crm.objects.contacts.write", "crm.objects.companies.read"]
)
def test_a_missing_scope_is_found_without_writing(
    portal: Any, dial: Any, scope: str
) -> None:
    """Rights are tried harmlessly where HubSpot does not tell them."""
    left = [one for one in portal.get("policy")["scopes"] if one != scope]
    portal.put("policy", {"scopes": left})
    portal.clear_log()

    check = found(dial(portal, BINDING))["scopes"]

    assert (CheckState.BAD, True) == (check.state, scope in check.text)
    assert [] == portal.writes


def test_an_oauth_token_tells_its_scopes(
    start_sandbox: Callable[..., Any], dial: Any
) -> None:
    """By introspection."""
    portal = start_sandbox("--records", "2", "--auth", "oauth")
    oauth = {
        "client_id": "sandbox-client-id",
        "client_secret": "sandbox-client-secret",
        "refresh_token": "pat-na1-integration",
    }
    good = found(dial(portal, BINDING, oauth=oauth))

    assert CheckState.GOOD is good["scopes"].state
    assert "daily calls" not in good
    assert "oauth.introspect" in portal.kinds


def test_the_days_calls_are_counted(
    start_sandbox: Callable[..., Any], dial: Any
) -> None:
    """Nearly used up is a warning."""
    portal = start_sandbox("--records", "2", "--daily", "20")
    adapter = dial(portal, BINDING)
    wanted = {"email": "gone@example.com"}
    made = portal.post("create", object="contacts", properties=wanted)["id"]
    portal.post("archive", object="contacts", id=made)
    for _ in range(6):
        adapter.read([made])  # two calls: among the living, then among the deleted

    check = found(adapter).get("daily calls")

    assert check is not None
    assert CheckState.WARNING is check.state
    assert "of 20 calls" in check.text


def test_a_rate_above_the_accounts_is_told(portal: Any, dial: Any) -> None:
    """With the setting to write."""
    check = found(dial(portal, BINDING, calls_per_10_seconds=1000))["rate limit"]

    assert CheckState.WARNING is check.state
    assert "set calls_per_10_seconds: 190" == check.remedy


def test_a_property_of_another_type_is_a_warning(portal: Any, dial: Any) -> None:
    """A number that HubSpot keeps as text cannot be compared."""
    one = WantedProperty(name="firstname", label="x", type=FieldType.INTEGER)
    fits = WantedProperty(name="budget", label="x", type=FieldType.MONEY)

    check = found(dial(portal, BINDING), Wanted(properties=(one, fits)))

    assert "'firstname' is a string in HubSpot" in check["property types"].text


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "no client_secret is set"),
        ({"client_secret": "x"}, "no app_id is set"),
        ({"client_secret": "x", "app_id": "50780459"}, "subscriptions are missing"),
        ({"client_secret": "x", "app_id": "7"}, "may not look at"),
    ],
    ids=["secret", "app", "subscriptions", "closed"],
)
def test_webhooks_that_do_not_come_are_told(
    portal: Any, dial: Any, settings: dict[str, str], words: str
) -> None:
    """Each with what to set."""
    wanted = Wanted(
        properties=(WantedProperty(name="zip", label="Zip", type=FieldType.TEXT),),
        webhook_url=HOOK,
    )

    checks = dial(portal, BINDING, **settings).examine(wanted)

    told = [one for one in checks if one.name == "webhooks"]
    assert any(words in one.text for one in told), told
    assert all(one.remedy for one in told)


def test_events_that_go_elsewhere_are_bad(portal: Any, dial: Any) -> None:
    """Both addresses are named."""
    portal.post("webhooks", target="http://127.0.0.1:9/elsewhere", secret="x")
    adapter = dial(portal, BINDING, client_secret="x", app_id="50780459")

    checks = adapter.examine(Wanted(properties=(), webhook_url=HOOK))

    [bad] = [one for one in checks if one.state is CheckState.BAD]
    assert f"events go to http://127.0.0.1:9/elsewhere, not to {HOOK}" == bad.text


def test_a_token_that_is_refused_is_the_only_check(portal: Any, dial: Any) -> None:
    """Whatever else needs it is left out."""
    portal.fault(kind="status", status=401, times=50, match={"path": "/"})

    checks = dial(portal, BINDING).examine(NOTHING)

    portal.control.delete("/_sandbox/faults")
    assert [("credentials", CheckState.BAD)] == [
        (one.name, one.state) for one in checks
    ]
    assert "leadstate connect" in checks[0].remedy
