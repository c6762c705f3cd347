"""Every request an API received and what it changed, for tests to read."""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from dataclasses import dataclass

KEPT = 200_000
TOO_MANY = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request.  Status 0 means the connection was closed without an answer."""

    seq: int
    at: int
    method: str
    path: str
    status: int
    kind: str
    inputs: int
    duration_ms: float
    token: str
    applied: bool
    writes: list[dict[str, object]]

    def body(self) -> dict[str, object]:
        """Return the entry as the control API shows it."""
        return {name: getattr(self, name) for name in self.__slots__}


class RequestLog:
    """The requests since the start, or since it was last cleared."""

    def __init__(self) -> None:
        """Start empty."""
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._writes: list[dict[str, object]] = []
        self.seq = 0

    def note(self, write: dict[str, object]) -> None:
        """Remember a change until the request that made it is logged."""
        self._writes.append(write)

    def take_writes(self) -> list[dict[str, object]]:
        """Return the changes since the last call, and forget them."""
        taken, self._writes = self._writes, []
        return taken

    def next_seq(self) -> int:
        """Number the next request."""
        self.seq += 1
        return self.seq

    def add(self, entry: Entry) -> None:
        """Keep a request."""
        self._entries.append(entry)

    def since(self, seq: int, limit: int) -> list[Entry]:
        """Return the requests after this one, oldest first."""
        return [entry for entry in self._entries if entry.seq > seq][:limit]

    def summary(self) -> dict[str, object]:
        """Count the requests, and their inputs, by kind and by status."""
        entries = list(self._entries)
        inputs: Counter[str] = Counter()
        for entry in entries:
            inputs[entry.kind] += entry.inputs
        return {
            "requests": len(entries),
            "by_kind": dict(Counter(entry.kind for entry in entries)),
            "inputs_by_kind": dict(inputs),
            "by_status": dict(Counter(str(entry.status) for entry in entries)),
            "throttled": sum(entry.status == TOO_MANY for entry in entries),
            "writes": sum(len(entry.writes) for entry in entries),
            "last_seq": self.seq,
        }

    def clear(self) -> None:
        """Forget every request; the numbering goes on."""
        self._entries.clear()
        self._writes.clear()


def fingerprint(authorization: str) -> str:
    """Return what the log may show of a token."""
    if not authorization:
        return ""
    return hashlib.sha256(authorization.encode()).hexdigest()[:12]
