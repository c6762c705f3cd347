"""The repository as the architecture tests see it: paths, sources, the import graph."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import grimp
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PLUGINS = (
    ROOT / "plugins/hubspot/leadstate_hubspot",
    ROOT / "plugins/amocrm/leadstate_amocrm",
)
DEMO = ROOT / "demo/leadstate_demo"
PACKAGES = (ROOT / "leadstate", *PLUGINS, DEMO)
TESTS = (ROOT / "tests", *(one.parent / "tests" for one in (*PLUGINS, DEMO)))


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file."""

    path: Path
    name: str
    text: str
    tree: ast.Module


def _sources(*folders: Path) -> Iterator[Source]:
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            name = path.relative_to(ROOT).as_posix()
            yield Source(path, name, text, ast.parse(text))


@pytest.fixture(name="root", scope="session")
def _root() -> Path:
    return ROOT


@pytest.fixture(name="sources", scope="session")
def _all_sources() -> tuple[Source, ...]:
    """Every file that is shipped."""
    return tuple(_sources(*PACKAGES))


@pytest.fixture(name="test_sources", scope="session")
def _test_sources() -> tuple[Source, ...]:
    """Every file of tests."""
    return tuple(_sources(*TESTS))


@pytest.fixture(name="graph", scope="session")
def _graph() -> grimp.ImportGraph:
    """Who imports whom, libraries too."""
    return grimp.build_graph(
        "leadstate",
        "leadstate_hubspot",
        "leadstate_amocrm",
        "leadstate_demo",
        include_external_packages=True,
        cache_dir=None,
    )


@pytest.fixture(name="plugins", scope="session")
def _plugins() -> tuple[Path, ...]:
    """The packages of the shipped plugins."""
    return PLUGINS
