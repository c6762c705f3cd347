"""Leave a note on a record, once per token; and what notes share with tasks.

Both end with a reference line.  The repetition looks for it among the notes (tasks) of
the record: by association and id, which HubSpot answers consistently, never by search.
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
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from .api import HubSpotApi

__all__ = ["Attached", "NoteWriter", "body_of", "reference_of"]

_LONGEST = 65_536  # characters of hs_note_body (HubSpot, notes guide, seen 2026-11-22)
_CUT = "…"
# Type ids of "note to …" (HubSpot's own client 12.0.0, association_type.py).
_TYPES = {"contacts": 202, "deals": 214}


class NoteWriter:
    """Writes notes on one kind of object."""

    def __init__(self, api: HubSpotApi, kind: str, now: Callable[[], datetime]) -> None:
        self._now = now
        self._attached = Attached(api, kind, "notes", "hs_note_body", _TYPES.get(kind))

    def add(self, record_id: str, text: str, *, token: str, repeated: bool) -> None:
        """Leave ``text`` on the record, unless ``repeated`` finds it there."""
        reference = reference_of(token)
        if self._attached.is_there(record_id, reference, repeated=repeated):
            return
        properties = {
            "hs_timestamp": self._now().isoformat(timespec="milliseconds"),
            "hs_note_body": body_of(text, reference),
        }
        self._attached.create(record_id, properties)


class Attached:
    """The notes, or the tasks, of one kind of object.

    Args:
        what: ``notes`` or ``tasks``.
        body: The property that carries the reference line.
        type_id: The type of the association; None asks HubSpot for it.
    """

    def __init__(
        self, api: HubSpotApi, kind: str, what: str, body: str, type_id: int | None
    ) -> None:
        self._api, self._kind, self._what = api, kind, what
        self._body, self._type = body, type_id

    def is_there(self, record_id: str, reference: str, *, repeated: bool) -> bool:
        """Return whether an earlier try arrived; only ``repeated`` costs calls."""
        if not is_id(record_id):
            raise SkipRecord(f"HubSpot has no {self._kind} with the id {record_id!r}")
        if not repeated:
            return False
        for chunk in chunks(self._ids(record_id), BATCH):
            found = fetch(self._api, self._what, chunk, [self._body]).records
            bodies = (one.properties.get(self._body) for one in found.values())
            if any(reference in (body or "") for body in bodies):
                return True
        return False

    def create(self, record_id: str, properties: Mapping[str, str]) -> None:
        """Create one on the record, or raise `SkipRecord` with HubSpot's words."""
        type_ = {
            "associationCategory": "HUBSPOT_DEFINED",
            "associationTypeId": self._type_id(),
        }
        links = [{"to": {"id": record_id}, "types": [type_]}]
        answer = self._api.create(
            self._what, {"properties": dict(properties), "associations": links}
        )
        if not isinstance(answer, Record):
            words = self._api.client.clean(problem_of(answer).words())
            raise SkipRecord(
                f"HubSpot took no {self._what} on {self._kind} {record_id}: {words}"
            )

    def _type_id(self) -> int:
        """Return the type of the association; asked for where it is not documented."""
        if self._type is None:
            found = self._api.labels(self._what, self._kind).results
            own = [
                one.type_id
                for one in found
                if one.category == "HUBSPOT_DEFINED" and not one.label
            ]
            if not own:
                raise ConfigurationError(
                    f"this HubSpot account cannot put {self._what} on {self._kind}"
                )
            self._type = own[0]
        return self._type

    def _ids(self, record_id: str) -> list[str]:
        found: list[str] = []
        after: str | None = None
        while True:
            page = self._api.associated(self._kind, record_id, self._what, after)
            found += [one.id for one in page.results]
            after = page.after
            if not after:
                return found


def reference_of(token: str) -> str:
    """Return the line that tells a token's note or task from all others."""
    return f"Leadstate ref. {hashlib.sha256(token.encode()).hexdigest()[:20]}"


def body_of(text: str, reference: str) -> str:
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
