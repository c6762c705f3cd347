"""A mapping says which column is what, or a line for each mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadstate.definition import load_workflow_text
from leadstate.definition.file_mapping import (
    check_mapping_text,
    load_mapping,
    mapping_of_columns,
)
from leadstate.domain.file_mapping import FileMapping
from leadstate.errors import WorkflowError

if TYPE_CHECKING:
    from pathlib import Path

WORKFLOW = """\
workflow: demo
title: Demo
fields: {budget: money}
stages:
  mql: {initial: true}
  won: {kind: won}
transitions:
  win: {from: mql, to: won, when: budget is known}
"""
LIFECYCLE = load_workflow_text(WORKFLOW)
WHOLE = """\
import: old_crm
columns: {record_id: id, from_stage: from, to_stage: to, at: when,
          actor: who, reason: why}
fields: {budget: worth}
stages: {Customer: won}
timezone: Europe/Berlin
time_format: '%d.%m.%Y'
encoding: CP1252
delimiter: tab
connection: hub
"""


def said(text: str) -> list[str]:
    """Return the code and place of each mistake."""
    mapping, problems = check_mapping_text(text, LIFECYCLE, file="m")

    assert mapping is None
    return [" ".join(str(one).split(" ")[:2]) for one in problems]


def test_a_mapping_says_what_every_column_is(tmp_path: Path) -> None:
    """Each key is read, and the columns stand in one list."""
    path = tmp_path / "map.yaml"
    path.write_text(WHOLE, encoding="utf-8")
    mapping = load_mapping(path, LIFECYCLE)

    assert (
        FileMapping(
            source="old_crm",
            record_id="id",
            at="when",
            from_stage="from",
            to_stage="to",
            actor="who",
            reason="why",
            fields={"budget": "worth"},
            stages={"Customer": "won"},
            timezone="Europe/Berlin",
            time_format="%d.%m.%Y",
            encoding="cp1252",
            delimiter="\t",
            connection="hub",
        )
        == mapping
    )
    assert ("id", "when", "from", "to", "who", "why", "worth") == mapping.columns


def test_the_command_line_says_the_same_in_short() -> None:
    """Fields are named behind a dot; what is not said has its usual value."""
    columns = {"record_id": "id", "to_stage": "to", "at": "t", "fields.budget": "b"}
    mapping = mapping_of_columns("files", columns, LIFECYCLE)

    assert ("files", "utf-8", ",", {"budget": "b"}) == (
        mapping.source,
        mapping.encoding,
        mapping.delimiter,
        mapping.fields,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[]", ["LS101 m:1:1"]),
        ("import: x", ["LS103 m:1:1"]),
        ("import: x\ncolumns: [id]", ["LS101 m:2:10"]),
        ("import: x\ncolumns: {record_id: id}", ["LS118 m:2:10"]),
        (
            "import: x\ncolumns: {record_id: id, to_stage: to}",
            ["LS118 m:2:36"],
        ),
        (
            "import: x\ncolumns: {record_id: id, from_stage: to}\nmoves: {won: a}",
            ["LS118 m:2:38"],
        ),
        (
            "import: x\ncolumns: {record_id: i, to_stage: t, at: a}\nmoves: {won: w}",
            ["LS118 m:2:35"],
        ),
        ("import: x\ncolumns: {record_id: i}\nmoves: {wonn: w}", ["LS104 m:3:9"]),
        ("import: x\ncolumns: {record_id: i}\nmoves: {won: [w]}", ["LS101 m:3:14"]),
        ("import: x\ncolumns: {record_id: i}\nfields: {need: w}", ["LS105 m:3:10"]),
    ],
    ids=[
        "no_mapping",
        "no_columns",
        "columns_list",
        "reads_nothing",
        "no_time",
        "before_alone",
        "two_shapes",
        "stage",
        "column_list",
        "field",
    ],
)
def test_a_mistake_has_its_place(text: str, expected: list[str]) -> None:
    """Line and column, so that an editor leads there."""
    found = said(text)

    assert expected == found[: len(expected)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("stages: {X: [won]}", "LS101 m:4:13"),
        ("stages: {X: lost}", "LS104 m:4:13"),
        ("timezone: Europe/Nowhere", "LS114 m:4:11"),
        ("encoding: klingon", "LS110 m:4:11"),
        ("delimiter: '::'", "LS110 m:4:12"),
    ],
    ids=["stage_list", "no_stage", "zone", "encoding", "delimiter"],
)
def test_a_value_that_cannot_be_used_is_named(line: str, expected: str) -> None:
    """Nothing of it is guessed."""
    good = "import: x\ncolumns: {record_id: i}\nmoves: {won: w}\n"

    assert [expected] == said(good + line)


def test_mistakes_are_raised_together(tmp_path: Path) -> None:
    """From a file and from the command line alike."""
    path = tmp_path / "map.yaml"
    path.write_text("import: x\n", encoding="utf-8")
    with pytest.raises(WorkflowError, match=r"LS103 .*map\.yaml:1:1"):
        load_mapping(path, LIFECYCLE)
    with pytest.raises(WorkflowError, match="--columns"):
        mapping_of_columns("x", {"record": "id"}, LIFECYCLE)


def test_a_file_that_is_not_yaml_is_no_mapping() -> None:
    """Its syntax comes first."""
    assert ["LS004"] == [one.partition(" ")[0] for one in said("{")]
