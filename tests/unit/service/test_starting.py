"""A record of one workflow starts one in another: once, whole, and told by both."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from started_deals import CONTACTS, DEALS, Deals, open_deals

from leadstate.domain.history import Cause, HistoryKind
from leadstate.errors import VersionConflict
from leadstate.service.advance import advance
from leadstate.service.commands.planner import plan_command
from leadstate.service.commit import commit
from leadstate.service.dead_letters import letters, replay
from leadstate.service.erase import erase, wanted_record
from leadstate.service.records import show
from leadstate.service.reports.funnel import funnel
from leadstate.service.reports.scope import Scope
from leadstate.service.starts import Kin
from leadstate.service.timers.sweep import sweep
from leadstate.store import InboxState, RecordStatus, StartRequest, open_store
from leadstate.testing import FrozenClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from leadstate.service.app import App
    from leadstate.store import InboxRow

NEW = "start: {workflow: deals, stage: new}"


def _row(desk: Deals) -> InboxRow:
    """Return the inbox row of the contact's start."""
    with desk.deals.app.store.read() as view:
        found = view.inbox.by_key(f"start:{_contact(desk)}:deals:1")
    assert found is not None
    return found


def _contact(desk: Deals) -> str:
    return desk.contacts.record("c1").record.id


def _forget(app: App, record_id: str) -> None:
    erase(app, wanted_record(app, record_id), actor="ann")


@pytest.fixture(name="empty", scope="session")
def _empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("deals") / "empty.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture(name="opened")
def _opened(empty: Path, tmp_path: Path) -> Iterator[Callable[..., Deals]]:
    """A function that opens both workflows on one database, again and again."""
    path, clock = shutil.copy(empty, tmp_path / "deals.db"), FrozenClock()
    found: list[Deals] = []

    def opened(
        contacts: str = CONTACTS, deals: str = DEALS, *, fits: bool = True
    ) -> Deals:
        found.append(open_deals(path, contacts, deals, clock=clock, fits=fits))
        return found[-1]

    yield opened
    for one in found:
        one.close()


@pytest.fixture(name="desk")
def _desk(opened: Callable[..., Deals]) -> Deals:
    """Both workflows, with one contact that is a lead."""
    desk = opened()
    desk.known()
    return desk


# -- what begins -----------------------------------------------------------------------


def test_a_contact_that_becomes_sql_opens_a_deal(desk: Deals) -> None:
    """With the values that both have alike, in the stage that is named."""
    desk.drag("sql")
    desk.deals.advance()

    [deal] = desk.started()
    row = desk.deal(deal)
    assert ("deals", "new", RecordStatus.ACTIVE) == (
        row.workflow,
        row.record.stage,
        row.status,
    )
    assert row.record.values == {
        "email": "ada@example.com",
        "amount": 500.0,
        "size": "small",
        "hot": True,  # set by entering
    }
    assert [] == desk.contacts.faults()


def test_only_the_fields_that_are_named_are_copied(
    opened: Callable[..., Deals],
) -> None:
    """And kept in the inbox."""
    desk = opened(CONTACTS.replace(NEW, f"{NEW[:-1]}, copy: [amount]}}"))
    desk.known()
    desk.drag("sql")

    asked = _row(desk).payload
    assert isinstance(asked, StartRequest)
    assert ({"amount": 500.0}, {"amount": "money"}) == (asked.values, asked.types)
    desk.deals.advance()
    assert {"amount", "hot"} == {*desk.deal(desk.started()[0]).record.values}


def test_the_values_are_those_of_the_moment_of_the_start(desk: Deals) -> None:
    """Whatever is edited before the deal is made, and afterwards."""
    desk.drag("sql")
    desk.contacts.tell(*desk.contacts.crm.edit("c1", amount="9"))
    desk.contacts.advance()
    desk.deals.advance()

    assert 500.0 == desk.deal(desk.started()[0]).record.values["amount"]


def test_an_option_that_the_other_workflow_lacks_is_left_out(desk: Deals) -> None:
    """What does not fit is not alike."""
    desk.contacts.tell(*desk.contacts.crm.edit("c1", size="large"))
    desk.drag("sql")
    desk.deals.advance()

    assert "size" not in desk.deal(desk.started()[0]).record.values


