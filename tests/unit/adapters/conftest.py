"""Doubles for what Leadstate hands to an adapter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import respx
from pydantic import SecretStr

from leadstate.adapters import Connection
from leadstate.adapters.http import (
    ApiCall,
    ApiClient,
    ApiResponse,
    Failure,
    Limit,
    Stop,
    TryAgain,
)
from leadstate.adapters.http import Unauthorised as Unauthorised_
from leadstate.domain.binding import Binding
from leadstate.errors import FatalAdapterError
from leadstate.testing import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from leadstate.adapters import PinnedAccount

BASE = "https://crm.example"


class Budget:
    """Books calls and answers with a wait that the test chose."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.wait = 0.0

    def take(self, key: str, *, per_second: float, burst: int) -> float:
        assert per_second > 0
        assert burst >= 1
        self.taken.append(key)
        return self.wait


class NoCredentials:
    """Keeps nothing."""

    def load(self, name: str) -> None:
        del name

    def save(self, name: str, values: object) -> None:
        del name, values


class Token:
    """A fixed token that may be refused a number of times."""

    def __init__(self) -> None:
        self.patience = 1
        self.token = SecretStr("Bearer canary-token")

    def header(self, send: Callable[[ApiCall], ApiResponse]) -> SecretStr:
        del send
        return self.token

    def refused(self, header: SecretStr, *, expired: bool, times: int) -> bool:
        assert header == self.token
        del expired
        return times <= self.patience

    def secrets(self) -> tuple[SecretStr, ...]:
        return (SecretStr("canary-token"),)


def classify(call: ApiCall, answer: ApiResponse) -> Failure:
    """Read errors as a small CRM would mean them."""
    del call
    after = float(answer.headers.get("retry-after", 0)) or None
    if answer.status == 401:
        return Unauthorised_(message="does not know us")
    if answer.status == 429:
        return TryAgain(message="is busy", after_seconds=after, unapplied=True)
    if answer.status == 430:
        return TryAgain(
            message="is shut", after_seconds=3600, unapplied=True, shut=True
        )
    if answer.status >= 500:
        return TryAgain(message=f"fails with {answer.body}", after_seconds=after)
    return Stop(error=FatalAdapterError, message=f"says no: {answer.body}")


@pytest.fixture(name="clock")
def _clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture(name="budget")
def _budget() -> Budget:
    return Budget()


@pytest.fixture(name="token")
def _token() -> Token:
    return Token()


@pytest.fixture(name="connection")
def _connection(clock: FrozenClock, budget: Budget) -> Connection:
    return Connection(
        name="acme",
        binding=Binding(workflow="demo", adapter="x", object="contacts"),
        settings={},
        now=clock.now,
        sleep=clock.sleep,
        budget=budget,
        credentials=NoCredentials(),
    )


@pytest.fixture(name="make_client")
def _make_client(
    connection: Connection, token: Token
) -> Iterator[Callable[..., ApiClient]]:
    opened: list[ApiClient] = []

    def make(
        base_url: str = BASE,
        *,
        loopback: bool = False,
        allow_private: bool = False,
        account: Callable[[], str] | None = None,
        pinned: PinnedAccount | None = None,
    ) -> ApiClient:
        client = ApiClient(
            replace(connection, account=pinned),
            base_url=base_url,
            authorise=token,
            limits=lambda call: (Limit(key=f"x:{call.kind}", per_second=10, burst=1),),
            classify=classify,
            loopback=loopback,
            allow_private=allow_private,
            account=account,
            jitter=lambda: 0.5,
        )
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.close()


@pytest.fixture(name="client")
def _client(make_client: Callable[..., ApiClient]) -> ApiClient:
    return make_client()


@pytest.fixture(name="crm")
def _crm() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url=BASE, assert_all_called=False) as router:
        yield router


@pytest.fixture(name="answers")
def _answers(crm: respx.MockRouter) -> Callable[..., respx.Route]:
    """Return a function that lines up answers (or exceptions) for any call."""

    def line_up(*answers: httpx.Response | Exception) -> respx.Route:
        return crm.route().mock(side_effect=list(answers))

    return line_up
