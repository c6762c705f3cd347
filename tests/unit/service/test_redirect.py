"""The redirect of the browser: one answer, of this sign-in, on this machine."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import httpx
import pytest

from leadstate.errors import ConfigurationError
from leadstate.service.setup.redirect import Redirect, answer_of, is_loopback
from leadstate.testing import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping

STATE = "a-state-that-nobody-guesses"


def free_uri(path: str = "/back") -> str:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{found.getsockname()[1]}{path}"


def get(uri: str, **query: str) -> httpx.Response:
    with httpx.Client(trust_env=False, timeout=PATIENCE_SECONDS) as client:
        return client.get(uri, params=query)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"code=c&state={STATE}", {"code": "c", "state": STATE}),
        ("code=c&state=other", None),
        ("code=c&state=", None),
        ("code=c", None),
        (f"code=c&code=d&state={STATE}", None),
        ("error=access_denied", {"error": "access_denied"}),
        ("error=access_denied&code=c", None),
        ("error=access_denied&state=other", None),
        ("code=c&state=%C3%A4", None),
    ],
    ids=range(9),
)
def test_only_an_answer_to_this_sign_in_is_taken(
    query: str, expected: Mapping[str, str] | None
) -> None:
    """A refusal may come without the state; it gives nothing away."""
    assert expected == answer_of(query, STATE)


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("http://127.0.0.1:8790/x", True),
        ("http://localhost:8790/x", True),
        ("https://localhost:8790/x", False),
        ("http://leads.example.com/x", False),
        ("http://127.0.0.1.example.com/x", False),
    ],
    ids=range(5),
)
def test_only_this_machine_is_listened_on(uri: str, *, expected: bool) -> None:
    """Any other address is copied by a person."""
    assert expected is is_loopback(uri)


def test_the_page_comes_after_the_exchange() -> None:
    """What the browser says happened, has happened."""
    uri, kept = free_uri(), list[str]()

    def finish(answer: Mapping[str, str]) -> str:
        kept.append(answer["code"])
        return "Acme <b>&</b> Co"

    with Redirect(uri, STATE, finish) as redirect:
        page = get(uri, code="c", state=STATE)
        name = redirect.wait(timeout_seconds=PATIENCE_SECONDS)

    assert ["c"] == kept
    assert "Acme <b>&</b> Co" == name
    assert "Acme &lt;b&gt;&amp;&lt;/b&gt; Co is connected" in page.text
    assert "no-store" == page.headers["cache-control"]
    assert "no-referrer" == page.headers["referrer-policy"]


def test_a_second_answer_is_told_politely() -> None:
    """One is taken, also of two that come at once."""
    uri, going, calls = free_uri(), threading.Event(), list[str]()

    def finish(answer: Mapping[str, str]) -> str:
        calls.append(answer["code"])
        going.wait(PATIENCE_SECONDS)
        return "Acme"

    with Redirect(uri, STATE, finish) as redirect:
        pages: list[httpx.Response] = []
        threads = [
            threading.Thread(
                target=lambda code=code: pages.append(get(uri, code=code, state=STATE))
            )
            for code in ("one", "two")
        ]
        for thread in threads:
            thread.start()
        going.set()
        for thread in threads:
            thread.join()
        redirect.wait(timeout_seconds=PATIENCE_SECONDS)

    assert 1 == len(calls)
    assert [200, 410] == sorted(page.status_code for page in pages)
    assert any("This sign-in is over" in page.text for page in pages)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ConfigurationError("the CRM says no"), "the CRM says no"),
        (ZeroDivisionError("inside"), "Something broke."),
    ],
    ids=["expected", "bug"],
)
def test_what_goes_wrong_is_told_and_raised(error: Exception, told: str) -> None:
    """In the browser, and to whoever waits."""
    uri = free_uri()

    def finish(_: Mapping[str, str]) -> str:
        raise error

    with Redirect(uri, STATE, finish) as redirect:
        page = get(uri, code="c", state=STATE)
        with pytest.raises(type(error), match=str(error)):
            redirect.wait(timeout_seconds=PATIENCE_SECONDS)

    assert told in page.text
    assert "Not connected" in page.text


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/", 404), ("/back/", 404), ("/backx", 404), ("/back", 400)],
    ids=["root", "slash", "longer", "stranger"],
)
def test_only_the_exact_path_is_answered(path: str, expected: int) -> None:
    """And a stranger does not end the waiting."""
    uri = free_uri()

    with Redirect(uri, STATE, lambda _: "Acme") as redirect:
        page = get(uri.removesuffix("/back") + path, code="c", state="other")
        good = get(uri, code="c", state=STATE)
        name = redirect.wait(timeout_seconds=PATIENCE_SECONDS)

    assert (expected, 200, "Acme") == (page.status_code, good.status_code, name)


def test_nothing_but_get_is_answered() -> None:
    """No form of another page gets in."""
    uri = free_uri()

    with Redirect(uri, STATE, lambda _: "Acme"), httpx.Client(trust_env=False) as one:
        answer = one.post(uri, params={"code": "c", "state": STATE})

    assert 501 == answer.status_code


def test_nobody_who_comes_back_ends_the_waiting() -> None:
    """The message names the address that the app must allow."""
    uri = free_uri()

    with (
        Redirect(uri, STATE, lambda _: "Acme") as redirect,
        pytest.raises(ConfigurationError, match=uri),
    ):
        redirect.wait(timeout_seconds=0.01)


def test_a_taken_port_is_told() -> None:
    """With the way to choose another."""
    uri = free_uri()

    with (
        Redirect(uri, STATE, lambda _: "Acme"),
        pytest.raises(ConfigurationError, match="--redirect-uri"),
        Redirect(uri, STATE, lambda _: "Acme"),
    ):
        pass


def test_the_state_is_not_shown() -> None:
    """A log of the object tells nothing."""
    assert STATE not in repr(Redirect(free_uri(), STATE, lambda _: "Acme"))
