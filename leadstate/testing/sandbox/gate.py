"""The ASGI application of a sandbox: the gate that every request passes."""

from __future__ import annotations

import abc
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Generic, TypeVar

from .calls import CallRefused, Reply, SandboxCall
from .connections import drop_connection
from .control import PREFIX
from .faults import FaultKind
from .log import Entry, fingerprint
from .routes import Found
from .server import application
from .site import Site
from .wire import UnacceptableError, encoded, is_loopback, read_call, write_answer

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import Receive, Scope, Send

    from .calls import CommonRefusals
    from .control import Control
    from .faults import PlannedFault

CallT = TypeVar("CallT", bound=SandboxCall)
RouteT = TypeVar("RouteT")
SiteT = TypeVar("SiteT", bound=Site)
_FIRST_ERROR = 400


class Gate(abc.ABC, Generic[SiteT, CallT, RouteT]):
    """Admits, answers and logs one request after the other.

    Attributes:
        call: The CRM's kind of call.
        content_type: What an answer of the API is, unless its headers say otherwise.
        control_type: What an answer of the control API is.
    """

    call: type[CallT]
    content_type: str
    control_type: str

    def __init__(self, site: SiteT, control: Control, refusals: CommonRefusals) -> None:
        """Guard this site."""
        self._site, self._control, self._refusals = site, control, refusals

    def build(self) -> Starlette:
        """Return the application, which delivers webhooks beside answering."""
        return application(self, self._site.deliveries.work)

    # -- what a CRM does its own way ---------------------------------------------------

    @abc.abstractmethod
    def find(self, call: CallT) -> Found[RouteT] | tuple[str, ...]:
        """Return what answers a call, or the methods allowed instead."""

    @abc.abstractmethod
    def name(self, found: Found[RouteT]) -> str:
        """Return what the request log calls a call."""

    @abc.abstractmethod
    def admit(self, call: CallT, found: Found[RouteT] | tuple[str, ...]) -> Reply:
        """Check the caller and the limits, then let the endpoint answer."""

    @abc.abstractmethod
    def trouble(self, fault: PlannedFault) -> Reply:
        """Return the answer of a status fault."""

    @abc.abstractmethod
    def inputs(self, call: CallT) -> int:
        """Count the items of a bulk call; 1 for any other, 0 for an unreadable one."""

    def unacceptable(self, status: int, message: str) -> CallRefused:
        """Refuse a request that no endpoint should see."""
        return self._refusals.refused(status, message)

    def control_refusal(self, refusal: CallRefused) -> Reply:
        """Return how the control API refuses."""
        return refusal.answer()

    def stamped(self, answer: Reply) -> Reply:
        """Return an answer of the API with the headers that all of them have."""
        return answer

    # -- one request -------------------------------------------------------------------

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hang up when a fault says so."""
        if scope["type"] != "http":
            return
        try:
            call = await read_call(scope, receive, self.call)
        except UnacceptableError as why:
            refusal = self.unacceptable(why.status, why.message)
            await self._write(send, refusal.answer())
            return
        if call.path.startswith(PREFIX):
            await write_answer(send, self._controlled(scope, call), self.control_type)
            return
        answer = self._answer(call)
        if answer is None and drop_connection(scope):
            await receive()
            return
        await self._write(send, answer or Reply(504))

    async def _write(self, send: Send, answer: Reply) -> None:
        await write_answer(send, self.stamped(answer), self.content_type)

    def _controlled(self, scope: Scope, call: SandboxCall) -> Reply:
        try:
            if not is_loopback(scope):
                message = "the control API answers this machine only"
                raise self._refusals.refused(403, message)
            return self._control.answer(call)
        except CallRefused as refusal:
            return self.control_refusal(refusal)
        finally:
            # What people do is not a request of the API.
            self._site.log.take_writes()

    def _answer(self, call: CallT) -> Reply | None:
        """Return the answer, or None for a connection that dies."""
        began, log = time.perf_counter(), self._site.log
        seq, at = log.next_seq(), self._site.clock.now()
        found = self.find(call)
        fault = self._site.faults.strike(call.method, call.path)
        answer, applied = self._struck(replace(call, fault=fault), found)
        log.add(
            Entry(
                seq=seq,
                at=at,
                method=call.method,
                path=call.path,
                status=0 if answer is None else answer.status,
                kind=self.name(found) if isinstance(found, Found) else "unknown",
                inputs=self.inputs(call),
                duration_ms=round((time.perf_counter() - began) * 1000, 3),
                token=fingerprint(call.headers.get("authorization", "")),
                applied=applied,
                writes=log.take_writes(),
            )
        )
        return answer

    def _struck(
        self, call: CallT, found: Found[RouteT] | tuple[str, ...]
    ) -> tuple[Reply | None, bool]:
        """Return the answer as the fault leaves it, and whether the call was applied.

        No answer is a connection that dies.
        """
        fault = call.fault
        if fault is not None and fault.kind is FaultKind.STATUS:
            return self.trouble(fault), False
        if fault is not None and fault.kind is FaultKind.TIMEOUT_BEFORE_APPLY:
            return None, False
        try:
            answer = self.admit(call, found)
        except CallRefused as refusal:
            answer = refusal.answer()
        applied = answer.status < _FIRST_ERROR
        return _spoiled(answer, fault), applied or _is_half(fault)


def _is_half(fault: PlannedFault | None) -> bool:
    return fault is not None and fault.kind is FaultKind.HALF_APPLIED


def _spoiled(answer: Reply, fault: PlannedFault | None) -> Reply | None:
    """Return what is left of an answer on its way back; None is nothing."""
    if fault is None:
        return answer
    if fault.kind is FaultKind.TIMEOUT_AFTER_APPLY:
        return None
    if fault.kind is FaultKind.MALFORMED:
        whole = encoded(answer.body)
        return Reply(answer.status, whole[: len(whole) // 2], answer.headers)
    return answer
