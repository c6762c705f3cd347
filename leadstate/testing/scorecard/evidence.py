"""What an adapter is judged by: what it declares, its pages, its tested promises."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.adapters import AdapterSpec, Capability
    from leadstate.adapters.installed import DocPage

__all__ = ["Evidence", "PromiseOutcome", "TestedPromise"]


class PromiseOutcome(StrEnum):
    """How a promise of `AdapterConformance` came out, as pytest says it."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestedPromise:
    """How one promise came out, with the reason when it was not kept.

    Attributes:
        capability: Whose promise it is; None for one of the core.
    """

    __test__ = False  # the name is no test's

    name: str
    sentence: str
    outcome: PromiseOutcome
    capability: Capability | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What an adapter is judged by.

    Attributes:
        implementation: The adapter's class; None where it was not found.
        sandbox: Why there is no sandbox, "" when there is one.
        guide: The page of `AdapterSpec.guide`; None where nothing is there.
        pages: Every page that comes with the plugin, the guide among them.
        promises: How the conformance suite came out; None when it was not run.
    """

    spec: AdapterSpec
    package: str
    version: str
    implementation: type | None = None
    sandbox: str = "it was not looked for"
    guide: DocPage | None = None
    pages: tuple[DocPage, ...] = ()
    promises: Mapping[str, TestedPromise] | None = None
