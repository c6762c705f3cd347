"""Whatever happens, the running service and a timeline tell the same story."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, get_args

import pytest
from any_life import Life, lives
from any_lifecycle import World, worlds
from eventful_life import EVENTFUL, FAULTS, LIFE, NOT_IN_A_STORY, Fault
from hypothesis import HealthCheck, given, settings
from two_readers import pair

from leadstate.domain.effect import Effect
from leadstate.service import dispatch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLAYED = settings(
    max_examples=int(os.environ.get("LEADSTATE_LIVES", "200")),
    # The same lives each time, so that a red run says something of the change that is
    # tried; LEADSTATE_LIVES plays others.
    derandomize="LEADSTATE_LIVES" not in os.environ,
    deadline=None,
    suppress_health_check=[*HealthCheck],
)


@pytest.fixture(name="folder", scope="session")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pairs")


@PLAYED
@given(world=worlds, life=lives)
def test_the_service_and_a_timeline_tell_the_same_story(
    world: World, life: Life, folder: Path
) -> None:
    """Step by step and row by row: records, clocks, timers, history, what goes out."""
    with pair(folder, world) as both:
        for step in life:
            both.play(step)

            assert [] == both.differences(), step
        assert [] == both.differences(everything=True)


# -- it would notice -------------------------------------------------------------------


@pytest.fixture(name="plant")
def _plant(monkeypatch: pytest.MonkeyPatch) -> Callable[[Fault], None]:
    """Let the service make a mistake about one kind of effect."""
    right = dispatch._keep

    def plant(fault: Fault) -> None:
        def keep(effect: object, *beside: object) -> None:
            for one in fault.of(effect):
                right(one, *beside)

        monkeypatch.setattr(dispatch, "_keep", keep)

    return plant


def _first_difference(folder: Path) -> list[str]:
    """Return where the two part in the eventful life; nothing when they never do."""
    with pair(folder, EVENTFUL) as both:
        for step in LIFE:
            both.play(step)
            if found := both.differences():
                return found
        return both.differences(everything=True)


def test_a_life_with_every_effect_is_told_in_the_same_way(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Faults are planted into what holds without them, and every effect is there."""
    right, seen = dispatch._keep, set()

    def keep(effect: object, *beside: object) -> None:
        seen.add(type(effect))
        right(effect, *beside)

    monkeypatch.setattr(dispatch, "_keep", keep)

    assert [] == _first_difference(folder)
    assert NOT_IN_A_STORY == {*get_args(Effect)} - seen


def test_there_is_a_fault_to_plant_in_every_effect() -> None:
    """A new effect needs one, too."""
    assert {*get_args(Effect)} - NOT_IN_A_STORY == {one.about for one in FAULTS}


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_planted_fault_is_found(
    fault: Fault, folder: Path, plant: Callable[[Fault], None]
) -> None:
    """The comparison sees each mistake that the service could make about an effect."""
    plant(fault)

    assert _first_difference(folder)
