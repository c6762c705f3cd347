"""Observe before you act: a connection is followed, and acted on when a person says so.

The account has a past: leads in every stage, some of them overdue long ago.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from modes import acting, observing

from leadstate.domain.frozen import replace
from leadstate.domain.history import HistoryKind
from leadstate.domain.mode import ConnectionMode
from leadstate.domain.signal import ManualMove
from leadstate.errors import UsageError
from leadstate.service.batches.forecast import forecast
from leadstate.service.batches.going_live import go_live, mode_of
from leadstate.service.batches.observing import observe
from leadstate.service.commands.editing import edit_item
from leadstate.service.dead_letters import replay
from leadstate.service.inbox import move_item
from leadstate.service.records import ask, move
from leadstate.service.timers.reclock import reclock
from leadstate.service.timers.sweep import sweep
from leadstate.store import LinkStatus, OutboxKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from office_hours import TimedDesk

    Open = Callable[..., TimedDesk]

STAGES = ("lead", "mql", "sal", "sql", "nurture", "backlog", "won", "lost")


@pytest.fixture(name="open_desk")
def _open_desk(tmp_path: Path) -> Iterator[Open]:
    from office_hours import timed_desks

    yield from timed_desks(tmp_path)


@pytest.fixture(name="desk")
def _desk(open_desk: Open) -> TimedDesk:
    """An account with a past, read and observed; two months went by since."""
    desk = open_desk()
    observing(desk.app)
    for stage in STAGES:
        desk.crm.create(stage, stage=stage, email=f"{stage}@old.example", need="a CRM")
    desk.clock.advance(timedelta(days=60))
    desk.crm.create("hot", stage="lead", email="hot@old.example", demo=_days_ago(desk))
    desk.crm.edit("mql", demo=_days_ago(desk))
    desk.poll()
    desk.settle()
    return desk


def _days_ago(desk: TimedDesk) -> str:
    return (desk.clock.now() - timedelta(days=1)).isoformat()


def written(desk: TimedDesk) -> int:
    """Return how much waits or went out, to CRM and people."""
    with desk.app.store.read() as view:
        return sum(view.outbox.counts().values())


def waits(desk: TimedDesk) -> tuple[int, int]:
    """Return how many clocks there are, and how many timers."""
    with desk.app.store.read() as view:
        clocks = sum(one.open for one in view.clocks.counts())
        far = desk.clock.now() + timedelta(days=9_999)
        return clocks, len(view.timers.due(far, 1_000))


def live(desk: TimedDesk, **given: object) -> object:
    return go_live(desk.app, desk.connected, actor="ann", **given)  # type: ignore[arg-type]


# -- observing -------------------------------------------------------------------------


def test_records_stand_where_the_crm_shows_them_and_nothing_is_done(
    desk: TimedDesk,
) -> None:
    """No move, no clock, no timer, nothing to send; also not by time."""
    for stage in STAGES:
        assert stage == desk.stage(stage)
    assert "lead" == desk.stage("hot")  # it qualifies
    assert {"entered"} == {kind for one in STAGES for kind in desk.kinds(one)}

    desk.clock.advance(timedelta(days=400))
    while reclock(desk.app):
        pass
    sweep(desk.app)
    desk.settle()

    assert 0 == written(desk)
    assert (0, 0) == waits(desk)
    assert not desk.faults()


def test_moves_and_values_of_the_crm_are_followed(desk: TimedDesk) -> None:
    """People's moves are kept as theirs, whatever the criteria say; values, too."""
    desk.drag("lead", "won")
    desk.crm.edit("hot", budget="900")
    desk.tell_all()
    desk.settle()

    assert "won" == desk.stage("lead")
    moved = desk.history("lead")[-1]
    assert (HistoryKind.MOVED, "accept", None) == (
        moved.kind,
        moved.answer,
        moved.transition,
    )
    assert 900 == desk.record("hot").record.values["budget"]
    assert "lead" == desk.stage("hot")
    assert 0 == written(desk)
    assert (0, 0) == waits(desk)


