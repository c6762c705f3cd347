"""Polling heals what webhooks lost, and comparing finds what is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from doubles import busy

from leadstate.adapters import RemoteObject
from leadstate.errors import RetryLater
from leadstate.service.inbound.comparing import Discrepancy, compare, look_again

if TYPE_CHECKING:
    from doubles import Desk


def test_a_poll_takes_in_what_nobody_told_of(desk: Desk) -> None:
    """Three objects and no webhook: three records."""
    for one in ("1", "2", "3"):
        desk.crm.create(one)

    assert 3 == desk.poll()
    desk.settle()

    assert ["entered"] == desk.kinds("2")
    assert compare(desk.app, desk.connected).in_sync


def test_a_second_poll_finds_no_news(desk: Desk) -> None:
    """Pages overlap; what was read as it is now is not read again."""
    desk.take_in("1")

    assert 0 == desk.poll()
    assert 0 == desk.poll()
    desk.crm.edit("1", budget="5")
    assert 1 == desk.poll()


def test_a_change_in_the_second_of_our_reading_is_found(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a clock shows whole seconds, an object is read again when one is over."""
    desk.take_in("1")
    desk.clock.advance(timedelta(seconds=1))
    desk.crm.edit("1", budget="5")
    second = desk.crm.things["1"].updated_at
    read = desk.adapter._read

    def too_soon(id_: str) -> RemoteObject:
        found = read(id_)
        assert isinstance(found, RemoteObject)
        return replace(found, updated_at=second - timedelta(microseconds=1))

    monkeypatch.setattr(desk.adapter, "_read", too_soon)
    desk.poll()
    desk.settle()
    desk.crm.edit("1", need="a CRM")
    desk.crm.things["1"].updated_at = second
    monkeypatch.undo()

    assert 1 == desk.poll()
    desk.settle()
    assert "a CRM" == desk.record("1").record.values["need"]
    assert 0 == desk.poll()


def test_an_edit_just_before_our_write_is_found(desk: Desk) -> None:
    """Our write makes the object newer; the unread edit before it still counts."""
    desk.take_in("1", "mql")
    desk.move("1", "accept", "sales")
    desk.adapter.before_write = lambda: desk.crm.edit("1", need="a CRM")
    desk.push()

    desk.poll()
    desk.settle()

    assert "a CRM" == desk.record("1").record.values["need"]


def test_a_poll_of_a_busy_crm_moves_nothing(desk: Desk) -> None:
    """The cursor stays, and the loop is told to come again."""
    desk.crm.create("1")
    desk.crm.trouble["changes"] = [busy(after_seconds=10)]

    with pytest.raises(RetryLater):
        desk.poll()

    assert 1 == desk.poll()


def test_a_move_that_polling_sees_is_judged_like_any_other(desk: Desk) -> None:
    """Same guards from all doors; only who did it is not known."""
    desk.take_in("1", "sal")
    desk.drag("1", "sql")

    desk.poll()
    desk.settle()

    last = desk.history("1")[-1]
    assert ("reverted", "unknown", "revert") == (last.kind, last.actor, last.answer)
    assert 1 == len(desk.crm.notes)


def test_late_data_moves_a_record_when_it_is_learnt(desk: Desk) -> None:
    """What it did yesterday is learnt now; since when it qualified stands beside."""
    desk.take_in("1")
    desk.qualify("1")
    happened = desk.crm.things["1"].updated_at
    desk.clock.advance(timedelta(hours=20))

    desk.poll()
    desk.settle()

    moved = desk.history("1")[-1]
    assert (moved.learnt_at, happened) == (moved.happened_at, moved.qualified_at)
    assert timedelta(hours=20) <= moved.learnt_at - happened
    assert moved.happened_at == desk.record("1").record.entered_at


def test_a_move_in_the_crm_is_dated_by_the_crms_clock(desk: Desk) -> None:
    """What happened yesterday is dated yesterday, and learnt now."""
    desk.take_in("1", "sal")
    desk.drag("1", "nurture")
    happened = desk.crm.things["1"].updated_at
    desk.clock.advance(timedelta(hours=20))

    desk.poll()
    desk.settle()

    moved = desk.history("1")[-1]
    assert ("outside", happened) == (moved.cause, moved.happened_at)
    assert timedelta(hours=20) <= moved.learnt_at - happened


def test_a_hint_older_than_what_is_read_dates_nothing(desk: Desk) -> None:
    """A poll told of an edit; the move came after it, and before the reading."""
    desk.take_in("1", "sal")
    desk.crm.edit("1", budget="5")
    desk.clock.advance(timedelta(hours=3))
    desk.poll()
    desk.drag("1", "nurture")
    dragged = desk.crm.things["1"].updated_at
    desk.clock.advance(timedelta(hours=3))

    desk.settle()

    moved = desk.history("1")[-1]
    assert ("outside", dragged) == (moved.cause, moved.happened_at)


def test_a_move_that_only_comparing_finds_is_dated_by_the_crm(desk: Desk) -> None:
    """That somebody here looked is no news of the CRM."""
    desk.take_in("1", "sal")
    desk.drag("1", "nurture")
    dragged = desk.crm.things["1"].updated_at
    desk.clock.advance(timedelta(hours=3))

    look_again(desk.app, desk.connected, compare(desk.app, desk.connected))
    desk.settle()

    moved = desk.history("1")[-1]
    assert ("outside", dragged) == (moved.cause, moved.happened_at)


def test_comparing_names_every_difference(desk: Desk) -> None:
    """Another stage, no longer there, not taken in yet, and put aside."""
    for one in ("1", "2", "3"):
        desk.take_in(one, "mql")
    desk.tell(desk.crm.create("4", lifecyclestage="other"))
    desk.settle()
    desk.drag("1", "won")
    desk.crm.delete("2")
    desk.crm.create("5")

    found = compare(desk.app, desk.connected)

    def differing(one: str, ours: str | None, theirs: str | None) -> Discrepancy:
        known = one != "5"
        return Discrepancy(
            connection="crm",
            external_id=one,
            record_id=desk.record(one).record.id if known else None,
            ours=ours,
            theirs=theirs,
        )

    assert not found.in_sync
    assert (3, 1) == (found.compared, found.quarantined)
    assert found.differences == (
        differing("1", "mql", "won"),
        differing("2", "mql", None),
        differing("5", None, "not taken in yet"),
    )


def test_looking_again_ends_every_difference(desk: Desk) -> None:
    """Each differing object is read and judged; then both sides agree."""
    for one in ("1", "2"):
        desk.take_in(one, "mql")
    desk.drag("1", "won")
    desk.crm.delete("2")
    desk.crm.create("3")
    differing = compare(desk.app, desk.connected)
    desk.clock.sleep(1)

    assert 3 == look_again(desk.app, desk.connected, differing)
    desk.settle()

    assert compare(desk.app, desk.connected).in_sync
