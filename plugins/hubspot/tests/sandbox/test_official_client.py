"""HubSpot's own Python client, unchanged, must be content with the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hubspot import HubSpot
from hubspot.crm.associations.v4 import (
    AssociationSpec,
    BatchInputPublicAssociationMultiPost,
    BatchInputPublicFetchAssociationsBatchRequest,
)
from hubspot.crm.contacts import (
    BatchInputSimplePublicObjectBatchInput,
    BatchInputSimplePublicObjectBatchInputForCreate,
    BatchInputSimplePublicObjectBatchInputUpsert,
    BatchReadInputSimplePublicObjectId,
    PublicMergeInput,
    PublicObjectSearchRequest,
    SimplePublicObjectInput,
    SimplePublicObjectInputForCreate,
)
from hubspot.crm.contacts.exceptions import ApiException, NotFoundException

if TYPE_CHECKING:
    from conftest import Running


@pytest.fixture(name="client")
def _client(sandbox: Running) -> Any:
    return HubSpot(access_token=sandbox.config.token, host=sandbox.base)


def _create(client: Any, **properties: str) -> Any:
    given = SimplePublicObjectInputForCreate(properties=properties)
    return client.crm.contacts.basic_api.create(given)


def test_a_contact_lives_from_creation_to_archive(client: Any) -> None:
    """Create, read, update and archive go through the client's own models."""
    created = _create(client, email="Ada@Example.com", firstname="Ada")
    api = client.crm.contacts.basic_api
    change = SimplePublicObjectInput(properties={"lastname": "Lovelace"})
    updated = api.update(created.id, change)
    read = api.get_by_id(
        "ada@example.com", id_property="email", properties=["lastname"]
    )
    api.archive(created.id)

    assert updated.properties["lastname"] == "Lovelace"
    assert read.id == created.id
    with pytest.raises(NotFoundException):
        api.get_by_id(created.id)


def test_every_page_of_contacts_is_reached(client: Any) -> None:
    """The client's own paging helper sees each seeded contact once."""
    found = client.crm.contacts.get_all(properties=["email", "budget"])

    assert len({contact.id for contact in found}) == 12


def test_history_can_be_paged_through(client: Any) -> None:
    """The client pages history in fifties and reads every entry."""
    found = client.crm.contacts.get_all(properties_with_history=["lifecyclestage"])

    assert all(c.properties_with_history["lifecyclestage"] for c in found)


def test_batches_are_read_by_the_client(client: Any) -> None:
    """Batch create, update, upsert and read deserialize."""
    batch = client.crm.contacts.batch_api
    new = [{"properties": {"email": f"b{i}@example.com"}} for i in range(3)]
    made = batch.create(BatchInputSimplePublicObjectBatchInputForCreate(inputs=new))
    ids = [{"id": result.id} for result in made.results]
    change = [one | {"properties": {"budget": "5"}} for one in ids]
    batch.update(BatchInputSimplePublicObjectBatchInput(inputs=change))
    upsert = {"id": "new@example.com", "idProperty": "email", "properties": {}}
    added = batch.upsert(BatchInputSimplePublicObjectBatchInputUpsert(inputs=[upsert]))
    wanted = BatchReadInputSimplePublicObjectId(
        inputs=ids, properties=["budget"], properties_with_history=["budget"]
    )
    read = batch.read(wanted)

    assert {r.properties["budget"] for r in read.results} == {"5"}
    assert added.results[0].new is True


def test_missing_ids_of_a_batch_are_errors_beside_results(client: Any) -> None:
    """A 207 reaches the client with the ids it did not find."""
    wanted = BatchReadInputSimplePublicObjectId(
        inputs=[{"id": "1"}], properties=[], properties_with_history=[]
    )
    read = client.crm.contacts.batch_api.read(wanted)

    assert read.errors[0].context == {"ids": ["1"]}
    assert read.errors[0].category == "OBJECT_NOT_FOUND"


def test_search_answers_the_client(client: Any) -> None:
    """The client's search request, sorts as texts, is understood."""
    _create(client, email="needle@example.com")
    asked = PublicObjectSearchRequest(
        filter_groups=[
            {
                "filters": [
                    {
                        "propertyName": "email",
                        "operator": "EQ",
                        "value": "NEEDLE@example.com",
                    }
                ]
            }
        ],
        sorts=["-createdate"],
        properties=["email"],
        limit=10,
    )
    found = client.crm.contacts.search_api.do_search(asked)

    assert found.total == 1
    assert found.results[0].properties["email"] == "needle@example.com"


def test_merging_gives_the_client_a_new_id(client: Any) -> None:
    """The survivor of a merge carries an id neither record had."""
    one = _create(client, email="1@example.com")
    two = _create(client, email="2@example.com")
    merged = client.crm.contacts.basic_api.merge(
        PublicMergeInput(primary_object_id=one.id, object_id_to_merge=two.id)
    )

    assert merged.id not in {one.id, two.id}


def test_associations_round_trip(client: Any, sandbox: Running) -> None:
    """What the v4 client associates, it reads back with types."""
    contact = _create(client, email="a@example.com")
    company = sandbox.control("GET", "state/companies?limit=1")["results"][0]["id"]
    v4 = client.crm.associations.v4
    v4.basic_api.create_default("contacts", contact.id, "companies", company)
    pair = {
        "from": {"id": contact.id},
        "to": {"id": company},
        "types": [AssociationSpec("HUBSPOT_DEFINED", 279)],
    }
    v4.batch_api.create(
        "contacts", "companies", BatchInputPublicAssociationMultiPost(inputs=[pair])
    )
    page = v4.basic_api.get_page("contacts", contact.id, "companies")
    batch = v4.batch_api.get_page(
        "contacts",
        "companies",
        BatchInputPublicFetchAssociationsBatchRequest(inputs=[{"id": contact.id}]),
    )

    types = {t.type_id for t in page.results[0].association_types}
    assert types == {1, 279}
    assert batch.results[0].to[0].to_object_id == company


def test_pipelines_properties_and_owners_deserialize(client: Any) -> None:
    """Setup data reads through the client's models."""
    deals = client.crm.pipelines.pipelines_api.get_all("deals").results[0]
    stages = {stage.id: stage.metadata for stage in deals.stages}
    prop = client.crm.properties.core_api.get_by_name("0-1", "lifecyclestage")
    everything = client.crm.properties.core_api.get_all("contacts").results
    owners = client.crm.owners.get_all()
    by_user = client.crm.owners.owners_api.get_by_id(
        owners[0].user_id, id_property="userId"
    )

    assert stages["closedwon"] == {"isClosed": "true", "probability": "1.0"}
    assert [o.value for o in prop.options][3] == "174913201"
    assert len(everything) > 60
    assert by_user.id == owners[0].id != str(owners[0].user_id)
    assert len(owners) == 4


def test_refusals_reach_the_client_as_exceptions(client: Any) -> None:
    """A conflict carries HubSpot's body and the id that exists."""
    first = _create(client, email="same@example.com")

    with pytest.raises(ApiException) as refused:
        _create(client, email="same@example.com")
    assert refused.value.status == 409
    assert f"Existing ID: {first.id}" in refused.value.body
