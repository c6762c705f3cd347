"""Leave a note on a lead, once per token.

A note ends with a reference line, and a repetition looks for it among the lead's notes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from leadstate.errors import RetryLater, SkipRecord

from .batching import is_id
from .errors import is_timeout, problem_of

if TYPE_CHECKING:
    from leadstate.adapters.http import ApiResponse

    from .api import AmoCrmApi

__all__ = ["NoteWriter", "check", "reference_of", "with_reference"]

_LONGEST = 20_000  # characters; amoCRM documents no limit (facts of 2026-11-22)
_CUT = "…"


@dataclass(frozen=True, slots=True)
class NoteWriter:
    """Writes notes on leads."""

    api: AmoCrmApi

    def add(self, lead_id: str, text: str, *, token: str, repeated: bool) -> None:
        """Leave ``text`` on the lead, unless ``repeated`` finds it there."""
        reference = reference_of(token)
        if not is_id(lead_id):
            raise SkipRecord(f"amoCRM has no lead with the id {lead_id!r}")
        if repeated and self._is_there(lead_id, reference):
            return
        body = {
            "entity_id": int(lead_id),
            "note_type": "common",
            "params": {"text": with_reference(text, reference)},
            # What Leadstate notes must not start the account's own automation.
            "is_need_to_trigger_digital_pipeline": False,
        }
        check(self.api, self.api.create_note(body), f"no note on lead {lead_id}")

    def _is_there(self, lead_id: str, reference: str) -> bool:
        for page in count(1):
            part = self.api.notes(lead_id, page)
            if any(reference in (note.params.text or "") for note in part.rows):
                return True
            if not part.more:
                break
        return False


def check(api: AmoCrmApi, answer: ApiResponse, what: str) -> None:
    """Raise what a refused note or task means for its lead."""
    if answer.status < 400:  # noqa: PLR2004
        return
    words = api.client.clean(problem_of(answer).words() or f"status {answer.status}")
    if is_timeout(answer):
        raise RetryLater(f"amoCRM did not answer in time: {words}", sent=True)
    raise SkipRecord(f"amoCRM took {what}: {words}")


def reference_of(token: str) -> str:
    """Return the line that tells what was left for ``token``."""
    return f"Leadstate ref. {hashlib.sha256(token.encode()).hexdigest()[:20]}"


def with_reference(text: str, reference: str) -> str:
    """Return ``text`` within amoCRM's limit, with the reference line below."""
    room = _LONGEST - len(reference) - 2
    shown = text if len(text) <= room else text[: room - len(_CUT)] + _CUT
    return f"{shown}\n\n{reference}"
