"""The page of tables: what each one holds, and each of its columns."""

from __future__ import annotations

from leadstate.store import schema
from scripts.reference.markdown import table

# What a column says wherever it stands.
_EVERYWHERE = {
    "record_id": "The record it belongs to.",
    "connection": "The connection's name in the settings.",
    "object": "The CRM's kind of object.",
    "external_id": "The CRM's id of the object.",
    "learnt_at": "When Leadstate learnt of it.",
    "workflow_version": "The version of the workflow that was in force.",
    "pass_number": "The n-th trip through the funnel.",
    "token": "Identifies one write over every repetition.",
    "due_at": "Not before this moment.",
    "settled_at": "When it was done with.",
    "updated_at": "When it was written last.",
}
_TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "workflow_version": (
        "Every version of the workflow that was ever active.",
        {
            "version": "Content hash of the definition.",
            "name": "The workflow's name.",
            "title": "Its title.",
            "source": "The file as it was.",
            "applied_at": "When it became active.",
            "active": "Whether it is in force; one version a workflow is.",
        },
    ),
    "record": (
        "Where each record stands.",
        {
            "id": "Leadstate's own id.",
            "workflow": "The workflow it goes through.",
            "stage": "Its stage.",
            "version": "Counts commits; a decision on an older one is made again.",
            "stage_version": "Counts moves; a timer armed for an older one is void.",
            "entered_at": "When it entered the stage, empty when nobody knows.",
            "data": "Typed field values.",
            "folded": "Case-folded copies of texts, for SQL conditions.",
            "created_at": "When it came under Leadstate's care.",
            "status": "active, closed or erased.",
            "flag": "Why a person should look at it.",
            "flagged_at": "Since when.",
        },
    ),
    "link": (
        "Which object of which CRM is which record.",
        {
            "record_id": "The record, empty while the object is quarantined.",
            "remote_stage": "The stage that the CRM showed last.",
            "remote_properties": "The properties as read last.",
            "remote_updated_at": "When the CRM last changed the object.",
            "seen_at": "When it was read last.",
            "status": "active, quarantined, gone or merged.",
            "reason": "Why it is quarantined or gone.",
            "merged_into": "The survivor's id in the CRM.",
            "reverts": "Moves put back in a row; the loop breaker.",
            "reverted_at": "When the last one was put back.",
        },
    ),
    "history": (
        "What happened, append-only: triggers refuse every change and deletion.",
        {
            "seq": "Order of commits.",
            "id": "The row's own id.",
            "kind": "entered, moved, refused, reverted, crm_refused, linked, conflict, "
            "merged, closed, reopened or erased.",
            "cause": "automatic, manual, outside, timer or import.",
            "actor": "Who, in the source's words.",
            "happened_at": "When, by the source's clock; empty when nobody knows.",
            "transition": "The transition taken or refused.",
            "from_stage": "The stage before.",
            "to_stage": "The stage after, or the one that was asked for.",
            "reason": "The reason that was given.",
            "note": "A sentence for a person.",
            "answer": "accept, flag or revert, for a move made in the CRM.",
            "source": "The connection or door it came through.",
            "source_event": "The signal's key: one event leaves its rows once.",
        },
    ),
    "receipt": (
        "The why of a history row, written once.",
        {
            "history_id": "The history row.",
            "body": "Every candidate with every finding, as JSON.",
        },
    ),
    "visit": (
        "Stays in stages; one is open for each active record.",
        {
            "id": "The visit.",
            "stage": "The stage.",
            "entered_at": "When it began, empty when nobody knows.",
            "left_at": "When it ended.",
            "entered_by": "The history row that began it.",
            "left_by": "The history row that ended it; empty while it is open.",
        },
    ),
    "inbox": (
        "What came in, and what became of it.",
        {
            "id": "Order of arrival.",
            "key": "Two deliveries of one event have the same; it is kept once.",
            "kind": "event (webhook), hint (poll), or move and take (a person).",
            "record_id": "The record, where it is known.",
            "payload": "What was said, verbatim for webhooks.",
            "happened_at": "When, by the sender's clock.",
            "received_at": "When it was stored.",
            "attempts": "Looks that had to be put off.",
            "state": "pending, done, echo or dead.",
        },
    ),
    "outbox": (
        "What is to be put into a CRM.",
        {
            "id": "Order of decisions.",
            "kind": "stage, fields, create (a hand-off) or note.",
            "payload": "The properties, or the text of the note.",
            "history_id": "The history row that asked for it.",
            "created_at": "When it was decided.",
            "attempts": "How often it was claimed.",
            "state": "pending, claimed, done, refused, superseded or dead.",
            "claim_token": "Who holds it; nobody else can settle it.",
            "claimed_until": "When the lease runs out.",
            "sent": "Whether an attempt may have reached the CRM.",
            "sent_earlier": "The same, before the running claim.",
            "outcome": "What the CRM said last.",
        },
    ),
    "write_ledger": (
        "Every property that Leadstate wrote; echoes are recognised by it.",
        {
            "id": "The entry.",
            "property": "The CRM's property.",
            "value": "What was written.",
            "written_at": "When.",
        },
    ),
    "dead_letter": (
        "What could not go on.",
        {
            "id": "The number that `dead-letters replay` takes.",
            "door": "inbox, outbox or link: where it got stuck.",
            "ref": "What it is at that door.",
            "record_id": "The record, where it is known.",
            "reason": "A phrase to group by.",
            "detail": "Sentences for a person.",
            "payload": "What it was about.",
            "first_at": "When it got stuck first.",
            "last_at": "When last.",
            "times": "How often.",
            "replayed_at": "When it was let go again; empty while it is open.",
        },
    ),
    "budget": (
        "The rate budgets of CRM accounts, shared by every process.",
        {
            "key": "Account and kind of limit.",
            "tat": "The moment at which the budget is whole again, in microseconds.",
        },
    ),
    "credential": (
        "Tokens that an adapter obtained, encrypted with AES-GCM.",
        {
            "name": "What the adapter calls it.",
            "nonce": "Used once.",
            "ciphertext": "The token; it opens in its own row only.",
        },
    ),
    "event": (
        "Behaviour that scores count.",
        {
            "name": "The event.",
            "at": "When it happened.",
            "source": "The connection that told of it.",
        },
    ),
    "field_change": (
        "Values as they were.",
        {
            "id": "The change.",
            "field": "The field.",
            "old": "Its value before.",
            "new": "Its value after.",
            "changed_at": "When, by the CRM's clock.",
            "source": "The connection that told of it.",
        },
    ),
    "identity": (
        "Which records have an identifying value: how objects of two CRMs meet.",
        {
            "field": "The field, one that the workflow marks with `identity`.",
            "value": "Its value: an address in lower case, a number with its country.",
        },
    ),
    "conflict": (
        "Where two CRMs disagreed about a record, and who was believed.",
        {
            "id": "The number that `conflicts take` takes.",
            "what": "The field, or `stage`.",
            "connection": "Where the value came from that was not believed.",
            "kept_from": "Where the believed one came from; empty when nobody knows.",
            "rule": "owner or newest.",
            "kept": "The believed value.",
            "dropped": "The other one.",
            "kept_at": "When the believed value was set, by its source's clock.",
            "dropped_at": "When the other one was.",
            "at": "When Leadstate judged.",
            "taken_at": "When a person took the other side; empty otherwise.",
        },
    ),
    "cursor": (
        "Where polling stands, and what was made ready for which workflow.",
        {
            "name": "What is polled.",
            "value": "The adapter's own bookmark.",
        },
    ),
}


def page() -> None:
    """Print a table a table."""
    for found in schema.metadata.sorted_tables:
        about, columns = _TABLES[found.name]
        print(f"## {found.name}", "", about, "", sep="\n")
        table(
            ["column", "type", "meaning"],
            [
                (
                    f"`{column.name}`" + (" (key)" if column.primary_key else ""),
                    _type(column.type),
                    columns.get(column.name) or _EVERYWHERE[column.name],
                )
                for column in found.columns
            ],
        )


def _type(kind: object) -> str:
    return {
        "Text": "text",
        "Integer": "whole number",
        "BigInteger": "whole number",
        "Boolean": "true or false",
        "JSON": "JSON",
        "LargeBinary": "bytes",
        "Instant": "moment",
        "Word": "word",
    }[type(kind).__name__]
