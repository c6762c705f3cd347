"""`import leadstate` offers what a program needs, and imports nothing until asked."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import leadstate

LOADED = """
import json, sys
before = set(sys.modules)
import leadstate
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def stated_homes() -> dict[str, str]:
    """Return where each name is from, as type checkers are told."""
    tree = ast.parse(Path(leadstate.__file__).read_text(encoding="utf-8"))
    [block] = [node for node in tree.body if isinstance(node, ast.If)]
    return {
        alias.name: str(node.module)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_importing_leadstate_imports_nothing_else() -> None:
    """No library, no layer, not even `typing`."""
    ended = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )

    assert ["leadstate"] == json.loads(ended.stdout)


def test_type_checkers_are_told_the_names_that_are_there() -> None:
    """The imports that only they read, and the list, say the same."""
    assert sorted(leadstate.__all__) == sorted(stated_homes())


@pytest.mark.parametrize("name", leadstate.__all__)
def test_a_name_is_the_one_that_type_checkers_see(name: str) -> None:
    """What is handed out is what stands at its home."""
    home = import_module(stated_homes()[name])

    assert getattr(home, name) is getattr(leadstate, name)


def test_the_front_door_lists_its_names_and_no_other() -> None:
    """For people who look around in a shell."""
    assert leadstate.__all__ == dir(leadstate)
    with pytest.raises(AttributeError, match="has no attribute 'engine_room'"):
        _ = leadstate.engine_room  # type: ignore[attr-defined]
