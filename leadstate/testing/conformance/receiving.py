"""Promises of `Adapter.receive`: it believes nobody and touches no network."""

# ruff: noqa: S101, SIM300 - these are tests: expected on the left
# mypy: disable-error-code="type-abstract"

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leadstate.adapters import Adapter, Capability, EventKind, InboundEvent
from leadstate.errors import BadBody, BadSignature, WebhookRefused
from leadstate.testing.conformance.base import (
    Promises,
    applied,
    living,
    needs,
    required,
    word,
)
from leadstate.testing.conformance.hostile import hostile_requests, spoilt
from leadstate.testing.rig import Deletes, Delivers, Erases, Merges

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadstate.adapters import InboundRequest
    from leadstate.testing.rig import Rig

__all__ = ["Receiving"]


def _delivered(rig: Rig, act: Callable[[], object]) -> Sequence[InboundRequest]:
    """Return what the CRM posts because of an act; what came before is thrown away."""
    crm = required(rig, Delivers, rig.spec)
    crm.deliveries()
    act()
    posted = crm.deliveries()
    assert posted, "the CRM posted nothing"
    return posted


def _events(
    rig: Rig, adapter: Adapter, act: Callable[[], object]
) -> list[InboundEvent]:
    """Return the events that the adapter makes of an act."""
    posted = _delivered(rig, act)
    return [event for request in posted for event in adapter.receive(request)]


def _edited(rig: Rig) -> Sequence[InboundRequest]:
    """Return the webhooks of an edit."""
    made = living(rig)
    return _delivered(rig, lambda: rig.edit(made, {rig.playground.text: word()}))


def _survives(adapter: Adapter, request: InboundRequest, *, signed: bool) -> None:
    """Receive something hostile: refused, or at most read as events."""
    try:
        events = adapter.receive(request)
    except (BadSignature, BadBody):
        return
    assert not signed, "a body that was not signed was believed"
    assert all(isinstance(event, InboundEvent) for event in events)


