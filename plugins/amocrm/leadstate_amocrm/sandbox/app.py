"""amoCRM's gate: who is let in, and what every answer looks like."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from leadstate.testing.sandbox.control import Control
from leadstate.testing.sandbox.gate import Gate
from leadstate.testing.sandbox.payloads import whole_number
from leadstate.testing.sandbox.routes import Found

from . import problems
from .api.calls import Call, Reply
from .api.routing import ROUTES, Route
from .config import Unpaid
from .control.conditions import AmoCrmConditions
from .control.observing import AmoCrmObserving
from .control.people import AmoCrmPeople
from .payloads import READ
from .problems import ApiProblem, Problem, not_found, refused
from .site import Site, open_site
from .traffic.faults import fault_problem

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from leadstate.testing.sandbox.calls import CallRefused, CommonRefusals
    from leadstate.testing.sandbox.faults import PlannedFault

    from .config import SandboxConfig
    from .crm.users import User

_HAL = "application/hal+json"
_JSON = "application/json"


def build(config: SandboxConfig) -> Starlette:
    """Return the application around a fresh site."""
    site = open_site(config)
    observing = AmoCrmObserving(site, problems)
    conditions = AmoCrmConditions(site, READ, problems)
    control = Control(
        observing,
        conditions,
        AmoCrmPeople(site, observing, READ),
        problems,
        more={("POST", "uninstall"): conditions.uninstall},
    )
    return AmoCrmGate(site, control, problems).build()


class AmoCrmGate(Gate[Site, Call, Route]):
    """Checks tokens, limits, payment and rights as amoCRM does."""

    call = Call
    content_type, control_type = _HAL, _JSON

    def __init__(self, site: Site, control: Control, refusals: CommonRefusals) -> None:
        """Guard this site; requests are numbered from its start."""
        super().__init__(site, control, refusals)
        self._requests = itertools.count(1)

    def find(self, call: Call) -> Found[Route] | tuple[str, ...]:
        """Return what answers a call."""
        return ROUTES.find(call.method, call.path.rstrip("/"))

    def name(self, found: Found[Route]) -> str:
        """Return what the request log calls a call."""
        return found.target.name

    def admit(self, call: Call, found: Found[Route] | tuple[str, ...]) -> Reply:
        """Check the caller and the limits, then let the endpoint answer."""
        self._site.limits.check_block()
        if not isinstance(found, Found):
            raise _unrouted(found)
        route = found.target
        params = {**found.params, **dict(route.params)}
        user = None if route.public else self._check(call, route)
        return route.endpoint(self._site, replace(call, params=params, user=user))

    def trouble(self, fault: PlannedFault) -> Reply:
        """Return the answer of a status fault."""
        return ApiProblem(fault_problem(fault)).answer()

    def inputs(self, call: Call) -> int:
        """Count the items of a bulk write by what the body holds."""
        is_bulk = call.raw.lstrip().startswith(b"[")
        if call.method not in {"POST", "PATCH"} or not is_bulk:
            return 1
        try:
            return max(1, len(READ.items(READ.json(call.raw), at="body")))
        except ApiProblem:
            return 0

    def control_refusal(self, refusal: CallRefused) -> Reply:
        """Return how the control API refuses: plain JSON, whatever the API's shape."""
        if not isinstance(refusal, ApiProblem):
            return refusal.answer()
        problem = refusal.problem
        said = {"status": "error", "message": problem.detail} | dict(problem.extra)
        return Reply(problem.status, said)

    def stamped(self, answer: Reply) -> Reply:
        """Return an answer with its request's number."""
        number = f"{self._site.config.seed:08x}-{next(self._requests):024x}"
        headers = {"X-Request-Id": number} | dict(answer.headers)
        return Reply(answer.status, answer.body, headers)

    def _check(self, call: Call, route: Route) -> User:
        """Return whose rights hold, or refuse the caller."""
        site = self._site
        bearer = site.tokens.bearer(call.headers.get("authorization", ""))
        site.limits.admit(bearer.integration)
        left = site.policy.unpaid
        if left is Unpaid.NOTHING or (left is Unpaid.READ and route.writes):
            raise refused(402, "the account is not paid")
        user = site.account.users[bearer.user_id]
        context = call.headers.get("x-context-user-id", "")
        return self._in_context(user, context) if context else user

    def _in_context(self, user: User, context: str) -> User:
        wanted = self._site.account.users.get(whole_number(context) or 0)
        if wanted is None or wanted.is_free or not wanted.is_active:
            raise refused(403, "no such user can be the context of a request")
        if not user.is_admin:
            raise refused(403, "only an administrator's token takes a context user")
        return wanted


def _unrouted(allowed: tuple[str, ...]) -> ApiProblem:
    if not allowed:
        return not_found("Cannot find this address")
    headers = {"Allow": ", ".join(allowed)}
    return ApiProblem(Problem(status=405, detail="Method Not Allowed", headers=headers))
