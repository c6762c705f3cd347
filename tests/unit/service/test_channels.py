"""Messages over HTTP and by mail: signed, bounded, and nothing a stranger can bend."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from installations import certificate, post_offices
from standardwebhooks import Webhook, WebhookVerificationError

from leadstate.clock import SystemClock
from leadstate.errors import ConfigurationError, RetryLater, SkipRecord
from leadstate.service.channel import Message
from leadstate.service.outbound.channels import open_channels
from leadstate.service.outbound.mail import EmailChannel
from leadstate.settings import EmailSettings, Settings, Tls, load_settings

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from installations import Endpoint, PostOffice

    from leadstate.service.channel import Channel

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
KEY = base64.b64encode(b"k" * 32).decode()
MESSAGE = Message(
    token="r-1:3:ops:message:e",
    created_at=NOW,
    subject="A lead waits",
    text="Call Ada\nsoon",
    event="warned",
    data={"record": "r-1", "stage": "lead"},
)


@pytest.fixture(name="opened")
def _opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Channel]]:
    """Return a function that opens one channel of a settings file."""
    channels: list[Channel] = []

    def opened(kind: str, url: str, secret: str = "", **more: object) -> Channel:
        monkeypatch.setenv("CHANNEL_URL", url)
        monkeypatch.setenv("CHANNEL_SECRET", secret)
        given = {"type": kind, "url": "{env: CHANNEL_URL}"} | more
        if secret:
            given["secret"] = "{env: CHANNEL_SECRET}"
        text = ", ".join(f"{name}: {value}" for name, value in given.items())
        file = tmp_path / "s.yaml"
        file.write_text(f"workflow: w\nchannels: {{ops: {{{text}}}}}\n", "utf-8")
        channels.append(open_channels(load_settings(file))["ops"])
        return channels[-1]

    yield opened
    for channel in channels:
        channel.close()


@pytest.fixture(name="local")
def _local(
    opened: Callable[..., Channel], endpoint: Endpoint
) -> Callable[..., Channel]:
    """Return a function that opens a channel to the endpoint on loopback."""

    def local(kind: str = "webhook", secret: str = "", **more: object) -> Channel:
        return opened(
            kind,
            endpoint.url,
            secret,
            allow_http="true",
            allow_private="true",
            **more,
        )

    return local


# -- webhooks --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        (f"whsec_{KEY}", f"whsec_{KEY}"),
        (f"whsec_{KEY.rstrip('=')}", f"whsec_{KEY}"),
        ("a raw secret of enough letters", b"a raw secret of enough letters"),
    ],
    ids=["base64", "unpadded", "raw"],
)
def test_a_webhook_is_verified_by_an_independent_library(
    local: Callable[..., Channel], endpoint: Endpoint, secret: str, key: str | bytes
) -> None:
    """Id, time and body are signed; whoever changes one is found out."""
    now = SystemClock().now()

    assert "taken (200)" == local("webhook", secret).send(MESSAGE, now=now)

    [taken] = endpoint.taken
    verified = Webhook(key).verify(taken.body, taken.headers)
    assert {
        "type": "warned",
        "timestamp": "2026-03-10T12:00:00+00:00",
        "data": {
            "record": "r-1",
            "stage": "lead",
            "subject": "A lead waits",
            "text": "Call Ada\nsoon",
        },
    } == verified
    with pytest.raises(WebhookVerificationError):
        Webhook(key).verify(taken.body.replace(b"Ada", b"Eve"), taken.headers)
    assert "/hooks/canary?key=canary" == taken.path
    assert f"127.0.0.1:{endpoint.port}" == taken.headers["host"]


def test_a_repetition_has_the_same_id_and_body(
    local: Callable[..., Channel], endpoint: Endpoint
) -> None:
    """So that the receiver can drop it; the time and with it the signature are new."""
    channel = local("webhook", f"whsec_{KEY}")

    channel.send(MESSAGE, now=NOW)
    channel.send(MESSAGE, now=NOW + timedelta(minutes=5))

    first, second = endpoint.taken
    assert MESSAGE.token == first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
    assert "1773144300" == second.headers["webhook-timestamp"]


def test_a_token_that_no_header_can_carry_gets_a_name_of_its_own(
    local: Callable[..., Channel], endpoint: Endpoint
) -> None:
    """Stable all the same; without a secret nothing is signed."""
    odd = Message(token="r.1:ünüsual\r\nx: y", created_at=NOW, text="")
    channel = local()

    channel.send(odd, now=NOW)
    channel.send(odd, now=NOW)

    first, second = (taken.headers for taken in endpoint.taken)
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-id"].startswith("msg_")
    assert "x" not in first
    assert "webhook-signature" not in first


@pytest.mark.parametrize(
    "secret", ["short", "whsec_c2hvcnQ=", "whsec_!not base64 at all, long enough!"]
)
def test_a_weak_secret_is_refused_with_the_way_to_a_good_one(
    local: Callable[..., Channel], secret: str
) -> None:
    """When the service starts; the secret is not repeated."""
    with pytest.raises(ConfigurationError, match=r"channels\.ops\.secret must be") as e:
        local("webhook", secret)

    assert "make one with: python -c" in str(e.value)
    assert secret not in str(e.value)


# -- answers ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "headers", "pause"),
    [
        (429, {"retry_after": "40"}, 40.0),
        (503, {"retry_after": "Tue, 10 Mar 2026 12:02:00 GMT"}, 120.0),
        (503, {"retry_after": "Tue, 10 Mar 2026 11:00:00 GMT"}, None),
        (500, {"retry_after": "soon"}, None),
        (408, {}, None),
        (599, {}, None),
    ],
)
@pytest.mark.parametrize("kind", ["webhook", "slack"])
def test_a_busy_receiver_is_asked_again_when_it_says(
    local: Callable[..., Channel],
    endpoint: Endpoint,
    kind: str,
    status: int,
    headers: dict[str, str],
    pause: float | None,
) -> None:
    """`Retry-After` in seconds or as a date; without it the usual pauses."""
    endpoint.answer(status, b"please\x1b wait", **headers)

    with pytest.raises(RetryLater, match=f"answers {status}: please wait") as caught:
        local(kind).send(MESSAGE, now=NOW)

    assert (pause, True) == (caught.value.after_seconds, caught.value.sent)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413])
def test_a_receiver_that_says_no_is_not_asked_again(
    local: Callable[..., Channel], endpoint: Endpoint, status: int
) -> None:
    """Its words reach the person who has to mend it, without our address in them."""
    endpoint.answer(status, f"nothing at {endpoint.url} for you".encode())

    with pytest.raises(SkipRecord) as caught:
        local().send(MESSAGE, now=NOW)

    assert f"answers {status}: nothing at [url] for you" == str(caught.value)


def test_a_redirect_is_not_followed(
    local: Callable[..., Channel], endpoint: Endpoint
) -> None:
    """Where it leads nobody has checked."""
    endpoint.answer(307, location="http://169.254.169.254/latest")

    with pytest.raises(SkipRecord, match="answers 307; redirects are not followed"):
        local().send(MESSAGE, now=NOW)

    assert 1 == len(endpoint.taken)


def test_an_answer_that_is_lost_may_have_arrived(
    local: Callable[..., Channel], endpoint: Endpoint
) -> None:
    """The message is sent again, under the same id."""
    endpoint.silent = True

    with pytest.raises(RetryLater, match="the answer was lost") as caught:
        local().send(MESSAGE, now=NOW)

    assert caught.value.sent
    assert "canary" not in str(caught.value)


def test_a_receiver_that_is_down_has_not_got_it(opened: Callable[..., Channel]) -> None:
    """Nothing listens on port 9; the address is not in the message."""
    channel = opened(
        "webhook",
        "http://127.0.0.1:9/canary",
        allow_http="true",
        allow_private="true",
    )

    with pytest.raises(RetryLater, match="cannot be reached") as caught:
        channel.send(MESSAGE, now=NOW)

    assert not caught.value.sent
    assert "canary" not in str(caught.value)


# -- Slack -----------------------------------------------------------------------------


def test_slack_gets_a_text_in_which_nothing_is_a_command(
    local: Callable[..., Channel], endpoint: Endpoint
) -> None:
    """Angle brackets and ampersands are escaped; the subject stands first, in bold."""
    loud = Message(
        token="t",
        created_at=NOW,
        subject="<!channel> & co",
        text="see <https://evil.example|ours>",
    )

    local("slack").send(loud, now=NOW)
    local("slack").send(Message(token="t", created_at=NOW, text="x" * 40_000), now=NOW)

    first, second = endpoint.taken
    assert {
        "text": "*&lt;!channel&gt; &amp; co*\nsee &lt;https://evil.example|ours&gt;"
    } == first.json
    assert {"text": "x" * 30_000} == second.json


# -- addresses -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://example.com/x", "must be an address: https://HOST/PATH"),
        ("nonsense canary", "must be an address: https://HOST/PATH"),
        ("https://", "must be an address: https://HOST/PATH"),
        ("https://[::1", "must be an address: https://HOST/PATH"),
        ("http://example.com/canary", "must be https;"),
        ("https://me:canary@example.com/", "scheme, host, path and query only"),
        ("https://example.com/#canary", "scheme, host, path and query only"),
        ("https://localhost/canary", "leads into a private network"),
        ("https://127.0.0.1/canary", "leads into a private network"),
        ("https://10.0.0.7/canary", "leads into a private network"),
        ("https://169.254.169.254/canary", "leads into a private network"),
        ("https://[::1]/canary", "leads into a private network"),
        ("https://[fe80::1]/canary", "leads into a private network"),
        ("https://[::ffff:10.0.0.7]/canary", "leads into a private network"),
        ("https://[64:ff9b::a00:7]/canary", "leads into a private network"),
        ("https://[2002:a00:7::]/canary", "leads into a private network"),
        ("https://224.0.1.5/canary", "leads into a private network"),
        ("https://0.0.0.0/canary", "leads into a private network"),
    ],
)
def test_an_address_that_is_not_public_and_private_is_refused(
    opened: Callable[..., Channel], url: str, said: str
) -> None:
    """When the service starts, with the setting; the address is not repeated."""
    with pytest.raises(ConfigurationError, match=said) as caught:
        opened("webhook", url)

    assert "s.yaml: channels.ops.url " in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["https://example.com/x?y=z", "https://8.8.8.8/", "https://[64:ff9b::808:808]/"],
)
def test_a_public_address_is_taken(opened: Callable[..., Channel], url: str) -> None:
    """Whether it answers is seen when something is sent."""
    assert "canary" not in repr(opened("webhook", url))


def test_a_name_that_leads_inside_is_refused_when_it_is_looked_up(
    opened: Callable[..., Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One private number among the public ones is enough."""
    numbers: list[str] = ["8.8.8.8", "127.0.0.1"]
    asked: list[tuple[Any, ...]] = []

    def lookup(*arguments: Any, **_: Any) -> list[Any]:
        asked.append(arguments)
        return [(2, 1, 6, "", (number, 443)) for number in numbers]

    monkeypatch.setattr("socket.getaddrinfo", lookup)

    with pytest.raises(SkipRecord, match=r"rebind\.example\.com leads into a private"):
        opened("webhook", "https://rebind.example.com/x").send(MESSAGE, now=NOW)

    assert [("rebind.example.com", 443)] == asked


