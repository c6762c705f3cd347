"""Where a service with its store and timelines say different things about records.

Everything that a life leaves is compared: how records stand, their clocks and timers,
the history, what was assigned, what waits for somebody, and what went out.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from any_lifecycle import CRM, ELSEWHERE
from retold_rows import Begun, Sent

from leadstate.service.inbox import START
from leadstate.service.sync.loaded import load_rota
from leadstate.store import NoteWrite, OutboxKind, StartRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from office_hours import TimedDesk
    from retold_lives import Retelling
    from retold_rows import Tale, Wish

    from leadstate.domain.clock import SlaClock, Timer
    from leadstate.domain.history import HistoryEntry
    from leadstate.domain.record import Record
    from leadstate.engine.case import Case
    from leadstate.store import Approval, InboxRow, OutboxRow, RecordRow, View

__all__ = ["Comparison"]

_GOES_OUT: Final = (
    *(OutboxKind.TASK, OutboxKind.NOTE, OutboxKind.MESSAGE, OutboxKind.CALL),
)  # fmt: skip
_MOST_STARTS: Final = 10_000
_PUT_BACK: Final = "Leadstate moved this lead back"
"""How the note begins that no effect asks for: why a move in the CRM was undone."""


@dataclass
class Comparison:
    """One comparison after the other.

    Attributes:
        looked_at: Record -> its version and its case when it was looked at last.
        outbox: What went out of what effects ask for, oldest first.
        last: The outbox was read up to this id; ids count up, and no row ever goes.
    """

    outbox: list[OutboxRow] = field(default_factory=list)
    last: int = 0
    looked_at: dict[str, tuple[int, Case]] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)

    def differences(
        self, desk: TimedDesk, told: Retelling, *, everything: bool = False
    ) -> list[str]:
        """Return where the two disagree, one sentence each; nothing when they agree.

        Args:
            desk: The service, with its store and its CRM.
            told: The timelines.
            everything: Look at records, too, that neither of them touched since.
        """
        with desk.app.store.read() as view:
            self._read_outbox(view)
            ids = [one.record.id for one in told.tales.values()]
            rows = view.records.get_many(ids, told.lifecycle.fields)
            for tale in told.tales.values():
                row = rows[tale.record.id]
                now = row.record.version, tale.line.case
                if everything or self.looked_at.get(tale.id) != now:
                    self._record(view, tale, row)
                self.looked_at[tale.id] = now
            held = load_rota(view, desk.app)
        told.gather()
        self._starts(desk, told)
        self.agree("turns", dict(held.places), dict(told.rota.places))
        self.agree("loads", dict(held.loads), dict(told.rota.loads))
        self._crm(desk, told)
        self.agree("dead letters", desk.letters(), [])
        found, self.found = self.found, []
        return found

    def agree(self, what: str, held: object, mine: object, id_: str = "") -> None:
        """Remember that two things differ, if they do."""
        if held != mine:
            self.found.append(f"{what} {id_}: service {held!r}, timeline {mine!r}")

    # -- one record --------------------------------------------------------------------

    def _record(self, view: View, tale: Tale, row: RecordRow) -> None:
        case, id_ = tale.line.case, tale.id
        held = row.record
        self.agree("record", _stand(held), _stand(case.record), id_)
        flag = case.flag, case.flagged_at
        self.agree("flag", (row.flag, row.flagged_at), flag, id_)
        self.agree("owner", row.owner, tale.lifecycle.owner_of(case.record), id_)
        clocks = view.clocks.of([held.id]).get(held.id, [])
        timers = view.timers.of([held.id]).get(held.id, [])
        self._each("clock", _by_place(clocks), _by_place(case.clocks), id_)
        self._each("timer", _by_key(timers), _by_key(case.timers), id_)
        self._rows(view, tale, held.id)

    def _rows(self, view: View, tale: Tale, record_id: str) -> None:
        told, id_ = view.history.of(record_id), tale.id
        self._in_order("history", _stored(told), _stored(tale.history), id_)
        changes = view.field_changes.of(record_id)
        self._in_order("field change", changes, tale.changes, id_)
        wishes = [
            one
            for one in view.approvals.listing(pending_only=False)
            if one.record_id == record_id
        ]
        self._in_order("approval", map(_kept, wishes), map(_wished, tale.wishes), id_)
        sent = [_sent(one) for one in self.outbox if one.record_id == record_id]
        self._in_order("sent", sent, tale.sent, id_)

    # -- what begins elsewhere ---------------------------------------------------------

    def _starts(self, desk: TimedDesk, told: Retelling) -> None:
        """Each pass starts one record, which waits for a workflow that is not here."""
        with desk.app.store.of(ELSEWHERE).read() as view:
            rows = view.inbox.due(desk.now, _MOST_STARTS, kinds=(START,))
        held = {one.key: _begun(one) for one in rows}
        mine = {it.key: it for one in told.tales.values() for it in one.begun.values()}
        self._each("start", held, mine, "")

    # -- what reached the CRM ----------------------------------------------------------

    def _crm(self, desk: TimedDesk, told: Retelling) -> None:
        """The stage is shown, and every note and task is there once."""
        for tale in told.tales.values():
            shown = desk.crm.things[tale.id].properties.get("stage")
            self.agree("stage in the CRM", shown, tale.record.stage, tale.id)
        mine = Counter(
            (one.token, getattr(one.payload, "text", ""))
            for tale in told.tales.values()
            for one in tale.sent
            if one.connection == CRM
        )
        notes = [one for one in desk.crm.notes if not one[1].startswith(_PUT_BACK)]
        held = Counter((token, text) for _, text, token in notes)
        held.update((one.token, one.text) for one in desk.crm.tasks)
        self.agree("in the CRM", held, mine)

    def _read_outbox(self, view: View) -> None:
        while (row := view.outbox.get(self.last + 1)) is not None:
            self.last = row.id
            if row.kind in _GOES_OUT and not _puts_back(row):
                self.outbox.append(row)

    # -- one by one --------------------------------------------------------------------

    def _each(
        self,
        what: str,
        held: Mapping[str, object],
        mine: Mapping[str, object],
        id_: str,
    ) -> None:
        for name in sorted({*held, *mine}):
            self.agree(f"{what} {name}", held.get(name), mine.get(name), id_)

    def _in_order(
        self, what: str, held: Iterable[object], mine: Iterable[object], id_: str
    ) -> None:
        theirs, ours = list(held), list(mine)
        for number in range(max(len(theirs), len(ours))):
            pair = theirs[number : number + 1], ours[number : number + 1]
            self.agree(f"{what} {number}", *pair, id_)


def _stand(record: Record) -> Record:
    """Return what counts of a record; events of one moment have no order."""
    happenings = sorted(record.happenings, key=lambda one: (one.at, one.event))
    values = dict(record.values)
    return replace(record, version=0, values=values, happenings=tuple(happenings))


def _by_place(clocks: Iterable[SlaClock]) -> dict[str, object]:
    return {str(one.place): replace(one, id=None) for one in clocks}


def _by_key(timers: Iterable[Timer]) -> dict[str, object]:
    return {one.key: replace(one, id=None) for one in timers}


def _stored(entries: Iterable[HistoryEntry]) -> list[HistoryEntry]:
    """Return entries as they are read back: receipts are JSON."""
    return [
        replace(one, id=None, receipt=json.loads(json.dumps(one.receipt)))
        for one in entries
    ]


def _kept(one: Approval) -> tuple[object, ...]:
    return (
        *(one.transition, one.asked_by, one.asked_at, one.reason, one.note),
        *(one.source, one.stage_version, one.state, one.decided_by, one.decided_at),
    )


def _wished(one: Wish) -> tuple[object, ...]:
    asked = one.asked
    return (
        *(asked.transition, asked.actor, asked.at, asked.reason, asked.note),
        *(asked.source, one.stage_version, one.state, one.by, one.at),
    )


def _begun(row: InboxRow) -> Begun:
    assert isinstance(row.payload, StartRequest)
    return Begun(key=row.key, at=row.happened_at, payload=row.payload)


def _sent(row: OutboxRow) -> Sent:
    return Sent(
        kind=str(row.kind),
        connection=row.connection,
        token=row.token,
        payload=row.payload,
    )


def _puts_back(row: OutboxRow) -> bool:
    payload = row.payload
    return isinstance(payload, NoteWrite) and payload.text.startswith(_PUT_BACK)
