"""Writes against the sandbox: how many calls they cost, and what becomes of faults."""

from __future__ import annotations

from typing import Any

import pytest

from leadstate.adapters import Applied, Gone, GoneReason, Overtaken, Refused, Write
from leadstate.errors import (
    ConfigurationError,
    FatalAdapterError,
    LeadstateError,
    RetryLater,
)

SALES, SQL, SAL, MQL, UNSORTED, LOST = (
    "7100001",
    "7100104",
    "7100103",
    "7100102",
    "7100100",
    "143",
)


def write(lead: str, token: str = "t", **more: Any) -> Write:
    properties = more.pop("properties", {"pipeline_id": SALES, "status_id": SQL})
    return Write(token=f"{token} {lead}", id=lead, properties=properties, **more)


@pytest.mark.parametrize("filters", [True, False], ids=["filters", "no filters"])
def test_1000_stage_changes_cost_at_most_20_writes_and_20_reads(
    sandbox: Any, dial: Any, *, filters: bool
) -> None:
    """Pushed by hundreds, as the service does, and read back; also without filters."""
    sandbox.policy(is_api_filter_enabled=filters)
    sandbox.post("clock", advance_seconds=600)
    ids = sandbox.ids(1000)
    target = {"pipeline_id": SALES, "status_id": SAL if filters else MQL}
    adapter = dial(sandbox, ("pipeline_id", "status_id"))
    known = {
        one.id: one
        for start in range(0, 1000, 250)
        for one in adapter.read(ids[start : start + 250])
    }
    sandbox.clear_log()

    for start in range(0, 1000, 100):
        sandbox.post("clock", advance_seconds=1)  # seven calls a second take longer
        outcomes = adapter.write(
            [
                write(one, properties=target, held=known[one].properties)
                for one in ids[start : start + 100]
            ]
        )
        assert {Applied} == {type(one) for one in outcomes}

    kinds = dict(sandbox.kinds)
    writes = kinds.pop("leads.update")
    assert writes <= 20
    kinds.pop("pipelines.list", None)  # once in ten minutes
    assert sum(kinds.values()) <= 20
    assert all(
        sandbox.lead(one)["properties"]["status_id"] == int(target["status_id"])
        for one in ids[::97]
    )


def test_only_the_differences_are_sent(sandbox: Any, dial: Any) -> None:
    """The log of the CRM shows one change of one property."""
    lead = sandbox.ids(1)[0]
    adapter = dial(sandbox, ("name", "status_id", "cf.NEED"))
    (held,) = adapter.read([lead])
    sandbox.clear_log()
    wanted = {**held.properties, "cf.NEED": "a new need"}
    properties = {name: text or "" for name, text in wanted.items()}

    (outcome,) = adapter.write([write(lead, properties=properties)])

    writes = [w for e in sandbox.get("log")["entries"] for w in e["writes"]]
    assert isinstance(outcome, Applied)
    assert ["cf.NEED"] == [one["property"] for one in writes]


def test_a_lost_answer_is_told_and_the_repetition_changes_nothing(
    sandbox: Any, dial: Any
) -> None:
    """`RetryLater` with ``sent``; then the value is found there."""
    lead = sandbox.ids(3)[2]
    adapter = dial(sandbox, ("cf.NEED",))
    sandbox.fault(kind="timeout_after_apply", match={"method": "PATCH", "path": "/api"})
    given = {"properties": {"cf.NEED": "lost answer"}}
    with pytest.raises(RetryLater) as caught:
        adapter.write([write(lead, **given)])

    (outcome,) = adapter.write([write(lead, repeated=True, **given)])

    assert caught.value.sent
    assert isinstance(outcome, Applied)
    assert not outcome.changed


@pytest.mark.parametrize("partial", [False, True], ids=["all or nothing", "in part"])
def test_one_refused_lead_spares_the_others(
    sandbox: Any, dial: Any, *, partial: bool
) -> None:
    """The CRM names it; whether it applied the others already does not matter."""
    sandbox.policy(partial_bulk=partial)
    ids = sandbox.ids(60)[30:36]
    adapter = dial(sandbox, ("name", "responsible_user_id"))
    text = f"in part {partial}"
    writes = [write(one, properties={"name": text}) for one in ids]
    writes[2] = write(ids[2], properties={"responsible_user_id": "99"})

    outcomes = adapter.write(writes)

    kinds = [type(one) for one in outcomes]
    assert [Applied, Applied, Refused, Applied, Applied, Applied] == kinds
    refused = outcomes[2]
    assert isinstance(refused, Refused)
    assert "responsible_user_id" in refused.message
    assert text == sandbox.lead(ids[5])["properties"]["name"]


