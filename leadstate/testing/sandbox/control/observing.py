"""See what a test may want to know: records whole, requests, health."""

from __future__ import annotations

import abc
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from leadstate.testing.sandbox.calls import Reply, SandboxCall
from leadstate.testing.sandbox.clock import iso
from leadstate.testing.sandbox.payloads import whole_number
from leadstate.testing.sandbox.site import Site

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.testing.sandbox.calls import CommonRefusals

MOST = 10_000
_USUAL = 100


class Numbered(Protocol):
    """A record with a number of its own among those of its kind."""

    id: int


RecordT = TypeVar("RecordT", bound=Numbered)
SiteT = TypeVar("SiteT", bound=Site)


@dataclass(frozen=True, slots=True)
class Shelf(Generic[RecordT]):
    """Every record of one kind, archived ones included."""

    kind: str
    records: Mapping[int, RecordT]


class Observing(abc.ABC, Generic[SiteT, RecordT]):
    """Shows the state of a sandbox and the requests it received."""

    def __init__(self, site: SiteT, refusals: CommonRefusals) -> None:
        self._site, self._refusals = site, refusals

    # -- what a CRM does its own way ---------------------------------------------------

    @abc.abstractmethod
    def identity(self) -> dict[str, object]:
        """Return which CRM this is, and which account of it."""

    @abc.abstractmethod
    def counts(self) -> dict[str, int]:
        """Return how many records there are of each kind."""

    @abc.abstractmethod
    def shelf(self, name: str) -> Shelf[RecordT]:
        """Return the records of a kind, or refuse a name that is none."""

    @abc.abstractmethod
    def whole(self, record: RecordT, *, history: bool) -> dict[str, object]:
        """Return everything known of a record."""

    # -- the endpoints -----------------------------------------------------------------

    def health(self, call: SandboxCall) -> Reply:
        """Say that the sandbox is up, what it holds, and whether it delivers."""
        del call
        state: dict[str, object] = {
            "seed": self._site.config.seed,
            "now": iso(self._site.clock.now()),
            "records": self.counts(),
            "courier": self._site.deliveries.courier(),
        }
        return Reply(200, {"status": "ok"} | self.identity() | state)

    def state(self, call: SandboxCall) -> Reply:
        """Page through every record of a kind, archived ones included."""
        shelf, limit = self.shelf(call.params["object"]), self._limit(call, _USUAL)
        last = whole_number(call.first("after", "0"))
        if last is None:
            raise self._refusals.invalid("after must be the id of a record")
        following = sorted(number for number in shelf.records if number > last)
        page, history = following[:limit], call.flag("history")
        body: dict[str, object] = {
            "results": [
                self.whole(shelf.records[number], history=history) for number in page
            ],
            "total": len(shelf.records),
        }
        if len(following) > limit:
            body["after"] = str(page[-1])
        return Reply(200, body)

    def state_of_one(self, call: SandboxCall) -> Reply:
        """Show one record with its history; a merged-away id is not found."""
        shelf, given = self.shelf(call.params["object"]), call.params["id"]
        number = whole_number(given)
        record = shelf.records.get(-1 if number is None else number)
        if record is None:
            message = f"there is no record {given[:50]} among {shelf.kind}"
            raise self._refusals.not_found(message)
        return Reply(200, self.whole(record, history=True))

    def log(self, call: SandboxCall) -> Reply:
        """List the requests the API received after `since`."""
        log, since = self._site.log, whole_number(call.first("since", "0")) or 0
        shown = [entry.body() for entry in log.since(since, self._limit(call, MOST))]
        return Reply(200, {"entries": shown, "last_seq": log.seq})

    def log_summary(self, call: SandboxCall) -> Reply:
        """Count the requests."""
        del call
        return Reply(200, self._site.log.summary())

    def clear_log(self, call: SandboxCall) -> Reply:
        """Forget the requests."""
        del call
        self._site.log.clear()
        return Reply(204)

    def _limit(self, call: SandboxCall, usual: int) -> int:
        given = call.first("limit", str(usual))
        limit = whole_number(given)
        if limit is None or not 1 <= limit <= MOST:
            message = f"limit must be between 1 and {MOST}, not {given[:20]}"
            raise self._refusals.invalid(message)
        return limit
