"""The first day on an account that nobody prepared: two years of leads, two CRMs.

It is observed first; then it goes live.  Judged by what the CRMs were asked for.
"""

from __future__ import annotations

import signal
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sales_crm import PIPELINE, STATUSES

from leadstate.domain.mode import ConnectionMode
from leadstate.service.failpoints import BATCH_POINTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Pair, Service, World

TWO_YEARS = timedelta(days=730)
LEADS = 16
STAGES = ("lead", "mql", "sal", "backlog", "sql", "nurture", "won", "lost")
OBSERVE = ConnectionMode.OBSERVE
PARTS = ("advance.before_commit", "advance.after_commit", *BATCH_POINTS)
LOOKING = (
    "poll.before_commit",
    "poll.after_commit",
    "advance.after_read",
    "advance.before_commit",
    "advance.after_commit",
)
WRITES = ("PATCH", "PUT", "DELETE")


def populate(both: Pair) -> None:
    """Let two years of work happen, some of it in sales' CRM."""
    pause = TWO_YEARS / LEADS / 2
    for number in range(LEADS):
        contact = both.create(job_role="director")
        let_pass(both, pause)
        stage = STAGES[number % len(STAGES)]
        if stage != "lead":
            both.drag(contact, stage)
        if stage in STATUSES and number % 3:
            deal(both, contact, stage if number % 2 else "sal")
        let_pass(both, pause)
    ripe = both.create(job_role="director")
    both.qualify(ripe)


def let_pass(both: Pair, span: timedelta) -> None:
    """Let time pass in both CRMs."""
    body = {"advance_seconds": span.total_seconds()}
    both.control("POST", "clock", body)
    both.sales.control("POST", "clock", body)


def deal(both: Pair, contact: str, stage: str) -> str:
    """Create the lead of a contact in sales' CRM, as a person there."""
    person = {"name": contact, "cf.EMAIL": [both.email(contact)]}
    made = both.sales.control(
        "POST", "create", {"object": "contacts", "properties": person}
    )
    body = {
        "object": "leads",
        "properties": {
            "name": contact,
            "pipeline_id": PIPELINE,
            "status_id": STATUSES[stage],
        },
        "associations": [{"object": "contacts", "id": made["id"]}],
    }
    found: str = both.sales.control("POST", "create", body)["id"]
    return found


@pytest.fixture(name="account")
def _account(open_pair: Callable[..., Pair]) -> Pair:
    """Both CRMs with two years of leads in all stages, and a fresh project."""
    began = datetime.now(tz=UTC) - TWO_YEARS  # noqa: TID251 - the people's clock
    options = ("--started-at-ms", str(int(began.timestamp() * 1000)))
    both = open_pair(mode=OBSERVE, sandbox_options=options)
    populate(both)
    return both


@pytest.fixture(name="observed")
def _observed(open_world: Callable[..., World]) -> World:
    """An account of a hundred leads, read and observed; some of them qualify."""
    found = open_world(records=100, mode=OBSERVE)
    for _ in range(3):
        found.qualify(found.create())
    found.call("run", "--once")
    return found


def changes(both: World) -> int:
    """Return how often HubSpot was asked to change something."""
    log = both.control("GET", "log?since=0&limit=10000")
    return sum(
        one["method"] in WRITES
        or (one["method"] == "POST" and not _only_reads(one["path"]))
        for one in log["entries"]
    )


def _only_reads(path: str) -> bool:
    return path.endswith(("/search", "/read")) or "_sandbox" in path or "oauth" in path


def test_an_account_with_two_years_of_past(account: Pair) -> None:
    """No clock, task or message is older than going live, and then both CRMs agree."""
    account.call("run", "--once")
    account.call("run", "--once")

    seen = account.data("status")
    assert LEADS + 1 == seen["totals"]["records"]
    assert {"observe"} == {one["mode"] for one in seen["connections"].values()}
    assert 0 == changes(account)
    assert not seen["outbox"]
    assert [] == account.ask("id FROM clock")
    assert [] == account.ask("id FROM timer")
    ahead = account.data("go-live", "hubspot", "--dry-run")["forecast"]
    assert 0 == changes(account)

    [[before]] = account.ask("max(learnt_at) FROM history")
    for name in ("hubspot", "amocrm"):
        assert account.data("go-live", name)["done"]["ended"]
    account.call("run", "--once")
    account.serve()
    account.settle()

    [[oldest]] = account.ask("min(coalesce(started_at, counts_from)) FROM clock")
    assert oldest > before
    assert [] == account.ask("id FROM clock WHERE breached_at IS NOT NULL")
    for kind in ("task", "message", "note"):
        rows = account.ask("payload FROM outbox WHERE kind = ?", kind)
        assert [] == rows
    moved = account.ask("count(*) FROM history WHERE kind = 'moved'")[0][0]
    assert sum(ahead["moves"].values()) <= moved
    assert 1 <= moved
    account.agree()


