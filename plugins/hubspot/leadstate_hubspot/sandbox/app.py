"""The ASGI application: the gate every request passes, and its lifespan."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from leadstate.testing.sandbox.faults import Fault, FaultKind
from leadstate.testing.sandbox.lines import hang_up
from leadstate.testing.sandbox.log import Entry, fingerprint
from leadstate.testing.sandbox.server import application
from leadstate.testing.sandbox.wire import (
    UnacceptableError,
    is_loopback,
    read_call,
    write_answer,
)

from .api.calls import Answer, Call
from .api.routing import Match, match
from .control.routing import PREFIX, answer_control
from .payloads import write_json
from .problems import ApiProblem, Problem, missing_scopes, not_found, refused
from .site import Site, open_site
from .traffic.faults import fault_problem

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import Receive, Scope, Send

    from leadstate.testing.sandbox import calls

    from .config import SandboxConfig

_BATCH_INPUTS = "inputs"


def build(config: SandboxConfig) -> Starlette:
    """Return the application around a fresh site."""
    site = open_site(config)
    return application(Gate(site), site.postman.work)


class Gate:
    """Admits, answers and logs one request after the other."""

    def __init__(self, site: Site) -> None:
        """Guard this site."""
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hang up when a fault says so."""
        if scope["type"] != "http":
            return
        try:
            call = _of_hubspot(await read_call(scope, receive))
        except UnacceptableError as why:
            category = "VALIDATION_ERROR" if why.status != 414 else ""  # noqa: PLR2004
            problem = refused(why.status, why.message, category).problem
            await _write(send, _refusal(problem))
            return
        if call.path.startswith(PREFIX):
            await _write(send, self._control(scope, call))
            return
        answer = self._answer(call)
        if answer is None and hang_up(scope):
            await receive()
            return
        await _write(send, answer or Answer(504, {"message": "no answer"}))

    def _control(self, scope: Scope, call: Call) -> Answer:
        try:
            if not is_loopback(scope):
                message = "the control API answers this machine only"
                raise refused(403, message)
            return answer_control(self._site, call)
        except ApiProblem as refusal:
            return _refusal(refusal.problem)
        finally:
            # What people do is not a request of the API.
            self._site.log.take_writes()

    def _answer(self, call: Call) -> Answer | None:
        """Return the answer, or None for a connection that dies."""
        began, site = time.perf_counter(), self._site
        seq, at = site.log.next_seq(), site.clock.now()
        found = match(call.method, call.path)
        fault = site.faults.strike(call.method, call.path)
        answer = self._before(fault)
        applied = False
        if answer is None and not _dies_before(fault):
            answer = self._admit(call, found)
            applied = answer.status < 400  # noqa: PLR2004
            answer = _after(answer, fault)
        site.log.add(
            Entry(
                seq=seq,
                at=at,
                method=call.method,
                path=call.path,
                status=0 if answer is None else answer.status,
                kind=found.kind if isinstance(found, Match) else "unknown",
                inputs=_count_inputs(call),
                duration_ms=round((time.perf_counter() - began) * 1000, 3),
                token=fingerprint(call.headers.get("authorization", "")),
                applied=applied,
                writes=site.log.take_writes(),
            )
        )
        return answer

    def _before(self, fault: Fault | None) -> Answer | None:
        if fault is None or fault.kind != FaultKind.STATUS:
            return None
        return _refusal(fault_problem(fault))

    def _admit(self, call: Call, found: Match | str | None) -> Answer:
        """Check the caller and the limits, then let the endpoint answer."""
        try:
            matched = _matched(found)
            if not matched.route.public:
                self._check(call, matched)
            call = replace(call, version=matched.version, params=matched.params)
            answer = matched.route.endpoint(self._site, call)
        except ApiProblem as refusal:
            answer = _refusal(refusal.problem)
        if not isinstance(found, Match) or found.route.is_search or found.route.public:
            return answer
        headers = {**self._site.limits.headers(), **answer.headers}
        return Answer(answer.status, answer.body, headers)

    def _check(self, call: Call, matched: Match) -> None:
        authorization = call.headers.get("authorization", "")
        if not authorization and matched.kind.startswith("webhooks."):
            # HubSpot's older client sends the developer key of the app so.
            authorization = f"Bearer {call.first('hapikey')}"
        scopes = self._site.tokens.scopes_of(authorization)
        self._site.limits.admit(search=matched.route.is_search)
        if matched.scope and matched.scope not in scopes:
            raise missing_scopes([matched.scope])


def _matched(found: Match | str | None) -> Match:
    if isinstance(found, Match):
        return found
    if found is None:
        raise not_found()
    message = "Method Not Allowed"
    raise refused(405, message, "", Allow=found)


def _of_hubspot(call: calls.Call) -> Call:
    return Call(
        method=call.method,
        path=call.path,
        query=call.query,
        headers=call.headers,
        raw=call.raw,
    )


def _dies_before(fault: Fault | None) -> bool:
    return fault is not None and fault.kind == FaultKind.TIMEOUT_BEFORE_APPLY


def _after(answer: Answer, fault: Fault | None) -> Answer | None:
    if fault is None:
        return answer
    if fault.kind == FaultKind.TIMEOUT_AFTER_APPLY:
        return None
    if fault.kind == FaultKind.MALFORMED:
        whole = write_json(answer.body)
        return Answer(answer.status, whole[: len(whole) // 2], answer.headers)
    return answer


async def _write(send: Send, answer: Answer) -> None:
    await write_answer(send, answer, "application/json;charset=utf-8")


def _refusal(problem: Problem) -> Answer:
    return Answer(problem.status, problem.body(), problem.headers)


def _count_inputs(call: Call) -> int:
    try:
        inputs = call.body().get(_BATCH_INPUTS) if call.method == "POST" else None
    except ApiProblem:
        return 0
    return len(inputs) if isinstance(inputs, list) else 1
