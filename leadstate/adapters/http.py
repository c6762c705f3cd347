"""The HTTP recipe of every adapter: allow-list, budget, retries, redaction, counting.

An adapter describes an `ApiCall`; `ApiClient.send` makes it and answers with an
`ApiResponse`, or raises by recovery.  Nothing here knows a CRM: ``limits`` says which
budgets a call uses, ``classify`` what an answer means, ``authorise`` who we are.

The waits are not driven by stamina: it sleeps through tenacity's own ``time.sleep``
(read in stamina 26.1), while an adapter may pause only through `Connection.sleep`.
"""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from datetime import datetime, timedelta
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import httpx
import structlog

from leadstate.adapters import strict_json
from leadstate.adapters.addresses import (
    CheckedTransport,
    base_of,
    is_loopback,
    is_proxied,
)
from leadstate.adapters.calls import (
    ApiCall,
    ApiResponse,
    Authoriser,
    Failure,
    Limit,
    Stop,
    TryAgain,
    Unauthorised,
)
from leadstate.errors import (
    BadBody,
    ConfigurationError,
    FatalAdapterError,
    LeadstateError,
    RetryLater,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import SecretStr

    from leadstate.adapters.connection import Connection

__all__ = [
    "ApiCall",
    "ApiClient",
    "ApiResponse",
    "Authoriser",
    "Failure",
    "Limit",
    "Stop",
    "TryAgain",
    "Unauthorised",
]

ATTEMPTS = 4
LONGEST_PAUSE = 30.0  # seconds; for longer ones the caller is told instead
ANSWER_LIMIT = 32 * 1024 * 1024
_FIRST_BACKOFF, _LONGEST_BACKOFF = 0.5, 8.0
_TIMEOUT = httpx.Timeout(30.0, connect=5.0, pool=60.0)
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)
_log = structlog.get_logger("leadstate.http")


