"""Channels in the settings file: three kinds, every mistake with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadstate.errors import ConfigurationError, WorkflowError
from leadstate.settings import (
    EmailSettings,
    Settings,
    SlackSettings,
    Tls,
    WebhookSettings,
    load_settings,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WHOLE = """
workflow: w.yaml
people: team/people.yaml
plugins: [acme]
connections:
  hubspot: {adapter: hubspot, binding: b.yaml}
channels:
  hub:
    type: webhook
    url: {file: hub.url}
    secret: {env: HUB_SECRET}
    timeout: 5
    allow_http: true
    allow_private: true
  ops: {type: slack, url: {env: SLACK_URL}}
  heads:
    type: email
    host: smtp.example.com
    port: 2525
    tls: tls
    username: leads
    password: {env: SMTP_PASSWORD}
    from: Leads@example.com
    to: [heads@example.com, ceo@example.com]
"""
MAIL = "type: email, host: h, from: a@example.com, to: b@example.com"


@pytest.fixture(name="load")
def _load(tmp_path: Path) -> Callable[[str], Settings]:
    def load(text: str) -> Settings:
        file = tmp_path / "s.yaml"
        file.write_text(text, encoding="utf-8")
        return load_settings(file)

    return load


def test_channels_of_every_kind_are_read(
    load: Callable[[str], Settings], tmp_path: Path
) -> None:
    """Typed, with what stands beside them in the file."""
    settings = load(WHOLE)

    assert tmp_path / "team/people.yaml" == settings.people
    assert ("acme",) == settings.plugins
    assert {
        "hub": WebhookSettings(
            type="webhook",
            url={"file": "hub.url"},
            secret={"env": "HUB_SECRET"},
            timeout=5,
            allow_http=True,
            allow_private=True,
        ),
        "ops": SlackSettings(type="slack", url={"env": "SLACK_URL"}),
        "heads": EmailSettings(
            type="email",
            host="smtp.example.com",
            port=2525,
            tls=Tls.TLS,
            username="leads",
            password={"env": "SMTP_PASSWORD"},
            sender="leads@example.com",
            to=("heads@example.com", "ceo@example.com"),
        ),
    } == settings.channels


def test_the_careful_choice_is_the_one_nobody_has_to_make(
    load: Callable[[str], Settings],
) -> None:
    """Encrypted mail, public addresses, and nobody known unless a file says so."""
    settings = load(
        f"workflow: w\nchannels:\n  a: {{{MAIL}}}\n"
        "  b: {type: webhook, url: 'https://example.com/x'}\n"
    )

    mail, hook = settings.channels["a"], settings.channels["b"]
    assert isinstance(mail, EmailSettings)
    assert isinstance(hook, WebhookSettings)
    assert (Tls.STARTTLS, None, ("b@example.com",)) == (mail.tls, mail.port, mail.to)
    assert (False, False, None) == (hook.allow_http, hook.allow_private, hook.secret)
    assert (None, ()) == (settings.people, settings.plugins)


def test_what_a_channel_refers_to_is_found_when_it_is_asked_for(
    load: Callable[[str], Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the environment and from files; a text stays, what is left out is None."""
    settings = load(WHOLE)
    monkeypatch.setenv("SLACK_URL", "https://chat.example.com/canary")
    (tmp_path / "hub.url").write_text("https://example.com/hub\n", encoding="utf-8")

    assert "https://chat.example.com/canary" == settings.channel_text("ops", "url")
    assert "https://example.com/hub" == settings.channel_text("hub", "url")
    assert "smtp.example.com" == settings.channel_text("heads", "host")
    assert "canary" not in repr(settings)
    assert (
        load(f"workflow: w\nchannels: {{a: {{{MAIL}}}}}\n").channel_text(
            "a", "password"
        )
        is None
    )


