"""What the package offers, and what it costs to import."""

from __future__ import annotations

import subprocess
import sys

import pytest

import leadstate.guards


def test_the_public_names_are_sorted_and_there() -> None:
    """`__all__` is the surface, and nothing in it is a promise without a thing."""
    names = leadstate.guards.__all__

    assert sorted(names) == sorted(set(names))
    assert all(getattr(leadstate.guards, name) for name in names)


def test_an_unknown_name_is_refused_as_usual() -> None:
    """Loading SQL late does not swallow misspellings."""
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = leadstate.guards.no_such_name


def test_a_guard_does_not_wait_for_a_database_library() -> None:
    """Commands that only read a workflow start quickly."""
    code = "import sys, leadstate.guards; print('sqlalchemy' in sys.modules)"

    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "False"
