"""The HTTP recipe: what is repeated, what is waited for, what is never shown."""

from __future__ import annotations

import socket
import threading
import traceback
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from leadstate.adapters.http import ANSWER_LIMIT, ApiCall, ApiClient, ApiResponse
from leadstate.errors import ConfigurationError, FatalAdapterError, RetryLater

if TYPE_CHECKING:
    from collections.abc import Callable

    import respx

READ = ApiCall(kind="things.read", method="GET", path="/things", repeatable=True)
WRITE = ApiCall(kind="things.write", method="POST", path="/things", json={"a": "é"})
BAD = httpx.Response


def test_a_good_answer_is_parsed_and_counted(
    client: ApiClient, answers: Any, budget: Any
) -> None:
    """Every call takes its budget first and is counted by kind."""
    route = answers(httpx.Response(200, json={"id": "1"}), httpx.Response(204))

    first, second = client.send(READ), client.send(WRITE)

    assert first.body == {"id": "1"}
    assert (second.status, second.body) == (204, None)
    assert dict(client.calls) == {"things.read": 1, "things.write": 1}
    assert budget.taken == ["x:things.read", "x:things.write"]
    assert '{"a": "é"}'.encode() == route.calls[1].request.content
    assert route.calls[1].request.headers["authorization"] == "Bearer canary-token"


def test_the_budget_is_waited_for(
    client: ApiClient, answers: Any, budget: Any, clock: Any
) -> None:
    """The wait that the budget names is slept before the call."""
    answers(httpx.Response(200))
    budget.wait = 1.5

    client.send(READ)

    assert (1.5,) == clock.slept


def test_an_empty_budget_is_told_instead_of_slept(
    client: ApiClient, answers: Any, budget: Any, clock: Any
) -> None:
    """A thread never sleeps for hours; nothing was sent."""
    route = answers()
    budget.wait = 3600.0

    with pytest.raises(RetryLater, match="used up") as caught:
        client.send(WRITE)

    assert (caught.value.after_seconds, caught.value.sent) == (3600.0, False)
    assert () == clock.slept
    assert not route.called


