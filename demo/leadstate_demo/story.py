"""The demo while it plays: who is on stage, what people do, and what is told of it.

An act edits a sandbox as people in the CRM would, or asks Leadstate for transitions as
people in sales would; then it waits until all is quiet.  Nothing is made up: what the
acts report is read from the history.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from leadstate.domain.signal import ManualMove
from leadstate.domain.values import to_json
from leadstate.service.batches.forecast import forecast
from leadstate.service.batches.going_live import go_live
from leadstate.service.commands.approving import answer_item
from leadstate.service.records import ask, listing, move
from leadstate.service.work import ADVANCE
from leadstate.store import LinkStatus
from leadstate_demo.sandboxes import AMOCRM, HUBSPOT
from leadstate_demo.staff import MARKETER, SELLER, user_of
from leadstate_demo.why import why

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from leadstate.service.app import App
    from leadstate.service.records import CommandResult
    from leadstate.store import Approval, RecordRow
    from leadstate_demo.control import Control
    from leadstate_demo.theatre import Theatre
    from leadstate_demo.why import Show

__all__ = ["Act", "Story", "Told"]

_LONGEST_TEXT = 255
_SOON = timedelta(days=45)
_THERE = (LinkStatus.ACTIVE, LinkStatus.QUARANTINED)
_AT_THE_KEYBOARD = {HUBSPOT: MARKETER, AMOCRM: SELLER}


class Told(NamedTuple):
    """A record worth a closer look: why, and what people see of it in a CRM."""

    title: str
    record_id: str
    lines: tuple[str, ...]


@dataclass(slots=True)
class Story:
    """The demo while it plays, and the records worth a closer look."""

    theatre: Theatre
    told: list[Told] = field(default_factory=list)

    def tell(self, title: str, row: RecordRow, show: Show, *seen: str) -> None:
        """Remember for the end why a record stands where it stands now."""
        id_ = row.record.id
        self.told.append(Told(title, id_, (*why(self.theatre.app, id_, show), *seen)))

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
        return self.now(row).flag or "no"

    def now(self, row: RecordRow) -> RecordRow:
        """Return a record as it is now."""
        app = self.theatre.app
        with app.store.read() as view:
            return view.records.get(row.record.id, app.lifecycle.fields) or row

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

    def proof(self) -> dict[str, object]:
        """Return what sales found out: all that a sale asks for."""
        today = self.theatre.app.clock.now().date()
        return {
            "need": "replace spreadsheets",
            "budget": 40_000,
            "decision_date": today + _SOON,
            "technical_fit": True,
        }

    # -- what people do in a CRM -------------------------------------------------------

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

    def drag(self, rows: Sequence[RecordRow], stage: str, who: str = SELLER) -> None:
        """Let a person in HubSpot drag records into a stage."""
        binding = self.theatre.connected().binding
        self.change(rows, binding.properties_of(stage), HUBSPOT, who)
        self.theatre.wait_until_quiet()

    def change(
        self,
        rows: Sequence[RecordRow],
        properties: Mapping[str, str],
        crm: str,
        who: str | None = None,
    ) -> None:
        """Let a person in a CRM change properties, under the CRM's own names."""
        edits = {self.object_of(row, crm): properties for row in rows}
        user = user_of(who or _AT_THE_KEYBOARD[crm], crm)
        self.control(crm).edit(edits, user)

    def control(self, crm: str = HUBSPOT) -> Control:
        """Return what happens to a CRM besides us."""
        return self.theatre.controls[crm]

    # -- what people ask Leadstate for -------------------------------------------------

    def ask(
        self, row: RecordRow, transition: str, who: str, reason: str | None = None
    ) -> CommandResult:
        """Let a person ask Leadstate for a transition; their roles are in the file."""
        asked = ManualMove(
            transition=transition,
            actor=who,
            at=self.theatre.app.clock.now(),
            reason=reason,
        )
        return move(self.theatre.app, row.record.id, asked, work=self._work)

    def answer(self, waiting: Approval, who: str, note: str) -> CommandResult:
        """Let a person agree with a move that waits for it."""
        app = self.theatre.app
        item = answer_item(app, waiting.id, agreed=True, actor=who, note=note)
        return ask(app, item, waiting.record_id, work=self._work)

    def _work(self, app: App) -> None:
        del app  # the loops of the service do the work
        self.theatre.runner.wake(ADVANCE)

    def go_live(self) -> Iterator[str]:
        """Let Leadstate act on what it has only observed; say what follows of it."""
        app = self.theatre.app
        for name in self.theatre.controls:
            connected = self.theatre.connected(name)
            ahead = forecast(app, connected)
            moves = ", ".join(f"{way} {n}" for way, n in ahead.moves.items())
            yield (
                f"{name}: {ahead.records} leads come under care; "
                f"moves that follow: {moves or 'none'}"
            )
            go_live(app, connected, actor=MARKETER)
        self.theatre.wait_until_quiet()

    def reconcile(self) -> None:
        """Look for changes that no webhook told of, now."""
        self.theatre.poll()
        self.theatre.wait_until_quiet()


@dataclass(frozen=True, slots=True)
class Act:
    """One act: what it is called, and what happens."""

    title: str
    play: Callable[[Story], None]


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
