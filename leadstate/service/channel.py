"""A message, and somewhere that messages go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["Channel", "Message"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is to be told.

    Attributes:
        token: The same over every repetition.
        created_at: When it was decided (aware UTC).
        subject: One line, or "".
        text: What people read; its lines stay.
        event: What happened, in words for a program: ``sla_breached``.
        data: What else a program may want to know; JSON-ready.
    """

    token: str
    created_at: datetime
    text: str
    subject: str = ""
    event: str = "message"
    data: Mapping[str, object] = field(default_factory=dict)


class Channel(Protocol):
    """Somewhere that messages go."""

    def send(self, message: Message, *, now: datetime) -> str:
        """Send one message; return in a few words what became of it.

        Raises:
            RetryLater: It cannot be taken now; ``sent`` says whether it may have
                arrived all the same.
            SkipRecord: It will never be taken.
        """
        ...

    def close(self) -> None:
        """Let go of what is held open."""
        ...
