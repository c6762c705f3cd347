"""The page of tables: what each one holds, and each of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.domain.history import Cause, HistoryKind
from leadstate.domain.mode import ConnectionMode
from leadstate.store import BatchOutcome, schema
from leadstate.testing.stores import StoreConformance
from scripts.reference.markdown import summary, table

if TYPE_CHECKING:
    from enum import StrEnum


def _either(words: type[StrEnum]) -> str:
    """Return every word of a set, as a sentence lists them."""
    *most, last = [word.value for word in words]
    return f"{', '.join(most)} or {last}"


# What a column says wherever it stands.
_EVERYWHERE = {
    "workflow": "Whose it is: the workflow's name; '' is everybody's.",
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
            "created_at": "When Leadstate first saw it.",
            "care_since": "When it came under care; empty while it is only observed.",
            "status": "active, closed, erased, or imported: known from a file alone.",
            "flag": "Why a person should look at it.",
            "flagged_at": "Since when.",
            "came_from": "The stage before, empty when nobody knows.",
            "entered_via": "The transition that brought it to its stage.",
            "breach_moves": "Moves in a row that only broken SLAs made.",
            "owner": "The person who owns it, for counting; empty until it changes "
            "when the record is older than this column.",
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
            "live_since": "When Leadstate began to act on it; empty while it is only "
            "observed.",
            "status": "active, quarantined, gone, merged or erased.",
            "reason": "Why it is quarantined or gone.",
            "merged_into": "The survivor's id in the CRM.",
            "reverts": "Moves put back in a row; the loop breaker.",
            "reverted_at": "When the last one was put back.",
            "version": "Counts saves; what was decided on an older one is redone.",
        },
    ),
    "history": (
        "What happened, append-only: triggers refuse every change and deletion.",
        {
            "seq": "Order of commits.",
            "id": "The row's own id.",
            "kind": f"{_either(HistoryKind)}.",
            "cause": f"{_either(Cause)}.",
            "actor": "Who, in the source's words.",
            "happened_at": "When: by the source's clock what was done elsewhere, when "
            "it was decided what Leadstate does; empty when nobody knows.",
            "transition": "The transition taken or refused.",
            "from_stage": "The stage before.",
            "to_stage": "The stage after, or the one that was asked for.",
            "reason": "The reason that was given.",
            "answer": "accept, flag or revert, for a move made in the CRM.",
            "source": "The connection or door it came through.",
            "source_event": "The signal's key: one event leaves its rows once.",
            "lane": "The lane of the [chain](history-chain.md) it stands in.",
            "place": "Its place in the lane, from 1.",
            "detail": "Digest of its note and receipt; empty when it has neither.",
            "hash": "Covers the row and the hash of the row before it in the lane.",
            "format": "By which [format](history-chain.md) of the chain it is covered.",
            "qualified_at": "Since when the record qualified for the move, by what was "
            "learnt late; empty where that is no other time.",
        },
    ),
    "detail": (
        "Note and receipt of a history row, written once.",
        {
            "history_id": "The history row.",
            "body": "Both as one document, encrypted with the record's key.",
        },
    ),
    "chain_head": (
        "Where each lane of the chain ends.",
        {
            "lane": "The lane.",
            "place": "The place of its last row.",
            "hash": "The hash of its last row.",
        },
    ),
    "checkpoint": (
        "The ends of all lanes at one moment, signed; append-only.",
        {
            "id": "Its number.",
            "made_at": "When it was made.",
            "body": "The [text](history-chain.md#a-checkpoint) that was signed.",
            "signature": "Ed25519 over the body.",
            "key": "The public key.",
        },
    ),
    "past_change": (
        "What a CRM's history or a file tells, until it is part of the history.",
        {
            "source": "The connection, or what a file's origin is called.",
            "key": "Told again, the same change has the same key.",
            "at": "When it happened, by the source's clock.",
            "body": "What it says, in the source's words.",
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
            "owner": "Who owned the record when it began; empty when nobody knows.",
            "reported": "Whether a CRM's history or a file tells of it.",
        },
    ),
    "inbox": (
        "What came in, and what became of it.",
        {
            "id": "Order of arrival.",
            "key": "Two deliveries of one event have the same; it is kept once.",
            "kind": "event (webhook), hint (poll), timer (one came due), or what a "
            "person asked for: move, take.",
            "record_id": "The record, where it is known.",
            "payload": "What was said, verbatim for webhooks.",
            "happened_at": "When, by the sender's clock.",
            "received_at": "When it was stored.",
            "attempts": "Looks that had to be put off.",
            "state": "pending, done, echo or dead.",
        },
    ),
    "outbox": (
        "What is to be put into a CRM, told through a channel or done by a plugin.",
        {
            "id": "Order of decisions.",
            "connection": "The connection's name in the settings; the channel's for a "
            "message; `plugin` for a call.",
            "object": "The CRM's kind of object; `channel` for a message.",
            "external_id": "The CRM's id of the object; empty where there is none.",
            "kind": "stage, fields, create (a hand-off), note, task, message (to a "
            "channel) or call (to a plugin).  The first three leave in their order, "
            "one at a time for a record and connection; the others wait for nobody.",
            "payload": "The properties, or the text.",
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
    "further_identity": (
        "A person's further addresses and numbers, as one object shows them.",
        {
            "field": "The identifying field.",
            "value": "Normalised: lower case, or E.164 for numbers.",
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
            "old": "Its value before; empty where it is sealed.",
            "new": "Its value after; empty where it is sealed.",
            "sealed": "Both, encrypted with the record's key, of a personal field.",
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
            "kept": "The believed value; empty where it is sealed.",
            "dropped": "The other one; empty where it is sealed.",
            "sealed": "Both, encrypted with the record's key, of a personal field.",
            "kept_at": "When the believed value was set, by its source's clock.",
            "dropped_at": "When the other one was.",
            "at": "When Leadstate judged.",
            "taken_at": "When a person took the other side; empty otherwise.",
        },
    ),
    "subject_key": (
        "The key that opens what is sealed of a record; an erasure destroys it.",
        {"key": "128 bits."},
    ),
    "forgotten": (
        "Who was forgotten, so that they are recognised and nobody is named.",
        {
            "digest": "HMAC-SHA256 of an object's place or of an identifying value.",
            "record_id": "The record it belonged to; empty when it had none.",
            "at": "When it was forgotten.",
        },
    ),
    "secret": (
        "What the installation itself must know and never tells.",
        {
            "name": "What it is for.",
            "value": "Random bytes.",
        },
    ),
    "connection_mode": (
        "Whether a workflow acts on a connection, or only observes it.",
        {
            "mode": f"{_either(ConnectionMode)}.",
            "since": "Since when.",
            "actor": "Who said so.",
        },
    ),
    "batch": (
        "Changes of many records that are made in parts, each part once.",
        {
            "id": "The batch.",
            "kind": "What is done: go-live, observe.",
            "subject": "To which connection; it has one open batch at most.",
            "actor": "Who asked for it.",
            "began_at": "When it began.",
            "position": "How far it is; empty at the beginning.",
            "done": "How many records it is behind.",
            "owner": "Which run works on it; empty while none does.",
            "leased_until": "Until when no other run does.",
            "ended_at": "When it ended; empty while it is open.",
            "outcome": "How it ended.",
        },
    ),
    "batch_item": (
        "What became of each record in a batch.",
        {
            "batch_id": "The batch.",
            "outcome": f"{_either(BatchOutcome)}.",
            "why": "Why it was left as it is.",
            "at": "When.",
        },
    ),
    "timer": (
        "Moments at which records are to be looked at, until they were.",
        {
            "id": "The timer; an id never comes back.",
            "kind": "warn, breach, wake, or look (a condition can change then).",
            "sla": "The SLA, for warn and breach; empty otherwise.",
            "mark": "Which of its warnings; empty otherwise.",
            "stage_version": "The record's, when it was armed; a move makes it void.",
            "due_at": "It never fires earlier.",
            "fired_at": "When it got its inbox row; empty while it waits for that.",
        },
    ),
    "clock": (
        "Each SLA at work on each stay of a record; open while `ended_at` is empty.",
        {
            "id": "The clock.",
            "sla": "The SLA, in its stage.",
            "stage": "The stage.",
            "stage_version": "The record's during the stay.",
            "team": "The team that owned the stage.",
            "owner": "Who owned the record when the clock was last looked at.",
            "entered_at": "When the record entered the stage.",
            "started_at": "When the clock started; empty while it waits for its event.",
            "carried": "Business time used up in earlier stays, in microseconds.",
            "pauses": "A list of start, end (empty while it lasts), reason and who.",
            "due_at": "When the SLA breaks if nothing happens; empty while the "
            "clock stands still.",
            "used": "Business time used up at the end, in microseconds.",
            "fired": "The warnings that were given, and `breach`.",
            "breached_at": "When the SLA was broken.",
            "escalated_to": "Who was told to act.",
            "ended_at": "When it ended.",
            "counts_from": "Before this it counts nothing: the record was not under "
            "care, the move not learnt, or the SLA not in the workflow.",
            "version": "The version of the workflow that judged it last.",
            "within": "The business time that this version's SLA allows, in "
            "microseconds.",
            "grace": "Business time that a tightened SLA leaves from `grace_from` on, "
            "in microseconds.",
            "grace_from": "When the SLA was tightened.",
            "measured": "False when its time was used up, or it ended, before it could "
            "count: then it is neither kept nor broken.",
        },
    ),
    "approval": (
        "Moves that wait for somebody else's agreement, and the answers.",
        {
            "id": "The number that answers refer to.",
            "stage_version": "The record's, when it was asked; a move makes it void.",
            "transition": "The transition that was asked for.",
            "asked_by": "Who asked.",
            "asked_at": "When.",
            "reason": "The reason that was given.",
            "note": "What the asking person wrote.",
            "source": "The door it came through.",
            "state": "pending, approved, declined or void.",
            "decided_by": "Who answered.",
            "decided_at": "When it was answered, or became void.",
            "decided_note": "What the answering person wrote.",
        },
    ),
    "assignment": (
        "Which record was given to whom: whoever has waited longest is next.",
        {
            "id": "Order of assignments.",
            "person": "The person.",
            "team": "The team or role they were chosen from.",
            "at": "When.",
            "history_id": "The history row that says so.",
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
        "Length": "whole number",
        "Word": "word",
    }[type(kind).__name__]


def promises() -> None:
    """Print every promise of a store, subject by subject."""
    for subject in StoreConformance.__bases__:
        print(f"## {subject.__name__}", "", summary(subject), "", sep="\n")
        table(
            ["promise", "in words"],
            [
                (f"`{name}`", summary(test))
                for name, test in vars(subject).items()
                if name.startswith("test_")
            ],
        )
