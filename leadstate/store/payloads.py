"""What inbox and outbox rows carry: one frozen value a kind.

Encoded and decoded here, at the store's door, and nowhere else.  What is missing reads
as if nothing was said: rows of older versions lack what came later, and rows about
somebody who was forgotten are emptied.  Rows of kinds that are not known here keep
their data as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - pydantic reads the types
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = [
    "ApprovalAnswer",
    "CallWrite",
    "Creation",
    "CrmEvent",
    "EditRequest",
    "FieldsWrite",
    "InboxPayload",
    "MessageWrite",
    "MoveRequest",
    "NoteWrite",
    "OutboxPayload",
    "PauseRequest",
    "ReadAgain",
    "StageWrite",
    "StartRequest",
    "TakeRequest",
    "TaskWrite",
    "TimerFired",
    "UnreadablePayload",
    "decode_inbox",
    "decode_outbox",
    "encode",
]


# -- what came in ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmEvent:
    """What a webhook told.

    Attributes:
        kind: What happened, in the adapter's word (`leadstate.adapters.EventKind`).
        property: The property that changed, or None.
        actor: Who did it, in the CRM's words.
        own: Whether the CRM says that it was us.
        into: The survivor of a merge.
        merged_ids: Objects that were merged into this one.
        raw: The event as it came, for a person to look at.
    """

    kind: str = ""
    property: str | None = None
    value: str | None = None
    actor: str | None = None
    own: bool = False
    into: str | None = None
    merged_ids: tuple[str, ...] = ()
    raw: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAgain:
    """An object is to be read: a poll found it, or somebody wants another look.

    Attributes:
        again: A write of ours gave way to somebody, and is due once more.
        record: The record that a person chose for the object; ``new`` for one of its
            own, None when nobody chose.
        actor: Who chose.
    """

    again: bool = False
    record: str | None = None
    actor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRequest:
    """A person asks for a transition."""

    transition: str = ""
    actor: str = "unknown"
    roles: tuple[str, ...] = ()
    reason: str | None = None
    note: str = ""
    source: str = "cli"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeRequest:
    """A person takes the other side of a conflict."""

    conflict: int = 0
    actor: str = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalAnswer:
    """A person agrees with a move that waits, or does not."""

    approval: int = 0
    actor: str = "unknown"
    roles: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditRequest:
    """A person sets a field; the value is as people write it."""

    field: str = ""
    value: str = ""
    actor: str = "unknown"
    roles: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseRequest:
    """A person lets clocks stand still, or go on; "" means every SLA."""

    sla: str = ""
    reason: str = ""
    actor: str = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRequest:
    """A record of another workflow starts one.

    Attributes:
        workflow: The workflow of the record that starts it.
        version: The version of that workflow.
        from_stage: Where that record stood.
        pass_number: Its trip through the funnel.
        stage: Where the new record enters.
        copy: The fields that are named; None leaves it to what fits.
        values: What they hold, in the stored form.
        types: Their types there.
    """

    workflow: str = ""
    version: str = ""
    from_stage: str = ""
    pass_number: int = 1
    stage: str = ""
    copy: tuple[str, ...] | None = None
    values: Mapping[str, object] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired:
    """A timer came due; as `leadstate.domain.clock.Timer`."""

    kind: str = ""
    stage_version: int = 0
    sla: str = ""
    mark: str = ""


# -- what goes out ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StageWrite:
    """An object is to show a stage, and the values that travel with it.

    Attributes:
        properties: The CRM's properties that stand for the stage.
        fields: Shared values that the object lacks, by the CRM's properties.
        put_back: Whether it undoes a move that was made in the CRM.
    """

    stage: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    put_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldsWrite:
    """An object is to show values, by the CRM's properties."""

    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """A record's object is to be made.

    Attributes:
        properties: What it is to show.
        identity: By which properties the person is looked for first.
    """

    stage: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    identity: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteWrite:
    """A note on an object."""

    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskWrite:
    """A task on an object; ``to`` is a person's name, or None for its owner."""

    text: str = ""
    due_at: datetime | None = None
    to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageWrite:
    """A message through a channel.

    Attributes:
        record: Whose it is.
        stage: Where the record stood.
        event: What it is sent for.
        at: When that happened (aware UTC).
    """

    subject: str = ""
    text: str = ""
    record: str = ""
    stage: str = ""
    event: str = "message"
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallWrite:
    """A plugin is to do something; values are in the stored form."""

    name: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadablePayload:
    """Data that somebody else wrote into a row of a kind that is known here.

    Attributes:
        why: What is wrong with it, in one line.
    """

    data: Mapping[str, object]
    why: str


InboxPayload: TypeAlias = (
    CrmEvent
    | ReadAgain
    | MoveRequest
    | TakeRequest
    | ApprovalAnswer
    | EditRequest
    | PauseRequest
    | StartRequest
    | TimerFired
    | UnreadablePayload
)
OutboxPayload: TypeAlias = (
    StageWrite
    | FieldsWrite
    | Creation
    | NoteWrite
    | TaskWrite
    | MessageWrite
    | CallWrite
    | UnreadablePayload
)

_KINDS: Final[Mapping[str, type]] = {
    "event": CrmEvent,
    "hint": ReadAgain,
    "move": MoveRequest,
    "take": TakeRequest,
    "approve": ApprovalAnswer,
    "decline": ApprovalAnswer,
    "edit": EditRequest,
    "pause": PauseRequest,
    "resume": PauseRequest,
    "start": StartRequest,
    "timer": TimerFired,
    "stage": StageWrite,
    "fields": FieldsWrite,
    "create": Creation,
    "note": NoteWrite,
    "task": TaskWrite,
    "message": MessageWrite,
    "call": CallWrite,
}
"""Kind of a row -> what it carries."""


def encode(payload: object) -> Mapping[str, object]:
    """Return a payload as JSON-ready data, without what says nothing."""
    if isinstance(payload, Mapping):
        return payload
    if isinstance(payload, UnreadablePayload):
        return payload.data
    adapter = _adapter(type(payload))
    data = adapter.dump_python(payload, mode="json", exclude_defaults=True)
    return cast("dict[str, object]", data)


def decode_inbox(
    kind: str, data: Mapping[str, object]
) -> InboxPayload | Mapping[str, object]:
    """Return what an inbox row carries; its data where the kind is not known."""
    return cast("InboxPayload | Mapping[str, object]", _decode(kind, data))


def decode_outbox(
    kind: str, data: Mapping[str, object]
) -> OutboxPayload | Mapping[str, object]:
    """Return what an outbox row carries; its data where the kind is not known."""
    return cast("OutboxPayload | Mapping[str, object]", _decode(kind, data))


def _decode(kind: str, data: Mapping[str, object]) -> object:
    from pydantic import ValidationError  # noqa: PLC0415 - as below

    its = _KINDS.get(kind)
    if its is None:
        return data
    try:
        return _adapter(its).validate_python(_said(data))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "payload"
        return UnreadablePayload(data=data, why=f"{place}: {first['msg']}")


def _said(data: Mapping[str, object]) -> dict[str, object]:
    """Return what is said: nothing where older versions wrote null."""
    return {name: value for name, value in data.items() if value is not None}


_adapters: dict[type, TypeAdapter[Any]] = {}


def _adapter(kind: type) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter  # noqa: PLC0415 - --help does not wait for it

    found = _adapters.get(kind)
    if found is None:
        found = _adapters.setdefault(kind, TypeAdapter(kind))
    return found
