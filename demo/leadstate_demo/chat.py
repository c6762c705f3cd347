"""The demo's chat: takes messages as Slack's incoming webhooks do, and keeps them."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from leadstate_demo.serving import address_of, free_port, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

__all__ = ["Chat", "open_chat"]


@dataclass(slots=True)
class Chat:
    """What people read.

    Attributes:
        address: Where messages are posted to.
        messages: Their texts, oldest first.
    """

    address: str
    messages: list[str] = field(default_factory=list)


@contextmanager
def open_chat() -> Iterator[Chat]:
    """Take messages on a free port of this machine until the end."""
    with free_port() as listening:
        chat = Chat(f"{address_of(listening)}/demo")
        with serving(_application(chat), listening):
            yield chat


def _application(chat: Chat) -> Starlette:
    async def take(request: Request) -> PlainTextResponse:
        text = _text(await request.body())
        if text is None:
            return PlainTextResponse("invalid_payload", status_code=400)
        chat.messages.append(text)
        return PlainTextResponse("ok")

    return Starlette(routes=[Route("/demo", take, methods=["POST"])])


def _text(body: bytes) -> str | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    text = found.get("text") if isinstance(found, dict) else None
    return text if isinstance(text, str) else None
