"""From a name to a proved adapter: generated, installed, tested, judged, broken."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from leadstate.testing import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "pipe_works"
MODULE = f"leadstate_{NAME}"
METADATA = "Metadata-Version: 2.1\nName: leadstate-pipe-works\nVersion: 0.1.0\n"


@dataclass(frozen=True)
class Workshop:
    """A folder with a generated package, and what an editable install adds to it."""

    root: Path

    @property
    def package(self) -> Path:
        """The generated package."""
        return self.root / "leadstate-pipe-works"

    @property
    def environment(self) -> dict[str, str]:
        """Where Python finds the package and its entry point."""
        paths = os.pathsep.join([str(self.root / "site"), str(self.package)])
        return {**os.environ, "PYTHONPATH": paths, "COLUMNS": "250"}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the folder."""
        return subprocess.run(
            [sys.executable, *words],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )

    def leadstate(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Give a command."""
        return self.run("-m", "leadstate", *words)

    def install(self) -> None:
        """Do what an editable install does: the package's path, and its metadata."""
        info = self.root / "site" / f"{MODULE}-0.1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(METADATA, encoding="utf-8")
        project = (self.package / "pyproject.toml").read_text(encoding="utf-8")
        named = re.search(
            r"^\[project\.entry-points\.leadstate\]\n(.+)$", project, re.MULTILINE
        )
        assert named is not None
        entry = named[1].replace('"', "")
        (info / "entry_points.txt").write_text(
            f"[leadstate]\n{entry}\n", encoding="utf-8"
        )

    def judged(self) -> Any:
        """Return the scorecard, promises tested."""
        told = self.leadstate("adapters", "check", NAME, "--conformance", "--json")
        assert 0 == told.returncode, told.stderr
        return json.loads(told.stdout)


@pytest.fixture(name="workshop")
def _workshop(tmp_path: Path) -> Workshop:
    workshop = Workshop(tmp_path)
    made = workshop.leadstate("new-adapter", NAME)
    assert 0 == made.returncode, made.stderr
    workshop.install()
    return workshop


def test_a_generated_adapter_keeps_every_promise_as_it_stands(
    workshop: Workshop,
) -> None:
    """Its own tests are green; it is listed, and judged silver for what it declares."""
    tested = workshop.run("-m", "pytest", "-q", str(workshop.package))
    listed = json.loads(workshop.leadstate("adapters", "list", "--json").stdout)
    found = workshop.judged()

    assert 0 == tested.returncode, tested.stdout
    assert re.search(r"^\d\d passed, \d\d skipped", tested.stdout, re.MULTILINE)
    [mine] = [one for one in listed if one["name"] == NAME]
    assert ("Pipe Works", None) == (mine["title"], mine["problem"])
    assert "full" == mine["capabilities"]["signed_webhooks"]["support"]
    assert ("silver", True) == (found["tier"], found["judged"])
    outcomes = {one["outcome"] for one in found["promises"] if not one["capability"]}
    assert "failed" not in outcomes


def test_a_broken_promise_takes_the_tier_away(workshop: Workshop) -> None:
    """One careless line: the promise is named, and bronze is lost."""
    adapter = workshop.package / MODULE / "adapter.py"
    text = adapter.read_text(encoding="utf-8")
    careless = text.replace("more=page.more", "more=False")
    assert text != careless
    adapter.write_text(careless, encoding="utf-8")

    found = workshop.judged()

    assert (None, True) == (found["tier"], found["judged"])
    [core] = [one for one in found["rules"] if one["rule"] == "basic_conformance"]
    assert "test_following_misses_nothing_over_pages" in core["how"]


def test_generated_code_is_clean_and_typed(workshop: Workshop) -> None:
    """An author begins with no finding of a linter or a type checker."""
    package = str(workshop.package)
    style = ("--isolated", "--select", "E,W,F,UP,B", "--line-length", "88")
    told = [
        workshop.run("-m", "ruff", "check", *style, package),
        workshop.run("-m", "ruff", "format", "--isolated", "--check", package),
        workshop.run(
            *("-m", "mypy", "--strict", "--config-file", os.devnull),
            *("--cache-dir", str(workshop.root / "cache")),
            *("--explicit-package-bases", "-p", MODULE),
        ),
    ]

    assert [0, 0, 0] == [one.returncode for one in told], [one.stdout for one in told]


@pytest.fixture(name="toy")
def _toy(workshop: Workshop) -> Iterator[str]:
    """The address of the toy, as its command announces it."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "leadstate", "sandbox", NAME, "--port", "0"],
        env=workshop.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    line = process.stdout.readline() if process.stdout else ""
    yield line
    process.terminate()
    process.wait(timeout=PATIENCE_SECONDS)
    if process.stdout:
        process.stdout.close()


def test_the_toy_is_served_by_its_own_command(toy: str) -> None:
    """It says where it listens, and what it holds."""
    assert re.search(r"^Pipe Works toy on http://127\.0\.0\.1:\d+ \(20 items\)$", toy)
