"""A pytest plugin that writes how every promise of `AdapterConformance` came out.

    pytest -p leadstate.testing.report --conformance-report promises.json

The file is a list of objects: adapter, name, sentence, capability, outcome, reason.
"""

from __future__ import annotations

import json
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from leadstate.testing import AdapterConformance
from leadstate.testing.conformance.base import capability_of

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = [
    "pytest_addoption",
    "pytest_configure",
]

_OPTION: Final = "--conformance-report"
_LONGEST_REASON: Final = 300


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that names the file."""
    parser.addoption(_OPTION, help="Write how each promise came out, as JSON.")


def pytest_configure(config: pytest.Config) -> None:
    """Listen when the option is given."""
    path = config.getoption(_OPTION)
    if isinstance(path, str):
        config.pluginmanager.register(_Report(Path(path)))


class _Report:
    """Collects one row for each promise; the worst of its variants counts."""

    _RANK: Final = ("passed", "skipped", "failed")

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: dict[tuple[str, str], dict[str, str | None]] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Take one phase of a test down."""
        report = yield
        suite = getattr(item, "cls", None)
        if isinstance(suite, type) and issubclass(suite, AdapterConformance):
            self._take(item, report)
        return report

    def pytest_sessionfinish(self) -> None:
        """Write the file."""
        rows = list(self._rows.values())
        self._path.write_text(json.dumps(rows, indent=1), encoding="utf-8")

    def _take(self, item: pytest.Item, report: pytest.TestReport) -> None:
        if report.when != "call" and report.outcome == "passed":
            return
        test = getattr(item, "function", None)
        rig = getattr(item, "funcargs", {}).get("rig")
        name = getattr(test, "__name__", item.name)
        adapter = rig.spec.name if rig is not None else ""
        row = {
            "adapter": adapter,
            "name": name,
            "sentence": cleandoc(test.__doc__ or "").split("\n")[0] if test else "",
            "capability": capability_of(test),
            "outcome": report.outcome,
            "reason": _reason(report),
        }
        known = self._rows.get((adapter, name))
        if known is None or self._worse(row, known):
            self._rows[adapter, name] = row

    def _worse(self, row: dict[str, str | None], known: dict[str, str | None]) -> bool:
        ranks = {outcome: rank for rank, outcome in enumerate(self._RANK)}
        return ranks[str(row["outcome"])] > ranks[str(known["outcome"])]


def _reason(report: pytest.TestReport) -> str:
    """Return why a promise was skipped, or the line in which it broke."""
    if report.outcome == "passed":
        return ""
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")[:_LONGEST_REASON]
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else report.longreprtext
    return str(text).strip().split("\n")[0][:_LONGEST_REASON]
