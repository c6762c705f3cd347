"""SLAs, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.cli.context import span, when

if TYPE_CHECKING:
    from datetime import timedelta

    from leadstate.domain.clock import Pause
    from leadstate.service.timers.slas import SlaStatus

__all__ = ["due_text", "left_text", "seconds", "sla_data", "used_text"]


def seconds(length: timedelta | None) -> float | None:
    """Return a length of time for programs."""
    return None if length is None else length.total_seconds()


def used_text(status: SlaStatus) -> str:
    """Return what is used up, of how much: business time."""
    return f"{span(status.used)} of {span(status.within)}"


def left_text(status: SlaStatus) -> str:
    """Return what is left, or by how much the SLA is broken: business time."""
    left = status.left
    if left is None or left.total_seconds() >= 0:
        return span(left)
    return f"over by {span(-left)}"


def due_text(status: SlaStatus) -> str:
    """Return when it breaks its SLA, or what it waits for."""
    clock, sla = status.clock, status.sla
    if clock.due_at is not None:
        return when(clock.due_at)
    if clock.started_at is None:
        return f"waits for {sla.start}" if sla is not None and sla.start else "waits"
    pause = clock.paused
    return pause.text if pause is not None else "not in sight"


def sla_data(status: SlaStatus) -> dict[str, object]:
    """Return a clock as data; lengths are seconds of business time."""
    clock, sla = status.clock, status.sla
    return {
        "record": clock.record_id,
        "stage": clock.stage,
        "stage_version": clock.stage_version,
        "pass": clock.pass_number,
        "sla": clock.sla,
        "state": str(clock.state),
        "team": clock.team,
        "owner": clock.owner,
        "calendar": sla.calendar if sla is not None else None,
        "within_seconds": seconds(status.within),
        "used_seconds": seconds(status.used),
        "left_seconds": seconds(status.left),
        "carried_seconds": seconds(clock.carried),
        "entered_at": clock.entered_at,
        "counts_from": clock.counts_from,
        "measured": clock.measured,
        "started_at": clock.started_at,
        "due_at": clock.due_at,
        "breached_at": clock.breached_at,
        "ended_at": clock.ended_at,
        "fired": sorted(clock.fired),
        "escalated_to": clock.escalated_to,
        "pauses": [_pause(one) for one in clock.pauses],
    }


def _pause(pause: Pause) -> dict[str, object]:
    return {
        "start": pause.start,
        "end": pause.end,
        "reason": pause.reason,
        "by": pause.by or None,
    }