def test_a_named_field_that_is_gone_from_the_other_workflow_is_told(
    opened: Callable[..., Deals],
) -> None:
    """The record begins without it, and its history says so."""
    named = CONTACTS.replace(NEW, f"{NEW[:-1]}, copy: [amount, email]}}")
    desk = opened(named)
    desk.known()
    desk.drag("sql")
    changed = DEALS.replace("amount: money", "amount: integer")
    desk = opened(named, changed, fits=False)

    desk.deals.advance()

    [deal] = desk.started()
    [entered, *_] = desk.history(deal)
    assert "amount" not in desk.deal(deal).record.values
    assert entered.note.endswith("; amount cannot be copied")


def test_a_deal_begins_as_if_it_had_moved_there(desk: Deals) -> None:
    """When the other one came there; its SLA runs from when it is there itself."""
    desk.drag("sql")
    moved = desk.contacts.history("c1")[-1].happened_at
    desk.clock.advance(timedelta(hours=1))
    desk.work()

    [deal] = desk.started()
    assert moved is not None
    made = desk.history(deal)[0].learnt_at
    assert timedelta(hours=1) <= made - moved
    with desk.deals.app.store.read() as view:
        [clock] = view.clocks.of([deal])[deal]
        [link] = view.links.of_records([deal])[deal]
        [visit] = view.visits.of(deal)
    assert (made, made + timedelta(hours=4)) == (clock.started_at, clock.due_at)
    assert ("new", moved) == (visit.stage, visit.entered_at)
    [thing] = desk.deals.crm.things.values()
    assert link.external_id == thing.id
    assert {"person": "ada@example.com", "worth": "500", "step": "1"} == {
        name: thing.properties[name] for name in ("person", "worth", "step")
    }


def test_a_deal_counts_in_the_funnel_of_its_own_workflow(desk: Deals) -> None:
    """Where it entered; the contact is none of it."""
    desk.drag("sql")
    desk.deals.advance()
    app, now = desk.deals.app, desk.clock.now()

    with app.store.read() as view:
        found = funnel(view, app.lifecycle, Scope(), now)

    assert [("new", 1), ("talks", 0), ("won", 0)] == [
        (one.stage, one.entered) for one in found.total.steps
    ]


def test_a_deal_whose_sla_is_broken_is_for_a_person(desk: Deals) -> None:
    """Its timers are armed by its start."""
    desk.drag("sql")
    desk.work()
    desk.clock.advance(timedelta(hours=4))

    sweep(desk.deals.app)
    desk.deals.advance()

    [deal] = desk.started()
    assert [HistoryKind.BREACHED, HistoryKind.ESCALATED] == [
        one.kind for one in desk.history(deal)[-2:]
    ]


def test_one_process_works_on_both_workflows(desk: Deals) -> None:
    """The round after that of the contact opens its deal."""
    both = desk.contacts.app, desk.deals.app
    desk.contacts.tell(*desk.contacts.crm.edit("c1", stage="sql"))

    assert [1, 1, 0] == [advance(*both).decided for _ in range(3)]
    assert 1 == len(desk.started())


# -- once ------------------------------------------------------------------------------


def test_a_pass_starts_one_record(desk: Deals) -> None:
    """Coming back into the stage in the same pass starts nothing more."""
    for stage in ("sql", "lead", "sql"):
        desk.drag(stage)
        desk.deals.advance()

    assert 1 == len(desk.started())


def test_the_next_pass_starts_the_next_record(desk: Deals) -> None:
    """A lead that was recycled comes back."""
    for stage in ("sql", "nurture", "sql"):
        desk.drag(stage)
        desk.deals.advance()

    assert [1, 2] == [one.pass_number for one in desk.told()]
    assert 2 == len({*desk.started()})


def test_a_start_is_made_once_however_long_ago_that_was(desk: Deals) -> None:
    """The inbox forgets its keys after a month; the history does not."""
    desk.drag("sql")
    desk.deals.advance()
    with desk.deals.app.store.begin() as work:
        assert work.inbox.purge(desk.clock.now() + timedelta(days=1))
        work.commit()
    desk.drag("lead")
    desk.drag("sql")

    assert 1 == desk.deals.advance().decided
    assert 1 == len(desk.started())


def test_a_start_that_two_processes_judge_is_made_once(desk: Deals) -> None:
    """Whoever commits second finds the row settled, and changes nothing."""
    desk.drag("sql")
    app, now, row = desk.deals.app, desk.clock.now(), _row(desk)
    first, second = plan_command(app, row, now), plan_command(app, row, now)

    commit(app.store, [first], now)
    with pytest.raises(VersionConflict):
        commit(app.store, [second], now)

    assert 1 == len(desk.started())
    assert [] == desk.contacts.faults()


# -- told by both ----------------------------------------------------------------------


