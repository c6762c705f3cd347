"""All that signals cause: moves, refusals, actions, clocks, timers.  Pure.

The one machine.  The running service turns the effects into rows, a timeline into a
story.  Same arguments, same consequences: no clock, no row and no CRM is read here.

    found = run(lifecycle, case, [Changed(at=now)], now=now)
    found.case       # the record, its clocks, timers and flag, the rota, as they are
    found.effects    # what came about, in order: Moved, FieldSet, Assigned, …
    found.decisions  # each signal with its decision
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never
from zoneinfo import ZoneInfo

from leadstate.domain.clock import TimerKind
from leadstate.domain.course import spoken
from leadstate.domain.decision import Decision, Move, Orphaned, Stay
from leadstate.domain.effect import (
    ApprovalAsked,
    Denied,
    SlaChanged,
    WouldHaveQualified,
)
from leadstate.domain.history import Cause, HistoryKind
from leadstate.domain.lifecycle import OutsideAnswer
from leadstate.domain.receipt import RefusalCode
from leadstate.domain.signal import (
    Changed,
    DeclineMove,
    FieldEdit,
    FirstSeen,
    ManualMove,
    MovedOutside,
    PauseClocks,
    Reclock,
    ResumeClocks,
    Started,
    TimerDue,
    WentLive,
)
from leadstate.engine.acting import ActionTrigger, act
from leadstate.engine.care import came_under_care, entered, observe
from leadstate.engine.case import Consequences
from leadstate.engine.commands import decline, edit, pause
from leadstate.engine.decide import CASCADE_BOUND, decide
from leadstate.engine.draft import OURS, CaseDraft
from leadstate.engine.due_timer import wakes_before
from leadstate.engine.firing import fire
from leadstate.engine.late import missed_move, qualified_since
from leadstate.engine.moving import make_move, refused
from leadstate.engine.outside_move import against_criteria
from leadstate.engine.passing import pass_through
from leadstate.engine.stepping import automatic_steps, followed, looks
from leadstate.engine.timekeeping import keep_time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leadstate.domain.decision import Step
    from leadstate.domain.effect import Effect
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.origin import Position
    from leadstate.domain.signal import Signal
    from leadstate.engine.case import Case
    from leadstate.engine.firing import SlaFired
    from leadstate.engine.late import MissedMove

__all__ = ["run"]


def run(
    lifecycle: Lifecycle,
    case: Case,
    signals: Sequence[Signal],
    *,
    now: datetime,
    at: datetime | None = None,
) -> Consequences:
    """Return what one piece of news brings about.

    Args:
        lifecycle: The version of the workflow to judge by.
        case: The record as it stands, with the values that the news brought.
        signals: What the news says, in order.  Once one of them moves the record, those
            behind it are contained in it: a move looks at everything that is known.
            None at all lets the clocks run and nothing else.
        now: The moment of judging (aware UTC).
        at: When it happened, for the clocks; None means at the time of the last signal.
    """
    draft = CaseDraft.of(lifecycle, case, now)
    if any(_is_void(draft, signal) for signal in signals):
        return Consequences(case)
    for signal in signals:
        if draft.since is None and not isinstance(signal, WentLive):
            observe(draft, signal)
        elif draft.since is not None and draft.moved:
            break
        else:
            _take(draft, signal)
    if draft.since is not None:
        keep_time(draft, at=at or (signals[-1].at if signals else now))
    return draft.consequences(case)


def _is_void(draft: CaseDraft, signal: Signal) -> bool:
    """Whether a timer was armed for another stay, or for a stage that is no more."""
    if not isinstance(signal, TimerDue | Reclock):
        return False
    record = draft.record
    elsewhere = signal.stage_version != record.stage_version
    return elsewhere or record.stage not in draft.lifecycle.stages


def _take(draft: CaseDraft, signal: Signal) -> None:
    match signal:
        case FirstSeen() | Started() | WentLive():
            _begin(draft, signal)
        case TimerDue():
            _come_due(draft, signal)
        case FieldEdit():
            if edit(draft, signal):
                _decide(draft, Changed(at=signal.at, source=OURS))
        case PauseClocks() | ResumeClocks():
            pause(draft, signal)
        case DeclineMove():
            decline(draft, signal)
        case Changed():
            _learn(draft, signal)
        case ManualMove() | MovedOutside():
            pass_through(draft, signal)
            _decide(draft, signal)
        case Reclock():
            pass
        case _:
            assert_never(signal)


def _begin(draft: CaseDraft, signal: FirstSeen | Started | WentLive) -> None:
    """Take a record under care; one that was started enters as if it moved there."""
    if isinstance(signal, WentLive):
        draft.effects.append(came_under_care(draft, signal))
        if draft.since is not None:
            return  # another object of it is live already
        draft.since = signal.at
    else:
        draft.effects.append(entered(draft, signal))
    if isinstance(signal, Started):
        stage = draft.position.stage
        trigger = ActionTrigger(name=f"enter:{stage}:0", at=signal.at)
        act(draft, draft.lifecycle.stages[stage].on_enter, trigger)
    _decide(draft, Changed(at=signal.at, source=signal.source))


# -- deciding, and what a decision does ------------------------------------------------


def _missed(
    draft: CaseDraft, missed: MissedMove, changed: Changed, place: Position
) -> Effect:
    """Return that a record qualifies no longer for what came late."""
    when = spoken(missed.at, ZoneInfo(draft.lifecycle.timezone))
    note = f"would have qualified for {missed.target!r} at {when}; it does not now"
    origin = draft.note(draft.now, note, Cause.AUTOMATIC)
    return WouldHaveQualified(
        place,
        replace(origin, source=changed.source),
        missed.transition,
        missed.target,
        missed.at,
    )


def _learn(draft: CaseDraft, changed: Changed) -> None:
    """Decide what is so now; keep beside it since when it would have been so."""
    stood, place = draft.record, draft.position
    draft.late = qualified_since(draft.lifecycle, stood, changed, now=draft.now)
    decision = _decide(draft, changed)
    taken = decision.steps[0].transition if isinstance(decision, Move) else None
    missed = missed_move(draft.lifecycle, stood, draft.late, taken, now=draft.now)
    if missed is not None:
        draft.effects.append(_missed(draft, missed, changed, place))
    draft.late = {}


def _decide(draft: CaseDraft, signal: Signal) -> Decision:
    """Decide, and do what the decision asks for.

    What its actions set is judged at once, as part of the same signal.
    """
    if isinstance(signal, Changed):
        draft.unjudged = False  # it is what is looked at now
    draft.looked = draft.looked or looks(signal)
    decision = decide(draft.lifecycle, draft.record, signal, now=draft.now)
    draft.decisions.append((signal, decision))
    _set_flag(draft, decision)
    match decision:
        case Move():
            make_move(draft, decision, signal)
        case Stay() if decision.refusal and isinstance(
            signal, ManualMove | MovedOutside
        ):
            draft.effects.append(
                refused(draft.lifecycle, draft.position, decision, signal)
            )
            _ask_approval(draft, decision, signal)
        case Stay() | Orphaned():  # pragma: no branch - all are named
            pass
    if not _insists(decision):
        _follow(draft, signal, decision)
    return decision


def _insists(decision: Decision) -> bool:
    """Whether a person moved it against the criteria: then it stays for a look."""
    return isinstance(decision, Move) and decision.answer is OutsideAnswer.FLAG


def _ask_approval(draft: CaseDraft, stay: Stay, signal: Signal) -> None:
    """Let a wish wait that lacks nothing but somebody else's agreement."""
    lacks = stay.refusal is not None and stay.refusal.code is RefusalCode.APPROVAL
    if lacks and isinstance(signal, ManualMove):
        draft.effects.append(ApprovalAsked(draft.position, signal))


