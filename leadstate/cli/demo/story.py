"""What happens in the demo: a campaign, the hand-off, quality control, and trouble.

Every act edits a sandbox as people in the CRM would, or asks Leadstate for transitions
as people in sales would; then it waits until all is quiet.  Nothing is made up: what
the acts report is read from the history.  The acts of the second CRM are in `sales`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from leadstate.cli.demo.sandboxes import HUBSPOT
from leadstate.domain.signal import ManualMove
from leadstate.domain.values import to_json
from leadstate.service.records import listing, move
from leadstate.service.work import ADVANCE, poll_name
from leadstate.store import LinkStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from leadstate.cli.demo.control import Control
    from leadstate.cli.demo.theatre import Theatre
    from leadstate.service.records import Moved
    from leadstate.store import RecordRow

__all__ = ["ACTS", "Act", "Show", "Story", "Told"]

_FITTING = "company_size >= 50 and tags is unknown"
_LONGEST_TEXT = 255
_THERE = (LinkStatus.ACTIVE, LinkStatus.QUARANTINED)
_TOO_SMALL = "company_size < 50 and tags is unknown"


class Show(StrEnum):
    """Which "why" of a record is worth telling."""

    MISSING = "missing"  # what it lacks now
    REFUSED = "refused"  # the last move that was not made
    MOVED = "moved"  # the last move
    CONFLICT = "conflict"  # the last disagreement of two CRMs


class Told(NamedTuple):
    """A record worth a closer look, and what people see of it in a CRM."""

    title: str
    record_id: str
    show: Show
    seen: tuple[str, ...] = ()


@dataclass(slots=True)
class Story:
    """The demo while it plays, and the records worth a closer look."""

    theatre: Theatre
    told: list[Told] = field(default_factory=list)

    def tell(self, title: str, row: RecordRow, show: Show, *seen: str) -> None:
        """Remember a record for the end."""
        self.told.append(Told(title, row.record.id, show, seen))

    # -- who is on stage ---------------------------------------------------------------

    def cast(
        self,
        condition: str,
        stage: str,
        limit: int,
        *,
        crms: Sequence[str] = (HUBSPOT,),
    ) -> list[RecordRow]:
        """Return up to ``limit`` records in a stage that all of these CRMs carry."""
        app = self.theatre.app
        found = listing(app, condition=condition, stage=stage, limit=20_000)
        known = {told.record_id for told in self.told}
        ids = [row.record.id for row in found]
        there = set(ids).intersection(*(self._objects(ids, crm) for crm in crms))
        free = [
            row
            for row in found
            if row.record.id not in known and row.record.id in there and _fits(row)
        ]
        # Ids are random; by address the same people play in every demo.
        return sorted(free, key=lambda row: str(row.record.values.get("email")))[:limit]

    def object_of(self, row: RecordRow, crm: str = HUBSPOT) -> str:
        """Return a CRM's id of a record."""
        return self._objects([row.record.id], crm)[row.record.id]

    def flag_of(self, row: RecordRow) -> str:
        """Return why a person should look at a record."""
        app = self.theatre.app
        with app.store.read() as view:
            now = view.records.get(row.record.id, app.lifecycle.fields)
        return (now.flag if now else None) or "no"

    def _objects(self, records: Sequence[str], crm: str) -> dict[str, str]:
        """Return the living objects of records in a CRM, by record."""
        with self.theatre.app.store.read() as view:
            links = view.links.of_records(records)
        return {
            record: link.external_id
            for record, found in links.items()
            for link in found
            if link.connection == crm and link.status in _THERE
        }

    # -- what people do ----------------------------------------------------------------

    def edit(
        self,
        rows: Sequence[RecordRow],
        values: Mapping[str, object],
        crm: str = HUBSPOT,
    ) -> None:
        """Let a person in a CRM fill in fields or cause events."""
        self.type_in(rows, values, crm)
        self.theatre.wait_until_quiet()

    def type_in(
        self, rows: Sequence[RecordRow], values: Mapping[str, object], crm: str
    ) -> None:
        """Do the same, and wait for nothing."""
        binding = self.theatre.connected(crm).binding
        properties: dict[str, str] = {}
        for name, value in values.items():
            where = binding.events.get(name) or binding.fields[name].property
            properties[where] = _as_text(value)
        self.change(rows, properties, crm)

    def drag(self, rows: Sequence[RecordRow], stage: str) -> None:
        """Let a person in HubSpot drag records into a stage."""
        binding = self.theatre.connected().binding
        self.change(rows, binding.properties_of(stage), HUBSPOT)
        self.theatre.wait_until_quiet()

    def change(
        self, rows: Sequence[RecordRow], properties: Mapping[str, str], crm: str
    ) -> None:
        """Let a person in a CRM change properties, under the CRM's own names."""
        edits = {self.object_of(row, crm): properties for row in rows}
        self.control(crm).edit(edits)

    def control(self, crm: str = HUBSPOT) -> Control:
        """Return what happens to a CRM besides us."""
        return self.theatre.controls[crm]

    def ask(
        self, row: RecordRow, transition: str, role: str, reason: str | None = None
    ) -> Moved:
        """Let a person ask Leadstate for a transition."""
        asked = ManualMove(
            transition=transition,
            actor=f"demo {role.replace('_', ' ')}",
            at=self.theatre.app.clock.now(),
            roles=frozenset({role}),
            reason=reason,
        )
        wake = self.theatre.runner.wake
        return move(
            self.theatre.app, row.record.id, asked, work=lambda _: wake(ADVANCE)
        )

    def reconcile(self) -> None:
        """Look for changes that no webhook told of, now."""
        for name in self.theatre.controls:
            self.theatre.runner.wake(poll_name(name))
        self.theatre.app.clock.sleep(0.5)
        self.theatre.wait_until_quiet()


