"""Only the plugin that a name asks for is found, loaded and checked."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
import pytest
from structlog.testing import capture_logs

from leadstate.adapters import hooks
from leadstate.adapters.connection import Connection
from leadstate.adapters.registry import (
    Actions,
    adapter_spec,
    installed_plugins,
    sandbox_command,
)
from leadstate.domain.binding import Binding
from leadstate.errors import ConfigurationError
from leadstate.testing import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

GOOD = """
import click
from leadstate.adapters import AdapterSpec, hookimpl

@hookimpl
def register_adapter(register):
    opened = lambda connection: ("opened", connection)
    register(AdapterSpec(name="acme", title="Acme", open=opened))

@hookimpl
def register_sandbox(register):
    register("acme", lambda: click.Command("acme-sandbox"))
"""


@pytest.fixture(name="install")
def _install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str, str], None]]:
    """Return a function that installs a plugin for this test: a name, its source."""
    monkeypatch.syspath_prepend(str(tmp_path))
    modules: list[str] = []

    def install(name: str, source: str) -> None:
        module = f"leadstate_test_{name}"
        (tmp_path / f"{module}.py").write_text(source, encoding="utf-8")
        folder = tmp_path / f"{module}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n", encoding="utf-8"
        )
        (folder / "entry_points.txt").write_text(
            f"[leadstate]\n{name} = {module}\n", encoding="utf-8"
        )
        modules.append(module)

    yield install
    for module in modules:
        sys.modules.pop(module, None)


def test_a_plugin_registers_its_adapter(install: Callable[[str, str], None]) -> None:
    """The opener is the plugin's own function."""
    install("acme", GOOD)

    assert ("opened", "connection") == adapter_spec("acme").open(
        "connection"  # type: ignore[arg-type]
    )


def test_a_plugin_registers_its_sandbox(install: Callable[[str, str], None]) -> None:
    """The command is made when it is asked for."""
    install("acme", GOOD)

    command = sandbox_command("acme")

    assert isinstance(command, click.Command)
    assert "acme-sandbox" == command.name


def test_the_shipped_plugin_is_found() -> None:
    """HubSpot registers what its name promises."""
    assert "hubspot" in installed_plugins()
    assert callable(adapter_spec("hubspot").open)
    assert isinstance(sandbox_command("hubspot"), click.Command)


def test_installed_plugins_are_listed_without_running_them(
    install: Callable[[str, str], None],
) -> None:
    """A plugin that no settings file names runs no code."""
    install("acme", "raise RuntimeError('this must not run')")
    install("zeta", GOOD)

    assert {"acme", "hubspot", "zeta"} <= set(installed_plugins())
    assert sorted(installed_plugins()) == list(installed_plugins())
    adapter_spec("hubspot")
    assert "leadstate_test_acme" not in sys.modules


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    """What is installed, what was probably meant, how to install it."""
    with pytest.raises(ConfigurationError) as caught:
        adapter_spec("hubspott")

    said = str(caught.value)
    assert said.startswith("no installed plugin is named 'hubspott'; installed: ")
    assert "Did you mean 'hubspot'?" in said
    assert said.endswith("Install it with: pip install leadstate-hubspott")


def test_a_name_like_no_other_gets_no_guess() -> None:
    """A far-fetched suggestion would only confuse."""
    with pytest.raises(ConfigurationError) as caught:
        sandbox_command("zzzzzz")

    assert "Did you mean" not in str(caught.value)


