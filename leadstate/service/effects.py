"""What a decision asks of the CRMs, as outbox items.  Pure; nothing is sent here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.decision import Move, Stay
from leadstate.domain.lifecycle import OutsideAnswer
from leadstate.engine.receipts import finding_lines, open_criteria
from leadstate.store import LinkStatus, OutboxItem, OutboxKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from leadstate.domain.decision import Decision
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.record import Record
    from leadstate.domain.signal import Signal
    from leadstate.service.app import Connected
    from leadstate.store import LinkRow

__all__ = ["note_text", "outbox_items"]


def outbox_items(  # noqa: PLR0913 - the circumstances of one decision, keyword-only
    lifecycle: Lifecycle,
    record: Record,
    decision: Decision,
    signal: Signal,
    *,
    links: Iterable[LinkRow],
    connections: Mapping[str, Connected],
    unsettled: Collection[str] = (),
    event: str,
    now: datetime,
) -> tuple[OutboxItem, ...]:
    """Return what to put into the CRMs after ``decision``.

    Args:
        record: The record as the decision leaves it.
        links: Its links, with the stage that each CRM shows now.
        unsettled: Connections to which an older stage write is still open; what their
            CRM shows now may be overwritten by it, so that nothing can be spared.
        event: Key of the signal; makes the tokens the same on a second decision.
    """
    items: list[OutboxItem] = []
    reason = getattr(signal, "reason", None)
    reverted = isinstance(decision, Stay) and decision.answer is OutsideAnswer.REVERT
    for link in links:
        connected = connections.get(link.connection)
        if connected is None or link.status is not LinkStatus.ACTIVE:
            continue
        made = _Maker(record, link, event, now)
        shown = link.remote_stage == record.stage and link.connection not in unsettled
        # A stage that the binding leaves unmapped has no place in that CRM.
        placed = record.stage in connected.binding.stages
        if placed and (reverted or (isinstance(decision, Move) and not shown)):
            properties = connected.binding.properties_of(record.stage)
            if connected.binding.reason and reason and not reverted:
                properties[connected.binding.reason] = str(reason)
            items.append(made.stage(properties))
        if reverted:
            items.append(made.note(note_text(lifecycle, record, decision, signal)))
    return tuple(items)


class _Maker:
    """Makes the outbox items of one link."""

    def __init__(
        self, record: Record, link: LinkRow, event: str, now: datetime
    ) -> None:
        self._record = record
        self._link = link
        self._event = event
        self._now = now

    def stage(self, properties: Mapping[str, str]) -> OutboxItem:
        payload = {"stage": self._record.stage, "properties": dict(properties)}
        return self._item(OutboxKind.STAGE, payload)

    def note(self, text: str) -> OutboxItem:
        return self._item(OutboxKind.NOTE, {"text": text})

    def _item(self, kind: OutboxKind, payload: Mapping[str, object]) -> OutboxItem:
        link = self._link
        position = f"{self._record.id}:{self._record.stage_version}"
        return OutboxItem(
            token=f"{position}:{link.connection}:{link.external_id}:{kind}:{self._event}",
            record_id=self._record.id,
            connection=link.connection,
            object=link.object,
            external_id=link.external_id,
            kind=kind,
            payload=payload,
            created_at=self._now,
            due_at=self._now,
        )


def note_text(
    lifecycle: Lifecycle, record: Record, decision: Decision, signal: Signal
) -> str:
    """Return the note that tells people in the CRM why their move was put back."""
    return "\n".join(_note_lines(lifecycle, record, decision, signal))


def _note_lines(
    lifecycle: Lifecycle, record: Record, decision: Decision, signal: Signal
) -> Iterator[str]:
    here = lifecycle.stages[record.stage].label
    wanted = lifecycle.stages.get(getattr(signal, "stage", ""))
    asked = wanted.label if wanted else "another stage"
    yield f"Leadstate moved this lead back to {here}."
    refusal = decision.refusal if isinstance(decision, Stay) else None
    if refusal is not None:
        yield f"Why: {refusal.text}."
    missing = [one for receipt in decision.receipts for one in open_criteria(receipt)]
    if missing:
        yield f"Missing for {asked}:"
        for finding in missing:
            yield from finding_lines(finding, depth=1)
        yield "(+ met, - not met, ? nothing known, ! cannot be read)"
