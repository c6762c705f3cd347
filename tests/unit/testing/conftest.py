"""A generated adapter, installed for a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from leadstate.service.setup.scaffold import read_names, write_package

if TYPE_CHECKING:
    from collections.abc import Callable

METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n"
ALONE = {
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # an author needs pytest alone
    "PYTHONDONTWRITEBYTECODE": "1",  # a file is spoilt within the second it is made
}


@dataclass(frozen=True)
class Generated:
    """The folder of a generated package, and what an editable install makes of it."""

    folder: Path
    site: Path
    module: str

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text of one of its modules, which must be there once."""
        path = self.folder / self.module / file
        text = path.read_text(encoding="utf-8")
        assert 1 == text.count(old), f"{file} holds {text.count(old)} times: {old}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def python(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run Python where the package is installed."""
        paths = os.pathsep.join([str(self.site), str(self.folder)])
        return subprocess.run(
            [sys.executable, *words],
            cwd=self.folder,
            env={**os.environ, **ALONE, "PYTHONPATH": paths, "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
        )

    def test(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run its tests."""
        plain = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly")
        return self.python("-m", "pytest", *plain, *words)


@pytest.fixture(name="generate", scope="session")
def _generate(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Generated]:
    """Return a function that generates an adapter of a name, and installs it."""

    def generate(name: str = "acme") -> Generated:
        names, root = read_names(name), tmp_path_factory.mktemp("generated")
        folder, site = root / names.distribution, root / "site"
        write_package(folder, names)
        info = site / f"{names.module}-0.1.0.dist-info"
        info.mkdir(parents=True)
        said = METADATA.format(name=names.distribution)
        (info / "METADATA").write_text(said, encoding="utf-8")
        (info / "entry_points.txt").write_text(
            f"[leadstate]\n{name} = {names.module}.plugin\n", encoding="utf-8"
        )
        return Generated(folder, site, names.module)

    return generate


@pytest.fixture(name="_original", scope="session")
def _original_fixture(generate: Callable[..., Generated]) -> Generated:
    return generate()


@pytest.fixture(name="generated")
def _generated(_original: Generated, tmp_path: Path) -> Generated:
    """A copy of a generated adapter, for a test to spoil."""
    folder = Path(shutil.copytree(_original.folder, tmp_path / "package"))
    return Generated(folder, _original.site, _original.module)
