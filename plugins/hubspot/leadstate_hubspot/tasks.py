"""Give a task about a record to a person, once per token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .notes import Attached, body_of, reference_of
from .reading import fetch

if TYPE_CHECKING:
    from datetime import datetime

    from .api import HubSpotApi

__all__ = ["TaskWriter"]

_OWNER = "hubspot_owner_id"
_LONGEST_SUBJECT = 250  # characters; a title in a list, the whole text is in the body
# Type ids of "task to …" (HubSpot's own client 12.0.0, association_type.py).
_TYPES = {"contacts": 204, "deals": 216}


class TaskWriter:
    """Gives tasks about one kind of object."""

    def __init__(self, api: HubSpotApi, kind: str) -> None:
        self._api, self._kind = api, kind
        self._attached = Attached(api, kind, "tasks", "hs_task_body", _TYPES.get(kind))

    def add(  # noqa: PLR0913 - the facts of one task, keyword-only
        self,
        record_id: str,
        text: str,
        *,
        due_at: datetime,
        owner: str | None,
        token: str,
        repeated: bool,
    ) -> None:
        """Give the task, unless ``repeated`` finds it given."""
        reference = reference_of(token)
        if self._attached.is_there(record_id, reference, repeated=repeated):
            return
        properties = {
            "hs_timestamp": due_at.isoformat(timespec="milliseconds"),
            "hs_task_subject": _subject(text),
            "hs_task_body": body_of(text, reference),
            "hs_task_status": "NOT_STARTED",
            "hs_task_type": "TODO",
        }
        whose = owner or self._owner_of(record_id)
        properties |= {_OWNER: whose} if whose else {}
        self._attached.create(record_id, properties)

    def _owner_of(self, record_id: str) -> str | None:
        """Return the record's owner: HubSpot gives an unowned task to nobody."""
        record = fetch(self._api, self._kind, [record_id], [_OWNER]).records.get(
            record_id
        )
        return record.properties.get(_OWNER) if record else None


def _subject(text: str) -> str:
    """Return the first line, shortened."""
    first = text.strip().partition("\n")[0].strip() or "Leadstate"
    if len(first) <= _LONGEST_SUBJECT:
        return first
    return first[: _LONGEST_SUBJECT - 1] + "…"
