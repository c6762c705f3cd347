"""An independent client, unchanged, must be content with the sandbox."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aioamocrm import (
    AmoCRMClient,
    AuthError,
    Company,
    Contact,
    CustomFieldValue,
    Embedded,
    Lead,
    LongLivedToken,
    MemoryTokenStorage,
    Note,
    NotFoundError,
    OAuth2,
    PaymentRequiredError,
    RateLimitError,
    ServerError,
    Tag,
    Task,
    TokenSet,
    ValidationError,
    parse_webhook,
)
from leadstate_amocrm.sandbox.crm import catalog

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from conftest import Receiver, Running


def using(
    sandbox: Running, work: Callable[[AmoCRMClient], Awaitable[Any]], auth: Any = None
) -> Any:
    """Let the client work, paced by nothing."""

    async def run() -> Any:
        async with AmoCRMClient(
            base_url=sandbox.base,
            auth=auth or LongLivedToken(sandbox.config.token),
            rate_limit=None,
        ) as client:
            return await work(client)

    return asyncio.run(run())


def oauth(sandbox: Running, **tokens: Any) -> OAuth2:
    """Return the client's OAuth with a stored pair, expired unless told otherwise."""
    stored = TokenSet(
        access_token=tokens.get("access_token", "old"),
        refresh_token=tokens.get("refresh_token", sandbox.config.refresh_token),
        expires_at=tokens.get("expires_at", 0),
    )
    return OAuth2(
        client_id=sandbox.config.client_id,
        client_secret=sandbox.config.client_secret,
        redirect_uri=sandbox.config.redirect_uri,
        storage=MemoryTokenStorage(stored),
    )


def test_a_lead_lives_through_the_clients_models(sandbox: Running) -> None:
    """Create, read, change with custom fields and tags, and read again."""

    async def work(client: AmoCRMClient) -> Any:
        lead = Lead(name="First", price=500)
        lead.set_field("JOB_ROLE", "director")
        lead.embedded.tags.append(Tag(name="partner"))
        [made] = await client.leads.create([lead])
        assert made.id
        change = Lead(
            id=made.id, status_id=catalog.SAL, pipeline_id=catalog.SALES, price=700
        )
        change.set_field("BUDGET", "12000")
        await client.leads.update([change])
        return await client.leads.get(made.id, with_=["contacts"])

    found = using(sandbox, work)

    assert (found.status_id, found.pipeline_id) == (catalog.SAL, catalog.SALES)
    assert found.price == 700
    assert found.field_value("BUDGET") == "12000"
    assert found.field_value("job_role") == "director"
    assert [tag.name for tag in found.embedded.tags] == ["partner"]


def test_every_page_is_walked_by_the_client(peopled: Running) -> None:
    """Following `_links.next` reaches each lead once, in the order asked for."""

    async def work(client: AmoCRMClient) -> Any:
        listing = client.leads.iterate(limit=7, order={"updated_at": "asc"})
        return [lead async for lead in listing]

    found = using(peopled, work)

    assert len({lead.id for lead in found}) == 20
    assert [one.updated_at for one in found] == sorted(x.updated_at for x in found)


def test_what_is_not_there_is_not_found(sandbox: Running) -> None:
    """204 for a lead and 404 for a pipeline are both "not found"; no list is empty."""

    async def work(client: AmoCRMClient) -> Any:
        statuses = []
        for get in (client.leads.get(1), client.pipelines.get(1)):
            with pytest.raises(NotFoundError) as missing:
                await get
            statuses.append(missing.value.status_code)
        return statuses, len(await client.leads.get_page())

    assert using(sandbox, work) == ([204, 404], 0)


def test_people_and_companies_come_with_complex_leads(sandbox: Running) -> None:
    """One call creates three records, and the links are there."""

    async def work(client: AmoCRMClient) -> Any:
        contact = Contact(first_name="Ada", last_name="Lovelace")
        contact.set_field("EMAIL", "ada@mail.example", enum_code="WORK")
        lead = Lead(
            name="Complex",
            embedded=Embedded(contacts=[contact], companies=[Company(name="Engines")]),
        )
        [made] = await client.leads.create_complex([lead])
        return made, await client.contacts.get(made.contact_id, with_="leads")

    made, contact = using(sandbox, work)

    assert contact.field_value("EMAIL", enum_code="WORK") == "ada@mail.example"
    assert [lead.id for lead in contact.embedded.leads] == [made.id]
    assert [company.id for company in contact.embedded.companies] == [made.company_id]
    assert made.merged is False


