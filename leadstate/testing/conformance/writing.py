"""Promises of `Adapter.write`: done once, read back, told as it is."""

# ruff: noqa: S101, SIM300, PT017 - these are tests: expected on the left
# mypy: disable-error-code="type-abstract"

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leadstate.adapters import (
    Adapter,
    Applied,
    Capability,
    Gone,
    Overtaken,
    Refused,
    Write,
)
from leadstate.errors import RetryLater, UsageError
from leadstate.testing.conformance.base import (
    Promises,
    applied,
    living,
    needs,
    required,
    shown,
    stage,
    word,
)
from leadstate.testing.rig import Deletes, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadstate.testing.rig import Rig

__all__ = ["Writing"]


def _text(rig: Rig, id: str) -> str:  # noqa: A002
    """Return the text that the CRM holds."""
    return rig.held(id).get(rig.playground.text) or ""


def _holds(rig: Rig, id: str, properties: Mapping[str, str]) -> bool:  # noqa: A002
    """Return whether the CRM holds these values."""
    held = rig.held(id)
    return all((held.get(name) or "") == value for name, value in properties.items())


class Writing(Promises):
    """The CRM holds what `Applied` says, and has changed once."""

    def test_a_write_that_is_applied_is_in_the_crm(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """A move and a text together, told as changed."""
        made = living(rig)
        wanted = {**stage(rig, 1), rig.playground.text: word()}

        outcome = applied(adapter, made, wanted)

        assert outcome.changed
        assert _holds(rig, made, wanted)

    def test_a_write_that_is_applied_is_read_at_once(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """Reads are consistent with writes."""
        made = living(rig)
        wanted = {**stage(rig, 1), rig.playground.text: word()}

        applied(adapter, made, wanted)

        found = shown(adapter, made).properties
        assert wanted == {name: found[name] for name in wanted}

    def test_a_move_back_is_applied_as_well(self, rig: Rig, adapter: Adapter) -> None:
        """Leadstate puts moves back; a CRM that only knows forward is no excuse."""
        made = rig.add(stage(rig, 1))

        applied(adapter, made, stage(rig, 0))

        assert _holds(rig, made, stage(rig, 0))

    def test_a_write_of_an_empty_text_empties_it(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """An empty value is a value."""
        made = living(rig)

        applied(adapter, made, {rig.playground.text: ""})

        assert "" == _text(rig, made)

    def test_a_write_changes_nothing_besides(self, rig: Rig, adapter: Adapter) -> None:
        """What a person wrote into another property stays."""
        made = living(rig)
        before = _text(rig, made)

        applied(adapter, made, stage(rig, 1))

        assert before == _text(rig, made)

    def test_a_repeated_write_of_what_is_there_sends_nothing(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """The values are there already: told as applied, and as no change."""
        made = living(rig)
        wanted = {**stage(rig, 1), rig.playground.text: word()}
        first = Write(token=word(), id=made, properties=wanted)
        adapter.write([first])
        before = rig.writes()

        (outcome,) = adapter.write(
            [Write(token=first.token, id=made, properties=wanted, repeated=True)]
        )

        assert isinstance(outcome, Applied)
        assert not outcome.changed
        assert before == rig.writes()

    def test_a_write_whose_answer_is_lost_changes_the_crm_once(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """The outcome is told as unknown; the repetition finds it done."""
        made, wanted = living(rig), {rig.playground.text: word()}
        before = rig.writes()
        rig.fail(Fault.LOST_ANSWER)
        token = word()
        try:
            outcomes = adapter.write([Write(token=token, id=made, properties=wanted)])
        except RetryLater as error:
            assert error.sent
            rig.mend()
            again = Write(token=token, id=made, properties=wanted, repeated=True)
            outcomes = adapter.write([again])

        assert [token] == [one.token for one in outcomes if isinstance(one, Applied)]
        assert _holds(rig, made, wanted)
        assert before + 1 == rig.writes()

    def test_a_write_while_the_crm_is_down_has_no_effect(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """`RetryLater`, and the same write is applied afterwards."""
        made, wanted = living(rig), {rig.playground.text: word()}
        before = rig.writes()
        write = Write(token=word(), id=made, properties=wanted)
        rig.fail(Fault.UNAVAILABLE)
        with pytest.raises(RetryLater):
            adapter.write([write])
        assert before == rig.writes()
        rig.mend()

        (outcome,) = adapter.write([write])

        assert isinstance(outcome, Applied)
        assert _holds(rig, made, wanted)

    def test_a_refusal_is_a_value_and_spares_its_neighbours(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """What the CRM does not take is told in words; the others are applied."""
        ids = [living(rig) for _ in range(3)]
        good, before = {rig.playground.text: word()}, dict(rig.held(ids[1]))
        wanted = [good, rig.playground.refused, good]
        writes = [
            Write(token=f"refusal {one}", id=one, properties=properties)
            for one, properties in zip(ids, wanted, strict=True)
        ]

        outcomes = adapter.write(writes)

        assert [Applied, Refused, Applied] == [type(one) for one in outcomes]
        refusal = outcomes[1]
        assert isinstance(refusal, Refused)
        assert f"refusal {ids[1]}" == refusal.token
        assert refusal.message.strip()
        assert all(_holds(rig, one, good) for one in (ids[0], ids[2]))
        names = [*rig.playground.refused, rig.playground.text]
        assert [before.get(name) for name in names] == [
            rig.held(ids[1]).get(name) for name in names
        ]

    def test_a_refusal_stays_a_refusal_when_it_is_repeated(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """A repetition neither raises nor pretends."""
        made = living(rig)
        for repeated in (False, True):
            (outcome,) = adapter.write(
                [
                    Write(
                        token="refused twice",  # noqa: S106 - no secret
                        id=made,
                        properties=rig.playground.refused,
                        repeated=repeated,
                    )
                ]
            )

            assert isinstance(outcome, Refused)

    def test_two_writes_of_one_object_are_a_mistake_of_the_caller(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """`UsageError`, and nothing is sent: which one came first would be a guess."""
        made, before = living(rig), rig.writes()
        writes = [
            Write(token=word(), id=made, properties={rig.playground.text: word()})
            for _ in range(2)
        ]

        with pytest.raises(UsageError):
            adapter.write(writes)

        assert before == rig.writes()

    def test_no_writes_have_no_outcomes(self, rig: Rig, adapter: Adapter) -> None:
        """An empty call does nothing."""
        before = rig.writes()

        assert [] == list(adapter.write([]))
        assert before == rig.writes()

    def test_outcomes_stand_in_the_order_of_the_writes(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """More than one call takes, and an unknown object amid them."""
        ids = [living(rig) for _ in range(rig.playground.page + 2)]
        ids.insert(1, rig.playground.unknown_id)
        writes = [
            Write(token=f"order {one}", id=one, properties={rig.playground.text: one})
            for one in ids
        ]

        outcomes = adapter.write(writes)

        assert [f"order {one}" for one in ids] == [
            f"order {one.id}" if isinstance(one, Gone) else one.token
            for one in outcomes
        ]
        assert [ids[1]] == [one.id for one in outcomes if isinstance(one, Gone)]
        assert all(one == _text(rig, one) for one in ids if one != ids[1])

    @needs(Capability.DELETIONS)
    def test_a_write_to_a_deleted_object_tells_that_it_is_gone(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """A value, not an exception; it is not raised from the dead."""
        people, made = required(rig, Deletes, rig.spec), living(rig)
        people.delete(made)

        (outcome,) = adapter.write(
            [Write(token=word(), id=made, properties={rig.playground.text: word()})]
        )

        assert isinstance(outcome, Gone)
        assert made == outcome.id

    @needs(Capability.OVERTAKEN)
    def test_a_write_never_replaces_what_a_person_changed_meanwhile(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """`Overtaken` says what is held now, and nothing was sent."""
        name, made = rig.playground.text, living(rig)
        held, theirs = {name: _text(rig, made)}, word()
        rig.edit(made, {name: theirs})
        before = rig.writes()

        (outcome,) = adapter.write(
            [Write(token="late", id=made, properties={name: word()}, held=held)]  # noqa: S106
        )

        assert isinstance(outcome, Overtaken)
        assert ("late", theirs) == (outcome.token, outcome.properties[name])
        assert before == rig.writes()
        assert theirs == _text(rig, made)

    @needs(Capability.OVERTAKEN)
    def test_a_write_of_what_a_person_already_wrote_is_applied(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """The new value is there: nothing is overtaken, and nothing sent."""
        name, made, same = rig.playground.text, living(rig), word()
        held = {name: _text(rig, made)}
        rig.edit(made, {name: same})
        before = rig.writes()

        (outcome,) = adapter.write(
            [Write(token=word(), id=made, properties={name: same}, held=held)]
        )

        assert isinstance(outcome, Applied)
        assert not outcome.changed
        assert before == rig.writes()

    @needs(Capability.OVERTAKEN)
    def test_a_write_over_what_was_held_is_applied(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """When nobody came between, the write goes through."""
        name, made, wanted = rig.playground.text, living(rig), word()

        (outcome,) = adapter.write(
            [
                Write(
                    token=word(),
                    id=made,
                    properties={name: wanted},
                    held={name: _text(rig, made)},
                )
            ]
        )

        assert isinstance(outcome, Applied)
        assert wanted == _text(rig, made)
