"""The first look at a connection: everything that is there is read once.

Until it is over nobody knows all that going live would be about.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from leadstate.service.app import Feed
    from leadstate.store import View, Work

__all__ = ["FIRST_LOOK", "FirstLook", "first_look", "looked"]

FIRST_LOOK: Final = "looked:"
"""How the positions of first looks begin; the kind of object follows."""

_TOLD = 1_000

log = structlog.get_logger("leadstate.first_look")


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLook:
    """How far a workflow's first look at a kind of object is.

    Attributes:
        listed: Objects that the CRM has listed so far.
        unread: Those of them that wait to be read and judged.
        over: Whether all were listed.
    """

    listed: int = 0
    unread: int = 0
    over: bool = False

    @property
    def complete(self) -> bool:
        """Whether everything that was there was read."""
        return self.over and not self.unread


def first_look(view: View, connection: str, kind: str, now: datetime) -> FirstLook:
    """Return how far the first look is.

    Args:
        view: Narrowed to the workflow.
        connection: The connection's name.
        kind: The kind of object.
        now: What came until now, where the CRM is still listing.
    """
    listed, ended = _known(view, connection, kind)
    unread = view.inbox.unread(connection, now if ended is None else ended)
    return FirstLook(listed=listed, unread=unread, over=ended is not None)


def looked(work: Work, feed: Feed, seen: int, now: datetime, *, over: bool) -> None:
    """Keep how far first looks are that a page of changes was part of."""
    for app, _ in feed.readers:
        own = work.of(app.name)
        listed, ended = _known(own, feed.name, feed.object)
        if ended is not None:
            continue
        after = listed + seen
        end = now.isoformat() if over else ""
        own.cursors.set(feed.name, FIRST_LOOK + feed.object, f"{after} {end}", now)
        if over or after // _TOLD > listed // _TOLD:
            said = "first look is listed" if over else "first look goes on"
            log.info(said, connection=feed.name, workflow=app.name, objects=after)


def _known(view: View, connection: str, kind: str) -> tuple[int, datetime | None]:
    """Return how much was listed, and when that was over."""
    held = view.cursors.get(connection, FIRST_LOOK + kind) or "0 "
    listed, _, ended = held.partition(" ")
    return int(listed), datetime.fromisoformat(ended) if ended else None
