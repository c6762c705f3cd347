"""Read requests from the wire and write answers to it, within sane bounds."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qsl

from .calls import Reply, SandboxCall
from .payloads import write_json

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

LONGEST_URL = 16_300
LARGEST_BODY = 8_000_000
MOST_PARAMETERS = 2000
_NO_BODY = frozenset((204, 304))


class UnacceptableError(Exception):
    """Raised for a request no endpoint should see."""

    def __init__(self, status: int, message: str) -> None:
        """Carry what the answer must say."""
        super().__init__(message)
        self.status, self.message = status, message


CallT = TypeVar("CallT", bound=SandboxCall)


async def read_call(scope: Scope, receive: Receive, kind: type[CallT]) -> CallT:
    """Read one request as a CRM's kind of call, or refuse one that is too long."""
    path = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    if len(path) + len(query) > LONGEST_URL:
        raise UnacceptableError(414, "URI Too Long")
    raw = await _read_body(receive)
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise UnacceptableError(400, "the query string cannot be read") from None
    return kind(
        method=scope["method"],
        path=path,
        query=tuple(pairs),
        headers={k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]},
        raw=raw,
    )


async def _read_body(receive: Receive) -> bytes:
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > LARGEST_BODY:
            raise UnacceptableError(413, "Request entity too large")
    return bytes(body)


async def write_answer(send: Send, answer: Reply, content_type: str) -> None:
    """Write an answer; a content type of its own wins over the usual one."""
    body = encoded(answer.body)
    headers = {"content-length": str(len(body)), "content-type": content_type}
    headers |= {name.lower(): value for name, value in answer.headers.items()}
    if answer.status in _NO_BODY:
        del headers["content-length"], headers["content-type"]
    encoded_headers = [
        (name.encode(), value.encode("latin-1")) for name, value in headers.items()
    ]
    start = {
        "type": "http.response.start",
        "status": answer.status,
        "headers": encoded_headers,
    }
    await send(start)
    await send({"type": "http.response.body", "body": body})


def encoded(body: object) -> bytes:
    """Return a body as it goes over the wire."""
    if isinstance(body, bytes):
        return body
    return b"" if body is None else write_json(body)


def is_loopback(scope: Scope) -> bool:
    """Say whether a request comes from this machine."""
    client = scope.get("client")
    try:
        return client is not None and ip_address(client[0]).is_loopback
    except ValueError:
        return client is not None and client[0] == "testclient"