def test_a_half_applied_bulk_is_finished(sandbox: Any, dial: Any) -> None:
    """The CRM wrote a part and answered with a page; in the end all is written once."""
    ids = sandbox.ids(80)[60:70]
    adapter = dial(sandbox, ("name",))
    sandbox.fault(kind="half_applied", match={"method": "PATCH", "path": "/api"})
    sandbox.clear_log()

    outcomes = adapter.write([write(one, properties={"name": "half"}) for one in ids])

    log = sandbox.get("log")["entries"]
    assert {Applied} == {type(one) for one in outcomes}
    assert sorted(ids) == sorted(str(w["id"]) for e in log for w in e["writes"])


def test_504_on_a_bulk_shrinks_it(sandbox: Any, dial: Any) -> None:
    """The batch is halved and sent again, as amoCRM asks."""
    ids = sandbox.ids(120)[90:100]
    adapter = dial(sandbox, ("name",))
    sandbox.fault(
        kind="status", status=504, times=1, match={"method": "PATCH", "path": "/api"}
    )

    outcomes = adapter.write([write(one, properties={"name": "504"}) for one in ids])

    assert {Applied} == {type(one) for one in outcomes}
    assert 3 == adapter.calls["leads.update"]


def test_what_a_person_changed_meanwhile_is_left_alone(sandbox: Any, dial: Any) -> None:
    """Overtaken, with what is there now; unless it is what was wanted."""
    ids = sandbox.ids(130)[120:122]
    adapter = dial(sandbox, ("pipeline", "status"))
    held = {one.id: one.properties for one in adapter.read(ids)}
    for lead, status in zip(ids, ("Nurture", "Qualified"), strict=True):
        number = {"Nurture": 7100106, "Qualified": 7100104}[status]
        properties = {"pipeline_id": 7100001, "status_id": number}
        sandbox.post("edit", object="leads", id=lead, properties=properties)

    wanted = {"pipeline": "Sales", "status": "Qualified"}
    first, second = adapter.write(
        [write(one, properties=wanted, held=held[one]) for one in ids]
    )

    assert isinstance(first, Overtaken)
    assert "Nurture" == first.properties["status"]
    assert isinstance(second, Applied)
    assert not second.changed


def test_a_lead_is_lost_with_its_reason_and_opened_again(
    sandbox: Any, dial: Any
) -> None:
    """Lost is 143 in every pipeline; the pipeline stays."""
    lead = sandbox.ids(140)[139]
    adapter = dial(sandbox, ("status", "loss_reason", "closed_at"))
    (lost,) = adapter.write(
        [write(lead, properties={"status": "Lost", "loss_reason": "Price"})]
    )
    (found,) = adapter.read([lead])
    first = found.properties
    pipeline = sandbox.lead(lead)["properties"]["pipeline_id"]
    status = "Qualified" if pipeline == 7100001 else "Connected"

    (opened,) = adapter.write([write(lead, properties={"status": status})])

    assert isinstance(lost, Applied)
    assert ("Lost", "Price") == (first["status"], first["loss_reason"])
    assert isinstance(opened, Applied)
    assert status == adapter.read([lead])[0].properties["status"]


