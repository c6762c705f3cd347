"""Gather what an installed adapter is judged by, and judge it.

A plugin runs here, and with ``suite`` its own tests run in a process of their own; so
this is for developers and admins who ask for it, never for the running service.
"""

from __future__ import annotations

import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from leadstate.adapters import Adapter, Capability
from leadstate.adapters.installed import (
    DocPage,
    distribution_of,
    entry_point_of,
    folder_of,
    guide_of,
)
from leadstate.adapters.registry import adapter_spec, sandbox_command
from leadstate.errors import ConfigurationError, UsageError
from leadstate.testing.scorecard.evidence import (
    Evidence,
    PromiseOutcome,
    TestedPromise,
)
from leadstate.testing.scorecard.judging import judge

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from leadstate.testing.scorecard.judging import Scorecard

__all__ = ["find_suite", "grade_adapter"]

# pytest's own exit codes: all passed, some failed.
_RAN: Final = (0, 1)
_TAIL: Final = 15  # lines of a suite that could not run


def grade_adapter(name: str, *, suite: Path | None = None) -> Scorecard:
    """Judge adapter ``name``; with ``suite`` its conformance tests are run.

    Raises:
        ConfigurationError: There is no such plugin, or it cannot be used.
        UsageError: The suite could not be run.
    """
    spec, point = adapter_spec(name), entry_point_of(name)
    package, version = distribution_of(point)
    guide, readme = guide_of(name), _readme(point)
    evidence = Evidence(
        spec=spec,
        package=package,
        version=version,
        implementation=_implementation(point),
        sandbox=_missing_sandbox(name),
        guide=guide,
        pages=tuple(page for page in (guide, readme) if page is not None),
        promises=None if suite is None else _run(name, suite),
    )
    return judge(evidence)


def find_suite(name: str) -> Path | None:
    """Return where the plugin's conformance tests are, if they can be found.

    In the package (``conformance``), or in the checkout around an editable install
    (``tests/conformance``).
    """
    home = folder_of(entry_point_of(name))
    for place in (home / "conformance", home.parent / "tests" / "conformance"):
        if place.is_dir():
            return place
    return None


def _implementation(point: EntryPoint) -> type | None:
    """Return the adapter's class: the one in the module ``adapter`` of the package."""
    package = point.module.rpartition(".")[0]
    if not package:
        return None
    try:
        module = importlib.import_module(f"{package}.adapter")
    except ImportError:
        return None
    found = [
        one
        for one in vars(module).values()
        if inspect.isclass(one)
        and one.__module__ == module.__name__
        and issubclass(one, Adapter)
    ]
    return found[0] if len(found) == 1 else None


def _missing_sandbox(name: str) -> str:
    """Return why there is no sandbox, or ""."""
    try:
        sandbox_command(name)
    except ConfigurationError as error:
        return str(error)
    except ImportError as error:
        return f"the sandbox cannot be loaded: {error}"
    return ""


def _readme(point: EntryPoint) -> DocPage | None:
    """Return the description that the distribution carries."""
    if point.dist is None:
        return None
    text = point.dist.metadata.get_payload()  # type: ignore[attr-defined]
    if not isinstance(text, str) or not text.strip():
        text = point.dist.metadata.json.get("description")
    return DocPage("README", text) if isinstance(text, str) else None


def _run(name: str, suite: Path) -> dict[str, TestedPromise]:
    """Run the suite in a process of its own; return its promises by name."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "promises.json"
        ended = subprocess.run(  # noqa: S603 - our interpreter, the plugin's own tests
            [
                *(sys.executable, "-m", "pytest", str(suite), "-q"),
                *("-p", "leadstate.testing.report"),
                *("--conformance-report", str(report)),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode not in _RAN or not report.exists():
            said = (ended.stdout + ended.stderr).strip().splitlines()[-_TAIL:]
            raise UsageError(
                f"the tests in {suite} could not be run (is pytest installed?):\n"
                + "\n".join(said)
            )
        rows = json.loads(report.read_text(encoding="utf-8"))
    found = {row["name"]: _tested(row) for row in rows if row["adapter"] in {name, ""}}
    if not found:
        raise UsageError(
            f"the tests in {suite} hold no subclass of AdapterConformance for {name}"
        )
    return found


def _tested(row: dict[str, str]) -> TestedPromise:
    capability = row["capability"]
    return TestedPromise(
        name=row["name"],
        sentence=row["sentence"],
        outcome=PromiseOutcome(row["outcome"]),
        capability=Capability(capability) if capability else None,
        reason=row["reason"],
    )
