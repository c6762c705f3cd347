"""Fail when tests leave too much unrun; run after ``pytest --cov``.

The pure layers are covered to the last branch, the whole to 95 %.  What is short is
listed with the lines to look at.
"""

from __future__ import annotations

import json
import sys
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from coverage import Coverage
from coverage.exceptions import CoverageException

ROOT = Path(__file__).resolve().parent.parent
WHOLE = 95.0
MOST = 12  # places shown of one file
COMPLETE = (
    "leadstate/domain",
    "leadstate/guards",
    "leadstate/hours",
    "leadstate/definition",
    "leadstate/engine",
)


class File(NamedTuple):
    """What ran of one file: statements and branches together."""

    name: str
    possible: int
    run: int
    missing: str

    @property
    def short(self) -> bool:
        """Whether anything of it did not run."""
        return self.run < self.possible


def measured(data: Path) -> list[File]:
    """Return every file of the sources, run or not.

    Raises:
        CoverageException: Nothing was measured.
    """
    coverage = Coverage(data_file=str(data), config_file=str(ROOT / "pyproject.toml"))
    coverage.load()
    with TemporaryDirectory() as folder, chdir(ROOT):
        report = Path(folder) / "coverage.json"
        coverage.json_report(outfile=str(report), ignore_errors=True)
        files = json.loads(report.read_text(encoding="utf-8"))["files"]
    return [_file(name, found) for name, found in sorted(files.items())]


def _file(name: str, found: dict[str, Any]) -> File:
    numbers = found["summary"]
    lines = [str(line) for line in found["missing_lines"]]
    ways = [f"{source}->{target}" for source, target in found["missing_branches"]]
    missing = [*lines, *ways]
    more = f" and {len(missing) - MOST} more" if len(missing) > MOST else ""
    return File(
        name=name,
        possible=numbers["num_statements"] + numbers["num_branches"],
        run=numbers["covered_lines"] + numbers["covered_branches"],
        missing=f"{', '.join(missing[:MOST])}{more}",
    )


def percent(files: list[File]) -> float:
    """Return how much of these files ran."""
    possible = sum(one.possible for one in files)
    return 100.0 * sum(one.run for one in files) / possible if possible else 100.0


def shortfalls(files: list[File]) -> list[str]:
    """Return what is short of the floor, one line each; nothing when all is well."""
    found: list[str] = []
    for folder in COMPLETE:
        inside = [one for one in files if one.name.startswith(f"{folder}/")]
        if not inside:
            found.append(f"{folder}: nothing of it was measured")
        found += [
            f"{one.name}: {percent([one]):.1f} %, 100 % wanted; "
            f"never run: {one.missing}"
            for one in inside
            if one.short
        ]
    if percent(files) < WHOLE:
        found.append(f"the whole: {percent(files):.1f} %, {WHOLE:g} % wanted; least:")
        worst = sorted(files, key=lambda one: one.run - one.possible)[:10]
        found += [f"  {one.name}: {percent([one]):.1f} %" for one in worst if one.short]
    return found


def main(data: Path = ROOT / ".coverage") -> int:
    """Print what is short and return the exit code."""
    try:
        files = measured(data)
    except CoverageException as error:
        print(f"{data}: {error}. Run first: pytest --cov", file=sys.stderr)
        return 1
    found = shortfalls(files)
    if found:
        print("Coverage is short:", *found, sep="\n  ", file=sys.stderr)
        return 1
    print(f"Coverage: the pure layers 100 %, the whole {percent(files):.1f} %.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
