"""Who may import whom, and who alone may touch which library."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from typing import TYPE_CHECKING

import pytest
from importlinter.cli import lint_imports

from leadstate.testing import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import grimp

    from tests.architecture.conftest import Source

OWNERS = {
    "alembic": ("leadstate.store",),
    "altair": ("leadstate.service.reports.drawing",),
    "click": (
        "leadstate.cli",
        "leadstate.adapters",
        "leadstate.testing",
        "leadstate_demo",
        "PLUGIN",
    ),
    "cryptography": ("leadstate.store",),
    "email_validator": ("leadstate.domain.values",),
    "fastapi": ("leadstate.web",),
    "holidays": ("leadstate.hours.days",),
    "httptools": (),
    "httpx": (
        "leadstate.adapters",
        "leadstate.service.outbound",
        "leadstate.testing",
        "leadstate_demo.control",
        "PLUGIN.sandbox",
    ),
    "phonenumbers": (
        "leadstate.definition.fields",
        "leadstate.domain.values",
        "PLUGIN.sandbox",
    ),
    "pluggy": ("leadstate.adapters.hooks", "leadstate.adapters.registry"),
    "py": (),
    "pyarrow": ("leadstate.service.export",),
    "pydantic": (
        "leadstate.settings",
        "leadstate.adapters",
        "leadstate.store.payloads",
        "PLUGIN",
    ),
    "pytest": ("leadstate.testing",),
    "rich": ("leadstate.cli",),
    "sqlalchemy": (
        "leadstate.guards.sql",
        "leadstate.service.records",
        "leadstate.store",
        "leadstate.testing.stores",
    ),
    "sqlite3": ("leadstate.store.sqlite",),
    "starlette": ("leadstate.testing.sandbox", "leadstate_demo", "PLUGIN.sandbox"),
    "structlog": ("leadstate", "PLUGIN"),
    "transitions": ("leadstate.engine.machine",),
    "tzdata": (),
    "uvicorn": (
        "leadstate.cli",
        "leadstate.testing.sandbox",
        "leadstate.web.patience",
        "leadstate_demo.serving",
    ),
    "uvloop": (),
    "vl_convert": (),
    "yaml": ("leadstate.definition",),
}
"""Who may import a library; PLUGIN is every plugin.

Nobody imports what other libraries find by themselves: the data of `zoneinfo`, what
makes uvicorn quick and altair draw, and pytest's old name.
"""
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


def declared(root: Path) -> set[str]:
    """Return what the core and its plugins depend on, by the names they import."""
    projects = [
        tomllib.loads(path.read_text(encoding="utf-8"))["project"]
        for path in (
            root / "pyproject.toml",
            root / "demo/pyproject.toml",
            *root.glob("plugins/*/pyproject.toml"),
        )
    ]
    wanted = {
        canonical(re.match(r"[\w.-]+", line).group())  # type: ignore[union-attr]
        for project in projects
        for lines in (
            project["dependencies"],
            *project.get("optional-dependencies", {}).values(),
        )
        for line in lines
    }
    return {
        module
        for module, distributions in packages_distributions().items()
        if not module.startswith("_") and wanted & set(map(canonical, distributions))
    }


def canonical(name: str) -> str:
    """Return a distribution's name as indexes compare it."""
    return re.sub("[-_.]+", "-", name).lower()


def owners_of(library: str, plugins: Iterable[Path]) -> set[str]:
    """Return the packages and modules that may import a library."""
    names = [plugin.name for plugin in plugins]
    return {
        owner.replace("PLUGIN", name) for owner in OWNERS[library] for name in names
    }


def test_every_library_has_an_owner(root: Path, plugins: tuple[Path, ...]) -> None:
    """Whatever the core or a plugin depends on is owned, and nothing else is."""
    ours = {"leadstate", "leadstate_demo", *(plugin.name for plugin in plugins)}

    assert declared(root) - ours == set(OWNERS) - sys.stdlib_module_names


@pytest.mark.parametrize("library", sorted(OWNERS))
def test_a_library_is_touched_by_its_owner_alone(
    graph: grimp.ImportGraph, plugins: tuple[Path, ...], library: str
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
            f"{module}.".startswith(f"{owner}.")
            for owner in owners_of(library, plugins)
        )
    }
    assert set() == strangers


def test_every_plugin_is_held_to_the_same_rules(
    root: Path, plugins: tuple[Path, ...]
) -> None:
    """The contracts, the types, the tests and the coverage name every plugin."""
    contracts = (root / ".importlinter").read_text(encoding="utf-8")
    tools = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    for plugin in plugins:
        folder = plugin.parent.relative_to(root).as_posix()

        # what is read, the contracts of plugins, of the core, and of the demo
        assert 4 == len(re.findall(rf"^ +{plugin.name}$", contracts, re.MULTILINE))
        assert folder in tools["mypy"]["mypy_path"]
        assert f"{folder}/tests" in tools["pytest"]["testpaths"]
        assert f"{folder}/{plugin.name}" in tools["coverage"]["run"]["source"]


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
