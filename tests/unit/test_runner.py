"""Loops on threads: they go on after a failure, wake when told, and stop."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
import structlog

from leadstate.errors import FatalAdapterError, LeadstateError, RetryLater
from leadstate.runner import Runner
from leadstate.testing import PATIENCE_SECONDS, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator


class Steps:
    """A step that answers from a script, and says when it was called."""

    def __init__(self, *script: object, then: bool = False) -> None:
        self._script = list(script)
        self._then = then
        self.calls = 0
        self.called = threading.Semaphore(0)

    def __call__(self) -> bool:
        """Do what the script says next."""
        self.calls += 1
        answer = self._script.pop(0) if self._script else self._then
        self.called.release()
        if isinstance(answer, BaseException):
            raise answer
        return bool(answer)

    def wait(self, times: int = 1) -> None:
        """Wait until the step was called so often more."""
        for _ in range(times):
            assert self.called.acquire(timeout=PATIENCE_SECONDS)


@pytest.fixture(name="runner")
def _runner() -> Iterator[Runner]:
    runner = Runner()
    yield runner
    runner.stop()
    assert not [
        thread for thread in threading.enumerate() if "leadstate-" in thread.name
    ]


@pytest.fixture(name="logged")
def _logged() -> Iterator[list[dict[str, object]]]:
    with structlog.testing.capture_logs() as entries:
        yield entries  # type: ignore[misc]


def test_a_step_runs_again_after_its_interval(runner: Runner) -> None:
    """Nothing has to wake a loop."""
    step = Steps()
    runner.add("tick", step, every_seconds=0.001)

    runner.start()

    step.wait(times=3)


def test_a_step_with_more_to_do_runs_at_once(runner: Runner) -> None:
    """The interval is for quiet times only."""
    step = Steps(True, True, True, False)
    runner.add("busy", step, every_seconds=3600)

    runner.start()

    step.wait(times=4)
    assert not step.called.acquire(timeout=0.02)


def test_waking_does_not_wait_for_the_interval(runner: Runner) -> None:
    """A webhook that came in is worked now."""
    step, other = Steps(), Steps()
    runner.add("one", step, every_seconds=3600)
    runner.add("other", other, every_seconds=3600)
    runner.start()
    step.wait()
    other.wait()

    runner.wake("one")

    step.wait()
    assert 1 == other.calls


def test_a_wake_up_during_a_step_is_not_lost(runner: Runner) -> None:
    """What comes in while a step runs is worked by the next one."""
    calls: list[int] = []
    twice = threading.Event()

    def step() -> bool:
        calls.append(1)
        if len(calls) == 1:
            runner.wake("one")
        else:
            twice.set()
        return False

    runner.add("one", step, every_seconds=3600)
    runner.start()

    assert twice.wait(PATIENCE_SECONDS)


def test_waking_a_loop_that_does_not_exist_is_a_mistake(runner: Runner) -> None:
    """A misspelt name is not swallowed."""
    with pytest.raises(KeyError):
        runner.wake("advnace")


@pytest.mark.parametrize(
    "error",
    [
        ValueError("broken"),
        KeyError("x"),
        LeadstateError("planned"),
        RecursionError("deep"),
        MemoryError("full"),
    ],
    ids=repr,
)
def test_a_failing_step_is_reported_and_goes_on(
    runner: Runner, logged: list[dict[str, object]], error: Exception
) -> None:
    """The loop says what went wrong, pauses, and its next step clears the report."""
    step = Steps(error)
    runner.add("one", step, every_seconds=3600)
    runner.start()
    step.wait()

    said = f"{type(error).__name__}: {error}"
    wait_until(lambda: runner.failures() == {"one": said}, "it is reported")
    runner.wake("one")
    step.wait()
    wait_until(lambda: not runner.failures(), "it goes on")

    assert [("loop failed", "one", said, 0.5)] == [
        (entry["event"], entry["loop"], entry["error"], entry["pause_seconds"])
        for entry in logged
    ]


def test_pauses_grow_while_a_step_keeps_failing(
    runner: Runner, logged: list[dict[str, object]]
) -> None:
    """Half a second, doubled each time, a minute at most; a success starts anew."""
    broken = [OSError("gone") for _ in range(10)]
    step = Steps(*broken, False, OSError("again"))
    runner.add("one", step, every_seconds=3600)
    runner.start()
    for number in range(1, 13):
        step.wait()
        failed = number if number < 11 else number - 1
        wait_until(lambda failed=failed: len(logged) >= failed, "it is logged")  # type: ignore[misc]
        runner.wake("one")

    assert [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60, 0.5] == [
        entry["pause_seconds"] for entry in logged[:11]
    ]


@pytest.mark.parametrize(
    ("error", "pause"),
    [
        (RetryLater("busy", after_seconds=7), 7),
        (RetryLater("busy"), 0.5),
        (RetryLater("busy", after_seconds=0), 0.5),
        (RetryLater("busy", after_seconds=1e300), 86_400),
        (RetryLater("busy", after_seconds=float("inf")), 86_400),
        (FatalAdapterError("the token was revoked"), 60),
    ],
)
def test_the_pause_is_what_the_other_side_asks_for(
    runner: Runner, logged: list[dict[str, object]], error: Exception, pause: float
) -> None:
    """A CRM that says how long is believed, for a day at most; a dead one is left."""
    step = Steps(error)
    runner.add("one", step, every_seconds=0.001)
    runner.start()
    step.wait()

    wait_until(lambda: logged, "it is logged")

    assert [pause] == [entry["pause_seconds"] for entry in logged]
    assert not step.called.acquire(timeout=0.02)


def test_one_loop_that_fails_stops_no_other(
    runner: Runner, logged: list[dict[str, object]]
) -> None:
    """A poison step is that loop's business alone."""
    good, bad = Steps(), Steps(*[ValueError("bad")] * 50)
    runner.add("good", good, every_seconds=0.001)
    runner.add("bad", bad, every_seconds=0.001)

    runner.start()

    good.wait(times=5)
    wait_until(lambda: set(runner.failures()) == {"bad"}, "it fails")
    assert {"bad"} == {entry["loop"] for entry in logged}


