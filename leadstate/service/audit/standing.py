"""How the history stands: how long it is, and until when a checkpoint covers it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from leadstate.service.audit.checkpointing import CHECKPOINT_EVERY
from leadstate.store.checkpoints import read_body

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.store import View

__all__ = ["Standing", "standing"]

_PATIENCE: Final = CHECKPOINT_EVERY + timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where the history stands, as its heads say; nothing was proven.

    Attributes:
        rows: How many rows it has.
        checkpoint_at: When the last checkpoint was made; None before the first.
        younger: How many rows came after it.
        late: Whether a checkpoint is overdue: the service does not run.
    """

    rows: int
    checkpoint_at: datetime | None
    younger: int
    late: bool


def standing(view: View, now: datetime) -> Standing:
    """Return how the history stands now."""
    rows, last = view.checkpoints.rows(), view.checkpoints.last()
    said = read_body(last.body) if last else None
    if said is None:
        return Standing(rows=rows, checkpoint_at=None, younger=rows, late=False)
    younger = max(0, rows - said.rows)
    late = younger > 0 and now - said.made_at > _PATIENCE
    return Standing(rows=rows, checkpoint_at=said.made_at, younger=younger, late=late)
