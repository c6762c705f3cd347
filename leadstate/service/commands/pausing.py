"""Clocks that a person lets stand still, with a reason, and lets go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.signal import PauseClocks, ResumeClocks
from leadstate.errors import UsageError
from leadstate.service.inbox import PAUSE, RESUME, InboxItem, asked_item
from leadstate.store import PauseRequest

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.service.app import App

__all__ = ["pause_item", "pause_of"]


def pause_item(  # noqa: PLR0913 - the parts of one request, keyword-only
    app: App,
    record_id: str,
    *,
    stop: bool,
    sla: str | None,
    reason: str,
    actor: str,
) -> InboxItem:
    """Return the inbox item that lets the clocks of a record stand still, or go on.

    Args:
        stop: True to pause, False to resume.
        sla: Only this one; None means all of the stage.
        reason: Why; required for a pause.

    Raises:
        UsageError: No reason is given, or no such clock is open.
    """
    if stop and not reason.strip():
        raise UsageError("a pause needs a reason: --reason 'waits for the customer'")
    with app.store.read() as view:
        clocks = view.clocks.open_of([record_id]).get(record_id, [])
    names = ", ".join(one.sla for one in clocks)
    if not clocks or (sla is not None and all(one.sla != sla for one in clocks)):
        what = f"no open clock {sla!r}" if sla else "no open clock"
        raise UsageError(f"the record has {what}; open: {names or 'none'}")
    now = app.clock.now()
    return asked_item(
        PAUSE if stop else RESUME,
        record_id,
        PauseRequest(sla=sla or "", reason=reason, actor=actor),
        now=now,
    )


def pause_of(
    asked: PauseRequest, now: datetime, *, stop: bool
) -> PauseClocks | ResumeClocks:
    """Return what a request asks of the clocks."""
    sla, reason, actor = asked.sla or None, asked.reason, asked.actor
    if stop:
        return PauseClocks(reason=reason, actor=actor, at=now, sla=sla)
    return ResumeClocks(reason=reason, actor=actor, at=now, sla=sla)
