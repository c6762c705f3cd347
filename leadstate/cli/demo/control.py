"""The sandbox's control API: what people in the CRM and the network do in the demo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Control"]

_TIMEOUT_SECONDS = 30.0


class Control:
    """A person in the CRM, and everything else that happens to it."""

    def __init__(self, base_url: str, kind: str) -> None:
        self.base_url = base_url
        self._kind = kind
        self._http = httpx.Client(
            base_url=f"{base_url}/_sandbox", timeout=_TIMEOUT_SECONDS
        )

    def edit(self, edits: Mapping[str, Mapping[str, str]]) -> None:
        """Change properties of objects, as a person in the CRM's own interface."""
        body = [
            {
                "object": self._kind,
                "id": external_id,
                "properties": dict(properties),
            }
            for external_id, properties in edits.items()
        ]
        self._post("bulk-edit", {"edits": body})

    def send_webhooks_to(self, target: str, secret: str) -> None:
        """Point the CRM's webhooks at a receiver."""
        self._post("webhooks", {"target": target, "secret": secret})

    def faults(self, faults: Iterable[Mapping[str, object]]) -> None:
        """Let the network misbehave, or behave again with an empty list."""
        self._http.put("/faults", json={"faults": list(faults)}).raise_for_status()

    def webhooks_waiting(self) -> int:
        """Return how many events the CRM has not delivered yet."""
        stats = self._get("webhooks")
        return sum(_number(stats.get(name)) for name in ("queued", "in_flight"))

    def calls(self) -> dict[str, int]:
        """Return the requests that the CRM received, by kind."""
        by_kind = self._get("log/summary").get("by_kind")
        if not isinstance(by_kind, dict):
            return {}
        return {str(kind): _number(count) for kind, count in sorted(by_kind.items())}

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def _get(self, path: str) -> dict[str, object]:
        answer = self._http.get(f"/{path}").raise_for_status().json()
        return answer if isinstance(answer, dict) else {}

    def _post(self, path: str, body: object) -> None:
        self._http.post(f"/{path}", json=body).raise_for_status()


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
