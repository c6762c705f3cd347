"""How the installation stands: counts, queues, what waits for a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from leadstate.domain.history import HistoryKind
from leadstate.service.audit.standing import standing
from leadstate.service.modes import standings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leadstate.service.app import App
    from leadstate.service.audit.standing import Standing
    from leadstate.service.modes import ConnectionStanding
    from leadstate.store import RecordRow, View

__all__ = [
    "LATE",
    "MOST_COUNTED",
    "InstallationStatus",
    "Times",
    "Totals",
    "status",
    "totals",
]

LATE: Final = timedelta(minutes=1)
"""A timer that waits longer than this was not fired: nothing looks for due ones."""

MOST_COUNTED: Final = 10_000
"""Late timers are counted up to here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """What waits for a moment, and for people.

    Attributes:
        clocks: Open clocks, the breached ones too.
        breached: Open clocks over their time.
        next_timer: When the next timer is due, or None when there is none.
        late_timers: Timers due for longer than `LATE`, up to `MOST_COUNTED`.
        approvals: Moves that wait for somebody's agreement.
    """

    clocks: int
    breached: int
    next_timer: datetime | None
    late_timers: int
    approvals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationStatus:
    """Where everything stands now."""

    workflow: str
    version: str
    stages: Mapping[str, int]
    inbox: Mapping[str, int]
    outbox: Mapping[str, int]
    links: Mapping[str, Mapping[str, int]]
    flagged: tuple[RecordRow, ...]
    dead_letters: int
    times: Times
    history: Standing
    faults: tuple[str, ...]
    forgotten: int = 0
    connections: Mapping[str, ConnectionStanding] = field(default_factory=dict)


def status(app: App, *, check: bool = False) -> InstallationStatus:
    """Return where everything stands; ``check`` also proves the database intact."""
    with app.store.read() as view:
        counted = view.records.count_by_stage()
        return InstallationStatus(
            workflow=app.lifecycle.name,
            version=app.lifecycle.version,
            stages={stage: counted.get(stage, 0) for stage in app.lifecycle.stages}
            | {
                stage: n
                for stage, n in counted.items()
                if stage not in app.lifecycle.stages
            },
            inbox=view.inbox.counts(),
            outbox=view.outbox.counts(),
            links={name: view.links.counts(name) for name in app.connections},
            flagged=tuple(view.records.list(app.lifecycle.fields, flagged=True)),
            dead_letters=view.dead_letters.count(),
            times=_times(view, app.clock.now()),
            forgotten=view.forgotten.count(),
            connections=standings(view, app.clock.now()),
            history=standing(view, app.clock.now()),
            faults=tuple(app.store.integrity()) if check else (),
        )


def _times(view: View, now: datetime) -> Times:
    counts = view.clocks.counts()
    return Times(
        clocks=sum(one.open for one in counts),
        breached=sum(one.breached for one in counts),
        next_timer=view.timers.next_due(),
        late_timers=len(view.timers.due(now - LATE, MOST_COUNTED)),
        approvals=view.approvals.count_pending(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What happened since the beginning, counted from the store.

    Attributes:
        signals: Inbox rows that were judged; echoes are counted apart.
        moves: Moves by transition; ``(outside)`` for those along no transition.
        refusals: Asked-for moves that were not made, by hand or by the CRM.
        outside_moves: Moves made in the CRM, by answer.
    """

    records: int
    signals: int
    moves: Mapping[str, int]
    refusals: int
    outside_moves: Mapping[str, int]
    echoes: int
    dead_letters: int


def totals(app: App) -> Totals:
    """Count what happened."""
    with app.store.read() as view:
        rows = view.history.counts()
        inbox = view.inbox.counts()
        stages = view.records.count_by_stage()
        letters = view.dead_letters.count()
    moves: dict[str, int] = {}
    outside = {"accept": 0, "flag": 0, "revert": 0}
    refusals = 0
    for (transition, kind, answer), number in rows.items():
        if kind == HistoryKind.MOVED:
            name = transition or "(outside)"
            moves[name] = moves.get(name, 0) + number
        if kind in (HistoryKind.REFUSED, HistoryKind.CRM_REFUSED):
            refusals += number
        if answer:
            outside[answer] = outside.get(answer, 0) + number
    return Totals(
        records=sum(stages.values()),
        signals=inbox.get("done", 0),
        moves=dict(sorted(moves.items())),
        refusals=refusals,
        outside_moves=outside,
        echoes=inbox.get("echo", 0),
        dead_letters=letters,
    )
