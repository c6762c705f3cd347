"""What the adapter says of itself is so."""

# ruff: noqa: S101, SIM300 - these are tests: expected on the left

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadstate.adapters import Adapter, Capability, Support
from leadstate.errors import ConfigurationError
from leadstate.testing.conformance.base import Promises, binding_of, capability_of
from leadstate.testing.declared import ABSENT, disagreements

if TYPE_CHECKING:
    from leadstate.testing.rig import Rig

__all__ = ["Declaring"]


class Declaring(Promises):
    """Opening, and the agreement of words and methods."""

    def test_the_adapter_has_the_six_methods(self, adapter: Adapter) -> None:
        """What `AdapterSpec.open` returns is an `Adapter`."""
        assert isinstance(adapter, Adapter)

    def test_declared_capabilities_agree_with_the_methods(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """What is declared has its methods; what has methods is declared."""
        assert [] == list(disagreements(rig.spec, type(adapter)))

    def test_every_limit_of_a_capability_is_told(self, rig: Rig) -> None:
        """Whatever is not there in full says why, in a sentence for an admin."""
        untold = [
            str(one)
            for one, declared in rig.spec.capabilities.items()
            if declared.support is not Support.FULL and not declared.note.strip()
        ]

        assert [] == untold

    def test_every_exception_names_a_promise_of_a_capability(self) -> None:
        """A misspelt exception would hide nothing, and look as if it did."""
        unknown = [name for name in self.exceptions if not hasattr(self, name)]

        assert [] == unknown

    def test_a_partial_capability_keeps_some_of_its_promises(self, rig: Rig) -> None:
        """With an exception from every promise nothing would be left of it."""
        tests = {n: capability_of(getattr(self, n, None)) for n in dir(self)}
        left = {one for name, one in tests.items() if name not in self.exceptions}
        empty = [
            str(one)
            for one, declared in rig.spec.capabilities.items()
            if declared.support is Support.PARTIAL and one not in left
        ]

        assert [] == empty

    def test_opening_the_adapter_makes_no_call(self, rig: Rig) -> None:
        """A service starts while its CRM is down."""
        before = rig.requests()

        rig.open(binding_of(rig)).close()

        assert before == rig.requests()

    def test_an_unknown_setting_is_named(self, rig: Rig) -> None:
        """A misspelt setting is a `ConfigurationError` that says which one."""
        with pytest.raises(ConfigurationError, match="no_such_setting"):
            rig.open(binding_of(rig), no_such_setting="x").close()

    def test_signed_webhooks_are_webhooks(self, rig: Rig) -> None:
        """A signature without a webhook would be a claim about nothing."""
        signed = rig.spec.supports(Capability.SIGNED_WEBHOOKS).support
        sent = rig.spec.supports(Capability.WEBHOOKS).support

        assert signed in ABSENT or sent not in ABSENT
