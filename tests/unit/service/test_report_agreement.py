"""SLAs kept, reasons, refusals: what is counted, and what is said about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from reported_leads import LIFECYCLE, VERSIONS, Lead, Stay, at, way
from sqlalchemy import update

from leadstate.definition.workflow import load_workflow_text
from leadstate.domain.clock import Pause, SlaClock
from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.domain.people import People
from leadstate.errors import UsageError
from leadstate.service.reports.agreements import Restated, Way
from leadstate.service.reports.cost import cost
from leadstate.service.reports.reasons import reasons
from leadstate.service.reports.refusals import refused
from leadstate.service.reports.scope import Scope, selected
from leadstate.service.reports.sla import sla
from leadstate.service.reports.ways import HandOff, hand_offs, way_of
from leadstate.service.timers.slas import DelayKind, summary
from leadstate.store import LinkRow, LinkStatus
from leadstate.store.schema import record

if TYPE_CHECKING:
    from collections.abc import Callable

    from office_hours import TimedDesk

    from leadstate.store import Store

NOW = at(100)
HOUR = timedelta(hours=1)


def clock(record: str, **given: object) -> SlaClock:
    """Return an SLA of mql that was met after two hours."""
    columns = {
        "sla": "accept",
        "stage": "mql",
        "stage_version": 1,
        "team": "marketing",
        "owner": "ann",
        "entered_at": at(0),
        "started_at": at(0),
        "ended_at": at(0) + 2 * HOUR,
        "used": 2 * HOUR,
    }
    return SlaClock(record_id=record, **(columns | given))  # type: ignore[arg-type]


# -- SLAs ------------------------------------------------------------------------------


def test_open_slas_are_those_of_the_list(timed: TimedDesk) -> None:
    """What `leadstate sla summary` counts as open and broken, the report does, too."""
    for name in ("one", "two", "three"):
        timed.interested(name)
    timed.accepted("four")
    timed.later(hours=30)
    told = summary(timed.app)
    with timed.app.store.read() as view:
        found = sla(view, timed.app.lifecycle, Scope(), timed.now)

    assert sum(one.open for one in told) == found.total.running + found.total.late
    assert sum(one.breached for one in told) == found.total.late > 0


def test_system_delay_and_human_delay_are_told_apart(
    tell: Callable[..., Store],
) -> None:
    """An SLA to assign is the system's; one that starts then is a person's."""
    store = tell(
        Lead(id="r1", stays=way(("sal", 0))),
        clocks=[
            clock("r1", sla="routing", stage="sal", team="sales", used=HOUR),
            clock("r1", sla="touch", stage="sal", team="sales", used=3 * HOUR),
        ],
    )
    with store.read() as view:
        found = sla(view, LIFECYCLE, Scope(), NOW)

    assert [
        (DelayKind.SYSTEM, "routing", HOUR),
        (DelayKind.HUMAN, "touch", 3 * HOUR),
    ] == [(one.kind, one.sla, one.used.median) for one in found.delays]


def test_pauses_count_each_moment_once(tell: Callable[..., Store]) -> None:
    """Two pauses overlap and one began before the clock: half of two hours."""
    still = (
        Pause(at(0) - HOUR, at(0) + HOUR / 2),
        Pause(at(0) + HOUR, at(0) + 1.4 * HOUR),
        Pause(at(0) + 1.2 * HOUR, at(0) + 1.5 * HOUR),
    )
    store = tell(
        Lead(id="r1", stays=way(("mql", 0))), clocks=[clock("r1", pauses=still)]
    )
    with store.read() as view:
        found = sla(view, LIFECYCLE, Scope(), NOW).total

    assert (1, pytest.approx(0.5)) == (found.pauses, found.paused)


@pytest.mark.parametrize(
    ("scope", "met"),
    [
        (Scope(), 2),
        (Scope(team="marketing"), 1),
        (Scope(owner="BOB"), 1),
        (Scope(pass_number=2), 1),
        (Scope(source="Fair"), 1),
        (Scope(version="bb"), 1),
        (Scope(since=at(0.05), until=at(0.09)), 1),
    ],
    ids=["all", "team", "owner", "pass", "source", "version", "time"],
)
def test_slas_are_narrowed_by_every_filter(
    tell: Callable[..., Store], scope: Scope, met: int
) -> None:
    """By team and owner of the clock, by pass, by record, by the stay's version."""
    stay = Stay(stage="sal", entered=0, ended=False, version=VERSIONS[1])
    store = tell(
        Lead(id="r1", stays=way(("mql", 0))),
        Lead(id="r2", stays=[stay], values={"source": "fair"}),
        clocks=[
            clock("r1", ended_at=at(0.02)),
            clock("r2", stage="sal", team="sales", owner="bob", pass_number=2),
        ],
    )
    with store.read() as view:
        found = sla(view, LIFECYCLE, scope, NOW)

    assert met == found.total.met


