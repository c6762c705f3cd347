"""The settings file: every mistake with its place, and no secret anywhere."""

from __future__ import annotations

import pickle
import traceback
from typing import TYPE_CHECKING

import pytest

from leadstate.errors import ConfigurationError, WorkflowError
from leadstate.settings import load_settings, secret_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from leadstate.settings import Settings

CANARY = "pat-na1-canary-7f3b"
WHOLE = """
database: leads.db
workflow: workflows/b2b.yaml
key: {env: LEADSTATE_KEY}
receiver: {host: 0.0.0.0, port: 8900, public_url: "https://leads.example"}
connections:
  hubspot:
    adapter: hubspot
    binding: workflows/b2b.hubspot.yaml
    poll_every: 30
    settings:
      token: {env: HUBSPOT_TOKEN}
      app_id: 42
      oauth: {client_id: abc, client_secret: {file: secrets/client}}
      more: [{env: HUBSPOT_TOKEN}, plain]
"""


@pytest.fixture(name="load")
def _load(tmp_path: Path) -> Callable[[str], Settings]:
    def load(text: str) -> Settings:
        file = tmp_path / "leadstate.yaml"
        file.write_text(text, encoding="utf-8")
        return load_settings(file)

    return load


@pytest.fixture(name="mistakes")
def _mistakes(
    load: Callable[[str], Settings], tmp_path: Path
) -> Callable[[str], list[str]]:
    """Return a function that gives the lines of a file's mistakes, without its path."""

    def mistakes(text: str) -> list[str]:
        with pytest.raises(WorkflowError) as caught:
            load(text)
        file = str(tmp_path / "leadstate.yaml")
        lines = caught.value.problems
        assert all(f" {file}:" in line for line in lines)
        return [line.replace(f"{file}:", "") for line in lines]

    return mistakes


def test_a_whole_file_is_read(load: Callable[[str], Settings], tmp_path: Path) -> None:
    """Every setting is typed; relative paths start at the file's folder."""
    settings = load(WHOLE)

    assert f"sqlite:///{tmp_path}/leads.db" == settings.database
    assert tmp_path / "workflows/b2b.yaml" == settings.workflow
    assert ("0.0.0.0", 8900, "https://leads.example") == (
        settings.receiver.host,
        settings.receiver.port,
        settings.receiver.public_url,
    )
    assert ("hubspot", 30.0) == (
        settings.connections["hubspot"].adapter,
        settings.connections["hubspot"].poll_every,
    )
    assert tmp_path / "workflows/b2b.hubspot.yaml" == settings.binding_of("hubspot")


def test_one_line_is_enough(load: Callable[[str], Settings], tmp_path: Path) -> None:
    """Everything but the workflow has a default; the receiver is not public."""
    settings = load("workflow: b2b.yaml\n")

    assert f"sqlite:///{tmp_path}/leadstate.db" == settings.database
    assert ("127.0.0.1", 8800) == (settings.receiver.host, settings.receiver.port)
    assert {} == settings.connections
    assert secret_key(settings) is None


