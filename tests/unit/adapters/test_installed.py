"""What is installed is told with its distribution and its pages."""

from __future__ import annotations

from leadstate.adapters.installed import guide_of, installed_adapters


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
