"""Open clocks: the soonest due first, whose they are, and who kept a lead waiting."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sales_floor import names

from leadstate.domain.clock import ClockState, SlaClock
from leadstate.errors import UsageError
from leadstate.service.timers.slas import (
    DelayKind,
    SlaStatus,
    delays,
    open_slas,
    slas_of,
    summary,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from office_hours import TimedDesk

    from leadstate.service.timers.slas import Answering

ALL = [
    ("unowned", "routing"),
    ("late", "first_touch"),
    ("fresh", "look"),
    ("pending", "decide"),
    ("unowned", "first_touch"),
    ("waits", "first_touch"),
]


def named(desk: TimedDesk, found: Sequence[SlaStatus]) -> list[tuple[str, str]]:
    """Return lead and SLA of each clock, in order."""
    known = names(desk)
    return [(known[one.clock.record_id], one.clock.sla) for one in found]


def minutes(length: timedelta | None) -> int | None:
    """Return a length in minutes; the milliseconds between two edits do not count."""
    return None if length is None else round(length / timedelta(minutes=1))


def of(desk: TimedDesk, name: str) -> tuple[SlaStatus, ...]:
    """Return every clock of a lead."""
    return slas_of(desk.app, desk.record(name).record.id)


def strange(desk: TimedDesk, name: str, **given: object) -> None:
    """Keep a clock of an SLA that the workflow does not make."""
    clock = SlaClock(
        record_id=desk.record(name).record.id,
        stage_version=9,
        **({"sla": "old", "stage": "mql", "started_at": desk.now} | given),  # type: ignore[arg-type]
    )
    with desk.app.store.begin() as work:
        work.clocks.save([clock])
        work.commit()


def test_the_soonest_due_comes_first(full: TimedDesk) -> None:
    """Those over their time before all, those that nothing makes due at the end."""
    assert ALL == named(full, open_slas(full.app))


def test_used_and_left_are_business_time(full: TimedDesk) -> None:
    """Evenings do not count for the office; what is over its time is below zero."""
    found = open_slas(full.app)

    assert [
        (ClockState.BREACHED, 60, 359, -299),
        (ClockState.BREACHED, 240, 329, -89),
        (ClockState.RUNNING, 480, 419, 61),
        (ClockState.RUNNING, 960, 90, 870),
        (ClockState.WAITING, 240, 0, 240),
        (ClockState.PAUSED, 240, 60, 180),
    ] == [
        (one.clock.state, minutes(one.within), minutes(one.used), minutes(one.left))
        for one in found
    ]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"team": "sales"}, ALL[3:4]),
        ({"team": "control"}, []),
        ({"owner": "ann"}, [ALL[1], ALL[3], ALL[5]]),
        ({"owner": "Ann"}, [ALL[1], ALL[3], ALL[5]]),
        ({"owner": "nobody"}, []),
        ({"stage": "mql"}, [ALL[0], ALL[1], ALL[4], ALL[5]]),
        ({"sla": "first_touch"}, [ALL[1], ALL[4], ALL[5]]),
        ({"breached": True}, ALL[:2]),
        ({"paused": True}, ALL[5:]),
        ({"due_within": timedelta(minutes=60)}, ALL[:2]),
        ({"due_within": timedelta(minutes=62)}, ALL[:3]),
        ({"owner": "ann", "breached": True, "stage": "mql"}, ALL[1:2]),
        ({"limit": 3}, ALL[:3]),
    ],
    ids=str,
)
def test_clocks_are_narrowed_by_what_people_ask(
    full: TimedDesk, asked: dict[str, object], expected: list[tuple[str, str]]
) -> None:
    """Each alone, and several together; the limit keeps the soonest."""
    assert expected == named(full, open_slas(full.app, **asked))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            {"stage": "mqll"},
            (
                "there is no stage 'mqll'; "
                "known: lead, mql, sal, nurture, backlog, asleep, won, lost"
            ),
        ),
        (
            {"sla": "touch"},
            "there is no SLA 'touch'; known: look, routing, first_touch, decide",
        ),
        (
            {"team": "sale"},
            "there is no team 'sale'; known: marketing, sales, control",
        ),
    ],
    ids=["stage", "sla", "team"],
)
def test_what_the_workflow_does_not_know_is_told(
    floor: TimedDesk, asked: dict[str, str], message: str
) -> None:
    """With what it does know."""
    with pytest.raises(UsageError) as told:
        open_slas(floor.app, **asked)  # type: ignore[arg-type]

    assert message == str(told.value)


def test_more_clocks_than_a_page_are_all_looked_at(floor: TimedDesk) -> None:
    """The soonest may be the one that was made last."""
    floor.fresh("fresh")
    record = floor.record("fresh").record.id
    many = [
        SlaClock(
            record_id=record,
            sla="look",
            stage="lead",
            stage_version=100 + number,
            started_at=floor.now,
            due_at=floor.now + timedelta(hours=3_000 - number),
        )
        for number in range(2_001)
    ]
    with floor.app.store.begin() as work:
        work.clocks.save(many)
        work.commit()

    found = open_slas(floor.app, limit=3_000)

    assert found[:3] == open_slas(floor.app, limit=3)
    assert 2_002 == len(found)
    assert [0, 2_100, 2_099] == [one.clock.stage_version for one in found[:3]]
    assert 2_002 == sum(one.open for one in summary(floor.app))


def test_an_sla_that_was_taken_back_has_no_time(full: TimedDesk) -> None:
    """Its clock is shown as long as it is open; nobody knows what counts."""
    strange(full, "late")
    strange(full, "late", sla="older", stage="gone")

    found = [one for one in open_slas(full.app) if one.sla is None]

    assert ["old", "older"] == [one.clock.sla for one in found]
    assert [(None, None, None)] * 2 == [
        (one.within, one.used, one.left) for one in found
    ]
    assert 2 == len(delays(of(full, "late")))


def test_clocks_are_counted_by_team_and_owner(full: TimedDesk) -> None:
    """What is due next is not what is over already."""
    found = summary(full.app)

    def shown(one: Answering) -> tuple[str | None, str | None, int, int, int]:
        return one.team, one.owner, one.open, one.breached, one.paused

    assert [
        ("marketing", None, 3, 1, 0),
        ("marketing", "ann", 2, 1, 1),
        ("sales", "ann", 1, 0, 0),
    ] == [shown(one) for one in found]
    soon, nothing, thursday = (one.next_due for one in found)
    assert soon is not None
    assert thursday is not None
    assert nothing is None
    assert 61 == minutes(soon - full.now)
    assert (12, 14, 30) == (thursday.day, thursday.hour, thursday.minute)


def test_a_floor_without_leads_has_no_clocks(floor: TimedDesk) -> None:
    """Nothing is made up."""
    assert [] == open_slas(floor.app)
    assert [] == summary(floor.app)


def test_clocks_that_ended_keep_what_they_used(full: TimedDesk) -> None:
    """However long ago it was."""
    full.later(days=3)

    found = of(full, "called")

    assert [
        ("look", ClockState.MET, 60),
        ("routing", ClockState.MET, 30),
        ("first_touch", ClockState.MET, 60),
    ] == [(one.clock.sla, one.clock.state, minutes(one.used)) for one in found]


def test_waiting_for_an_owner_is_not_the_owners_delay(full: TimedDesk) -> None:
    """The one ends where the other begins; both are business time."""
    called, late, unowned = (
        delays(of(full, name)) for name in ("called", "late", "unowned")
    )

    assert [
        (DelayKind.SYSTEM, "assigned", 30, False),
        (DelayKind.HUMAN, "called", 60, False),
    ] == [(one.kind, one.until, minutes(one.used), one.lasts) for one in called]
    assert [(DelayKind.SYSTEM, 30, False), (DelayKind.HUMAN, 329, True)] == [
        (one.kind, minutes(one.used), one.lasts) for one in late
    ]
    assert [(DelayKind.SYSTEM, "mql", "routing", 359, True)] == [
        (one.kind, one.stage, one.sla, minutes(one.used), one.lasts) for one in unowned
    ]


def test_a_lead_that_ended_has_no_known_delay(full: TimedDesk) -> None:
    """Nobody kept or broke the SLA."""
    full.tell(full.crm.delete("unowned"))
    record = next(
        one.clock.record_id
        for one in open_slas(full.app, sla="routing")
        if one.clock.owner is None
    )
    full.work()

    [delay] = delays(slas_of(full.app, record))

    assert (DelayKind.SYSTEM, None, False) == (delay.kind, delay.used, delay.lasts)
