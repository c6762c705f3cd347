"""The seeded account: the same again, with a past that fits together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadstate_amocrm.sandbox import SandboxConfig
from leadstate_amocrm.sandbox.crm import catalog
from leadstate_amocrm.sandbox.site import open_site

if TYPE_CHECKING:
    from conftest import Running, Start

MOMENT = 1_795_000_000_000


def _leads(start: Start, seed: int) -> list[dict[str, Any]]:
    sandbox = start(records=12, seed=seed, started_at_ms=MOMENT)
    found: list[dict[str, Any]] = sandbox.control("GET", "state/leads?history=true")[
        "results"
    ]
    return found


def test_a_seed_names_an_account(start: Start) -> None:
    """Twice the same, and different with another seed."""
    assert _leads(start, 1) == _leads(start, 1) != _leads(start, 2)


def test_an_account_without_records_is_empty(sandbox: Running) -> None:
    """Settings are there, people's records and tags are not."""
    health = sandbox.control("GET", "health")

    assert health["records"] == {"leads": 0, "contacts": 0, "companies": 0}
    assert sandbox.get("leads/tags", "tags") == []
    assert len(sandbox.get("leads/pipelines", "pipelines")) == 2


def test_leads_have_people_and_a_past(start: Start) -> None:
    """Contacts with addresses, companies with sizes, events of every move."""
    site = open_site(SandboxConfig(records=300))
    account = site.account
    leads = list(account.shelves["leads"].values())
    contacts = account.shelves["contacts"].values()
    emails = {c.fields[7300202][0]["value"] for c in contacts}
    moves = [e for e in site.journal.events if e.type == "lead_status_changed"]
    steps = sum(len(lead.history["status_id"]) - 1 for lead in leads)

    assert len(leads) == len(emails) == 300
    assert all(account.links.main_contact(lead.id) for lead in leads)
    assert {lead.status_id for lead in leads if lead.pipeline_id == catalog.SALES} == {
        catalog.NEW,
        catalog.MQL,
        catalog.SAL,
        catalog.SQL,
        catalog.BACKLOG,
        catalog.NURTURE,
        142,
        143,
    }
    assert len(moves) == steps > 100
    assert all(lead.closed_at for lead in leads if lead.status_id in {142, 143})
    assert any(lead.loss_reason_id for lead in leads)
    assert all(e.created_at <= account.opened_at for e in site.journal.events)


def test_every_id_of_the_catalog_is_there(sandbox: Running) -> None:
    """What other tests name by a constant exists in the account."""
    statuses = {
        status["id"]
        for pipeline in sandbox.get("leads/pipelines", "pipelines")
        for status in pipeline["_embedded"]["statuses"]
    }
    codes = {
        field["code"]
        for kind in ("leads", "contacts", "companies")
        for field in sandbox.get(f"{kind}/custom_fields", "custom_fields")
    }

    assert {catalog.NEW, catalog.MQL, catalog.SAL, catalog.SQL} < statuses
    assert {catalog.BACKLOG, catalog.NURTURE, catalog.INBOUND_CONNECTED} < statuses
    assert {"BUDGET", "NEED", "LEADSTATE_TOKEN", "EMAIL", "COMPANY_SIZE"} < codes
