"""Promises of `Adapter.read`."""

# ruff: noqa: S101, SIM300 - these are tests: expected on the left
# mypy: disable-error-code="type-abstract"

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from leadstate.adapters import (
    Adapter,
    Capability,
    Gone,
    GoneReason,
    RemoteObject,
)
from leadstate.testing.conformance.base import (
    Promises,
    living,
    needs,
    required,
    shown,
    stage,
    word,
)
from leadstate.testing.rig import Deletes, Erases, Merges

if TYPE_CHECKING:
    from leadstate.testing.rig import Rig

__all__ = ["Reading"]


class Reading(Promises):
    """What is read is what the CRM holds now."""

    def test_reading_shows_what_the_crm_holds(self, rig: Rig, adapter: Adapter) -> None:
        """Every bound property has its value as text."""
        wanted = {**stage(rig, 1), rig.playground.text: word()}
        made = rig.add(wanted)

        found = shown(adapter, made)

        assert wanted == {name: found.properties[name] for name in wanted}

    def test_reading_shows_what_a_person_has_just_changed(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """Nothing is remembered from an earlier reading."""
        made, changed = living(rig), word()
        shown(adapter, made)

        rig.edit(made, {rig.playground.text: changed})

        assert changed == shown(adapter, made).properties[rig.playground.text]

    def test_reading_answers_once_for_each_id(self, rig: Rig, adapter: Adapter) -> None:
        """Objects that are there and one that is not: each has one answer."""
        ids = [living(rig), rig.playground.unknown_id, living(rig)]

        found = adapter.read(ids)

        assert sorted(ids) == sorted(one.id for one in found)

    def test_reading_no_ids_answers_nothing(self, adapter: Adapter) -> None:
        """An empty question has an empty answer."""
        assert [] == list(adapter.read([]))

    def test_reading_more_than_a_page_answers_for_all(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """How much the CRM takes in one call is not the caller's business."""
        ids = [living(rig) for _ in range(rig.playground.page + 1)]

        found = adapter.read(ids)

        assert sorted(ids) == sorted(one.id for one in found)
        assert all(isinstance(one, RemoteObject) for one in found)

    def test_reading_an_unknown_id_tells_that_it_is_gone(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """An id that the CRM does not know is an answer, not an error."""
        (found,) = adapter.read([rig.playground.unknown_id])

        assert isinstance(found, Gone)
        assert found.into is None

    def test_reading_an_empty_property_shows_none(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """Empty is None and is there; only what is not defined is left out."""
        made = rig.add(stage(rig, 0))

        assert {rig.playground.text: None}.items() <= shown(
            adapter, made
        ).properties.items()

    def test_reading_tells_moments_in_utc(self, rig: Rig, adapter: Adapter) -> None:
        """A moment, where the CRM tells one, is aware and in UTC."""
        found = shown(adapter, living(rig))

        moments = [one for one in (found.updated_at, found.created_at) if one]
        assert all(timedelta() == one.utcoffset() for one in moments)

    @needs(Capability.DELETIONS)
    def test_a_deleted_object_is_told_from_an_unknown_one(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """The reason is that it was deleted."""
        people, made = required(rig, Deletes, rig.spec), living(rig)
        people.delete(made)

        deleted, unknown = (
            adapter.read([one])[0] for one in (made, rig.playground.unknown_id)
        )

        assert Gone(id=made, reason=GoneReason.DELETED) == deleted
        assert isinstance(unknown, Gone)
        assert unknown.reason is not GoneReason.DELETED

    @needs(Capability.MERGES)
    def test_a_merged_object_leads_to_its_survivor(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """By the answer for the merged id, or by the ids that the survivor took in."""
        people, kept, lost = required(rig, Merges, rig.spec), living(rig), living(rig)
        survivor = people.merge(kept, lost)

        (answer,) = adapter.read([lost])

        told = isinstance(answer, Gone) and answer.into == survivor
        assert told or lost in shown(adapter, survivor).merged_ids

    @needs(Capability.ERASURE)
    def test_an_erased_object_shows_nothing_more(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """After a privacy deletion the object is gone."""
        people, made = required(rig, Erases, rig.spec), living(rig)
        people.erase(made)

        (answer,) = adapter.read([made])

        assert isinstance(answer, Gone)
