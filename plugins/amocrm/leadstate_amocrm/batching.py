"""Many rows at once: read by id as the tariff allows, written so that none blocks.

Reading by id needs filters, a paid addition.  Without it the newest rows are listed,
because what was changed lately stands there, and the rest is read one by one.

A bulk write is taken or refused as a whole, and the refusal names its rows by index
("validation-errors", recorded from live accounts); whether a part may have been applied
is not established, so that what is sent again is what the read-back shows is missing.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, TypeVar

from leadstate.errors import RetryLater

from .api import IDS
from .errors import is_timeout, problem_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from leadstate.adapters.http import ApiResponse

    from .api import AmoCrmApi
    from .payloads import Row

__all__ = ["Batches", "Rows", "Sent", "chunks", "following", "is_id"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_ID = 19  # digits of a 64-bit integer
_KEPT = 20_000
_OVER_SECONDS = 300
_WORTH_A_PAGE = 10  # rows that a listed page must bring, or they are read one by one

ItemT = TypeVar("ItemT")


# -- reading ---------------------------------------------------------------------------


@dataclass(slots=True)
class _Known:
    """Rows of a kind, each as it was at ``as_of`` or later (amoCRM's own seconds)."""

    rows: OrderedDict[str, Row] = field(default_factory=OrderedDict)
    as_of: int | None = None

    def put(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self.rows[row.id] = row
            self.rows.move_to_end(row.id)
        while len(self.rows) > _KEPT:
            self.rows.popitem(last=False)


class Rows:
    """Rows by id, in as few calls as the account's tariff allows."""

    def __init__(self, api: AmoCrmApi, now: Callable[[], datetime]) -> None:
        self._api, self._now = api, now
        self._lock = threading.Lock()
        self._known = {kind: _Known() for kind in ("leads", "contacts", "companies")}

    def fetch(self, kind: str, ids: Iterable[str]) -> dict[str, Row]:
        """Return the rows that are there now, by id."""
        wanted = [key for key in dict.fromkeys(ids) if is_id(key)]
        found = self._filtered(kind, wanted)
        return self._listed(kind, wanted) if found is None else found

    def fetch_known(self, kind: str, ids: Iterable[str]) -> dict[str, Row]:
        """Do the same before a write, where a row that ended shows by the write itself.

        Without filters a row is believed to be as it was when it was last read, if it
        is not among all that changed since: one listed page instead of a call a row.
        """
        wanted = [key for key in dict.fromkeys(ids) if is_id(key)]
        found = self._filtered(kind, wanted)
        if found is not None:
            return found
        if len(wanted) > 1:
            self.refresh(kind)
        with self._lock:
            known = self._known[kind].rows if len(wanted) > 1 else {}
            found = {key: known[key] for key in wanted if key in known}
        return found | self._one_by_one(kind, [k for k in wanted if k not in found])

    def keep(self, kind: str, rows: Iterable[Row]) -> None:
        """Remember rows that were read just now."""
        with self._lock:
            known = self._known[kind]
            if known.as_of is None:
                return
            known.put(row for row in rows if _is_newer(row, known.rows.get(row.id)))

    def refresh(self, kind: str) -> Sequence[Row]:
        """List the newest rows; forget what may have changed beyond them."""
        with self._lock:
            known = self._known[kind]
            part = self._api.page(kind, ("updated_at", "desc"))
            times = [row.updated_at or 0 for row in part.rows]
            covered = not part.more or (known.as_of or 0) > min(times, default=0)
            if not covered:
                known.rows.clear()
            known.as_of = self._as_of(max(times, default=0))
            known.put(part.rows)
            return part.rows

    def _as_of(self, newest: int) -> int:
        """Return a second from which on every change will show as such.

        People may set a time that is still to come, which proves nothing.  A second
        that is long over, by any clock, has seen its last change.
        """
        now = (self._now() - _EPOCH) // timedelta(seconds=1)
        return newest + 1 if now - newest > _OVER_SECONDS else min(newest, now)

    def _filtered(self, kind: str, wanted: Sequence[str]) -> dict[str, Row] | None:
        """Read by id; None where amoCRM does not obey filters."""
        found: dict[str, Row] = {}
        for chunk in chunks(wanted, IDS):
            if not self._api.filters:
                return None
            rows = self._api.rows(kind, chunk).rows
            strangers = {row.id for row in rows}.difference(chunk)
            if strangers:
                # The account says that it has filters and shows what nobody asked for.
                self._api.distrust_filters()
                return None
            found |= {row.id: row for row in rows}
        return found

    def _listed(self, kind: str, wanted: Sequence[str]) -> dict[str, Row]:
        found: dict[str, Row] = {}
        left = set(wanted)
        for page in count(1):
            if len(left) < _WORTH_A_PAGE:
                break
            rows = self._newest(kind, page)
            here = {row.id: row for row in rows if row.id in left}
            found |= here
            left -= here.keys()
            if len(here) < _WORTH_A_PAGE:
                break
        found |= self._one_by_one(kind, [key for key in wanted if key in left])
        self.keep(kind, found.values())
        return found

    def _newest(self, kind: str, page: int) -> Sequence[Row]:
        if page == 1:
            return self.refresh(kind)
        return self._api.page(kind, ("updated_at", "desc"), page=page).rows

    def _one_by_one(self, kind: str, ids: Sequence[str]) -> dict[str, Row]:
        rows = ((key, self._api.one(kind, key)) for key in ids)
        found = {key: row for key, row in rows if row is not None and row.id == key}
        self.keep(kind, found.values())
        return found


def _is_newer(row: Row, known: Row | None) -> bool:
    """Return whether a reading is newer than one by another thread meanwhile."""
    return known is None or (row.updated_at or 0) > (known.updated_at or 0)


def following(seen: int, size: int) -> tuple[int, int]:
    """Return number and size of a page that begins among the last rows seen.

    A page number counts rows, so that it misses some when rows before it go away.  A
    page that shows a row again proves that none was missed.

    >>> following(250, 250)
    (2, 240)
    """
    least = max(1, size // 25)
    for most in (size // 4, size - 1):
        for limit in range(size, size // 2, -1):
            start = limit * ((seen - least) // limit)
            if start > 0 and least <= seen - start <= min(most, limit - 1):
                return start // limit + 1, limit
    return 1, size


def is_id(text: str) -> bool:
    """Return whether amoCRM could have given this id."""
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID


def chunks(items: Sequence[ItemT], size: int) -> Iterator[Sequence[ItemT]]:
    """Cut ``items`` into pieces of at most ``size``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


# -- writing ---------------------------------------------------------------------------


@dataclass(slots=True)
class Sent:
    """What amoCRM answered: the ids it took, and its words on those it refused."""

    taken: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)


class Batches:
    """The bulk writes of one call of `Adapter.write`.

    Attributes:
        applied: Whether anything may have been changed so far.
    """

    def __init__(self, api: AmoCrmApi) -> None:
        self._api = api
        self.applied = False

    def send(self, kind: str, rows: Mapping[str, Mapping[str, object]]) -> Sent:
        """Write every row; one that is refused does not stop the others."""
        sent = Sent()
        pending = list(chunks(tuple(rows), self._api.settings.write_batch))
        while pending:
            chunk = pending.pop(0)
            body = [{"id": int(key), **rows[key], "request_id": key} for key in chunk]
            answer = self._api.update(kind, body)
            left = self._read(answer, chunk, sent)
            pending[:0] = [part for part in left if part]
        return sent

    def _read(
        self, answer: ApiResponse, chunk: Sequence[str], sent: Sent
    ) -> Sequence[Sequence[str]]:
        """Take what the answer says about each row; return what to send again."""
        if answer.status < 400:  # noqa: PLR2004
            self.applied = True
            sent.taken.update(chunk)
            return ()
        half = (len(chunk) + 1) // 2
        if is_timeout(answer):
            self.applied = True  # nobody knows
            if len(chunk) == 1:
                message = "amoCRM answers 504 even to a single row"
                raise RetryLater(message, sent=True)
            return chunk[:half], chunk[half:]
        named = self._named(answer, chunk)
        if not named and len(chunk) > 1:
            return chunk[:half], chunk[half:]
        words = problem_of(answer).words() or "no reason given"
        for key in named or chunk:
            said = named.get(key) or words
            sent.refused[key] = self._api.client.clean(f"amoCRM refused: {said}")
        # A part may have been applied: absolute values do no harm a second time.
        return ([key for key in chunk if key not in sent.refused],)

    def _named(self, answer: ApiResponse, chunk: Sequence[str]) -> dict[str, str]:
        """Return amoCRM's words by row: it names our request id, or the index."""
        found: dict[str, str] = {}
        for one in problem_of(answer).mistakes:
            key = one.request_id or ""
            if key not in chunk and key.isdigit() and int(key) < len(chunk):
                key = chunk[int(key)]
            if key in chunk:
                found[key] = one.words() or "no reason given"
        return found
