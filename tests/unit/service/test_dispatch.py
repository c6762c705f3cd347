"""Effects become rows: each kind those of its own, and nothing is decided there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, get_args

import pytest
from doubles import Crm, CrmAdapter
from office_hours import BINDING, EVERYBODY, WORKFLOW

from leadstate.definition import load_workflow_text
from leadstate.definition.binding import check_binding_text
from leadstate.domain.clock import SlaClock, Timer, TimerKind
from leadstate.domain.decision import Stay, Step
from leadstate.domain.effect import (
    ApprovalAsked,
    Assigned,
    CallMade,
    ClockChanged,
    Declined,
    Denied,
    Edited,
    Effect,
    Entered,
    Escalated,
    FieldSet,
    Flagged,
    Happened,
    MessageSent,
    Moved,
    MoveRefused,
    NoteLeft,
    RecordStarted,
    SlaChanged,
    TaskGiven,
    TimersArmed,
    Unflagged,
)
from leadstate.domain.history import Cause, HistoryKind
from leadstate.domain.origin import Origin, Position
from leadstate.domain.receipt import Refusal, RefusalCode
from leadstate.domain.record import Record
from leadstate.domain.signal import ManualMove
from leadstate.service import dispatch
from leadstate.service.app import Connected
from leadstate.service.change_set import (
    ApprovalAnswered,
    ChangeSet,
    DecisionContext,
    LetterResolved,
    NewsRedacted,
    ServiceEffect,
)
from leadstate.service.dispatch import TransactionRows, rows_of
from leadstate.store import (
    ApprovalItem,
    ApprovalState,
    Assignment,
    CallWrite,
    EventRow,
    FieldChange,
    LinkRow,
    LinkStatus,
    MessageWrite,
    NoteWrite,
    OutboxKind,
    StartRequest,
    TaskWrite,
)
from leadstate.testing import FrozenClock

if TYPE_CHECKING:
    from leadstate.service.change_set import ServiceEffect as AnyServiceEffect

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
THEN = NOW - timedelta(hours=1)
HERE = Position("mql", 4, 2)
BY_ANN = Origin(
    cause=Cause.MANUAL, actor="ann", at=THEN, source="cli", reason="other", note="why"
)
CLOCK = SlaClock(record_id="r1", sla="accept", stage="mql", stage_version=4)
TIMER = Timer(record_id="r1", kind=TimerKind.LOOK, due_at=NOW, stage_version=4)
LINK = LinkRow(
    connection="crm",
    object="contacts",
    external_id="77",
    seen_at=NOW,
    record_id="r1",
    live_since=NOW,
)


@pytest.fixture(name="about", scope="module")
def _about() -> DecisionContext:
    """A record with one living object, in the only CRM."""
    lifecycle = load_workflow_text(WORKFLOW)
    binding, _ = check_binding_text(BINDING, lifecycle)
    assert binding is not None
    adapter = CrmAdapter(Crm(FrozenClock()))
    crm = Connected(name="crm", adapter=adapter, binding=binding)
    return DecisionContext(
        lifecycle=lifecycle,
        record=Record(id="r1", stage="mql"),
        event="event-9",
        now=NOW,
        connections={"crm": crm},
        links=(LINK,),
        people=EVERYBODY,
    )


def _rows(
    about: DecisionContext, *effects: Effect | AnyServiceEffect
) -> TransactionRows:
    return rows_of([ChangeSet(inbox_ids=(1,), about=about, effects=effects)])


def _none_but(rows: TransactionRows, *tables: str) -> None:
    """Nothing stands in any other table."""
    filled = {name for name in TransactionRows.__slots__ if getattr(rows, name)}
    assert {*tables} == filled


# -- all of them -----------------------------------------------------------------------


def test_every_effect_of_the_engine_has_a_handler_of_its_own() -> None:
    """Without one it would be taken for a row of the store."""
    general = dispatch._keep.dispatch(object)

    assert [] == [
        one.__name__
        for one in get_args(Effect)
        if dispatch._keep.dispatch(one) is general
    ]


def test_every_effect_of_the_service_has_its_table() -> None:
    """One that the commit writes."""
    named = {one.strip() for one in str(ServiceEffect).split("|")}

    assert named == {one.__name__ for one in dispatch._TABLES}
    assert {*dispatch._TABLES.values()} <= {*TransactionRows.__slots__}


def test_what_the_service_itself_brings_about_goes_to_its_table(
    about: DecisionContext,
) -> None:
    """As it is; nobody has to be asked whose it is."""
    answer = ApprovalAnswered(3, ApprovalState.APPROVED, "quinn")
    resolved, redacted = LetterResolved("crm:contacts:77"), NewsRedacted((1, 2))

    change = ChangeSet(inbox_ids=(1,), effects=(LINK, answer, resolved, redacted))
    rows = rows_of([change])

    assert [LINK] == rows.links
    assert [answer] == rows.answers
    assert [resolved] == rows.letters_resolved
    assert [redacted] == rows.redacted
    _none_but(rows, "links", "answers", "letters_resolved", "redacted")


def test_rows_of_several_change_sets_keep_their_order(about: DecisionContext) -> None:
    """A batch is written in the order in which it was judged."""
    other = replace(about, record=Record(id="r2", stage="mql"))
    entered = Entered(HERE, BY_ANN)

    rows = rows_of(
        [
            ChangeSet(inbox_ids=(1,), about=other, effects=(entered,)),
            ChangeSet(inbox_ids=(2,), about=about, effects=(entered,)),
        ]
    )

    assert ["r2", "r1"] == [one.record_id for one in rows.history]


# -- what the history tells ------------------------------------------------------------

STEP = Step("qualify", "lead", "mql", ())
STAY = Stay("mql", refusal=Refusal(RefusalCode.GUARD, "not yet"))
TOLD = (
    (Entered(HERE, BY_ANN), HistoryKind.ENTERED, (None, "mql"), None),
    (Moved(HERE, BY_ANN, STEP), HistoryKind.MOVED, ("lead", "mql"), "qualify"),
    (
        MoveRefused(HERE, BY_ANN, STAY, "accept", "sal"),
        HistoryKind.REFUSED,
        ("mql", "sal"),
        "accept",
    ),
    (Denied(HERE, BY_ANN, "win"), HistoryKind.REFUSED, ("mql", None), "win"),
    (Declined(HERE, BY_ANN, "win"), HistoryKind.DECLINED, ("mql", None), "win"),
    (Edited(HERE, BY_ANN, "budget"), HistoryKind.EDITED, ("mql", None), None),
    (Escalated(HERE, BY_ANN, "sales"), HistoryKind.ESCALATED, ("mql", None), None),
    (
        SlaChanged(position=HERE, origin=BY_ANN, kind=HistoryKind.WARNED, clock=CLOCK),
        HistoryKind.WARNED,
        ("mql", None),
        None,
    ),
)


@pytest.mark.parametrize(
    ("effect", "kind", "way", "transition"), TOLD, ids=lambda one: type(one).__name__
)
def test_what_the_history_tells_is_one_row(
    about: DecisionContext,
    effect: Effect,
    kind: HistoryKind,
    way: tuple[str | None, str | None],
    transition: str | None,
) -> None:
    """With whose it is, which event brought it, and when it was learnt."""
    rows = _rows(about, effect)

    [entry] = rows.history
    assert (kind, *way, transition) == (
        entry.kind,
        entry.from_stage,
        entry.to_stage,
        entry.transition,
    )
    assert ("r1", "event-9", NOW, THEN, "ann", 2) == (
        entry.record_id,
        entry.source_event,
        entry.learnt_at,
        entry.happened_at,
        entry.actor,
        entry.pass_number,
    )
    assert about.lifecycle.version == entry.workflow_version
    _none_but(rows, "history")


# -- people ----------------------------------------------------------------------------

TURN = Assigned(HERE, BY_ANN, person="bob", team="sales")


def test_who_is_given_a_record_had_their_turn(about: DecisionContext) -> None:
    """And the history tells it."""
    rows = _rows(about, TURN)

    turn = Assignment(record_id="r1", person="bob", at=THEN, team="sales")
    assert [turn] == rows.assignments
    assert [HistoryKind.ASSIGNED] == [one.kind for one in rows.history]
    _none_but(rows, "assignments", "history")


def test_who_has_the_record_already_had_their_turn_in_silence(
    about: DecisionContext,
) -> None:
    """Nothing changed that anybody would read about."""
    rows = _rows(about, replace(TURN, given=False))

    _none_but(rows, "assignments")


def test_a_turn_of_which_nobody_knows_when_is_of_now(about: DecisionContext) -> None:
    """The order of turns needs a moment."""
    rows = _rows(about, replace(TURN, origin=replace(BY_ANN, at=None)))

    assert [NOW] == [one.at for one in rows.assignments]


def test_a_wish_for_an_agreement_waits(about: DecisionContext) -> None:
    """For the stay in which it was asked, in the words in which it was."""
    asked = ManualMove(
        transition="win", actor="ann", at=THEN, reason="other", note="soon"
    )

    rows = _rows(about, ApprovalAsked(HERE, asked))

    assert [
        ApprovalItem(
            record_id="r1",
            stage_version=4,
            transition="win",
            asked_by="ann",
            asked_at=THEN,
            reason="other",
            note="soon",
            source="cli",
        )
    ] == rows.approvals
    _none_but(rows, "approvals")


@pytest.mark.parametrize("effect", [Flagged("look", NOW), Unflagged()], ids=str)
def test_a_flag_needs_no_row_of_its_own(about: DecisionContext, effect: Effect) -> None:
    """The record's own row carries it."""
    _none_but(_rows(about, effect))