def test_no_traceback_is_logged(
    runner: Runner, logged: list[dict[str, object]]
) -> None:
    """A traceback could show a record's values or a token."""
    step = Steps(ValueError("broken"))
    runner.add("one", step, every_seconds=3600)
    runner.start()
    step.wait()
    wait_until(lambda: logged, "it is logged")

    assert {"event", "loop", "error", "pause_seconds", "log_level"} == set(logged[0])


def test_stopping_ends_a_long_pause(runner: Runner) -> None:
    """Nobody waits for an hour's interval when the service ends."""
    step = Steps()
    runner.add("one", step, every_seconds=3600)
    runner.start()
    step.wait()

    runner.stop(timeout_seconds=PATIENCE_SECONDS)

    assert 1 == step.calls


def test_stopping_waits_for_the_step_that_runs(runner: Runner) -> None:
    """A commit that has begun is finished."""
    entered, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def step() -> bool:
        entered.set()
        assert go_on.wait(PATIENCE_SECONDS)
        done.set()
        return True

    runner.add("one", step, every_seconds=3600)
    runner.start()
    assert entered.wait(PATIENCE_SECONDS)
    threading.Timer(0.01, go_on.set).start()

    runner.stop(timeout_seconds=PATIENCE_SECONDS)

    assert done.is_set()


def test_a_loop_that_starts_while_stopping_ends(runner: Runner) -> None:
    """Stopping is seen wherever a loop is, so that it never sleeps through it."""
    step = Steps()
    runner.add("one", step, every_seconds=3600)
    runner.stop()

    runner.start()
    runner.stop(timeout_seconds=PATIENCE_SECONDS)

    assert 0 == step.calls


class StopsJustBefore(threading.Event):
    """A wake-up call in whose clearing somebody stops the runner."""

    def __init__(self, runner: Runner) -> None:
        super().__init__()
        self._runner = runner

    def clear(self) -> None:
        """Stop, as another thread would, right before the call is cleared."""
        threading.Thread(target=self._runner.stop, daemon=True).start()
        assert self.wait(PATIENCE_SECONDS)
        super().clear()


def test_stopping_between_two_steps_is_not_slept_through() -> None:
    """A stop whose wake-up is wiped away is seen all the same."""
    runner, step = Runner(), Steps()
    runner.add("one", step, every_seconds=3600)
    loop = runner._loops["one"]
    loop.woken = StopsJustBefore(runner)

    runner.start()

    assert loop.thread is not None
    loop.thread.join(PATIENCE_SECONDS)
    assert not loop.thread.is_alive()
    assert 0 == step.calls


def test_a_loop_counts_how_often_it_found_no_more_to_do(runner: Runner) -> None:
    """A step that has more to do, or that failed, is no rest."""
    step = Steps(True, True, False, RetryLater("busy"), False)
    runner.add("tick", step, every_seconds=3600)
    assert 0 == runner.rests("tick")

    runner.start()
    step.wait(times=3)
    wait_until(lambda: runner.rests("tick") == 1, "it rests")
    runner.wake("tick")
    step.wait(times=1)
    runner.wake("tick")
    step.wait(times=1)

    wait_until(lambda: runner.rests("tick") == 2, "it rests")


def test_a_held_loop_takes_no_step_until_it_is_let_go(runner: Runner) -> None:
    """Woken or not; the others go on."""
    step, other = Steps(), Steps()
    runner.add("one", step, every_seconds=3600)
    runner.add("other", other, every_seconds=3600)
    runner.start()
    step.wait()
    other.wait()

    with runner.held("one"):
        runner.wake("one")
        runner.wake("other")
        other.wait()
        assert not step.called.acquire(timeout=0.02)

    step.wait()


def test_a_step_under_way_ends_before_its_loop_is_held(runner: Runner) -> None:
    """Whoever holds a loop knows that nothing of it goes on."""
    begun, go_on, said = threading.Event(), threading.Event(), []

    def step() -> bool:
        begun.set()
        assert go_on.wait(PATIENCE_SECONDS)
        said.append("done")
        return False

    def hold() -> None:
        with runner.held("one"):
            said.append("held")

    runner.add("one", step, every_seconds=3600)
    runner.start()
    assert begun.wait(PATIENCE_SECONDS)
    holding = threading.Thread(target=hold)
    holding.start()
    go_on.set()
    holding.join(PATIENCE_SECONDS)

    assert ["done", "held"] == said
