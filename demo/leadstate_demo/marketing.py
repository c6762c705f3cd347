"""What happens in the demo's first CRM: a campaign, the hand-off, quality control.

All of it is the first day; what later days bring is in `weeks`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate_demo.control import LOST, SHUFFLED, STUMBLE, lost_answer
from leadstate_demo.sandboxes import HUBSPOT
from leadstate_demo.staff import CONTROLLER, MARKETER, SELLER
from leadstate_demo.story import Act
from leadstate_demo.why import Show

if TYPE_CHECKING:
    from leadstate.store import RecordRow
    from leadstate_demo.story import Story

__all__ = ["MARKETING_ACTS"]

_FITTING = "company_size >= 50 and tags is unknown"
_TOO_SMALL = "company_size < 50 and tags is unknown"


def _campaign(story: Story) -> None:
    """Marketing's campaign: fitting leads ask for a demo; others ask too."""
    now = story.theatre.app.clock.now()
    fitting = story.cast(_FITTING, "lead", 24)
    story.edit(fitting, {"job_role": "director", "demo_requested": now})
    small = story.cast(_TOO_SMALL, "lead", 6)
    story.edit(small, {"demo_requested": now})
    story.tell("asked for a demo, and is no MQL", small[0], Show.MISSING)


def _hand_off(story: Story) -> None:
    """Sales accepts some, sends others back with a reason; marketing may not accept."""
    waiting = story.cast("job_role = director", "mql", 100)
    story.ask(waiting[0], "accept", MARKETER)
    story.ask(waiting[1], "recycle", SELLER)
    for row in waiting[: len(waiting) // 2]:
        story.ask(row, "accept", SELLER)
    sent_back = waiting[len(waiting) // 2 : -6]
    for number, row in enumerate(sent_back):
        reason = ("not_ideal", "no_budget", "no_answer")[number % 3]
        story.ask(row, "recycle", SELLER, reason)
    story.tell("was sent back to marketing", sent_back[0], Show.MOVED)
    story.theatre.wait_until_quiet()
    given = waiting[2]
    story.tell("was given to somebody", given, Show.ASSIGNED, *_owners(story, given))


def _owners(story: Story, row: RecordRow) -> list[str]:
    """Return whom every CRM shows as a record's owner."""
    found: list[str] = []
    for name, connected in story.theatre.app.connections.items():
        source = connected.binding.fields.get("owner")
        if source is not None:
            shown = story.control(name).shown(story.object_of(row, name))
            found.append(f"{name} shows: {source.property} {shown[source.property]}")
    return found


def _in_the_crm(story: Story) -> None:
    """People drag records in the CRM: along the rules, around them, against them."""
    story.drag(story.cast("job_role = director", "mql", 3), "sal")
    against = story.cast("not (need is known and budget >= 10000)", "sal", 4)
    story.drag(against, "sql")
    story.tell("was dragged to SQL in the CRM", against[0], Show.REFUSED)
    story.drag(story.cast("tags is unknown", "lead", 2), "won")


def _quality_control(story: Story) -> None:
    """Quality control confirms SQLs; without proof it is refused, by the same guard."""
    accepted = story.cast("job_role = director", "sal", 8)
    refused = accepted[-1]
    story.ask(refused, "confirm", CONTROLLER)
    story.tell("was refused as an SQL", refused, Show.REFUSED)
    proven = accepted[:6]
    story.edit(proven, story.proof())
    for row in proven:
        story.ask(row, "confirm", CONTROLLER)
    story.ask(proven[0], "win", SELLER)
    story.ask(proven[1], "win", SELLER)
    story.tell("was won", proven[0], Show.MOVED)
    story.ask(proven[2], "postpone", SELLER, "technical")
    story.ask(proven[2], "resume", SELLER)
    story.ask(proven[3], "lose", SELLER, "competitor")
    story.ask(proven[4], "postpone", SELLER, "timing")
    story.tell("came back from the backlog", proven[2], Show.MOVED)
    story.theatre.wait_until_quiet()


def _trouble(story: Story) -> None:
    """Webhooks get lost, doubled and shuffled; the CRM stumbles."""
    now = story.theatre.app.clock.now()
    leads = story.cast(_FITTING, "lead", 12)
    asked = {"job_role": "owner", "demo_requested": now}
    with story.control().faults(LOST):
        story.edit(leads[:5], asked)
    with story.control().faults(*SHUFFLED, STUMBLE, lost_answer(path="update")):
        story.edit(leads[5:10], asked)
    story.reconcile()


def _unknown(story: Story) -> None:
    """A value that nobody mapped is put aside with a reason, and healed by a person."""
    row = story.cast("tags is unknown", "lead", 1)[0]
    story.change([row], {"lifecyclestage": "other"}, HUBSPOT)
    story.theatre.wait_until_quiet()
    story.drag([row], "lead")


MARKETING_ACTS = (
    Act("A campaign: leads ask for a demo", _campaign),
    Act("The hand-off: sales accepts some, sends others back", _hand_off),
    Act("People move records in HubSpot", _in_the_crm),
    Act("Quality control confirms SQLs", _quality_control),
    Act("HubSpot's webhooks get lost, doubled and shuffled", _trouble),
    Act("A stage that nobody mapped", _unknown),
)
