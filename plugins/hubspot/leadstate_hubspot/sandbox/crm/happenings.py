"""What happened to a record, told to whoever listens: webhooks and the request log."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .object_types import ObjectType
    from .records import Author


class Event(StrEnum):
    """The last part of a webhook's subscription type."""

    CREATION = "creation"
    DELETION = "deletion"
    RESTORE = "restore"
    MERGE = "merge"
    PRIVACY_DELETION = "privacyDeletion"
    PROPERTY_CHANGE = "propertyChange"
    ASSOCIATION_CHANGE = "associationChange"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One event of one record."""

    event: Event
    kind: ObjectType
    record_id: int
    at: int
    author: Author
    property: str = ""
    before: str = ""
    after: str = ""
    during_creation: bool = False
    extra: Mapping[str, object] = field(default_factory=dict)