def _set_flag(draft: CaseDraft, decision: Decision) -> None:
    match decision:
        case Orphaned():
            draft.raise_flag(_orphaned(decision))
        case Move(answer=OutsideAnswer.FLAG):
            step = decision.steps[0]
            draft.raise_flag(against_criteria(step.source, step.target))
        case Move():
            draft.lower_flag()
        case Stay():  # pragma: no branch - all are named
            pass


def _orphaned(decision: Orphaned) -> str:
    known = ", ".join(decision.known)
    return f"stage {decision.stage!r} is not in the workflow: {known}"


def _follow(draft: CaseDraft, signal: Signal, decision: Decision | None = None) -> bool:
    """Judge what actions set since the last look; say whether the record moved.

    Args:
        draft: The case, with the new values.
        signal: What caused the actions.
        decision: What it decided; None when nothing was to be decided.
    """
    steps = decision.steps if isinstance(decision, Move) else ()
    made = automatic_steps(decision, signal) if decision is not None else 0
    first = len(steps)
    while draft.unjudged:
        draft.unjudged = False
        more, cut = followed(
            draft.lifecycle, draft.record, signal, made=made, now=draft.now
        )
        if more:
            steps, made = (*steps, *more), made + len(more)
            changed, move = Changed(at=signal.at, source=OURS), Move(more)
            draft.decisions.append((changed, move))
            make_move(draft, move, changed, following=signal)
        if cut:
            draft.raise_flag(_ring(steps))
            break
    return len(steps) > first


