"""`leadstate init --workflow` in a project that has one: added, nothing lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadstate.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.cli.conftest import Said

    Ask = Callable[..., Said]

NEW = "inbound_bant"
LEFT = """\
# ours
database: leadstate.db
workflow: workflows/b2b_lifecycle.yaml  # since March

connections:
  # the account of the head office
  hubspot:
    adapter: hubspot
    binding: workflows/b2b_lifecycle.hubspot.yaml
    settings:
      token: {env: HUBSPOT_TOKEN}  # a service key
"""
RIGHT = """\
# ours
database: leadstate.db
workflows:
  b2b_lifecycle:
    file: workflows/b2b_lifecycle.yaml  # since March
    bindings: {hubspot: workflows/b2b_lifecycle.hubspot.yaml}
  inbound_bant:
    file: workflows/inbound_bant.yaml
    bindings: {hubspot: workflows/inbound_bant.hubspot.yaml}
    scenarios: workflows/inbound_bant.scenarios.yaml

connections:
  # the account of the head office
  hubspot:
    adapter: hubspot
    settings:
      token: {env: HUBSPOT_TOKEN}  # a service key
"""


@pytest.fixture(name="project")
def _project(ask: Ask, tmp_path: Path) -> Path:
    """A project of one workflow, its settings as somebody keeps them."""
    assert 0 == ask("init", str(tmp_path)).code
    (tmp_path / "leadstate.yaml").write_text(LEFT, encoding="utf-8")
    return tmp_path


def test_second_workflow_joins_the_first(ask: Ask, project: Path) -> None:
    """The file's one workflow becomes a name among others; comments stay."""
    said = ask("init", str(project), "--workflow", NEW)

    assert 0 == said.code
    assert RIGHT == (project / "leadstate.yaml").read_text(encoding="utf-8")
    assert f"wrote {project / 'workflows' / NEW}.yaml\n" in said.out
    assert f"names the workflow {NEW} now." in said.out
    assert not list(project.glob(".leadstate*"))


def test_third_workflow_stands_behind_the_others(ask: Ask, project: Path) -> None:
    """It is put under the last name, whatever stands behind."""
    file = project / "leadstate.yaml"
    several = RIGHT.replace("inbound_bant", "partners")
    file.write_text(several, encoding="utf-8")

    ask("init", str(project), "--workflow", NEW)

    wanted = several.replace(
        "    scenarios: workflows/partners.scenarios.yaml\n",
        "    scenarios: workflows/partners.scenarios.yaml\n"
        "  inbound_bant:\n"
        "    file: workflows/inbound_bant.yaml\n"
        "    bindings: {hubspot: workflows/inbound_bant.hubspot.yaml}\n"
        "    scenarios: workflows/inbound_bant.scenarios.yaml\n",
    )
    assert wanted == file.read_text(encoding="utf-8")


def test_settings_that_init_wrote_can_be_added_to(ask: Ask, tmp_path: Path) -> None:
    """The usual way: one workflow today, a second tomorrow."""
    ask("init", str(tmp_path), "--with", "amocrm")

    said = ask("init", str(tmp_path), "--workflow", NEW)

    settings = load_settings(tmp_path / "leadstate.yaml")
    assert 0 == said.code
    assert ["b2b_lifecycle", NEW] == list(settings.workflows)
    assert ["hubspot", "amocrm"] == list(settings.workflows["b2b_lifecycle"].bindings)
    assert ["hubspot"] == list(settings.workflows[NEW].bindings)


def test_property_that_both_would_write_is_told_at_once(
    ask: Ask, project: Path
) -> None:
    """Not only when the service starts."""
    binding = project / "workflows" / "b2b_lifecycle.hubspot.yaml"
    text = binding.read_text(encoding="utf-8")
    text = text.replace("object: contacts", "object: leads")
    text = text.replace("    lifecyclestage:", "    hs_pipeline_stage:")
    binding.write_text(text, encoding="utf-8")

    said = ask("init", str(project), "--workflow", NEW)

    assert "Before it can work:\ntwo workflows write " in said.out


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("binding: workflows", 'binding: "workflows'),
        ("    binding:", "    'binding':"),
        ("hubspot.yaml\n", "hubspot.yaml  # do not lose me\n"),
    ],
    ids=["quoted", "key", "commented"],
)
def test_what_cannot_be_edited_surely_is_said(
    ask: Ask, project: Path, old: str, new: str
) -> None:
    """The file stays as it is, and the lines to write are printed."""
    text = LEFT.replace(old, new)
    if '"' in new:
        text = text.replace("hubspot.yaml\n", 'hubspot.yaml"\n')
    file = project / "leadstate.yaml"
    file.write_text(text, encoding="utf-8")

    said = ask("init", str(project), "--workflow", NEW)

    assert 0 == said.code
    assert text == file.read_text(encoding="utf-8")
    assert f"{file} was not changed. Write into it:\n" in said.out
    for line in RIGHT.splitlines()[2:9]:
        assert line.partition("  #")[0] in said.out


def test_workflow_that_is_there_is_not_added_again(ask: Ask, project: Path) -> None:
    """Neither one of the settings, nor files that somebody wrote."""
    again = ask("init", str(project), "--workflow", "b2b_lifecycle")
    (project / "workflows" / f"{NEW}.yaml").write_text("mine", encoding="utf-8")
    there = ask("init", str(project), "--workflow", NEW)

    assert "has the workflow 'b2b_lifecycle' already" in again.error
    assert "nothing was written, because these exist: " in there.error
    assert "mine" == (project / "workflows" / f"{NEW}.yaml").read_text(encoding="utf-8")
    assert LEFT == (project / "leadstate.yaml").read_text(encoding="utf-8")


def test_workflow_that_is_not_shipped_is_told(ask: Ask, project: Path) -> None:
    """The message lists those that are."""
    said = ask("init", str(project), "--workflow", "nope")

    assert (
        "there is no workflow 'nope'; known: b2b_lifecycle, inbound_bant" == said.error
    )