def test_what_people_ask_for_is_refused_with_the_remedy(desk: TimedDesk) -> None:
    """Nothing waits in the inbox, so that nothing comes as a surprise later."""
    record = desk.record("mql").record.id
    asked = ManualMove(
        transition="accept",
        actor="ann",
        at=desk.clock.now(),
        roles=frozenset({"sales"}),
    )
    edit = edit_item(desk.app, record, field="need", value="more", actor="ann")
    for attempt in (
        lambda: move(desk.app, record, asked),
        lambda: ask(desk.app, edit, record),
    ):
        with pytest.raises(UsageError, match=r"leadstate go-live crm"):
            attempt()

    assert not desk.waiting()
    assert ["entered"] == desk.kinds("mql")


def test_a_request_that_came_before_waits_as_a_letter(desk: TimedDesk) -> None:
    """It was stored while the record was under care; it can be replayed later."""
    record = desk.record("mql").record.id
    asked = ManualMove(
        transition="accept",
        actor="ann",
        at=desk.clock.now(),
        roles=frozenset({"sales"}),
    )
    with desk.app.store.begin() as work:
        work.inbox.add([move_item(record, asked, key="one")])
        work.commit()
    desk.settle()

    with desk.app.store.read() as view:
        [letter] = view.dead_letters.list()
    assert "leadstate go-live crm" in letter.detail
    assert "mql" == desk.stage("mql")
    live(desk)
    desk.settle()
    replay(desk.app, letter.id)
    desk.settle()
    assert "sal" == desk.stage("mql")


# -- going live ------------------------------------------------------------------------


def test_going_live_judges_everybody_now_and_nothing_that_was(desk: TimedDesk) -> None:
    """Who qualifies moves; clocks count from now; nobody is late."""
    before = desk.clock.now()

    done = live(desk)
    desk.settle()

    assert (len(STAGES) + 1, {}, True) == (done.done, done.skipped, done.ended)
    assert "mql" == desk.stage("hot")
    assert ["entered", "went_live", "moved"] == desk.kinds("hot")
    assert ["entered", "went_live"] == desk.kinds("sql")
    with desk.app.store.read() as view:
        clocks = view.clocks.listing(open=True)
        breached = view.clocks.listing(breached=True)
    assert clocks
    assert not breached
    assert all(one.counts_from == before for one in clocks)
    assert ConnectionMode.LIVE is mode_of(desk.app, desk.connected)
    assert not desk.faults()


def test_what_comes_later_is_acted_on_at_once(desk: TimedDesk) -> None:
    """The connection is live, for new objects, too."""
    live(desk)
    desk.crm.create("new", stage="lead", demo=_days_ago(desk))
    desk.tell_all()
    desk.settle()

    assert "mql" == desk.stage("new")
    assert ["entered", "moved"] == desk.kinds("new")
    assert desk.record("new").care_since is not None


def test_a_limit_takes_some_and_leaves_the_rest(desk: TimedDesk) -> None:
    """N records are live; repeating goes on, and the connection comes last."""
    first = live(desk, limit=4)
    desk.crm.create("new", stage="lead", demo=_days_ago(desk))
    desk.tell_all()
    desk.settle()

    assert (4, False) == (first.done, first.ended)
    with desk.app.store.read() as view:
        assert (4, 10) == view.links.count_live("crm")
    assert "lead" == desk.stage("new")
    assert ConnectionMode.OBSERVE is mode_of(desk.app, desk.connected)

    rest = live(desk)
    desk.settle()
    assert (6, True, True) == (rest.done, rest.ended, rest.resumed)
    assert "mql" == desk.stage("new")


def test_an_account_that_is_not_read_yet_cannot_go_live(open_desk: Open) -> None:
    """Nobody could say what it would be about; some of it can be tried."""
    desk = open_desk()
    observing(desk.app)
    desk.crm.create("1", stage="lead")
    with pytest.raises(UsageError, match="first look at crm is not over"):
        live(desk)
    desk.poll()
    with pytest.raises(UsageError, match="1 objects are listed, 1 of them wait"):
        live(desk)
    desk.settle()

    assert live(desk).ended


def test_going_live_twice_is_going_live_once(desk: TimedDesk) -> None:
    """The second time there is nothing to do."""
    live(desk)
    desk.settle()
    rows = {one: desk.kinds(one) for one in STAGES}

    again = live(desk)
    desk.settle()

    assert (0, True) == (again.done, again.ended)
    assert rows == {one: desk.kinds(one) for one in STAGES}