@pytest.mark.parametrize(
    ("database", "url"),
    [
        ("data/leads.db", "sqlite:///{folder}/data/leads.db"),
        ("/var/lib/leads.db", "sqlite:////var/lib/leads.db"),
        ("sqlite:///elsewhere.db", "sqlite:///elsewhere.db"),
    ],
)
def test_the_database_lies_where_the_file_says(
    load: Callable[[str], Settings], tmp_path: Path, database: str, url: str
) -> None:
    """A path starts at the file's folder wherever the command runs; a URL is a URL."""
    settings = load(f"workflow: b2b.yaml\ndatabase: {database}\n")

    assert url.format(folder=tmp_path) == settings.database


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", ["LS008 1:1 the file is empty."]),
        (
            "database: x\n",
            [
                (
                    "LS601 1:1 'workflow' is missing. Write workflow: FILE, or "
                    "workflows: with a name and a file for each."
                )
            ],
        ),
        (
            "- workflow\n",
            ["LS603 1:1 'the file' must be a mapping of names to values."],
        ),
        ("workflow\n", ["LS603 1:1 'the file' must be a mapping of names to values."]),
        (
            "workflow: w\nreciever: {}\n",
            [
                (
                    "LS602 2:1 the setting 'reciever' is unknown. Did you mean "
                    "'receiver'? "
                    "Known: database, workflow, workflows, key, signing_key, "
                    "checkpoints, receiver, connections, people, channels, plugins."
                )
            ],
        ),
        (
            "workflow: w\nreceiver: {hots: x}\n",
            [
                (
                    "LS602 2:12 the setting 'receiver.hots' is unknown. "
                    "Did you mean 'host'? Known: host, port, public_url."
                )
            ],
        ),
        (
            "workflow: w\nconnections: {h: {adaptor: h, binding: b}}\n",
            [
                "LS601 2:15 'connections.h.adapter' is missing.",
                (
                    "LS602 2:19 the setting 'connections.h.adaptor' is unknown. "
                    "Did you mean 'adapter'? Known: adapter, binding, "
                    "mode, poll_every, settings."
                ),
            ],
        ),
        (
            "workflow: w\nreceiver: {port: 70000}\n",
            [
                (
                    "LS603 2:18 'receiver.port': "
                    "input should be less than or equal to 65535."
                )
            ],
        ),
        (
            "workflow: w\nreceiver: {port: eighty}\n",
            [
                (
                    "LS603 2:18 'receiver.port': input should be a valid integer, "
                    "unable to parse string as an integer."
                )
            ],
        ),
        (
            "workflow: w\nconnections: {h: {adapter: h, binding: b, poll_every: 0}}\n",
            ["LS603 2:55 'connections.h.poll_every': input should be greater than 0."],
        ),
        (
            "workflow: [w]\nconnections: []\n",
            [
                "LS603 1:11 'workflow': input should be a valid string.",
                "LS603 2:14 'connections' must be a mapping of names to values.",
            ],
        ),
        (
            "workflow: w\nconnections:\n  h:\n",
            ["LS603 3:5 'connections.h' must be a mapping of names to values."],
        ),
        (
            "workflow: w\nkey: {env: A, file: B}\n",
            [
                (
                    "LS603 2:6 'key' must be one reference. "
                    "Write key: {env: NAME} or {file: PATH}."
                )
            ],
        ),
        (
            "workflow: w\nkey: {}\n",
            [
                (
                    "LS603 2:6 'key' must be one reference. "
                    "Write key: {env: NAME} or {file: PATH}."
                )
            ],
        ),
        (
            "workflow: w\nkey: 00112233\n",
            ["LS603 2:6 'key' must be a mapping of names to values."],
        ),
    ],
)
def test_every_mistake_has_its_place_and_its_remedy(
    mistakes: Callable[[str], list[str]], text: str, lines: list[str]
) -> None:
    """Code, line, column, what is wrong, and what would be right."""
    assert lines == mistakes(text)


def test_mistakes_of_every_kind_are_told_together(
    mistakes: Callable[[str], list[str]],
) -> None:
    """Nobody mends a file one message at a time."""
    text = "databse: x\nreceiver: {port: -1}\nconnections: {h: {token: abc}}\n"

    assert ["LS601", "LS602", "LS603", "LS601", "LS601", "LS602", "LS604"] == [
        line[:5] for line in mistakes(text)
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("token", CANARY),
        ("refresh_token", f"'{CANARY}'"),
        ("client_secret", f"|\n        {CANARY}"),
        ("Password", CANARY),
        ("api_key", CANARY),
        ("apikey", CANARY),
        ("token", f"[{CANARY}]"),
        ("token", f"{{value: {CANARY}}}"),
        ("token", f"{{env: A, file: {CANARY}}}"),
        ("token", f"{{env: [{CANARY}]}}"),
        ("inner", f"{{token: {CANARY}}}"),
        ("inner", f"[{{token: {CANARY}}}]"),
    ],
)
def test_a_secret_as_plain_text_is_refused_and_not_repeated(
    load: Callable[[str], Settings], name: str, value: str
) -> None:
    """However it is wrapped, it is found, and the message does not hold it."""
    text = f"""
workflow: w
connections:
  h:
    adapter: h
    binding: b
    settings:
      {name}: {value}
"""

    with pytest.raises(WorkflowError) as caught:
        load(text)

    assert all(line.startswith("LS604 ") for line in caught.value.problems)
    shown = "".join(traceback.format_exception(caught.value))
    assert CANARY not in shown
    assert CANARY not in repr(caught.value)


def test_the_message_about_a_secret_says_how_to_write_it(
    mistakes: Callable[[str], list[str]],
) -> None:
    """The place, the reason and the right way."""
    text = (
        "workflow: w\nconnections: {h: {adapter: h, binding: b, settings: {token: x}}}"
    )

    assert [
        (
            "LS604 2:61 'token' holds a secret as plain text, and this file is read by "
            "many and kept in version control. Write token: {env: NAME} "
            "or {file: PATH}."
        )
    ] == mistakes(text)


