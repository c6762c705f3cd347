"""Who may import whom, and who alone may touch which library."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from importlinter.cli import lint_imports

from leadstate.testing import PATIENCE_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

    import grimp

    from tests.architecture.conftest import Source

OWNERS = {
    "alembic": ("leadstate.store",),
    "cryptography": ("leadstate.store",),
    "email_validator": ("leadstate.domain.values",),
    "holidays": ("leadstate.hours.days",),
    "pluggy": ("leadstate.adapters.hooks", "leadstate.adapters.registry"),
    "pydantic": ("leadstate.settings", "leadstate.adapters", "leadstate_hubspot"),
    "rich": ("leadstate.cli",),
    "sqlite3": ("leadstate.store",),
    "stamina": ("leadstate.adapters.http",),
    "transitions": ("leadstate.engine.machine",),
    "yaml": ("leadstate.definition",),
}
HEAVY = ("sqlalchemy", "pydantic", "fastapi", "transitions", "httpx", "yaml", "rich")
CLOCKS = (
    ("datetime", ("now", "utcnow", "today")),
    ("date", ("today",)),
    ("time", ("time", "time_ns")),
)


def test_the_ladder_of_layers_holds(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Upper may import lower, nothing imports upward, no plugin is known by name."""
    monkeypatch.chdir(root)

    found = lint_imports(config_filename=str(root / ".importlinter"), no_cache=True)

    assert 0 == found, capsys.readouterr().out


@pytest.mark.parametrize("library", sorted(OWNERS))
def test_a_library_is_touched_by_its_owner_alone(
    graph: grimp.ImportGraph, library: str
) -> None:
    """Changing a library is changing one place."""
    importers = (
        graph.find_modules_that_directly_import(library)
        if library in graph.modules
        else set()
    )

    strangers = {
        module
        for module in importers
        if not any(
            module == owner or module.startswith(f"{owner}.")
            for owner in OWNERS[library]
        )
    }
    assert set() == strangers


def test_the_state_machine_library_has_exactly_one_owner(
    graph: grimp.ImportGraph,
) -> None:
    """One file knows `transitions`; contract tests of that file hold its traps."""
    assert {"leadstate.engine.machine"} == graph.find_modules_that_directly_import(
        "transitions"
    )


def test_one_file_reads_the_clock(sources: tuple[Source, ...]) -> None:
    """Everything else is told what time it is; a sandbox has a world of its own."""
    import ast

    readers = {
        source.name
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and any(
            node.value.id == name and node.attr in methods for name, methods in CLOCKS
        )
        and "/sandbox/" not in source.name
    }

    assert {"leadstate/clock.py"} == readers


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["nonsense"]])
def test_the_command_line_answers_before_anything_heavy_is_loaded(
    arguments: list[str],
) -> None:
    """Help is there at once: no database, no web server, no validation library."""
    program = f"""
import json, sys
sys.argv = ["leadstate", *{arguments!r}]
from leadstate.cli import main
try:
    main()
except SystemExit:
    pass
print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))
"""

    ended = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_SECONDS,
    )

    assert [] == json.loads(ended.stdout.splitlines()[-1])
