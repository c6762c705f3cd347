"""Commands of other distributions are found when they are typed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.unit.cli.conftest import Said

COMMAND = """
import click

@click.command()
def command():
    click.echo("hello from elsewhere")
"""
GROUP = "[leadstate.commands]"


@pytest.fixture(name="bring")
def _bring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., None]]:
    """Return a function that installs a distribution with a command."""
    module = "leadstate_greeting"

    def bring(source: str = COMMAND, name: str = "greet") -> None:
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (tmp_path / f"{module}.py").write_text(source, encoding="utf-8")
        (info / "METADATA").write_text(f"Name: {module}\nVersion: 1.0\n", "utf-8")
        points = f"{GROUP}\n{name} = {module}:command\n"
        (info / "entry_points.txt").write_text(points, encoding="utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))

    yield bring
    sys.modules.pop(module, None)


def test_a_command_of_another_distribution_runs(
    ask: Callable[..., Said], bring: Callable[..., None]
) -> None:
    """Its entry point says what it is called."""
    bring()

    assert "hello from elsewhere\n" == ask("greet").out


def test_a_command_of_another_distribution_replaces_none_of_ours(
    ask: Callable[..., Said], bring: Callable[..., None]
) -> None:
    """What people know stays what it is."""
    bring(name="status")

    assert ask("status", "-h").out.startswith("Usage: leadstate status ")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("import no_such_module_at_all", "No module named 'no_such_module_at_all'"),
        ("other = 1", "has no attribute 'command'"),
        ("command = 1", "leadstate_greeting:command is no click command"),
    ],
    ids=["broken", "empty", "something else"],
)
def test_a_command_that_cannot_be_used_is_told_with_why(
    ask: Callable[..., Said], bring: Callable[..., None], source: str, told: str
) -> None:
    """One clear message, and no other command is touched."""
    bring(source)

    said = ask("greet")

    assert 1 == said.code
    assert "'greet' is installed but cannot be used" in said.error
    assert told in said.error


@pytest.mark.parametrize("words", [(), ("--records", "150", "--once"), ("--json",)])
def test_without_its_distribution_the_demo_says_what_to_install(
    ask: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """Whatever it was asked for."""
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: ())

    said = ask("demo", *words)

    assert 1 == said.code
    assert "pip install leadstate-demo" in said.error
