"""What a report looks at, in the words of the tables.  No SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["FieldFilter", "Selection"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFilter:
    """A value that a record must have in a field.

    Attributes:
        value: As the record's data hold it; for a text field, case-folded.
        folded: Compare with the case-folded copy of a text.
    """

    field: str
    value: str
    folded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a report looks at; None and () leave everything in.

    Attributes:
        as_of: Nothing that was entered after this moment is looked at (aware UTC).
        since: From this moment on; what it is compared with, each report says.
        until: Before this moment.
        stages: Stages of the team that is asked for; None is every stage.
        owner: Who owned the record when the stay began.
        version: The first characters of a workflow version.
        values: What the record's fields must say.
    """

    as_of: datetime
    since: datetime | None = None
    until: datetime | None = None
    stages: tuple[str, ...] | None = None
    owner: str | None = None
    pass_number: int | None = None
    version: str | None = None
    values: tuple[FieldFilter, ...] = ()