def test_verdicts_can_be_judged_by_the_calendars_of_today(
    tell: Callable[..., Store],
) -> None:
    """An SLA that is longer now is met, a shorter one broken; nothing is kept."""
    late = clock("r1", ended_at=at(0) + 9 * HOUR, used=9 * HOUR, breached_at=at(0.3))
    store = tell(
        Lead(id="r1", stays=way(("lead", 0))),
        Lead(id="r2", stays=way(("lead", 0))),
        clocks=[
            replace(late, stage="lead", sla="look", fired=frozenset({"breach"})),
            clock("r2", stage="lead", sla="look"),
        ],
    )
    told: list[tuple[int, int, Restated | None]] = []
    for within in ("8h", "10h", "1h"):
        lifecycle = load_workflow_text(_with_look(within))
        with store.read() as view:
            found = sla(view, lifecycle, Scope(), NOW, restate=People())
        told.append((found.total.met, found.total.missed, found.restated))

    assert [
        (1, 1, Restated(judged=2, changed=0, now_met=0, now_missed=0)),
        (2, 0, Restated(judged=2, changed=1, now_met=1, now_missed=0)),
        (0, 2, Restated(judged=2, changed=1, now_met=0, now_missed=1)),
    ] == told
    with store.read() as view:
        assert sla(view, LIFECYCLE, Scope(), NOW).restated is None


def _with_look(within: str) -> str:
    from reported_leads import WORKFLOW

    return WORKFLOW.replace("look: {within: 8h", f"look: {{within: {within}")


def test_restating_narrows_and_keeps_to_the_time(tell: Callable[..., Store]) -> None:
    """Clocks outside the scope are read for the others, and not counted."""
    store = tell(
        Lead(id="r1", stays=way(("mql", 0))),
        clocks=[clock("r1"), clock("r1", stage_version=2, owner="bob")],
    )
    with store.read() as view:
        mine = sla(view, LIFECYCLE, Scope(owner="bob"), NOW, restate=People())
        never = sla(view, LIFECYCLE, Scope(since=at(50)), NOW, restate=People())

    assert (1, 1) == (mine.total.met, mine.restated and mine.restated.judged)
    assert (0, 0) == (never.total.met, never.restated and never.restated.judged)


# -- ways and hand-offs ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("lead", "mql", Way.ONWARD),
        ("mql", "sql", Way.ONWARD),
        ("sal", "mql", Way.BACK),
        ("mql", "nurture", Way.PARKED),
        ("sql", "won", Way.ONWARD),
        ("sql", "lost", Way.LOST),
        ("nurture", "lead", None),
        ("lead", None, None),
        ("gone", "lead", None),
        ("lead", "gone", None),
        ("lead", "lead", None),
    ],
)
def test_a_move_leads_onward_back_aside_or_out(
    source: str, target: str | None, expected: Way | None
) -> None:
    """By the order of the file and the kind of the stage."""
    assert expected is way_of(LIFECYCLE, source, target)