@pytest.mark.parametrize(
    "trouble",
    [
        BAD(503),
        BAD(429),
        httpx.ConnectError("no"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("cut"),
        BAD(200, content=b"<html>"),
        BAD(502, content=b"<html>"),
        BAD(200, content=b'{"a": NaN}'),
    ],
)
def test_a_read_is_repeated_after_any_trouble(
    client: ApiClient, answers: Any, clock: Any, trouble: Any
) -> None:
    """Reading twice does no harm."""
    answers(trouble, BAD(200, json=[]))

    assert client.send(READ).body == []
    assert (0.5,) == clock.slept


@pytest.mark.parametrize(
    "trouble", [BAD(429), httpx.ConnectError("no"), httpx.PoolTimeout("full")]
)
def test_a_write_that_was_not_applied_is_repeated(
    client: ApiClient, answers: Any, trouble: Any
) -> None:
    """What the CRM certainly did not do may be asked for again."""
    route = answers(trouble, BAD(200))

    client.send(WRITE)

    assert route.call_count == 2


@pytest.mark.parametrize(
    "trouble",
    [
        BAD(503),
        httpx.ReadTimeout("slow"),
        httpx.WriteError("cut"),
        httpx.RemoteProtocolError("cut"),
        BAD(200, content=b"half an ans"),
    ],
)
def test_a_write_that_may_have_been_applied_is_left_to_the_caller(
    client: ApiClient, answers: Any, trouble: Any
) -> None:
    """After an unknown outcome the caller reads before anything is written again."""
    route = answers(trouble)

    with pytest.raises(RetryLater) as caught:
        client.send(WRITE)

    assert caught.value.sent
    assert route.call_count == 1


def test_patience_ends_after_four_attempts_with_growing_waits(
    client: ApiClient, answers: Any, clock: Any
) -> None:
    """The caller schedules what the client could not get done soon."""
    answers(*[BAD(503)] * 4)

    with pytest.raises(RetryLater) as caught:
        client.send(READ)

    assert (0.5, 1.0, 2.0) == clock.slept
    assert (caught.value.after_seconds, caught.value.sent) == (4.0, False)


def test_retry_after_is_honoured(client: ApiClient, answers: Any, clock: Any) -> None:
    """The CRM's own word about the wait counts more than ours."""
    answers(BAD(429, headers={"Retry-After": "7"}), BAD(200))

    client.send(WRITE)

    assert (7.0,) == clock.slept


def test_a_long_retry_after_is_handed_on(
    client: ApiClient, answers: Any, clock: Any
) -> None:
    """No thread sleeps longer than half a minute."""
    answers(BAD(429, headers={"Retry-After": "31"}))

    with pytest.raises(RetryLater) as caught:
        client.send(WRITE)

    assert (caught.value.after_seconds, caught.value.sent) == (31.0, False)
    assert () == clock.slept


def test_a_shut_crm_is_left_alone_until_it_opens(
    client: ApiClient, answers: Any, clock: Any
) -> None:
    """After a daily limit no call is sent before the reset."""
    route = answers(BAD(430), BAD(200))

    for _ in range(3):
        with pytest.raises(RetryLater) as caught:
            client.send(READ)
        assert caught.value.after_seconds == 3600
    assert route.call_count == 1

    clock.sleep(3600)
    assert client.send(READ).status == 200


def test_a_shut_crm_opens_in_time_when_the_clock_is_set_back(
    client: ApiClient, answers: Any, clock: Any
) -> None:
    """It is left alone for as long as it asked for, and not until a wrong date."""
    route = answers(BAD(430), BAD(200))
    clock.advance(timedelta(days=5))
    with pytest.raises(RetryLater):
        client.send(READ)
    clock.advance(-timedelta(days=5))

    with pytest.raises(RetryLater) as caught:
        client.send(READ)
    assert caught.value.after_seconds == 3600
    assert route.call_count == 1

    clock.sleep(3600)
    assert client.send(READ).status == 200


def test_one_401_is_asked_again_and_two_stop_the_connection(
    client: ApiClient, answers: Any
) -> None:
    """The authoriser decides how often; then a person must act."""
    answers(BAD(401), BAD(200), BAD(401), BAD(401))

    assert client.send(WRITE).status == 200
    with pytest.raises(FatalAdapterError, match="does not know us"):
        client.send(WRITE)


def test_a_401_without_authorisation_stops_at_once(
    client: ApiClient, answers: Any
) -> None:
    """Nobody can be asked for another token."""
    answers(BAD(401))
    call = ApiCall(kind="token", method="POST", path="/t", authorised=False)

    with pytest.raises(FatalAdapterError):
        client.send(call)


def test_expected_refusals_come_back_as_answers(
    client: ApiClient, answers: Any
) -> None:
    """An expected "no" is a value; any other is raised."""
    answers(BAD(404, json={"why": "gone"}), BAD(400))
    call = ApiCall(
        kind="k", method="GET", path="/k", expects=lambda answer: answer.status == 404
    )

    assert client.send(call).body == {"why": "gone"}
    with pytest.raises(FatalAdapterError, match="says no"):
        client.send(call)


def test_an_answer_can_be_turned_into_its_error(client: ApiClient) -> None:
    """An adapter raises what the recipe would have raised."""
    stop = client.error(READ, ApiResponse(status=400, body={}))
    pause = client.error(WRITE, ApiResponse(status=503))

    assert isinstance(stop, FatalAdapterError)
    assert isinstance(pause, RetryLater)
    assert pause.sent


def test_redirects_are_not_followed(client: ApiClient, answers: Any) -> None:
    """A token never travels to an address that an answer names."""
    route = answers(BAD(302, headers={"Location": "https://evil.example/"}))

    with pytest.raises(ConfigurationError, match="base_url"):
        client.send(READ)

    assert route.call_count == 1


@pytest.mark.parametrize("path", ["//evil.example/x", "@evil.example/", "x", ".evil/"])
def test_no_path_leaves_the_host(client: ApiClient, crm: Any, path: str) -> None:
    """Whatever a path says, the call goes to the host of base_url."""
    crm.route().mock(return_value=BAD(200))
    call = ApiCall(kind="k", method="GET", path=path)

    with suppress(FatalAdapterError):
        client.send(call)

    assert {"crm.example"} >= {one.request.url.host for one in crm.calls}


@pytest.mark.parametrize(
    "address",
    [
        "http://crm.example",
        "https://10.0.0.1",
        "https://169.254.169.254",
        "https://127.0.0.1",
        "https://localhost",
        "ftp://crm.example",
        "https://",
        "http://[",
        "https://crm.example:port",
        "https://user:pw@crm.example",
        "https://crm.example?x=1",
        "https://crm.example#x",
        "https://127.1",
        "https://2130706433",
        "https://0x7f000001",
        "https://017700000001",
        "https://localhost.",
        "https://crm.localhost",
        "https://[::ffff:10.0.0.1]",
        "https://[64:ff9b::7f00:1]",
        "https://[64:ff9b:1::1]",
        "https://[::127.0.0.1]",
        "https://[2002:7f00:1::]",
    ],
)
def test_unsafe_addresses_are_refused(
    make_client: Callable[..., ApiClient], address: str
) -> None:
    """A token is sent over https to a public host, or nowhere."""
    with pytest.raises(ConfigurationError, match="base_url"):
        make_client(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://user:pw@127.0.0.1:8801",
        "http://127.1:8801",
        "http://0x7f000001:8801",
        "http://localhost.:8801",
        "http://[64:ff9b::7f00:1]:8801",
    ],
)
def test_a_sandbox_is_named_plainly_or_refused(
    make_client: Callable[..., ApiClient], address: str
) -> None:
    """Other spellings of this machine are how checks are deceived."""
    with pytest.raises(ConfigurationError, match="base_url"):
        make_client(address, loopback=True)


