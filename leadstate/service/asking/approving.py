"""An answer to a move that waits for somebody else's agreement.

Through the inbox; an agreement is judged again by the guards, as they are then.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadstate.domain.decision import Move
from leadstate.domain.history import Cause, HistoryKind
from leadstate.domain.signal import ManualMove
from leadstate.errors import UsageError
from leadstate.service.asking.manual import roles_of, text_of
from leadstate.service.clocks.timekeeping import keep_time
from leadstate.service.deciding.asked import known_record, plan_of
from leadstate.service.deciding.telling import told
from leadstate.service.inbox import APPROVE, DECLINE, InboxItem, asked_item
from leadstate.service.plan import Answer, Plan
from leadstate.store import ApprovalState

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from leadstate.service.app import App
    from leadstate.service.deciding.judging import Judging
    from leadstate.store import Approval, InboxRow

__all__ = ["answer_item", "approvals", "plan_answer"]


def approvals(
    app: App, *, pending_only: bool = True, limit: int = 100
) -> list[Approval]:
    """Return the moves that wait for an agreement, oldest first."""
    with app.store.read() as view:
        return view.approvals.listing(pending_only=pending_only, limit=limit)


def answer_item(  # noqa: PLR0913 - the parts of one answer, keyword-only
    app: App,
    approval_id: int,
    *,
    agreed: bool,
    actor: str,
    roles: Collection[str] = (),
    note: str = "",
) -> InboxItem:
    """Return the inbox item of an answer.

    Raises:
        UsageError: There is no such request, or it was answered already.
    """
    with app.store.read() as view:
        found = view.approvals.get(approval_id)
    if found is None:
        raise UsageError(
            f"there is no request {approval_id}; list them with: leadstate approvals"
        )
    if found.state is not ApprovalState.PENDING:
        by = f" by {found.decided_by}" if found.decided_by else ""
        raise UsageError(f"request {approval_id} is {found.state}{by} already")
    now = app.clock.now()
    return asked_item(
        APPROVE if agreed else DECLINE,
        found.record_id,
        {
            "approval": approval_id,
            "actor": actor,
            "roles": sorted(roles),
            "note": note,
        },
        now=now,
    )


def plan_answer(app: App, row: InboxRow, now: datetime) -> Plan:
    """Judge an answer: an agreement makes the move, if the guards still allow it."""
    with app.store.read() as view:
        found = view.approvals.get(int(text_of(row, "approval") or 0))
    if found is None or found.state is not ApprovalState.PENDING:
        return Plan(inbox_ids=(row.id,))  # somebody else was quicker
    asked = known_record(app, row)
    judging = asked.judging(app, row.key, now)
    if row.kind == DECLINE:
        answers = _declined(app, judging, row, found)
    else:
        answers = _approved(app, judging, row, found)
    judging.share(())
    return replace(plan_of(asked, judging, row), answers=answers)


def _approved(
    app: App, judging: Judging, row: InboxRow, found: Approval
) -> tuple[Answer, ...]:
    actor = text_of(row, "actor") or "unknown"
    transition = app.lifecycle.transitions.get(found.transition)
    signal = ManualMove(
        transition=found.transition,
        actor=found.asked_by,
        at=judging.now,
        # Their role was looked at when they asked.
        roles=frozenset(transition.by if transition else ()),
        reason=found.reason,
        note=_note(found, actor, text_of(row, "note")),
        source=found.source,
        approved_by=actor,
        approver_roles=roles_of(app.people, actor, row.payload),
    )
    decision = judging.take(signal)
    keep_time(judging, at=judging.now)
    if not isinstance(decision, Move):
        return ()
    note = text_of(row, "note")
    return (Answer(found.id, ApprovalState.APPROVED, actor, note),)


def _note(found: Approval, actor: str, note: str) -> str:
    agreed = f"approved by {actor}" + (f": {note}" if note else "")
    return "; ".join(one for one in (found.note, agreed) if one)


def _declined(
    app: App, judging: Judging, row: InboxRow, found: Approval
) -> tuple[Answer, ...]:
    actor = text_of(row, "actor") or "unknown"
    transition = app.lifecycle.transitions.get(found.transition)
    roles = roles_of(app.people, actor, row.payload)
    may = transition is None or roles.intersection(transition.approval)
    note = text_of(row, "note")
    what = f"{found.transition!r}, asked for by {found.asked_by}"
    if not may and actor != found.asked_by:  # everybody may take back their own wish
        need = " or ".join(transition.approval) if transition else ""
        kind, text = HistoryKind.REFUSED, f"{what}, is answered by {need}"
    else:
        kind, text = HistoryKind.DECLINED, f"{what}, was declined"
    judging.history.append(
        told(
            judging,
            kind,
            judging.now,
            f"{text}: {note}" if note else text,
            cause=Cause.MANUAL,
            actor=actor,
            transition=found.transition,
        )
    )
    if kind is HistoryKind.REFUSED:
        return ()
    return (Answer(found.id, ApprovalState.DECLINED, actor, note),)