def test_pipelines_users_and_the_account_are_read(sandbox: Running) -> None:
    """Settings deserialize: stages, full rights, what the account has."""

    async def work(client: AmoCRMClient) -> Any:
        return (
            await client.pipelines.list(),
            await client.pipelines.statuses(catalog.SALES),
            [user async for user in client.users.iterate(with_="group")],
            await client.account.get(with_=["is_api_filter_enabled", "task_types"]),
            [field async for field in client.leads.custom_fields.iterate()],
        )

    pipelines, statuses, users, account, fields = using(sandbox, work)

    assert [p.id for p in pipelines] == [catalog.SALES, catalog.INBOUND]
    assert {142, 143} < {status.id for status in statuses}
    assert {s.type for s in statuses if s.id in {142, 143}} == {0}
    assert [status.id for status in statuses if status.type] == [catalog.UNSORTED]
    assert all(user.rights["catalog_access"] in {True, False} for user in users)
    assert account.id == sandbox.config.account_id
    assert "JOB_ROLE" in {field.code for field in fields}


def test_notes_and_tasks_are_written_and_read(sandbox: Running) -> None:
    """A note of a lead, and a task that is completed with a result."""
    lead = sandbox.lead(name="x")
    due = 1_900_000_000

    async def work(client: AmoCRMClient) -> Any:
        [note] = await client.leads.notes.create([Note.common(lead, "Hello")])
        [task] = await client.tasks.create(
            [Task(text="Call", complete_till=due, entity_id=lead, entity_type="leads")]
        )
        open_task = await client.tasks.get(task.id)
        await client.tasks.complete(task.id, result="Reached")
        page = await client.tasks.get_page(filter={"is_completed": True})
        return (
            await client.leads.notes.get(note.id, entity_id=lead),
            open_task,
            page.items[0],
        )

    note, open_task, done = using(sandbox, work)

    assert note.text == "Hello"
    assert (open_task.is_completed, open_task.result) == (False, None)
    assert (done.is_completed, done.result.text) == (True, "Reached")


def test_links_are_made_listed_and_undone(sandbox: Running) -> None:
    """A contact becomes a lead's main one, and is parted from it."""
    lead, contact = sandbox.lead(name="x"), sandbox.add("contacts", name="Ada")

    async def work(client: AmoCRMClient) -> Any:
        await client.leads.link(lead, "contacts", contact, metadata={"is_main": True})
        linked = await client.leads.links(lead)
        await client.leads.unlink(lead, "contacts", contact)
        return linked, await client.leads.links(lead)

    linked, parted = using(sandbox, work)

    assert [one.to_entity_id for one in linked] == [contact]
    assert linked[0].metadata == {"main_contact": True}
    assert parted == []


def test_filters_in_brackets_are_understood(peopled: Running) -> None:
    """Ids, stages and spans narrow a list down."""

    async def work(client: AmoCRMClient) -> Any:
        every = [lead async for lead in client.leads.iterate()]
        one, two = every[0], every[1]
        stage = {"pipeline_id": one.pipeline_id, "status_id": one.status_id}
        by_id = await client.leads.get_page(filter={"id": [one.id, two.id]})
        by_stage = await client.leads.get_page(filter={"statuses": [stage]})
        none = await client.leads.get_page(filter={"updated_at": {"from": 9**12}})
        return one, by_id, by_stage, none

    one, by_id, by_stage, none = using(peopled, work)

    assert len(by_id) == 2
    assert {lead.status_id for lead in by_stage} == {one.status_id}
    assert len(none) == 0


def test_refusals_name_the_item_and_the_member(sandbox: Running) -> None:
    """Validation errors reach the client with request id, path and code."""
    lead = sandbox.lead(name="x")

    async def work(client: AmoCRMClient) -> Any:
        wrong = {"id": lead, "status_id": 1, "request_id": "mine"}
        with pytest.raises(ValidationError) as refused:
            await client.leads.update([{"id": lead, "price": 1}, wrong])
        return refused.value.errors

    [error] = using(sandbox, work)

    assert (error.request_id, error.path) == ("mine", "status_id")
    assert error.code == "NotSupportedChoice"


def test_a_null_enum_code_is_refused_as_live_accounts_do(sandbox: Running) -> None:
    """The client's own model leaves it out, so only a plain body can send it."""
    value = {"value": "director", "enum_code": None}
    field = {"field_code": "JOB_ROLE", "values": [value]}

    async def work(client: AmoCRMClient) -> Any:
        kept = Lead(name="a")
        kept.set_field("JOB_ROLE", CustomFieldValue(value="director", enum_code=None))
        await client.leads.create([kept])
        with pytest.raises(ValidationError) as refused:
            await client.leads.create([{"name": "x", "custom_fields_values": [field]}])
        return refused.value.errors[0]

    error = using(sandbox, work)

    assert error.code == "FieldNotExpected"
    assert error.path == "custom_fields_values.0.values.0.enum_code"


