"""Tasks of people, on records or on nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Task:
    """One task; `result` is empty until somebody says how it went."""

    id: int
    text: str
    complete_till: int
    responsible: int
    created_by: int
    updated_by: int
    created_at: int
    updated_at: int
    entity_type: str | None = None
    entity_id: int | None = None
    task_type_id: int = 1
    duration: int = 0
    is_completed: bool = False
    result: str | None = None
