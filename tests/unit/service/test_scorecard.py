"""Evidence about installed adapters is gathered from what is really there."""

from __future__ import annotations

import pytest

from leadstate.adapters.scorecard import State
from leadstate.errors import ConfigurationError
from leadstate.service.setup.scorecard import (
    examine_adapter,
    find_suite,
    guide_of,
    installed_adapters,
)


def states(name: str) -> dict[str, State]:
    """Return how each rule came out, promises not tested."""
    findings = examine_adapter(name).scorecard.findings
    return {one.rule.key: one.state for one in findings}


@pytest.mark.parametrize("name", ["amocrm", "hubspot"])
def test_a_shipped_adapter_meets_all_that_is_judged_at_once(name: str) -> None:
    """Its package, its words and methods, its page, its sandbox."""
    found = states(name)

    wanted = ("package", "capabilities", "setup_guide", "sandbox")
    assert [State.MET] * 4 == [found[one] for one in wanted]
    assert State.UNKNOWN is found["basic_conformance"]


@pytest.mark.parametrize("name", ["amocrm", "hubspot"])
def test_the_suite_of_a_checkout_is_found(name: str) -> None:
    """Beside the package that an editable install leads to."""
    suite = find_suite(name)

    assert suite is not None
    assert (suite / "test_conformance.py").is_file()


def test_the_guide_of_an_adapter_is_read() -> None:
    """It stands in the checkout around the package."""
    page = guide_of("hubspot")

    assert page is not None
    assert (page.text or "").startswith("# Connect HubSpot")


def test_installed_adapters_are_sorted_and_usable() -> None:
    """Each with its distribution."""
    found = {one.name: one for one in installed_adapters()}

    assert sorted(found) == list(found)
    assert {"leadstate-amocrm", "leadstate-hubspot"} <= {
        one.package for one in found.values()
    }
    assert "" == found["hubspot"].problem


def test_an_unknown_adapter_has_no_suite() -> None:
    """What is installed is told."""
    with pytest.raises(ConfigurationError, match="Did you mean 'hubspot'"):
        find_suite("hubspto")
