"""Read what happened in a CRM before Leadstate came, and make it history.

First everything is read, page by page; how far that is stands beside what was read, in
one transaction.  Then it becomes history, some records at a time.  Whoever is killed at
any point goes on where it was; told twice, nothing is there twice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from leadstate.adapters import History
from leadstate.errors import UsageError
from leadstate.service.failpoints import hit
from leadstate.service.past.building import build, staging
from leadstate.service.past.crm_past import CrmPast
from leadstate.service.past.reported import Counts
from leadstate.store import PastRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from leadstate.adapters import HistoryPage, PastChange
    from leadstate.service.app import App, Connected
    from leadstate.store import LinkRow, Store

__all__ = ["Backfilled", "backfill"]

_CURSOR: Final = "past"
_STRANGERS_SHOWN: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfilled:
    """What became of a CRM's past.

    Attributes:
        pages: Pages that this run read; fewer than all when it went on with another's.
        changes: Changes on them.
        resumed: Whether it went on where another run had stopped.
        strangers: Objects that have no record.
        first_strangers: The first of their ids.
        kept: Whether anything was written.
        counts: What became of the changes.
    """

    pages: int = 0
    changes: int = 0
    resumed: bool = False
    strangers: int = 0
    first_strangers: tuple[str, ...] = ()
    kept: bool = False
    counts: Counts = field(default_factory=Counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """How far the reading is.

    Attributes:
        cursor: The adapter's, None at the very beginning.
        since: The oldest moment asked for.
        from_birth: Whether every page so far told everything since the creation.
        covers: The properties whose changes every page tells.
        done: Whether all was read.
    """

    cursor: str | None = None
    since: datetime | None = None
    from_birth: bool = True
    covers: tuple[str, ...] = ()
    done: bool = False

    def text(self) -> str:
        since = self.since.isoformat() if self.since else None
        return json.dumps(
            {
                "cursor": self.cursor,
                "since": since,
                "from_birth": self.from_birth,
                "told": self.covers,
                "done": self.done,
            }
        )


def backfill(
    app: App,
    connected: Connected,
    *,
    since: datetime | None = None,
    dry_run: bool = False,
    on_progress: Callable[[str, int, int | None], None] = lambda _p, _d, _t: None,
) -> Backfilled:
    """Read a CRM's history to its end, and make it history here.

    Args:
        app: The installation.
        connected: The connection, open.
        since: The oldest moment asked for; None for all that the CRM still has.
        dry_run: Read everything, say what it would bring, and change nothing.
        on_progress: Is told a part's name, what is done, and of how much.

    Raises:
        UsageError: The adapter cannot read the past, or another ``since`` is under way.
        RetryLater: The CRM cannot answer now; the same call goes on later.
    """
    adapter = connected.adapter
    if not isinstance(adapter, History):
        raise UsageError(
            f"the adapter {connected.binding.adapter!r} of connection "
            f"{connected.name!r} cannot read the past; its capabilities are listed by "
            "'leadstate adapters list'"
        )
    with staging(app, dry=dry_run) as waiting:
        gathering = _Gathering(app, connected, adapter, waiting)
        place = gathering.opened(since)
        found = Backfilled(resumed=place != _Place(since=since), kept=not dry_run)
        while not place.done:
            page = adapter.history(place.cursor, since=since)
            place = gathering.keep(place, page)
            found = replace(
                found,
                pages=found.pages + 1,
                changes=found.changes + len(page.changes),
            )
            on_progress("changes read", found.changes, None)
        counts = build(
            app,
            waiting,
            CrmPast(app, connected, from_birth=place.from_birth, covers=place.covers),
            on_progress=lambda done, total: on_progress("records", done, total),
        )
        strangers, first = gathering.end()
    return replace(
        found, counts=counts, strangers=strangers, first_strangers=tuple(first)
    )


class _Gathering:
    """Keeps the pages of one connection until all are there."""

    def __init__(
        self, app: App, connected: Connected, adapter: History, waiting: Store
    ) -> None:
        self._app, self._connected = app, connected
        self._adapter, self._waiting = adapter, waiting

    def opened(self, since: datetime | None) -> _Place:
        """Return where to go on.

        Raises:
            UsageError: A run that asked for another time has not ended.
        """
        name = self._connected.name
        with self._waiting.read() as view:
            stored = view.cursors.get(name, _CURSOR)
        if not stored:
            return _Place(since=since)
        told = json.loads(stored)
        before = datetime.fromisoformat(told["since"]) if told["since"] else None
        if before != since:
            asked = f"with '--since {before.isoformat()}'" if before else "for all"
            raise UsageError(
                f"a backfill of {name!r} that asks {asked} has not ended. Run it again "
                "as it was; then ask for what you like"
            )
        return _Place(
            cursor=told["cursor"],
            since=since,
            from_birth=told["from_birth"],
            covers=tuple(told["told"]),
            done=told["done"],
        )

    def keep(self, place: _Place, page: HistoryPage) -> _Place:
        """Keep a page, and that it was read."""
        name, now = self._connected.name, self._app.clock.now()
        after = replace(
            place,
            cursor=page.cursor,
            from_birth=place.from_birth and page.from_birth,
            covers=page.covers,
            done=not page.more,
        )
        with self._app.store.read() as view:
            known = view.links.get_many(
                name,
                self._connected.binding.object,
                sorted({one.id for one in page.changes}),
            )
        with self._waiting.begin() as work:
            work.past_changes.add(list(_rows(name, page.changes, known)))
            work.cursors.set(name, _CURSOR, after.text(), now)
            hit("past.before_gather")
            work.commit()
        hit("past.after_gather")
        return after

    def end(self) -> tuple[int, list[str]]:
        """Begin anew the next time; return the objects that have no record."""
        name = self._connected.name
        with self._waiting.begin() as work:
            strangers = work.past_changes.strangers(name, limit=_STRANGERS_SHOWN)
            work.past_changes.clear(name)
            work.cursors.set(name, _CURSOR, "", self._app.clock.now())
            work.commit()
        return strangers


def _rows(
    source: str, changes: Iterable[PastChange], known: Mapping[str, LinkRow]
) -> Iterable[PastRow]:
    """Yield what waits of each change; of an object without a record nothing but it."""
    for one in changes:
        link = known.get(one.id)
        if link is None or link.record_id is None:
            yield PastRow(source=source, record_id="", external_id=one.id, key="")
            continue
        yield PastRow(
            source=source,
            record_id=link.record_id,
            external_id=one.id,
            key=one.key,
            at=one.at,
            body={"properties": dict(one.properties), "actor": one.actor},
        )