@pytest.mark.parametrize("point", LOOKING)
def test_a_kill_during_the_first_look_loses_and_does_nothing(
    open_world: Callable[..., World], point: str
) -> None:
    """It is read whole by the next run, each record once, and nothing is done."""
    one = open_world(records=60, mode=OBSERVE)
    dying = one.start("run", "--once", kill_at=point)
    assert -signal.SIGKILL == dying.ended(), dying.said
    one.call("run", "--once")

    assert [(60,)] == one.ask("count(*) FROM record WHERE care_since IS NULL")
    assert [(60,)] == one.ask("count(*) FROM history WHERE kind = 'entered'")
    assert [] == one.ask("id FROM outbox")
    assert one.data("status")["connections"]["hubspot"]["look"]["over"]


@pytest.mark.parametrize("passing", [1, 2])
@pytest.mark.parametrize("point", PARTS)
def test_a_kill_while_going_live_goes_on_and_does_nothing_twice(
    observed: World, point: str, passing: int
) -> None:
    """At every commit point: each record goes live once, and each move is made once."""
    dying = observed.start("go-live", "hubspot", kill_at=f"{point}:{passing}")
    died = dying.ended()
    assert died in (-signal.SIGKILL, 0), dying.said
    assert died == -signal.SIGKILL or passing > 1, dying.said
    # A dead one's lease would hold the next up for half a minute.
    observed.change("UPDATE batch SET leased_until = 0")
    observed.call("go-live", "hubspot")
    observed.call("run", "--once")

    assert lived_once(observed)
    observed.agree()


@pytest.mark.parametrize("point", PARTS)
def test_a_kill_while_observing_again_goes_on(observed: World, point: str) -> None:
    """In the end nothing is live, no clock runs, and nothing waits to be written."""
    observed.call("go-live", "hubspot")
    dying = observed.start("observe", "hubspot", kill_at=point)
    assert -signal.SIGKILL == dying.ended(), dying.said
    observed.change("UPDATE batch SET leased_until = 0")
    observed.call("observe", "hubspot")

    assert [] == observed.ask("external_id FROM link WHERE live_since IS NOT NULL")
    assert [] == observed.ask("id FROM record WHERE care_since IS NOT NULL")
    assert [] == observed.ask("id FROM clock WHERE ended_at IS NULL")
    assert [] == observed.ask("id FROM timer")
    assert [] == observed.ask("id FROM outbox WHERE state = 'pending'")
    observed.call("go-live", "hubspot")
    observed.call("run", "--once")
    observed.agree()


def test_going_live_beside_the_service(observed: World) -> None:
    """While it goes live the service runs, and people go on working in the CRM."""
    service: Service = observed.serve()
    going = observed.start("go-live", "hubspot")
    late = [observed.create() for _ in range(3)]
    for one in late:
        observed.qualify(one)
    assert 0 == going.ended(), going.said
    observed.until(lambda: all(map(observed.kinds, late)), "taken in")
    observed.settle(service)

    for one in late:
        assert "marketingqualifiedlead" == observed.stage(one)
    assert [] == observed.ask("id FROM record WHERE care_since IS NULL")
    observed.agree()


def lived_once(one: World) -> bool:
    """Say whether every record went live once, and moved and was written once."""
    records = one.ask("count(*) FROM record")[0][0]
    lives = one.ask(
        "count(*), count(DISTINCT record_id) FROM history WHERE kind='went_live'"
    )
    moves = one.ask(
        "count(*), count(DISTINCT record_id) FROM history WHERE kind='moved'"
    )
    writes = one.ask("count(*) FROM outbox WHERE kind = 'stage'")
    mode = one.ask("mode FROM connection_mode")
    told = one.ask("count(*) FROM history WHERE kind = 'mode'")
    return (
        lives == [(records, records)]
        and moves[0][0] == moves[0][1] == writes[0][0] >= 3
        and mode == [("live",)]
        and told == [(2,)]
    )
