"""Look at records: where one stands, what happened, what is missing; move it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from leadstate.definition.conditions import parse_condition
from leadstate.domain.history import HistoryKind
from leadstate.domain.stays import as_story
from leadstate.engine.compiled import compile_lifecycle
from leadstate.engine.decide import examine
from leadstate.errors import UsageError
from leadstate.guards import to_sql
from leadstate.guards.facts import local_day
from leadstate.service.advance import advance
from leadstate.service.inbox import move_item
from leadstate.service.modes import check_care, without_care
from leadstate.service.starts import started_by, started_of
from leadstate.store import InboxState

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement

    from leadstate.domain.history import HistoryEntry
    from leadstate.domain.receipt import Receipt
    from leadstate.domain.signal import ManualMove
    from leadstate.guards import SqlColumns
    from leadstate.service.app import App
    from leadstate.service.starts import Kin
    from leadstate.store import (
        Approval,
        DeadLetter,
        InboxItem,
        LinkRow,
        OutboxRow,
        RecordRow,
        View,
        Visit,
    )

__all__ = [
    "CommandResult",
    "Shown",
    "ask",
    "explain",
    "find",
    "history",
    "listing",
    "move",
    "show",
]

_ROUNDS = 500
_PAUSE_SECONDS = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A record with everything that belongs to it.

    Attributes:
        started_by: The record of another workflow that started it, or None.
        started: The records of other workflows that it started.
        observed: Why nothing is done about it, and the remedy; "" under care.
    """

    row: RecordRow
    links: tuple[LinkRow, ...]
    visits: tuple[Visit, ...]
    waiting: tuple[OutboxRow, ...]
    last: HistoryEntry | None
    started_by: Kin | None = None
    started: tuple[Kin, ...] = ()
    observed: str = ""


def find(app: App, text: str) -> str:
    """Return the one record that ``text`` names: its id, a beginning of it, a CRM's id.

    Raises:
        UsageError: It names none, or more than one.
    """
    with app.store.read() as view:
        found = view.records.find(text)
    if not found:
        raise UsageError(
            f"no record is named {text!r}; use a record's id, its first characters, or "
            "the CRM's id. List records with: leadstate record list"
        )
    exact = [one for one in found if one == text]
    if len(found) > 1 and not exact:
        raise UsageError(f"{text!r} names several records: {', '.join(found[:5])}")
    return exact[0] if exact else found[0]


def listing(
    app: App,
    *,
    stage: str | None = None,
    flagged: bool | None = None,
    condition: str | None = None,
    limit: int = 50,
) -> list[RecordRow]:
    """Return records in a stage, waiting for a person, or meeting a condition.

    A condition is judged by the database, in the same language as a guard.
    """
    if stage is not None and stage not in app.lifecycle.stages:
        known = ", ".join(app.lifecycle.stages)
        raise UsageError(f"there is no stage {stage!r}; known: {known}")
    fields = app.lifecycle.fields
    with app.store.read() as view:
        if condition is None:
            return view.records.list(fields, stage=stage, flagged=flagged, limit=limit)
        # The limit is for what is left in the end, so it cannot be the database's.
        narrower = stage is not None or flagged
        most = None if narrower else limit
        found = view.records.select_where(_sql(app, condition), fields, limit=most)
    left = [
        row
        for row in found
        if (stage is None or row.record.stage == stage)
        and (not flagged or row.flag is not None)
    ]
    return left[:limit]


def _sql(app: App, text: str) -> Callable[[SqlColumns], ColumnElement[bool]]:
    tree = parse_condition(text, app.lifecycle)
    now = app.clock.now()
    compiled = compile_lifecycle(app.lifecycle)

    def condition(columns: SqlColumns) -> ColumnElement[bool]:
        today = local_day(now, compiled.zone)
        return to_sql(tree, columns, now=now, today=today, scores=compiled.scores)

    return condition


