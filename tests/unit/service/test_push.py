"""Writes into the CRM: once, in order, and a "no" is an outcome."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from doubles import Trouble, busy, unanswered

from leadstate.adapters import Gone, GoneReason
from leadstate.errors import SkipRecord
from leadstate.service.dead_letters import letters, replay
from leadstate.service.outbound.push import MOST_ATTEMPTS
from leadstate.store import RecordStatus

if TYPE_CHECKING:
    from doubles import Desk


def stage_writes(desk: Desk) -> list[str]:
    """Return the lifecycle stages that we set, in order."""
    return [one.new for one in desk.crm.ours() if one.property == "lifecyclestage"]


def decided(desk: Desk) -> None:
    """Have a lead that is an MQL here, and not yet in the CRM."""
    desk.take_in("1")
    desk.tell(*desk.qualify("1"))
    desk.advance()


def test_a_move_is_written_once(desk: Desk) -> None:
    """After the commit the stage goes out, and the link shows what the CRM shows."""
    decided(desk)
    assert desk.crm.stage("1") == "lead"

    done = desk.push()

    assert (1, 1) == (done.claimed, done.applied)
    assert ["marketingqualifiedlead"] == stage_writes(desk)
    assert desk.link("1")["row"].remote_stage == "mql"
    assert desk.push().claimed == 0


@pytest.mark.parametrize(
    ("pauses", "expected"),
    [((0, 61), [True, False]), ((59, 59), [True, True]), ((61, 59), [False, True])],
    ids=["read and written long ago", "written just now", "read long ago"],
)
def test_what_a_crm_showed_a_moment_ago_is_not_read_again(
    desk: Desk, pauses: tuple[int, int], expected: list[bool]
) -> None:
    """A reading counts, and so does the answer to a write, for less than a minute."""
    desk.take_in("1", "mql")
    fresh: list[bool] = []
    write = desk.adapter.write
    desk.adapter.write = lambda writes: (  # type: ignore[method-assign]
        fresh.extend(one.fresh for one in writes) or write(writes)  # type: ignore[func-returns-value]
    )

    for pause, transition in zip(pauses, ("accept", "recycle"), strict=True):
        desk.move("1", transition, "sales", reason="no_budget")
        desk.advance()
        desk.clock.sleep(pause)
        desk.push()

    assert expected == fresh


def test_a_stage_that_the_crm_shows_already_is_not_written_again(desk: Desk) -> None:
    """Whoever was quicker in the CRM spares the write."""
    decided(desk)
    desk.tell(*desk.drag("1", "mql"))
    desk.settle()

    assert stage_writes(desk) == []
    assert ["entered", "moved"] == desk.kinds("1")


def test_a_refusal_is_listed_and_kept_in_the_history(desk: Desk) -> None:
    """The CRM's own words reach the person who has to act."""
    decided(desk)
    desk.crm.refusing["lifecyclestage", "marketingqualifiedlead"] = "E-mail is required"

    done = desk.push()

    assert done.refused == 1
    assert "crm refused the move: E-mail is required" == desk.record("1").flag
    last = desk.history("1")[-1]
    assert ("crm_refused", "mql", "E-mail is required") == (
        last.kind,
        last.to_stage,
        last.note,
    )
    assert desk.push().claimed == 0
    assert desk.faults() == []


def test_a_busy_crm_is_asked_again_later(desk: Desk) -> None:
    """Nothing is lost and nothing is hurried: the CRM says when."""
    decided(desk)
    desk.crm.trouble["write"] = [busy(after_seconds=40)]

    assert desk.push().later == 1
    desk.clock.sleep(39)
    assert desk.push().claimed == 0
    desk.clock.sleep(2)
    assert desk.push().applied == 1


def test_a_crm_that_is_busy_for_weeks_is_asked_on(desk: Desk) -> None:
    """However often it was tried, the next pause can be reckoned."""
    decided(desk)
    desk.crm.trouble["write"] = [busy()] * 3
    with desk.app.store.begin() as work:
        work.connection.exec_driver_sql("UPDATE outbox SET attempts = 5000")
        work.commit()

    assert desk.push().later == 1
    desk.settle(seconds=900)

    assert desk.crm.stage("1") == "marketingqualifiedlead"


@pytest.mark.parametrize("applied", [True, False])
def test_an_ambiguous_write_leaves_one_change(desk: Desk, *, applied: bool) -> None:
    """No answer came; whether the CRM did it or not, it has done it once at the end."""
    decided(desk)
    desk.crm.trouble["write"] = [unanswered(applied=applied)] * 2

    desk.settle()

    assert ["marketingqualifiedlead"] == stage_writes(desk)
    assert desk.kinds("1") == ["entered", "moved"]
    assert desk.letters() == []


def test_an_ambiguous_note_is_left_once(desk: Desk) -> None:
    """A note whose answer was lost is looked for before it is written again."""
    desk.take_in("1", "sal")
    desk.crm.trouble["note"] = [unanswered()]

    desk.tell(*desk.drag("1", "sql"))
    desk.settle()

    assert len(desk.crm.notes) == 1


def test_a_write_that_nobody_ever_answers_becomes_a_dead_letter(desk: Desk) -> None:
    """After so many tries a person is asked; other records go on meanwhile."""
    desk.take_in("2", "mql")
    decided(desk)
    desk.crm.trouble["write"] = [unanswered(applied=False)] * MOST_ATTEMPTS

    for _ in range(MOST_ATTEMPTS):
        desk.push()
        desk.clock.advance(timedelta(minutes=15))

    assert [("outbox", "1", "cannot be written")] == desk.letters()
    [letter] = letters(desk.app)
    assert letter.detail.startswith("12 tries, the last: no answer came")
    desk.move("2", "accept", "sales")
    desk.settle()
    assert desk.crm.stage("2") == "174913201"

    replay(desk.app, letter.id)
    desk.settle()
    assert desk.crm.stage("1") == "marketingqualifiedlead"
    assert desk.letters() == []


