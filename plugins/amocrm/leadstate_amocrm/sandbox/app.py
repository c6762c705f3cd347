"""The ASGI application: the gate every request passes."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from leadstate.testing.sandbox.lines import hang_up
from leadstate.testing.sandbox.log import Entry, fingerprint
from leadstate.testing.sandbox.routes import Found
from leadstate.testing.sandbox.server import application
from leadstate.testing.sandbox.wire import (
    UnacceptableError,
    encoded,
    is_loopback,
    read_call,
    write_answer,
)

from .api.calls import Answer, Call
from .api.routing import ROUTES, Route
from .config import Unpaid
from .control.routing import PREFIX, answer_control
from .payloads import READ, whole_number
from .problems import ApiProblem, Problem, not_found, refused
from .site import Site, open_site
from .traffic.faults import FaultKind, fault_problem

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import Receive, Scope, Send

    from leadstate.testing.sandbox import calls
    from leadstate.testing.sandbox.faults import Fault

    from .config import SandboxConfig
    from .crm.users import User

HAL = "application/hal+json"
JSON = "application/json"
Match = Found[Route] | tuple[str, ...]


def build(config: SandboxConfig) -> Starlette:
    """Return the application around a fresh site."""
    site = open_site(config)
    return application(Gate(site), site.postman.work)


class Gate:
    """Admits, answers and logs one request after the other."""

    def __init__(self, site: Site) -> None:
        """Guard this site."""
        self._site = site
        self._requests = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hang up when a fault says so."""
        if scope["type"] != "http":
            return
        try:
            call = _of_amocrm(await read_call(scope, receive))
        except UnacceptableError as why:
            await self._write(send, _refusal(refused(why.status, why.message).problem))
            return
        if call.path.startswith(PREFIX):
            await write_answer(send, self._control(scope, call), JSON)
            return
        answer = self._answer(call)
        if answer is None and hang_up(scope):
            await receive()
            return
        await self._write(send, answer or Answer(504, b""))

    async def _write(self, send: Send, answer: Answer) -> None:
        number = next(self._requests)
        seed = self._site.config.seed
        headers = {"X-Request-Id": f"{seed:08x}-{number:024x}"} | dict(answer.headers)
        await write_answer(send, Answer(answer.status, answer.body, headers), HAL)

    def _control(self, scope: Scope, call: Call) -> Answer:
        try:
            if not is_loopback(scope):
                message = "the control API answers this machine only"
                raise refused(403, message)
            return answer_control(self._site, call)
        except ApiProblem as refusal:
            problem = refusal.problem
            said = {"status": "error", "message": problem.detail} | dict(problem.extra)
            return Answer(problem.status, said)
        finally:
            # What people do is not a request of the API.
            self._site.log.take_writes()

    def _answer(self, call: Call) -> Answer | None:
        """Return the answer, or None for a connection that dies."""
        began, site = time.perf_counter(), self._site
        seq, at = site.log.next_seq(), site.clock.now()
        found = ROUTES.find(call.method, call.path.rstrip("/"))
        fault = site.faults.strike(call.method, call.path)
        answer = _before(fault)
        applied = False
        if answer is None and not _dies_before(fault):
            is_half = fault is not None and fault.kind == FaultKind.HALF_APPLIED
            answer = self._admit(replace(call, half=is_half), found)
            applied = answer.status < 400 or is_half  # noqa: PLR2004
            answer = _after(answer, fault)
        site.log.add(
            Entry(
                seq=seq,
                at=at,
                method=call.method,
                path=call.path,
                status=0 if answer is None else answer.status,
                kind=found.target.name if isinstance(found, Found) else "unknown",
                inputs=_count_inputs(call),
                duration_ms=round((time.perf_counter() - began) * 1000, 3),
                token=fingerprint(call.headers.get("authorization", "")),
                applied=applied,
                writes=site.log.take_writes(),
            )
        )
        return answer

    def _admit(self, call: Call, found: Match) -> Answer:
        """Check the caller and the limits, then let the endpoint answer."""
        try:
            self._site.limits.check_block()
            route, params = _matched(found)
            user = None if route.public else self._check(call, route)
            return route.endpoint(self._site, replace(call, params=params, user=user))
        except ApiProblem as refusal:
            return _refusal(refusal.problem)

    def _check(self, call: Call, route: Route) -> User:
        site = self._site
        bearer = site.tokens.bearer(call.headers.get("authorization", ""))
        site.limits.admit(bearer.integration)
        left = site.policy.unpaid
        if left is Unpaid.NOTHING or (left is Unpaid.READ and route.writes):
            raise refused(402, "the account is not paid")
        user = site.account.users[bearer.user_id]
        context = call.headers.get("x-context-user-id", "")
        if not context:
            return user
        wanted = site.account.users.get(whole_number(context) or 0)
        if wanted is None or wanted.is_free or not wanted.is_active:
            raise refused(403, "no such user can be the context of a request")
        if not user.is_admin:
            raise refused(403, "only an administrator's token takes a context user")
        return wanted


def _of_amocrm(call: calls.Call) -> Call:
    return Call(
        method=call.method,
        path=call.path,
        query=call.query,
        headers=call.headers,
        raw=call.raw,
    )


def _matched(found: Match) -> tuple[Route, dict[str, str]]:
    if isinstance(found, Found):
        return found.target, {**found.params, **dict(found.target.params)}
    if not found:
        message = "Cannot find this address"
        raise not_found(message)
    problem = Problem(
        status=405, detail="Method Not Allowed", headers={"Allow": ", ".join(found)}
    )
    raise ApiProblem(problem)


def _before(fault: Fault | None) -> Answer | None:
    if fault is None or fault.kind != FaultKind.STATUS:
        return None
    return _refusal(fault_problem(fault))


def _dies_before(fault: Fault | None) -> bool:
    return fault is not None and fault.kind == FaultKind.TIMEOUT_BEFORE_APPLY


def _after(answer: Answer, fault: Fault | None) -> Answer | None:
    if fault is None:
        return answer
    if fault.kind == FaultKind.TIMEOUT_AFTER_APPLY:
        return None
    if fault.kind == FaultKind.MALFORMED:
        whole = encoded(answer.body)
        return Answer(answer.status, whole[: len(whole) // 2], answer.headers)
    return answer


def _refusal(problem: Problem) -> Answer:
    headers = {"Content-Type": problem.content_type, **problem.headers}
    return Answer(problem.status, problem.body(), headers)


def _count_inputs(call: Call) -> int:
    """Count the items of a bulk write by what the body holds."""
    if call.method not in {"POST", "PATCH"} or not call.raw.lstrip().startswith(b"["):
        return 1
    try:
        return max(1, len(READ.items(READ.json(call.raw), at="body")))
    except ApiProblem:
        return 0
