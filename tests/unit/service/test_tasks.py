"""Tasks go to people in the CRM: by the CRM's own id, once, or to the owner."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from doubles import Crm, CrmAdapter, WithoutNotes

from leadstate.domain.binding import Binding
from leadstate.domain.people import People, Person
from leadstate.errors import RetryLater, SkipRecord
from leadstate.service.app import Connected
from leadstate.service.outbound.push import push
from leadstate.store import OutboxKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from installations import Office

PEOPLE = People({"olena": Person(name="olena", users={"crm": ("71820", "71821")})})
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@dataclass
class TaskAdapter(CrmAdapter):
    """The CRM in memory, with tasks."""

    given: list[dict[str, Any]] = field(default_factory=list)
    troubles: list[Exception] = field(default_factory=list)

    def add_task(self, id: str, text: str, **told: Any) -> None:  # noqa: A002
        """Keep the task, or fail as told."""
        self.given.append({"id": id, "text": text, **told})
        if self.troubles:
            raise self.troubles.pop(0)


def at_work(office: Office, adapter: CrmAdapter | WithoutNotes) -> Connected:
    """Return the connection of the office to a CRM."""
    binding = Binding(workflow="demo", adapter="crm", object="contacts")
    del office
    return Connected(name="crm", adapter=adapter, binding=binding)


@pytest.fixture(name="office")
def _office(office_of: Callable[..., Office]) -> Office:
    return office_of(people=PEOPLE)


@pytest.fixture(name="adapter")
def _adapter(office: Office) -> TaskAdapter:
    return TaskAdapter(Crm(office.clock))


def task(office: Office, **payload: object) -> int:
    """Put a task into the outbox."""
    usual = {"text": "Call", "due_at": "2026-03-12T09:00:00+02:00", "to": "olena"}
    return office.put(OutboxKind.TASK, "crm", **(usual | payload))


def test_a_task_is_given_to_a_person_by_the_id_of_the_crm(
    office: Office, adapter: TaskAdapter
) -> None:
    """The first of the ids, and the date as one moment."""
    put = task(office)

    done = push(office.app, at_work(office, adapter))

    assert (1, 1) == (done.claimed, done.tasks)
    assert ("done", "given") == office.ended(put)
    assert [
        {
            "id": "7",
            "text": "Call",
            "due_at": datetime(2026, 3, 12, 7, tzinfo=UTC),
            "owner": "71820",
            "token": office.row(put).token,
            "repeated": False,
        }
    ] == adapter.given


@pytest.mark.parametrize("to", [None, "nobody", 7])
def test_a_task_for_nobody_known_is_left_to_the_owner(
    office: Office, adapter: TaskAdapter, to: object
) -> None:
    """Nobody is guessed."""
    task(office, to=to)

    push(office.app, at_work(office, adapter))

    assert adapter.given[0]["owner"] is None


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        ("2026-03-12T09:00:00", datetime(2026, 3, 12, 9, tzinfo=UTC)),
        ("soon", NOON),
        (None, NOON),
    ],
)
def test_a_date_that_cannot_be_read_makes_the_task_due_at_once(
    office: Office, adapter: TaskAdapter, due: object, expected: datetime
) -> None:
    """A person sees it at least."""
    task(office, due_at=due)

    push(office.app, at_work(office, adapter))

    assert expected == adapter.given[0]["due_at"]


def test_a_crm_without_tasks_is_not_asked(office: Office) -> None:
    """The row is done, and says why nobody has a task."""
    put = task(office)

    done = push(
        office.app, at_work(office, WithoutNotes(CrmAdapter(Crm(office.clock))))
    )

    assert 0 == done.tasks
    assert ("done", "this CRM takes no tasks") == office.ended(put)


def test_a_task_whose_answer_was_lost_is_looked_for(
    office: Office, adapter: TaskAdapter
) -> None:
    """It is repeated as maybe given."""
    put = task(office)
    adapter.troubles = [RetryLater("no answer", sent=True)]

    assert 1 == push(office.app, at_work(office, adapter)).later
    office.clock.advance(timedelta(seconds=2))
    push(office.app, at_work(office, adapter))

    assert [False, True] == [one["repeated"] for one in adapter.given]
    assert "done" == office.ended(put)[0]


def test_a_task_that_cannot_be_given_is_a_dead_letter(
    office: Office, adapter: TaskAdapter
) -> None:
    """With the reason; other rows go on."""
    task(office)
    adapter.troubles = [SkipRecord("the object is archived")]

    push(office.app, at_work(office, adapter))

    assert [("crm", "cannot be written", "the object is archived")] == office.letters()
