"""Find what changed, as hints, with the paid filters and without them.

Pages are counted in rows, and rows move while pages are turned.  With filters no page
is turned: every call starts afresh at the last second seen, inclusive; only rows of one
same second are walked, by id.  Without filters everything is listed once by id, and
then the newest first until they are older than what was seen.  A walked page begins
among rows already seen, which proves that none between was missed; else it steps back.

The last minutes are read again until they are old.  Only amoCRM's own times are
compared with each other; our clock measures durations alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from leadstate.adapters import ChangeHint, ChangePage
from leadstate.errors import ConfigurationError

from .api import IDS
from .batching import following

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .api import AmoCrmApi
    from .batching import Rows
    from .paths import Pair
    from .payloads import Row

__all__ = ["Changes"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


class _Walk(BaseModel):
    """A list in the middle of its pages.

    Attributes:
        seen: Rows seen so far, which is where the next page begins.
        last: The last row seen: its id, or its time where times are walked.
        ids: The ids of the last page, where times alone do not prove anything.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seen: int = 0
    last: int = 0
    ids: tuple[str, ...] = ()


class _Stream(BaseModel):
    """Where one kind of entity stands; times are amoCRM's epoch seconds.

    Attributes:
        since: Where the next pass starts, inclusive.
        top: The newest change seen.
        quiet_since: When ``top`` was first reached, by our clock.
        began: When the running pass began, by our clock; None between passes.
        walk: In the middle of a list, of one second (with filters) or of all.
        first: The newest change when the running walk began.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: int = 0
    top: int = 0
    quiet_since: int = 0
    began: int | None = None
    walk: _Walk | None = None
    first: int = 0
    listed: bool = False


class _Cursor(BaseModel):
    """Everything between two calls, as text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    turn: int = 0
    streams: dict[str, _Stream]