def test_a_hand_off_is_where_another_team_goes_on() -> None:
    """Marketing's MQL waits for sales; nothing else changes hands onward."""
    assert (HandOff("mql", "marketing", "sales"),) == hand_offs(LIFECYCLE)


# -- reasons ---------------------------------------------------------------------------


def test_a_trend_is_told_when_there_is_a_time_before(
    tell: Callable[..., Store],
) -> None:
    """Two of four accepted now, three of four before; the change has an interval."""
    leads = [
        Lead(stays=way(("mql", 0), (stage, day), reason="other"))
        for day, stages in ((15, "nsns"), (5, "sssn"))
        for stage in ({"n": "nurture", "s": "sal"}[one] for one in stages)
    ]
    with tell(*leads).read() as view:
        [found] = reasons(
            view, LIFECYCLE, Scope(since=at(10), until=at(20)), NOW
        ).acceptance
        [ever] = reasons(view, LIFECYCLE, Scope(), NOW).acceptance
        [team] = reasons(view, LIFECYCLE, Scope(team="marketing"), NOW).acceptance
        none = reasons(view, LIFECYCLE, Scope(team="sales"), NOW).acceptance

    assert found.before is not None
    assert found.change is not None
    assert (0.5, 0.75) == (found.share.share, found.before.share)
    assert found.change.low < -0.25 < found.change.high
    assert (5, 3, None, None) == (
        ever.accepted,
        ever.refused,
        ever.before,
        ever.change,
    )
    assert ever == team
    assert () == none


def test_a_lead_that_was_first_seen_behind_its_reported_past_moved_on(
    tell: Callable[..., Store],
) -> None:
    """A stay may end with the row that says where the record was first seen."""
    stays = [
        Stay(stage="mql", entered=0, left=1, kind=HistoryKind.ENTERED),
        Stay(stage="sal", entered=1, ended=False),
    ]
    gone = [Stay(stage="mql", entered=0, left=1, kind=HistoryKind.CLOSED)]
    with tell(Lead(stays=stays), Lead(stays=gone)).read() as view:
        [found] = reasons(view, LIFECYCLE, Scope(), NOW).acceptance

    assert (1, 0) == (found.accepted, found.refused)


def test_of_a_merged_lead_one_record_counts(tell: Callable[..., Store]) -> None:
    """The record that a CRM merged into another is no second lead."""
    store = tell(*(Lead(id=one, stays=way(("mql", 0), ("sal", 1))) for one in "ab"))
    link = LinkRow(
        connection="crm",
        object="contacts",
        external_id="1",
        record_id="a",
        seen_at=NOW,
        status=LinkStatus.MERGED,
    )
    with store.begin() as work:
        work.links.save([link])
        work.connection.execute(
            update(record).where(record.c.id == "a").values(status="closed")
        )
        work.commit()
    with store.read() as view:
        [found] = reasons(view, LIFECYCLE, Scope(), NOW).acceptance
        days = Scope(since=date(2026, 1, 1), until=date(2026, 2, 1))
        money = cost(view, LIFECYCLE, days, NOW, [])

    assert (1, 1) == (found.accepted, money.sources[0].leads)


def test_stays_that_ended_nobody_knows_when_are_told(
    tell: Callable[..., Store],
) -> None:
    """They are in no row, and not silently left out."""
    stays = [
        Stay(stage="mql", entered=0, left=None, via="recycle"),
        Stay(stage="nurture", entered=None, ended=False),
    ]
    with tell(Lead(stays=stays)).read() as view:
        found = reasons(view, LIFECYCLE, Scope(), NOW)

    assert ((), 1) == (found.rows, found.unknown)


def test_a_time_that_has_not_begun_has_no_time_before(
    tell: Callable[..., Store],
) -> None:
    """Nothing is held against nothing."""
    with tell(Lead(stays=way(("mql", 0)))).read() as view:
        found = reasons(view, LIFECYCLE, Scope(since=at(200)), NOW)
        with pytest.raises(UsageError, match="there is no pass 0"):
            reasons(view, LIFECYCLE, Scope(pass_number=0), NOW)

    assert found.before is None


