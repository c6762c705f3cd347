"""Poison, conflicts and troubles: what cannot go on is put aside, the rest goes on."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from doubles import Crm, CrmAdapter, Trouble, busy
from modes import acting

from leadstate.domain.signal import ManualMove
from leadstate.errors import FatalAdapterError, StoreUnavailable, VersionConflict
from leadstate.service.advance import advance
from leadstate.service.app import App, Connected, feed_of
from leadstate.service.change_set import ChangeSet
from leadstate.service.commit import commit
from leadstate.service.dead_letters import letters, replay
from leadstate.service.inbox import move_item
from leadstate.store import InboxItem

if TYPE_CHECKING:
    from doubles import Desk


def fill_up(desk: Desk) -> None:
    """Use up the room in the database."""
    for number in range(2_000):
        with desk.app.store.begin() as work:
            work.cursors.set(f"filler {number}", "x" * 100, "", desk.clock.now())
            work.commit()


def test_a_poison_object_stops_no_other(desk: Desk) -> None:
    """One object that cannot be read is a letter; the others of its batch go on."""
    events = [desk.crm.create(str(number)) for number in range(5)]
    desk.crm.poison.add("3")

    desk.tell(*events)
    desk.settle()

    assert [("inbox", "3", "cannot be read")] == desk.letters()
    [letter] = letters(desk.app)
    assert letter.detail == "ValueError: object 3 makes no sense"
    for number in (0, 1, 2, 4):
        assert ["entered"] == desk.kinds(str(number))


def test_a_poison_event_can_be_replayed(desk: Desk) -> None:
    """Once the cause is gone, the letter's event has its effect."""
    desk.crm.poison.add("3")
    desk.tell(desk.crm.create("3"))
    desk.settle()
    [letter] = letters(desk.app)

    desk.crm.poison.clear()
    replay(desk.app, letter.id)
    desk.settle()

    assert ["entered"] == desk.kinds("3")
    assert desk.letters() == []


def test_an_object_that_cannot_be_judged_is_put_aside(desk: Desk) -> None:
    """What the engine chokes on goes to the letters, with the error's words."""
    desk.take_in("1", "mql")
    desk.take_in("2", "mql")
    desk.crm.nonsense.add("1")

    desk.tell(*desk.crm.edit("1", budget="1"), *desk.drag("2", "sal"))
    desk.settle()

    assert [("inbox", "1", "cannot be judged")] == desk.letters()
    assert desk.stage("2") == "sal"


def test_a_crm_that_cannot_be_read_now_is_asked_later(desk: Desk) -> None:
    """Nothing is wrong with the events: they wait as long as the CRM says."""
    desk.crm.trouble["read"] = [busy(after_seconds=30), busy()]
    desk.tell(desk.crm.create("1"))

    assert desk.advance().waiting == 1
    assert desk.advance().taken == 0
    desk.clock.sleep(31)
    assert desk.advance().waiting == 1
    desk.settle()

    assert ["entered"] == desk.kinds("1")


def test_a_crm_that_is_away_for_weeks_is_asked_on(desk: Desk) -> None:
    """However often it was looked at, the next pause can be reckoned."""
    desk.tell(desk.crm.create("1"))
    desk.crm.trouble["read"] = [busy()]
    with desk.app.store.begin() as work:
        work.connection.exec_driver_sql("UPDATE inbox SET attempts = 5000")
        work.commit()

    assert desk.advance().waiting == 1
    desk.clock.advance(timedelta(minutes=6))
    desk.settle()

    assert ["entered"] == desk.kinds("1")


def test_a_connection_that_must_stop_stops_no_other(desk: Desk) -> None:
    """A revoked token is reported; the other CRM and people's requests go on."""
    other = Crm(desk.clock)
    second = Connected(
        name="other", adapter=CrmAdapter(other), binding=desk.connected.binding
    )
    app = App(
        lifecycle=desk.app.lifecycle,
        store=desk.app.store,
        clock=desk.clock,
        connections={"crm": desk.connected, "other": second},
    )
    acting(app)
    desk.tell(desk.crm.create("1"))
    desk.crm.trouble["read"] = [Trouble(FatalAdapterError("the token is revoked"))]
    other.create("7")
    from leadstate.service.inbound.poll import poll

    poll(feed_of(app, second))

    done = advance(app)

    assert "the token is revoked" == str(done.failed["crm"])
    with app.store.read() as view:
        assert ["7"] == list(view.links.get_many("other", "contacts", ["7"]))
    assert 0 == advance(app).taken  # looked at again when somebody may have acted
    desk.clock.sleep(60)
    desk.settle()
    assert ["entered"] == desk.kinds("1")


