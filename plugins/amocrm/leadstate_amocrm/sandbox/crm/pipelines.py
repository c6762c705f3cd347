"""Pipelines and their statuses; 142 and 143 end a lead in every one of them.

`type` is 1 for unsorted only: the two ends have 0 like any other stage.
"""

from __future__ import annotations

from dataclasses import dataclass, field

WON = 142
LOST = 143
CLOSED = frozenset((WON, LOST))
UNSORTED_TYPE = 1


@dataclass(slots=True)
class Status:
    """A stage of a pipeline."""

    id: int
    name: str
    sort: int
    pipeline_id: int
    color: str
    type: int
    editable: bool = True
    descriptions: list[dict[str, object]] = field(default_factory=list)


@dataclass(slots=True)
class Pipeline:
    """An ordered set of stages."""

    id: int
    name: str
    sort: int
    is_main: bool
    statuses: dict[int, Status]
    is_unsorted_on: bool = True
    is_archive: bool = False

    def in_order(self) -> list[Status]:
        """Return the statuses as people see them, left to right."""
        return sorted(self.statuses.values(), key=lambda status: status.sort)

    def first(self) -> Status:
        """Return where a new lead stands: the first stage after unsorted."""
        ordinary = (s for s in self.in_order() if s.type != UNSORTED_TYPE)
        return next(ordinary)

    def unsorted(self) -> Status | None:
        """Return the stage of what nobody has looked at yet."""
        found = (s for s in self.statuses.values() if s.type == UNSORTED_TYPE)
        return next(found, None)
