"""Promises of `Setup`: what is missing is told, made, and then not missing."""

# ruff: noqa: S101, SIM300 - these are tests: expected on the left
# mypy: disable-error-code="type-abstract"

from __future__ import annotations

from typing import TYPE_CHECKING

from leadstate.adapters import Adapter, Capability, Setup, Wanted, WantedProperty
from leadstate.domain.values import FieldType
from leadstate.testing.conformance.base import Promises, needs, required, word

if TYPE_CHECKING:
    from leadstate.testing.rig import Rig

__all__ = ["SettingUp"]


def _wanted(rig: Rig, *names: str) -> Wanted:
    """Return what the playground has, and properties that it does not have."""
    text = rig.playground.text
    return Wanted(
        properties=(
            WantedProperty(name=text, label=text, type=FieldType.TEXT),
            *(
                WantedProperty(name=name, label=name, type=FieldType.TEXT)
                for name in names
            ),
        )
    )


def _new_name() -> str:
    return f"leadstate_{word().replace(' ', '_')}"


class SettingUp(Promises):
    """Dry run and making are the same code."""

    @needs(Capability.SETUP)
    def test_nothing_is_missing_where_all_is_there(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """The playground's own property is found."""
        setup = required(adapter, Setup, rig.spec)

        assert [] == list(setup.missing(_wanted(rig)))

    @needs(Capability.SETUP)
    def test_a_missing_property_is_told_and_nothing_changed(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """In a sentence; asking twice says the same."""
        setup, wanted = required(adapter, Setup, rig.spec), _wanted(rig, _new_name())
        before = set(adapter.describe().properties)

        steps = list(setup.missing(wanted))

        assert steps
        assert all(step.key and step.text.strip() for step in steps)
        assert len(steps) == len({step.key for step in steps})
        assert steps == list(setup.missing(wanted))
        assert before == set(adapter.describe().properties)

    @needs(Capability.SETUP)
    def test_what_is_made_is_not_missing_any_more(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """But for what only a person can make."""
        setup = required(adapter, Setup, rig.spec)
        wanted = _wanted(rig, _new_name(), _new_name())

        for step in setup.missing(wanted):
            if not step.by_hand:
                setup.make(wanted, step)

        left = setup.missing(wanted)
        assert [] == [step.text for step in left if not step.by_hand]

    @needs(Capability.SETUP)
    def test_what_is_only_read_is_told_and_never_made(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """It is somebody else's; the step says who can add it."""
        setup, name = required(adapter, Setup, rig.spec), _new_name()
        read = WantedProperty(name=name, label=name, type=FieldType.TEXT, written=False)
        wanted = Wanted(properties=(*_wanted(rig).properties, read))

        steps = list(setup.missing(wanted))

        assert steps
        assert all(step.by_hand for step in steps)

    @needs(Capability.SETUP)
    def test_what_is_made_twice_is_there_once(self, rig: Rig, adapter: Adapter) -> None:
        """A step that comes again after a crash does no harm."""
        setup, wanted = required(adapter, Setup, rig.spec), _wanted(rig, _new_name())
        steps = [one for one in setup.missing(wanted) if not one.by_hand]

        for step in (*steps, *steps):
            setup.make(wanted, step)

        assert [] == [one.text for one in setup.missing(wanted) if not one.by_hand]