def test_rows_of_a_connection_that_is_gone_become_letters(desk: Desk) -> None:
    """What no setting names any more is listed, and not tried for ever."""
    now = desk.clock.now()
    item = InboxItem(
        key="old:1",
        connection="old",
        kind="hint",
        object="contacts",
        external_id="1",
        happened_at=now,
        received_at=now,
        due_at=now,
    )
    with desk.app.store.begin() as work:
        work.inbox.add([item])
        work.commit()

    done = desk.advance()

    assert done.dead == 1
    assert [("inbox", "1", "unknown connection")] == desk.letters()


def test_a_record_that_moves_while_it_is_judged_is_judged_again(desk: Desk) -> None:
    """A conflict writes nothing; the next round decides on what is true then."""
    desk.take_in("1", "mql")
    desk.adapter.after_read = lambda: desk.move("1", "accept", "sales")
    desk.tell(*desk.crm.edit("1", budget="20000"))
    desk.settle()

    assert desk.stage("1") == "sal"
    assert desk.record("1").record.values["budget"] is not None
    assert ["entered", "moved"] == desk.kinds("1")
    assert desk.faults() == []


def test_one_conflict_does_not_cost_the_rest_of_the_batch(desk: Desk) -> None:
    """The others of a batch are written one by one."""
    desk.take_in("1", "mql")
    desk.take_in("2", "mql")

    def somebody_else_counts_up() -> None:
        version = "UPDATE record SET version = version + 1 WHERE id = ?"
        record_id = desk.record("1").record.id
        with desk.app.store.begin() as work:
            work.connection.exec_driver_sql(version, (record_id,))
            work.commit()

    desk.adapter.after_read = somebody_else_counts_up
    desk.tell(*desk.drag("1", "sal"), *desk.drag("2", "sal"))
    done = desk.advance()

    assert (2, 2) == (done.decided, done.deferred)
    assert desk.stage("2") == "sal"
    desk.settle()
    assert desk.stage("1") == "sal"


def test_two_processes_take_a_new_object_in_once(desk: Desk) -> None:
    """A second judge of a new object finds it taken, and makes no second record."""
    first = desk.crm.create("1")

    def another_process_judges() -> None:
        with desk.app.store.begin() as work:
            [row] = work.inbox.due(desk.clock.now())
            work.inbox.postpone([row.id], desk.clock.now() + timedelta(minutes=1))
            work.commit()
        desk.tell(*desk.crm.edit("1", budget="5"))
        assert desk.advance().decided == 1
        with desk.app.store.begin() as work:
            work.inbox.postpone([row.id], desk.clock.now())
            work.commit()

    desk.adapter.after_read = another_process_judges
    desk.tell(first)
    desk.settle()

    with desk.app.store.read() as view:
        assert len(view.records.list(desk.app.lifecycle.fields)) == 1
    assert ["entered"] == desk.kinds("1")


def test_a_database_that_cannot_write_makes_no_dead_letter(desk: Desk) -> None:
    """Nothing is wrong with a request when the disk is full: it is judged later."""
    desk.take_in("1", "mql")
    asked = ManualMove(
        transition="accept",
        actor="olena",
        at=desk.clock.now(),
        roles=frozenset({"sales"}),
        note="a long story " * 2_000,
    )
    item = move_item(desk.record("1").record.id, asked, key="a")
    with desk.app.store.begin() as work:
        work.inbox.add([item])
        work.commit()
    with desk.app.store.begin() as work:
        # A database that may not grow by a single page is a full disk.
        full = work.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        work.connection.exec_driver_sql(f"PRAGMA max_page_count = {full}")
        work.commit()

    with pytest.raises(StoreUnavailable):
        fill_up(desk)
    with pytest.raises(StoreUnavailable):
        desk.advance()
    with desk.app.store.begin() as work:
        work.connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        work.commit()
    desk.settle()

    assert desk.stage("1") == "sal"
    assert desk.letters() == []


def test_rows_that_another_process_judged_are_not_judged_twice(desk: Desk) -> None:
    """A change set whose inbox rows are settled already writes nothing."""
    desk.take_in("1")
    with desk.app.store.read() as view:
        [row] = [view.inbox.by_key("crm:event-0")]
    assert row is not None

    with pytest.raises(VersionConflict, match="judged the same inbox rows first"):
        commit(desk.app.store, [ChangeSet(inbox_ids=(row.id,))], desk.clock.now())
    assert commit(desk.app.store, [], desk.clock.now()) == ()