def show(app: App, record_id: str) -> Shown:
    """Return a record with its links, visits and waiting writes."""
    with app.store.read() as view:
        row = view.records.get(record_id, app.lifecycle.fields)
        if row is None:
            raise UsageError(f"there is no record {record_id!r}")
        entries = as_story(view.history.of(record_id))
        links = tuple(view.links.of_records([record_id]).get(record_id, ()))
        return Shown(
            row=row,
            links=links,
            observed=without_care(row, links),
            visits=tuple(view.visits.of(record_id)),
            waiting=tuple(view.outbox.open_for([record_id]).get(record_id, ())),
            last=entries[-1] if entries else None,
            started_by=started_by(entries),
            started=started_of(entries),
        )


def history(app: App, record_id: str) -> list[HistoryEntry]:
    """Return everything that happened to a record, oldest first, receipts included.

    What a CRM or a file tells of the past stands where it happened.
    """
    with app.store.read() as view:
        return as_story(view.history.of(record_id))


def explain(app: App, record_id: str) -> tuple[Shown, tuple[Receipt, ...]]:
    """Return the record, and why each transition from its stage is open or closed."""
    shown = show(app, record_id)
    return shown, examine(app.lifecycle, shown.row.record, now=app.clock.now())


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """What became of something that a person asked for: a move, an answer, a pause.

    Attributes:
        entries: The history rows that it left, the refusal too.
        letter: The dead letter, when it could not even be judged.
        waits: The request for somebody's agreement that the move waits for, or None.
    """

    entries: tuple[HistoryEntry, ...]
    letter: DeadLetter | None = None
    waits: Approval | None = None

    @property
    def refused(self) -> bool:
        """Whether everything stays as it was."""
        return not self.entries or self.entries[0].kind is HistoryKind.REFUSED


def move(
    app: App,
    record_id: str,
    asked: ManualMove,
    *,
    work: Callable[[App], object] = advance,
) -> CommandResult:
    """Ask for a transition, and wait for the answer; see `ask`."""
    return ask(app, move_item(record_id, asked, key=uuid4().hex), record_id, work=work)


def ask(
    app: App,
    item: InboxItem,
    record_id: str,
    *,
    work: Callable[[App], object] = advance,
) -> CommandResult:
    """Ask for something through the inbox, and wait for the answer.

    Another process may judge it first; the answer is the same.

    Args:
        item: What is asked, as `move_item`, `answer_item` or `pause_item` put it.
        record_id: The record that it is about.
        work: Works on the inbox; a process with a loop that does hands in its waking.

    Raises:
        UsageError: The record is only observed.
    """
    with app.store.read() as view:
        check_care(app, view, record_id)
    app.enforce()
    with app.store.begin() as unit:
        unit.inbox.add([item])
        unit.commit()
    for _ in range(_ROUNDS):
        work(app)
        answer = _answer(app, record_id, item.key)
        if answer is not None:
            return answer
        app.clock.sleep(_PAUSE_SECONDS)
    raise UsageError(
        "the request is stored, but other work comes first; see its history"
    )


def _answer(app: App, record_id: str, key: str) -> CommandResult | None:
    with app.store.read() as view:
        entries = tuple(
            one for one in view.history.of(record_id) if one.source_event == key
        )
        letters = [one for one in view.dead_letters.list() if one.ref == key]
        asked = view.inbox.by_key(key)
        waits = _waits(view, entries)
    if entries:
        return CommandResult(entries=entries, waits=waits)
    if letters:
        return CommandResult(entries=(), letter=letters[0])
    # Judged without a row: its stage is not in the workflow, and it is flagged so; or
    # there was nothing left to answer, to stop or to start.
    judged = asked is not None and asked.state is InboxState.DONE
    return CommandResult(entries=()) if judged else None


def _waits(view: View, entries: tuple[HistoryEntry, ...]) -> Approval | None:
    """Return the request that a move waits for, if it does."""
    asked = [one for one in entries if one.kind is HistoryKind.APPROVAL_ASKED]
    if not asked:
        return None
    record_id, transition = asked[0].record_id, asked[0].transition
    pending = view.approvals.open_of([record_id]).get(record_id, [])
    return next((one for one in pending if one.transition == transition), None)