def test_two_at_once_do_not_happen(desk: TimedDesk) -> None:
    """Whoever comes second is told who is at it; a dead one's lease ends."""
    with desk.app.store.begin() as work:
        batch = work.batches.begin("go-live", "crm", "bob", desk.clock.now())
        assert work.batches.take(batch.id, "somebody", desk.clock.now())
        work.commit()

    with pytest.raises(UsageError, match="somebody else is at it: go-live crm by bob"):
        live(desk)
    desk.clock.advance(timedelta(seconds=31))

    assert live(desk).resumed


def test_a_lease_of_a_clock_that_was_ahead_holds_nobody_up(desk: TimedDesk) -> None:
    """It was taken in a year from now."""
    with desk.app.store.begin() as work:
        ahead = desk.clock.now() + timedelta(days=365)
        batch = work.batches.begin("go-live", "crm", "bob", ahead)
        assert work.batches.take(batch.id, "somebody", ahead)
        work.commit()

    assert live(desk).ended


def test_a_record_that_nobody_can_judge_stays_and_stops_no_other(
    desk: TimedDesk,
) -> None:
    """It is named, with why; the others go live."""
    poisoned = desk.record("mql").record.id
    with desk.app.store.begin() as work:
        work.connection.exec_driver_sql(
            "INSERT INTO clock (record_id, sla, stage, stage_version, pass_number,"
            " pauses, fired, carried) SELECT id, 'accept', 'mql', stage_version, 1,"
            " '7', '[]', 0 FROM record WHERE stage = 'mql'"
        )
        work.commit()

    done = live(desk)

    assert [poisoned] == list(done.skipped)
    assert len(STAGES) == done.done
    assert done.ended


def test_what_nobody_can_place_is_left_and_comes_under_care_when_placed(
    desk: TimedDesk,
) -> None:
    """An object in an unknown stage is no reason to do anything."""
    desk.crm.edit("sal", stage="no such stage")
    desk.tell_all()
    desk.settle()

    live(desk)
    desk.settle()
    assert desk.record("sal").care_since is None

    desk.drag("sal", "sql")
    desk.tell_all()
    desk.settle()
    assert desk.record("sal").care_since is not None
    assert ["entered", "moved", "went_live"] == desk.kinds("sal")


# -- the forecast ----------------------------------------------------------------------


def test_the_forecast_says_what_follows_and_changes_nothing(desk: TimedDesk) -> None:
    """What it counts is what then happens."""
    ahead = forecast(desk.app, desk.connected)

    assert 0 == written(desk)
    assert (0, 0) == waits(desk)
    assert len(STAGES) + 1 == ahead.records
    assert (0, len(STAGES) + 1) == (ahead.live, ahead.objects)
    live(desk)
    while sweep(desk.app):
        desk.advance()
    moved = [
        one.transition or "(outside)"
        for name in (*STAGES, "hot")
        for one in desk.history(name)
        if one.kind is HistoryKind.MOVED
    ]
    assert dict(ahead.moves) == {one: moved.count(one) for one in moved}
    assert "qualify" in moved
    with desk.app.store.read() as view:
        rows = view.outbox.open_for([desk.record(one).record.id for one in STAGES])
        rows |= view.outbox.open_for([desk.record("hot").record.id])
    stages = [
        one
        for its in rows.values()
        for one in its
        if one.kind in (OutboxKind.STAGE, OutboxKind.FIELDS)
    ]
    assert len(stages) == ahead.loads["crm"].writes


def test_the_forecast_counts_what_cannot_be_placed(desk: TimedDesk) -> None:
    """And how much of the account is not read yet."""
    desk.crm.edit("sal", stage="no such stage")
    desk.tell_all()
    desk.settle()

    ahead = forecast(desk.app, desk.connected, limit=3)

    assert (3, 1) == (ahead.records, ahead.unplaced)
    assert ahead.look.complete


# -- and back --------------------------------------------------------------------------


