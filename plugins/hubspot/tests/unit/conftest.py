"""HubSpot at the network's edge."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import respx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class HubSpot:
    """Answers lined up by path; every request kept."""

    def __init__(self, router: respx.MockRouter) -> None:
        self._router = router

    def on(self, path: str, *answers: Any) -> respx.Route:
        """Answer calls of ``path`` with each of ``answers`` in turn."""
        return self._router.route(path=path).mock(
            side_effect=[_response(one) for one in answers]
        )

    def always(self, path: str, answer: Callable[[Any], Any] | Any) -> respx.Route:
        """Answer every call of ``path``, from its body if ``answer`` is a function."""

        def reply(request: httpx.Request) -> httpx.Response:
            if callable(answer):
                return _response(answer(json.loads(request.content)))
            return _response(answer)

        return self._router.route(path=path).mock(side_effect=reply)

    def bodies(self, route: respx.Route) -> list[Any]:
        """Return what was sent."""
        return [json.loads(call.request.content) for call in route.calls]


def _response(answer: Any) -> Any:
    if isinstance(answer, Exception | httpx.Response):
        return answer
    if isinstance(answer, tuple):
        return httpx.Response(answer[0], json=answer[1])
    return httpx.Response(200, json=answer)


@pytest.fixture(name="hubspot")
def _hubspot() -> Iterator[HubSpot]:
    with respx.mock(
        base_url="https://api.hubapi.com", assert_all_called=False
    ) as router:
        yield HubSpot(router)


@pytest.fixture(name="problem")
def _problem() -> Callable[..., dict[str, Any]]:
    """Return a function that makes an error body in HubSpot's shape."""

    def make(message: str, category: str = "VALIDATION_ERROR", **more: Any) -> Any:
        body = {"status": "error", "message": message, "correlationId": "0-0"}
        return body | {"category": category} | more

    return make
