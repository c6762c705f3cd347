"""`leadstate adapters`: what is installed, how good it is, how to connect it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from leadstate.testing.scorecard import RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.unit.cli.conftest import Office, Said

PLUGIN = """
import click
from leadstate.adapters import (
    AdapterSpec, Capability, Support, Supports, hookimpl
)

@hookimpl
def register_adapter(register):
    register(AdapterSpec(
        name="acme", title="Acme CRM", open=lambda connection: None,
        capabilities={
            Capability.NOTES: Supports(Support.FULL),
            Capability.HISTORY: Supports(Support.PARTIAL, "Of one year."),
            Capability.ERASURE: Supports(Support.IMPOSSIBLE, "It has none."),
        },
        guide="acme.md",
    ))

@hookimpl
def register_sandbox(register):
    register("acme", lambda: click.Command("acme"))
"""
SUITE = """
from leadstate.testing import AdapterConformance

class TestAcme(AdapterConformance):
    pass
"""


@pytest.fixture(name="plug")
def _plug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Path]]:
    """Return a function that installs a plugin of a source, and says where."""
    modules: list[str] = []

    def plug(source: str = PLUGIN, name: str = "acme") -> Path:
        module, home = f"leadstate_{name}_listed", tmp_path / "site"
        info = home / f"{module}-1.0.dist-info"
        info.mkdir(parents=True)
        (home / f"{module}.py").write_text(source, encoding="utf-8")
        said = f"Metadata-Version: 2.1\nName: leadstate-{name}\nVersion: 1.0\n\n# Acme"
        (info / "METADATA").write_text(said, encoding="utf-8")
        (info / "entry_points.txt").write_text(
            f"[leadstate]\n{name} = {module}\n", encoding="utf-8"
        )
        monkeypatch.syspath_prepend(str(home))
        modules.append(module)
        return home

    yield plug
    for module in modules:
        sys.modules.pop(module, None)


def test_installed_adapters_are_listed_with_what_they_can_do(
    ask: Callable[..., Said], plug: Callable[..., Path]
) -> None:
    """Name, title, package; in part is marked; no tier is claimed."""
    plug()

    said = ask("adapters", "list")

    assert 0 == said.code
    [row] = [line for line in said.out.splitlines() if line.startswith("acme")]
    assert "Acme CRM" in row
    assert "leadstate-acme 1.0" in row
    assert "not judged" in row
    assert row.rstrip().endswith("~history, notes")


def test_every_capability_is_shown_with_its_limit(
    ask: Callable[..., Said], plug: Callable[..., Path]
) -> None:
    """An admin reads the limits before anything is bought."""
    plug()

    said = ask("adapters", "list", "--capabilities")

    assert any(
        ["history", "partial", "Of", "one", "year."] == line.split()
        for line in said.out.splitlines()
    )
    assert any(["tasks", "missing"] == line.split() for line in said.out.splitlines())


def test_a_program_reads_the_list(
    ask: Callable[..., Said], plug: Callable[..., Path]
) -> None:
    """Every capability has its shade, also what is not declared."""
    plug()

    [acme] = [
        one for one in ask("adapters", "list", "--json").data if one["name"] == "acme"
    ]

    assert ("Acme CRM", None, None) == (acme["title"], acme["tier"], acme["problem"])
    shades = acme["capabilities"]
    assert {"support": "partial", "note": "Of one year."} == shades["history"]
    assert "missing" == shades["create"]["support"]


def test_a_broken_plugin_is_listed_and_stops_no_other(
    ask: Callable[..., Said], plug: Callable[..., Path]
) -> None:
    """What is wrong with it stands below the table."""
    plug("import no_such_module_at_all")

    said = ask("adapters", "list")

    assert 0 == said.code
    assert "cannot be used" in said.out
    assert "No module named 'no_such_module_at_all'" in said.out
    assert "HubSpot" in said.out


def test_a_check_tells_every_rule_and_how_it_was_judged(
    ask: Callable[..., Said], plug: Callable[..., Path]
) -> None:
    """What was not tested is unknown; how to test it stands below."""
    home = plug()
    (home / "acme.md").write_text("# Connect\n\n## Troubleshooting\n", encoding="utf-8")

    said = ask("adapters", "check", "acme")

    assert 0 == said.code
    assert all(rule.sentence in said.out for rule in RULES)
    assert "it is acme.md" in said.out
    assert "Tier: not judged yet" in said.out
    assert "leadstate adapters check acme --conformance" in said.out


def test_a_program_reads_the_scorecard(
    ask: Callable[..., Said], plug: Callable[..., Path]
) -> None:
    """Rule by rule, with the tier that is computed."""
    plug()

    found = ask("adapters", "check", "acme", "--json").data

    states = {one["rule"]: one["state"] for one in found["rules"]}
    assert ("unmet", "met") == (states["setup_guide"], states["sandbox"])
    assert "unknown" == states["rate_budget"]
    assert (None, True, None) == (found["tier"], found["judged"], found["promises"])


def test_a_tier_can_be_demanded(
    ask: Callable[..., Said], plug: Callable[..., Path]
) -> None:
    """For a pipeline: what is not proved does not pass."""
    plug()

    assert 1 == ask("adapters", "check", "acme", "--least", "bronze").code
    assert 0 == ask("adapters", "check", "acme").code


def test_a_plugin_without_a_suite_says_how_to_name_one(
    ask: Callable[..., Said], plug: Callable[..., Path]
) -> None:
    """The tests of a plugin are seldom installed with it."""
    plug()

    said = ask("adapters", "check", "acme", "--conformance")

    assert 1 == said.code
    assert "no conformance tests come with acme" in said.error
    assert "--suite FOLDER" in said.error


def test_a_suite_that_cannot_run_is_shown_with_its_end(
    ask: Callable[..., Said], plug: Callable[..., Path], tmp_path: Path
) -> None:
    """A syntax error in the tests is not held against the adapter."""
    plug()
    suite = tmp_path / "test_broken.py"
    suite.write_text("def test_(:", encoding="utf-8")

    said = ask("adapters", "check", "acme", "--suite", str(suite))

    assert 1 == said.code
    assert "could not be run" in said.error
    assert "SyntaxError" in said.error


def test_a_suite_of_something_else_proves_nothing(
    ask: Callable[..., Said], plug: Callable[..., Path], tmp_path: Path
) -> None:
    """Green tests without a promise are no proof."""
    plug()
    suite = tmp_path / "test_other.py"
    suite.write_text("def test_that_is_green(): pass\n", encoding="utf-8")

    said = ask("adapters", "check", "acme", "--suite", str(suite))

    assert 1 == said.code
    assert "hold no subclass of AdapterConformance for acme" in said.error


def test_a_suite_without_a_rig_keeps_no_promise(
    ask: Callable[..., Said], plug: Callable[..., Path], tmp_path: Path
) -> None:
    """Every promise fails, and bronze with it."""
    plug()
    suite = tmp_path / "test_rigless.py"
    suite.write_text(SUITE, encoding="utf-8")

    found = ask("adapters", "check", "acme", "--suite", str(suite), "--json").data

    [core] = [one for one in found["rules"] if one["rule"] == "basic_conformance"]
    assert "unmet" == core["state"]
    assert {"failed"} == {one["outcome"] for one in found["promises"]}


def test_an_unknown_adapter_is_refused_with_the_nearest(
    ask: Callable[..., Said],
) -> None:
    """Whatever is asked about it."""
    for words in (("check", "hubspto"), ("setup", "hubspto")):
        said = ask("adapters", *words)

        assert 1 == said.code
        assert "Did you mean 'hubspot'?" in said.error


def test_the_first_steps_lead_to_a_connection(
    ask: Callable[..., Said], tmp_path: Path
) -> None:
    """Without a settings file they begin with one."""
    file = str(tmp_path / "leadstate.yaml")

    steps = ask("adapters", "setup", "hubspot", "--settings", file, "--json").data

    commands = [one["command"].split() for one in steps if one["command"]]
    assert ["leadstate", "sandbox", "hubspot"] == commands[0]
    assert ["leadstate", "init"] == commands[1]
    names = ["connect", "setup", "setup", "doctor", "go-live", "go-live"]
    assert names == [one[1] for one in commands[2:]]
    assert {"hubspot"} == {one[2] for one in commands[2:]}


def test_the_first_steps_name_the_connections_that_are_there(
    ask: Callable[..., Said], blank: Office
) -> None:
    """The connection's own name, and no advice to write what is written."""
    said = ask("adapters", "setup", "hubspot", "--settings", str(blank.settings))

    assert f"leadstate connect crm --settings {blank.settings}" in said.out
    assert "leadstate init" not in said.out
    assert "Add a connection" not in said.out
    assert said.out.startswith("1. Read how HubSpot is connected: ")
