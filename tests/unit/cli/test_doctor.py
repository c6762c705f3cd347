"""``leadstate doctor`` and ``workflow check --live``: what is wrong, and the remedy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Office, Said

SECRETS = ("pat-na1-under-test", "secret-under-test")


def bind(office: Office, field: str, name: str) -> None:
    """Bind a field to another property, however the file writes it."""
    binding = office.folder / "workflows" / "b2b_lifecycle.hubspot.yaml"
    text = binding.read_text(encoding="utf-8")
    changed, count = re.subn(
        rf"(?m)^(  {field}: +(?:{{property: )?)\w+", rf"\g<1>{name}", text, count=1
    )
    assert 1 == count
    binding.write_text(changed, encoding="utf-8")


def checks(said: Said, connection: str | None = "crm") -> dict[str, list[Any]]:
    """Return what was found of a connection, by name."""
    [found] = [one for one in said.data if one["connection"] == connection]
    by_name: dict[str, list[Any]] = {}
    for one in found["checks"]:
        by_name.setdefault(one["name"], []).append(one)
    return by_name


def test_a_healthy_installation_ends_with_nought(connected: Office) -> None:
    """Every part is named, and nothing is bad."""
    said = connected.ask("doctor", "--json")

    assert 0 == said.code, said.out
    assert {"workflow", "key", "database", "history"} == set(checks(said, None))
    found = checks(said)
    assert {
        "settings",
        "credentials",
        "clock",
        "rate limit",
        "scopes",
        "daily calls",
        "binding",
        "budget",
    } <= set(found)
    assert "properties and 8 stages are in" in found["binding"][0]["text"]


def test_people_read_marks_and_remedies(connected: Office) -> None:
    """The same as text."""
    connected.edit("calls_per_10_seconds: 10000", "calls_per_10_seconds: 300")

    said = connected.ask("doctor", "crm")

    assert 0 == said.code
    assert "warn rate limit: HubSpot allows 190 calls" in said.out
    assert "-> set calls_per_10_seconds: 190" in said.out


def test_a_misspelt_property_is_recognised(connected: Office) -> None:
    """With what was meant."""
    bind(connected, "budget", "budgett")

    said = connected.ask("doctor", "crm", "--json")

    assert 1 == said.code
    [bad] = [one for one in checks(said)["binding"] if one["state"] == "bad"]
    assert "fields.budget names the property 'budgett'" in bad["text"]
    assert "Did you mean 'budget'?" in bad["text"]


def test_a_stage_value_that_is_no_option_is_recognised(connected: Office) -> None:
    """A written one is bad, one that is only recognised a warning."""
    binding = connected.folder / "workflows" / "b2b_lifecycle.hubspot.yaml"
    connected.edit("[customer, evangelist]", "[custommer, evangelists]", binding)

    found = checks(connected.ask("doctor", "crm", "--json"))["stages"]

    assert "Did you mean 'customer'?" in found[0]["text"]
    assert ["bad", "warning"] == [one["state"] for one in found[:2]]


def test_a_broken_connection_never_hides_the_others(
    connected: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is told by itself."""
    text = connected.settings.read_text(encoding="utf-8")
    block = text[text.index("  crm:\n") :].replace("  crm:", "  broken:")
    block = block.replace("HUBSPOT_TOKEN", "NO_SUCH_TOKEN")
    connected.settings.write_text(text + block, encoding="utf-8")

    said = connected.ask("doctor", "--json")

    assert 1 == said.code
    assert [None, "crm", "broken"] == [one["connection"] for one in said.data]
    assert [False, True, False] == [one["works"] for one in said.data]
    assert "'email' has 2 owners: crm, broken" in str(checks(said, None)["bindings"])
    assert "NO_SUCH_TOKEN, which is not set" in str(checks(said, "broken"))


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("workflow: workflows/", "workflow: elsewhere/", "workflow"),
        ("database: ", "key: {env: NO_KEY}\ndatabase: ", "key"),
        ("database: leadstate.db", "database: mysql://x/y", "database"),
    ],
    ids=["workflow", "key", "database"],
)
def test_a_broken_part_of_the_installation_is_told(
    connected: Office, old: str, new: str, name: str
) -> None:
    """And the others are looked at."""
    connected.edit(old, new)

    said = connected.ask("doctor", "--json")

    assert 1 == said.code
    assert ["bad"] == [one["state"] for one in checks(said, None)[name]]
    readable = set() if name == "database" else {"history"}
    assert {"workflow", "key", "database"} | readable == set(checks(said, None))


def test_a_token_that_is_refused_is_the_one_bad_thing(
    connected: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What needs a token is left out, and the token is not shown."""
    monkeypatch.setenv("HUBSPOT_TOKEN", "canary-5d1e7c")

    said = connected.ask("doctor", "crm", "--json")

    assert 1 == said.code
    assert ["bad"] == [one["state"] for one in checks(said)["credentials"]]
    assert "binding" not in checks(said)
    assert "canary-5d1e7c" not in said.out + said.error


def test_no_secret_is_in_any_output(connected: Office, crm: Any) -> None:
    """Neither as text nor as JSON, whatever is wrong."""
    connected.edit(
        "token: {env: HUBSPOT_TOKEN}", "token: {env: HUBSPOT_TOKEN}\n      portal_id: 1"
    )

    shown = "".join(
        one.out + one.error
        for one in (
            connected.ask("doctor"),
            connected.ask("doctor", "--json"),
            connected.ask("setup"),
            connected.ask("setup", "--json"),
        )
    )

    assert "portal 247187887" in shown
    assert [] == [secret for secret in SECRETS if secret in shown]


def test_a_workflow_is_checked_against_the_live_account(connected: Office) -> None:
    """Without a mistake it says so; `other` is left out on purpose."""
    said = connected.ask("workflow", "check", "--live", "crm", str(connected.workflow))

    assert 0 == said.code, said.error
    assert "no stage is mapped to lifecyclestage = 'other'" in said.out
    assert "usable, with warnings." in said.out


def test_a_live_mistake_fails_the_check(connected: Office) -> None:
    """In the shape of a file's problems."""
    bind(connected, "need", "neede")

    said = connected.ask("workflow", "check", "--live", "hubspot", "--json")

    assert 1 == said.code
    [error] = [one for one in said.data if one["severity"] == "error"]
    assert error["file"].endswith("b2b_lifecycle.hubspot.yaml")
    assert "Did you mean 'need'?" in error["what"]


def test_a_check_of_no_file_is_of_those_that_the_settings_name(
    connected: Office,
) -> None:
    """The workflow, its bindings, its scenarios."""
    said = connected.ask("workflow", "check").out

    for name in ("yaml", "hubspot.yaml", "scenarios.yaml"):
        assert f"b2b_lifecycle.{name}" in said
    assert said.endswith(": no mistakes.\n")
