"""What happens in the demo's second CRM: sales works in amoCRM on marketing's leads.

Each act looks at both sandboxes afterwards and tells what people see there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate_demo.control import LOST, SHUFFLED, STUMBLE, lost_answer
from leadstate_demo.sandboxes import AMOCRM, HUBSPOT
from leadstate_demo.staff import CONTROLLER, SELLER
from leadstate_demo.story import Act
from leadstate_demo.why import Show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadstate.store import RecordRow
    from leadstate_demo.story import Story

__all__ = ["SALES_ACTS"]

# The sandbox's own ids; the binding knows these stages by their names.
_PIPELINE = "7100001"
_STATUSES = {"sal": "7100103", "sql": "7100104", "won": "142"}
_BOTH = (HUBSPOT, AMOCRM)
_UNPROVEN = "technical_fit is unknown"
_SHOWN = ("lifecyclestage", "budget", "need", "decision_date", "technical_fit")


def _drag(
    story: Story, rows: Sequence[RecordRow], stage: str, who: str = SELLER
) -> None:
    """Let a person drag leads in amoCRM."""
    place = {"pipeline_id": _PIPELINE, "status_id": _STATUSES[stage]}
    story.change(rows, place, AMOCRM, who)
    story.theatre.wait_until_quiet()


def _hubspot_shows(story: Story, row: RecordRow) -> str:
    shown = story.control(HUBSPOT).shown(story.object_of(row))
    told = (f"{name} {shown[name]}" for name in _SHOWN if shown.get(name))
    return f"HubSpot shows: {', '.join(told)}"


def _hand_off(story: Story) -> None:
    """Sales accepts: each lead appears in amoCRM, once; the answers get lost."""
    lost = lost_answer(2, method="POST", path="/api/v4/leads")
    with story.control(AMOCRM).faults(lost):
        for row in story.cast("job_role = owner", "mql", 8):
            story.ask(row, "accept", SELLER)
        story.theatre.wait_until_quiet()


def _against_the_rules(story: Story) -> None:
    """A salesperson drags a lead to Qualified, and nothing proves it."""
    [row] = story.cast(_UNPROVEN, "sal", 1, crms=_BOTH)
    _drag(story, [row], "sql")
    notes = story.control(AMOCRM).notes(story.object_of(row, AMOCRM))
    lines = [f"  {line}" for note in notes for line in note.splitlines()]
    title = "was dragged to Qualified in amoCRM"
    story.tell(title, row, Show.REFUSED, "The note in amoCRM:", *lines)


def _with_proof(story: Story) -> None:
    """Sales fills in what it found out, quality control agrees, sales wins."""
    won, *others = story.cast(_UNPROVEN, "sal", 3, crms=_BOTH)
    story.edit([won, *others], story.proof(), AMOCRM)
    _drag(story, [won, *others], "sql", CONTROLLER)
    _drag(story, [won], "won")
    story.tell("was won in amoCRM", won, Show.MOVED, _hubspot_shows(story, won))


def _at_the_same_time(story: Story) -> None:
    """Both teams edit one field before either CRM has told of it."""
    [row] = story.cast("need is known", "sql", 1, crms=_BOTH)
    with story.theatre.unseen():
        story.type_in([row], {"need": "a CRM"}, AMOCRM)
        story.theatre.a_moment_later()
        story.type_in([row], {"need": "one list of leads"}, HUBSPOT)
    story.theatre.wait_until_quiet()
    need = story.theatre.connected(AMOCRM).binding.fields["need"].property
    shown = story.control(AMOCRM).shown(story.object_of(row, AMOCRM))[need]
    lines = (_hubspot_shows(story, row), f"amoCRM shows: need {shown}")
    story.tell("was edited by both at once", row, Show.CONFLICT, *lines)


def _robot(story: Story) -> None:
    """The CRM's own automation drags a lead on, as often as it is put back."""
    [row] = story.cast(_UNPROVEN, "sal", 1, crms=_BOTH)
    sal, sql = (
        {"pipeline_id": int(_PIPELINE), "status_id": int(_STATUSES[one])}
        for one in ("sal", "sql")
    )
    story.control(AMOCRM).robot({"object": "leads", **sal, "then": sql})
    _drag(story, [row], "sql")
    story.control(AMOCRM).robot(None)
    flag = story.flag_of(row)
    title = "a robot in amoCRM would not leave alone"
    story.tell(title, row, Show.MOVED, f"Listed for a person: {flag}")


def _trouble(story: Story) -> None:
    """Webhooks of amoCRM get lost and doubled, and its API stumbles."""
    rows = story.cast("job_role is known", "sal", 6, crms=_BOTH)
    sales = story.control(AMOCRM)
    with sales.faults(LOST):
        story.edit(rows[:3], {"need": "fewer lists"}, AMOCRM)
        story.reconcile()
    with sales.faults(*SHUFFLED, STUMBLE, lost_answer(method="PATCH")):
        story.edit(rows[3:], {"need": "an answer in a day"}, AMOCRM)
        story.edit(rows[:3], {"need": "no lists at all"}, HUBSPOT)
    story.reconcile()


SALES_ACTS = (
    Act("Sales accepts: leads appear in amoCRM, also when answers get lost", _hand_off),
    Act("A salesperson drags a lead to Qualified without proof", _against_the_rules),
    Act("Sales fills in what it found out, and wins a lead in amoCRM", _with_proof),
    Act("Both teams edit one field at the same time", _at_the_same_time),
    Act("A robot in amoCRM keeps moving a lead", _robot),
    Act("amoCRM's webhooks get lost, and its API stumbles", _trouble),
)
