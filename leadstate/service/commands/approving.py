"""An answer to a move that waits for somebody else's agreement.

Through the inbox; an agreement is judged again by the guards, as they are then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.effect import Declined
from leadstate.domain.signal import DeclineMove, ManualMove
from leadstate.errors import UsageError
from leadstate.service.change_set import ApprovalAnswered
from leadstate.service.commands.moving import roles_of
from leadstate.service.inbox import APPROVE, DECLINE, InboxItem, asked_item
from leadstate.store import ApprovalAnswer, ApprovalState

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from leadstate.engine.case import Consequences
    from leadstate.service.app import App
    from leadstate.store import Approval

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
        ApprovalAnswer(
            approval=approval_id,
            actor=actor,
            roles=tuple(sorted(roles)),
            note=note,
        ),
        now=now,
    )


def answer_of(
    app: App, said: ApprovalAnswer, wish: Approval, now: datetime, *, agreed: bool
) -> ManualMove | DeclineMove:
    """Return what an answer means: an agreement is the move itself."""
    roles = roles_of(app.people, said.actor, said.roles)
    if not agreed:
        return DeclineMove(
            transition=wish.transition,
            asked_by=wish.asked_by,
            actor=said.actor,
            at=now,
            roles=roles,
            note=said.note,
        )
    transition = app.lifecycle.transitions.get(wish.transition)
    return ManualMove(
        transition=wish.transition,
        actor=wish.asked_by,
        at=now,
        # Their role was looked at when they asked.
        roles=frozenset(transition.by if transition else ()),
        reason=wish.reason,
        note=_note(wish, said),
        source=wish.source,
        approved_by=said.actor,
        approver_roles=roles,
    )


def _note(wish: Approval, said: ApprovalAnswer) -> str:
    agreed = f"approved by {said.actor}" + (f": {said.note}" if said.note else "")
    return "; ".join(one for one in (wish.note, agreed) if one)


def answered(
    said: ApprovalAnswer, wish: Approval, found: Consequences
) -> tuple[ApprovalAnswered, ...]:
    """Return how a wish is settled; nothing when the answer did not count."""
    state = None
    if found.moved:
        state = ApprovalState.APPROVED
    elif any(isinstance(one, Declined) for one in found.effects):
        state = ApprovalState.DECLINED
    return (ApprovalAnswered(wish.id, state, said.actor, said.note),) if state else ()
