"""``leadstate setup``: a dry run, the same thing made, and what is left."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx

    from conftest import Office


def bind(office: Office, field: str, name: str) -> None:
    """Bind a field to another property, however the file writes it."""
    binding = office.folder / "workflows" / "b2b_lifecycle.hubspot.yaml"
    text = binding.read_text(encoding="utf-8")
    changed, count = re.subn(
        rf"(?m)^(  {field}: +(?:{{property: )?)\w+", rf"\g<1>{name}", text, count=1
    )
    assert 1 == count
    binding.write_text(changed, encoding="utf-8")


@pytest.fixture(name="lacking")
def _lacking(connected: Office, request: pytest.FixtureRequest) -> Office:
    """A project whose binding names what the account does not have."""
    name = f"need_{abs(hash(request.node.name)) % 10**9}"
    bind(connected, "need", name)
    return connected


def test_nothing_is_missing_where_all_is_there(connected: Office) -> None:
    """The shipped binding fits the sandbox."""
    said = connected.ask("setup", "crm")

    assert (0, "crm\n  nothing is missing\n") == (said.code, said.out), said.error


def test_a_dry_run_makes_nothing(lacking: Office) -> None:
    """It says what would be made, and how."""
    first, second = (lacking.ask("setup", "--json") for _ in range(2))

    assert 0 == first.code
    [step] = first.data[0]["missing"]
    assert step["text"].startswith("create the contacts property 'need_")
    assert first.data == second.data
    assert "leadstate setup crm --apply" in lacking.ask("setup").out


def test_what_is_missing_is_made_once(lacking: Office, crm: httpx.Client) -> None:
    """And looked at again; a second run finds nothing to do."""
    [step] = lacking.ask("setup", "--json").data[0]["missing"]
    name = step["key"].rpartition(".")[2]

    said = lacking.ask("setup", "crm", "--apply")

    assert 0 == said.code, said.out
    assert "done create the contacts property" in said.out
    assert "nothing is missing" in said.out
    made = crm.get(f"/crm/properties/2026-09/contacts/{name}").json()
    assert ("string", "Need") == (made["type"], made["label"])
    assert "crm\n  nothing is missing\n" == lacking.ask("setup", "--apply").out
    assert 0 == lacking.ask("doctor", "crm").code


def test_what_is_only_read_is_told_and_never_made(
    connected: Office, crm: httpx.Client
) -> None:
    """Somebody else fills it in, and it is theirs to make."""
    bind(connected, "job_role", "role_of_theirs")

    said = connected.ask("setup", "crm", "--apply")
    [step] = connected.ask("setup", "--json").data[0]["missing"]

    assert 0 == said.code, said.out
    assert "done" not in said.out
    assert "Leadstate only reads 'role_of_theirs'" in step["by_hand"]
    path = "/crm/properties/2026-09/contacts/role_of_theirs"
    assert 404 == crm.get(path).status_code


def test_options_of_what_is_only_read_are_told_and_never_added(
    connected: Office, crm: httpx.Client
) -> None:
    """Nor is its type or its label changed."""
    path = "/crm/properties/2026-09/contacts/job_role"
    before = crm.get(path).json()
    connected.edit("director", "commander", connected.workflow)

    said = connected.ask("setup", "crm", "--apply", "--json")

    [step] = said.data[0]["missing"]
    assert "commander" in step["text"]
    assert "Leadstate only reads 'job_role'" in step["by_hand"]
    assert [] == said.data[0]["made"]
    assert before == crm.get(path).json()


def test_what_a_person_must_do_is_told_how(connected: Office) -> None:
    """A lifecycle stage has an internal value that only HubSpot makes."""
    binding = connected.folder / "workflows" / "b2b_lifecycle.hubspot.yaml"
    connected.edit("lifecyclestage: '174913202'", "lifecyclestage: '99'", binding)

    said = connected.ask("setup", "crm", "--apply", "--json")

    assert 0 == said.code
    [step] = said.data[0]["missing"]
    assert "Lifecycle Stage" in step["by_hand"]
    assert [] == said.data[0]["made"]


def test_one_that_cannot_be_opened_does_not_stop_the_others(
    connected: Office,
) -> None:
    """Its error stands beside them."""
    text = connected.settings.read_text(encoding="utf-8")
    block = text[text.index("  crm:\n") :].replace("  crm:", "  broken:")
    block = block.replace("HUBSPOT_TOKEN", "NO_SUCH_TOKEN")
    connected.settings.write_text(text + block, encoding="utf-8")

    said = connected.ask("setup")

    assert 1 == said.code
    assert "crm\n  nothing is missing\n" in said.out
    assert "broken\n  FAIL" in said.out