def test_an_unsorted_lead_is_accepted_and_none_is_put_there(
    sandbox: Any, dial: Any
) -> None:
    """Out of unsorted by accepting it; into it is refused before anything is sent."""
    lead = sandbox.ids(150)[149]
    adapter = dial(sandbox, ("status_id",))
    token = {"authorization": "Bearer amocrm-integration-token"}
    form = {
        "source_uid": "s1",
        "source_name": "site",
        "pipeline_id": 7100001,
        "created_at": int(sandbox.now().timestamp()),
        "_embedded": {"leads": [{"name": "Incoming"}], "contacts": [{"name": "Eva"}]},
        "metadata": {
            "ip": "198.51.100.7",
            "form_id": "f1",
            "form_sent_at": int(sandbox.now().timestamp()),
            "form_name": "Demo",
            "form_page": "https://example.com",
            "referer": "https://example.com",
        },
    }
    made = sandbox.control.post(
        "/api/v4/leads/unsorted/forms", json=[form], headers=token
    ).raise_for_status()
    incoming = str(
        made.json()["_embedded"]["unsorted"][0]["_embedded"]["leads"][0]["id"]
    )
    sandbox.clear_log()

    (accepted,) = adapter.write([write(incoming, properties={"status_id": MQL})])
    (refused,) = adapter.write(
        [write(lead, properties={"pipeline_id": SALES, "status_id": UNSORTED})]
    )

    assert isinstance(accepted, Applied)
    assert int(MQL) == sandbox.lead(incoming)["properties"]["status_id"]
    assert 1 == sandbox.kinds["unsorted.accept"]
    assert isinstance(refused, Refused)
    assert "unsorted" in refused.message.lower()


def test_contact_and_company_are_written_beside_the_lead(
    sandbox: Any, dial: Any
) -> None:
    """Other phone numbers and addresses stay."""
    names = ("contact.email", "contact.phone", "contact.name", "company.cf.INDUSTRY")
    adapter = dial(sandbox, names)
    objects = [
        one for one in adapter.read(sandbox.ids(40)) if not isinstance(one, Gone)
    ]
    lead = next(one.id for one in objects if one.properties["company.cf.INDUSTRY"])
    before = sandbox.lead(lead)
    wanted = {"contact.email": "new@example.com", "company.cf.INDUSTRY": "retail"}

    (outcome,) = adapter.write([write(lead, properties=wanted)])

    (found,) = adapter.read([lead])
    assert isinstance(outcome, Applied)
    assert wanted == {name: found.properties[name] for name in wanted}
    assert before["properties"]["name"] == sandbox.lead(lead)["properties"]["name"]


def test_deleted_and_merged_leads_are_gone(sandbox: Any, dial: Any) -> None:
    """A write finds them gone, a restored one is written again."""
    deleted, kept, lost = sandbox.ids(170)[160:163]
    adapter = dial(sandbox, ("name",))
    sandbox.post("archive", object="leads", id=deleted)
    sandbox.post("merge", object="leads", id=kept, other=lost)

    gone = adapter.write(
        [write(one, properties={"name": "x"}) for one in (deleted, lost)]
    )
    read = {one.id: one for one in adapter.read([deleted, lost, kept])}
    sandbox.post("restore", object="leads", id=deleted)
    (again,) = adapter.write([write(deleted, properties={"name": "back"})])

    assert [GoneReason.DELETED] == [
        one.reason for one in gone if isinstance(one, Gone) and one.id == deleted
    ]
    assert [Gone, Gone] == [type(one) for one in gone]
    assert isinstance(read[lost], Gone)
    assert not isinstance(read[kept], Gone)
    assert isinstance(again, Applied)


def test_without_filters_a_deleted_lead_is_found_by_the_write(
    sandbox: Any, dial: Any
) -> None:
    """What is remembered of it is not believed when amoCRM refuses."""
    sandbox.policy(is_api_filter_enabled=False)
    ids = sandbox.ids(190)[180:184]
    adapter = dial(sandbox, ("name",))
    adapter.read(ids)
    adapter.write([write(one, properties={"name": "before"}) for one in ids])
    sandbox.post("archive", object="leads", id=ids[1])

    outcomes = adapter.write([write(one, properties={"name": "after"}) for one in ids])

    assert [Applied, Gone, Applied, Applied] == [type(one) for one in outcomes]


@pytest.mark.parametrize(
    ("status", "error"),
    [(402, ConfigurationError), (403, FatalAdapterError), (503, RetryLater)],
)
def test_pages_and_refusals_of_the_account_are_told(
    sandbox: Any, dial: Any, status: int, error: type[LeadstateError]
) -> None:
    """An HTML page never crashes; each status says who has to act."""
    adapter = dial(sandbox, ("name",))
    sandbox.fault(kind="status", status=status, times=-1, match={"path": "/api"})

    with pytest.raises(error):
        adapter.write([write(sandbox.ids(1)[0])])
