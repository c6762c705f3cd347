"""Find what changed, as hints: a full list first, then searches by modification time.

HubSpot's search knows of a change "a few moments" late, shows at most 10,000 results,
and a record may move while its pages are turned.  So no page is ever turned: every
search starts afresh at the last time seen (inclusive), records of one same millisecond
are walked by id, and the last minutes are read again until they are old.  Only
HubSpot's own times are compared with each other; our clock measures durations alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from leadstate.adapters import ChangeHint, ChangePage

from .api import SEARCH_PAGE
from .reading import linked, split_names
from .values import moment_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .api import HubSpotApi
    from .payloads import Record

__all__ = ["Changes"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class _Stream(BaseModel):
    """Where one search stream stands; times are epoch milliseconds.

    Attributes:
        since: Where the next search starts, inclusive.
        tied: In the middle of records that share ``since``: the last id seen.
        top: The newest modification seen.
        quiet_since: When ``top`` was first reached, by our clock.
        began: When the running pass began, by our clock; None between passes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: int = 0
    tied: int | None = None
    top: int = 0
    quiet_since: int = 0
    began: int | None = None


class _Cursor(BaseModel):
    """Everything between two calls, as text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    phase: Literal["list", "records", "companies"]
    after: str | None = None
    records: _Stream
    companies: _Stream | None = None


@dataclass(frozen=True, slots=True)
class _StreamPage:
    records: Sequence[Record]
    stream: _Stream
    more: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """The change stream of one kind of object and, if bound, of its companies."""

    api: HubSpotApi
    kind: str
    names: Sequence[str]
    now: Callable[[], datetime]
    overlap: timedelta = field(default=timedelta(minutes=10))

    def after(self, text: str | None) -> ChangePage:
        """Return the page after cursor ``text``; None starts at the beginning."""
        cursor = self._open(text)
        match cursor.phase:
            case "list":
                return self._list(cursor)
            case "records":
                return self._search_records(cursor)
            case "companies":
                return self._search_companies(cursor)

    def _open(self, text: str | None) -> _Cursor:
        """Read a cursor; one that is not ours starts over, for hints may come again."""
        if text is not None:
            try:
                return _Cursor.model_validate_json(text)
            except ValidationError:
                pass
        bound = bool(split_names(self.names)[1]) and self.kind != "companies"
        return _Cursor(
            phase="list",
            records=self._newest(self.kind),
            companies=self._newest("companies") if bound else None,
        )

    def _newest(self, kind: str) -> _Stream:
        """Return a stream that starts at HubSpot's now, before the list is read."""
        name = _modified(kind)
        page = self.api.search(
            kind, (), order=(name, "DESCENDING"), names=(name,), limit=1
        )
        top = max((_modified_ms(kind, record) for record in page.results), default=0)
        started = max(0, top - self._overlap_ms)
        return _Stream(since=started, top=top, quiet_since=self._now_ms())

    def _list(self, cursor: _Cursor) -> ChangePage:
        page = self.api.page(self.kind, (_modified(self.kind),), cursor.after)
        following = cursor.model_copy(
            update={"after": page.after, "phase": "list" if page.after else "records"}
        )
        hints = [_hint(self.kind, record) for record in page.results]
        return _page(hints, following, more=True)

    def _search_records(self, cursor: _Cursor) -> ChangePage:
        found = self._search(self.kind, cursor.records)
        done = not found.more
        phase = "companies" if done and cursor.companies else "records"
        following = cursor.model_copy(update={"records": found.stream, "phase": phase})
        hints = [_hint(self.kind, record) for record in found.records]
        return _page(hints, following, more=found.more or phase == "companies")

    def _search_companies(self, cursor: _Cursor) -> ChangePage:
        """Hint at every record of a company that changed.

        Search cannot say which property changed, so that this may be one too many.
        """
        found = self._search("companies", cursor.companies or _Stream())
        moments = {
            record.id: _modified_ms("companies", record) for record in found.records
        }
        newest: dict[str, int] = {}
        for company, other in linked(self.api, "companies", self.kind, tuple(moments)):
            newest[other.id] = max(newest.get(other.id, 0), moments.get(company, 0))
        phase = "companies" if found.more else "records"
        following = cursor.model_copy(
            update={"companies": found.stream, "phase": phase}
        )
        hints = [ChangeHint(id=key, updated_at=_at(ms)) for key, ms in newest.items()]
        return _page(hints, following, more=found.more)

    def _search(self, kind: str, stream: _Stream) -> _StreamPage:
        """Make one search and say where the next one starts."""
        if stream.began is None:
            stream = stream.model_copy(update={"began": self._now_ms()})
        if stream.tied is not None:
            return self._search_tied(kind, stream, stream.tied)
        name = _modified(kind)
        filters = (_filter(name, "GTE", stream.since),)
        page = self.api.search(
            kind, filters, order=(name, "ASCENDING"), names=(name,)
        ).results
        if len(page) < SEARCH_PAGE:
            last = max((_modified_ms(kind, record) for record in page), default=0)
            return _StreamPage(page, self._rest(stream, last), more=False)
        last = _modified_ms(kind, page[-1])
        tied = 0 if last <= stream.since else None
        update = {"since": max(last, stream.since), "tied": tied}
        return _StreamPage(page, stream.model_copy(update=update), more=True)

    def _search_tied(self, kind: str, stream: _Stream, last_id: int) -> _StreamPage:
        """Walk the records of one same millisecond by id: an import can make thousands.

        By id, and not by offset, there is no cap of 10,000.
        """
        name = _modified(kind)
        filters = (
            _filter(name, "GTE", stream.since),
            _filter(name, "LTE", stream.since),
            _filter("hs_object_id", "GTE", last_id + 1),
        )
        page = self.api.search(
            kind, filters, order=("hs_object_id", "ASCENDING"), names=(name,)
        ).results
        if len(page) < SEARCH_PAGE:
            update = {"since": stream.since + 1, "tied": None}
        else:
            update = {"tied": max(last_id + 1, int(page[-1].id))}
        return _StreamPage(page, stream.model_copy(update=update), more=True)

    def _rest(self, stream: _Stream, last: int) -> _Stream:
        """Return where the next pass starts, once this one has seen everything.

        New changes re-open the overlap.  A pass that began a whole overlap after the
        newest change was seen, and found nothing newer, closes it: otherwise an import
        would be hinted at for ever.
        """
        began = self._now_ms() if stream.began is None else stream.began
        top = max(stream.top, last, stream.since - 1)
        quiet_since = began
        if top == stream.top:  # later than now, if the clock was ahead: it is now then
            quiet_since = min(stream.quiet_since, began)
        settled = top == stream.top and began - quiet_since >= self._overlap_ms
        since = top if settled else max(0, top - self._overlap_ms)
        return _Stream(since=since, top=top, quiet_since=quiet_since)

    @property
    def _overlap_ms(self) -> int:
        return self.overlap // _MILLISECOND

    def _now_ms(self) -> int:
        return (self.now() - _EPOCH) // _MILLISECOND


def _page(hints: Sequence[ChangeHint], cursor: _Cursor, *, more: bool) -> ChangePage:
    ordered = sorted(hints, key=lambda hint: hint.updated_at)
    text = cursor.model_dump_json(exclude_none=True)
    return ChangePage(hints=tuple(ordered), cursor=text, more=more)


def _hint(kind: str, record: Record) -> ChangeHint:
    return ChangeHint(id=record.id, updated_at=_at(_modified_ms(kind, record)))


def _filter(name: str, operator: str, value: int) -> dict[str, str]:
    return {"propertyName": name, "operator": operator, "value": str(value)}


def _modified(kind: str) -> str:
    """Contacts alone call it otherwise (HubSpot, "Default properties", 2026-11-22)."""
    return "lastmodifieddate" if kind == "contacts" else "hs_lastmodifieddate"


def _modified_ms(kind: str, record: Record) -> int:
    """Return what the search compares; the record's own time is only the substitute."""
    moment = moment_of(record.properties.get(_modified(kind)) or "")
    moment = moment or record.updated_at or _EPOCH
    return (moment - _EPOCH) // _MILLISECOND


def _at(ms: int) -> datetime:
    return _EPOCH + ms * _MILLISECOND
