"""Incoming requests that nobody has looked at yet."""

from __future__ import annotations

from dataclasses import dataclass, field

CATEGORIES = ("sip", "mail", "chats", "forms")


@dataclass(slots=True, kw_only=True)
class Unsorted:
    """One incoming request with the lead, contact and company it brought."""

    uid: str
    category: str
    source_uid: str | None
    source_name: str | None
    pipeline_id: int
    created_at: int
    metadata: dict[str, object]
    lead_id: int
    contact_ids: list[int] = field(default_factory=list)
    company_ids: list[int] = field(default_factory=list)
    outcome: str = ""
    sorted_at: int | None = None
