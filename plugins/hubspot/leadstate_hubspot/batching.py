"""Send any number of updates so that one bad record never blocks the others.

HubSpot names the failed inputs of a batch (207) by `objectWriteTraceId`; an older
behaviour fails the whole call with a 400 that names nobody ("Error handling",
developers.hubspot.com, seen 2026-03-30).  Then the batch is halved until the bad input
is alone.  Sending an update again is harmless: its values are absolute.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadstate.adapters import Gone, GoneReason
from leadstate.errors import RetryLater

from .api import BATCH
from .errors import problem_of, transient
from .payloads import Batch, Problem, Record, read
from .reading import chunks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadstate.adapters.http import ApiResponse

    from .api import HubSpotApi

__all__ = ["Batches", "Sent"]

_NAMES = ("objectWriteTraceId", "ids", "id")


@dataclass(frozen=True, slots=True)
class Sent:
    """What HubSpot answered, by the id that was written."""

    records: dict[str, Record] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    gone: dict[str, Gone] = field(default_factory=dict)

    def knows(self, key: str) -> bool:
        """Return whether HubSpot said anything about ``key``."""
        return key in self.records or key in self.refused or key in self.gone


class Batches:
    """The updates of one call of `Adapter.write`.

    Attributes:
        applied: Whether anything may have been changed so far.
    """

    def __init__(self, api: HubSpotApi, kind: str) -> None:
        self._api, self._kind = api, kind
        self.applied = False

    def send(self, inputs: Mapping[str, Mapping[str, str]]) -> Sent:
        """Update every record of ``inputs``; what is not `Sent.knows` is unknown."""
        sent = Sent()
        pending = list(chunks(tuple(inputs), BATCH))
        while pending:
            chunk = pending.pop(0)
            answer = self._api.update(self._kind, [(key, inputs[key]) for key in chunk])
            left = self._read(answer, chunk, sent)
            half = len(left) // 2
            halves = (left[:half], left[half:]) if len(left) == len(chunk) else (left,)
            pending += [part for part in halves if part]
        return sent

    def _read(
        self, answer: ApiResponse, chunk: Sequence[str], sent: Sent
    ) -> Sequence[str]:
        """Take what the answer says about each id; return those to send again."""
        if answer.status >= 400:  # noqa: PLR2004
            problem = problem_of(answer)
            self._blame(problem, chunk, sent, gone=answer.status == 404)  # noqa: PLR2004
            return self._unknown([problem], chunk, sent)
        self.applied = True
        batch = read(Batch, answer, sent=True)
        for record in batch.results:
            _take(record, chunk, sent)
        for problem in batch.errors:
            if transient(problem):
                message = f"HubSpot wrote only a part: {problem.words()}"
                raise RetryLater(self._api.client.clean(message), sent=True)
            self._blame(problem, chunk, sent)
        return self._unknown(batch.errors, chunk, sent) if batch.errors else ()

    def _blame(
        self, problem: Problem, chunk: Sequence[str], sent: Sent, *, gone: bool = False
    ) -> None:
        """Note the inputs that ``problem`` names, the most precise words first."""
        gone = gone or problem.category == "OBJECT_NOT_FOUND"
        for inner in problem.errors:
            self._blame(inner, chunk, sent, gone=gone)
        for name in _NAMES:
            for key in problem.named(name):
                if key in chunk and not sent.knows(key):
                    self._note(problem, key, sent, gone=gone)

    def _note(self, problem: Problem, key: str, sent: Sent, *, gone: bool) -> None:
        if gone:
            sent.gone[key] = Gone(id=key, reason=GoneReason.UNKNOWN)
            return
        words = problem.words() or "no reason given"
        sent.refused[key] = self._api.client.clean(f"HubSpot refused: {words}")

    def _unknown(
        self, problems: Sequence[Problem], chunk: Sequence[str], sent: Sent
    ) -> Sequence[str]:
        """Return the ids that nothing was said about; one alone takes the blame."""
        left = [key for key in chunk if not sent.knows(key)]
        if len(left) == 1 and len(chunk) == 1:
            problem = problems[0]
            gone = problem.category == "OBJECT_NOT_FOUND"
            self._note(problem, left[0], sent, gone=gone)
            return ()
        return left


def _take(record: Record, chunk: Sequence[str], sent: Sent) -> None:
    key = record.trace if record.trace is not None else record.id
    if key not in chunk:
        return
    if record.id != key:
        # Not established (2026-11-22): a merged-away id may resolve to its survivor.
        sent.gone[key] = Gone(id=key, reason=GoneReason.MERGED, into=record.id)
    else:
        sent.records[key] = record
