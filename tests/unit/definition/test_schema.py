"""Editors are told by JSON Schema what the readers accept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from leadstate.definition.nodes import ListNode, Located, MapNode, TextNode
from leadstate.definition.problems import Problems
from leadstate.definition.schema import SCHEMAS, schema_of, schema_text
from leadstate.definition.yaml import read_file

if TYPE_CHECKING:
    from leadstate.definition.keys import Shape

WORKFLOWS = Path(__file__).parents[3] / "workflows"
FILES = {
    "lifecycle.schema.json": ["b2b_lifecycle.yaml", "inbound_bant.yaml"],
    "binding.schema.json": ["b2b_lifecycle.hubspot.yaml", "inbound_bant.hubspot.yaml"],
    "scenarios.schema.json": [
        "b2b_lifecycle.scenarios.yaml",
        "inbound_bant.scenarios.yaml",
    ],
}


def _plain(node: Located) -> object:
    """Return what an editor with YAML 1.2 sees."""
    match node:
        case MapNode():
            return {key.value: _plain(value) for key, value in node.items()}
        case ListNode():
            return [_plain(item) for item in node.items]
        case TextNode():
            return _scalar(node)


def _scalar(node: TextNode) -> object:
    known = {"true": True, "false": False, "": None, "null": None}
    if node.style is None and node.value in known:
        return known[node.value]
    try:
        return float(node.value) if node.style is None else node.value
    except ValueError:
        return node.value


@pytest.mark.parametrize(("name", "shape"), SCHEMAS.items())
def test_the_committed_schema_is_current(name: str, shape: Shape) -> None:
    """`leadstate workflow schema` writes it."""
    assert (WORKFLOWS / name).read_text("utf-8") == schema_text(shape)


@pytest.mark.parametrize("shape", SCHEMAS.values(), ids=SCHEMAS)
def test_a_schema_is_valid_json_schema(shape: Shape) -> None:
    """Draft 2020-12, every reference defined in the file itself."""
    Draft202012Validator.check_schema(schema_of(shape))


@pytest.mark.parametrize(
    ("name", "file"), [(name, file) for name, files in FILES.items() for file in files]
)
def test_the_shipped_files_follow_their_schema(name: str, file: str) -> None:
    """An editor shows no mistake where the readers find none."""
    tree = read_file(WORKFLOWS / file, Problems(file))
    assert tree is not None

    errors = Draft202012Validator(schema_of(SCHEMAS[name])).iter_errors(_plain(tree))

    assert [error.message for error in errors] == []


@pytest.mark.parametrize("file", [file for files in FILES.values() for file in files])
def test_the_shipped_files_name_their_schema(file: str) -> None:
    """So that an editor helps without being set up."""
    name = next(name for name, files in FILES.items() if file in files)

    first = (WORKFLOWS / file).read_text("utf-8").splitlines()[0]

    assert first == f"# yaml-language-server: $schema={name}"


def test_a_misspelt_key_does_not_follow_the_schema() -> None:
    """The sets of keys are closed, as they are for the readers."""
    validator = Draft202012Validator(schema_of(SCHEMAS["lifecycle.schema.json"]))
    right = {"workflow": "demo", "stages": {"a": {}}, "transitions": {}}

    assert validator.is_valid(right)
    assert not validator.is_valid({**right, "stage": {}})
