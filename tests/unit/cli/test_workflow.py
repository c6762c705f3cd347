"""`leadstate workflow`: the same answers for people and for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from leadstate.cli import _root

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.cli.conftest import Office, Said


@pytest.fixture(name="scenarios")
def _scenarios(blank: Office) -> Path:
    return blank.workflow.with_name("b2b_lifecycle.scenarios.yaml")


@pytest.fixture(name="binding")
def _binding(blank: Office) -> Path:
    return blank.workflow.with_name("b2b_lifecycle.hubspot.yaml")


def test_check_of_good_files_says_so(
    ask: Callable[..., Said], blank: Office, binding: Path, scenarios: Path
) -> None:
    """Every kind of file is checked by its name."""
    files = [str(blank.workflow), str(binding), str(scenarios)]

    said = ask("workflow", "check", *files)

    assert f"{', '.join(files)}: no mistakes.\n" == said.out
    assert [] == ask("workflow", "check", *files, "--json").data


def test_check_lists_every_mistake_with_its_place(
    ask: Callable[..., Said], blank: Office
) -> None:
    """Code, line, column, what is wrong and a hint; exit code 1."""
    blank.edit("by: [quality_control]", "by: [quality_contrl]", blank.workflow)
    blank.edit("to: nurture", "to: nurtur", blank.workflow)
    lines = blank.workflow.read_text(encoding="utf-8").splitlines()
    placed = [
        number
        for number, line in enumerate(lines, 1)
        if line.endswith(("to: nurtur", "by: [quality_contrl]"))
    ]

    said = ask("workflow", "check", str(blank.workflow))
    data = ask("workflow", "check", str(blank.workflow), "--json")

    assert (1, 1) == (said.code, data.code)
    assert "no mistakes" not in said.out
    assert set(placed) <= {one["line"] for one in data.data}
    assert "nurture" in next(
        one["hint"] for one in data.data if one["line"] == placed[0]
    )
    assert len(data.data) == len(said.out.splitlines())
    for one, line in zip(data.data, said.out.splitlines(), strict=True):
        place = f"{one['file']}:{one['line']}:{one['column']}"
        assert line.startswith(f"{one['code']} {place} {one['what']}")


def test_check_holds_a_binding_against_the_workflow_beside_it(
    ask: Callable[..., Said], blank: Office, binding: Path
) -> None:
    """A stage that the workflow lacks is a mistake of the binding."""
    binding.write_text(
        binding.read_text(encoding="utf-8").replace("  mql:", "  mqql:"),
        encoding="utf-8",
    )

    said = ask("workflow", "check", str(binding))

    assert 1 == said.code
    assert str(binding) in said.out
    assert "mqql" in said.out


def test_check_of_a_binding_alone_reads_it_as_a_workflow(
    ask: Callable[..., Said], binding: Path, tmp_path: Path
) -> None:
    """Without a workflow beside it there is nothing to hold it against."""
    alone = tmp_path / "alone.hubspot.yaml"
    alone.write_text(binding.read_text(encoding="utf-8"), encoding="utf-8")

    assert 1 == ask("workflow", "check", str(alone)).code


@pytest.mark.parametrize("name", ["check", "explain", "diagram", "test"])
def test_file_that_is_not_there_is_named(
    ask: Callable[..., Said], tmp_path: Path, name: str
) -> None:
    """Every command of the group says what cannot be read, and why."""
    file = tmp_path / "none.yaml"

    said = ask("workflow", name, str(file))

    assert 1 == said.code
    assert (
        f"LS001 {file}:1:1 the file cannot be read: No such file or directory. "
        "Check the path and the permissions."
    ) == (said.out + said.error).strip()


def test_explain_says_every_stage_way_and_criterion(
    ask: Callable[..., Said], blank: Office
) -> None:
    """Who may, when, and with which reason, in words."""
    said = ask("workflow", "explain", str(blank.workflow)).out

    assert said.startswith("B2B lead lifecycle (b2b_lifecycle, version ")
    for line in (
        "  qualify -> ",
        "by itself when ",
        "  accept -> ",
        ": by sales when ",
        "with a reason (not_ideal, no_budget, no_answer, other)",
        "by sales or marketing",
        ", where records start)",
        "  SLA ",
        "\nCriteria\n",
        "  Budget: ",
    ):
        assert line in said


def test_explained_way_for_anybody_names_nobody(
    ask: Callable[..., Said], blank: Office
) -> None:
    """A transition without roles is open to all."""
    blank.edit(
        "win:  {from: sql, to: won, by: [sales]}",
        "win:  {from: sql, to: won}",
        blank.workflow,
    )

    said = ask("workflow", "explain", str(blank.workflow)).out

    assert "win -> Won: by anybody\n" in said


def test_explained_way_of_a_wake_up_names_who_keeps_the_stage(
    ask: Callable[..., Said], blank: Office
) -> None:
    """It was made for the wake-up; where no team owns the stage only time takes it."""
    blank.edit(
        "  reawaken: {from: nurture, to: lead, by: [marketing]}\n", "", blank.workflow
    )
    kept = ask("workflow", "explain", str(blank.workflow)).out
    blank.edit(
        "    owner: marketing\n    kind: parked\n", "    kind: parked\n", blank.workflow
    )
    lone = ask("workflow", "explain", str(blank.workflow)).out
    drawn = ask("workflow", "diagram", str(blank.workflow)).out

    assert "wake_nurture -> Lead: by marketing\n" in kept
    assert "wake_nurture -> Lead: by time alone\n" in lone
    assert "by time alone" in drawn


def test_explained_workflow_is_data_for_programs(
    ask: Callable[..., Said], blank: Office
) -> None:
    """Stages, criteria and transitions, each under its name."""
    data = ask("workflow", "explain", str(blank.workflow), "--json").data

    assert "b2b_lifecycle" == data["workflow"]
    assert ["lead", "mql", "sal", "sql", "backlog", "nurture", "won", "lost"] == [
        one["name"] for one in data["stages"]
    ]
    assert {"label": "Need", "when": "need is known"} == data["criteria"]["need"]
    ways = {one["name"]: one for one in data["transitions"]}
    assert ways["win"] == {
        "name": "win",
        "from": ["sql"],
        "to": "won",
        "automatic": False,
        "by": ["sales"],
        "by_time": False,
        "reasons": [],
        "when": None,
        "outside": "flag",
    }
    assert ways["qualify"]["automatic"] is True


@pytest.mark.parametrize(
    ("form", "start"), [("mermaid", "flowchart TB"), ("dot", "digraph")]
)
def test_diagram_is_drawn_in_the_notation_asked_for(
    ask: Callable[..., Said], blank: Office, form: str, start: str
) -> None:
    """The text alone, and the same text inside JSON."""
    words = ("workflow", "diagram", str(blank.workflow), "--format", form)

    drawn = ask(*words).out

    assert start in drawn
    assert {"workflow": "b2b_lifecycle", "format": form, "diagram": drawn} == (
        ask(*words, "--json").data
    )


def test_unknown_notation_lists_the_known_ones(
    ask: Callable[..., Said], blank: Office
) -> None:
    """A usage error with the choice."""
    said = ask("workflow", "diagram", str(blank.workflow), "--format", "svg")

    assert 2 == said.code
    assert "'mermaid', 'dot'" in said.error


def test_examples_that_hold_are_counted(
    ask: Callable[..., Said], scenarios: Path
) -> None:
    """One line an example, and the sum."""
    said = ask("workflow", "test", str(scenarios))
    data = ask("workflow", "test", str(scenarios), "--json").data

    *lines, last = said.out.splitlines()
    assert 0 == said.code
    assert [f"ok   {one['scenario']}" for one in data] == lines
    assert f"{scenarios}: {len(data)} of {len(data)} scenarios hold." == last
    assert all(one["holds"] and one["differences"] == [] for one in data)


def test_example_that_fails_says_where_and_how(
    ask: Callable[..., Said], blank: Office, scenarios: Path
) -> None:
    """Its place, its difference, exit code 1, for people and for programs."""
    blank.edit("company_size: 12, job_role: director", "company_size: 80", scenarios)
    blank.edit("then: {stays: lead, met: engaged", "then: {stage: mql", scenarios)
    blank.edit(", unmet: ideal_customer}", "}", scenarios)

    said = ask("workflow", "test", str(scenarios))
    data = ask("workflow", "test", str(scenarios), "--json")

    assert (1, 1) == (said.code, data.code)
    [failed] = [one for one in data.data if not one["holds"]]
    assert f"FAIL {failed['scenario']}\n     {scenarios}:{failed['line']}:" in said.out
    for difference in failed["differences"]:
        assert f"     {difference}\n" in said.out
    total = len(data.data)
    assert f"{scenarios}: {total - 1} of {total} scenarios hold." in said.out


@pytest.mark.parametrize(
    "kind", ["workflow", "binding", "scenarios", "people", "import"]
)
def test_schema_is_json_with_and_without_asking(kind: str) -> None:
    """The same text either way, and a JSON Schema."""
    asked = CliRunner().invoke(_root, ["workflow", "schema", kind])
    as_data = CliRunner().invoke(_root, ["workflow", "schema", kind, "--json"])

    assert asked.output == as_data.output
    assert json.loads(asked.output)["$schema"].startswith("https://json-schema.org/")


def test_workflow_is_the_usual_schema() -> None:
    """Without a kind, it is the lifecycle's."""
    asked = CliRunner().invoke(_root, ["workflow", "schema"])

    assert "One lead lifecycle." == json.loads(asked.output)["description"]
