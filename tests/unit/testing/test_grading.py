"""Evidence about installed adapters is gathered from what is really there."""

from __future__ import annotations

import pytest

from leadstate.errors import ConfigurationError
from leadstate.testing.scorecard import RuleState, find_suite, grade_adapter


def states(name: str) -> dict[str, RuleState]:
    """Return how each rule came out, promises not tested."""
    results = grade_adapter(name).results
    return {one.rule.key: one.state for one in results}


@pytest.mark.parametrize("name", ["amocrm", "hubspot"])
def test_a_shipped_adapter_meets_all_that_is_judged_at_once(name: str) -> None:
    """Its package, its words and methods, its page, its sandbox."""
    found = states(name)

    wanted = ("package", "capabilities", "setup_guide", "sandbox")
    assert [RuleState.MET] * 4 == [found[one] for one in wanted]
    assert RuleState.UNKNOWN is found["basic_conformance"]


@pytest.mark.parametrize("name", ["amocrm", "hubspot"])
def test_the_suite_of_a_checkout_is_found(name: str) -> None:
    """Beside the package that an editable install leads to."""
    suite = find_suite(name)

    assert suite is not None
    assert (suite / "test_conformance.py").is_file()


def test_an_unknown_adapter_has_no_suite() -> None:
    """What is installed is told."""
    with pytest.raises(ConfigurationError, match="Did you mean 'hubspot'"):
        find_suite("hubspto")
