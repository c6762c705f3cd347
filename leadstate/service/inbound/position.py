"""How far each workflow has heard of a connection's changes.

All that look at one kind of object share a position, so that the CRM is asked once.
One that is new, or that was away, has a position of its own until it has caught up;
what happened meanwhile is read then, and nothing is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from leadstate.service.app import feed_of, feeds_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from leadstate.service.app import App, Feed
    from leadstate.store import Store, View, Work

__all__ = ["advanced", "begin", "joined", "park", "position_of"]

_POSITION, _ABOARD = "changes:", "aboard:"

log = structlog.get_logger("leadstate.poll")


def begin(work: Work, feed: Feed, now: datetime) -> None:
    """Let all begin together, where nobody has asked for this kind of object yet."""
    if work.of("").cursors.get(feed.name, _POSITION + feed.object) is not None:
        return
    for app, _ in feed.readers:
        work.of(app.name).cursors.set(feed.name, _ABOARD + feed.object, "yes", now)


def position_of(view: View, feed: Feed) -> tuple[str | None, Feed]:
    """Return from where to ask next, and for whom: one that catches up comes first."""
    kind = feed.object
    shared = view.of("").cursors.get(feed.name, _POSITION + kind)
    if shared is None:
        return None, feed  # nobody has asked yet: all begin together
    for app, connected in feed.readers:
        own = view.of(app.name).cursors
        if own.get(feed.name, _ABOARD + kind) is None:
            return own.get(feed.name, _POSITION + kind), feed_of(app, connected)
    return shared, feed


def advanced(work: Work, feed: Feed, cursor: str, now: datetime) -> None:
    """Keep how far a page of changes got those who asked for it."""
    workflow = "" if _share(work, feed) else feed.readers[0][0].name
    work.of(workflow).cursors.set(feed.name, _POSITION + feed.object, cursor, now)


def joined(work: Work, feed: Feed, now: datetime) -> bool:
    """Let whoever has caught up go on with the others; say whether it had to.

    The others' position is older than what was just read to its end: what lies between
    is told once more, and is known then.
    """
    if _share(work, feed):
        return False
    own = work.of(feed.readers[0][0].name).cursors
    own.set(feed.name, _ABOARD + feed.object, "yes", now)
    own.delete(feed.name, _POSITION + feed.object)
    return True


def park(store: Store, apps: Iterable[App], now: datetime) -> None:
    """Keep the place of workflows that look at something no longer, for their return.

    Whoever is not here does not hear what is asked for from now on.
    """
    here = {
        (app.name, feed.name, _ABOARD + feed.object)
        for feed in feeds_of(apps)
        for app, _ in feed.readers
    }
    with store.whole.read() as view:
        away = [one for one in view.cursors.named(_ABOARD) if one not in here]
    if not away:
        return
    with store.whole.begin() as work:
        for workflow, connection, name in away:
            place = _POSITION + name.removeprefix(_ABOARD)
            own, shared = work.of(workflow).cursors, work.cursors.get(connection, place)
            own.delete(connection, name)
            if shared is not None:
                own.set(connection, place, shared, now)
            log.info("workflow is away", workflow=workflow, connection=connection)
        work.commit()


def _share(view: View, feed: Feed) -> bool:
    """Whether those who asked go by the common position."""
    own = view.of(feed.readers[0][0].name).cursors
    return own.get(feed.name, _ABOARD + feed.object) is not None
