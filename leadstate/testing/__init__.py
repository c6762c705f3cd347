"""The shipped kit for tests: a clock, doubles, and the proof of an adapter.

What Leadstate hands to an adapter has a double here (`Bench`), and `AdapterConformance`
proves what an adapter promises.  Of Leadstate itself only
`leadstate adapters check` imports it, for the scorecard.

    from leadstate.testing import AdapterConformance, Rig

    class TestMine(AdapterConformance):
        @pytest.fixture
        def rig(self) -> Rig:
            return MyRig()
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

from leadstate.testing.clock import FrozenClock, SteppedClock
from leadstate.testing.doubles import Bench, MemoryBudget, MemoryCredentials
from leadstate.testing.mailbox import Mailbox
from leadstate.testing.rig import (
    REDIRECT_URI,
    Consents,
    Deletes,
    Delivers,
    Erases,
    Fault,
    KeepsNotes,
    KeepsTasks,
    Lags,
    Merges,
    Playground,
    Rig,
)
from leadstate.testing.waiting import PATIENCE_SECONDS, wait_until

if TYPE_CHECKING:
    from leadstate.testing.conformance import AdapterConformance

__all__ = [
    "PATIENCE_SECONDS",
    "REDIRECT_URI",
    "AdapterConformance",
    "Bench",
    "Consents",
    "Deletes",
    "Delivers",
    "Erases",
    "Fault",
    "FrozenClock",
    "KeepsNotes",
    "KeepsTasks",
    "Lags",
    "Mailbox",
    "MemoryBudget",
    "MemoryCredentials",
    "Merges",
    "Playground",
    "Rig",
    "SteppedClock",
    "wait_until",
]

_SUITE = "leadstate.testing.conformance"


def __getattr__(name: str) -> object:
    """Import the suite when it is asked for: a sandbox runs where pytest is not."""
    if name != "AdapterConformance":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import pytest  # noqa: PLC0415 - a sandbox runs where pytest is not

    if _SUITE not in sys.modules:
        pytest.register_assert_rewrite(_SUITE)
    return importlib.import_module(_SUITE).AdapterConformance
