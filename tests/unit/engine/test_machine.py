"""What we rely on in `transitions`, so that an upgrade that breaks us is seen."""

from __future__ import annotations

import gc
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
import transitions

from leadstate.domain.decision import Move
from leadstate.engine import compiled, machine
from leadstate.engine.compiled import compile_lifecycle
from leadstate.engine.decide import decide
from leadstate.engine.machine import StageMachine
from leadstate.testing import PATIENCE_SECONDS

if TYPE_CHECKING:
    from leadstate.domain.lifecycle import Lifecycle
    from tests.unit.engine.conftest import Make


def inner(stages: StageMachine) -> Any:
    """Return the machine of the library."""
    return stages._machine


def test_the_library_is_the_one_that_was_measured() -> None:
    """0.9.3 or a later 0.9: what is private in it may change with 0.10."""
    version = tuple(int(part) for part in transitions.__version__.split(".")[:3])

    assert (0, 9, 3) <= version < (0, 10)


def test_the_machine_holds_the_structure_of_the_lifecycle(b2b: Lifecycle) -> None:
    """Stage by stage, every transition that leaves it, in file order."""
    expected = {
        stage: tuple(
            (name, transition.target)
            for name, transition in b2b.transitions.items()
            if stage in transition.sources
        )
        for stage in b2b.stages
    }

    assert expected == StageMachine(b2b).table()


def test_there_are_no_transitions_but_those_of_the_file(b2b: Lifecycle) -> None:
    """The library's own `to_won` from everywhere, unguarded, must not exist."""
    events = inner(StageMachine(b2b)).events

    assert set(b2b.transitions) == set(events)


def test_a_move_goes_where_its_transition_leads(b2b: Lifecycle) -> None:
    """Every edge of the table, when the guards allow it."""
    stages = StageMachine(b2b)

    for stage, edges in stages.table().items():
        for name, target in edges:
            assert target == stages.move(name, stage, may_pass=True)
            assert stage == stages.move(name, stage, may_pass=False)


def test_the_machine_refuses_a_move_from_another_stage(b2b: Lifecycle) -> None:
    """Asked for an edge that is not there, the library raises and moves nothing."""
    with pytest.raises(transitions.MachineError):
        StageMachine(b2b).move("win", "lead", may_pass=True)


def test_only_a_real_true_lets_pass(b2b: Lifecycle) -> None:
    """The library holds a condition against True: 1 passes, another truthy does not."""
    stages = StageMachine(b2b)
    truthy: Any = "yes"

    assert "lead" == stages.move("qualify", "lead", may_pass=truthy)


def test_no_callback_is_a_name(b2b: Lifecycle) -> None:
    """A text in a condition would be imported and called: every one is our function."""
    owner = inner(StageMachine(b2b))
    edges = [
        edge
        for event in owner.events.values()
        for found in event.transitions.values()
        for edge in found
    ]

    assert sum(len(one.sources) for one in b2b.transitions.values()) == len(edges)
    for edge in edges:
        assert [machine._may_pass] == [one.func for one in edge.conditions]
        assert [] == [*edge.before, *edge.after, *edge.prepare]
    for state in owner.states.values():
        assert [] == [*state.on_enter, *state.on_exit]
    assert [] == [
        *owner.prepare_event,
        *owner.before_state_change,
        *owner.after_state_change,
        *owner.finalize_event,
        *owner.on_exception,
        *owner.on_final,
    ]


def test_the_machine_answers_at_once(b2b: Lifecycle) -> None:
    """A queued machine says yes even when the guard refused; ours is not queued."""
    owner = inner(StageMachine(b2b))

    assert owner.has_queue is False
    assert owner.send_event is True


def test_a_condition_is_given_the_event_with_its_model(b2b: Lifecycle) -> None:
    """The verdict reaches the library through `EventData.model`, and no other way."""
    owner = inner(StageMachine(b2b))
    seen: list[object] = []

    class Model:
        """Something else than our own model."""

        state = "lead"
        may_pass = True

    model = Model()
    event = owner.events["qualify"]
    condition = event.transitions["lead"][0].conditions[0]
    original, condition.func = condition.func, lambda data: bool(seen.append(data))
    event.trigger(model)
    condition.func = original

    assert [model] == [data.model for data in seen]  # type: ignore[attr-defined]
    assert event.trigger(model) is False
    assert model.state == "lead"


def test_one_machine_is_shared_by_all_records(b2b: Lifecycle, make: type[Make]) -> None:
    """No model is registered, whatever is decided, so that nothing grows."""
    shared = compile_lifecycle(b2b)
    decide(b2b, make.fitting(), make.changed(), now=make.now)
    gc.collect()
    before = len(gc.get_objects())

    for number in range(3000):
        record = replace(make.fitting(), id=f"r{number}")
        decide(b2b, record, make.changed(), now=make.now)
    gc.collect()

    assert shared is compile_lifecycle(b2b)
    assert [] == inner(shared.machine).models
    assert len(gc.get_objects()) - before < 300


def test_one_machine_serves_many_threads(b2b: Lifecycle, make: type[Make]) -> None:
    """Threads that decide at once each get the answer of their own record."""
    records = [
        make.fitting(company_size=80 if number % 2 else 5) for number in range(200)
    ]
    threads = 8
    ready = Barrier(threads)

    def work(_: int) -> list[bool]:
        ready.wait(timeout=PATIENCE_SECONDS)
        return [
            isinstance(decide(b2b, one, make.changed(), now=make.now), Move)
            for one in records
        ]

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(work, range(threads)))
    finally:
        sys.setswitchinterval(interval)

    assert [[bool(number % 2) for number in range(200)]] * threads == found


def test_versions_are_compiled_once_and_old_ones_are_let_go(chain: Lifecycle) -> None:
    """Plans over many versions do not fill the memory; threads may ask at once."""
    versions = [replace(chain, version=f"{number}") for number in range(100)]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(compile_lifecycle, versions))

    assert [one.version for one in versions] == [one.lifecycle.version for one in found]
    assert compiled._VERSIONS_KEPT >= len(compiled._compiled)
    newest = compile_lifecycle(versions[-1])
    assert newest is compile_lifecycle(versions[-1])
