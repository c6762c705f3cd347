"""Promises of `Diagnosis`: it looks, it tells, and it never raises."""

# ruff: noqa: S101, SIM300 - these are tests: expected on the left
# mypy: disable-error-code="type-abstract"

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadstate.adapters import Adapter, Capability, CheckState, Diagnosis, Wanted
from leadstate.testing.conformance.base import Promises, needs, required
from leadstate.testing.rig import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadstate.adapters import Check
    from leadstate.testing.rig import Rig

__all__ = ["Examining"]

_NOTHING = Wanted(properties=())


def _examine(rig: Rig, adapter: Adapter) -> Sequence[Check]:
    return required(adapter, Diagnosis, rig.spec).examine(_NOTHING)


class Examining(Promises):
    """An admin reads what is wrong, and what to do."""

    @needs(Capability.DIAGNOSIS)
    def test_a_healthy_account_has_nothing_bad(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """Something is examined, and all of it works."""
        checks = _examine(rig, adapter)

        assert checks
        assert all(one.name.strip() and one.text.strip() for one in checks)
        assert [] == [one for one in checks if one.state is CheckState.BAD]

    @needs(Capability.DIAGNOSIS)
    def test_examining_changes_nothing(self, rig: Rig, adapter: Adapter) -> None:
        """Neither objects nor settings of the account."""
        before, properties = rig.writes(), set(adapter.describe().properties)

        _examine(rig, adapter)

        assert before == rig.writes()
        assert properties == set(adapter.describe().properties)

    @needs(Capability.DIAGNOSIS)
    def test_a_token_that_is_not_accepted_is_found(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """As something bad with a remedy, not as an exception."""
        rig.fail(Fault.UNAUTHORISED)

        bad = [one for one in _examine(rig, adapter) if one.state is CheckState.BAD]

        assert bad
        assert all(one.remedy.strip() for one in bad)

    @needs(Capability.DIAGNOSIS)
    @pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.MALFORMED])
    def test_a_crm_that_cannot_answer_is_told(
        self, rig: Rig, adapter: Adapter, fault: Fault
    ) -> None:
        """As a check that is not good."""
        rig.fail(fault)

        checks = _examine(rig, adapter)

        assert [one for one in checks if one.state is not CheckState.GOOD]

    @needs(Capability.DIAGNOSIS)
    def test_a_diagnosis_shows_no_secret(self, rig: Rig, adapter: Adapter) -> None:
        """It is made to be sent to somebody who helps."""
        told = [repr(one) for one in _examine(rig, adapter)]
        rig.fail(Fault.UNAUTHORISED)
        told += [repr(one) for one in _examine(rig, adapter)]

        assert rig.playground.secrets
        assert [] == [one for one in told for s in rig.playground.secrets if s in one]
