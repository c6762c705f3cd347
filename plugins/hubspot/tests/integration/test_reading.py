"""Reading, against the sandbox over real HTTP."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from leadstate.adapters import Gone, GoneReason, Notes, RemoteObject
from leadstate.domain.binding import Binding, FieldSource
from leadstate.errors import ConfigurationError


def bound(kind: str, *names: str) -> Binding:
    fields = {f"f{number}": FieldSource(property=n) for number, n in enumerate(names)}
    return Binding(workflow="demo", adapter="hubspot", object=kind, fields=fields)


CONTACTS = bound("contacts", "email", "lifecyclestage", "company.name", "nothing")


def test_a_thousand_contacts_cost_ten_reads_and_their_companies(
    sandbox: Any, dial: Any
) -> None:
    """Batches of 100, one call for associations, unique companies only."""
    ids = sandbox.ids()[:1000]
    adapter = dial(sandbox, CONTACTS)
    sandbox.clear_log()

    found = adapter.read(ids)

    assert sorted(ids) == sorted(one.id for one in found)
    assert adapter.calls["contacts.batch_read"] == 10
    assert adapter.calls["associations.batch_read"] == 1
    assert adapter.calls["companies.batch_read"] <= 10
    assert sum(adapter.calls.values()) == sandbox.get("log/summary")["requests"]


def test_values_are_what_the_crm_holds(sandbox: Any, dial: Any) -> None:
    """Text values; None when empty; absent when HubSpot has no such property."""
    record_id = sandbox.ids(1)[0]
    held = sandbox.get(f"state/contacts/{record_id}")["properties"]

    (found,) = dial(sandbox, CONTACTS).read([record_id])

    assert isinstance(found, RemoteObject)
    assert held["email"] == found.properties["email"]
    assert "nothing" not in found.properties
    assert "company.name" in found.properties
    assert found.updated_at is not None
    assert found.created_at is not None


def test_the_primary_company_is_read(sandbox: Any, dial: Any) -> None:
    """Of several companies the primary one counts; without any the value is None."""
    names = ("First", "Second")
    companies = [
        sandbox.post("create", object="companies", properties={"name": name})["id"]
        for name in names
    ]
    contact = sandbox.post(
        "create",
        object="contacts",
        properties={"email": "primary@example.com"},
        associations=[{"object": "companies", "id": one} for one in companies],
    )["id"]
    alone = sandbox.post(
        "create", object="contacts", properties={"email": "alone@example.com"}
    )["id"]

    found = {one.id: one for one in dial(sandbox, CONTACTS).read([contact, alone])}

    assert found[contact].properties["company.name"] in names
    assert found[alone].properties["company.name"] is None


def test_deleted_unknown_and_erased_contacts_are_told_apart(
    sandbox: Any, dial: Any
) -> None:
    """What HubSpot still shows as archived was deleted; the rest is nowhere."""
    made = [
        sandbox.post(
            "create", object="contacts", properties={"email": f"end{n}@example.com"}
        )["id"]
        for n in range(3)
    ]
    sandbox.post("archive", object="contacts", id=made[0])
    sandbox.post("privacy-delete", object="contacts", id=made[1])

    found = dial(sandbox, CONTACTS).read([*made, "999999999", "not-an-id"])

    gone = {one.id: one.reason for one in found if isinstance(one, Gone)}
    assert gone == {
        made[0]: GoneReason.DELETED,
        made[1]: GoneReason.VANISHED,
        "999999999": GoneReason.VANISHED,
        "not-an-id": GoneReason.UNKNOWN,
    }


@pytest.mark.parametrize("policy", ["not-found", "resolve"])
def test_the_survivor_of_a_merge_names_what_went_into_it(
    sandbox: Any, dial: Any, policy: str
) -> None:
    """Whether or not HubSpot resolves a merged-away id, the survivor tells."""
    sandbox.put("policy", {"merged_away": policy})
    one, two = (
        sandbox.post(
            "create",
            object="contacts",
            properties={"email": f"merge-{policy}-{n}@example.com"},
        )["id"]
        for n in range(2)
    )
    survivor = sandbox.post("merge", object="contacts", id=one, other=two)["id"]

    found = {x.id: x for x in dial(sandbox, CONTACTS).read([one, two, survivor])}

    assert {one, two} <= {*found[survivor].merged_ids, survivor}
    assert isinstance(found[two], Gone)
    if policy == "resolve":
        assert found[two] == Gone(id=two, reason=GoneReason.MERGED, into=survivor)


@pytest.mark.parametrize("kind", ["leads", "deals", "companies"])
@pytest.mark.parametrize("version", ["2026-09", "2026-03", "v3"])
def test_every_kind_is_read_over_every_version(
    sandbox: Any, dial: Any, kind: str, version: str
) -> None:
    """One setting selects the version of all paths."""
    names = [] if kind == "companies" else ["company.name"]
    ids = sandbox.ids(20, kind)

    adapter = dial(sandbox, bound(kind, "createdate", *names), api_version=version)

    assert sorted(ids) == sorted(one.id for one in adapter.read(ids))


def test_describe_names_the_account_and_its_properties(sandbox: Any, dial: Any) -> None:
    """Stages come in the portal's order; company properties under their prefix."""
    adapter = dial(sandbox, CONTACTS)

    account = adapter.describe()

    assert account.id == "247187887"
    assert account.timezone == "Europe/Berlin"
    options = account.properties["lifecyclestage"].options
    assert options.index("lead") < options.index("customer")
    assert account.properties["company.name"].label
    assert isinstance(adapter, Notes)


def test_another_portal_than_the_settings_name_is_refused(
    sandbox: Any, dial: Any
) -> None:
    """A token of the wrong account is found before anything is written."""
    adapter = dial(sandbox, CONTACTS, portal_id=1)

    with pytest.raises(ConfigurationError, match="portal_id"):
        adapter.describe()


def test_missing_scopes_are_named(sandbox: Any, dial: Any) -> None:
    """An administrator reads which scope to add."""
    sandbox.put("policy", {"scopes": ["oauth"]})

    with pytest.raises(ConfigurationError, match=r"crm\.objects\.contacts\.read"):
        dial(sandbox, CONTACTS).read(sandbox.ids(1))


def test_threads_read_through_one_adapter(sandbox: Any, dial: Any) -> None:
    """Every method may be called from several threads at once."""
    ids = sandbox.ids()[:800]
    adapter = dial(sandbox, CONTACTS)
    found: list[str] = []

    def read(part: list[str]) -> None:
        found.extend(one.id for one in adapter.read(part))

    threads = [threading.Thread(target=read, args=(ids[n::8],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(ids) == sorted(found)


@pytest.mark.parametrize("status", [429, 503, 504, 524])
def test_reads_survive_passing_trouble(
    sandbox: Any, dial: Any, wall: Any, status: int
) -> None:
    """A read is repeated after any passing error."""
    sandbox.fault(kind="status", status=status, times=2, match={"path": "/crm/"})
    ids = sandbox.ids(5)

    assert len(dial(sandbox, CONTACTS).read(ids)) == 5
    assert wall.slept
