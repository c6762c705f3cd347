"""The actions that Leadstate itself brings, as a plugin like any other.

``log`` writes a warning with the setting ``text`` into Leadstate's log, for whatever
watches logs; nothing else of the record is written there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from leadstate.adapters.hooks import hookimpl

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["perform_action"]

_log = structlog.get_logger("leadstate.action")


@hookimpl
def perform_action(
    name: str, settings: Mapping[str, str], record_id: str, token: str
) -> bool | None:
    """Write a line into the log, when that is what is asked."""
    if name != "log":
        return None
    _log.warning(settings.get("text", "action"), record=record_id, token=token)
    return True
