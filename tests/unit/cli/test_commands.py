"""The command line as a whole: what there is, and what is said when it fails."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import click
import pytest

from leadstate.cli import main
from leadstate.cli.context import as_json, clean, print_table, span, when
from leadstate.cli.run import missing_extra

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.cli.conftest import Office, Said

NAMES = (
    "init",
    "connect",
    "doctor",
    "setup",
    "run",
    "go-live",
    "observe",
    "demo",
    "sandbox",
    "workflow",
    "record",
    "sla",
    "approvals",
    "people",
    "backfill",
    "import",
    "report",
    "status",
    "export",
    "audit",
    "erase",
    "backup",
    "restore",
    "conflicts",
    "dead-letters",
    "adapters",
    "new-adapter",
)


def test_help_names_every_command_in_order(ask: Callable[..., Said]) -> None:
    """In the order in which people meet them, each with what it does."""
    listed = ask("--help").out.split("Commands:")[1].splitlines()

    assert list(NAMES) == [line.split()[0] for line in listed if line.strip()]


@pytest.mark.parametrize("name", NAMES)
def test_every_command_explains_itself(ask: Callable[..., Said], name: str) -> None:
    """`-h` answers for each, with the name that was typed."""
    said = ask(name, "-h")

    assert 0 == said.code
    assert said.out.startswith(f"Usage: leadstate {name} ")


def test_version_is_that_of_the_package(ask: Callable[..., Said]) -> None:
    """One line that a script can read."""
    from importlib.metadata import version

    assert f"{version('leadstate')}\n" == ask("--version").out


def test_misspelt_command_is_told_the_nearest_one(ask: Callable[..., Said]) -> None:
    """A typing mistake costs one more try, not a search in the help."""
    said = ask("statu")

    assert 2 == said.code
    assert "there is no command 'statu'. Did you mean 'status'?" in said.error


def test_unknown_command_gets_no_wild_guess(ask: Callable[..., Said]) -> None:
    """A word that resembles nothing is only said to be unknown."""
    said = ask("zzz")

    assert 2 == said.code
    assert said.error.endswith("Error: there is no command 'zzz'.\n")


def test_sandboxes_of_installed_plugins_are_listed(ask: Callable[..., Said]) -> None:
    """By name, without being started."""
    assert "hubspot  A twin of hubspot's API." in ask("sandbox", "--help").out
    assert "--records INTEGER" in ask("sandbox", "hubspot", "--help").out


def test_unknown_sandbox_is_a_usage_error(ask: Callable[..., Said]) -> None:
    """A CRM without an installed plugin has no twin."""
    said = ask("sandbox", "salesforce")

    assert 2 == said.code
    assert "No such command 'salesforce'" in said.error


@pytest.mark.parametrize(
    "words",
    [
        ("record", "list"),
        ("record", "show", "1"),
        ("record", "history", "1"),
        ("record", "explain", "1"),
        ("record", "move", "1", "win"),
        ("record", "pause", "1", "--reason", "ill"),
        ("record", "resume", "1"),
        ("sla",),
        ("sla", "summary"),
        ("sla", "show", "1"),
        ("approvals",),
        ("approvals", "approve", "1"),
        ("approvals", "decline", "1"),
        ("people",),
        ("status",),
        ("dead-letters", "list"),
        ("dead-letters", "replay", "1"),
        ("run",),
    ],
    ids=" ".join,
)
def test_missing_settings_file_is_told_with_the_remedy(
    ask: Callable[..., Said], tmp_path: Path, words: tuple[str, ...]
) -> None:
    """Every command that needs one says how to make it and how to name it."""
    file = tmp_path / "none.yaml"

    said = ask(*words, "--settings", str(file))

    assert 1 == said.code
    assert (
        f"Error: there is no settings file {file}. Make one with 'leadstate init', or "
        "name yours with --settings FILE (or LEADSTATE_SETTINGS)\n"
    ) == said.error


def test_settings_file_can_be_named_by_the_environment(
    office: Office, ask: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container names it once."""
    monkeypatch.setenv("LEADSTATE_SETTINGS", str(office.settings))

    assert 4 == ask("status", "--json").data["totals"]["records"]


def test_plain_secret_in_the_settings_is_refused_and_not_repeated(
    blank: Office,
) -> None:
    """The message names line and remedy, and never the secret."""
    blank.edit("{env: HUBSPOT_TOKEN}", "pat-na1-canary")

    said = blank.ask("status")

    assert 1 == said.code
    assert "LS604" in said.error
    assert "Write token: {env: NAME} or {file: PATH}." in said.error
    assert "canary" not in said.error + said.out