# -- values and behaviour --------------------------------------------------------------


@pytest.mark.parametrize(("name", "personal"), [("email", True), ("budget", False)])
def test_a_field_that_was_set_is_kept_as_a_change(
    about: DecisionContext,
    name: str,
    personal: bool,  # noqa: FBT001
) -> None:
    """What tells of a person is to be sealed."""
    rows = _rows(about, FieldSet(name, None, 5, THEN, "ann"))

    assert [
        FieldChange(
            record_id="r1",
            field=name,
            old=None,
            new=5,
            changed_at=THEN,
            learnt_at=NOW,
            source="ann",
            personal=personal,
        )
    ] == rows.field_changes
    _none_but(rows, "field_changes")


def test_an_event_is_kept_when_it_happened(about: DecisionContext) -> None:
    """And when it was learnt."""
    rows = _rows(about, Happened("assigned", THEN, "leadstate"))

    event = EventRow(
        record_id="r1", name="assigned", at=THEN, source="leadstate", learnt_at=NOW
    )
    assert [event] == rows.events
    _none_but(rows, "events")


# -- time ------------------------------------------------------------------------------


def test_a_clock_is_kept_as_it_stands_now(about: DecisionContext) -> None:
    """How it stood is nobody's business any more."""
    rows = _rows(about, ClockChanged(CLOCK, replace(CLOCK, owner="ann")))

    assert [CLOCK] == rows.clocks
    _none_but(rows, "clocks")


