"""The doubles do what Leadstate's own parts promise."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leadstate.adapters import Budget, Credentials
from leadstate.domain.binding import Binding
from leadstate.testing import Bench, FrozenClock, MemoryBudget, MemoryCredentials

BINDING = Binding(workflow="w", adapter="acme", object="contacts")


def test_a_budget_lets_a_burst_go_and_spaces_what_follows() -> None:
    """Two a second, three at once: the fourth waits half a second, the fifth one."""
    budget = MemoryBudget(FrozenClock().now)

    waits = [budget.take("acme", per_second=2, burst=3) for _ in range(5)]

    assert pytest.approx([0, 0, 0, 0.5, 1.0]) == waits
    assert {"acme": 5} == budget.taken
    assert {"acme": (2, 3)} == budget.rates
    assert 5 == budget.total


def test_a_budget_recovers_with_time() -> None:
    """After a pause the burst is there again."""
    clock = FrozenClock()
    budget = MemoryBudget(clock.now)
    for _ in range(4):
        budget.take("acme", per_second=2, burst=2)
    clock.advance(timedelta(minutes=1))

    assert [0, 0] == [budget.take("acme", per_second=2, burst=2) for _ in range(2)]


def test_budgets_of_different_keys_are_apart() -> None:
    """A search does not wait for a read."""
    budget = MemoryBudget(FrozenClock().now)

    waits = [budget.take(key, per_second=1, burst=1) for key in ("a", "b", "a")]

    assert pytest.approx([0, 0, 1]) == waits
    assert 3 == budget.total


def test_credentials_keep_what_was_saved() -> None:
    """A copy: what the adapter changes afterwards is not kept."""
    kept, tokens = MemoryCredentials(), {"access": "a"}
    kept.save("oauth", tokens)
    tokens["access"] = "b"

    assert {"access": "a"} == kept.load("oauth")
    assert kept.load("other") is None


def test_credentials_are_swapped_by_the_first_alone() -> None:
    """Who holds an old value is told, and changes nothing."""
    kept = MemoryCredentials()

    done = [
        kept.swap("oauth", None, {"refresh": "1"}),
        kept.swap("oauth", None, {"refresh": "2"}),
        kept.swap("oauth", {"refresh": "1"}, {"refresh": "3"}),
    ]

    assert [True, False, True] == done
    assert {"refresh": "3"} == kept.load("oauth")


def test_a_bench_hands_out_its_own_parts() -> None:
    """What the adapter sleeps, the budget sees."""
    bench = Bench(clock=FrozenClock())
    connection = bench.connection(BINDING, {"token": "canary"})
    connection.budget.take("acme", per_second=1, burst=1)

    connection.sleep(connection.budget.take("acme", per_second=1, burst=1))

    assert 0 == connection.budget.take("acme", per_second=1, burst=2)
    assert bench.clock.now() == connection.now()
    assert "canary" not in repr(connection)


def test_the_doubles_have_every_method_of_what_they_stand_for() -> None:
    """A method that the kit adds must not be forgotten here."""
    pairs = ((MemoryBudget, Budget), (MemoryCredentials, Credentials))
    for double, protocol in pairs:
        wanted = {name for name in vars(protocol) if not name.startswith("_")}

        assert set() == wanted - set(dir(double))