def test_replaying_an_overtaken_write_does_not_move_the_crm_back(desk: Desk) -> None:
    """A letter about an old stage is closed when the record has moved on."""
    decided(desk)
    desk.crm.trouble["write"] = [Trouble(SkipRecord("too odd"))]
    desk.push()
    [letter] = letters(desk.app)
    desk.move("1", "accept", "sales")
    desk.settle()
    assert desk.crm.stage("1") == "174913201"

    replay(desk.app, letter.id)
    desk.settle()

    assert desk.crm.stage("1") == "174913201"
    assert desk.letters() == []


def test_a_note_that_cannot_be_written_holds_nothing_up(desk: Desk) -> None:
    """The note becomes a letter; the stage is put back all the same."""
    desk.take_in("1", "sal")
    desk.crm.trouble["note"] = [Trouble(SkipRecord("too long"))]

    desk.tell(*desk.drag("1", "sql"))
    desk.settle()

    assert desk.crm.stage("1") == "174913201"
    assert [("outbox", "1", "cannot be written")] == desk.letters()


def test_a_note_under_way_does_not_hold_up_news(desk: Desk) -> None:
    """Only an open stage write makes the stage in the CRM uncertain."""
    desk.take_in("1", "sal")
    desk.crm.trouble["note"] = [unanswered(applied=False)] * 4
    desk.tell(*desk.drag("1", "sql"))
    desk.advance()
    desk.push()
    assert desk.waiting() == {"pending": 1}

    desk.tell(*desk.drag("1", "nurture"))
    done = desk.advance()

    assert done.deferred == 0
    assert desk.stage("1") == "nurture"
    desk.settle()


def test_news_waits_while_a_stage_write_is_under_way(desk: Desk) -> None:
    """What the CRM shows in between is not judged before our write has settled."""
    decided(desk)
    seen: list[tuple[int, int]] = []

    def somebody_drags() -> None:
        desk.tell(*desk.drag("1", "nurture"))
        done = desk.advance()
        seen.append((done.decided, done.deferred))

    desk.adapter.before_write = somebody_drags
    desk.settle()

    assert [(0, 1)] == seen
    shown = desk.connected.binding.stage_of(desk.crm.things["1"].properties)
    assert shown == desk.stage("1")
    assert desk.faults() == []


def test_two_decisions_in_quick_succession_end_with_the_newest(desk: Desk) -> None:
    """A newer write is not spared because the CRM *still* shows its stage."""
    desk.take_in("1", "mql")
    desk.move("1", "recycle", "sales", reason="no_budget")

    def somebody_moves_it_back() -> None:
        desk.move("1", "reawaken", "marketing")

    desk.adapter.before_write = somebody_moves_it_back
    desk.settle()

    assert desk.stage("1") == "lead"
    shown = desk.connected.binding.stage_of(desk.crm.things["1"].properties)
    assert shown == "lead"


@pytest.mark.parametrize("told", [True, False], ids=["webhooks", "polling"])
def test_there_and_back_before_the_first_write_left(desk: Desk, *, told: bool) -> None:
    """Unsent writes that a newer decision overtakes never leave."""
    desk.take_in("1", "sal")
    desk.move("1", "postpone", "sales", reason="timing")
    desk.move("1", "resume", "sales")
    events = len(desk.crm.told)

    desk.settle()
    if told:
        desk.tell_all(events)
    desk.poll()
    desk.settle()

    assert desk.stage("1") == "sal"
    assert desk.crm.stage("1") == "174913201"
    assert desk.connected.binding.stage_of(desk.crm.things["1"].properties) == "sal"


def test_an_answer_to_a_lease_that_ran_out_is_not_believed(desk: Desk) -> None:
    """Whoever was too slow settles nothing: the next holder compares and settles."""
    decided(desk)

    def the_lease_runs_out() -> None:
        desk.clock.advance(timedelta(minutes=6))
        assert desk.push().applied == 1

    desk.adapter.before_write = the_lease_runs_out
    desk.push()

    assert ["marketingqualifiedlead"] == stage_writes(desk)
    assert desk.link("1")["row"].remote_stage == "mql"
    assert desk.waiting() == {}
    assert desk.kinds("1") == ["entered", "moved"]


def test_a_write_without_an_answer_is_repeated_after_its_lease(desk: Desk) -> None:
    """An adapter that forgets one write of a batch does not lose it."""
    decided(desk)
    desk.crm.forgetful = True
    desk.push()
    desk.crm.forgetful = False

    assert desk.push().claimed == 0
    desk.clock.advance(timedelta(minutes=6))

    assert desk.push().unchanged == 1
    assert ["marketingqualifiedlead"] == stage_writes(desk)


def test_a_merged_object_is_read_again_after_a_write(desk: Desk) -> None:
    """A write that finds its object merged away leads to its survivor."""
    desk.take_in("2")
    oldest = desk.record("2").record.id
    decided(desk)
    desk.crm.merge("1", "2", "9")
    desk.crm.gone["1"] = Gone(id="1", reason=GoneReason.MERGED, into="9")

    desk.settle()
    desk.poll()
    desk.settle()

    assert oldest == desk.record("9").record.id
    assert RecordStatus.CLOSED is desk.record("1").status
    assert desk.faults() == []
