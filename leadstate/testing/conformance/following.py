"""Promises of `Adapter.changes`: it overlaps rather than misses."""

# ruff: noqa: S101 - these are tests

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from leadstate.testing.conformance.base import Promises, binding_of, living, word
from leadstate.testing.rig import Lags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadstate.adapters import Adapter, ChangePage
    from leadstate.testing.rig import Rig

__all__ = ["Following"]

_MOST_PAGES = 500


def _pages(adapter: Adapter, cursor: str | None) -> Iterator[ChangePage]:
    """Yield pages until there is no more now."""
    for _ in range(_MOST_PAGES):
        page = adapter.changes(cursor)
        yield page
        if not page.more:
            return
        cursor = page.cursor
    pytest.fail(f"changes() says `more` after {_MOST_PAGES} pages")


def _drain(adapter: Adapter, cursor: str | None) -> tuple[set[str], str]:
    """Return the ids of every hint that can be had now, and the last cursor."""
    pages = list(_pages(adapter, cursor))
    return {hint.id for page in pages for hint in page.hints}, pages[-1].cursor


class Following(Promises):
    """Nothing that changes is missed."""

    def test_following_begins_with_everything(self, rig: Rig, adapter: Adapter) -> None:
        """Without a cursor every object is named."""
        made = {living(rig) for _ in range(3)}

        found, _ = _drain(adapter, None)

        assert made <= found

    def test_following_misses_nothing_over_pages(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """More objects than a page holds, changed in one moment."""
        made = {living(rig) for _ in range(rig.playground.page + 3)}

        found, _ = _drain(adapter, None)

        assert set() == made - found

    def test_following_finds_a_later_edit(self, rig: Rig, adapter: Adapter) -> None:
        """A change after the last page comes with the next call."""
        made = living(rig)
        _, cursor = _drain(adapter, None)

        rig.pass_time(3600)
        rig.edit(made, {rig.playground.text: word()})
        rig.pass_time(1)

        assert made in _drain(adapter, cursor)[0]

    def test_following_finds_a_new_object(self, rig: Rig, adapter: Adapter) -> None:
        """A creation is a change."""
        living(rig)
        _, cursor = _drain(adapter, None)

        rig.pass_time(3600)
        made = living(rig)
        rig.pass_time(1)

        assert made in _drain(adapter, cursor)[0]

    def test_following_finds_the_second_of_two_edits(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """An object that was named once is named again when it changes again."""
        made = living(rig)
        cursor = _drain(adapter, None)[1]
        for _ in range(2):
            rig.pass_time(60)
            rig.edit(made, {rig.playground.text: word()})
            rig.pass_time(1)

            found, cursor = _drain(adapter, cursor)

            assert made in found

    def test_following_goes_on_in_another_process(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """Every page is asked for by an adapter that knows nothing but the cursor."""
        made = {living(rig) for _ in range(rig.playground.page + 3)}
        page = adapter.changes(None)
        found = {hint.id for hint in page.hints}
        for _ in range(_MOST_PAGES):
            if not page.more:
                break
            other = rig.open(binding_of(rig))
            page = other.changes(page.cursor)
            found |= {hint.id for hint in page.hints}
            other.close()

        assert set() == made - found

    def test_following_asks_the_same_page_twice(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """After a crash the same cursor names what it named before."""
        for _ in range(3):
            living(rig)
        pages = list(_pages(adapter, None))
        cursors = [None, *(page.cursor for page in pages[:-1])]

        for cursor, page in zip(cursors, pages, strict=True):
            again = adapter.changes(cursor)
            assert {hint.id for hint in page.hints} <= {hint.id for hint in again.hints}

    def test_following_misses_no_edit_between_two_pages(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """What changes while the pages are read is named after it changed."""
        made = [living(rig) for _ in range(rig.playground.page + 3)]
        first = adapter.changes(None)

        rig.pass_time(1)
        edited = [made[0], made[-1]]
        for one in edited:
            rig.edit(one, {rig.playground.text: word()})
        rig.pass_time(1)
        found, cursor = _drain(adapter, first.cursor)
        found |= _drain(adapter, cursor)[0]

        assert set(edited) <= found

    def test_following_quiet_times_comes_to_an_end(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """When nothing changes the cursor stays usable, and the pages end."""
        living(rig)
        _, cursor = _drain(adapter, None)
        for _ in range(3):
            rig.pass_time(3600)
            _, cursor = _drain(adapter, cursor)

        made = living(rig)
        rig.pass_time(1)

        assert made in _drain(adapter, cursor)[0]

    def test_following_tells_moments_in_utc(self, rig: Rig, adapter: Adapter) -> None:
        """Every hint has an aware moment."""
        living(rig)

        hints = [hint for page in _pages(adapter, None) for hint in page.hints]

        assert hints
        assert all(timedelta() == hint.updated_at.utcoffset() for hint in hints)

    def test_following_finds_what_the_crm_lists_late(
        self, rig: Rig, adapter: Adapter
    ) -> None:
        """A change that is not listed yet is found when it is."""
        if not isinstance(rig, Lags):
            pytest.skip("the rig's CRM lists every change at once (no `lag`)")
        made = living(rig)
        _, cursor = _drain(adapter, None)
        rig.pass_time(3600)
        _, cursor = _drain(adapter, cursor)
        rig.lag(30)

        rig.edit(made, {rig.playground.text: word()})
        rig.pass_time(10)
        _, cursor = _drain(adapter, cursor)
        rig.pass_time(60)

        assert made in _drain(adapter, cursor)[0]
