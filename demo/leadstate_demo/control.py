"""The sandbox's control API: what people in the CRM and the network do in the demo."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadstate.clock import Clock

__all__ = ["LOST", "SHUFFLED", "STUMBLE", "Control", "lost_answer"]

# More than an act has webhooks.
LOST: Final = {"kind": "drop", "times": 200}
SHUFFLED: Final = (
    {"kind": "duplicate", "times": 200},
    {"kind": "reorder", "times": 20},
)
STUMBLE: Final = {"kind": "status", "status": 503, "times": 1}

_TIMEOUT_SECONDS = 30.0
_PAGE = 1000
_READINGS = 9
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def lost_answer(times: int = 1, **match: str) -> dict[str, object]:
    """Return the fault of a request that is done and never answered."""
    return {"kind": "timeout_after_apply", "times": times, "match": match}


class Control:
    """A person in the CRM, and everything else that happens to it."""

    def __init__(self, base_url: str, kind: str) -> None:
        self.base_url = base_url
        self._kind = kind
        self._http = httpx.Client(
            base_url=f"{base_url}/_sandbox", timeout=_TIMEOUT_SECONDS
        )

    # -- people ------------------------------------------------------------------------

    def edit(self, edits: Mapping[str, Mapping[str, str]], user: str) -> None:
        """Change properties of objects, as a user in the CRM's own interface."""
        body = [
            {
                "object": self._kind,
                "id": external_id,
                "properties": dict(properties),
                "as": {"user": user},
            }
            for external_id, properties in edits.items()
        ]
        self._post("bulk-edit", {"edits": body})

    def shown(self, external_id: str) -> dict[str, object]:
        """Return the properties of an object, as people in the CRM see them."""
        return _mapping(self._get(f"state/{self._kind}/{external_id}")["properties"])

    def notes(self, external_id: str) -> list[str]:
        """Return the notes under an object, where the CRM keeps them there."""
        listed = self._get(f"state/{self._kind}/{external_id}").get("notes")
        found = [_mapping(one) for one in listed] if isinstance(listed, list) else []
        return [str(_mapping(one.get("params")).get("text") or "") for one in found]

    def values_of(self, name: str) -> list[str]:
        """Return what every living object has under a property, where it has any."""
        found: list[str] = []
        after = "0"
        while after:
            query = f"limit={_PAGE}&after={after}"
            page = self._get(f"state/{self._kind}?{query}")
            listed = page.get("results")
            rows = [_mapping(one) for one in listed] if isinstance(listed, list) else []
            living = [
                _mapping(one["properties"]) for one in rows if not one["archived"]
            ]
            found += [str(one[name]) for one in living if one.get(name)]
            after = str(page.get("after") or "")
        return found

    def robot(self, rule: Mapping[str, object] | None) -> None:
        """Let the CRM's own automation follow a rule; None ends all."""
        if rule is None:
            self._http.delete("/rules").raise_for_status()
        else:
            self._post("rules", rule)

    # -- time --------------------------------------------------------------------------

    def follow(self, clock: Clock) -> None:
        """Let the CRM's clock show what another one shows, to some milliseconds.

        The newest of two edits counts, so their clocks must not differ; of several
        readings the quickest is the truest.
        """
        readings: list[tuple[timedelta, timedelta]] = []
        for _ in range(_READINGS):
            asked = clock.now()
            shown = _number(self._get("clock").get("now_ms"))
            took = clock.now() - asked
            readings.append((took, asked + took / 2 - _EPOCH - shown * _MILLISECOND))
        self.advance(min(readings)[1])

    def advance(self, by: timedelta) -> None:
        """Let the CRM's clock jump; below zero, back."""
        self._post("clock", {"advance_seconds": by.total_seconds()})

    def switch(self, switches: Mapping[str, object]) -> None:
        """Change how the sandbox behaves."""
        self._http.put("/policy", json=dict(switches)).raise_for_status()

    # -- the network -------------------------------------------------------------------

    def send_webhooks_to(self, target: str, secret: str) -> None:
        """Point the CRM's webhooks at a receiver."""
        self._post("webhooks", {"target": target, "secret": secret})

    def hold_webhooks(self, *, held: bool) -> None:
        """Let the CRM keep its webhooks to itself, or send what it kept."""
        self._post("webhooks", {"paused": held})

    @contextmanager
    def faults(self, *faults: Mapping[str, object]) -> Iterator[None]:
        """Let the network misbehave, and behave again afterwards."""
        self._http.put("/faults", json={"faults": faults}).raise_for_status()
        yield
        self._http.put("/faults", json={"faults": []}).raise_for_status()

    def webhooks_waiting(self) -> int:
        """Return how many events the CRM has not delivered yet; it tries at once."""
        stats = self._post("webhooks", {"retry_now": True})
        return sum(_number(stats.get(name)) for name in ("queued", "in_flight"))

    def traffic(self) -> dict[str, object]:
        """Return what the CRM's own log says of the requests that it received."""
        summary = self._get("log/summary")
        calls = _mapping(summary.get("by_kind"))
        return {
            "requests": _number(summary.get("requests")),
            "values_written": _number(summary.get("writes")),
            "throttled": _number(summary.get("throttled")),
            "calls": {kind: _number(calls[kind]) for kind in sorted(calls)},
        }

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def _get(self, path: str) -> dict[str, object]:
        return _mapping(self._http.get(f"/{path}").raise_for_status().json())

    def _post(self, path: str, body: object) -> dict[str, object]:
        return _mapping(
            self._http.post(f"/{path}", json=body).raise_for_status().json()
        )


def _mapping(value: object) -> dict[str, object]:
    found = value if isinstance(value, dict) else {}
    return {str(key): one for key, one in found.items()}


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
