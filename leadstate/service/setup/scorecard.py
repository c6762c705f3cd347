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
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from leadstate.adapters import Adapter, Capability, hooks
from leadstate.adapters.registry import (
    adapter_spec,
    installed_plugins,
    sandbox_command,
)
from leadstate.adapters.scorecard import (
    Evidence,
    Kept,
    Outcome,
    Page,
    Scorecard,
    judge,
)
from leadstate.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from leadstate.adapters import AdapterSpec

__all__ = [
    "Examined",
    "Installed",
    "examine_adapter",
    "find_suite",
    "guide_of",
    "installed_adapters",
]

# pytest's own exit codes: all passed, some failed.
_RAN: Final = (0, 1)
_TAIL: Final = 15  # lines of a suite that could not run
_ABOVE: Final = 4  # folders above a package in which its guide may stand


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A plugin that is installed; ``problem`` says why it cannot be used."""

    name: str
    package: str
    version: str
    spec: AdapterSpec | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Examined:
    """An adapter with its scorecard, and the suite that was run, if any."""

    evidence: Evidence
    scorecard: Scorecard
    suite: Path | None = None


def installed_adapters() -> tuple[Installed, ...]:
    """Return every installed plugin, sorted by name; a broken one with its problem."""
    return tuple(_installed(name) for name in installed_plugins())


def examine_adapter(name: str, *, suite: Path | None = None) -> Examined:
    """Judge adapter ``name``; with ``suite`` its conformance tests are run.

    Raises:
        ConfigurationError: There is no such plugin, or it cannot be used.
        UsageError: The suite could not be run.
    """
    spec, point = adapter_spec(name), _point(name)
    home = _home(point)
    package, version = _distribution(point)
    guide = _guide(spec.guide, home)
    readme = _readme(point)
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
    return Examined(evidence, judge(evidence), suite)


def find_suite(name: str) -> Path | None:
    """Return where the plugin's conformance tests are, if they can be found.

    In the package (``conformance``), or in the checkout around an editable install
    (``tests/conformance``).
    """
    home = _home(_point(name))
    for place in (home / "conformance", home.parent / "tests" / "conformance"):
        if place.is_dir():
            return place
    return None


def guide_of(name: str) -> Page | None:
    """Return the page that tells how adapter ``name`` is connected, if it is there."""
    return _guide(adapter_spec(name).guide, _home(_point(name)))


def _installed(name: str) -> Installed:
    package, version = _distribution(_point(name))
    try:
        spec = adapter_spec(name)
    except ConfigurationError as error:
        return Installed(
            name=name, package=package, version=version, problem=str(error)
        )
    return Installed(name=name, package=package, version=version, spec=spec)


def _point(name: str) -> EntryPoint:
    found = [one for one in entry_points(group=hooks.PROJECT) if one.name == name]
    if not found:
        adapter_spec(name)  # tells what is installed, and what was meant
    return found[0]


def _distribution(point: EntryPoint) -> tuple[str, str]:
    """Return the name and the version of the distribution."""
    if point.dist is None:
        return "", ""
    return point.dist.name or "", point.dist.version


def _home(point: EntryPoint) -> Path:
    """Return the folder of the plugin's package."""
    module = importlib.import_module(point.module)
    return Path(inspect.getfile(module)).resolve().parent


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


def _guide(guide: str, home: Path) -> Page | None:
    """Return the page that the plugin names: an address, or a file near the package."""
    if guide.startswith(("https://", "http://")):
        return Page(guide)
    for folder in (home, *list(home.parents)[:_ABOVE]):
        file = folder / guide
        if guide and file.is_file():
            return Page(guide, file.read_text(encoding="utf-8", errors="replace"))
    return None


def _readme(point: EntryPoint) -> Page | None:
    """Return the description that the distribution carries."""
    if point.dist is None:
        return None
    text = point.dist.metadata.get_payload()  # type: ignore[attr-defined]
    if not isinstance(text, str) or not text.strip():
        text = point.dist.metadata.json.get("description")
    return Page("README", text) if isinstance(text, str) else None


def _run(name: str, suite: Path) -> dict[str, Kept]:
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
    found = {row["name"]: _kept(row) for row in rows if row["adapter"] in {name, ""}}
    if not found:
        raise UsageError(
            f"the tests in {suite} hold no subclass of AdapterConformance for {name}"
        )
    return found


def _kept(row: dict[str, str]) -> Kept:
    capability = row["capability"]
    return Kept(
        name=row["name"],
        sentence=row["sentence"],
        outcome=Outcome(row["outcome"]),
        capability=Capability(capability) if capability else None,
        reason=row["reason"],
    )