@dataclass(frozen=True, slots=True)
class Act:
    """One act: what it is called, and what happens."""

    title: str
    play: Callable[[Story], None]


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
    story.ask(waiting[0], "accept", "marketing")
    story.ask(waiting[1], "recycle", "sales")
    for row in waiting[: len(waiting) // 2]:
        story.ask(row, "accept", "sales")
    sent_back = waiting[len(waiting) // 2 : -6]
    for number, row in enumerate(sent_back):
        reason = ("not_ideal", "no_budget", "no_answer")[number % 3]
        story.ask(row, "recycle", "sales", reason)
    story.tell("was sent back to marketing", sent_back[0], Show.MOVED)
    story.theatre.wait_until_quiet()


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
    story.ask(refused, "confirm", "quality_control")
    story.tell("was refused as an SQL", refused, Show.REFUSED)
    today = story.theatre.app.clock.now().date()
    proven = accepted[:6]
    facts = {
        "need": "replace spreadsheets",
        "budget": 40_000,
        "decision_date": today + timedelta(days=45),
        "technical_fit": True,
    }
    story.edit(proven, facts)
    for row in proven:
        story.ask(row, "confirm", "quality_control")
    story.ask(proven[0], "win", "sales")
    story.ask(proven[1], "win", "sales")
    story.tell("was won", proven[0], Show.MOVED)
    story.ask(proven[2], "postpone", "sales", "technical")
    story.ask(proven[2], "resume", "sales")
    story.ask(proven[3], "lose", "sales", "competitor")
    story.tell("came back from the backlog", proven[2], Show.MOVED)
    story.theatre.wait_until_quiet()


def _trouble(story: Story) -> None:
    """Webhooks get lost, doubled and shuffled; the CRM stumbles."""
    now = story.theatre.app.clock.now()
    leads = story.cast(_FITTING, "lead", 12)
    story.control().faults([{"kind": "drop", "times": 200}])
    story.edit(leads[:5], {"job_role": "owner", "demo_requested": now})
    story.control().faults(
        [
            {"kind": "duplicate", "times": 200},
            {"kind": "reorder", "times": 20},
            {"kind": "status", "status": 503, "times": 1},
            {"kind": "timeout_after_apply", "times": 1, "match": {"path": "update"}},
        ]
    )
    story.edit(leads[5:10], {"job_role": "owner", "demo_requested": now})
    story.control().faults([])
    story.reconcile()


def _unknown(story: Story) -> None:
    """A value that nobody mapped is put aside with a reason, and healed by a person."""
    row = story.cast("tags is unknown", "lead", 1)[0]
    story.control().edit({story.object_of(row): {"lifecyclestage": "other"}})
    story.theatre.wait_until_quiet()
    story.drag([row], "lead")


ACTS = (
    Act("A campaign: leads ask for a demo", _campaign),
    Act("The hand-off: sales accepts some, sends others back", _hand_off),
    Act("People move records in HubSpot", _in_the_crm),
    Act("Quality control confirms SQLs", _quality_control),
    Act("HubSpot's webhooks get lost, doubled and shuffled", _trouble),
    Act("A stage that nobody mapped", _unknown),
)


def _fits(row: RecordRow) -> bool:
    """Whether amoCRM can hold a lead's texts: a longer one would wait for a person."""
    texts = (one for one in row.record.values.values() if isinstance(one, str))
    return all(len(one) <= _LONGEST_TEXT for one in texts)


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float, str)):
        return str(value)
    return str(to_json(value))  # type: ignore[arg-type]