def _ring(steps: Sequence[Step]) -> str:
    stages = ", ".join(dict.fromkeys(one.target for one in steps))
    return (
        f"{CASCADE_BOUND} automatic moves at once: what entering a stage sets makes it "
        f"leave again ({stages}); a person has to look at the workflow's actions"
    )


# -- timers ----------------------------------------------------------------------------


def _come_due(draft: CaseDraft, due: TimerDue) -> None:
    """Warn, break an SLA, wake the record, or look again; void timers do nothing."""
    flagged = draft.flag, draft.flagged_at
    fired = fire(
        draft.lifecycle,
        draft.record,
        draft.clocks.values(),
        due,
        people=draft.rota.people,
        now=draft.now,
        since=draft.care,
    )
    if fired is None:
        return
    if fired.sla is not None:
        _tell(draft, fired.sla, due.at)
        due = replace(due, reason=fired.sla.sla.reason)
    if fired.why and fired.decides:
        moved = _move(draft, due, fired.why)
        if due.kind is TimerKind.WAKE:
            draft.asleep, draft.woken = not moved, wakes_before(due) + 1
    elif fired.decides:
        _decide(draft, due)
    # What a warning or a breach set is judged although it asked for no move.
    if _follow(draft, due) and flagged == (draft.flag, draft.flagged_at):
        draft.lower_flag()


def _tell(draft: CaseDraft, fired: SlaFired, at: datetime) -> None:
    """Keep the clock, tell what came of its SLA, and do what follows."""
    sla, clock = fired.sla, fired.clock
    draft.clocks[clock.place] = clock
    draft.effects.append(
        SlaChanged(
            position=draft.position,
            origin=draft.note(at, fired.note, Cause.TIMER),
            kind=fired.kind,
            clock=clock,
            mark=fired.mark,
            calendar=sla.calendar,
        )
    )
    name = f"breach:{sla.name}"
    if fired.kind is HistoryKind.WARNED:
        name = f"warning:{sla.name}:{fired.mark}"
    act(
        draft,
        fired.actions,
        ActionTrigger(name=name, at=at, clock=clock, cause=Cause.TIMER),
    )


def _move(draft: CaseDraft, due: TimerDue, why: str) -> bool:
    """Take the timer's transition; what stands in its way is for a person."""
    flag, flagged_at = draft.flag, draft.flagged_at
    decision = _decide(draft, due)
    if isinstance(decision, Move):
        if due.kind is TimerKind.BREACH and draft.flag is None:
            draft.flag, draft.flagged_at = flag, flagged_at  # who has to act
        return True
    refusal = decision.refusal if isinstance(decision, Stay) else None
    text = f"{why} {refusal.text if refusal else 'no transition leads on'}"
    if draft.flag != text:
        draft.raise_flag(text)
        origin = draft.note(draft.now, text, Cause.TIMER)
        code = refusal.code if refusal else None
        draft.effects.append(Denied(draft.position, origin, code=code))
    return False
