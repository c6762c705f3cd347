"""Notes on leads, contacts and companies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadstate_amocrm.sandbox.problems import Issue, missing, no_choice, wrong_type

if TYPE_CHECKING:
    from collections.abc import Mapping

# Note type -> members its params must have (notes guide, seen 2026-11-22).
TYPES: dict[str, tuple[str, ...]] = {
    "common": ("text",),
    "call_in": ("phone",),
    "call_out": ("phone",),
    "service_message": ("service", "text"),
    "extended_service_message": ("service", "text"),
    "message_cashier": ("status", "text"),
    "geolocation": ("text",),
    "sms_in": ("text", "phone"),
    "sms_out": ("text", "phone"),
    "attachment": ("file_uuid",),
}


@dataclass(slots=True, kw_only=True)
class Note:
    """One note."""

    id: int
    kind: str
    entity_id: int
    note_type: str
    params: dict[str, object]
    created_by: int
    updated_by: int
    created_at: int
    updated_at: int
    responsible: int
    is_pinned: bool = False


def issues_of(item: Mapping[str, object]) -> list[Issue]:
    """Return what is wrong with a note that somebody wants to write."""
    kind, params = item.get("note_type"), item.get("params")
    if kind is None:
        return [missing("note_type")]
    if not isinstance(kind, str) or kind not in TYPES:
        return [no_choice("note_type")]
    if params is None:
        return [missing("params")]
    if not isinstance(params, dict):
        return [wrong_type("params", "object")]
    return [missing(f"params.{name}") for name in TYPES[kind] if name not in params]
