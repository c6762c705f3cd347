"""Receive webhooks: verify, store durably, answer.

    200 stored, again or for the first time    401 bad signature
    400 not the CRM's body                     404 no such connection
    413 larger than any CRM sends              408 half a body, and no more
    503 cannot store now: send it again

HubSpot waits 5 s and retries ten times over 24 hours, amoCRM waits 2 s; so nothing else
happens here, and what is wrong on our side is 503, never a 4xx that would end retries.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from leadstate.adapters import InboundRequest
from leadstate.errors import BadSignature, WebhookRefused
from leadstate.service.app import feeds_of
from leadstate.service.inbox import arrived
from leadstate.web.arrivals import Arrivals
from leadstate.web.refusals import Refusals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from leadstate.service.app import App, Feed

__all__ = ["BODY_SECONDS", "LARGEST_BODY", "create_receiver"]

LARGEST_BODY = 2 * 1024 * 1024
"""A hundred of HubSpot's events are some 50 kB."""

BODY_SECONDS = 10.0
"""No CRM waits longer for an answer: who sends more slowly is none."""

log = structlog.get_logger("leadstate.receiver")


class _NoBody(Exception):
    """The body is larger than any CRM sends, or does not come.

    Attributes:
        status: What to answer.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def create_receiver(
    *apps: App,
    public_url: str | None,
    on_stored: Callable[[], None] = lambda: None,
    failures: Callable[[], Mapping[str, str]] = dict,
    body_seconds: float = BODY_SECONDS,
) -> FastAPI:
    """Return the ASGI application.

    Args:
        apps: The workflows of the installation; must have their connections open.
        public_url: The address that CRMs call, without a path; None takes the request's
            own, which is right only without a proxy.
        on_stored: Called after new events became durable.
        failures: Loops of the service whose last step failed, for ``/health``.
        body_seconds: How long a body may take to come.
    """
    api = FastAPI(
        title="Leadstate receiver", docs_url=None, redoc_url=None, openapi_url=None
    )

    arrivals = Arrivals(apps[0].store.whole)
    refusals = Refusals(apps[0].clock.now)
    called: dict[str, list[Feed]] = {}
    for feed in feeds_of(apps):
        called.setdefault(feed.name, []).append(feed)

    @api.get("/health")
    def health() -> JSONResponse:
        """Say whether the service works; 503 with the reason when a loop fails."""
        failing = dict(failures())
        return JSONResponse(
            {"ok": not failing, "failing": failing}, 503 if failing else 200
        )

    # amoCRM signs nothing: its adapter demands a secret as the path's end.
    @api.post("/webhooks/{connection}/{secret}")
    @api.post("/webhooks/{connection}")
    async def receive(
        connection: str, request: Request, secret: str | None = None
    ) -> JSONResponse:
        """Take one delivery of a CRM."""
        del secret  # the adapter reads it from the address
        try:
            body = await _body(request, body_seconds)
        except _NoBody as error:
            # What is left of the body is not waited for.
            ends = {"Connection": "close"}
            return JSONResponse({"error": str(error)}, error.status, headers=ends)
        inbound = InboundRequest(
            method=request.method,
            url=_url(request, public_url),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body,
        )
        status, answer, new = await _accept(
            called.get(connection, []), arrivals, refusals, connection, inbound
        )
        if new:
            on_stored()
        return JSONResponse(answer, status)

    return api


async def _accept(
    feeds: Sequence[Feed],
    arrivals: Arrivals,
    refusals: Refusals,
    connection: str,
    request: InboundRequest,
) -> tuple[int, dict[str, object], int]:
    """Return status, answer and the number of new events; never raises."""
    if not feeds:
        # A stranger may be asking: what there is, is not said.
        return 404, {"error": "there is no such connection"}, 0
    try:
        # Off the event loop: a large body must not keep the others waiting.
        events, items = await run_in_threadpool(arrived, feeds, request)
        new = await arrivals.add(items)
    except BadSignature as error:
        refusals.tell(connection, str(error))
        return 401, {"error": str(error)}, 0
    except WebhookRefused as error:
        refusals.tell(connection, str(error))
        return 400, {"error": str(error)}, 0
    except Exception as error:  # noqa: BLE001 - whatever is wrong here is ours: 503
        # Without the traceback: it could carry the body or a secret.
        log.error(  # noqa: TRY400
            "webhook not stored", connection=connection, error=type(error).__name__
        )
        return 503, {"error": "cannot store the event now; send it again"}, 0
    return 200, {"events": events, "new": new}, new


async def _body(request: Request, seconds: float) -> bytes:
    try:
        async with asyncio.timeout(seconds):
            return await _whole(request)
    except TimeoutError:
        raise _NoBody(408, "the body did not come in time") from None


async def _whole(request: Request) -> bytes:
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        told = await request.receive()
        if told["type"] == "http.disconnect":
            # Nobody reads the answer; a caller who hangs up is no error of ours.
            raise _NoBody(400, "the caller hung up")
        parts.append(told.get("body", b""))
        size, more = size + len(parts[-1]), told.get("more_body", False)
        if size > LARGEST_BODY:
            text = f"a body of more than {LARGEST_BODY} bytes is no webhook"
            raise _NoBody(413, text)
    return b"".join(parts)


def _url(request: Request, public_url: str | None) -> str:
    """Return the address that the CRM called, as it signed it."""
    if public_url is None:
        return str(request.url)
    path, query = request.scope["raw_path"], request.scope["query_string"]
    called = path + (b"?" + query if query else b"")
    # Any byte is a character: a hostile address is refused by its signature.
    return f"{public_url.rstrip('/')}{called.decode('latin-1')}"
