"""Whether what a CRM shows is acted on, or only observed."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["ConnectionMode"]


class ConnectionMode(StrEnum):
    """Whether a workflow acts on what a connection shows."""

    OBSERVE = "observe"  # it is read, and nothing else
    LIVE = "live"
