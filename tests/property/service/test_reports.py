"""Every figure of the reports against two recounts that share no code with them."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from datetime import timedelta
from statistics import mean
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from any_sales import PASTS, PLAYED, RESTING, SCOPES, STEPS
from hypothesis import given
from hypothesis import strategies as st
from past_sales import LIFECYCLE, NOW, Stay, Told, tell

from leadstate.domain.lifecycle import StageKind
from leadstate.hours import compile_hours
from leadstate.service.reports.flow import flow
from leadstate.service.reports.funnel import funnel
from leadstate.service.reports.passes import passes
from leadstate.service.reports.results import By, Counting, PassEnd
from leadstate.service.reports.scope import Scope, selected
from leadstate.service.reports.stage_times import stage_times
from leadstate.service.reports.velocity import velocity
from leadstate.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from leadstate.service.reports.figures import Share, Spread
    from leadstate.service.reports.results import FunnelGroup
    from leadstate.store import Store
    from leadstate.store.reports.selection import Selection

KINDS = {one.name: one.kind for one in LIFECYCLE.stages.values()}
BERLIN = ZoneInfo("Europe/Berlin")
MICRO = timedelta(microseconds=1)

Trip = tuple[Told, list[Stay]]


@pytest.fixture(name="store", scope="module")
def _store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("reports") / "leadstate.db"
    store = open_store(f"sqlite:///{path}")
    yield store
    store.close()


# -- the same, counted by hand ---------------------------------------------------------


def wanted(stay: Stay, its: Selection) -> bool:
    """Whether a stay is one that the scope asks for."""
    return (
        (its.stages is None or stay.stage in its.stages)
        and (its.owner is None or stay.owner == its.owner)
        and (its.pass_number is None or stay.number == its.pass_number)
        and (its.version is None or stay.version.startswith(its.version))
    )


def looked_at(past: Iterable[Told], scope: Scope) -> list[Told]:
    """Return the records that are looked at: no merged ones, the values asked for."""
    found = []
    for told in past:
        source = str(told.values.get("source", "")).casefold()
        alike = scope.source is None or source == scope.source.casefold()
        same = scope.campaign in (None, told.values.get("campaign"))
        if alike and same and not told.merged:
            found.append(told)
    return found


def trips_of(past: Iterable[Told], scope: Scope, *, period: bool = False) -> list[Trip]:
    """Return the passes that a report counts, with the stays that it looks at."""
    its = selected(scope, LIFECYCLE, NOW)
    dated = its.since is not None or its.until is not None
    found: list[Trip] = []
    for told in looked_at(past, scope):
        numbers = {stay.number for stay in told.stays}
        for number in sorted(numbers):
            stays = [stay for stay in told.stays if stay.number == number]
            if period and dated:
                stays = [stay for stay in stays if within(stay.entered, its)]
            if not any(wanted(stay, its) for stay in stays):
                continue
            if dated and not period:
                began = begun(stays)
                if began is None or not within(began, its):
                    continue
            found.append((told, stays))
    return found


def within(moment: datetime | None, its: Selection) -> bool:
    """Whether a moment is known and lies in the time."""
    if moment is None:
        return False
    return (its.since is None or its.since <= moment) and (
        its.until is None or moment < its.until
    )


def begun(stays: Sequence[Stay]) -> datetime | None:
    """Return when a pass began: the first entry, if that of its first stay is known."""
    if stays[0].entered is None:
        return None
    return min(stay.entered for stay in stays if stay.entered is not None)


def furthest(stays: Sequence[Stay]) -> int:
    """Return how many steps were reached in any order."""
    return max((STEPS.index(s.stage) + 1 for s in stays if s.stage in STEPS), default=0)


def in_order(stays: Sequence[Stay]) -> int:
    """Return how many steps were entered in their order: the longest such beginning."""
    names = [stay.stage for stay in stays]
    done = 0
    for depth in range(1, len(STEPS) + 1):
        rest = iter(names)
        if all(step in rest for step in STEPS[:depth]):
            done = depth
    return done


def stands(told: Told, stays: Sequence[Stay]) -> PassEnd:
    """Return where a pass stands, by its last stay."""
    last = stays[-1]
    final = last.number == max(stay.number for stay in told.stays)
    if last.stage not in KINDS:
        return PassEnd.GONE
    if KINDS[last.stage] in (StageKind.WON, StageKind.LOST):
        return PassEnd(KINDS[last.stage].value)
    if final and told.status != "active":
        return PassEnd.GONE
    return PassEnd(KINDS[last.stage].value)


def check_group(found: FunnelGroup, trips: Sequence[Trip]) -> None:
    """Hold one group against the passes that are in it."""
    assert len(trips) == found.passes
    for place, step in enumerate(found.steps):
        assert STEPS[place] == step.stage
        entered = [one for one in trips if any(s.stage == step.stage for s in one[1])]
        assert len(entered) == step.entered
        assert sum(furthest(stays) > place for _, stays in trips) == step.reached
        assert sum(in_order(stays) > place for _, stays in trips) == step.strict
        here = [one for one in trips if furthest(one[1]) == place + 1]
        assert Counter(stands(*one) for one in here) == Counter(step.ended)
        for one in (step.from_start, step.strict_from_start):
            assert_share(one)
    none = [one for one in trips if furthest(one[1]) == 0]
    assert Counter(stands(*one) for one in none) == Counter(found.before)
    counts = [step.reached for step in found.steps]
    assert sorted(counts, reverse=True) == counts
    every = [sum(one.ended.values()) for one in found.steps]
    assert sum(every) + sum(found.before.values()) == found.passes


def assert_share(found: Share) -> None:
    """No share is over 1, and its interval holds it."""
    assert (found.share is None) == (found.of == 0)
    if found.share is not None and found.interval is not None:
        assert 0 <= found.interval.low <= found.share <= found.interval.high <= 1


def check_spread(found: Spread, lengths: Sequence[timedelta]) -> None:
    """Hold a spread against the lengths themselves, by way of numpy."""
    import numpy as np

    micros = sorted(one // MICRO for one in lengths)
    assert len(micros) == found.n
    if not micros:
        assert found.median is found.mean is found.p90 is found.max is None
        return
    assert found.median is not None
    assert found.mean is not None
    assert found.p90 is not None
    assert abs(float(np.median(micros)) - found.median / MICRO) <= 1
    assert abs(float(np.percentile(micros, 90)) - found.p90 / MICRO) <= 1
    assert abs(mean(micros) - found.mean / MICRO) <= 1
    assert micros[-1] * MICRO == found.max


def keyed(trip: Trip, by: By) -> str | None:
    """Return which group a pass is in."""
    told, stays = trip
    match by:
        case By.SOURCE:
            said = told.values.get("source")
            return None if said is None else str(said).casefold()
        case By.CAMPAIGN:
            return told.values.get("campaign")  # type: ignore[return-value]
        case By.OWNER:
            return next((s.owner for s in reversed(stays) if s.owner), None)
        case By.PASS:
            return str(stays[0].number)
        case _:
            began = begun(stays)
            return began.astimezone(BERLIN).strftime("%Y-%m") if began else None


# -- the properties --------------------------------------------------------------------


@PLAYED
@given(past=PASTS, scope=SCOPES, counting=st.sampled_from(Counting))
def test_a_funnel_is_what_a_recount_finds(
    store: Store, past: tuple[Told, ...], scope: Scope, counting: Counting
) -> None:
    """Steps in any order and strict, who stands where, and nobody over 100 %."""
    tell(store, past)
    period = counting is Counting.PERIOD

    with store.read() as view:
        found = funnel(view, LIFECYCLE, scope, NOW, counting=counting)

    trips = trips_of(past, scope, period=period)
    check_group(found.total, trips)
    outside = Counter(
        stage for _, its in trips for stage in {s.stage for s in its} - set(KINDS)
    )
    assert outside == Counter(found.outside)
    its = selected(scope, LIFECYCLE, NOW)
    if its.since is None and its.until is None:
        assert found.unknown_start == 0
    elif period:
        stays = [s for told in looked_at(past, scope) for s in told.stays]
        unknown = [s for s in stays if s.entered is None and wanted(s, its)]
        assert len(unknown) == found.unknown_start
    else:
        undated = Scope(
            team=scope.team,
            owner=scope.owner,
            source=scope.source,
            campaign=scope.campaign,
            pass_number=scope.pass_number,
            version=scope.version,
        )
        every = trips_of(past, undated)
        assert sum(begun(s) is None for _, s in every) == found.unknown_start


@PLAYED
@given(past=PASTS, scope=SCOPES, by=st.sampled_from(By))
def test_groups_are_the_same_passes_split(
    store: Store, past: tuple[Told, ...], scope: Scope, by: By
) -> None:
    """Each group is what a recount of it finds, and no pass is in two."""
    tell(store, past)

    with store.read() as view:
        found = funnel(view, LIFECYCLE, scope, NOW, by=by)

    if by is By.TEAM:
        split = [step for group in found.groups for step in group.steps]
        assert sorted(found.total.steps, key=str) == sorted(split, key=str)
        return
    parts: defaultdict[str | None, list[Trip]] = defaultdict(list)
    for trip in trips_of(past, scope):
        parts[keyed(trip, by)].append(trip)
    groups = {one.key and one.key.casefold(): one for one in found.groups}
    assert parts.keys() == groups.keys()
    for key, trips in parts.items():
        check_group(groups[key], trips)


@PLAYED
@given(past=PASTS, scope=SCOPES)
def test_times_in_stages_are_what_a_recount_finds(
    store: Store, past: tuple[Told, ...], scope: Scope
) -> None:
    """On the wall and in business time; open and unknown ones apart."""
    tell(store, past)

    with store.read() as view:
        found = stage_times(view, LIFECYCLE, scope, NOW)

    its = selected(scope, LIFECYCLE, NOW)
    stays = [s for told in looked_at(past, scope) for s in told.stays]
    stays = [stay for stay in stays if wanted(stay, its)]
    hours = compile_hours(LIFECYCLE.calendars["office"])
    rows = {one.stage: one for one in found.stages}
    seen = {s.stage for s in stays} - {"won", "lost"}
    assert seen <= rows.keys()
    for name, row in rows.items():
        mine = [stay for stay in stays if stay.stage == name]
        ended = [s for s in mine if not s.open and _is_in(s.left, its)]
        known = [(s.entered, s.left) for s in ended if s.entered and s.left]
        check_spread(row.elapsed, [left - entered for entered, left in known])
        assert len(ended) - len(known) == row.unknown
        going = [s.entered for s in mine if s.open]
        since = [one for one in going if one is not None]
        assert (len(going), len(going) - len(since)) == (row.open, row.open_unknown)
        check_spread(row.open_elapsed, [NOW - one for one in since])
        assert (row.team == "sales") == (row.business is not None)
        if row.business is not None and row.open_business is not None:
            check_spread(row.business, [hours.elapsed(*one) for one in known])
            check_spread(row.open_business, [hours.elapsed(s, NOW) for s in since])


def _is_in(left: datetime | None, its: Selection) -> bool:
    return left is None or within(left, its)


@PLAYED
@given(past=PASTS, scope=SCOPES)
def test_velocity_is_what_a_recount_finds(
    store: Store, past: tuple[Told, ...], scope: Scope
) -> None:
    """Won, lost, cycles and value, by month and on the whole."""
    tell(store, past)

    with store.read() as view:
        found = velocity(view, LIFECYCLE, scope, NOW)

    its = selected(scope, LIFECYCLE, NOW)
    free = Scope(
        team=scope.team,
        owner=scope.owner,
        source=scope.source,
        campaign=scope.campaign,
        pass_number=scope.pass_number,
        version=scope.version,
    )
    months: defaultdict[str | None, list[tuple[Told, list[Stay], bool]]]
    months = defaultdict(list)
    for told, stays in trips_of(past, free):
        wins = [stay for stay in stays if stay.stage == "won"]
        if not wins and stays[-1].stage != "lost":
            continue
        times = [s.entered for s in wins or stays if s.stage in ("won", "lost")]
        known = [one for one in times if one is not None]
        at = (min(known) if wins else max(known)) if known else None
        if at is None:
            months[None].append((told, stays, bool(wins)))
        elif within(at, its):
            key = at.astimezone(BERLIN).strftime("%Y-%m")
            months[key].append((told, stays, bool(wins)))
    undated = months.pop(None, [])
    assert len(undated) == found.undated
    rows = {one.key: one for one in found.months}
    assert months.keys() <= rows.keys()
    assert len(rows) == len(found.months)
    for key, row in rows.items():
        _check_velocity(row, months[key])
    dated = its.since is not None or its.until is not None
    every = [one for each in months.values() for one in each]
    _check_velocity(found.total, every if dated else [*every, *undated])


def _check_velocity(row, trips) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    won = [(told, stays) for told, stays, is_won in trips if is_won]
    cycles = []
    for _, stays in won:
        began = begun(stays)
        times = [s.entered for s in stays if s.stage == "won" and s.entered]
        if began is not None and times and stays[0].stage != "won":
            cycles.append(min(times) - began)
    values = [told.values["budget"] for told, _ in won if "budget" in told.values]
    assert (len(won), len(trips) - len(won)) == (row.won, row.lost)
    check_spread(row.cycle, cycles)
    assert len(won) - len(cycles) == row.unknown
    assert (mean(values) if values else None) == pytest.approx(row.value)
    if values and row.cycle.median:
        days = row.cycle.median / timedelta(days=1)
        decided = len(trips) * (len(won) / len(trips))
        assert decided * mean(values) / days == pytest.approx(row.per_day)
    else:
        assert row.per_day is None


@PLAYED
@given(past=PASTS, scope=SCOPES)
def test_the_flow_is_what_a_recount_finds(
    store: Store, past: tuple[Told, ...], scope: Scope
) -> None:
    """Every move, with its wait and its gap; what goes in comes out or stays."""
    tell(store, past)

    with store.read() as view:
        found = flow(view, LIFECYCLE, scope, NOW)

    its = selected(scope, LIFECYCLE, NOW)
    dated = its.since is not None or its.until is not None
    moves = [
        one
        for told in looked_at(past, scope)
        for one in moves_of(told)
        if wanted(one[0], its)
    ]
    undated = [one for one in moves if one[3] is None]
    counted = [one for one in moves if within(one[3], its) or not (dated or one[3])]
    edges = {(one.source, one.target): one for one in found.edges}
    assert {(source, target) for _, source, target, *_ in counted} == edges.keys()
    assert (len(undated) if dated else 0) == found.undated
    for (source, target), edge in edges.items():
        mine = [one for one in counted if one[1:3] == (source, target)]
        assert len(mine) == edge.moves
        check_spread(edge.wait, [one[4] for one in mine if one[4] is not None])
        assert sum(one[5] for one in mine) == edge.gaps
        check_spread(edge.gap, [one[6] for one in mine if one[6] is not None])


def moves_of(told: Told) -> Iterator[tuple]:  # type: ignore[type-arg]
    """Yield the stay asked of, from, to, when, the wait, whether a gap, and its length.

    Beginnings come from None, endings go to None.
    """
    first = told.stays[0]
    yield first, None, first.stage, first.entered, None, False, None
    for stay, after in zip(told.stays, (*told.stays[1:], None), strict=True):
        if after is None and stay.open:
            return
        both = stay.entered is not None and stay.left is not None
        wait = stay.left - stay.entered if both else None  # type: ignore[operator]
        at = after.entered if after is not None and after.entered else stay.left
        gap = bool(
            after is not None
            and after.entered is not None
            and (stay.left is None or stay.left < after.entered)
        )
        known = gap and stay.left is not None
        length = after.entered - stay.left if known else None  # type: ignore[operator,union-attr]
        yield stay, stay.stage, after.stage if after else None, at, wait, gap, length


@PLAYED
@given(past=PASTS)
def test_what_goes_into_a_stage_comes_out_or_stays(
    store: Store, past: tuple[Told, ...]
) -> None:
    """Without a filter, moves in less moves out are the open stays of each stage."""
    tell(store, past)

    with store.read() as view:
        edges = flow(view, LIFECYCLE, Scope(), NOW).edges

    balance: Counter[str | None] = Counter()
    for edge in edges:
        balance[edge.target] += edge.moves
        balance[edge.source] -= edge.moves
    del balance[None]
    kept = [told.stays[-1].stage for told in past if told.stays[-1].open]
    assert +balance == Counter(kept)


@PLAYED
@given(past=PASTS, scope=SCOPES)
def test_passes_are_what_a_recount_finds(
    store: Store, past: tuple[Told, ...], scope: Scope
) -> None:
    """Records, steps, ends and lengths of first, second and third passes."""
    tell(store, past)

    with store.read() as view:
        found = passes(view, LIFECYCLE, scope, NOW)

    parts: defaultdict[int, list[Trip]] = defaultdict(list)
    for trip in trips_of(past, scope):
        parts[trip[1][0].number].append(trip)
    assert sorted(parts) == [row.number for row in found.rows]
    for row in found.rows:
        mine = parts[row.number]
        assert len(mine) == len({told.id for told, _ in mine}) == row.records
        for place, step in enumerate(row.steps):
            assert sum(furthest(stays) > place for _, stays in mine) == step.reached
            assert_share(step.share)
        assert Counter(stands(*one) for one in mine) == Counter(row.ended)
        assert sum(any(s.stage == "won" for s in one) for _, one in mine) == (
            row.won.hits
        )
        over = [stays for _, stays in mine if stays[-1].stage in RESTING]
        lengths = []
        for stays in over:
            began, ended = begun(stays), stays[-1].entered
            if began is not None and ended is not None and len(stays) > 1:
                lengths.append(max(s.entered for s in stays if s.entered) - began)
        check_spread(row.length, lengths)
        assert len(over) - len(lengths) == row.unknown


# -- and once more, in SQL of another kind ---------------------------------------------

STRICT = """
    WITH one AS (SELECT DISTINCT record_id, pass_number FROM visit
                 WHERE record_id NOT IN (SELECT record_id FROM link))
    SELECT count(*) FROM one WHERE EXISTS (
        SELECT 1 FROM visit a JOIN visit b JOIN visit c
        WHERE a.record_id = one.record_id AND a.pass_number = one.pass_number
          AND b.record_id = one.record_id AND b.pass_number = one.pass_number
          AND c.record_id = one.record_id AND c.pass_number = one.pass_number
          AND a.stage = 'lead' AND b.stage = 'mql' AND c.stage = 'sal'
          AND a.id < b.id AND b.id < c.id)
    """
ANY = """
    SELECT count(DISTINCT record_id || '/' || pass_number) FROM visit
    WHERE stage IN ('sal', 'sql', 'won')
      AND record_id NOT IN (SELECT record_id FROM link)
    """
MEDIAN = """
    WITH known AS (
        SELECT left_at - entered_at AS took FROM visit
        WHERE stage = 'mql' AND left_at IS NOT NULL AND entered_at IS NOT NULL
          AND record_id NOT IN (SELECT record_id FROM link)),
    ranked AS (SELECT took, (SELECT count(*) FROM known o WHERE o.took < k.took) AS low,
        (SELECT count(*) FROM known o WHERE o.took <= k.took) AS high,
        (SELECT count(*) FROM known) AS n FROM known k)
    SELECT avg(DISTINCT took) FROM ranked
    WHERE low <= n / 2 AND high > (n - 1) / 2
    """
FROM_TO = """
    SELECT a.stage, b.stage, count(*) FROM visit a JOIN visit b
    ON b.record_id = a.record_id AND b.id = (
        SELECT min(id) FROM visit c WHERE c.record_id = a.record_id AND c.id > a.id)
    WHERE a.record_id NOT IN (SELECT record_id FROM link)
    GROUP BY 1, 2
    """


@PLAYED
@given(past=PASTS)
def test_plain_sql_agrees(store: Store, past: tuple[Told, ...]) -> None:
    """Joins and subqueries of sqlite3 itself find the same numbers."""
    tell(store, past)
    plain = sqlite3.connect(store.path)
    strict, any_order = (plain.execute(one).fetchone()[0] for one in (STRICT, ANY))
    median = plain.execute(MEDIAN).fetchone()[0]
    moves = {(one, to): count for one, to, count in plain.execute(FROM_TO)}
    plain.close()

    with store.read() as view:
        steps = funnel(view, LIFECYCLE, Scope(), NOW).total.steps
        times = stage_times(view, LIFECYCLE, Scope(), NOW).stages
        edges = flow(view, LIFECYCLE, Scope(), NOW).edges

    assert (strict, any_order) == (steps[2].strict, steps[2].reached)
    (mql,) = (one for one in times if one.stage == "mql")
    assert (median is None) == (mql.elapsed.median is None)
    if mql.elapsed.median is not None:
        assert abs(median - mql.elapsed.median / MICRO) <= 1
    inner = {(e.source, e.target): e.moves for e in edges if e.source and e.target}
    assert moves == inner
