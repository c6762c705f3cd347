"""Promises of `History`: the past, resumable at any page."""

# ruff: noqa: S101 - these are tests
# mypy: disable-error-code="type-abstract"

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leadstate.adapters import Adapter, Capability, History, PastChange
from leadstate.testing.conformance.base import (
    Promises,
    binding_of,
    living,
    needs,
    required,
    word,
)

if TYPE_CHECKING:
    from datetime import datetime

    from leadstate.testing.rig import Rig

__all__ = ["Remembering"]

_MOST_PAGES = 500


def _past(
    history: History, since: datetime | None, cursor: str | None = None
) -> list[PastChange]:
    found: list[PastChange] = []
    for _ in range(_MOST_PAGES):
        page = history.history(cursor, since=since)
        found += page.changes
        if not page.more:
            return found
        cursor = page.cursor
    pytest.fail(f"history() says `more` after {_MOST_PAGES} pages")


def _edited(rig: Rig, times: int = 3) -> tuple[str, list[str]]:
    """Return an object with the stages' texts that it went through, oldest first."""
    made, texts = living(rig), []
    for _ in range(times):
        rig.pass_time(60)
        texts.append(word())
        rig.edit(made, {rig.playground.text: texts[-1]})
    rig.pass_time(60)
    return made, texts


class Remembering(Promises):
    """What happened before Leadstate came."""

    @needs(Capability.HISTORY)
    def test_history_tells_every_change_of_a_bound_property(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """In the order in which they happened on the object."""
        history = required(adapter, History, rig.spec)
        made, texts = _edited(rig)

        past = [one for one in _past(history, None) if one.id == made]

        name = rig.playground.text
        told = [
            one.properties[name]
            for one in sorted(past, key=lambda one: one.at)
            if name in one.properties
        ]
        assert texts == told[-len(texts) :]
        assert all(timedelta() == one.at.utcoffset() for one in past)

    @needs(Capability.HISTORY)
    def test_history_has_the_same_keys_when_it_is_read_again(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """By another adapter too; different changes have different keys."""
        made, _ = _edited(rig)
        other = rig.open(binding_of(rig))
        readers = [required(one, History, rig.spec) for one in (adapter, other)]

        first, second = (
            {one.key for one in _past(reader, None) if one.id == made}
            for reader in readers
        )
        other.close()

        assert first == second
        assert len(_edited(rig)[1]) <= len(first)

    @needs(Capability.HISTORY)
    def test_history_goes_on_at_any_page(self, rig: Rig, adapter: Adapter) -> None:
        """After a crash, by an adapter that knows nothing but the cursor."""
        history = required(adapter, History, rig.spec)
        for _ in range(rig.playground.page + 1):
            living(rig)
        whole = {one.key for one in _past(history, None)}
        page = history.history(None, since=None)
        found = {one.key for one in page.changes}
        other = rig.open(binding_of(rig))

        if page.more:
            resumed = _past(required(other, History, rig.spec), None, page.cursor)
            found |= {one.key for one in resumed}
        other.close()

        assert set() == whole - found

    @needs(Capability.HISTORY)
    def test_history_begins_at_the_moment_asked_for(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """Nothing older is told; everything newer is."""
        history = required(adapter, History, rig.spec)
        made, _ = _edited(rig)
        rig.pass_time(3600)
        since = rig.bench.clock.now()
        rig.pass_time(60)
        text = word()
        rig.edit(made, {rig.playground.text: text})
        rig.pass_time(60)

        past = [one for one in _past(history, since) if one.id == made]

        assert [text] == [one.properties.get(rig.playground.text) for one in past]

    @needs(Capability.HISTORY)
    def test_history_changes_nothing(self, rig: Rig, adapter: Adapter) -> None:
        """It only looks."""
        living(rig)
        before = rig.writes()

        _past(required(adapter, History, rig.spec), None)

        assert before == rig.writes()