def test_a_code_is_exchanged_and_tokens_rotate(sandbox: Running) -> None:
    """The client gets its first pair from a code and then refreshes, once each."""
    asked = {"client_id": sandbox.config.client_id, "state": "s1"}
    back = sandbox.http.get("/oauth", params=asked).headers["location"]
    code = dict(pair.split("=") for pair in back.split("?")[1].split("&"))["code"]

    async def work(client: AmoCRMClient) -> Any:
        first = await client.exchange_code(code)
        await client.account.get()
        return first

    auth = oauth(sandbox)
    first = using(sandbox, work, auth)
    spent = oauth(sandbox, refresh_token=first.refresh_token)
    using(sandbox, lambda client: client.account.get(), spent)
    again = oauth(sandbox, refresh_token=first.refresh_token)

    with pytest.raises(AuthError) as refused:
        using(sandbox, lambda client: client.account.get(), again)
    assert "has been revoked" in str(refused.value)
    assert refused.value.status_code == 400


def test_an_expired_token_is_renewed_by_the_client(sandbox: Running) -> None:
    """A day later the access token is 401, and the client refreshes by itself."""
    auth = oauth(sandbox)
    using(sandbox, lambda client: client.account.get(), auth)
    sandbox.control("POST", "clock", {"advance_seconds": 86_400})
    account = using(sandbox, lambda client: client.account.get(), auth)
    kinds = sandbox.control("GET", "log/summary")

    assert account.id == sandbox.config.account_id
    assert kinds["by_kind"]["oauth.token"] == 2
    assert kinds["by_status"]["401"] == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [(402, PaymentRequiredError), (429, RateLimitError), (504, ServerError)],
    ids=str,
)
def test_trouble_becomes_the_clients_errors(
    sandbox: Running, status: int, error: type[Exception]
) -> None:
    """Statuses of a write, JSON or page, become the client's typed errors."""
    sandbox.control("PUT", "faults", [{"kind": "status", "status": status}])

    with pytest.raises(error):
        using(sandbox, lambda client: client.leads.create([{"name": "x"}]))


def test_webhook_bodies_are_parsed_by_the_client(
    pushing: Running, receiver: Receiver
) -> None:
    """Entity, action, id, scalar and object values, account."""
    lead = pushing.lead(name="Zoë 🦄")
    pushing.patch(
        lead,
        status_id=catalog.MQL,
        pipeline_id=catalog.SALES,
        custom_fields_values=[
            {"field_code": "DECISION_DATE", "values": [{"value": 1800000000}]},
            {"field_code": "JOB_ROLE", "values": [{"value": "owner"}]},
        ],
    )
    pushing.drained()
    hooks = [parse_webhook(body) for _, body in receiver.posts]
    told = {(hook.events[0].entity, hook.events[0].action): hook for hook in hooks}
    status = told["leads", "status"]

    assert set(told) == {("leads", "add"), ("leads", "status"), ("leads", "update")}
    assert status.events[0].id == lead
    assert status.events[0].payload["old_status_id"] == str(catalog.NEW)
    assert status.events[0].field_value("DECISION_DATE") == "1800000000"
    assert status.events[0].field_value("JOB_ROLE") == "owner"
    assert (status.account_id, status.subdomain) == (
        pushing.config.account_id,
        pushing.config.subdomain,
    )


def test_webhooks_and_events_are_reached_by_plain_calls(sandbox: Running) -> None:
    """What the client has no methods for works through its `request`."""
    lead = sandbox.lead(name="x")
    sandbox.patch(lead, status_id=catalog.MQL)

    async def work(client: AmoCRMClient) -> Any:
        hook = {"destination": "http://127.0.0.1:9/x", "settings": ["status_lead"]}
        made = await client.request("POST", "webhooks", json=hook)
        listed = await client.request("GET", "webhooks")
        gone = await client.request(
            "DELETE", "webhooks", json={"destination": hook["destination"]}
        )
        params = {"filter": {"type": ["lead_status_changed"], "entity": "lead"}}
        return made, listed, gone, await client.request("GET", "events", params=params)

    made, listed, gone, events = using(sandbox, work)

    assert made["id"] == listed["_embedded"]["webhooks"][0]["id"]
    assert gone is None
    assert events["_embedded"]["events"][0]["entity_id"] == lead