def test_what_is_connected_to_is_what_was_checked(
    opened: Callable[..., Channel], endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its number, with the name in the header; the next number when one is down."""
    import socket

    real = socket.getaddrinfo

    def lookup(host: str, port: int, *more: Any, **given: Any) -> list[Any]:
        if host != "hooks.example.com":
            return list(real(host, port, *more, **given))
        return [(2, 1, 6, "", (number, port)) for number in ("127.0.0.2", "127.0.0.1")]

    monkeypatch.setattr("socket.getaddrinfo", lookup)
    channel = opened(
        "webhook",
        f"http://hooks.example.com:{endpoint.port}/x",
        allow_http="true",
        allow_private="true",
    )

    channel.send(MESSAGE, now=NOW)

    assert f"hooks.example.com:{endpoint.port}" == endpoint.taken[0].headers["host"]


def test_a_name_that_nobody_knows_is_looked_up_again_later(
    opened: Callable[..., Channel],
) -> None:
    """`.invalid` never exists (RFC 6761)."""
    channel = opened("webhook", "https://nowhere.invalid/canary")

    with pytest.raises(RetryLater, match=r"nowhere\.invalid cannot be looked up") as e:
        channel.send(MESSAGE, now=NOW)

    assert not e.value.sent
    assert "canary" not in str(e.value)


# -- mail ------------------------------------------------------------------------------


def mail_settings(port: int, **given: object) -> EmailSettings:
    """Return the settings of a mail server on loopback."""
    usual: dict[str, object] = {
        "type": "email",
        "host": "127.0.0.1",
        "port": port,
        "tls": Tls.NONE,
        "from": "leads@example.com",
        "to": ("heads@example.com", "ceo@example.com"),
        "timeout": 5,
    }
    return EmailSettings.model_validate(usual | given)


def test_a_mail_reaches_everybody_it_is_for(post_office: PostOffice) -> None:
    """From, to, subject, date and an id that a repetition has too."""
    channel = EmailChannel(mail_settings(post_office.port), None)

    assert "sent" == channel.send(MESSAGE, now=NOW)
    channel.send(MESSAGE, now=NOW)

    first, second = post_office.mails
    assert ("leads@example.com", ("heads@example.com", "ceo@example.com")) == (
        post_office.envelopes[0]
    )
    assert ("A lead waits", "Tue, 10 Mar 2026 12:00:00 +0000", "auto-generated") == (
        first["subject"],
        first["date"],
        first["auto-submitted"],
    )
    assert "Call Ada\nsoon\n" == first.get_content().replace("\r\n", "\n")  # type: ignore[attr-defined]
    assert first["message-id"] == second["message-id"]
    assert str(first["message-id"]).endswith("@example.com>")
    assert "127.0.0.1" in repr(channel)


def test_nothing_in_a_message_becomes_a_header(post_office: PostOffice) -> None:
    """A subject of several lines is one line, and half a letter is none."""
    hostile = Message(
        token="a\r\nBcc: eve@example.com",
        created_at=NOW,
        subject="Hi\r\nBcc: eve@example.com\n\nBody " + "x" * 300,
        text="Bcc: eve@example.com\r\n.\r\nQUIT\r\nnaïve \ud83d",
    )

    EmailChannel(mail_settings(post_office.port), None).send(hostile, now=NOW)

    [mail] = post_office.mails
    assert mail["bcc"] is None
    assert str(mail["subject"]).startswith("Hi Bcc: eve@example.com Body xxx")
    assert 200 == len(str(mail["subject"]))
    assert "QUIT" in mail.get_content()  # type: ignore[attr-defined]
    assert "naïve ?" in mail.get_content()  # type: ignore[attr-defined]
    assert ("heads@example.com", "ceo@example.com") == post_office.envelopes[0][1]


def test_without_a_subject_the_first_line_is_one(post_office: PostOffice) -> None:
    """A mail without one looks like junk."""
    plain = Message(token="t", created_at=NOW, text="Call Ada\nsoon")

    EmailChannel(mail_settings(post_office.port), None).send(plain, now=NOW)

    assert "Call Ada" == post_office.mails[0]["subject"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("451 later please", RetryLater), ("554 no spam here", SkipRecord)],
)
def test_a_mail_server_says_whether_to_come_again(
    post_office: PostOffice, answer: str, expected: type[Exception]
) -> None:
    """4xx is "not now", 5xx is "never"; its words are kept."""
    post_office.answers = [answer]

    with pytest.raises(expected, match=f"the mail server answers {answer}"):
        EmailChannel(mail_settings(post_office.port), None).send(MESSAGE, now=NOW)


def test_one_refused_address_does_not_stop_the_others(post_office: PostOffice) -> None:
    """Who did not get it stands in the outcome."""
    post_office.refusing = {"ceo@example.com": "550 left us"}

    told = EmailChannel(mail_settings(post_office.port), None).send(MESSAGE, now=NOW)

    assert "sent, but refused for ceo@example.com: 550 left us" == told
    assert [("leads@example.com", ("heads@example.com",))] == post_office.envelopes


@pytest.mark.parametrize(
    ("second", "expected"), [("450 greylisted", RetryLater), ("550 no", SkipRecord)]
)
def test_a_mail_for_nobody_is_sent_again_while_there_is_hope(
    post_office: PostOffice, second: str, expected: type[Exception]
) -> None:
    """One address that may be taken later is enough."""
    post_office.refusing = {"heads@example.com": "550 no", "ceo@example.com": second}

    with pytest.raises(expected, match=f"refuses every address: {second}"):
        EmailChannel(mail_settings(post_office.port), None).send(MESSAGE, now=NOW)


def test_a_mail_server_that_is_down_is_tried_again() -> None:
    """Nothing listens on port 9."""
    with pytest.raises(RetryLater, match=r"cannot be reached \(ConnectionRefused") as e:
        EmailChannel(mail_settings(9), None).send(MESSAGE, now=NOW)

    assert not e.value.sent


def test_a_mail_server_without_encryption_gets_nothing(post_office: PostOffice) -> None:
    """What the settings ask for is not given up silently."""
    channel = EmailChannel(mail_settings(post_office.port, tls="starttls"), None)

    with pytest.raises(RetryLater, match="lacks what the settings ask for: STARTTLS"):
        channel.send(MESSAGE, now=NOW)

    assert [] == post_office.mails


@pytest.fixture(name="private", scope="module")
def _private(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[PostOffice, ssl.SSLContext]]:
    """A mail server that asks for encryption and a login, and what trusts it."""
    server, client = certificate(tmp_path_factory.mktemp("tls"))
    for office in post_offices(server, login=True):
        office.password = b"canary"
        yield office, client


def with_login(port: int) -> EmailSettings:
    """Return settings that encrypt and log in."""
    return mail_settings(
        port, tls="starttls", username="leads", password={"env": "SMTP_PASSWORD"}
    )


def test_a_password_goes_over_an_encrypted_line(
    private: tuple[PostOffice, ssl.SSLContext],
) -> None:
    """STARTTLS, then the login, then the message."""
    office, trust = private

    told = EmailChannel(with_login(office.port), "canary", trust).send(MESSAGE, now=NOW)

    assert "sent" == told
    assert (b"leads", b"canary") == office.logins[-1]


def test_a_refused_login_is_tried_again_without_the_password_in_the_message(
    private: tuple[PostOffice, ssl.SSLContext],
) -> None:
    """A person mends the password, and the message still goes out."""
    office, trust = private
    channel = EmailChannel(with_login(office.port), "wrong-canary", trust)

    with pytest.raises(RetryLater, match="answers 535") as caught:
        channel.send(MESSAGE, now=NOW)

    assert "canary" not in str(caught.value)
    assert "canary" not in repr(channel)


def test_a_mail_server_that_nobody_vouches_for_gets_nothing(
    private: tuple[PostOffice, ssl.SSLContext],
) -> None:
    """Its certificate is not trusted."""
    office, _ = private

    with pytest.raises(RetryLater, match="SSLCertVerificationError"):
        EmailChannel(with_login(office.port), "canary").send(MESSAGE, now=NOW)


def test_channels_are_opened_with_their_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of the file; one that cannot be opened stops the start."""
    file = tmp_path / "s.yaml"
    file.write_text(
        "workflow: w\nchannels:\n"
        "  mail: {type: email, host: h, tls: tls, username: u,"
        " password: {env: P}, from: a@example.com, to: b@example.com}\n"
        "  ops: {type: slack, url: {env: U}}\n",
        "utf-8",
    )
    settings: Settings = load_settings(file)
    monkeypatch.setenv("P", "canary")
    monkeypatch.setenv("U", "https://example.com/x")

    assert ["mail", "ops"] == list(open_channels(settings))
    monkeypatch.delenv("U")
    with pytest.raises(ConfigurationError, match="the environment variable U"):
        open_channels(settings)
