"""The past of the sandboxes, read by real processes that are killed and go on."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest

from leadstate.service.failpoints import PAST_POINTS

if TYPE_CHECKING:
    from conftest import Pair, World

TOLD = (
    "count(*), count(DISTINCT record_id || source_event) FROM history "
    "WHERE cause = 'reported'"
)
PLACES = {
    "mql": {"lifecyclestage": "marketingqualifiedlead", "hs_lead_status": "OPEN"},
    "sal": {"lifecyclestage": "174913201", "hs_lead_status": "IN_PROGRESS"},
    "backlog": {"lifecyclestage": "174913201", "hs_lead_status": "BAD_TIMING"},
}
WAY = ("mql", "sal", "backlog", "sal")


def with_a_past(world: World, way: tuple[str, ...] = WAY) -> str:
    """Create a contact that goes this way before Leadstate sees it."""
    contact = world.create(lifecyclestage="lead", hs_lead_status="NEW")
    for stage in way:
        # What one person sets in one millisecond is one change, the creation included.
        time.sleep(0.002)
        world.edit(contact, **PLACES[stage])
    return contact


def take_in(world: World, *contacts: str) -> None:
    """Let the service see them, and stop it."""
    world.serve()
    for contact in contacts:
        world.until(lambda one=contact: world.kinds(one), "taken in")  # type: ignore[misc]
    world.settle()
    world.stop()


def told(world: World) -> tuple[int, int]:
    """Return how many rows are reported, and how many different ones."""
    [numbers] = world.ask(TOLD)
    return numbers[0], numbers[1]


def visits(world: World, contact: str) -> list[str]:
    """Return the stages that a contact visited, oldest first."""
    rows = world.ask(
        "stage FROM visit JOIN link USING (record_id) "
        "WHERE link.external_id = ? ORDER BY visit.id",
        contact,
    )
    return [row[0] for row in rows]


@pytest.mark.parametrize("passing", [1, 2])
@pytest.mark.parametrize("point", PAST_POINTS)
def test_a_backfill_that_is_killed_ends_complete_and_without_doubles(
    shared: World, point: str, passing: int
) -> None:
    """The process dies at the point; the next one goes on, and tells all of it once."""
    contact = with_a_past(shared)
    take_in(shared, contact)
    stories = ["lead", *WAY]

    dying = shared.start("backfill", "hubspot", kill_at=f"{point}:{passing}")
    died = dying.ended()
    shared.call("backfill", "hubspot")
    once = told(shared)
    again = shared.data("backfill", "hubspot")

    assert died in (-signal.SIGKILL, 0), dying.said
    assert died == -signal.SIGKILL or passing > 1, dying.said
    assert stories == visits(shared, contact)
    assert once[0] == once[1]
    assert once == told(shared)
    assert 0 == again["counts"]["moves"]
    shared.agree()


def test_steps_between_two_polls_are_read_from_the_crm(shared: World) -> None:
    """The service was away for two moves: both are told, and nobody has to look."""
    contact = shared.create(**PLACES["mql"], job_role="director")
    shared.call("run", "--once")
    for stage in ("sal", "backlog"):
        time.sleep(0.05)
        shared.edit(contact, **PLACES[stage])
    shared.call("run", "--once")

    assert ["mql", "sal", "backlog"] == visits(shared, contact)
    told = shared.ask(
        "cause, transition FROM history JOIN link USING (record_id) "
        "WHERE link.external_id = ? AND kind = 'moved' ORDER BY seq",
        contact,
    )
    assert [("reported", "accept"), ("outside", "postpone")] == told
    flags = "flag FROM record JOIN link ON link.record_id = record.id "
    assert [(None,)] == shared.ask(f"{flags} WHERE external_id = ?", contact)
    shared.call("backfill", "hubspot")
    assert ["mql", "sal", "backlog"] == visits(shared, contact)
    shared.agree()


def test_a_backfill_beside_the_service_tells_both_crms(both: Pair) -> None:
    """Own writes are not doubled, whoever tells of them; both sides still agree."""
    both.serve()
    contact, lead = both.handed_off()
    both.drag(contact, "backlog")
    both.settle()
    before = both.ask("stage, count(*) FROM visit GROUP BY stage ORDER BY stage")

    found = [both.data("backfill", name) for name in ("hubspot", "amocrm")]
    both.settle()
    after = both.ask("stage, count(*) FROM visit GROUP BY stage ORDER BY stage")

    assert lead
    assert all(one["changes"] > 0 and one["strangers"] == 0 for one in found)
    assert dict(before) == dict(after)
    both.agree()