class Receiving(Promises):
    """Authentic events come in, and nothing else."""

    def test_receiving_what_a_stranger_sends_ends_in_a_refusal(
        self, adapter: Adapter
    ) -> None:
        """Whatever the bytes: `BadSignature` or `BadBody`, never anything else."""
        for request in hostile_requests():
            with pytest.raises(WebhookRefused) as caught:
                adapter.receive(request)
            assert isinstance(caught.value, (BadSignature, BadBody))

    def test_receiving_touches_no_network(self, rig: Rig, adapter: Adapter) -> None:
        """The CRM waits for the answer; a call back would be a loop."""
        before = rig.requests()

        for request in hostile_requests():
            with pytest.raises(WebhookRefused):
                adapter.receive(request)

        assert before == rig.requests()

    @needs(Capability.WEBHOOKS)
    def test_an_edit_is_received_as_an_event(self, rig: Rig, adapter: Adapter) -> None:
        """It names the object and a moment in UTC."""
        made = living(rig)

        events = _events(
            rig, adapter, lambda: rig.edit(made, {rig.playground.text: word()})
        )

        changed = [one for one in events if one.kind is EventKind.CHANGED]
        assert {(rig.playground.object, made)} == {(e.object, e.id) for e in changed}
        assert all(timedelta() == one.at.utcoffset() for one in events)

    @needs(Capability.WEBHOOKS)
    def test_a_new_object_is_received_as_an_event(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """Created, or changed: in any case the object is named."""
        made: list[str] = []

        events = _events(rig, adapter, lambda: made.append(living(rig)))

        wanted = {EventKind.CREATED, EventKind.CHANGED}
        assert made[0] in {one.id for one in events if one.kind in wanted}

    @needs(Capability.WEBHOOKS)
    def test_receiving_an_authentic_event_touches_no_network(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """All that is needed stands in the request."""
        posted = _edited(rig)
        before = rig.requests()

        for request in posted:
            adapter.receive(request)

        assert before == rig.requests()

    @needs(Capability.WEBHOOKS)
    def test_a_webhook_that_comes_again_has_the_same_keys(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """Two deliveries of one event are one event."""
        crm = required(rig, Delivers, rig.spec)
        for request in _edited(rig):
            keys = [one.key for one in adapter.receive(request)]
            again = [one.key for one in adapter.receive(crm.again(request))]

            assert keys == again

    @needs(Capability.WEBHOOKS)
    def test_different_events_have_different_keys(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """Edits of two objects, and there and back on one."""
        one, two = living(rig), living(rig)
        texts = [word(), word()]

        def act() -> None:
            for text in (*texts, texts[0]):
                rig.edit(one, {rig.playground.text: text})
                rig.pass_time(1)
            rig.edit(two, {rig.playground.text: texts[0]})

        events = _events(rig, adapter, act)

        assert 4 <= len(events)  # noqa: PLR2004 - the edits above
        assert len(events) == len({event.key for event in events})

    @needs(Capability.WEBHOOKS)
    def test_a_forged_webhook_is_refused(self, rig: Rig, adapter: Adapter) -> None:
        """Who does not know the secret is not believed."""
        crm = required(rig, Delivers, rig.spec)
        forgeries = [bad for one in _edited(rig) for bad in crm.forged(one)]

        assert forgeries
        for forgery in forgeries:
            with pytest.raises(BadSignature):
                adapter.receive(forgery)

    @needs(Capability.WEBHOOKS)
    def test_a_spoilt_webhook_is_refused_or_read_in_part(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """Hostile bytes at the right address end in a refusal or in plain events."""
        for request in _edited(rig):
            for bad in spoilt(request):
                _survives(adapter, bad, signed=False)

    @needs(Capability.SIGNED_WEBHOOKS)
    def test_an_altered_body_is_refused_by_its_signature(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """One bit is enough, wherever it is; so is a body cut short."""
        for request in _edited(rig):
            for bad in spoilt(request):
                if bad.body != request.body:
                    _survives(adapter, bad, signed=True)
            with pytest.raises(BadSignature):
                adapter.receive(replace(request, headers={}))

    @needs(Capability.ATTRIBUTION)
    def test_an_event_says_whether_the_change_was_our_own(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """Own for what the adapter wrote; not own for what a person did."""
        made, name = living(rig), rig.playground.text

        ours = _events(rig, adapter, lambda: applied(adapter, made, {name: word()}))
        theirs = _events(rig, adapter, lambda: rig.edit(made, {name: word()}))

        assert {True} == {one.own for one in ours if one.kind is EventKind.CHANGED}
        assert {False} == {one.own for one in theirs if one.kind is EventKind.CHANGED}

    @needs(Capability.WEBHOOKS)
    def test_a_deletion_is_received_as_one(self, rig: Rig, adapter: Adapter) -> None:
        """Where the rig can delete."""
        if not isinstance(rig, Deletes):
            pytest.skip("the rig cannot delete (no `delete`)")
        people, made = rig, living(rig)

        events = _events(rig, adapter, lambda: people.delete(made))

        assert made in {one.id for one in events if one.kind is EventKind.DELETED}

    @needs(Capability.WEBHOOKS)
    def test_a_merge_is_received_with_its_survivor(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """As a merge that names the survivor, or as the end of the merged object."""
        if not isinstance(rig, Merges):
            pytest.skip("the rig cannot merge (no `merge`)")
        people, kept, lost = rig, living(rig), living(rig)
        survivors: list[str] = []

        events = _events(
            rig, adapter, lambda: survivors.append(people.merge(kept, lost))
        )

        merges = [one for one in events if one.kind is EventKind.MERGED]
        ended = {one.id for one in events if one.kind is EventKind.DELETED}
        assert survivors == [one.into for one in merges][:1] or lost in ended
        assert all(lost in {one.id, *one.merged_ids} for one in merges)

    @needs(Capability.ERASURE)
    def test_an_erasure_is_told_from_a_deletion(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """So that what Leadstate keeps is erased too."""
        people, made = required(rig, Erases, rig.spec), living(rig)

        events = _events(rig, adapter, lambda: people.erase(made))

        assert made in {one.id for one in events if one.kind is EventKind.ERASED}