def test_a_variable_that_is_not_set_names_its_channel(
    load: Callable[[str], Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which setting, which variable."""
    monkeypatch.delenv("SLACK_URL", raising=False)

    with pytest.raises(
        ConfigurationError,
        match=r"s\.yaml: channels\.ops\.url refers to the environment variable SLACK_",
    ):
        load(WHOLE).channel_text("ops", "url")


@pytest.mark.parametrize(
    ("channels", "line"),
    [
        ("[]", "LS603 2:11 'channels' must be a mapping of names to values."),
        ("{a: }", "LS603 2:15 'channels.a' must be a mapping of names to values."),
        (
            "{a: {url: x}}",
            (
                "LS601 2:12 'channels.a.type' is missing. "
                "Write type: webhook, email or slack."
            ),
        ),
        (
            "{a: {type: fax}}",
            (
                "LS603 2:22 'channels.a.type' is no kind of channel. "
                "Write type: webhook, email or slack."
            ),
        ),
        ("{a: {type: webhook}}", "LS601 2:12 'channels.a.url' is missing."),
        (
            "{a: {type: webhook, url: x, sekret: {env: A}}}",
            (
                "LS602 2:39 the setting 'channels.a.sekret' is unknown. Did you mean "
                "'secret'? Known: type, url, secret, timeout, allow_http, "
                "allow_private."
            ),
        ),
        (
            "{a: {type: webhook, url: [x]}}",
            "LS603 2:36 'channels.a.url': must be a text or a reference.",
        ),
        (
            "{a: {type: webhook, url: {env: A, file: B}}}",
            (
                "LS603 2:31 'channels.a.url': must be one reference: {env: NAME} or "
                "{file: PATH}."
            ),
        ),
        (
            "{a: {type: slack, url: 'https://chat.example.com/canary'}}",
            (
                "LS603 2:34 'channels.a.url': must be one reference: {env: NAME} or "
                "{file: PATH}."
            ),
        ),
        (
            "{a: {type: slack, url: {env: A}, timeout: 31}}",
            (
                "LS603 2:53 'channels.a.timeout': input should be less than or equal "
                "to 30."
            ),
        ),
        (
            f"{{a: {{{MAIL}, password: {{env: P}}}}}}",
            (
                "LS603 2:12 'channels.a': username and password stand together or not "
                "at all."
            ),
        ),
        (
            f"{{a: {{{MAIL}, tls: none, username: u, password: {{env: P}}}}}}",
            (
                "LS603 2:12 'channels.a': with tls: none no password is sent; leave it "
                "out."
            ),
        ),
        (
            "{a: {type: email, host: h, from: nobody, to: b@example.com}}",
            (
                "LS603 2:44 'channels.a.from': must be an e-mail address, such as "
                "leads@example.com."
            ),
        ),
        (
            '{a: {type: email, host: h, from: a@example.com, to: ["b@example.com\\nBcc: c@example.com"]}}',  # noqa: E501
            (
                "LS603 2:64 'channels.a.to.0': must be an e-mail address, such as "
                "leads@example.com."
            ),
        ),
        (
            "{a: {type: email, host: 'http://h/', from: a@example.com, to: b@example.com}}",  # noqa: E501
            "LS603 2:35 'channels.a.host': string should match pattern '^[^\\s/@]+$'.",
        ),
        (
            "{a: {type: email, host: h, from: a@example.com, to: []}}",
            "LS603 2:63 'channels.a.to': must be 1 to 50 addresses.",
        ),
        (
            f"{{hubspot: {{{MAIL}}}}}",
            (
                "LS603 2:12 the channel 'hubspot' has a name that is taken, by a "
                "connection, or by the plugins. Choose another name."
            ),
        ),
        (
            f"{{plugin: {{{MAIL}}}}}",
            (
                "LS603 2:12 the channel 'plugin' has a name that is taken, by a "
                "connection, or by the plugins. Choose another name."
            ),
        ),
    ],
)
def test_every_mistake_of_a_channel_has_its_place(
    load: Callable[[str], Settings], tmp_path: Path, channels: str, line: str
) -> None:
    """What is wrong and what would be right; an address with a secret is not shown."""
    text = (
        f"workflow: w\nchannels: {channels}\n"
        "connections: {hubspot: {adapter: h, binding: b}}\n"
    )

    with pytest.raises(WorkflowError) as caught:
        load(text)

    assert [line] == [
        one.replace(f"{tmp_path / 's.yaml'}:", "") for one in caught.value.problems
    ]
    assert "canary" not in str(caught.value)


def test_a_secret_of_a_channel_as_plain_text_is_refused(
    load: Callable[[str], Settings],
) -> None:
    """As everywhere in the file."""
    with pytest.raises(WorkflowError, match="LS604") as caught:
        load("workflow: w\nchannels: {a: {type: webhook, url: x, secret: canary}}\n")

    assert "canary" not in str(caught.value)
