"""Promises of `Notes` and `Tasks`: each is left once."""

# ruff: noqa: S101, SIM300, PT017 - these are tests: expected on the left
# mypy: disable-error-code="type-abstract"

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leadstate.adapters import Adapter, Capability, Notes, Tasks
from leadstate.errors import LeadstateError, RetryLater
from leadstate.testing.conformance.base import Promises, living, needs, required, word
from leadstate.testing.rig import Fault, KeepsNotes, KeepsTasks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadstate.testing.rig import Rig

__all__ = ["Noting"]


def _notes(
    rig: Rig, adapter: Adapter
) -> tuple[Callable[..., None], Callable[[str], Sequence[str]]]:
    """Return how to leave a note, and how to see the notes of an object."""
    add = required(adapter, Notes, rig.spec).add_note
    return add, required(rig, KeepsNotes, rig.spec).notes


def _tasks(
    rig: Rig, adapter: Adapter
) -> tuple[Callable[..., None], Callable[[str], Sequence[str]]]:
    """Return how to give a task, and how to see the tasks of an object."""
    tasks = required(adapter, Tasks, rig.spec)

    def add(id: str, text: str, *, token: str, repeated: bool) -> None:  # noqa: A002
        due_at = rig.bench.clock.now() + timedelta(days=1)
        tasks.add_task(
            id, text, due_at=due_at, owner=None, token=token, repeated=repeated
        )

    return add, required(rig, KeepsTasks, rig.spec).tasks


def _is_left(
    rig: Rig, add: Callable[..., None], kept: Callable[[str], Sequence[str]]
) -> None:
    made, text = living(rig), word()

    add(made, text, token=word(), repeated=False)

    assert [True] == [text in one for one in kept(made)]


def _is_left_once(
    rig: Rig, add: Callable[..., None], kept: Callable[[str], Sequence[str]]
) -> None:
    made, text, token = living(rig), word(), word()

    add(made, text, token=token, repeated=False)
    add(made, text, token=token, repeated=True)
    add(made, text, token=word(), repeated=True)

    assert [True, True] == [text in one for one in kept(made)]


def _survives_a_lost_answer(
    rig: Rig, add: Callable[..., None], kept: Callable[[str], Sequence[str]]
) -> None:
    made, text, token = living(rig), word(), word()
    rig.fail(Fault.LOST_ANSWER)
    try:
        add(made, text, token=token, repeated=False)
    except RetryLater as error:
        assert error.sent
        rig.mend()
        add(made, text, token=token, repeated=True)

    assert [True] == [text in one for one in kept(made)]


def _cannot_be_left(rig: Rig, add: Callable[..., None]) -> None:
    with pytest.raises(LeadstateError) as caught:
        add(rig.playground.unknown_id, word(), token=word(), repeated=False)

    assert not isinstance(caught.value, RetryLater)


class Noting(Promises):
    """A note or a task is there once, however often it is asked for."""

    @needs(Capability.NOTES)
    def test_a_note_is_left_on_the_object(self, rig: Rig, adapter: Adapter) -> None:
        """With the text that people read."""
        _is_left(rig, *_notes(rig, adapter))

    @needs(Capability.NOTES)
    def test_a_repeated_note_is_left_once(self, rig: Rig, adapter: Adapter) -> None:
        """Once for each token, also with the same text."""
        _is_left_once(rig, *_notes(rig, adapter))

    @needs(Capability.NOTES)
    def test_a_note_whose_answer_is_lost_is_left_once(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """The repetition finds it."""
        _survives_a_lost_answer(rig, *_notes(rig, adapter))

    @needs(Capability.NOTES)
    def test_a_note_on_an_unknown_object_is_an_error_to_tell(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """Not one to repeat for ever."""
        _cannot_be_left(rig, _notes(rig, adapter)[0])

    @needs(Capability.TASKS)
    def test_a_task_is_given_about_the_object(self, rig: Rig, adapter: Adapter) -> None:
        """With the text that its owner reads."""
        _is_left(rig, *_tasks(rig, adapter))

    @needs(Capability.TASKS)
    def test_a_repeated_task_is_given_once(self, rig: Rig, adapter: Adapter) -> None:
        """Once for each token, also with the same text."""
        _is_left_once(rig, *_tasks(rig, adapter))

    @needs(Capability.TASKS)
    def test_a_task_whose_answer_is_lost_is_given_once(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """The repetition finds it."""
        _survives_a_lost_answer(rig, *_tasks(rig, adapter))

    @needs(Capability.TASKS)
    def test_a_task_about_an_unknown_object_is_an_error_to_tell(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """Not one to repeat for ever."""
        _cannot_be_left(rig, _tasks(rig, adapter)[0])
