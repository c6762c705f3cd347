"""Our own writes coming back: no row, no second write, and nobody else unheard."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from doubles import US, unanswered

from leadstate.store import MessageWrite, OutboxItem, OutboxKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from doubles import Desk


def qualified(desk: Desk) -> int:
    """Take a lead to MQL; return the number of the first event of our own write."""
    desk.take_in("1")
    desk.tell(*desk.qualify("1"))
    first = len(desk.crm.told)
    desk.settle()
    return first


@pytest.mark.parametrize("marks_own", [True, False], ids=["attribution", "ledger"])
def test_own_write_coming_back_is_dropped(
    new_desk: Callable[..., Desk], *, marks_own: bool
) -> None:
    """An echo is dropped by the CRM's attribution, and by the ledger without it."""
    desk = new_desk(marks_own=marks_own)
    first = qualified(desk)
    rows, reads = len(desk.history("1")), len(desk.crm.calls)
    desk.tell_all(first)

    done = desk.advance()

    assert done.echoes == done.taken == 2
    assert len(desk.history("1")) == rows
    assert len(desk.crm.calls) == reads
    assert len(desk.crm.ours()) == 2


def test_echo_that_overtakes_the_answer_makes_nothing(
    new_desk: Callable[..., Desk],
) -> None:
    """An echo may come before the write's own answer: it is dropped all the same."""
    desk = new_desk(marks_own=False)
    desk.take_in("1")
    desk.tell(*desk.qualify("1"))
    desk.advance()
    before = len(desk.crm.told)
    desk.crm.trouble["write"] = [unanswered()]
    desk.push()
    desk.tell_all(before)

    assert desk.advance().echoes == 2
    desk.settle()

    assert ["entered", "moved"] == desk.kinds("1")
    assert len(desk.crm.ours()) == 2


def test_a_person_who_sets_our_value_again_is_heard(
    new_desk: Callable[..., Desk],
) -> None:
    """A person's move to a stage that we wrote minutes ago is no echo of it."""
    desk = new_desk(marks_own=False)
    first = qualified(desk)
    desk.tell_all(first)
    desk.settle()
    desk.tell(*desk.drag("1", "won"))
    desk.settle()
    assert desk.stage("1") == "won"

    desk.tell(*desk.drag("1", "mql"))
    desk.settle()

    assert desk.stage("1") == "mql"
    assert desk.history("1")[-1].actor == "CRM_UI userId:7"


def test_a_message_that_waits_hides_nobody(new_desk: Callable[..., Desk]) -> None:
    """What goes elsewhere than into this object's stage says nothing about it."""
    desk = new_desk(marks_own=False)
    first = qualified(desk)
    desk.tell_all(first)
    desk.tell(*desk.drag("1", "won"))
    desk.settle()
    _let_a_message_wait(desk)

    desk.tell(*desk.drag("1", "mql"))
    desk.advance()

    assert desk.stage("1") == "mql"
    assert desk.history("1")[-1].actor == "CRM_UI userId:7"


def _let_a_message_wait(desk: Desk) -> None:
    now = desk.clock.now()
    message = OutboxItem(
        token="a message",
        record_id=desk.record("1").record.id,
        connection="chat",
        object="channel",
        external_id="",
        kind=OutboxKind.MESSAGE,
        created_at=now,
        due_at=now,
        payload=MessageWrite(text="won"),
    )
    with desk.app.store.begin() as work:
        work.outbox.add([message])
        work.commit()


def test_the_ledger_forgets_after_its_window(new_desk: Callable[..., Desk]) -> None:
    """A value that we wrote long ago is news when it is set again."""
    desk = new_desk(marks_own=False)
    first = qualified(desk)
    desk.clock.advance(timedelta(minutes=16))
    desk.tell_all(first)

    assert desk.advance().echoes == 0
    assert desk.kinds("1") == ["entered", "moved"]


def test_echo_of_a_poll_makes_nothing(desk: Desk) -> None:
    """A poll that sees our own write reads it at most once, and changes nothing."""
    qualified(desk)

    desk.poll()
    desk.settle()
    again = desk.poll()

    assert again == 0
    assert desk.kinds("1") == ["entered", "moved"]
    assert {one.actor for one in desk.crm.log if "stage" in one.property} == {US}
