"""Compare everything with a CRM once a day, a page at a time.

Polling tells of changes only: a deletion whose webhook was lost, and every one where a
CRM sends none, is found here.  Between two pages half a minute passes, or fifty times
as long as the first one took, so that a round takes a day where there are 100,000
objects and never more than a fiftieth of what a CRM allows.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog

from leadstate.service.inbound.comparing import (
    compare_known,
    compare_listed,
    known_after,
    look_again,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.service.app import Feed
    from leadstate.service.inbound.comparing import Agreement

__all__ = ["PAGE_SECONDS", "reconcile", "reconcile_in_arrears"]

PAGE_SECONDS: Final = 30.0
_SHARE = 50
_EVERY = timedelta(days=1)
_COMPARED = "compared"
_KNOWN, _LISTED, _DONE = "known", "listed", "done"

log = structlog.get_logger("leadstate.reconcile")


@dataclass(frozen=True, slots=True)
class _Round:
    """How far a comparison of everything is.

    Attributes:
        began: When (ISO).
        due: When its next page is (ISO).
        phase: First what is known, then what the CRM lists, then nothing more.
        after: The last id of a known object, or the CRM's own position in its list.
    """

    began: str
    due: str
    phase: str = _DONE
    after: str = ""


def reconcile(feed: Feed) -> bool:
    """Compare a page, if one is due; say whether it was.

    The first round is due a day after the connection is first used, because that reads
    all anyway.
    """
    found, now = _round_of(feed), feed.now()
    if found is None:
        _keep(feed, _Round(now.isoformat(), now.isoformat()))
        return False
    if found.phase == _DONE:
        if _within(found.began, now, _EVERY):
            return False
        found = _Round(now.isoformat(), now.isoformat(), _KNOWN)
        _resume_hand_offs(feed)
    due = datetime.fromisoformat(found.due)
    if now < due <= now + _EVERY:  # later than that a clock said that ran ahead
        return False
    after = _known(feed, found) if found.phase == _KNOWN else _listed(feed, found)
    pause = max(timedelta(seconds=PAGE_SECONDS), _SHARE * (feed.now() - now))
    # What was missed is made up for, one day at most.
    due = min(max(due, now - _EVERY), now) + pause
    _keep(feed, replace(after, due=due.isoformat()))
    return True


def reconcile_in_arrears(feed: Feed) -> None:
    """Compare the pages that a service would have compared since the last one.

    For installations that are run now and then instead of all the time.
    """
    while reconcile(feed):
        _resume_hand_offs(feed)


def _resume_hand_offs(feed: Feed) -> None:
    """Let hand-offs begin again that came to no end.

    Each is to be made, linked or listed for a person; in a database of an earlier
    version one that found its person may have ended without the link.
    """
    now, resumed = feed.now(), 0
    with feed.store.begin() as work:
        for app, connected in feed.readers:
            own, binding = work.of(app.name), connected.binding
            open_stages = binding.stages.keys() - app.lifecycle.resting_stages
            if binding.hand_off and feed.name in own.modes.live():
                resumed += own.outbox.resume_unlinked(
                    feed.name, feed.object, open_stages, now
                )
        work.commit()
    if resumed:
        log.info("hand-offs without an object begin again", by=feed.name, n=resumed)


def _known(feed: Feed, found: _Round) -> _Round:
    ids, after = known_after(feed, found.after)
    _look_again(feed, compare_known(feed, ids))
    if after is None:
        return replace(found, phase=_LISTED, after="")
    return replace(found, after=after)


def _listed(feed: Feed, found: _Round) -> _Round:
    page = feed.adapter.changes(found.after or None)
    ids = list(dict.fromkeys(hint.id for hint in page.hints))
    _look_again(feed, compare_listed(feed, ids))
    phase = _LISTED if page.more else _DONE
    return replace(found, phase=phase, after=page.cursor if page.more else "")


def _look_again(feed: Feed, agreements: Mapping[str, Agreement]) -> None:
    for app, connected in feed.readers:
        if agreements[app.name].differences:
            look_again(app, connected, agreements[app.name])


def _round_of(feed: Feed) -> _Round | None:
    with feed.store.read() as view:
        held = view.cursors.get(feed.name, f"{_COMPARED}:{feed.object}")
    if held is None:
        return None
    # Until now a round was one step, of which only the moment was kept.
    return _Round(**json.loads(held)) if held.startswith("{") else _Round(held, held)


def _keep(feed: Feed, found: _Round) -> None:
    value = json.dumps(asdict(found))
    with feed.store.begin() as work:
        work.cursors.set(feed.name, f"{_COMPARED}:{feed.object}", value, feed.now())
        work.commit()


def _within(began: str, now: datetime, span: timedelta) -> bool:
    """Whether it was so short ago; a clock that ran ahead says nothing of it."""
    moment = datetime.fromisoformat(began)
    return moment <= now < moment + span
