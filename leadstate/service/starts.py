"""Which record started which: the start's place in the inbox, and in both histories.

The key of a start names the record that starts and its pass, so that one pass starts
one record in a workflow; the histories keep it as the source of what came of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate.domain.history import Cause, HistoryKind
from leadstate.domain.values import to_json
from leadstate.service.inbox import START, InboxItem
from leadstate.store import StartRequest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadstate.domain.effect import RecordStarted
    from leadstate.domain.history import HistoryEntry
    from leadstate.service.change_set import DecisionContext

__all__ = ["Kin", "start_item", "started_by", "started_of"]


@dataclass(frozen=True, slots=True)
class Kin:
    """A record that another one started, or that started it.

    Attributes:
        workflow: Its workflow.
        record_id: Its id; "" where its person was forgotten.
    """

    workflow: str
    record_id: str


def start_item(effect: RecordStarted, about: DecisionContext) -> InboxItem:
    """Return the inbox item of a record that is to begin in another workflow."""
    record_id, position = about.record.id, effect.position
    fields = about.lifecycle.fields
    return InboxItem(
        key=f"{START}:{record_id}:{effect.workflow}:{position.pass_number}",
        connection="",
        kind=START,
        object="record",
        external_id=record_id,
        record_id=record_id,
        workflow=effect.workflow,
        payload=StartRequest(
            workflow=about.lifecycle.name,
            version=about.lifecycle.version,
            from_stage=position.stage,
            pass_number=position.pass_number,
            stage=effect.stage,
            copy=effect.copy,
            values={name: to_json(value) for name, value in effect.values.items()},
            types={name: str(fields[name].type) for name in effect.values},
        ),
        happened_at=effect.at,
        received_at=about.now,
        due_at=about.now,
    )


def started_by(entries: Iterable[HistoryEntry]) -> Kin | None:
    """Return the record that started the one whose history this is, if one did."""
    for one in entries:
        if one.kind is HistoryKind.ENTERED and one.cause is Cause.STARTED:
            return Kin(one.source, one.source_event.split(":")[1])
    return None


def started_of(entries: Iterable[HistoryEntry]) -> tuple[Kin, ...]:
    """Return the records that the one whose history this is started, oldest first."""
    return tuple(
        Kin(one.source, str(one.receipt.get("started", "")))
        for one in entries
        if one.kind is HistoryKind.STARTED
    )
