"""A write while it is being read: the draft it becomes, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadstate_amocrm.sandbox.problems import Issue, wrong_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .account import Account
    from .fields import Value
    from .records import Record


@dataclass(slots=True)
class Draft:
    """A write that has been read.

    Attributes:
        native: Members that are no custom fields, under their names in the API.
        tags: Every tag the record shall have, or None to leave them.
        links: Ids to link, by kind, with whether each is the main one.
    """

    native: dict[str, object] = field(default_factory=dict)
    fields: dict[int, tuple[Value, ...]] = field(default_factory=dict)
    tags: list[str] | None = None
    tags_added: list[str] = field(default_factory=list)
    tags_deleted: list[str] = field(default_factory=list)
    links: dict[str, list[tuple[int, bool]]] = field(default_factory=dict)
    author: int | None = None
    created_by: int | None = None
    created_at: int | None = None
    updated_at: int | None = None
    issues: list[Issue] = field(default_factory=list)


@dataclass(slots=True)
class DraftReader:
    """One item being read."""

    account: Account
    kind: str
    item: Mapping[str, object]
    record: Record | None
    draft: Draft = field(default_factory=Draft)

    def wrong(self, *issues: Issue) -> None:
        """Note what is wrong."""
        self.draft.issues.extend(issues)

    def whole(self, name: str) -> int | None:
        """Return a whole number of the item, noting anything else."""
        value = self.item.get(name)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self.wrong(wrong_type(name, "int"))
        return None
