"""The ASGI application: the gate every request passes, and its lifespan."""

from __future__ import annotations

import asyncio
import contextlib
import time
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.routing import Mount

from .api.calls import Answer, Call
from .api.routing import Match, match
from .control.routing import answer_control
from .lines import hang_up
from .payloads import write_json
from .problems import ApiProblem, Problem, missing_scopes, not_found, refused
from .site import Site, open_site
from .traffic.faults import Fault, FaultKind, fault_problem
from .traffic.log import Entry
from .traffic.tokens import fingerprint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from starlette.types import Receive, Scope, Send

    from .config import SandboxConfig

LONGEST_URL = 16_300  # "obtained experimentally" by integrators
LARGEST_BODY = 8_000_000
CONTROL = "/_sandbox/"
_BATCH_INPUTS = "inputs"


def build(config: SandboxConfig) -> Starlette:
    """Return the application around a fresh site."""
    site = open_site(config)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        postman = asyncio.create_task(site.postman.work())
        yield
        postman.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await postman

    return Starlette(routes=[Mount("/", app=Gate(site))], lifespan=lifespan)


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
            call = await _read_call(scope, receive)
        except ApiProblem as refusal:
            await _write(send, _refusal(refusal.problem))
            return
        if call.path.startswith(CONTROL):
            await _write(send, self._control(scope, call))
            return
        answer = self._answer(call)
        if answer is None and hang_up(scope):
            await receive()
            return
        await _write(send, answer or Answer(504, {"message": "no answer"}))

    def _control(self, scope: Scope, call: Call) -> Answer:
        try:
            if not _is_loopback(scope):
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
        if fault is None or fault.kind is not FaultKind.STATUS:
            return None
        return _refusal(fault_problem(fault))

    def _admit(self, call: Call, found: Match | str | None) -> Answer:
        """Check the caller and the limits, then let the endpoint answer."""
        try:
            matched = _matched(found)
            if not matched.route.public:
                self._check(call, matched)
            call = _with_params(call, matched)
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


def _with_params(call: Call, matched: Match) -> Call:
    return Call(
        method=call.method,
        path=call.path,
        version=matched.version,
        params=matched.params,
        query=call.query,
        headers=call.headers,
        raw=call.raw,
    )


def _dies_before(fault: Fault | None) -> bool:
    return fault is not None and fault.kind is FaultKind.TIMEOUT_BEFORE_APPLY


def _after(answer: Answer, fault: Fault | None) -> Answer | None:
    if fault is None:
        return answer
    if fault.kind is FaultKind.TIMEOUT_AFTER_APPLY:
        return None
    if fault.kind is FaultKind.MALFORMED:
        whole = write_json(answer.body)
        return Answer(answer.status, whole[: len(whole) // 2], answer.headers)
    return answer


def _refusal(problem: Problem) -> Answer:
    return Answer(problem.status, problem.body(), problem.headers)


def _count_inputs(call: Call) -> int:
    try:
        inputs = call.body().get(_BATCH_INPUTS) if call.method == "POST" else None
    except ApiProblem:
        return 0
    return len(inputs) if isinstance(inputs, list) else 1


def _is_loopback(scope: Scope) -> bool:
    client = scope.get("client")
    try:
        return client is not None and ip_address(client[0]).is_loopback
    except ValueError:
        return client is not None and client[0] == "testclient"


async def _read_call(scope: Scope, receive: Receive) -> Call:
    path = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    if len(path) + len(query) > LONGEST_URL:
        message = "URI Too Long"
        raise refused(414, message)
    raw = await _read_body(receive)
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=2000)
    except ValueError:
        message = "the query string cannot be read"
        raise refused(400, message, "VALIDATION_ERROR") from None
    return Call(
        method=scope["method"],
        path=path,
        query=tuple(pairs),
        headers=_headers(scope),
        raw=raw,
    )


def _headers(scope: Scope) -> Mapping[str, str]:
    return {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}


async def _read_body(receive: Receive) -> bytes:
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > LARGEST_BODY:
            reason = "Request entity too large"
            raise refused(413, reason, "VALIDATION_ERROR")
    return bytes(body)


async def _write(send: Send, answer: Answer) -> None:
    body = _encoded(answer.body)
    headers = {"Content-Length": str(len(body)), **answer.headers}
    if answer.status == 204:  # noqa: PLR2004 - no content, so no length either
        headers.pop("Content-Length")
    else:
        headers["Content-Type"] = "application/json;charset=utf-8"
    encoded = [(k.lower().encode(), v.encode("latin-1")) for k, v in headers.items()]
    start = {"type": "http.response.start", "status": answer.status, "headers": encoded}
    await send(start)
    await send({"type": "http.response.body", "body": body})


def _encoded(body: object) -> bytes:
    if isinstance(body, bytes):
        return body
    return b"" if body is None else write_json(body)
