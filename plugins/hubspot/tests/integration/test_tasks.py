"""Tasks, as the sandbox's people see them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from leadstate.domain.binding import Binding, FieldSource
from leadstate.errors import RetryLater, SkipRecord

DUE = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


def binding_of(kind: str, names: tuple[str, ...]) -> Binding:
    """Return a binding that reads ``names``."""
    fields = {name: FieldSource(property=name) for name in names}
    return Binding(workflow="demo", adapter="hubspot", object=kind, fields=fields)


def tasks_of(sandbox: Any, token: str) -> list[dict[str, Any]]:
    """Return the tasks whose text names ``token``."""
    found = [sandbox.get(f"state/tasks/{key}") for key in sandbox.ids(kind="tasks")]
    return [
        one["properties"]
        for one in found
        if token in (one["properties"].get("hs_task_body") or "")
    ]


@pytest.fixture(name="adapter")
def _adapter(sandbox: Any, dial: Any) -> Any:
    return dial(sandbox, binding_of("contacts", ("email",)))


def test_a_task_is_given_about_the_contact(adapter: Any, sandbox: Any) -> None:
    """With its due time, a title and the whole text."""
    key = sandbox.ids(1)[0]
    adapter.add_task(
        key,
        "Call back <soon> alpha\nbudget is missing",
        due_at=DUE,
        owner=None,
        token="one",
        repeated=False,
    )

    [task] = tasks_of(sandbox, "alpha")
    assert "Call back <soon> alpha" == task["hs_task_subject"]
    assert "&lt;soon&gt; alpha<br>budget is missing" in task["hs_task_body"]
    assert task["hs_timestamp"].startswith("2026-11-25T09:30:00")
    assert "NOT_STARTED" == task["hs_task_status"]


def test_without_an_owner_the_records_owner_gets_it(adapter: Any, sandbox: Any) -> None:
    """HubSpot would give it to nobody."""
    key, owner = next(
        (one, held["hubspot_owner_id"])
        for one in sandbox.ids(200)
        if (held := sandbox.get(f"state/contacts/{one}")["properties"]).get(
            "hubspot_owner_id"
        )
    )

    adapter.add_task(key, "bravo", due_at=DUE, owner=None, token="two", repeated=False)

    assert [owner] == [one["hubspot_owner_id"] for one in tasks_of(sandbox, "bravo")]


def test_a_repeated_task_is_given_once(adapter: Any, sandbox: Any) -> None:
    """Once per token, also with the same text."""
    key = sandbox.ids(1)[0]
    for token, repeated in (("three", False), ("three", True), ("four", False)):
        adapter.add_task(
            key, "charlie", due_at=DUE, owner=None, token=token, repeated=repeated
        )

    assert 2 == len(tasks_of(sandbox, "charlie"))


def test_a_task_whose_answer_is_lost_is_given_once(adapter: Any, sandbox: Any) -> None:
    """The repetition finds it by its reference line."""
    key = sandbox.ids(1)[0]
    path = "/crm/objects/2026-09/tasks"
    sandbox.fault(kind="timeout_after_apply", match={"path": path, "method": "POST"})

    with pytest.raises(RetryLater):
        adapter.add_task(
            key, "delta", due_at=DUE, owner=None, token="five", repeated=False
        )
    adapter.add_task(key, "delta", due_at=DUE, owner=None, token="five", repeated=True)

    assert 1 == len(tasks_of(sandbox, "delta"))


@pytest.mark.parametrize("key", ["999999999999", "no id"])
def test_a_task_about_nobody_is_a_task_to_skip(adapter: Any, key: str) -> None:
    """Not one to try for ever."""
    with pytest.raises(SkipRecord):
        adapter.add_task(
            key, "echo", due_at=DUE, owner=None, token="six", repeated=False
        )
