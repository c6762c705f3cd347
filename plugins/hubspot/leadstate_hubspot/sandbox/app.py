"""HubSpot's gate: who is let in, and what every answer looks like."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadstate.testing.sandbox.control import Control
from leadstate.testing.sandbox.gate import Gate
from leadstate.testing.sandbox.routes import Found

from . import problems
from .api.calls import Call, Reply
from .api.routing import Route, find
from .control.conditions import HubSpotConditions
from .control.observing import HubSpotObserving
from .control.people import HubSpotPeople
from .payloads import READ
from .problems import ApiProblem, missing_scopes, not_found, refused
from .site import Site, open_site
from .traffic.faults import fault_problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.applications import Starlette

    from leadstate.testing.sandbox.faults import PlannedFault

    from .config import SandboxConfig

_JSON = "application/json;charset=utf-8"
_TOO_LONG = 414


def build(config: SandboxConfig) -> Starlette:
    """Return the application around a fresh site."""
    site = open_site(config)
    observing = HubSpotObserving(site, problems)
    control = Control(
        observing,
        HubSpotConditions(site, READ, problems),
        HubSpotPeople(site, observing, READ),
        problems,
    )
    return HubSpotGate(site, control, problems).build()


class HubSpotGate(Gate[Site, Call, Route]):
    """Checks tokens, scopes and limits as HubSpot does."""

    call = Call
    content_type = control_type = _JSON

    def find(self, call: Call) -> Found[Route] | tuple[str, ...]:
        """Return what answers a call in the version its path names."""
        return find(call.method, call.path)

    def name(self, found: Found[Route]) -> str:
        """Return what the request log calls a call."""
        return found.target.named(found.params)

    def admit(self, call: Call, found: Found[Route] | tuple[str, ...]) -> Reply:
        """Let the endpoint answer, and say how much of the limits is left."""
        try:
            answer = self._admitted(call, found)
        except ApiProblem as refusal:
            answer = refusal.answer()
        if not isinstance(found, Found):
            return answer
        if found.target.is_search or found.target.public:
            return answer
        headers = {**self._site.limits.headers(), **answer.headers}
        return Reply(answer.status, answer.body, headers)

    def trouble(self, fault: PlannedFault) -> Reply:
        """Return the answer of a status fault."""
        return ApiProblem(fault_problem(fault)).answer()

    def inputs(self, call: Call) -> int:
        """Count the `inputs` of a batch."""
        try:
            inputs = call.body().get("inputs") if call.method == "POST" else None
        except ApiProblem:
            return 0
        return len(inputs) if isinstance(inputs, list) else 1

    def unacceptable(self, status: int, message: str) -> ApiProblem:
        """Refuse a request that no endpoint should see."""
        category = "" if status == _TOO_LONG else "VALIDATION_ERROR"
        return refused(status, message, category)

    def _admitted(self, call: Call, found: Found[Route] | tuple[str, ...]) -> Reply:
        if not isinstance(found, Found):
            raise _unrouted(found)
        route = found.target
        if not route.public:
            self._check(call, route, found.params)
        call = replace(call, version=route.version, params=found.params)
        return route.endpoint(self._site, call)

    def _check(self, call: Call, route: Route, params: Mapping[str, str]) -> None:
        authorization = call.headers.get("authorization", "")
        if not authorization and route.name.startswith("webhooks."):
            # HubSpot's older client sends the developer key of the app so.
            authorization = f"Bearer {call.first('hapikey')}"
        scopes = self._site.tokens.scopes_of(authorization)
        self._site.limits.admit(search=route.is_search)
        needed = route.needed(params)
        if needed and needed not in scopes:
            raise missing_scopes([needed])


def _unrouted(allowed: tuple[str, ...]) -> ApiProblem:
    if not allowed:
        return not_found()
    return refused(405, "Method Not Allowed", "", Allow=", ".join(allowed))
