"""SLAs kept by real processes: killed at a timer, down over a due time, on time.

A lead that names its job is an MQL, and is due an answer within two seconds.
Nobody answers: a warning after one, the breach after two, a rest of one in nurture, and
then sales has it.
"""

from __future__ import annotations

import signal
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from leadstate.service.failpoints import TIMER_POINTS

if TYPE_CHECKING:
    from conftest import Service, World

WORKFLOW = """\
workflow: b2b_lifecycle
timezone: Europe/Berlin
teams: {marketing: , sales: }
fields:
  email: {type: email, identity: true, personal: true}
  job_role: text
stages:
  lead: {owner: marketing, initial: true}
  mql:
    owner: marketing
    sla:
      answer:
        within: 2 seconds
        calendar: always
        warn_at: 50%
        on_warning: {note: "hurry: {sla}"}
        then: [{note: "late: {sla}"}, {escalate: sales}, {move: give_up}]
  nurture:
    kind: parked
    on_leave: {note: "awake: {stage}"}
    wake: {after: 1 second, to: sal}
  sal: {owner: sales}
transitions:
  qualify: {from: lead, to: mql, automatic: true, when: job_role is known}
  give_up: {from: mql, to: nurture}
  wake_up: {from: nurture, to: sal}
  send_back: {from: sal, to: mql, by: sales}
"""
BINDING = """\
binding: b2b_lifecycle
adapter: hubspot
object: contacts
fields: {email: email, job_role: job_role}
stages:
  nurture: {lifecyclestage: lead, hs_lead_status: UNQUALIFIED}
  lead:
    lifecyclestage: [lead, '']
    hs_lead_status: [NEW, '', OPEN, IN_PROGRESS]
  mql:
    lifecyclestage: marketingqualifiedlead
    hs_lead_status: [OPEN, '', NEW, IN_PROGRESS, UNQUALIFIED]
  sal:
    lifecyclestage: '174913201'
    hs_lead_status: [IN_PROGRESS, '', NEW, OPEN, UNQUALIFIED]
"""
POINTS = (*TIMER_POINTS, "advance.before_commit", "advance.after_commit")
STORY = ["entered", "moved", "warned", "breached", "escalated", "moved", "moved"]
LATEST = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@pytest.fixture(name="timed")
def _timed(shared: World) -> World:
    folder = shared.folder / "workflows"
    folder.joinpath("b2b_lifecycle.yaml").write_text(WORKFLOW)
    folder.joinpath("b2b_lifecycle.hubspot.yaml").write_text(BINDING)
    return shared


def taken_in(world: World) -> str:
    """Create a lead and have it under care; the service is killed then."""
    contact = world.create()
    service = world.serve()
    world.until(lambda: world.kinds(contact), lambda: service.said)
    world.settle()
    service.kill()
    return contact


def qualify(world: World, contact: str) -> None:
    """Let the lead name its job; its clock starts."""
    world.edit(contact, job_role="director")


def rows(world: World, contact: str) -> list[tuple[str, datetime, datetime]]:
    """Return kind, when it happened and when that was learnt, oldest first."""
    found = world.ask(
        "kind, happened_at, learnt_at FROM history JOIN link USING (record_id) "
        "WHERE link.external_id = ? ORDER BY history.seq",
        contact,
    )
    return [
        (kind, moment(happened), moment(learnt)) for kind, happened, learnt in found
    ]


def moment(micros: int) -> datetime:
    """Return a moment as the database keeps it."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


def told(world: World, contact: str) -> list[str]:
    """Return the notes that the CRM has of a contact, by what they say first."""
    ids = world.seen(contact)["associations"].get("notes", [])
    bodies = [
        world.control("GET", f"state/notes/{one}")["properties"]["hs_note_body"]
        for one in ids
    ]
    return sorted(body.partition(":")[0] for body in bodies)


def check(world: World, contact: str) -> None:
    """Assert that everything fired, once, at its moment, and that both sides agree.

    What an SLA was due is dated so; what is done for it, when it is done.
    """
    found = rows(world, contact)
    assert STORY == [kind for kind, *_ in found]
    (_, began, _), warned, breached, *done = found[1:]
    assert (began + SECOND, began + 2 * SECOND) == (warned[1], breached[1])
    assert all(happened == learnt for _, happened, learnt in done)
    _, recycled, woken = (happened for _, happened, _ in done)
    late = [learnt - happened for _, happened, learnt in (warned, breached)]
    late += [recycled - breached[1], woken - recycled - SECOND]
    assert timedelta(0) <= min(late)
    assert max(late) < LATEST
    assert ["awake", "hurry", "late"] == told(world, contact)
    assert "174913201" == world.stage(contact)
    assert 1 == world.our_stages(contact).count("174913201")
    world.agree()


def finish(world: World, contact: str, service: Service) -> None:
    """Wait until the story is over and everything has gone out."""
    world.until(
        lambda: len(world.kinds(contact)) >= len(STORY),
        lambda: f"{world.kinds(contact)}\n{service.said}",
    )
    world.settle()


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_while_a_timer_fires_does_no_harm(timed: World, point: str) -> None:
    """The process dies at the warning, the breach and the wake-up; each fires once."""
    contact = taken_in(timed)
    qualify(timed, contact)
    # Advancing commits what qualified the lead, and then each timer.
    first = 2 if point.startswith("advance") else 1
    again = 2 if "before" in point else 1

    for passing in (first, again, again):
        dying = timed.serve(kill_at=f"{point}:{passing}")
        timed.until(lambda dying=dying: dying.status is not None, dying.said)
        assert -signal.SIGKILL == dying.ended(), dying.said
    last = timed.serve()
    finish(timed, contact, last)

    check(timed, contact)
    last.kill()


def test_what_came_due_while_nobody_worked_fires_at_the_start(timed: World) -> None:
    """Once, and dated when it was due."""
    contact = taken_in(timed)
    service = timed.serve()
    qualify(timed, contact)
    timed.until(lambda: len(timed.kinds(contact)) > 1, lambda: service.said)
    service.kill()
    [_, (_, began, _), *_] = rows(timed, contact)
    over = began + 3 * SECOND
    timed.until(
        lambda: datetime.now(tz=UTC) > over,  # noqa: TID251 - the processes' own time
        "the time passes",
    )
    fired = len(rows(timed, contact))

    started = datetime.now(tz=UTC)  # noqa: TID251 - what real processes saw
    service = timed.serve()
    finish(timed, contact, service)

    check(timed, contact)
    assert fired < len(STORY)
    assert started <= min(learnt for *_, learnt in rows(timed, contact)[fired:])
    service.kill()