def test_an_address_is_taken_without_looking_it_up(
    make_client: Callable[..., ApiClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that settings can be read where there is no network."""
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_, **__: pytest.fail("looked up")
    )

    make_client("https://crm.example")


@pytest.mark.parametrize("number", ["10.1.2.3", "127.0.0.1", "64:ff9b::a01:203"])
def test_a_name_that_leads_into_a_private_network_is_not_connected_to(
    make_client: Callable[..., ApiClient],
    monkeypatch: pytest.MonkeyPatch,
    number: str,
) -> None:
    """No token goes there, whatever the name looks like."""
    looked_up(monkeypatch, number)

    with pytest.raises(ConfigurationError, match="allow_private: true"):
        make_client("https://crm.example").send(READ)


def test_a_private_network_is_allowed_where_the_settings_say_so(
    make_client: Callable[..., ApiClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A self-hosted CRM; that nobody listens here is another matter."""
    looked_up(monkeypatch, "127.0.0.1")

    for address in ("https://crm.example:9", "https://10.255.255.1:9"):
        client = make_client(address, allow_private=True)
    with pytest.raises(RetryLater, match="cannot be reached"):
        make_client("https://crm.example:9", allow_private=True).send(READ)
    with pytest.raises(ConfigurationError, match="base_url"):
        make_client("http://10.0.0.1", allow_private=True)
    assert client.calls == {}


def looked_up(monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    """Let every name lead to a number."""
    usual = socket.getaddrinfo

    def found(host: str, *given: Any, **more: Any) -> Any:
        return usual(number if host == "crm.example" else host, *given, **more)

    monkeypatch.setattr(socket, "getaddrinfo", found)


@pytest.mark.parametrize("host", ["127.0.0.1:8801", "localhost:1", "[::1]:80"])
def test_loopback_is_allowed_explicitly(
    make_client: Callable[..., ApiClient], host: str
) -> None:
    """A local sandbox is reached without TLS, when the adapter allows it."""
    assert "ApiClient 'acme'" in repr(make_client(f"http://{host}", loopback=True))
    with pytest.raises(ConfigurationError):
        make_client(f"http://{host}")


def test_a_huge_answer_is_not_kept(client: ApiClient, answers: Any) -> None:
    """Memory is bounded; the caller may try again."""
    answers(*[BAD(200, content=b" " * (ANSWER_LIMIT + 1))])

    with pytest.raises(RetryLater, match="answers more than"):
        client.send(WRITE)


def test_query_and_form_are_encoded(client: ApiClient, answers: Any) -> None:
    """Secrets of a form travel in its body, never in the address."""
    route = answers(BAD(200))
    call = ApiCall(
        kind="k",
        method="POST",
        path="/k",
        query={"a": "1&2"},
        form={"secret": SecretStr("s&t")},
    )

    client.send(call)

    request = route.calls[0].request
    assert str(request.url) == "https://crm.example/k?a=1%262"
    assert request.content == b"secret=s%26t"


def test_secrets_appear_nowhere(client: ApiClient, answers: Any) -> None:
    """Not in errors, tracebacks, logs or reprs, even when the CRM echoes them."""
    answers(BAD(400, json={"message": "bad canary-token\x1b[31m"}))
    call = ApiCall(
        kind="k", method="GET", path="/k", form={"s": SecretStr("canary-form")}
    )

    with capture_logs() as logs, pytest.raises(FatalAdapterError) as caught:
        client.send(call)

    lines = traceback.TracebackException.from_exception(
        caught.value, capture_locals=True
    ).format()
    shown = "".join(
        line for line in lines if "canary" in line and "test_http" not in line
    )
    assert "[secret]" in str(caught.value)
    assert "\x1b" not in str(caught.value)
    said = f"{caught.value} {logs} {client!r} {call!r} {caught.value.__context__}"
    assert "canary" not in said
    assert "Bearer canary-token" not in shown


def test_logs_name_kind_and_status_only(client: ApiClient, answers: Any) -> None:
    """A log line is safe to keep."""
    answers(httpx.ConnectError("no"), BAD(200, json={"email": "x@example.com"}))

    with capture_logs() as logs:
        client.send(READ)

    assert [
        {"event": "call", "kind": "things.read", "status": status, "ms": 0}
        | {"log_level": "debug"}
        for status in ("broken", 200)
    ] == logs


def test_long_messages_are_cut(client: ApiClient) -> None:
    """A page of HTML does not fill the log."""
    assert len(client.clean("x" * 1000)) == 500
    assert client.clean("a\nb") == "a b"


def test_threads_share_one_client(client: ApiClient, crm: respx.MockRouter) -> None:
    """Counting is exact under concurrency."""
    crm.route().mock(return_value=BAD(200, json=[]))
    threads = [
        threading.Thread(target=lambda: [client.send(READ) for _ in range(20)])
        for _ in range(8)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert dict(client.calls) == {"things.read": 160}
