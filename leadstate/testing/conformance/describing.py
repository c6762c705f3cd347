"""Promises of `Adapter.describe`: what a binding can name."""

# ruff: noqa: S101 - these are tests

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from leadstate.testing.conformance.base import (
    Promises,
    binding_of,
    living,
    shown,
)

if TYPE_CHECKING:
    from leadstate.adapters import Adapter
    from leadstate.testing.rig import Rig

__all__ = ["Describing"]


class Describing(Promises):
    """The account tells its properties, and a binding's mistake shows."""

    def test_describing_names_the_account(self, adapter: Adapter) -> None:
        """With an id, a name to recognise, and a time zone that exists."""
        account = adapter.describe()

        assert account.id
        assert account.name
        assert account.timezone == ZoneInfo(account.timezone).key

    def test_describing_lists_every_bound_property(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """Under the name that the binding uses."""
        listed = adapter.describe().properties

        assert set() == set(binding_of(rig).read_properties) - set(listed)
        assert all(name == one.name for name, one in listed.items())
        assert all(one.label and one.type for one in listed.values())

    def test_describing_lists_the_options_of_a_stage(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """Where a property has options, those of the playground are among them."""
        listed = adapter.describe().properties
        for values in rig.playground.stages:
            for name, value in values.items():
                options = listed[name].options

                assert not options or value in options

    def test_what_a_binding_names_in_vain_shows(self, rig: Rig) -> None:
        """It is not listed, and not among the properties that are read."""
        nowhere = rig.playground.unknown_property
        adapter = rig.open(binding_of(rig, nowhere))
        made = living(rig)

        assert nowhere not in adapter.describe().properties
        assert nowhere not in shown(adapter, made).properties
        adapter.close()

    def test_describing_changes_nothing(self, rig: Rig, adapter: Adapter) -> None:
        """It only looks, and says the same twice."""
        before = rig.writes()

        assert adapter.describe() == adapter.describe()
        assert before == rig.writes()
