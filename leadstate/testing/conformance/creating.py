"""Promises of `Creator`: the hand-off finds what is there, and makes it once."""

# ruff: noqa: S101, SIM300, PT017 - these are tests: expected on the left
# mypy: disable-error-code="type-abstract"

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadstate.adapters import Adapter, Capability, Create, Created, Creator, Refused
from leadstate.errors import RetryLater
from leadstate.testing.conformance.base import (
    Promises,
    email,
    living,
    needs,
    required,
    shown,
    stage,
    word,
)
from leadstate.testing.rig import Deletes, Fault

if TYPE_CHECKING:
    from leadstate.testing.rig import Rig

__all__ = ["Creating"]


def _creation(rig: Rig, address: str, **more: str) -> Create:
    properties = {
        **rig.playground.creating,
        **stage(rig, 0),
        rig.playground.identity: address,
        rig.playground.text: word(),
    }
    now = rig.bench.clock.now()
    return Create(token=word(), properties=properties | more, created_at=now)


def _again(creation: Create) -> Create:
    return Create(
        token=creation.token,
        properties=creation.properties,
        created_at=creation.created_at,
        repeated=True,
    )


def _found(rig: Rig, creator: Creator, address: str) -> list[str]:
    """Return the ids of the objects with an address, when the CRM lists them."""
    rig.pass_time(60)
    return sorted(one.id for one in creator.find({rig.playground.identity: address}))


class Creating(Promises):
    """One creation makes one object."""

    @needs(Capability.CREATE)
    def test_an_object_is_found_by_its_identity(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """Every object that has the value, and no other."""
        creator, address = required(adapter, Creator, rig.spec), email()
        made = living(rig, **{rig.playground.identity: address})
        living(rig, **{rig.playground.identity: email()})

        assert [made] == _found(rig, creator, address)

    @needs(Capability.CREATE)
    def test_an_identity_that_nobody_has_finds_nothing(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """Nothing is guessed."""
        assert [] == _found(rig, required(adapter, Creator, rig.spec), email())

    @needs(Capability.CREATE)
    def test_a_deleted_object_is_not_found(self, rig: Rig, adapter: Adapter) -> None:
        """Only living objects are handed to."""
        if not isinstance(rig, Deletes):
            pytest.skip("the rig cannot delete (no `delete`)")
        creator, address, people = required(adapter, Creator, rig.spec), email(), rig
        made = living(rig, **{rig.playground.identity: address})
        people.delete(made)

        assert [] == _found(rig, creator, address)

    @needs(Capability.CREATE)
    def test_an_object_is_created_as_asked(self, rig: Rig, adapter: Adapter) -> None:
        """What is answered is what is read, and what was asked for."""
        creator, address = required(adapter, Creator, rig.spec), email()
        creation = _creation(rig, address)

        (outcome,) = creator.create([creation])

        assert isinstance(outcome, Created)
        assert (creation.token, False) == (outcome.token, outcome.existed)
        found = shown(adapter, outcome.object.id).properties
        asked = {**creation.properties}
        assert asked == {name: found.get(name) for name in asked}
        assert [outcome.object.id] == _found(rig, creator, address)

    @needs(Capability.CREATE)
    def test_a_repeated_creation_finds_what_was_made(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """The same object, told as there already."""
        creator, address = required(adapter, Creator, rig.spec), email()
        creation = _creation(rig, address)
        (first,) = creator.create([creation])

        (second,) = creator.create([_again(creation)])

        assert isinstance(first, Created)
        assert isinstance(second, Created)
        assert (first.object.id, True) == (second.object.id, second.existed)
        assert [first.object.id] == _found(rig, creator, address)

    @needs(Capability.CREATE)
    def test_a_creation_whose_answer_is_lost_makes_one_object(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """The hand-off happens once."""
        creator, address = required(adapter, Creator, rig.spec), email()
        creation = _creation(rig, address)
        rig.fail(Fault.LOST_ANSWER)
        try:
            (outcome,) = creator.create([creation])
        except RetryLater as error:
            assert error.sent
            rig.mend()
            (outcome,) = creator.create([_again(creation)])

        assert isinstance(outcome, Created)
        assert [outcome.object.id] == _found(rig, creator, address)

    @needs(Capability.CREATE)
    def test_a_repeated_creation_that_never_arrived_is_made(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """Looking first is no excuse for not making it."""
        creator, address = required(adapter, Creator, rig.spec), email()

        (outcome,) = creator.create([_again(_creation(rig, address))])

        assert isinstance(outcome, Created)
        assert [outcome.object.id] == _found(rig, creator, address)

    @needs(Capability.CREATE)
    def test_outcomes_of_creations_stand_in_their_order(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """A refusal amid them is a value and spares its neighbours."""
        creator = required(adapter, Creator, rig.spec)
        wanted = [
            _creation(rig, email()),
            _creation(rig, email(), **rig.playground.refused),
            _creation(rig, email()),
        ]

        outcomes = creator.create(wanted)

        assert [Created, Refused, Created] == [type(one) for one in outcomes]
        assert [one.token for one in wanted] == [one.token for one in outcomes]