def test_references_are_resolved_when_a_connection_opens(
    load: Callable[[str], Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the environment and from files beside the settings; the rest stays text."""
    settings = load(WHOLE)
    monkeypatch.setenv("HUBSPOT_TOKEN", CANARY)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/client").write_text(f"{CANARY}-2\n", encoding="utf-8")

    assert {
        "token": CANARY,
        "app_id": "42",
        "oauth": {"client_id": "abc", "client_secret": f"{CANARY}-2"},
        "more": [CANARY, "plain"],
    } == settings.adapter_settings("hubspot")


def test_settings_never_hold_a_secret(
    load: Callable[[str], Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither shown nor pickled: only the names of the references are kept."""
    monkeypatch.setenv("HUBSPOT_TOKEN", CANARY)
    monkeypatch.setenv("LEADSTATE_KEY", "ab" * 32)
    settings = load(WHOLE.replace("      more: [{env: HUBSPOT_TOKEN}, plain]\n", ""))
    secret_key(settings)

    assert CANARY not in repr(settings)
    assert CANARY.encode() not in pickle.dumps(settings)
    assert "ab" * 32 not in repr(settings)


@pytest.mark.parametrize("value", [None, ""])
def test_a_variable_that_is_not_set_is_named(
    load: Callable[[str], Settings],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    value: str | None,
) -> None:
    """Which setting, which variable, and what to type; empty is not set."""
    settings = load(WHOLE)
    monkeypatch.delenv("HUBSPOT_TOKEN", raising=False)
    if value is not None:
        monkeypatch.setenv("HUBSPOT_TOKEN", value)

    with pytest.raises(ConfigurationError) as caught:
        settings.adapter_settings("hubspot")

    assert (
        f"{tmp_path}/leadstate.yaml: connections.hubspot.settings.token refers to the "
        "environment variable HUBSPOT_TOKEN, which is not set; "
        "set it before starting: export HUBSPOT_TOKEN=..."
    ) == str(caught.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "which cannot be read: No such file or directory"),
        (b"\xff\xfe" + CANARY.encode(), "which cannot be read: it is not UTF-8 text"),
        (b" \n", "which is empty"),
    ],
)
def test_a_secret_file_that_cannot_be_used_is_named(
    load: Callable[[str], Settings],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes | None,
    reason: str,
) -> None:
    """Which setting, which file and why; its content is never shown."""
    settings = load(WHOLE)
    monkeypatch.setenv("HUBSPOT_TOKEN", CANARY)
    (tmp_path / "secrets").mkdir()
    if content is not None:
        (tmp_path / "secrets/client").write_bytes(content)

    with pytest.raises(ConfigurationError) as caught:
        settings.adapter_settings("hubspot")

    assert (
        f"{tmp_path}/leadstate.yaml: connections.hubspot.settings.oauth.client_secret "
        f"refers to the file {tmp_path}/secrets/client, {reason}"
    ) == str(caught.value)
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_the_key_is_64_hexadecimal_digits(
    load: Callable[[str], Settings], tmp_path: Path
) -> None:
    """From a reference, white space around it ignored."""
    settings = load("workflow: w\nkey: {file: key}\n")
    (tmp_path / "key").write_text(" " + "0f" * 32 + "\n", encoding="utf-8")

    assert b"\x0f" * 32 == secret_key(settings)


@pytest.mark.parametrize("text", ["ab" * 31, "ab" * 33, "xy" * 32, CANARY])
def test_a_key_of_another_form_is_refused_and_not_repeated(
    load: Callable[[str], Settings], monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """The message says how to make one, and holds nothing of the bad one."""
    settings = load("workflow: w\nkey: {env: LEADSTATE_KEY}\n")
    monkeypatch.setenv("LEADSTATE_KEY", text)

    with pytest.raises(ConfigurationError, match="must be 64 hexadecimal") as caught:
        secret_key(settings)

    assert text not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: &x [1]\nb: [*x, *x]\n", "LS006"),
        ("workflow: w\nworkflow: v\n", "LS005"),
        ("workflow: !!python/object:os.system w\n", "LS007"),
        ("[" * 20_000, "LS003"),
        ("workflow: {", "LS004"),
        ("workflow: w\n---\nworkflow: v\n", "LS008"),
        ("workflow: 'a\x00b'\n", "LS002"),
        ("workflow: w\n" + "# long\n" * 50_000, "LS003"),
        ("<<: {workflow: w}\n", "LS006"),
    ],
    ids=lambda value: value[:20].replace("\x00", "NUL"),
)
def test_hostile_yaml_is_refused(
    mistakes: Callable[[str], list[str]], text: str, code: str
) -> None:
    """Bombs, tags, duplicate keys and half files are mistakes with a place."""
    assert code in {line[:5] for line in mistakes(text)}


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """The path, and what to check."""
    with pytest.raises(WorkflowError, match=r"LS001 .*no\.yaml:1:1 the file cannot"):
        load_settings(tmp_path / "no.yaml")


@pytest.mark.parametrize("word", ["no", "on", "4:30:00", "010"])
def test_words_of_yaml_stay_text(load: Callable[[str], Settings], word: str) -> None:
    """No setting turns into a truth value, a number of seconds or an octal."""
    settings = load(
        f"workflow: {word}\nconnections: {{{word}: {{adapter: {word}, binding: b, "
        f"settings: {{app_id: {word}}}}}}}\n"
    )

    assert word == settings.workflow.name
    assert {"app_id": word} == settings.adapter_settings(word)


def test_a_hostile_name_is_harmless_to_a_terminal(
    mistakes: Callable[[str], list[str]],
) -> None:
    """What a file holds is shown without control characters."""
    text = '"api_key\\e[31m": x\n'

    assert all(line.isprintable() for line in mistakes(text))
