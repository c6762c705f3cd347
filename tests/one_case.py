"""A lifecycle in which much is done, and cases of it, for the machine alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from leadstate.definition import load_workflow_text
from leadstate.domain.effect import Moved
from leadstate.domain.people import People, Person
from leadstate.domain.record import Record
from leadstate.engine.case import Case
from leadstate.engine.consequences import run
from leadstate.engine.draft import CaseDraft
from leadstate.engine.moving import make_move
from leadstate.engine.rota import Rota

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadstate.domain.decision import Move
    from leadstate.domain.lifecycle import Lifecycle
    from leadstate.domain.signal import Signal
    from leadstate.engine.case import Consequences

__all__ = ["LIFECYCLE", "NOON", "PEOPLE", "case_of", "moved_by", "ran", "those"]

_Effect = TypeVar("_Effect")
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
LIFECYCLE = load_workflow_text("""\
workflow: one_case
timezone: Europe/Berlin
teams: {marketing: {calendar: always}, sales: {calendar: always}, heads: {}}
reasons: {timing: Not now, other: Something else}
fields:
  email: {type: email, identity: true, personal: true}
  first_name: text
  budget: {type: money, by: [heads]}
  need: text
  waiting: boolean
  rep: owner
stages:
  lead: {owner: marketing, initial: true}
  mql:
    label: MQL
    owner: marketing
    on_enter:
      - assign: sales
      - task: {text: "Call {first_name}", due: 2h}
      - note: "{missing} by {actor}: {reason}"
      - notify: {channel: chat, subject: New, text: "{stage} from {from_stage}"}
      - call: {name: page, what: "{record}"}
    sla:
      accept:
        within: 4h
        calendar: always
        until: called
        warn_at: 50%
        pause: waiting is true
        then: escalate
  sal: {owner: sales, on_enter: [escalate, {set: {need: more}}]}
  nurture: {kind: parked, on_enter: {escalate: heads}, wake: {after: 1 day, to: lead}}
  won: {kind: won}
transitions:
  qualify: {from: lead, to: mql, automatic: true, when: need is known}
  accept: {from: mql, to: sal, by: [sales], when: budget >= 100, outside: revert}
  skip: {from: lead, to: sal, when: budget >= 100, outside: flag}
  park: {from: [lead, mql, sal], to: nurture, reason: timing}
  win: {from: sal, to: won, approval: heads}
""")
SALES = frozenset({"sales"})
PEOPLE = People(
    {
        "ann": Person(name="ann", label="Ann Smith", roles=SALES),
        "bob": Person(name="bob", roles=SALES),
        "hal": Person(name="hal", roles=frozenset({"heads"})),
    }
)


def case_of(stage: str, **values: object) -> Case:
    """Return a record that has been in a stage since noon, with the given values."""
    record = Record(
        id="r",
        stage=stage,
        stage_version=3,
        entered_at=NOON,
        values=values,  # type: ignore[arg-type]
    )
    return Case(record=record, since=NOON, rota=Rota(people=PEOPLE))


def ran(case: Case, *signals: Signal, now: datetime = NOON) -> Consequences:
    """Return what signals bring about."""
    return run(LIFECYCLE, case, signals, now=now)


def those(found: Consequences | Iterable[object], kind: type[_Effect]) -> list[_Effect]:
    """Return the effects of one kind, in order."""
    effects = getattr(found, "effects", found)
    return [one for one in effects if isinstance(one, kind)]


def moved_by(
    lifecycle: Lifecycle,
    record: Record,
    move: Move,
    signal: Signal,
    *,
    now: datetime = NOON,
) -> tuple[Record, tuple[Moved, ...]]:
    """Return the record behind a move, and the steps as the history tells them."""
    draft = CaseDraft.of(lifecycle, Case(record=record, since=now), now)
    make_move(draft, move, signal)
    return draft.record, tuple(one for one in draft.effects if isinstance(one, Moved))
