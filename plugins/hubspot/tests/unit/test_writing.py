"""Writing: what HubSpot answers, keeps, refuses and forgets to say."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from leadstate.adapters import Applied, Gone, GoneReason, Refused, Write
from leadstate.errors import ConfigurationError, RetryLater, UsageError

READ = "/crm/objects/2026-09/contacts/batch/read"
SEARCH = "/crm/objects/2026-09/contacts/search"
UPDATE = "/crm/objects/2026-09/contacts/batch/update"
ORDER = "/crm/properties/2026-09/contacts/lifecyclestage"
STAGES = ["subscriber", "lead", "opportunity", "customer", "other"]


def write(key: str, *, repeated: bool = False, **properties: str) -> Write:
    return Write(token=f"t{key}", id=key, properties=properties, repeated=repeated)


def record(key: str, **properties: Any) -> dict[str, Any]:
    at = "2026-11-22T04:16:16.123Z"
    return {"id": key, "properties": properties, "updatedAt": at}


def traced(key: str, message: str, category: str = "VALIDATION_ERROR") -> Any:
    context = {"objectWriteTraceId": [key]}
    return {"category": category, "message": message, "context": context}


def echo(body: Any) -> Any:
    """Write everything and answer with it."""
    return {
        "results": [record(one["id"], **one["properties"]) for one in body["inputs"]]
    }


@pytest.fixture(name="order")
def _order(hubspot: Any) -> Any:
    options = [{"value": one, "displayOrder": n} for n, one in enumerate(STAGES)]
    return hubspot.always(ORDER, {"name": "lifecyclestage", "options": options})


def test_other_properties_are_written_without_reading(
    connect: Any, hubspot: Any
) -> None:
    """Only a lifecycle stage has a direction; the answer is the read-back."""
    route = hubspot.always(UPDATE, echo)
    adapter = connect()

    (outcome,) = adapter.write([write("1", hs_lead_status="NEW")])

    assert isinstance(outcome, Applied)
    assert outcome.updated_at is not None
    assert dict(adapter.calls) == {"contacts.batch_update": 1}
    (sent,) = hubspot.bodies(route)[0]["inputs"]
    assert sent["objectWriteTraceId"] == "1"


def test_nothing_to_write_is_read_only(connect: Any, hubspot: Any) -> None:
    """A write without properties says whether the object is there."""
    hubspot.always(
        READ,
        lambda body: (
            {"results": [record("1")]} if len(body["inputs"]) == 2 else {"results": []}
        ),
    )

    hubspot.on(SEARCH, {"results": []})

    outcomes = connect().write([write("1"), write("2")])

    assert outcomes == [
        Applied(token="t1", changed=False, updated_at=outcomes[0].updated_at),
        Gone(id="2", reason=GoneReason.VANISHED),
    ]


def test_two_writes_of_one_object_are_a_mistake(connect: Any) -> None:
    """A batch is not processed in order, so that the order would be lost."""
    with pytest.raises(UsageError):
        connect().write([write("1", a="1"), write("1", a="2")])


@pytest.mark.parametrize(
    "held",
    [{"status": "NEW"}, {"status": "OLD", "n": "5"}, {"status": None, "n": "5"}],
)
def test_what_the_answer_does_not_show_is_read(
    connect: Any, hubspot: Any, held: Any
) -> None:
    """The answer lacks a property or differs: an explicit read confirms or refuses."""
    hubspot.on(UPDATE, {"results": [record("1", **held)]})
    hubspot.on(READ, {"results": [record("1", status="NEW", n="5.0")]})

    (outcome,) = connect().write([write("1", status="NEW", n="5")])

    assert isinstance(outcome, Applied)


def test_a_value_that_hubspot_kept_is_a_refusal(connect: Any, hubspot: Any) -> None:
    """Success without a change is told as it is."""
    hubspot.on(UPDATE, {"results": []})
    hubspot.on(READ, {"results": [record("1", status="OLD", n=None)]})

    (outcome,) = connect().write([write("1", status="NEW", n="5")])

    assert isinstance(outcome, Refused)
    assert (
        outcome.message
        == "HubSpot kept status 'OLD' instead of 'NEW', n '' instead of '5'"
    )
    assert outcome.properties == {"status": "OLD", "n": None}


def test_a_record_that_vanished_while_written_is_gone(
    connect: Any, hubspot: Any
) -> None:
    """The confirming read finds nothing."""
    hubspot.on(UPDATE, {"results": []})
    hubspot.on(READ, {"results": []}, {"results": [record("1")]})

    (outcome,) = connect().write([write("1", a="1")])

    assert outcome == Gone(id="1", reason=GoneReason.DELETED)


def test_the_stage_order_is_read_once_and_again_for_a_new_stage(
    connect: Any, hubspot: Any, order: Any
) -> None:
    """Stages are editable: an unknown one makes us look again."""
    held = {"1": "lead"}

    def update(body: Any) -> Any:
        for one in body["inputs"]:
            held[one["id"]] = one["properties"]["lifecyclestage"]
        return echo(body)

    hubspot.always(READ, lambda _: {"results": [record("1", lifecyclestage=held["1"])]})
    hubspot.always(UPDATE, update)
    adapter = connect()

    for stage in ("opportunity", "customer", "other"):
        adapter.write([write("1", lifecyclestage=stage)])
    assert order.call_count == 1

    adapter.write([write("1", lifecyclestage="1675714327")])
    assert order.call_count == 2


def test_a_stage_that_left_the_order_is_cleared_first(
    connect: Any, hubspot: Any, order: Any
) -> None:
    """From an archived stage every way counts as backward: clearing always works."""
    held = {"stage": "archived-stage"}

    def update(body: Any) -> Any:
        held["stage"] = body["inputs"][0]["properties"]["lifecyclestage"]
        return echo(body)

    hubspot.always(
        READ, lambda _: {"results": [record("1", lifecyclestage=held["stage"])]}
    )
    route = hubspot.always(UPDATE, update)

    (outcome,) = connect().write([write("1", lifecyclestage="customer")])

    assert isinstance(outcome, Applied)
    assert route.call_count == 2


def test_an_order_that_a_person_changed_meanwhile_is_noticed(
    connect: Any, hubspot: Any
) -> None:
    """A forward move that HubSpot kept is judged again by the order of now."""
    orders = [["lead", "customer"], ["customer", "lead"]]
    hubspot.on(
        ORDER,
        *(
            {
                "name": "lifecyclestage",
                "options": [{"value": v, "displayOrder": n} for n, v in enumerate(one)],
            }
            for one in orders
        ),
    )
    held: dict[str, str | None] = {"stage": "lead"}

    def update(body: Any) -> Any:
        asked = body["inputs"][0]["properties"]["lifecyclestage"]
        if not (held["stage"] and asked):
            held["stage"] = asked
        return {"results": [record("1", lifecyclestage=held["stage"])]}

    hubspot.always(
        READ, lambda _: {"results": [record("1", lifecyclestage=held["stage"])]}
    )
    hubspot.always(UPDATE, update)

    (outcome,) = connect().write([write("1", lifecyclestage="customer")])

    assert isinstance(outcome, Applied)
    assert held["stage"] == "customer"


def test_automation_that_keeps_a_stage_is_not_fought(
    connect: Any, hubspot: Any, order: Any
) -> None:
    """A forward move that is undone at once is a refusal."""
    hubspot.always(READ, {"results": [record("1", lifecyclestage="lead")]})
    route = hubspot.always(UPDATE, {"results": [record("1", lifecyclestage="lead")]})

    (outcome,) = connect().write([write("1", lifecyclestage="customer")])

    assert isinstance(outcome, Refused)
    assert "kept lifecyclestage 'lead'" in outcome.message
    assert route.call_count == 1
    assert order.call_count == 2


def test_refusals_are_told_for_the_records_that_207_names(
    connect: Any, hubspot: Any
) -> None:
    """Each record has its own outcome."""
    errors = [
        traced("2", "rule one"),
        traced("3", "no such contact", "OBJECT_NOT_FOUND"),
        {"category": "OBJECT_NOT_FOUND", "context": {"ids": ["4"]}},
    ]
    merged = record("99", a="1") | {"objectWriteTraceId": "5"}
    stranger = record("77", a="1")
    hubspot.on(
        UPDATE,
        (207, {"results": [record("1", a="1"), merged, stranger], "errors": errors}),
    )

    outcomes = connect().write([write(str(n), a="1") for n in range(1, 6)])

    assert isinstance(outcomes[0], Applied)
    assert isinstance(outcomes[1], Refused)
    assert "rule one" in outcomes[1].message
    assert outcomes[2] == Gone(id="3", reason=GoneReason.UNKNOWN)
    assert outcomes[3] == Gone(id="4", reason=GoneReason.UNKNOWN)
    assert outcomes[4] == Gone(id="5", reason=GoneReason.MERGED, into="99")


@pytest.mark.parametrize("status", [400, 207])
def test_one_bad_input_that_nobody_names_is_isolated(
    connect: Any, hubspot: Any, problem: Any, status: int
) -> None:
    """The batch is halved until the bad record is alone; 99 are written."""

    def update(body: Any) -> Any:
        if any(one["id"] == "37" for one in body["inputs"]):
            refusal = problem("Something is wrong")
            return (status, refusal if status == 400 else {"errors": [refusal]})
        return echo(body)

    route = hubspot.always(UPDATE, update)

    outcomes = connect().write([write(str(n), a="1") for n in range(100)])

    assert [n for n, one in enumerate(outcomes) if not isinstance(one, Applied)] == [37]
    assert isinstance(outcomes[37], Refused)
    assert "Something is wrong" in outcomes[37].message
    assert route.call_count <= 15


def test_inputs_that_a_400_names_are_taken_out(
    connect: Any, hubspot: Any, problem: Any
) -> None:
    """The others are sent again together."""
    inner = {"message": "bad value", "context": {"id": ["2"]}}
    route = hubspot.on(UPDATE, (400, problem("whole", errors=[inner])), {"results": []})
    hubspot.always(READ, {"results": [record("1", a="1"), record("3", a="1")]})

    outcomes = connect().write([write(n, a="1") for n in "123"])

    assert [type(one) for one in outcomes] == [Applied, Refused, Applied]
    assert len(hubspot.bodies(route)[1]["inputs"]) == 2


def test_a_404_of_one_record_is_gone(connect: Any, hubspot: Any, problem: Any) -> None:
    """HubSpot does not know it."""
    hubspot.on(UPDATE, (404, problem("none", "OBJECT_NOT_FOUND")))

    (outcome,) = connect().write([write("1", a="1")])

    assert outcome == Gone(id="1", reason=GoneReason.UNKNOWN)


def test_a_stage_permission_is_a_refusal_and_a_scope_is_not(
    connect: Any, hubspot: Any, problem: Any
) -> None:
    """403 about the record is told for the record; 403 about us stops us."""
    hubspot.on(
        UPDATE,
        (403, problem("stage is read-only", "FORBIDDEN")),
        (403, problem("scopes", "MISSING_SCOPES")),
    )
    adapter = connect()

    (outcome,) = adapter.write([write("1", a="1")])
    assert isinstance(outcome, Refused)
    with pytest.raises(ConfigurationError):
        adapter.write([write("1", a="1")])


def test_a_207_for_a_passing_reason_is_repeated_later(
    connect: Any, hubspot: Any
) -> None:
    """Part of the batch is written: the outcome of the whole is unknown."""
    hubspot.on(UPDATE, (207, {"errors": [traced("1", "busy", "RATE_LIMITS")]}))

    with pytest.raises(RetryLater) as caught:
        connect().write([write("1", a="1")])

    assert caught.value.sent


@pytest.mark.parametrize(
    ("trouble", "sent"),
    [
        (httpx.ReadTimeout("slow"), True),
        (httpx.Response(503), True),
        (httpx.Response(477), True),
        ({"results": "half"}, True),
        (httpx.ConnectError("no"), False),
        (httpx.Response(429), False),
    ],
)
def test_an_unknown_outcome_is_told_as_such(
    connect: Any,
    hubspot: Any,
    trouble: Any,
    sent: bool,  # noqa: FBT001
) -> None:
    """`sent` says whether HubSpot may have written."""
    hubspot.on(UPDATE, *[trouble] * 4)

    with pytest.raises(RetryLater) as caught:
        connect().write([write("1", a="1")])

    assert caught.value.sent is sent


def test_a_failure_after_an_applied_batch_is_told_as_sent(
    connect: Any, hubspot: Any
) -> None:
    """The first hundred are written; nobody may believe that nothing was."""
    written = {"results": [record(str(n), a="1") for n in range(100)]}
    hubspot.on(UPDATE, written, *[httpx.ConnectError("no")] * 4)

    with pytest.raises(RetryLater) as caught:
        connect().write([write(str(n), a="1") for n in range(150)])

    assert caught.value.sent


def test_a_stage_that_cannot_be_put_back_is_told(
    connect: Any, hubspot: Any, order: Any, problem: Any
) -> None:
    """Cleared, refused, and not to be restored: the message says that it is empty."""

    def update(body: Any) -> Any:
        asked = body["inputs"][0]["properties"]["lifecyclestage"]
        return (400, problem(f"no {asked}")) if asked else echo(body)

    hubspot.always(READ, {"results": [record("1", lifecyclestage="customer")]})
    hubspot.always(UPDATE, update)

    (outcome,) = connect().write([write("1", lifecyclestage="lead")])

    assert isinstance(outcome, Refused)
    assert "could not be put back to 'customer'" in outcome.message
    assert outcome.properties == {"lifecyclestage": None}


def test_a_refused_clearing_ends_the_move(
    connect: Any, hubspot: Any, order: Any, problem: Any
) -> None:
    """Nothing is set after a clearing that HubSpot refused."""
    hubspot.always(READ, {"results": [record("1", lifecyclestage="customer")]})
    route = hubspot.on(UPDATE, (400, problem("required")))

    (outcome,) = connect().write([write("1", lifecyclestage="lead")])

    assert isinstance(outcome, Refused)
    assert route.call_count == 1


def test_a_repetition_skips_what_is_there_and_sends_the_rest(
    connect: Any, hubspot: Any
) -> None:
    """Compare before write: only what differs is sent."""
    hubspot.always(READ, {"results": [record("1", a="1", b="old")]})
    route = hubspot.on(UPDATE, {"results": [record("1", b="2")]})

    (outcome,) = connect().write([write("1", a="1", b="2", repeated=True)])

    assert isinstance(outcome, Applied)
    assert hubspot.bodies(route)[0]["inputs"][0]["properties"] == {"b": "2"}
