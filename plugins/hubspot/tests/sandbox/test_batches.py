"""Batches: no order, 207, traces, a hundred at most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Running, Start


def _ids(sandbox: Running) -> list[str]:
    state = sandbox.control("GET", "state/contacts?limit=100")
    return [record["id"] for record in state["results"]]


def test_results_come_in_no_order_but_complete(start: Start) -> None:
    """Join on id: the answer is shuffled, repeatably for a seed."""
    sandbox = start(records=100)
    ids = _ids(sandbox)
    body = {"inputs": [{"id": one} for one in ids], "properties": ["email"]}
    results = sandbox.contacts("POST", "/batch/read", body).json()["results"]
    answered = [result["id"] for result in results]

    assert sorted(answered) == sorted(ids)
    assert answered != ids


def test_a_batch_of_a_hundred_is_quick(start: Start) -> None:
    """Reading a hundred contacts takes a few milliseconds of the server."""
    sandbox = start(records=100)
    body = {"inputs": [{"id": one} for one in _ids(sandbox)], "properties": ["email"]}
    for _ in range(5):
        sandbox.contacts("POST", "/batch/read", body)
    entries = sandbox.control("GET", "log")["entries"]

    assert min(entry["duration_ms"] for entry in entries) < 20


def test_missing_ids_make_a_207(sandbox: Running) -> None:
    """Ids not found are named in the errors, the others in the results."""
    known = _ids(sandbox)[0]
    inputs = [{"id": known}, {"id": "1"}, {"id": "abc"}]
    answer = sandbox.contacts("POST", "/batch/read", {"inputs": inputs})

    assert answer.status_code == 207
    assert [result["id"] for result in answer.json()["results"]] == [known]
    assert answer.json()["errors"][0]["context"] == {"ids": ["1", "abc"]}


def test_one_bad_input_without_traces_fails_the_whole(sandbox: Running) -> None:
    """Without objectWriteTraceId nothing at all is created."""
    before = len(_ids(sandbox))
    inputs: list[Any] = [
        {"properties": {"email": "a@example.com"}},
        {"properties": {"x": "1"}},
    ]
    answer = sandbox.contacts("POST", "/batch/create", {"inputs": inputs})

    assert answer.status_code == 400
    assert len(_ids(sandbox)) == before


def test_one_bad_input_with_traces_makes_a_207(sandbox: Running) -> None:
    """With unique traces the good ones are created and the bad one is named."""
    sandbox.contact(email="taken@example.com")
    given = {"a": "a@example.com", "b": "no", "c": "taken@example.com"}
    inputs = [
        {"objectWriteTraceId": trace, "properties": {"email": email}}
        for trace, email in given.items()
    ]
    answer = sandbox.contacts("POST", "/batch/create", {"inputs": inputs})
    errors = {
        error["context"]["objectWriteTraceId"][0]: error["category"]
        for error in answer.json()["errors"]
    }

    assert answer.status_code == 207
    assert [r["objectWriteTraceId"] for r in answer.json()["results"]] == ["a"]
    assert errors == {"b": "VALIDATION_ERROR", "c": "CONFLICT"}
    assert answer.json()["numErrors"] == 2


def test_traces_that_repeat_are_no_traces(sandbox: Running) -> None:
    """The same trace twice counts as none: the whole call fails."""
    one = {"objectWriteTraceId": "t", "properties": {"nope": "1"}}
    answer = sandbox.contacts("POST", "/batch/create", {"inputs": [one, one]})

    assert answer.status_code == 400


def test_an_update_passes_over_missing_ids(sandbox: Running) -> None:
    """Known ids are updated, missing ones are errors of a 207."""
    known = sandbox.contact(email="t@example.com")
    inputs = [{"id": one, "properties": {"budget": "3"}} for one in (known, "1")]
    answer = sandbox.contacts("POST", "/batch/update", {"inputs": inputs})

    assert answer.status_code == 207
    assert answer.json()["errors"][0]["context"]["ids"] == ["1"]
    assert sandbox.value(known, "budget") == "3"


def test_an_upsert_by_email_says_what_is_new(sandbox: Running) -> None:
    """Known e-mails are updated, others created with `new`."""
    known = sandbox.contact(email="old@example.com")
    inputs = [
        {"id": email, "idProperty": "email", "properties": {"budget": "9"}}
        for email in ("old@example.com", "fresh@example.com")
    ]
    answer = sandbox.contacts("POST", "/batch/upsert", {"inputs": inputs})
    new = {result["id"]: result["new"] for result in answer.json()["results"]}

    assert new[known] is False
    assert sorted(new.values()) == [False, True]


def test_reading_by_email_needs_a_unique_property(sandbox: Running) -> None:
    """idProperty=email works; a property that is not unique is refused."""
    sandbox.contact(email="t@example.com")
    inputs = [{"id": "T@Example.com"}]
    body = {"inputs": inputs, "idProperty": "email"}
    found = sandbox.contacts("POST", "/batch/read", body)
    refused = sandbox.contacts("POST", "/batch/read", body | {"idProperty": "company"})

    assert len(found.json()["results"]) == 1
    assert refused.status_code == 400


@pytest.mark.parametrize("action", ["read", "create", "update", "upsert", "archive"])
def test_more_than_a_hundred_are_refused(sandbox: Running, action: str) -> None:
    """A batch has at most a hundred inputs."""
    inputs = [{"id": str(i), "properties": {}} for i in range(101)]
    answer = sandbox.contacts("POST", f"/batch/{action}", {"inputs": inputs})

    assert answer.status_code == 400


def test_history_in_batches_is_limited_to_fifty(sandbox: Running) -> None:
    """With history half as many can be read."""
    body = {
        "inputs": [{"id": str(i)} for i in range(51)],
        "propertiesWithHistory": ["email"],
    }

    assert sandbox.contacts("POST", "/batch/read", body).status_code == 400


def test_archiving_passes_over_what_is_not_there(sandbox: Running) -> None:
    """Batch archive answers 204 whatever ids it is given."""
    known = sandbox.contact(email="t@example.com")
    inputs = [{"id": known}, {"id": "1"}]
    answer = sandbox.contacts("POST", "/batch/archive", {"inputs": inputs})

    assert answer.status_code == 204
    assert sandbox.contacts("GET", f"/{known}").status_code == 404
