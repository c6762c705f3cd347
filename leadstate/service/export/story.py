"""What process mining tools are told: the history as events with an activity.

A move's activity is the stage that is entered, so that a mined model has the shape of
the workflow; everything else is named by what it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.domain.history import Cause, HistoryKind
from leadstate.engine.moving import UNKNOWN_ACTOR

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

    from leadstate.service.export.exported import Exported
    from leadstate.store import View

__all__ = ["MOVES", "LogEvent", "Teller", "activity"]

MOVES = (
    HistoryKind.ENTERED,
    HistoryKind.MOVED,
    HistoryKind.REOPENED,
    HistoryKind.CLOSED,
)
"""What changes where a record stands; a log of these alone is the usual one."""

_ENTERING = frozenset({HistoryKind.ENTERED, HistoryKind.MOVED, HistoryKind.REOPENED})


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEvent:
    """One row of the history as an event.

    Attributes:
        at: When it happened, or, where nobody knows, when it was learnt.
        known: False where ``at`` is the moment at which it was learnt.
        resource: Who did it; "" when nobody knows.
        team: The team that owns the stage, or "".
        workflow: Whose record it is.
        details: Further attributes, name -> text; empty ones are left out.
    """

    id: str
    record_id: str
    pass_number: int
    activity: str
    at: datetime
    known: bool
    reported: bool
    resource: str
    team: str
    workflow: str
    details: dict[str, str]


class Teller:
    """Makes events of rows of the history.

    Free-text reasons stay behind, unless personal values are asked for.
    """

    def __init__(self, exported: Exported, view: View, *, personal: bool) -> None:
        self._stages = {name: one.stages for name, one in exported.lifecycles.items()}
        self._listed = None if personal else exported.reasons(view)
        self._view = view

    def events(self, page: Sequence[Any]) -> list[LogEvent]:
        """Return rows as events."""
        whose = self._view.extracts.workflows([row.record_id for row in page])
        return [self._event(row, whose.get(row.record_id, "")) for row in page]

    def _event(self, row: Any, workflow: str) -> LogEvent:
        named = {
            "kind": row.kind.value,
            "cause": row.cause.value,
            "transition": row.transition,
            "from_stage": row.from_stage,
            "to_stage": row.to_stage,
            "reason": self._reason(row.reason, workflow),
            "answer": row.answer,
            "source": row.source,
            "workflow_version": row.workflow_version,
        }
        stages = self._stages.get(workflow, {})
        stage = stages.get(row.to_stage or row.from_stage or "")
        return LogEvent(
            id=row.id,
            record_id=row.record_id,
            pass_number=row.pass_number,
            activity=activity(row.kind, row.to_stage, row.transition),
            at=row.happened_at or row.learnt_at,
            known=row.happened_at is not None,
            reported=row.cause is Cause.REPORTED,
            resource="" if row.actor == UNKNOWN_ACTOR else row.actor,
            team=(stage.owner or "") if stage is not None else "",
            workflow=workflow,
            details={name: text for name, text in named.items() if text},
        )

    def _reason(self, reason: str | None, workflow: str) -> str | None:
        if self._listed is None or reason in self._listed.get(workflow, ()):
            return reason
        return None


def activity(kind: HistoryKind, to_stage: str | None, transition: str | None) -> str:
    """Return what an event is called.

    >>> activity(HistoryKind.MOVED, "mql", "qualify")
    'mql'
    >>> activity(HistoryKind.REFUSED, "sql", "confirm")
    'refused: confirm'
    """
    if kind in _ENTERING and to_stage:
        return to_stage
    return f"{kind.value}: {transition}" if transition else kind.value