# -- refusals --------------------------------------------------------------------------


def no(record: str, day: float, **given: object) -> HistoryEntry:
    """Return a refused move."""
    guard = {
        "kind": "all",
        "status": "missing",
        "label": "all of",
        "parts": [
            {"kind": "criterion", "status": "missing", "label": "Budget",
             "criterion": "budget", "parts": []},
            {"kind": "test", "status": "unmet", "label": "Need", "field": "need"},
            {"kind": "test", "status": "met", "label": "Size", "field": "size"},
            {"kind": "any", "status": "unmet", "label": "any of", "parts": [
                {"kind": "test", "status": "unmet", "label": "Need", "field": "need"}]},
        ],
    }  # fmt: skip
    columns = {
        "kind": HistoryKind.REFUSED,
        "cause": Cause.MANUAL,
        "actor": "ann",
        "happened_at": at(day),
        "learnt_at": at(day),
        "from_stage": "sal",
        "to_stage": "sql",
        "transition": "confirm",
        "receipt": {
            "refusal": "guard",
            "candidates": [{"transition": "confirm", "guard": guard}, {"guard": None}],
        },
    }
    return HistoryEntry(record_id=record, **(columns | given))  # type: ignore[arg-type]


def test_what_refused_moves_lacked_is_counted_once_a_move(
    tell: Callable[..., Store],
) -> None:
    """By transition and criterion, with how it came out."""
    rows = [
        no("r1", 1),
        no("r1", 2),
        no("r1", 3, kind=HistoryKind.REVERTED, receipt={}, transition=None),
        no("r1", 4, kind=HistoryKind.APPROVAL_ASKED),
    ]
    store = tell(Lead(id="r1", stays=way(("sal", 0))), entries=rows)
    with store.read() as view:
        found = refused(view, selected(Scope(), LIFECYCLE, NOW))

    assert (2, 1, 2) == (found.manual, found.reverted, found.examined)
    assert (("confirm", "guard", 2), ("(none)", "unknown", 1)) == found.causes
    assert [
        ("confirm", "budget", "Budget", "missing", 2),
        ("confirm", "need", "Need", "unmet", 2),
    ] == [
        (one.transition, one.criterion, one.label, one.status, one.count)
        for one in found.criteria
    ]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Scope(), 2),
        (Scope(since=at(1.5)), 1),
        (Scope(team="sales"), 2),
        (Scope(team="marketing"), 0),
        (Scope(owner="ann"), 2),
        (Scope(owner="bob"), 0),
        (Scope(pass_number=2), 0),
        (Scope(version="cc"), 1),
        (Scope(source="ads"), 2),
        (Scope(source="fair"), 0),
    ],
    ids=["all", "time", "team", "other team", "owner", "other owner", "pass",
         "version", "source", "other source"],
)  # fmt: skip
def test_refusals_are_narrowed_by_every_filter(
    tell: Callable[..., Store], scope: Scope, expected: int
) -> None:
    """Whose the record was when the move was refused, and where it stood."""
    store = tell(
        Lead(id="r1", stays=way(("sal", 0), owner="ann"), values={"source": "Ads"}),
        entries=[no("r1", 1), no("r1", 2, workflow_version="c" * 64)],
    )
    with store.read() as view:
        found = refused(view, selected(scope, LIFECYCLE, NOW))

    assert expected == found.manual == sum(one[2] for one in found.causes)


def test_only_so_many_receipts_are_read_the_newest_first(
    tell: Callable[..., Store],
) -> None:
    """The counts stay whole, and the report says how many were examined."""
    rows = [no("r1", day, transition=f"t{day:03}") for day in range(9)]
    store = tell(Lead(id="r1", stays=way(("sal", 0))), entries=rows)
    with store.read() as view:
        found = refused(view, selected(Scope(), LIFECYCLE, NOW), most=3)

    assert (9, 3) == (found.manual, found.examined)
    assert ["t006", "t007", "t008"] == sorted(one[0] for one in found.causes)
