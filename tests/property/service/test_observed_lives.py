"""Whatever happens in an observed account, nothing is done; going live is foretold."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from modes import observing
from office_hours import open_timed

from leadstate.domain.history import HistoryKind
from leadstate.service.batches.forecast import forecast
from leadstate.service.batches.going_live import go_live
from leadstate.service.timers.reclock import reclock
from leadstate.service.timers.sweep import sweep
from leadstate.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from office_hours import TimedDesk

STAGES = ("lead", "mql", "sal", "sql", "nurture", "backlog", "won", "lost")
LEADS = ("1", "2", "3")
DEED = st.one_of(
    st.tuples(st.just("drag"), st.sampled_from(LEADS), st.sampled_from(STAGES)),
    st.tuples(st.just("need"), st.sampled_from(LEADS), st.sampled_from(["", "a CRM"])),
    st.tuples(st.just("budget"), st.sampled_from(LEADS), st.sampled_from(["5", "900"])),
    st.tuples(st.just("demo"), st.sampled_from(LEADS), st.just("")),
    st.tuples(st.just("call"), st.sampled_from(LEADS), st.just("")),
    st.tuples(st.just("hours"), st.just(""), st.sampled_from(["1", "30", "900"])),
)


@pytest.fixture(name="template", scope="module")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("observed") / "template.db"
    open_store(f"sqlite:///{path}").close()
    return path


def do(desk: TimedDesk, deed: tuple[str, str, str]) -> None:
    """Let something happen: in the CRM, or the time pass."""
    what, lead, how = deed
    now = desk.clock.now().isoformat()
    match what:
        case "drag":
            desk.drag(lead, how)
        case "need" | "budget":
            desk.crm.edit(lead, **{what: how})
        case "demo" | "call":
            desk.crm.edit(lead, **{"demo" if what == "demo" else "called": now})
        case _:
            desk.clock.advance(timedelta(hours=int(how)))


def taken_in(desk: TimedDesk, since: int) -> int:
    """Hear of all that happened, and work until nothing is left."""
    desk.tell_all(since)
    desk.settle()
    while reclock(desk.app):
        pass
    sweep(desk.app)
    desk.settle()
    return len(desk.crm.told)


def moves(desk: TimedDesk, *, outside: bool) -> Counter[str]:
    """Return the moves by transition: those that people made in the CRM, or ours."""
    return Counter(
        one.transition or "(outside)"
        for lead in LEADS
        for one in desk.history(lead)
        if one.kind is HistoryKind.MOVED and (one.cause == "outside") is outside
    )


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(DEED, max_size=14), st.integers(1, 3))
def test_nothing_is_done_before_and_what_was_foretold_after(
    template: Path, deeds: list[tuple[str, str, str]], heard_every: int
) -> None:
    """No write, message, clock or move of ours; then the moves of the forecast."""
    path = shutil.copy(template, template.with_name(f"{uuid4().hex}.db"))
    desk = open_timed(path)
    observing(desk.app)
    heard = 0
    for lead in LEADS:
        desk.crm.create(lead, stage="lead", email=f"{lead}@x.example")
    desk.poll()
    for number, deed in enumerate(deeds):
        do(desk, deed)
        if not number % heard_every:
            heard = taken_in(desk, heard)
    taken_in(desk, heard)

    with desk.app.store.read() as view:
        assert {} == view.outbox.counts()
        assert 0 == view.timers.count()
        assert [] == view.clocks.listing()
    assert not moves(desk, outside=False)
    for lead in LEADS:
        assert desk.stage(lead) == desk.crm.things[lead].properties["stage"]

    ahead, before = forecast(desk.app, desk.connected), desk.clock.now()
    assert go_live(desk.app, desk.connected, actor="ann").ended
    while sweep(desk.app):
        desk.advance()

    assert moves(desk, outside=False) == Counter(dict(ahead.moves))
    with desk.app.store.read() as view:
        clocks = view.clocks.listing()
        assert all((one.counts_from or before) >= before for one in clocks)
        assert not [one for one in clocks if one.breached_at is not None]
    assert [] == desk.faults()
    desk.app.close()
