"""Before the first call with a token the CRM is asked whose account it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from pydantic import SecretStr

from leadstate.adapters.http import ApiCall
from leadstate.errors import ConfigurationError, RetryLater

if TYPE_CHECKING:
    from collections.abc import Callable

    import respx

    from leadstate.adapters.http import ApiClient

LEADS = ApiCall(kind="leads", method="GET", path="/leads", repeatable=True)
ACCOUNT = ApiCall(kind="account", method="GET", path="/account", repeatable=True)


class Ours:
    """Account 7 is right."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def check(self, account: str) -> None:
        self.asked.append(account)
        if account != "7":
            raise ConfigurationError(f"account {account} is another one")


@pytest.fixture(name="ours")
def _ours() -> Ours:
    return Ours()


@pytest.fixture(name="opened")
def _opened(make_client: Callable[..., ApiClient], ours: Ours) -> ApiClient:
    client = make_client(account=lambda: str(client.send(ACCOUNT).body), pinned=ours)
    return client


def test_the_account_is_asked_for_once_a_token(
    opened: ApiClient, crm: respx.MockRouter, ours: Ours, token: object
) -> None:
    """And again when somebody gave another token meanwhile."""
    crm.get("/account").respond(json=7)
    crm.get("/leads").respond(json=[])

    opened.send(LEADS)
    opened.send(LEADS)
    token.token = SecretStr("Bearer another")  # type: ignore[attr-defined]
    opened.send(LEADS)

    assert ["7", "7"] == ours.asked
    assert {"account": 2, "leads": 3} == dict(opened.calls)


def test_nothing_is_asked_of_another_account(
    opened: ApiClient, crm: respx.MockRouter
) -> None:
    """However often somebody tries."""
    crm.get("/account").respond(json=8)
    leads = crm.get("/leads").respond(json=[])

    for _ in range(2):
        with pytest.raises(ConfigurationError, match="account 8 is another one"):
            opened.send(LEADS)

    assert not leads.called


def test_what_cannot_be_checked_now_waits(
    opened: ApiClient, crm: respx.MockRouter, ours: Ours
) -> None:
    """No call goes out before it is known whose account it is."""
    crm.get("/account").mock(side_effect=[httpx.Response(503)] * 4)
    leads = crm.get("/leads").respond(json=[])

    with pytest.raises(RetryLater):
        opened.send(LEADS)

    assert not leads.called
    assert [] == ours.asked


def test_a_token_that_may_not_know_its_account_works(
    make_client: Callable[..., ApiClient], crm: respx.MockRouter, ours: Ours
) -> None:
    """It is warned of; there is nothing that could be held against it."""
    client = make_client(account=lambda: None, pinned=ours)
    crm.get("/leads").respond(json=[])

    client.send(LEADS)

    assert [] == ours.asked
    assert {"leads": 1} == dict(client.calls)
