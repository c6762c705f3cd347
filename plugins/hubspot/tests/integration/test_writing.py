"""Writing, against the sandbox over real HTTP; the sandbox's own log is the judge."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import pytest

from leadstate.adapters import Applied, Gone, Refused, Write
from leadstate.domain.binding import Binding
from leadstate.errors import RetryLater

BINDING = Binding(
    workflow="demo",
    adapter="hubspot",
    object="contacts",
    stages={"a": {"lifecyclestage": ("lead",), "hs_lead_status": ("NEW",)}},
)
UPDATE = "/crm/objects/2026-09/contacts/batch/update"
_count = itertools.count()


def contact(sandbox: Any, stage: str = "lead") -> str:
    """Make a contact as a person would."""
    properties = {"email": f"w{next(_count)}@example.com", "lifecyclestage": stage}
    made = sandbox.post("create", object="contacts", properties=properties)
    return str(made["id"])


def write(record_id: str, stage: str, *, repeated: bool = False, **more: str) -> Write:
    properties = {"lifecyclestage": stage, **more}
    return Write(
        token=f"t{record_id}", id=record_id, properties=properties, repeated=repeated
    )


@pytest.fixture(name="adapter")
def _adapter(sandbox: Any, dial: Any) -> Any:
    sandbox.clear_log()
    return dial(sandbox, BINDING)


def test_a_thousand_forward_moves_cost_ten_updates_and_ten_reads(
    sandbox: Any, adapter: Any
) -> None:
    """The direction is read, the change is written, the answer is the read-back."""
    ids = sandbox.ids()[:1000]
    sandbox.post(
        "bulk-edit",
        edits=[
            {"object": "contacts", "id": one, "properties": {"lifecyclestage": stage}}
            for one in ids
            for stage in ("", "subscriber")
        ],
    )
    sandbox.clear_log()

    outcomes = adapter.write([write(one, "marketingqualifiedlead") for one in ids])

    assert all(isinstance(one, Applied) and one.changed for one in outcomes)
    assert [one.token for one in outcomes] == [f"t{one}" for one in ids]
    assert dict(adapter.calls) == {
        "contacts.batch_read": 10,
        "contacts.batch_update": 10,
        "contacts.properties": 1,
    }
    assert sandbox.get("log/summary")["requests"] == 21
    moves = [w for w in sandbox.writes if w["property"] == "lifecyclestage"]
    assert len(moves) == 1000


def test_a_backward_move_is_cleared_and_then_set(sandbox: Any, adapter: Any) -> None:
    """Two calls for the whole batch; the other properties ride with the set."""
    ids = [contact(sandbox, "customer") for _ in range(3)]

    outcomes = adapter.write([write(x, "lead", hs_lead_status="NEW") for x in ids])

    assert all(isinstance(one, Applied) for one in outcomes)
    assert {sandbox.stage(one) for one in ids} == {"lead"}
    assert adapter.calls["contacts.batch_update"] == 2
    assert adapter.calls["contacts.batch_read"] == 2
    first = [w for w in sandbox.writes if w["id"] == ids[0]]
    stages = [w["to"] or "" for w in first if w["property"] == "lifecyclestage"]
    assert stages == ["", "lead"]


def test_a_batch_may_hold_every_direction(sandbox: Any, adapter: Any) -> None:
    """Forward, backward, unchanged, gone and malformed: one outcome each, in order."""
    forward, backward, same, gone = (contact(sandbox, "opportunity") for _ in range(4))
    sandbox.post("archive", object="contacts", id=gone)
    wanted = [
        (forward, "customer"),
        (backward, "lead"),
        (same, "opportunity"),
        (gone, "customer"),
        ("nonsense", "customer"),
    ]

    outcomes = adapter.write([write(*one) for one in wanted])

    assert [type(one) for one in outcomes] == [Applied, Applied, Applied, Gone, Gone]
    assert [one.changed for one in outcomes[:3]] == [True, True, False]


@pytest.mark.parametrize("repeats", [1, 3])
def test_a_lost_answer_and_its_repetition_change_once(
    sandbox: Any, adapter: Any, repeats: int
) -> None:
    """HubSpot applied the write and the answer was lost: repeating finds it done."""
    ids = [contact(sandbox) for _ in range(5)]
    sandbox.fault(
        kind="timeout_after_apply",
        match={"path": UPDATE},
    )
    moves = [write(one, "customer") for one in ids]

    with pytest.raises(RetryLater) as caught:
        adapter.write(moves)
    assert caught.value.sent
    for _ in range(repeats):
        again = [write(one, "customer", repeated=True) for one in ids]
        outcomes = adapter.write(again)
        assert not any(one.changed for one in outcomes)

    made = [w for w in sandbox.writes if w["property"] == "lifecyclestage"]
    assert sorted(w["id"] for w in made) == sorted(ids)


def test_a_lost_request_is_written_by_the_repetition(
    sandbox: Any, adapter: Any
) -> None:
    """Nobody knows whether it was applied; the repetition reads and then writes."""
    one = contact(sandbox)
    sandbox.fault(
        kind="timeout_before_apply",
        match={"path": UPDATE},
    )

    with pytest.raises(RetryLater):
        adapter.write([write(one, "customer")])
    (outcome,) = adapter.write([write(one, "customer", repeated=True)])

    assert isinstance(outcome, Applied)
    assert outcome.changed
    assert sandbox.stage(one) == "customer"


def test_a_move_that_broke_after_clearing_is_resumed(
    sandbox: Any, adapter: Any
) -> None:
    """A crash between clear and set leaves an empty stage; the repetition sets it."""
    one = contact(sandbox, "customer")
    sandbox.fault(
        kind="timeout_after_apply",
        match={"path": UPDATE},
    )
    with pytest.raises(RetryLater):
        adapter.write([write(one, "lead")])
    assert not sandbox.stage(one)

    (outcome,) = adapter.write([write(one, "lead", repeated=True)])

    assert isinstance(outcome, Applied)
    assert sandbox.stage(one) == "lead"
    assert adapter.calls["contacts.batch_update"] == 2


def test_one_refused_record_blocks_no_other(sandbox: Any, adapter: Any) -> None:
    """A validation rule refuses one of a hundred; ninety-nine are written."""
    ids = [contact(sandbox) for _ in range(100)]
    sandbox.post(
        "rules",
        object="contacts",
        property="hs_lead_status",
        value="CONNECTED",
        message="Call before you connect.",
    )
    moves = [write(one, "customer", hs_lead_status="NEW") for one in ids]
    moves[41] = write(ids[41], "customer", hs_lead_status="CONNECTED")

    outcomes = adapter.write(moves)

    refused = [n for n, one in enumerate(outcomes) if isinstance(one, Refused)]
    assert refused == [41]
    assert "Call before you connect." in outcomes[41].message
    assert sandbox.stage(ids[41]) == "lead"
    assert sandbox.stage(ids[42]) == "customer"


def test_a_refusal_after_clearing_puts_the_stage_back(
    sandbox: Any, adapter: Any
) -> None:
    """A record never stays without a stage because a rule refused the new one."""
    one = contact(sandbox, "customer")
    sandbox.post(
        "rules",
        object="contacts",
        property="lifecyclestage",
        value="lead",
        message="No way back.",
    )

    (outcome,) = adapter.write([write(one, "lead")])

    assert isinstance(outcome, Refused)
    assert "No way back." in outcome.message
    assert outcome.properties["lifecyclestage"] == "customer"
    assert sandbox.stage(one) == "customer"


def test_unknown_options_are_refused_in_hubspots_words(
    sandbox: Any, adapter: Any
) -> None:
    """A stage that the portal does not have is a refusal, not a crash."""
    one = contact(sandbox)

    (outcome,) = adapter.write([write(one, "galaxy")])

    assert isinstance(outcome, Refused)
    assert "galaxy" in outcome.message
    assert sandbox.stage(one) == "lead"


@pytest.mark.parametrize("policy", ["silent", "error", "allow"])
def test_backward_moves_work_under_every_reading_of_the_rule(
    sandbox: Any, adapter: Any, policy: str
) -> None:
    """Whatever HubSpot does with a backward write, we do not make one."""
    sandbox.put("policy", {"lifecycle": policy})
    one = contact(sandbox, "customer")

    (outcome,) = adapter.write([write(one, "subscriber")])

    assert isinstance(outcome, Applied)
    assert sandbox.stage(one) == "subscriber"


@pytest.mark.parametrize("status", [429, 423])
def test_a_write_that_was_not_taken_is_sent_again(
    sandbox: Any, adapter: Any, wall: Any, status: int
) -> None:
    """Too many calls, or a locked record: HubSpot did nothing, so we repeat."""
    one = contact(sandbox)
    sandbox.fault(
        kind="status",
        status=status,
        match={"path": UPDATE},
    )

    (outcome,) = adapter.write([write(one, "customer")])

    assert isinstance(outcome, Applied)
    assert max(wall.slept) >= 2


def test_threads_write_through_one_adapter(sandbox: Any, adapter: Any) -> None:
    """Several threads write different records; each change is made once."""
    ids = [contact(sandbox) for _ in range(80)]
    sandbox.clear_log()
    outcomes: list[Any] = []

    def work(part: list[str]) -> None:
        outcomes.extend(adapter.write([write(one, "customer") for one in part]))

    threads = [threading.Thread(target=work, args=(ids[n::8],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [type(one) for one in outcomes] == [Applied] * 80
    moves = [w["id"] for w in sandbox.writes if w["property"] == "lifecyclestage"]
    assert sorted(moves) == sorted(ids)


@pytest.mark.parametrize("kind", ["contacts", "deals"])
def test_a_note_is_left_once(sandbox: Any, dial: Any, kind: str) -> None:
    """The repetition of a note whose answer was lost finds it there."""
    adapter = dial(sandbox, Binding(workflow="w", adapter="hubspot", object=kind))
    record_id = sandbox.ids(1, kind)[0]
    before = len(sandbox.ids(kind="notes"))
    path = "/crm/objects/2026-09/notes"
    sandbox.fault(kind="timeout_after_apply", match={"path": path, "method": "POST"})

    with pytest.raises(RetryLater):
        adapter.add_note(record_id, "Budget <b>missing</b>", token="n1", repeated=False)
    for _ in range(2):
        adapter.add_note(record_id, "Budget <b>missing</b>", token="n1", repeated=True)
    assert len(sandbox.ids(kind="notes")) == before + 1

    adapter.add_note(record_id, "Need\nmissing", token="n2", repeated=True)
    notes = sandbox.get(f"state/{kind}/{record_id}")["associations"]["notes"]
    bodies = [
        sandbox.get(f"state/notes/{n}")["properties"]["hs_note_body"] for n in notes
    ]
    assert any("&lt;b&gt;missing" in body for body in bodies)
    assert any("Need<br>missing" in body for body in bodies)
