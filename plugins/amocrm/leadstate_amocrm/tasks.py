"""Give a task about a lead to a person, once per token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from leadstate.errors import SkipRecord

from .batching import is_id
from .notes import check, reference_of, with_reference

if TYPE_CHECKING:
    from .api import AmoCrmApi

__all__ = ["TaskWriter"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TaskWriter:
    """Gives tasks about leads."""

    api: AmoCrmApi

    def add(  # noqa: PLR0913 - the facts of one task, keyword-only
        self,
        lead_id: str,
        text: str,
        *,
        due_at: datetime,
        owner: str | None,
        token: str,
        repeated: bool,
    ) -> None:
        """Give the task, unless ``repeated`` finds it given."""
        if not is_id(lead_id):
            raise SkipRecord(f"amoCRM has no lead with the id {lead_id!r}")
        if owner is not None and not is_id(owner):
            raise SkipRecord(f"amoCRM has no user with the id {owner!r}")
        reference = reference_of(token)
        if repeated and self._is_there(lead_id, reference):
            return
        whose = owner or self._owner_of(lead_id)
        body: dict[str, object] = {
            "entity_type": "leads",
            "entity_id": int(lead_id),
            "task_type_id": self.api.settings.task_type_id,
            "text": with_reference(text, reference),
            "complete_till": (due_at - _EPOCH) // timedelta(seconds=1),
        }
        if whose is not None:
            body["responsible_user_id"] = int(whose)
        check(self.api, self.api.create_task(body), f"no task about lead {lead_id}")

    def _owner_of(self, lead_id: str) -> str | None:
        """Return the lead's owner: amoCRM gives an unowned task to the token's user."""
        lead = self.api.one("leads", lead_id)
        if lead is None or lead.is_deleted:
            raise SkipRecord(f"amoCRM has no lead with the id {lead_id}")
        return lead.responsible_user_id or self.api.settings.responsible_user_id

    def _is_there(self, lead_id: str, reference: str) -> bool:
        for page in count(1):
            part = self.api.tasks(lead_id, page)
            if any(reference in (task.text or "") for task in part.rows):
                return True
            if not part.more:
                break
        return False
