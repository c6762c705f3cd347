"""`leadstate init`: a project that works at once, and nothing overwritten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from leadstate.cli import _root

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.cli.conftest import Said


@pytest.mark.parametrize("workflow", ["b2b_lifecycle", "inbound_bant"])
def test_first_project_passes_its_own_checks(
    ask: Callable[..., Said], tmp_path: Path, workflow: str
) -> None:
    """What is written is named, has no mistake, and its examples hold."""
    said = ask("init", str(tmp_path / "new"), "--workflow", workflow)

    named = [one.split(" ", 1)[1] for one in said.out.split("\n\n")[0].splitlines()]
    there = [one for one in (tmp_path / "new").rglob("*") if one.is_file()]
    assert sorted(map(str, there)) == sorted(named)
    folder = tmp_path / "new" / "workflows"
    files = [folder / f"{workflow}{one}.yaml" for one in ("", ".hubspot", ".scenarios")]
    assert 0 == ask("workflow", "check", *map(str, files)).code
    assert 0 == ask("workflow", "test", str(files[2])).code


def test_next_steps_are_commands_that_work(
    ask: Callable[..., Said], tmp_path: Path
) -> None:
    """What init proposes can be typed as it stands."""
    said = ask("init", str(tmp_path))

    steps = [
        line.split()[1:]
        for line in said.out.splitlines()
        if line.startswith("  leadstate ")
    ]
    assert [["workflow", "check"], ["workflow", "explain"]] == [
        step[:2] for step in steps
    ]
    assert [0, 0] == [ask(*step).code for step in steps]
    assert 0 == ask("status", "--settings", str(tmp_path / "leadstate.yaml")).code


def test_current_folder_is_the_usual_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a folder the files are written here."""
    monkeypatch.chdir(tmp_path)

    CliRunner().invoke(_root, ["init"], catch_exceptions=False)

    assert (tmp_path / "leadstate.yaml").exists()


def test_existing_files_are_never_overwritten(
    ask: Callable[..., Said], tmp_path: Path
) -> None:
    """One file in the way, and nothing at all is written."""
    mine = tmp_path / "leadstate.yaml"
    mine.write_text("mine", encoding="utf-8")

    said = ask("init", str(tmp_path))

    assert 1 == said.code
    assert f"nothing was written, because these exist: {mine}" == said.error
    assert [mine] == list(tmp_path.iterdir())
    assert "mine" == mine.read_text(encoding="utf-8")


def test_unknown_shipped_workflow_lists_the_known_ones(
    ask: Callable[..., Said], tmp_path: Path
) -> None:
    """The choice is told, and no folder is made."""
    said = ask("init", str(tmp_path / "new"), "--workflow", "nope")

    assert 1 == said.code
    assert (
        "there is no workflow 'nope'; known: b2b_lifecycle, inbound_bant" == said.error
    )
    assert not (tmp_path / "new").exists()


def test_a_second_crm_comes_with_its_binding_and_settings(
    ask: Callable[..., Said], tmp_path: Path
) -> None:
    """Both connections are in the file, and both bindings fit the workflow."""
    said = ask("init", str(tmp_path), "--with", "amocrm")

    folder = tmp_path / "workflows"
    crms = ("hubspot", "amocrm")
    files = [folder / f"b2b_lifecycle.{crm}.yaml" for crm in crms]
    assert 0 == said.code
    assert "leadstate adapters setup amocrm" in said.out
    written = (tmp_path / "leadstate.yaml").read_text(encoding="utf-8")
    assert all(f"adapter: {crm}" in written for crm in crms)
    workflow = str(folder / "b2b_lifecycle.yaml")
    assert 0 == ask("workflow", "check", workflow, *map(str, files)).code


def test_a_workflow_without_a_binding_for_the_second_crm_is_told(
    ask: Callable[..., Said], tmp_path: Path
) -> None:
    """And nothing is written."""
    folder = tmp_path / "new"
    said = ask("init", str(folder), "--workflow", "inbound_bant", "--with", "amocrm")

    assert 2 == said.code
    assert "comes without a binding for amocrm" in said.error
    assert not folder.exists()
