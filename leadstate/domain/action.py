"""Actions: what Leadstate does besides moving a record, as written in the workflow.

They are carried out after the commit, through the outbox, never inside a decision.
Texts are templates: ``{budget}``, ``{stage}``, ``{missing}`` stand for what the record
and the receipt say at that moment (`leadstate.engine.templates`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

__all__ = [
    "TEMPLATE_NAMES",
    "Action",
    "Assign",
    "AssignBy",
    "Call",
    "Escalate",
    "LeaveNote",
    "Notify",
    "SetField",
    "Start",
    "Task",
]

TEMPLATE_NAMES: Final[frozenset[str]] = frozenset(
    {
        "actor",
        "due",
        "from_stage",
        "missing",
        "owner",
        "pass",
        "reason",
        "record",
        "sla",
        "stage",
        "stage_label",
        "transition",
    }
)
"""What every text may name besides the workflow's fields, which go before these."""


class AssignBy(StrEnum):
    """How the next owner is chosen among the people of a team who are there."""

    ROUND_ROBIN = "round_robin"  # whoever has waited longest for a lead
    LEAST_LOADED = "least_loaded"  # whoever has the fewest leads in open stages


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign:
    """Give the record an owner, and write it into the CRMs.

    Attributes:
        team: The role of the people to choose from, or one person's name.
        keep: True when an owner of that team who is there stays.
    """

    team: str
    by: AssignBy = AssignBy.ROUND_ROBIN
    keep: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Give a task in the CRM.

    Attributes:
        due: So long after the action (elapsed time, not business time).
        to: A person's name; None leaves it to the record's owner.
    """

    text: str
    due: timedelta
    to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveNote:
    """Leave a note on the record in every CRM that has it."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetField:
    """Set a field of the record; CRMs get it by the binding's ``sync``.

    Attributes:
        value: As written; read by the field's type.  "" empties the field.
    """

    field: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """Send a message through a channel of the settings file.

    Attributes:
        channel: The channel's name; it exists when the settings have it.
        text: The message.
        subject: The subject of an e-mail; other channels show it first.
    """

    channel: str
    text: str
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate:
    """List the record for a person, in the name of somebody who has to act.

    Attributes:
        to: A person's name or a team; None means the team that owns the stage.
    """

    to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Let a plugin do it, by the hook ``perform_action``."""

    name: str
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Start a record in a workflow of the installation, at most one a pass.

    Attributes:
        workflow: Its name; it exists when the settings have it.
        stage: Where the new record enters.
        copy: The fields that it gets; None: every one that both workflows have under
            one name and with one type.
    """

    workflow: str
    stage: str
    copy: tuple[str, ...] | None = None


Action: TypeAlias = (
    Assign | Task | LeaveNote | SetField | Notify | Escalate | Call | Start
)
