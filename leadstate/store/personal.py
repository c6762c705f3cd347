"""Which columns can hold what tells of a person, and what an erasure does with them.

Every column of text, JSON or bytes stands here, in one of two lists: a test holds the
lists against the tables, so that a new column cannot be forgotten.
"""

from __future__ import annotations

from typing import Final

__all__ = ["EMPTY_OF_PEOPLE", "ERASED"]

ERASED: Final = {
    "record.data": "emptied",
    "record.folded": "emptied",
    "record.owner": "emptied: who looked after the person",
    "record.flag": "emptied: it may quote a CRM's answer",
    "link.remote_stage": "emptied",
    "link.remote_properties": "emptied",
    "link.reason": "replaced by the word 'erased': it may quote a stage's value",
    "identity.field": "the row is deleted",
    "identity.value": "the row is deleted",
    "identity.record_id": "the row is deleted",
    **{
        f"further_identity.{one}": "the row is deleted"
        for one in ("workflow", "connection", "object", "external_id", "field", "value")
    },
    "event.record_id": "the row is deleted",
    "event.name": "the row is deleted",
    "event.source": "the row is deleted",
    "field_change.record_id": "the row is deleted",
    "field_change.field": "the row is deleted",
    "field_change.old": "the row is deleted",
    "field_change.new": "the row is deleted",
    "field_change.sealed": "the row is deleted",
    "field_change.source": "the row is deleted",
    "conflict.kept": "emptied",
    "conflict.dropped": "emptied",
    "conflict.sealed": "emptied",
    "past_change.source": "the row is deleted",
    "past_change.record_id": "the row is deleted",
    "past_change.external_id": "the row is deleted",
    "past_change.key": "the row is deleted",
    "past_change.body": "the row is deleted",
    "detail.history_id": "the row is deleted",
    "detail.body": "the row is deleted",
    "subject_key.record_id": "the row is deleted",
    "subject_key.key": "the row is deleted",
    "timer.record_id": "the row is deleted",
    "timer.kind": "the row is deleted",
    "timer.sla": "the row is deleted",
    "timer.mark": "the row is deleted",
    "clock.pauses": "its reasons are emptied",
    "approval.record_id": "the row is deleted",
    "approval.transition": "the row is deleted",
    "approval.asked_by": "the row is deleted",
    "approval.reason": "the row is deleted",
    "approval.note": "the row is deleted",
    "approval.source": "the row is deleted",
    "approval.state": "the row is deleted",
    "approval.decided_by": "the row is deleted",
    "approval.decided_note": "the row is deleted",
    "assignment.record_id": "the row is deleted",
    "assignment.person": "the row is deleted",
    "assignment.team": "the row is deleted",
    "assignment.history_id": "the row is deleted",
    "batch_item.record_id": "the row is deleted",
    "batch_item.outcome": "the row is deleted",
    "batch_item.why": "the row is deleted",
    "inbox.payload": "emptied; of other rows that name the person, what they tell is",
    "outbox.payload": "emptied",
    "outbox.outcome": "emptied: it may quote a CRM's answer",
    "write_ledger.connection": "the row is deleted",
    "write_ledger.object": "the row is deleted",
    "write_ledger.external_id": "the row is deleted",
    "write_ledger.property": "the row is deleted",
    "write_ledger.value": "the row is deleted",
    "write_ledger.token": "the row is deleted",
    "dead_letter.payload": "emptied",
    "dead_letter.detail": "emptied",
}
"""What may hold something personal, and what becomes of it."""

EMPTY_OF_PEOPLE: Final = {
    # Ids, of Leadstate and of the CRMs: numbers and digests that name nobody.
    *("record.id", "link.record_id", "link.external_id", "link.merged_into"),
    *("history.id", "history.record_id", "history.source_event", "visit.record_id"),
    *("visit.entered_by", "visit.left_by", "conflict.record_id", "clock.record_id"),
    *("inbox.key", "inbox.external_id", "inbox.record_id"),
    *("outbox.token", "outbox.record_id", "outbox.external_id", "outbox.history_id"),
    *("outbox.claim_token", "dead_letter.ref", "dead_letter.external_id"),
    *("dead_letter.record_id", "forgotten.digest", "forgotten.record_id"),
    # Names of the installation: of workflows, stages, transitions, connections.
    *("workflow_version.version", "workflow_version.name", "workflow_version.title"),
    *("workflow_version.source", "record.workflow", "record.stage"),
    *("record.workflow_version", "record.status", "record.came_from"),
    *("record.entered_via", "link.connection", "link.object", "link.status"),
    *("history.kind", "history.cause", "history.transition", "history.from_stage"),
    *("history.to_stage", "history.answer", "history.source"),
    *("history.workflow_version", "visit.stage", "visit.workflow_version"),
    *("conflict.what", "conflict.connection", "conflict.rule", "clock.sla"),
    *(
        "clock.stage",
        "clock.version",
        "clock.team",
        "clock.fired",
        "inbox.connection",
        "inbox.kind",
    ),
    *("inbox.object", "inbox.state", "outbox.connection", "outbox.object"),
    *("outbox.kind", "outbox.state", "dead_letter.door", "dead_letter.connection"),
    *("dead_letter.object", "dead_letter.reason", "cursor.connection", "cursor.name"),
    *("cursor.value", "cursor.workflow", "link.workflow", "identity.workflow"),
    *("inbox.workflow", "outbox.workflow", "write_ledger.workflow"),
    "past_change.workflow",
    *("connection_mode.workflow", "connection_mode.connection"),
    *("connection_mode.mode", "batch.workflow", "batch.kind", "batch.subject"),
    *("batch.position", "batch.owner", "batch.outcome"),
    *("dead_letter.workflow", "budget.key", "credential.connection", "credential.name"),
    # Words of the workflow, or a CRM's own reasons: see docs/limits.md.
    "history.reason",
    # Who works here: colleagues, and no leads.
    *("connection_mode.actor", "batch.actor"),
    *("history.actor", "visit.owner", "clock.owner", "clock.escalated_to"),
    "conflict.kept_from",
    # The chain, and secrets of the installation.
    *("history.detail", "history.hash", "chain_head.hash", "checkpoint.body"),
    *("checkpoint.signature", "checkpoint.key", "secret.name", "secret.value"),
    *("credential.nonce", "credential.ciphertext"),
}
"""What holds nothing of a lead."""