def test_both_histories_tell_of_the_start(desk: Deals) -> None:
    """Each names the other record."""
    contact = desk.contacts.record("c1").record.id
    desk.drag("sql")
    desk.deals.advance()

    [told] = desk.told()
    [deal] = desk.started()
    assert (told.kind, told.note, told.source, told.from_stage, told.receipt) == (
        HistoryKind.STARTED,
        f"started deals record {deal} in new",
        "deals",
        "sql",
        {"started": deal},
    )
    assert desk.contacts.app.lifecycle.version == told.workflow_version
    [entered] = desk.history(deal)
    assert (entered.kind, entered.cause, entered.note, entered.source) == (
        HistoryKind.ENTERED,
        Cause.STARTED,
        f"started by contacts record {contact}",
        "contacts",
    )
    assert f"start:{contact}:deals:1" == told.source_event == entered.source_event
    assert desk.deals.app.lifecycle.version == entered.workflow_version


def test_both_records_show_each_other(desk: Deals) -> None:
    """The one that started, and the ones that were started."""
    contact = desk.contacts.record("c1").record.id
    desk.drag("sql")
    desk.deals.advance()

    [deal] = desk.started()
    left = show(desk.contacts.app, contact)
    right = show(desk.deals.app, deal)
    assert (None, (Kin("deals", deal),)) == (left.started_by, left.started)
    assert (Kin("contacts", contact), ()) == (right.started_by, right.started)


# -- what cannot begin -----------------------------------------------------------------


def test_a_stage_that_is_gone_is_a_dead_letter_that_says_what_to_do(
    opened: Callable[..., Deals], desk: Deals
) -> None:
    """And the start is made once the stage is there again."""
    desk.drag("sql")
    fresh = DEALS.replace("  new:", "  fresh:").replace("from: new", "from: fresh")
    renamed = opened(deals=fresh, fits=False)
    renamed.deals.advance()

    [letter] = letters(renamed.deals.app)
    assert letter.detail == (
        "SkipRecord: contacts starts a record of deals in stage 'new', which deals "
        "does not have any more (it has: fresh, talks, won).  Declare the stage again "
        "and replay this letter; and correct `start` in contacts for the records to "
        "come"
    )
    assert [] == desk.started()
    replay(desk.deals.app, letter.id)
    desk.deals.advance()
    assert 1 == len(desk.started())


def test_a_start_waits_while_the_other_workflow_is_away(desk: Deals) -> None:
    """However long; nothing of it is lost."""
    desk.drag("sql")
    for _ in range(3):
        desk.contacts.advance()
        desk.clock.advance(timedelta(days=20))

    assert [] == desk.contacts.letters()
    desk.deals.advance()
    assert 1 == len(desk.started())


# -- people who are forgotten ----------------------------------------------------------


def test_nothing_is_started_for_somebody_who_was_forgotten(desk: Deals) -> None:
    """The start that waits is gone with the person."""
    desk.drag("sql")
    _forget(desk.contacts.app, _contact(desk))

    desk.deals.advance()

    assert [] == desk.told()
    assert (InboxState.DONE, StartRequest()) == (_row(desk).state, _row(desk).payload)


def test_a_start_that_is_judged_after_its_person_was_forgotten_starts_nothing(
    desk: Deals,
) -> None:
    """Neither does one that a replay brings back."""
    desk.drag("sql")
    _forget(desk.contacts.app, _contact(desk))
    with desk.deals.app.store.begin() as work:
        work.inbox.settle([_row(desk).id], InboxState.DEAD, desk.clock.now())
        work.inbox.reopen([_row(desk).id], desk.clock.now())
        work.commit()

    desk.deals.advance()

    assert ([], []) == (desk.told(), desk.deals.letters())


def test_a_settled_start_holds_nothing_of_somebody_who_was_forgotten(
    desk: Deals,
) -> None:
    """Neither of the person who started, nor of the one who was started."""
    desk.drag("sql")
    desk.deals.advance()
    [deal], contact = desk.started(), _contact(desk)

    _forget(desk.contacts.app, contact)

    assert StartRequest() == _row(desk).payload
    assert Kin("contacts", contact) == show(desk.deals.app, deal).started_by
    assert (Kin("deals", ""),) == show(desk.contacts.app, contact).started


def test_a_start_holds_no_values_of_a_deal_whose_person_was_forgotten(
    desk: Deals,
) -> None:
    """Though the contact is there still: each record is forgotten on its own."""
    desk.drag("sql")
    desk.deals.advance()

    _forget(desk.deals.app, desk.started()[0])

    asked = _row(desk).payload
    assert isinstance(asked, StartRequest)
    assert ("new", {}) == (asked.stage, asked.values)
