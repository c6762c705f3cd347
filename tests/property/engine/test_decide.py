"""Whatever the lifecycle, the record and the signal: one answer, explained, and pure.

Lifecycles have every kind of stage, loops, named criteria, scores, roles, reasons,
approvals, SLAs, wake-ups and each answer to outside moves; signals name what is
there and what is not.
"""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from one_case import moved_by

from leadstate.domain.clock import TimerKind
from leadstate.domain.condition import AllOf, AnyOf, AtLeast, Named
from leadstate.domain.decision import Move, Orphaned, Stay
from leadstate.domain.history import HistoryKind
from leadstate.domain.lifecycle import (
    EventRule,
    Field,
    Lifecycle,
    OutsideAnswer,
    PointRule,
    Score,
    Stage,
    StageKind,
    Transition,
)
from leadstate.domain.origin import Position
from leadstate.domain.receipt import FindingKind, RefusalCode, Status
from leadstate.domain.record import Happening, Record
from leadstate.domain.signal import Changed, ManualMove, MovedOutside, Signal, TimerDue
from leadstate.domain.sla import SLA, Wake
from leadstate.domain.values import FieldType, Unparsable
from leadstate.engine import compiled
from leadstate.engine.compiled import compile_lifecycle
from leadstate.engine.decide import (
    BREACH_MOVES_BOUND,
    CASCADE_BOUND,
    decide,
    examine,
)
from leadstate.engine.journal import history_entry
from leadstate.engine.moving import refused
from leadstate.engine.receipts import (
    open_criteria,
    receipt_data,
    receipt_lines,
    stored_lines,
)
from leadstate.guards import NameScope, read_condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.domain.condition import Condition
    from leadstate.domain.decision import Decision
    from leadstate.domain.effect import Moved, MoveRefused
    from leadstate.domain.history import HistoryEntry
    from leadstate.domain.receipt import Finding

NOW = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)  # already the 25th in Berlin
STAGES = ("a", "b", "c", "d")
ROLES = ("sales", "marketing")
REASONS = ("no_budget", "other")
TRANSITIONS = ("t0", "t1", "t2", "t3", "t4", "t5")
STRANGERS = ("trigger", "to_a", "")
FIELDS = {
    kind.value: Field(
        name=kind.value, type=kind, label=kind.name, options=("owner", "director")
    )
    for kind in FieldType
}
FIT = Score(
    name="fit",
    label="Fit",
    rules=(
        PointRule(
            points=25,
            condition=read_condition("integer >= 50", NameScope(fields=FIELDS)),
            text="integer >= 50",
        ),
    ),
    events=(EventRule(event="demo", points=40, at_most=60),),
    half_life=timedelta(days=7),
    at_most=70,
)
SCOPE = NameScope(fields=FIELDS, scores=("fit",), timezone="Europe/Berlin")
TESTS = [
    read_condition(text, SCOPE)
    for text in (
        "integer >= 50",
        "number < 0.5",
        "money is known",
        "text contains 'crm'",
        "email ends with '@example.com'",
        "choice in [owner, director]",
        "'spam' in tags",
        "not 'spam' in tags",
        "boolean is true",
        "boolean is unknown",
        "date within next 10 days",
        "datetime not within last 1 hour",
        "score.fit >= 25",
    )
]
VALUES = {
    "text": st.sampled_from(["a CRM", "nothing", "x\n\x1b[31m"]),
    "email": st.sampled_from(["ann@example.com", "bob@other.org"]),
    "choice": st.sampled_from(["owner", "director", "specialist"]),
    "tags": st.frozensets(st.sampled_from(["spam", "vip"]), min_size=1),
    "integer": st.sampled_from([0, 49, 50, 2**63 - 1]),
    "number": st.sampled_from([0.0, 0.5, -1e300]),
    "money": st.floats(0, 1e6),
    "boolean": st.booleans(),
    "date": st.dates(date(2026, 10, 1), date(2026, 11, 30)),
    "datetime": st.integers(-90, 90).map(lambda m: NOW + timedelta(minutes=m)),
}
MOMENTS = st.integers(-30 * 24, 24).map(lambda hours: NOW + timedelta(hours=hours))
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    st.sampled_from(TESTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: AllOf(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        st.lists(inner, min_size=2, max_size=4).map(lambda p: AtLeast(2, tuple(p))),
        inner.map(lambda condition: Named("criterion", "A criterion", condition)),
    ),
    max_leaves=5,
)