@pytest.mark.parametrize("timers", [(), (TIMER,)], ids=["none", "one"])
def test_the_timers_of_a_record_are_exactly_these(
    about: DecisionContext, timers: tuple[Timer, ...]
) -> None:
    """None at all is an answer, too: those that waited are void."""
    rows = _rows(about, TimersArmed(timers))

    assert {"r1": timers} == rows.timers


# -- other people and systems ----------------------------------------------------------

TASK = TaskGiven(position=HERE, action="enter:0", text="Call", due_at=NOW, to="ann")
NOTE = NoteLeft(position=HERE, action="enter:1", text="Soon")
GONE = replace(LINK, external_id="78", status=LinkStatus.GONE)
ELSEWHERE = replace(LINK, connection="amo", external_id="5")


def test_a_task_goes_to_the_object_under_a_token_of_its_own(
    about: DecisionContext,
) -> None:
    """The token tells it from every other task, and is the same when judged again."""
    rows = _rows(about, TASK)

    [item] = rows.outbox
    assert TaskWrite(text="Call", due_at=NOW, to="ann") == item.payload
    assert ("r1:4:crm:task:event-9:enter:0:77", OutboxKind.TASK) == (
        item.token,
        item.kind,
    )
    assert ("crm", "contacts", "77") == (item.connection, item.object, item.external_id)
    _none_but(rows, "outbox")


