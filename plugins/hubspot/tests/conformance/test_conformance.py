"""HubSpot keeps every promise that its adapter declares, against the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.adapters import Capability
from leadstate.testing import AdapterConformance

if TYPE_CHECKING:
    from leadstate.testing import Rig


class TestHubSpot(AdapterConformance):
    """The rig stands in `conftest.py`."""

    def test_hubspot_declares_what_it_can_do(self, rig: Rig) -> None:
        """Nothing is left out: every capability has its shade."""
        assert set(Capability) == set(rig.spec.capabilities)
