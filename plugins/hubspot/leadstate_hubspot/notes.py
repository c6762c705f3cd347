"""Leave a note on a record, once per token.

A note ends with a reference line.  The repetition looks for it among the notes of the
record: by association and id, which HubSpot answers consistently, never by search.
"""

from __future__ import annotations

import hashlib
import html
from typing import TYPE_CHECKING

from leadstate.errors import ConfigurationError, SkipRecord

from .api import BATCH
from .errors import problem_of
from .payloads import Record
from .reading import chunks, fetch, is_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from .api import HubSpotApi

__all__ = ["NoteWriter"]

_LONGEST = 65_536  # characters of hs_note_body (HubSpot, notes guide, seen 2026-11-22)
_CUT = "…"
# Type ids of "note to …" (HubSpot's own client 12.0.0, association_type.py).
_TYPES = {"contacts": 202, "deals": 214}


class NoteWriter:
    """Writes notes on one kind of object."""

    def __init__(self, api: HubSpotApi, kind: str, now: Callable[[], datetime]) -> None:
        self._api, self._kind, self._now = api, kind, now
        self._type = _TYPES.get(kind)

    def add(self, record_id: str, text: str, *, token: str, repeated: bool) -> None:
        """Leave ``text`` on the record, unless ``repeated`` finds it there."""
        if not is_id(record_id):
            raise SkipRecord(f"HubSpot has no {self._kind} with the id {record_id!r}")
        reference = _reference(token)
        if repeated and self._is_there(record_id, reference):
            return
        answer = self._api.create_note(
            {
                "properties": {
                    "hs_timestamp": self._now().isoformat(timespec="milliseconds"),
                    "hs_note_body": _body(text, reference),
                },
                "associations": [
                    {
                        "to": {"id": record_id},
                        "types": [
                            {
                                "associationCategory": "HUBSPOT_DEFINED",
                                "associationTypeId": self._type_id(),
                            }
                        ],
                    }
                ],
            }
        )
        if not isinstance(answer, Record):
            words = self._api.client.clean(problem_of(answer).words())
            raise SkipRecord(
                f"HubSpot took no note on {self._kind} {record_id}: {words}"
            )

    def _type_id(self) -> int:
        """Return the type of the association; asked for where it is not documented."""
        if self._type is None:
            found = self._api.labels("notes", self._kind).results
            own = [
                one.type_id
                for one in found
                if one.category == "HUBSPOT_DEFINED" and not one.label
            ]
            if not own:
                message = f"this HubSpot account cannot put notes on {self._kind}"
                raise ConfigurationError(message)
            self._type = own[0]
        return self._type

    def _is_there(self, record_id: str, reference: str) -> bool:
        for chunk in chunks(self._notes_of(record_id), BATCH):
            notes = fetch(self._api, "notes", chunk, ["hs_note_body"]).records
            bodies = (note.properties.get("hs_note_body") for note in notes.values())
            if any(reference in (body or "") for body in bodies):
                return True
        return False

    def _notes_of(self, record_id: str) -> list[str]:
        found: list[str] = []
        after: str | None = None
        while True:
            page = self._api.associated(self._kind, record_id, "notes", after)
            found += [note.id for note in page.results]
            after = page.after
            if not after:
                return found


def _reference(token: str) -> str:
    return f"Leadstate ref. {hashlib.sha256(token.encode()).hexdigest()[:20]}"


def _body(text: str, reference: str) -> str:
    """Return ``text`` as HTML text within HubSpot's limit, with the reference line."""
    ending = f"<br><br><small>{reference}</small>"
    room = _LONGEST - len(ending) - len(_CUT)
    pieces: list[str] = []
    used = 0
    for character in text:
        piece = "<br>" if character == "\n" else html.escape(character)
        if used + len(piece) > room:
            pieces.append(_CUT)
            break
        pieces.append(piece)
        used += len(piece)
    return "".join(pieces) + ending