@dataclass(frozen=True, slots=True)
class _StreamPage:
    rows: Sequence[Row]
    stream: _Stream
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The change stream of leads and, if bound, of their contacts and companies."""

    api: AmoCrmApi
    rows: Rows
    kinds: Sequence[str]
    now: Callable[[], datetime]
    overlap: timedelta

    def after(self, text: str | None) -> ChangePage:
        """Return the page after cursor ``text``; None starts at the beginning."""
        cursor = self._open(text)
        kind = self.kinds[cursor.turn % len(self.kinds)]
        stream = cursor.streams[kind]
        if stream.began is None:
            stream = stream.model_copy(update={"began": self._now()})
        found = self._step(kind, stream)
        self.rows.keep(kind, found.rows)
        turn = cursor.turn if found.more else (cursor.turn + 1) % len(self.kinds)
        following = _Cursor(turn=turn, streams={**cursor.streams, kind: found.stream})
        hints = self._hints(kind, found.rows)
        more = found.more or turn != 0
        return ChangePage(hints=hints, cursor=following.model_dump_json(), more=more)

    def _open(self, text: str | None) -> _Cursor:
        try:
            given = _Cursor.model_validate_json(text) if text else None
        except ValidationError:
            raise ConfigurationError(
                "the stored place in amoCRM's changes cannot be read; it was made by "
                "another version of the adapter: remove it to read all again"
            ) from None
        known: Mapping[str, _Stream] = given.streams if given else {}
        turn = given.turn if given else 0
        streams = {kind: known.get(kind) or self._start(kind) for kind in self.kinds}
        return _Cursor(turn=turn, streams=streams)

    def _start(self, kind: str) -> _Stream:
        """Begin: leads from their beginning, the others at what is newest now.

        Every lead is read anyhow, with its contact and its company.
        """
        if kind == "leads" and self.api.filters:
            return _Stream(listed=True, quiet_since=self._now())
        newest = [row.updated_at or 0 for row in self.rows.refresh(kind)[:1]]
        top = self._past(max(newest, default=0))
        return _Stream(
            since=max(0, top - self._overlap),
            top=top,
            quiet_since=self._now(),
            listed=kind != "leads",
        )

    def _step(self, kind: str, stream: _Stream) -> _StreamPage:
        if not stream.listed:
            return self._list(kind, stream)
        if not self.api.filters:
            return self._newest(kind, stream)
        walked = stream.walk is not None
        found = self._tied(kind, stream) if walked else self._since(kind, stream)
        if any((row.updated_at or 0) < stream.since for row in found.rows):
            self.api.distrust_filters()  # it showed what the filter leaves out
            return self._newest(kind, stream.model_copy(update={"walk": None}))
        return found

    # -- with filters ------------------------------------------------------------------

    def _since(self, kind: str, stream: _Stream) -> _StreamPage:
        more = [("filter[updated_at][from]", str(stream.since))]
        part = self.api.page(kind, ("updated_at", "asc"), limit=self._size, more=more)
        last = max((row.updated_at or 0 for row in part.rows), default=0)
        if not part.more and len(part.rows) < self._size:
            return _StreamPage(part.rows, self._rest(stream, last), more=False)
        walk = _Walk() if last <= stream.since else None
        update = {"since": max(last, stream.since), "walk": walk}
        return _StreamPage(part.rows, stream.model_copy(update=update), more=True)

    def _tied(self, kind: str, stream: _Stream) -> _StreamPage:
        """Walk the rows of one same second by id: an import can make thousands."""
        moment = str(stream.since)
        more = [
            ("filter[updated_at][from]", moment),
            ("filter[updated_at][to]", moment),
        ]
        found = self._walked(kind, stream, ("id", "asc"), more)
        if found.more:
            return found
        update = {"since": stream.since + 1, "walk": None}
        return _StreamPage(found.rows, stream.model_copy(update=update), more=True)

    # -- without filters ---------------------------------------------------------------

    def _list(self, kind: str, stream: _Stream) -> _StreamPage:
        found = self._walked(kind, stream, ("id", "asc"), ())
        if found.more:
            return found
        update = {"walk": None, "listed": True}
        return _StreamPage(found.rows, stream.model_copy(update=update), more=True)

    def _newest(self, kind: str, stream: _Stream) -> _StreamPage:
        """Walk back from the newest change until what was seen already."""
        if stream.walk is None:
            rows = self.rows.refresh(kind)
            first = max((row.updated_at or 0 for row in rows), default=0)
            stream = stream.model_copy(update={"first": first})
            last = min((row.updated_at or 0 for row in rows), default=0)
            ids = tuple(row.id for row in rows)
            walk = _Walk(seen=len(rows), last=last, ids=ids)
            update = {"walk": walk}
            more = len(rows) >= IDS
            found = _StreamPage(rows, stream.model_copy(update=update), more=more)
        else:
            found = self._walked(kind, stream, ("updated_at", "desc"), ())
        oldest = min((row.updated_at or 0 for row in found.rows), default=0)
        if found.more and found.rows and oldest >= stream.since:
            return found
        done = found.stream.model_copy(update={"walk": None})
        fresh = [row for row in found.rows if (row.updated_at or 0) >= stream.since]
        return _StreamPage(fresh, self._rest(done, stream.first), more=False)

    def _walked(
        self, kind: str, stream: _Stream, order: Pair, more: Sequence[Pair]
    ) -> _StreamPage:
        """Turn a page that overlaps with the one before, or step back."""
        walk = stream.walk or _Walk()
        number, size = (
            following(walk.seen, self._size) if walk.seen else (1, self._size)
        )
        part = self.api.page(kind, order, page=number, limit=size, more=more)
        rows, start = part.rows, (number - 1) * size
        if walk.seen and number > 1 and not _overlaps(order, rows, walk):
            back = walk.model_copy(update={"seen": max(0, start - self._size)})
            return _StreamPage((), stream.model_copy(update={"walk": back}), more=True)
        here = _Walk(
            seen=start + len(rows),
            last=_place(order, rows[-1]) if rows else walk.last,
            ids=tuple(row.id for row in rows) if order[0] == "updated_at" else (),
        )
        return _StreamPage(
            rows, stream.model_copy(update={"walk": here}), more=part.more
        )

    # -- the rest ----------------------------------------------------------------------

    def _rest(self, stream: _Stream, last: int) -> _Stream:
        """Return where the next pass starts, once this one has seen everything.

        New changes re-open the overlap.  A pass that began a whole overlap after the
        newest change was seen, and found nothing newer, closes it: otherwise an import
        would be hinted at for ever.
        """
        began = self._now() if stream.began is None else stream.began
        top = self._past(max(stream.top, last, stream.since - 1))
        quiet_since = began
        if top == stream.top:  # later than now, if the clock was ahead: it is now then
            quiet_since = min(stream.quiet_since, began)
        settled = top == stream.top and began - quiet_since >= self._overlap
        # The second of the newest change is over by then, however many rows share it.
        since = top + 1 if settled else max(0, top - self._overlap)
        return _Stream(since=since, top=top, quiet_since=quiet_since, listed=True)

    def _hints(self, kind: str, rows: Sequence[Row]) -> tuple[ChangeHint, ...]:
        """Hint at leads: at the rows themselves, or at those of a contact or company.

        A list cannot say which property changed, so that this may be one too many.
        """
        newest: dict[str, int] = {}
        for row in rows:
            leads = [row] if kind == "leads" else row.embedded.leads
            for lead in leads:
                newest[lead.id] = max(newest.get(lead.id, 0), row.updated_at or 0)
        ordered = sorted(newest.items(), key=lambda one: one[1])
        return tuple(
            ChangeHint(id=key, updated_at=_EPOCH + seconds * _SECOND)
            for key, seconds in ordered
        )

    def _past(self, seconds: int) -> int:
        """Return a time that a pass may start from.

        Programs may write any `updated_at`; one that is to come must not hide what
        happens until then.
        """
        return min(seconds, self._now() + self._overlap)

    @property
    def _size(self) -> int:
        return self.api.settings.page_size

    @property
    def _overlap(self) -> int:
        return self.overlap // _SECOND

    def _now(self) -> int:
        return (self.now() - _EPOCH) // _SECOND


def _place(order: Pair, row: Row) -> int:
    return int(row.id) if order[0] == "id" else row.updated_at or 0


def _overlaps(order: Pair, rows: Sequence[Row], walk: _Walk) -> bool:
    """Return whether a page begins before, or at, the last row that was seen."""
    if not rows:
        return False
    first = _place(order, rows[0])
    if order[0] == "id":
        return first <= walk.last
    return first > walk.last or any(row.id in walk.ids for row in rows)
