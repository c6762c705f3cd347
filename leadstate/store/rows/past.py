"""Rows about what a CRM's history or a file tells, before it is part of the history."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["PastRow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRow:
    """One change as its source tells it.

    Attributes:
        source: The connection, or the name of the file's source.
        record_id: Whose past it is; "" for an object that has no record, of which
            nothing but its id is kept.
        external_id: How the source calls the object.
        key: The same change has the same key, whenever it is told.
        body: What it says, in the words of the source.
    """

    source: str
    record_id: str
    external_id: str
    key: str
    at: datetime | None = None
    body: Mapping[str, object] = field(default_factory=dict)