def test_a_plugin_without_the_adapter_says_what_it_has(
    install: Callable[[str, str], None],
) -> None:
    """The plugin is there, but registers another name, or none."""
    other = GOOD.replace('name="acme"', 'name="acme_v2"')
    install("acme", other)
    install("zeta", "")

    with pytest.raises(ConfigurationError, match=r"it registers: acme_v2$"):
        adapter_spec("acme")
    with pytest.raises(ConfigurationError, match=r"it registers: none$"):
        adapter_spec("zeta")
    with pytest.raises(ConfigurationError, match="'zeta' is installed but has no sand"):
        sandbox_command("zeta")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import no_such_module_at_all", "No module named 'no_such_module_at_all'"),
        (
            GOOD.replace("register_sandbox(", "register_sandpit("),
            "unknown hook 'register_sandpit'",
        ),
        (
            GOOD.replace("register_adapter(register)", "register_adapter(regster)"),
            "regster",
        ),
    ],
    ids=["import", "hook", "argument"],
)
def test_a_broken_plugin_is_named_with_what_is_wrong(
    install: Callable[[str, str], None], source: str, said: str
) -> None:
    """A missing dependency or a misspelt hook is for a person to mend."""
    install("acme", source)

    with pytest.raises(ConfigurationError) as caught:
        adapter_spec("acme")

    message = str(caught.value)
    assert message.startswith("plugin 'acme' is installed but cannot be used: ")
    assert said in message


def test_every_hook_says_in_a_sentence_when_it_is_called() -> None:
    """The hook page is made from these sentences."""
    found = [hook for name, hook in vars(hooks).items() if name.startswith("register_")]

    assert 2 == len(found)
    for hook in found:
        assert hook.__doc__.endswith(".")
        assert "called " in hook.__doc__


def test_an_open_connection_shows_no_secret() -> None:
    """Settings hold resolved secrets, so that they are not part of its text."""
    clock = FrozenClock()
    connection = Connection(
        name="acme",
        binding=Binding(workflow="demo", adapter="acme", object="contacts"),
        settings={"token": "canary"},
        now=clock.now,
        sleep=clock.sleep,
        budget=None,  # type: ignore[arg-type]
        credentials=None,  # type: ignore[arg-type]
    )

    assert "canary" not in repr(connection)
    assert "acme" in repr(connection)


ACTING = """
from leadstate.adapters import hookimpl

asked = []

@hookimpl
def perform_action(name, settings, record_id, values, token):
    asked.append((name, dict(settings), record_id, dict(values), token))
    return {answer}
"""
CALL = {"settings": {"to": "x"}, "record_id": "r1", "values": {"a": "b"}, "token": "t"}


def asked_of(name: str) -> list[object]:
    """Return what a plugin of these tests was asked to do."""
    return list(sys.modules[f"leadstate_test_{name}"].asked)


def test_the_first_plugin_that_did_it_ends_the_asking(
    install: Callable[[str, str], None],
) -> None:
    """In the order of the settings; one that does not know the action is passed by."""
    install("acme", ACTING.format(answer=None))
    install("zeta", ACTING.format(answer="name == 'page'"))
    install("last", ACTING.format(answer=True))
    actions = Actions(["acme", "zeta", "acme", "last"])

    assert actions.perform("page", **CALL)
    assert ("acme", "zeta", "last") == actions.plugins
    asked = [("page", {"to": "x"}, "r1", {"a": "b"}, "t")]
    assert (asked, asked, []) == tuple(map(asked_of, actions.plugins))


def test_an_action_that_no_plugin_knows_is_not_done(
    install: Callable[[str, str], None],
) -> None:
    """Only True says that it is done; a plugin without the hook is not asked."""
    install("acme", ACTING.format(answer="1"))
    install("zeta", GOOD)

    assert not Actions(["acme", "zeta"]).perform("page", **CALL)
    assert not Actions().perform("page", **CALL)


def test_our_own_action_writes_a_line_into_the_log() -> None:
    """With the text that the workflow gives, and nothing of the record's values."""
    given = CALL | {"settings": {"text": "Look at this lead"}}
    with capture_logs() as lines:
        done = Actions().perform("log", **given)

    assert done
    assert [
        {
            "event": "Look at this lead",
            "log_level": "warning",
            "record": "r1",
            "token": "t",
        }
    ] == lines


def test_a_plugin_for_actions_that_is_not_installed_is_told() -> None:
    """When the service starts, not when the action is due."""
    with pytest.raises(ConfigurationError, match="no installed plugin is named 'nope'"):
        Actions(["nope"])