def test_a_task_goes_to_the_crm_in_which_the_person_works(
    about: DecisionContext,
) -> None:
    """To one CRM, and not to each of them; of a stranger every one may know."""
    both = replace(
        about,
        links=(LINK, ELSEWHERE),
        connections={**about.connections, "amo": about.connections["crm"]},
    )

    known, unknown = _rows(both, TASK), _rows(both, replace(TASK, to="stranger"))

    assert ["crm"] == [one.connection for one in known.outbox]
    assert ["crm", "amo"] == [one.connection for one in unknown.outbox]


def test_a_note_is_left_on_every_living_object(about: DecisionContext) -> None:
    """Not on one that is gone, nor where no connection leads."""
    rows = _rows(replace(about, links=(GONE, ELSEWHERE, LINK)), NOTE)

    [item] = rows.outbox
    assert (NoteWrite(text="Soon"), "77") == (item.payload, item.external_id)
    assert "r1:4:crm:note:event-9:enter:1:77" == item.token


def test_a_message_goes_through_its_channel(about: DecisionContext) -> None:
    """With what a program wants to know beside the text."""
    message = MessageSent(
        position=HERE,
        action="enter:2",
        channel="chat",
        subject="New",
        text="Look",
        event="enter",
        at=THEN,
    )

    rows = _rows(about, message)

    [item] = rows.outbox
    assert ("chat", "channel", "", OutboxKind.MESSAGE) == (
        item.connection,
        item.object,
        item.external_id,
        item.kind,
    )
    assert item.payload == MessageWrite(
        subject="New", text="Look", record="r1", stage="mql", event="enter", at=THEN
    )
    _none_but(rows, "outbox")


def test_a_call_takes_the_values_along(about: DecisionContext) -> None:
    """As they are stored: a plugin gets data, and no objects of ours."""
    call = CallMade(
        position=HERE,
        action="enter:3",
        name="page",
        settings={"what": "it"},
        values={"tags": frozenset({"b", "a"})},
    )

    rows = _rows(about, call)

    [item] = rows.outbox
    assert ("plugin", OutboxKind.CALL) == (item.connection, item.kind)
    assert item.payload == CallWrite(
        name="page", settings={"what": "it"}, values={"tags": ["a", "b"]}
    )
    _none_but(rows, "outbox")


def test_a_start_is_an_inbox_row_of_the_other_workflow(about: DecisionContext) -> None:
    """Under a key of this pass, with the values in the stored form and their types."""
    start = RecordStarted(
        position=HERE,
        at=THEN,
        workflow="deals",
        stage="new",
        copy=("budget", "decision_date"),
        values={"budget": 5.0, "decision_date": date(2026, 4, 1)},
    )

    rows = _rows(about, start)

    [item] = rows.inbox
    assert ("start:r1:deals:2", "start", "deals", "r1", THEN) == (
        item.key,
        item.kind,
        item.workflow,
        item.record_id,
        item.happened_at,
    )
    assert item.payload == StartRequest(
        workflow="timed",
        version=about.lifecycle.version,
        from_stage="mql",
        pass_number=2,
        stage="new",
        copy=("budget", "decision_date"),
        values={"budget": 5.0, "decision_date": "2026-04-01"},
        types={"budget": "money", "decision_date": "date"},
    )
    _none_but(rows, "inbox")