def _some(of: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(of), unique=True).map(tuple)


SLAS = tuple(
    SLA(name=name or "nameless", within=timedelta(hours=1), calendar="any", move=name)
    for name in (*TRANSITIONS, *STRANGERS)
)
"""One for each transition, known or not, that a broken SLA may take."""
WAKES = st.builds(
    Wake,
    to=st.none() | st.sampled_from(STAGES),
    transitions=st.dictionaries(
        st.sampled_from(STAGES), st.sampled_from([*TRANSITIONS, *STRANGERS])
    ),
    max_passes=st.none() | st.integers(1, 3),
    otherwise=st.none() | st.sampled_from(STAGES),
)


@st.composite
def lifecycles(draw: st.DrawFn) -> Lifecycle:
    """Any small lifecycle."""
    transitions = {
        name: Transition(
            name=name,
            label=name,
            sources=draw(_some(STAGES)),
            target=draw(st.sampled_from(STAGES)),
            automatic=draw(st.booleans()),
            by=draw(_some(ROLES)),
            reasons=draw(_some(REASONS)),
            approval=draw(_some(ROLES)),
            guard=draw(st.none() | CONDITIONS),
            outside=draw(st.sampled_from(OutsideAnswer)),
        )
        for name in TRANSITIONS[: draw(st.integers(0, len(TRANSITIONS)))]
    }
    stages = {
        name: Stage(
            name=name,
            label=name,
            kind=draw(st.sampled_from(StageKind)),
            initial=name == STAGES[0],
            slas=SLAS,
            wake=draw(st.none() | WAKES),
        )
        for name in STAGES
    }
    outside = draw(st.sampled_from(OutsideAnswer))
    content = repr((transitions, stages, outside))
    return Lifecycle(
        name="any",
        title="Any",
        version=hashlib.sha256(content.encode()).hexdigest(),
        timezone="Europe/Berlin",
        fields=FIELDS,
        scores={"fit": FIT},
        criteria={},
        calendars={},
        stages=stages,
        transitions=transitions,
        outside=outside,
    )


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Any record: values typed, missing, absent, unparsable or of another type."""
    strange = st.sampled_from([None, Unparsable("n/a"), True, "owner", 7])
    return Record(
        id="r",
        stage=draw(st.sampled_from([*STAGES, "gone"])),
        stage_version=draw(st.integers(0, 2)),
        pass_number=draw(st.integers(1, 3)),
        came_from=draw(st.none() | st.sampled_from([*STAGES, "gone"])),
        entered_via=draw(st.none() | st.sampled_from(TRANSITIONS)),
        breach_moves=draw(st.integers(0, BREACH_MOVES_BOUND + 1)),
        values={
            name: draw(strange if draw(st.integers(0, 4)) == 0 else value)
            for name, value in VALUES.items()
            if draw(st.booleans())
        },
        happenings=tuple(
            draw(
                st.lists(
                    st.builds(Happening, st.sampled_from(["demo", "call"]), MOMENTS),
                    max_size=3,
                )
            )
        ),
    )


NAMES = st.sampled_from([*TRANSITIONS, *STRANGERS])
PLACES = st.sampled_from([*STAGES, "gone", "", "*", "="])
SAID = st.none() | st.sampled_from([*REASONS, "bored", ""])
SIGNALS: st.SearchStrategy[Signal] = st.one_of(
    st.builds(Changed, at=MOMENTS, source=st.just("hub")),
    st.builds(
        ManualMove,
        transition=NAMES,
        actor=st.just("ann"),
        at=MOMENTS,
        roles=_some((*ROLES, "admin")).map(frozenset),
        reason=SAID,
        note=st.sampled_from(["", " ", "a word"]),
        approved_by=st.none() | st.sampled_from(["ann", "bob"]),
        approver_roles=_some((*ROLES, "admin")).map(frozenset),
    ),
    st.builds(
        MovedOutside,
        stage=PLACES,
        at=MOMENTS,
        actor=st.sampled_from(["", "CRM_UI"]),
        reason=SAID,
        repeated=st.integers(0, 5),
        roles=st.none() | _some((*ROLES, "admin")).map(frozenset),
    ),
    st.builds(
        TimerDue,
        at=MOMENTS,
        stage_version=st.integers(0, 2),
        kind=st.sampled_from(TimerKind),
        sla=st.sampled_from([*(one.name for one in SLAS), "gone", ""]),
        mark=st.sampled_from(["", "50%"]),
    ),
)
PLENTY = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def outcome(decision: Decision) -> object:
    """Return everything that a decision says, as data that can be compared."""
    said = receipt_data(decision.receipts)
    match decision:
        case Move():
            ways = [
                (step.transition, step.source, step.target) for step in decision.steps
            ]
            return "move", ways, decision.answer, decision.bounded, said
        case Stay():
            return "stay", decision.stage, decision.refusal, decision.answer, said
        case Orphaned():
            return "orphaned", decision.stage, decision.known


def nodes(finding: Finding) -> Iterator[Finding]:
    """Yield a finding and all below it."""
    yield finding
    for part in finding.parts:
        yield from nodes(part)


@PLENTY
@given(lifecycle=lifecycles(), record=records(), signal=SIGNALS)
def test_a_decision_is_always_one_of_three_and_along_the_table(
    lifecycle: Lifecycle, record: Record, signal: Signal
) -> None:
    """Nothing raises; a move follows edges of the machine, a stay leaves the stage."""
    table = compile_lifecycle(lifecycle).machine.table()

    decision = decide(lifecycle, record, signal, now=NOW)

    match decision:
        case Orphaned():
            assert decision.stage not in table
            assert tuple(table) == decision.known
        case Stay():
            assert record.stage == decision.stage
            assert (decision.answer is None) or decision.refusal is not None
        case Move(steps):
            assert [record.stage, *[step.target for step in steps]] == [
                *[step.source for step in steps],
                decision.target,
            ]
            outside = isinstance(signal, MovedOutside)
            for number, step in enumerate(steps):
                if step.transition is None:
                    assert (True, 0) == (outside, number)
                else:
                    assert (step.transition, step.target) in table[step.source]
            assert len(steps) <= CASCADE_BOUND + 1
            assert outside is (decision.answer is not None)


@PLENTY
@given(lifecycle=lifecycles(), record=records(), signal=SIGNALS)
def test_the_same_question_has_the_same_answer(
    lifecycle: Lifecycle, record: Record, signal: Signal
) -> None:
    """Nothing is remembered, nothing is changed, whoever asks and however often."""
    before = copy.deepcopy((record, signal))

    first = outcome(decide(lifecycle, record, signal, now=NOW))
    again = outcome(decide(lifecycle, record, signal, now=NOW))
    compiled._compiled.pop(lifecycle.version)
    anew = outcome(decide(lifecycle, copy.deepcopy(record), signal, now=NOW))

    assert first == again == anew
    assert before == (record, signal)


@PLENTY
@given(lifecycle=lifecycles(), record=records(), signal=SIGNALS)
def test_explanation_and_verdict_agree(
    lifecycle: Lifecycle, record: Record, signal: Signal
) -> None:
    """What let a record through, or not, is what the receipt says; nothing is bare."""
    decision = decide(lifecycle, record, signal, now=NOW)

    for receipt in (*decision.receipts, *examine(lifecycle, record, now=NOW)):
        finding = receipt.finding
        guard = lifecycle.transitions[receipt.transition].guard
        assert (guard is None) is (finding is None)
        assert receipt.guard_met is (finding is None or finding.met)
        assert receipt.allows is (receipt.guard_met and not receipt.refusals)
        assert receipt.guard_met or open_criteria(receipt) or _is_empty(finding)
        for node in nodes(finding) if finding is not None else ():
            assert node.label
            if node.kind is FindingKind.TEST:
                assert node.field
                assert node.required
                assert (node.observed is None) or node.status is not Status.MISSING


def _is_empty(finding: Finding | None) -> bool:
    """Whether a guard asks nothing that could be named: an empty "any of"."""
    assert finding is not None
    return any(
        node.kind is FindingKind.ANY and not node.parts for node in nodes(finding)
    )


@PLENTY
@given(lifecycle=lifecycles(), record=records(), signal=SIGNALS)
def test_every_candidate_that_was_looked_at_has_its_receipt(
    lifecycle: Lifecycle, record: Record, signal: Signal
) -> None:
    """A step lists the candidates of its stage, in file order, and takes the first."""
    ready = compile_lifecycle(lifecycle)
    decision = decide(lifecycle, record, signal, now=NOW)

    if isinstance(decision, Move) and isinstance(signal, Changed):
        for step in decision.steps:
            candidates = [one.transition.name for one in ready.automatic[step.source]]
            assert candidates == [receipt.transition for receipt in step.receipts]
            allowed = [one.transition for one in step.receipts if one.allows]
            assert step.transition == allowed[0]
    if isinstance(decision, Stay) and isinstance(signal, Changed):
        candidates = [one.transition.name for one in ready.automatic[record.stage]]
        assert candidates == [receipt.transition for receipt in decision.receipts]
        assert not any(receipt.allows for receipt in decision.receipts)


def written(
    lifecycle: Lifecycle, record: Record, decision: Decision, signal: Signal
) -> tuple[HistoryEntry, ...]:
    """Return the history rows of a decision."""
    effects: tuple[Moved | MoveRefused, ...] = ()
    if isinstance(decision, Move):
        _, effects = moved_by(lifecycle, record, decision, signal, now=NOW)
    elif isinstance(signal, ManualMove | MovedOutside) and isinstance(decision, Stay):
        here = Position(record.stage, record.stage_version, record.pass_number)
        asked = decision.refusal is not None
        effects = (refused(lifecycle, here, decision, signal),) if asked else ()
    return tuple(
        history_entry(
            one,
            record_id=record.id,
            event="hub:1",
            now=NOW,
            version=lifecycle.version,
        )
        for one in effects
    )


@PLENTY
@given(lifecycle=lifecycles(), record=records(), signal=SIGNALS)
def test_the_journal_says_what_was_decided(
    lifecycle: Lifecycle, record: Record, signal: Signal
) -> None:
    """One row a step, or one for a refusal; every row is JSON and can be read again."""
    decision = decide(lifecycle, record, signal, now=NOW)

    rows = written(lifecycle, record, decision, signal)

    if isinstance(decision, Move):
        behind, _ = moved_by(lifecycle, record, decision, signal, now=NOW)
        assert [step.target for step in decision.steps] == [r.to_stage for r in rows]
        assert (rows[-1].to_stage, rows[-1].pass_number) == (
            behind.stage,
            behind.pass_number,
        )
        assert record.stage_version + len(rows) == behind.stage_version
        assert {HistoryKind.MOVED} == {row.kind for row in rows}
        outside = isinstance(signal, MovedOutside) and len(rows) == 1
        made_at = signal.at if outside else NOW
        assert (rows[-1].from_stage, rows[-1].transition, made_at) == (
            behind.came_from,
            behind.entered_via,
            behind.entered_at,
        )
        by_breach = getattr(signal, "kind", None) is TimerKind.BREACH
        moves = record.breach_moves + 1 if by_breach else 0
        assert moves == behind.breach_moves <= BREACH_MOVES_BOUND
        unmoved = replace(
            behind,
            stage=record.stage,
            stage_version=record.stage_version,
            pass_number=record.pass_number,
            entered_at=record.entered_at,
            came_from=record.came_from,
            entered_via=record.entered_via,
            breach_moves=record.breach_moves,
            workflow_version=record.workflow_version,
        )
        assert record == unmoved
    else:
        assert len(rows) <= 1
        asked = isinstance(signal, ManualMove) and isinstance(decision, Stay)
        code = decision.refusal.code if asked and decision.refusal else None
        waits = code is RefusalCode.APPROVAL
        assert waits is (HistoryKind.APPROVAL_ASKED in {row.kind for row in rows})
    told = [line for one in decision.receipts for line in receipt_lines(one)]
    stored = [json.loads(json.dumps(row.receipt, allow_nan=False)) for row in rows]
    if rows:
        assert told == [line for one in stored for line in stored_lines(one)]
    for number, row in enumerate(rows):
        ours = row.kind is HistoryKind.MOVED
        ours = ours and (number > 0 or not isinstance(signal, MovedOutside))
        assert (NOW if ours else signal.at, NOW) == (row.happened_at, row.learnt_at)
        assert (lifecycle.version, "hub:1") == (row.workflow_version, row.source_event)


@PLENTY
@given(lifecycle=lifecycles(), record=records())
def test_no_door_knows_more_than_another(lifecycle: Lifecycle, record: Record) -> None:
    """A guard says the same by hand, by both kinds of timer and in the CRM."""
    record = replace(record, breach_moves=0)
    for seen in examine(lifecycle, record, now=NOW):
        transition = lifecycle.transitions[seen.transition]
        by_hand = ManualMove(
            transition=transition.name,
            actor="ann",
            at=NOW,
            roles=frozenset(ROLES),
            reason=next(iter(transition.reasons), None),
            note="a word",
            approved_by="bob",
            approver_roles=frozenset(ROLES),
        )
        timer = TimerDue(
            at=NOW,
            stage_version=record.stage_version,
            kind=TimerKind.BREACH,
            sla=transition.name,
        )
        outside = MovedOutside(stage=seen.target, at=NOW, roles=frozenset(ROLES))

        hand = decide(lifecycle, record, by_hand, now=NOW)
        due = decide(lifecycle, record, timer, now=NOW)
        woken = decide(
            _waking(lifecycle, record.stage, transition),
            record,
            replace(timer, kind=TimerKind.WAKE, sla=""),
            now=NOW,
        )
        crm = decide(lifecycle, record, outside, now=NOW)

        assert seen.allows is isinstance(hand, Move)
        assert seen.allows is isinstance(due, Move)
        assert seen.allows is isinstance(woken, Move)
        if seen.target != record.stage:
            looked = crm.steps[0] if isinstance(crm, Move) else crm
            assert not isinstance(looked, Orphaned)
            told = {one.transition: one.allows for one in looked.receipts}
            agreed = not transition.approval
            assert (seen.allows and agreed) is told[seen.transition]


def _waking(lifecycle: Lifecycle, stage: str, transition: Transition) -> Lifecycle:
    """Return the lifecycle with a wake-up that takes a transition."""
    wake = Wake(to=transition.target, transitions={transition.target: transition.name})
    asleep = replace(lifecycle.stages[stage], wake=wake)
    return replace(
        lifecycle,
        stages={**lifecycle.stages, stage: asleep},
        version=f"{lifecycle.version} {stage} {transition.name}",
    )


@PLENTY
@given(lifecycle=lifecycles(), record=records(), signal=SIGNALS)
def test_agreement_is_the_last_thing_that_is_asked_for(
    lifecycle: Lifecycle, record: Record, signal: Signal
) -> None:
    """A move that somebody refuses for want of it would be made with it."""
    decision = decide(lifecycle, record, signal, now=NOW)
    refusal = decision.refusal if isinstance(decision, Stay) else None

    if isinstance(signal, ManualMove) and refusal and decision.receipts:
        agreed = replace(
            signal, approved_by="carl", approver_roles=frozenset({*ROLES, "admin"})
        )
        codes = (RefusalCode.APPROVAL, RefusalCode.SELF_APPROVAL)
        with_it = decide(lifecycle, record, agreed, now=NOW)
        assert (refusal.code in codes) <= isinstance(with_it, Move)
        assert isinstance(with_it, Move) <= decision.receipts[0].guard_met
