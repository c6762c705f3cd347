"""An answer to a move that waits for somebody else's agreement.

Through the inbox; an agreement is judged again by the guards, as they are then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.effect import Declined
from leadstate.domain.signal import DeclineMove, ManualMove
from leadstate.errors import UsageError
from leadstate.service.change_set import Answer
from leadstate.service.commands.moving import roles_of, text_of
from leadstate.service.inbox import APPROVE, DECLINE, InboxItem, asked_item
from leadstate.store import ApprovalState

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from leadstate.engine.case import Consequences
    from leadstate.service.app import App
    from leadstate.store import Approval, InboxRow

__all__ = ["answer_item", "answer_of", "answered", "approvals"]


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


def answer_of(
    app: App, row: InboxRow, wish: Approval, now: datetime
) -> ManualMove | DeclineMove:
    """Return what an answer means: an agreement is the move itself."""
    actor = text_of(row, "actor") or "unknown"
    note = text_of(row, "note")
    roles = roles_of(app.people, actor, row.payload)
    if row.kind == DECLINE:
        return DeclineMove(
            transition=wish.transition,
            asked_by=wish.asked_by,
            actor=actor,
            at=now,
            roles=roles,
            note=note,
        )
    transition = app.lifecycle.transitions.get(wish.transition)
    return ManualMove(
        transition=wish.transition,
        actor=wish.asked_by,
        at=now,
        # Their role was looked at when they asked.
        roles=frozenset(transition.by if transition else ()),
        reason=wish.reason,
        note=_note(wish, actor, note),
        source=wish.source,
        approved_by=actor,
        approver_roles=roles,
    )


def _note(wish: Approval, actor: str, note: str) -> str:
    agreed = f"approved by {actor}" + (f": {note}" if note else "")
    return "; ".join(one for one in (wish.note, agreed) if one)


def answered(row: InboxRow, wish: Approval, found: Consequences) -> tuple[Answer, ...]:
    """Return how a wish is settled; nothing when the answer did not count."""
    actor, note = text_of(row, "actor") or "unknown", text_of(row, "note")
    if row.kind == DECLINE:
        declined = any(isinstance(one, Declined) for one in found.effects)
        state = ApprovalState.DECLINED if declined else None
    else:
        state = ApprovalState.APPROVED if found.moved else None
    return (Answer(wish.id, state, actor, note),) if state else ()
