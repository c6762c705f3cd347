"""What happened in the account, told to whoever listens.

Listeners are the journal of events, the webhooks, the request log and the automation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .fields import Value
    from .records import Record


class What(StrEnum):
    """The kinds of happenings, named as webhook actions are."""

    ADDED = "add"
    UPDATED = "update"
    DELETED = "delete"
    RESTORED = "restore"
    MERGED = "merge"
    NOTED = "note"
    LINKED = "link"
    UNLINKED = "unlink"
    TASK = "task"
    UNSORTED = "unsorted"


@dataclass(frozen=True, slots=True)
class Change:
    """A property before and after."""

    before: object
    after: object


@dataclass(frozen=True, slots=True)
class FieldChange:
    """The values of a custom field before and after."""

    before: tuple[Value, ...]
    after: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happened to one record, or to what belongs to it.

    Attributes:
        changes: Native members that changed, under their names in the API.
        fields: Custom fields that changed, by id.
        extra: What the happening is about besides: a note, a task, a link.
    """

    what: What
    at: int
    author: int
    record: Record | None = None
    changes: Mapping[str, Change] = field(default_factory=dict)
    fields: Mapping[int, FieldChange] = field(default_factory=dict)
    tags_added: tuple[str, ...] = ()
    tags_deleted: tuple[str, ...] = ()
    extra: Mapping[str, object] = field(default_factory=dict)

    @property
    def moved(self) -> bool:
        """Whether a lead came to another stage."""
        return "status_id" in self.changes or "pipeline_id" in self.changes

    def old(self, name: str) -> object:
        """Return what a native member was before."""
        change = self.changes.get(name)
        if change is not None:
            return change.before
        return getattr(self.record, name)