@pytest.mark.parametrize(
    "words",
    [
        ("record", "move", "1", "win"),
        ("record", "pause", "1", "--reason", "ill"),
        ("record", "resume", "1"),
        ("approvals", "approve", "1"),
        ("approvals", "decline", "1"),
        ("status", "--compare"),
        ("dead-letters", "replay", "1"),
        ("run", "--once"),
    ],
    ids=" ".join,
)
def test_missing_environment_variable_is_named(
    blank: Office, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """Commands that open a connection say which secret they lack."""
    monkeypatch.delenv("HUBSPOT_TOKEN")

    said = blank.ask(*words)

    assert 1 == said.code
    assert (
        f"{blank.settings}: connections.crm.settings.token refers to the environment "
        "variable HUBSPOT_TOKEN, which is not set; set it before starting: "
        "export HUBSPOT_TOKEN=..."
    ) == said.error


def test_commands_that_only_look_need_no_secret(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may read the database need not hold the CRM's token."""
    monkeypatch.delenv("HUBSPOT_TOKEN")
    looks = [
        ("status",),
        ("record", "list"),
        ("dead-letters", "list"),
        ("sla",),
        ("approvals",),
        ("people",),
    ]

    assert [0] * len(looks) == [office.ask(*words).code for words in looks]


def test_expected_error_is_one_message_without_a_traceback(
    blank: Office,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What people meet is a sentence on standard error, and exit code 1."""
    words = ["record", "show", "nobody", "--settings", str(blank.settings)]
    monkeypatch.setattr(sys, "argv", ["leadstate", *words])

    with pytest.raises(SystemExit) as ended:
        main()

    assert 1 == ended.value.code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Error: no record is named 'nobody'; ")
    assert 1 == err.count("\n")


def test_reader_of_a_pipe_may_go_away() -> None:
    """`| head` ends quietly: no traceback, no word."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "leadstate", "workflow", "schema"],
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(writing)

    assert b"" == done.stderr
    assert 1 == done.returncode


@pytest.mark.parametrize("name", ["fastapi", "starlette", "uvicorn"])
def test_missing_extra_is_told_with_the_command_that_adds_it(name: str) -> None:
    """Only extras are the user's to install."""
    error = missing_extra(ImportError("gone", name=name))

    assert isinstance(error, click.ClickException)
    assert error.message == (
        f"the receiver (see also --no-receiver) needs {name}; install it with: "
        "pip install 'leadstate[console]'"
    )


def test_another_failed_import_stays_what_it_is() -> None:
    """A mistake of ours is not sold as a missing package."""
    error = ImportError("broken", name="leadstate.web.receiver")

    assert error is missing_extra(error)


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ("Zoë 李", "Zoë 李"),
        (r"Zoë\x0a  stage: won", "Zoë\n  stage: won"),
        (r"\xd800\x00\x2028", "\ud800\x00\u2028"),
        (r"\x1b[2J", "\x1b[2J"),
        (r"\x07\x0d\x9b", "\x07\r\x9b"),
        (r"\x202eevil", "\u202eevil"),
        ("None", None),
    ],
    ids=[
        "names",
        "line break",
        "no text",
        "escape",
        "control",
        "right-to-left",
        "nothing",
    ],
)
def test_text_is_safe_in_a_terminal(shown: str, text: object) -> None:
    """Letters of every script stay; what a terminal obeys is spelt out."""
    assert shown == clean(text)


@pytest.mark.parametrize(
    "cell",
    ["a\n  b", "\ud800", "\x00", "x" * 100_000, "word " * 20_000, "[bold]", ""],
    ids=["line break", "surrogate", "NUL", "100 kB", "many words", "markup", "nothing"],
)
def test_a_table_survives_any_text(
    capsys: pytest.CaptureFixture[str], cell: str
) -> None:
    """No cell begins a row of its own, and every sign of it is there."""
    print_table(["name", "text"], [("first", cell), ("second", "plain")])

    shown = capsys.readouterr().out
    lines = [line for line in shown.splitlines() if not line.startswith(" ")]
    assert ["name", "first", "second"] == [line.split()[0] for line in lines]
    assert clean(cell).replace(" ", "") in "".join(shown.split())


def test_times_are_for_people_or_for_programs() -> None:
    """Seconds and UTC for people, ISO 8601 in JSON; what is unknown says so."""
    from datetime import UTC, date, datetime

    noon = datetime(2026, 3, 10, 12, tzinfo=UTC)

    assert "2026-03-10 12:00:00 UTC" == when(noon)
    assert "unknown" == when(None)
    assert '"2026-03-10T12:00:00+00:00"' == as_json(noon)
    assert '"2026-03-10"' == as_json(date(2026, 3, 10))


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("unknown", None),
        ("0s", timedelta(0)),
        ("0s", timedelta(microseconds=-1)),
        ("59s", timedelta(seconds=59.9)),
        ("-5s", timedelta(seconds=-5)),
        ("1m", timedelta(seconds=119)),
        ("2h", timedelta(hours=2)),
        ("-1h 30m", timedelta(minutes=-90)),
        ("49h 1m", timedelta(days=2, minutes=61)),
    ],
    ids=str,
)
def test_lengths_of_time_are_hours_and_minutes(
    text: str, length: timedelta | None
) -> None:
    """Never days: a day of business has not 24 hours."""
    assert text == span(length)


def test_sets_are_sorted_in_json() -> None:
    """The same answer gives the same text."""
    assert as_json(["a", "b"]) == as_json(frozenset({"b", "a"}))
    assert '"1.50"' == as_json(Decimal("1.50"))


def test_verbose_service_says_more_than_warnings(
    blank: Office,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Warnings by default, everything on request, and on standard error."""
    import structlog

    from leadstate.cli.logs import configure_logs

    configure_logs(verbose=False)
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")
    configure_logs(verbose=True)
    structlog.get_logger().info("chatty", records=3)

    out, err = capsys.readouterr()
    assert out == ""
    assert ["event='loud'", "event='chatty' records=3"] == [
        line.split(" ", 2)[2] for line in err.splitlines()
    ]
