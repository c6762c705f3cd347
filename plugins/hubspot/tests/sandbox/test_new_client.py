"""HubSpot's newer client, on 2026-03 paths, must be content too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hubspot_sdk
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Running


@pytest.fixture(name="client")
def _client(sandbox: Running) -> Iterator[Any]:
    token = sandbox.config.token
    with hubspot_sdk.HubSpot(
        access_token=token, base_url=sandbox.base, max_retries=0
    ) as client:
        yield client


def test_contacts_live_through_the_newer_client(client: Any) -> None:
    """Create, read, update, list and delete use the dated paths."""
    contacts = client.crm.objects.contacts
    made = contacts.create(properties={"email": "n@example.com"}, associations=[])
    contacts.update(contact_id=made.id, properties={"firstname": "Nia"})
    read = contacts.get(made.id, properties=["firstname", "budget"])
    contacts.delete(made.id)

    assert read.properties == read.properties | {"firstname": "Nia", "budget": None}
    assert len(list(contacts.list(limit=5))) == 12


def test_batches_and_search_answer_the_newer_client(client: Any) -> None:
    """Batch read and search deserialize."""
    ids = [{"id": contact.id} for contact in client.crm.objects.contacts.list(limit=5)]
    read = client.crm.objects.contacts.batch.get(
        inputs=ids[:5], properties=["email"], properties_with_history=[]
    )
    found = client.crm.objects.contacts.search(
        after="0", filter_groups=[], limit=3, properties=["email"], sorts=[]
    )

    assert len(read.results) == 5
    assert found.total == 12


def test_the_account_tells_its_time_zone(client: Any) -> None:
    """Account details and daily usage deserialize."""
    details = client.account.get()
    usage = client.account.get_daily_private_apps_usage()

    assert details.time_zone == "Europe/Berlin"
    assert usage.results[0].current_usage == 2
    assert usage.results[0].usage_limit == 650_000


def test_webhook_settings_answer_the_newer_client(
    client: Any, sandbox: Running
) -> None:
    """Subscriptions list and start paused through the dated path."""
    app = sandbox.config.app_id
    made = client.webhooks.create_event_subscription(
        app_id=app, event_type="company.creation", active=True
    )
    listed = client.webhooks.list_event_subscriptions(app)

    assert made.active is False
    assert made.id in {one.id for one in listed.results}


def test_owners_and_pipelines_answer_the_newer_client(client: Any) -> None:
    """Owners page; pipelines list."""
    owners = list(client.crm.owners.list())
    pipelines = client.crm.pipelines.list("deals")

    assert len(owners) == 4
    assert pipelines.results[0].stages[0].write_permissions