def test_observing_again_ends_clocks_and_withdraws_what_waits(desk: TimedDesk) -> None:
    """Nothing runs on and nothing goes out; what was decided stays."""
    live(desk)
    assert waits(desk)[0]

    done, withdrawn = observe(desk.app, desk.connected, actor="bob")
    desk.settle()

    assert (len(STAGES) + 1, True) == (done.done, done.ended)
    assert withdrawn
    assert (0, 0) == waits(desk)
    assert "mql" == desk.stage("hot")
    assert "lead" == desk.crm.things["hot"].properties["stage"]
    assert ["entered", "went_live", "moved", "observed"] == desk.kinds("hot")
    assert desk.record("hot").care_since is None
    desk.crm.edit("lead", demo=_days_ago(desk))
    desk.tell_all()
    desk.settle()
    assert "lead" == desk.stage("lead")
    assert not desk.faults()


def test_going_live_again_shows_what_was_decided_and_starts_clocks(
    desk: TimedDesk,
) -> None:
    """The CRM is shown where the record stands, and a clock counts from then."""
    live(desk)
    observe(desk.app, desk.connected, actor="bob")
    desk.clock.advance(timedelta(days=3))

    live(desk)
    desk.settle()

    assert "mql" == desk.crm.things["hot"].properties["stage"]
    with desk.app.store.read() as view:
        clocks = view.clocks.of([desk.record("hot").record.id])
    [clock] = clocks[desk.record("hot").record.id]
    assert clock.ended_at is None
    assert clock.counts_from == desk.record("hot").care_since


def test_going_live_is_given_up_by_observing(desk: TimedDesk) -> None:
    """Some are live; all are observed again, and the batch is over."""
    live(desk, limit=3)

    done, _ = observe(desk.app, desk.connected, actor="bob")

    assert (3, True) == (done.done, done.ended)
    with desk.app.store.read() as view:
        assert (0, 9) == view.links.count_live("crm")
        first, second = view.batches.of("crm")
    assert "observe by bob came instead" == first.outcome
    assert "observed" == second.outcome


def test_an_object_that_is_back_is_observed_like_the_others(desk: TimedDesk) -> None:
    """It was deleted while the connection was live, and comes back later."""
    live(desk)
    desk.settle()
    gone = desk.crm.things["lead"]
    desk.crm.delete("lead")
    desk.tell_all()
    desk.settle()
    observe(desk.app, desk.connected, actor="bob")

    desk.crm.gone.pop("lead")
    desk.crm.things["lead"] = gone
    desk.crm.edit("lead", demo=_days_ago(desk))
    desk.tell_all()
    desk.settle()

    assert LinkStatus.ACTIVE is desk.link("lead")["row"].status  # type: ignore[attr-defined]
    assert "lead" == desk.stage("lead")
    assert desk.record("lead").care_since is None


@pytest.mark.parametrize("into", ["lead", "new one"], ids=["kept", "a new id"])
@pytest.mark.parametrize("live_one", ["lead", "hot"])
def test_a_merge_goes_on_as_what_any_of_them_was(
    open_desk: Open, live_one: str, into: str
) -> None:
    """One was live, the other observed: the survivor is acted on."""
    desk = open_desk()
    observing(desk.app)
    for name in ("lead", "hot"):
        desk.crm.create(name, stage="lead", email=f"{name}@old.example")
    desk.poll()
    desk.settle()
    with desk.app.store.begin() as work:
        [link] = work.links.get_many("crm", "contacts", [live_one]).values()
        work.links.save([replace(link, live_since=desk.clock.now())])
        work.commit()

    desk.tell(desk.crm.merge("lead", "hot", into))
    desk.settle()

    assert desk.record(into).care_since is not None
    assert desk.link(into)["row"].live_since is not None  # type: ignore[attr-defined]
    assert not desk.faults()


# -- two workflows, and who judges meanwhile -------------------------------------------


def test_news_that_were_judged_before_it_went_live_are_judged_again(
    desk: TimedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new object is planned as observed; meanwhile everything goes live."""
    from leadstate.service import advance as module

    desk.crm.create("late", stage="lead", demo=_days_ago(desk))
    desk.tell_all()
    plan = module.plan_inbound

    def slow(*args: object, **given: object) -> object:
        monkeypatch.setattr(module, "plan_inbound", plan)
        change = plan(*args, **given)  # type: ignore[arg-type]
        acting(desk.app)
        return change

    monkeypatch.setattr(module, "plan_inbound", slow)
    desk.settle()

    assert "mql" == desk.stage("late")
    assert desk.record("late").care_since is not None