class ApiClient:
    """Makes the calls of one connection; safe to use from several threads."""

    def __init__(  # noqa: PLR0913 - the recipe's ingredients, by keyword
        self,
        connection: Connection,
        *,
        base_url: str,
        authorise: Authoriser,
        limits: Callable[[ApiCall], tuple[Limit, ...]],
        classify: Callable[[ApiCall, ApiResponse], Failure],
        loopback: bool = False,
        allow_private: bool = False,
        account: Callable[[], str | None] | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Check the address and open the pool; ``loopback`` allows a local sandbox.

        ``allow_private`` allows a CRM in a private network: the settings must say so.
        ``account`` asks the CRM which account the token is for, None where it may not
        know; that is done before the first call with each token, so that no other
        account is ever read or written.
        """
        self._connection = connection
        self._base = base_of(base_url, loopback=loopback, allow_private=allow_private)
        self._authorise, self._limits = authorise, limits
        self._classify, self._jitter = classify, jitter
        self._calls: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._shut_until: datetime | None = None
        self._shut_for = timedelta()
        self._account, self._asking = account, threading.local()
        self._checked: SecretStr | None = None
        self._http = _pool(self._base, connection, allow_private=allow_private)

    def __repr__(self) -> str:
        """Name the connection; show no secret."""
        return f"<ApiClient {self._connection.name!r} of {self._base.host}>"

    @property
    def calls(self) -> Mapping[str, int]:
        """Requests made so far, by kind."""
        with self._lock:
            return MappingProxyType(dict(self._calls))

    def send(self, call: ApiCall) -> ApiResponse:
        """Make ``call``, again where that is safe, and return a good answer."""
        unauthorised = 0
        for attempt in count(1):
            header = self._authorise.header(self.send) if call.authorised else None
            self._check_account(header)
            found: ApiResponse | Failure | None
            found = self._judge(call, self._exchange(call, header))
            if isinstance(found, ApiResponse):
                return found
            if isinstance(found, Unauthorised) and header is not None:
                unauthorised += 1
                found = self._ask_again(header, found, unauthorised)
            if isinstance(found, TryAgain):
                self._pause(call, found, attempt)
            elif found is not None:
                raise self._error(call, found)
        raise AssertionError  # pragma: no cover - count() has no end

    def error(self, call: ApiCall, answer: ApiResponse) -> LeadstateError:
        """Return what ``answer`` means as an exception, for an adapter to raise."""
        found = self._classify(call, answer)
        if isinstance(found, TryAgain):
            return self._retry_later(call, found, found.after_seconds)
        return self._error(call, found)

    def clean(self, text: str, limit: int = 500) -> str:
        """Return ``text`` for people: printable, short, without our secrets."""
        for secret in self._authorise.secrets():
            text = text.replace(secret.get_secret_value(), "[secret]")
        shown = "".join(c if c.isprintable() else " " for c in text)
        return shown if len(shown) <= limit else shown[: limit - 1] + "…"

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def _check_account(self, header: SecretStr | None) -> None:
        """Ask once which account a token is for, and let the connection refuse it."""
        pinned, ask = self._connection.account, self._account
        if header is None or pinned is None or ask is None or header == self._checked:
            return
        if getattr(self._asking, "now", False):
            return  # this is the call that asks
        self._asking.now = True
        try:
            found = ask()
            if found is None:
                _log.warning("account unknown", connection=self._connection.name)
            else:
                pinned.check(found)
        finally:
            self._asking.now = False
        self._checked = header

    def _judge(
        self, call: ApiCall, found: ApiResponse | Failure
    ) -> ApiResponse | Failure:
        if not isinstance(found, ApiResponse) or found.status < 300:  # noqa: PLR2004
            return found
        if found.status < 400:  # noqa: PLR2004
            message = f"redirects elsewhere ({found.status}); check base_url"
            return Stop(error=ConfigurationError, message=message)
        if call.expects is not None and call.expects(found):
            return found
        return self._classify(call, found)

    def _ask_again(
        self, header: SecretStr, found: Unauthorised, times: int
    ) -> Unauthorised | None:
        again = self._authorise.refused(header, expired=found.expired, times=times)
        return None if again else found

    def _exchange(
        self, call: ApiCall, header: SecretStr | None
    ) -> ApiResponse | Failure:
        """Make one request; what is returned, no traceback holds."""
        self._wait_for_budget(call)
        with self._lock:
            self._calls[call.kind] += 1
        started = self._connection.now()
        try:
            found = self._request(call, header)
        except _NOT_SENT as error:
            found = _broken(error, unapplied=True)
        except httpx.RequestError as error:
            found = _broken(error, unapplied=False)
        spent = (self._connection.now() - started) / timedelta(milliseconds=1)
        status = found.status if isinstance(found, ApiResponse) else "broken"
        _log.debug("call", kind=call.kind, status=status, ms=round(spent))
        return found

    def _request(
        self, call: ApiCall, header: SecretStr | None
    ) -> ApiResponse | Failure:
        headers, content = _content(call)
        if header is not None:
            headers["authorization"] = header.get_secret_value()
        with self._http.stream(
            call.method, self._url(call), content=content, headers=headers
        ) as response:
            raw = bytearray()
            for chunk in response.iter_bytes():
                raw += chunk
                if len(raw) > ANSWER_LIMIT:
                    return TryAgain(message=f"answers more than {ANSWER_LIMIT:,} bytes")
        return _answer(response, bytes(raw))

    def _url(self, call: ApiCall) -> httpx.URL:
        query = f"?{urlencode(call.query)}" if call.query else ""
        url = httpx.URL(str(self._base).rstrip("/") + call.path + query)
        here = (self._base.scheme, self._base.host, self._base.port)
        if not call.path.startswith("/") or (url.scheme, url.host, url.port) != here:
            raise FatalAdapterError(f"{call.kind} would leave {self._base.host}")
        return url

    def _wait_for_budget(self, call: ApiCall) -> None:
        now = self._connection.now()
        self._shut_until = self._still_shut(now)
        if self._shut_until is not None:
            raise RetryLater(
                f"{call.kind}: the CRM takes no calls of this connection until "
                f"{self._shut_until.isoformat()}",
                after_seconds=(self._shut_until - now).total_seconds(),
            )
        for limit in self._limits(call):
            wait = self._connection.budget.take(
                limit.key, per_second=limit.per_second, burst=limit.burst
            )
            if wait > 2 * LONGEST_PAUSE:
                message = f"{call.kind}: the budget {limit.key} is used up"
                raise RetryLater(message, after_seconds=wait)
            if wait > 0:
                self._connection.sleep(wait)

    def _still_shut(self, now: datetime) -> datetime | None:
        """Return until when; no longer than asked for, if the clock was set back."""
        if self._shut_until is None or now >= self._shut_until:
            return None
        return min(self._shut_until, now + self._shut_for)

    def _pause(self, call: ApiCall, found: TryAgain, attempt: int) -> None:
        """Sleep before the next attempt, or raise `RetryLater`."""
        backoff = min(_FIRST_BACKOFF * 2 ** (attempt - 1), _LONGEST_BACKOFF)
        wait = found.after_seconds
        wait = backoff * (0.5 + self._jitter()) if wait is None else wait
        if found.shut:
            self._shut_for = timedelta(seconds=wait)
            self._shut_until = self._connection.now() + self._shut_for
        safe = call.repeatable or found.unapplied
        if not safe or found.shut or attempt >= ATTEMPTS or wait > LONGEST_PAUSE:
            raise self._retry_later(call, found, wait)
        self._connection.sleep(wait)

    def _retry_later(
        self, call: ApiCall, found: TryAgain, wait: float | None
    ) -> RetryLater:
        return RetryLater(
            self.clean(f"{call.kind}: the CRM {found.message}"),
            after_seconds=wait,
            sent=not call.repeatable and not found.unapplied,
        )

    def _error(self, call: ApiCall, found: Unauthorised | Stop) -> LeadstateError:
        error = found.error if isinstance(found, Stop) else FatalAdapterError
        return error(self.clean(f"{call.kind}: the CRM {found.message}", limit=2000))


def _pool(
    base: httpx.URL, connection: Connection, *, allow_private: bool
) -> httpx.Client:
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=32)
    local, transport = is_loopback(base.host), connection.transport
    if transport is None and not (local or allow_private or is_proxied(base)):
        transport = CheckedTransport(limits)
    return httpx.Client(
        timeout=_TIMEOUT,
        follow_redirects=False,
        transport=transport,
        trust_env=not local,
        limits=limits,
    )


def _content(call: ApiCall) -> tuple[dict[str, str], bytes | None]:
    headers = {"accept": "application/json"}
    if call.form is not None:
        headers["content-type"] = "application/x-www-form-urlencoded"
        shown = {name: value.get_secret_value() for name, value in call.form.items()}
        return headers, urlencode(shown).encode()
    if call.json is None:
        return headers, None
    headers["content-type"] = "application/json"
    return headers, json.dumps(call.json, ensure_ascii=False).encode()


def _answer(response: httpx.Response, raw: bytes) -> ApiResponse | TryAgain:
    body: object = None
    if raw:
        try:
            body = strict_json.loads(raw, limit=ANSWER_LIMIT)
        except BadBody as error:
            if response.is_success:
                return TryAgain(message=f"answers what is not an answer: {error}")
    return ApiResponse(status=response.status_code, headers=response.headers, body=body)


def _broken(error: httpx.RequestError, *, unapplied: bool) -> TryAgain:
    words = "cannot be reached" if unapplied else "was lost before it answered"
    return TryAgain(message=f"{words} ({type(error).__name__})", unapplied=unapplied)
