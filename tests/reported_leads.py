"""A past that is told lead by lead and written straight into the tables.

Reports are held against what was told, which nobody read from a database.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import insert

from leadstate.definition.workflow import load_workflow_text
from leadstate.domain.history import Cause, HistoryEntry, HistoryKind
from leadstate.domain.lifecycle import StageKind
from leadstate.domain.record import Record
from leadstate.domain.values import coerce
from leadstate.guards.facts import folded
from leadstate.store import NewRecord, open_store
from leadstate.store.schema import visit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from leadstate.domain.clock import SlaClock
    from leadstate.store import Store, Work

WORKFLOW = """\
workflow: told
timezone: Europe/Berlin
teams: {marketing: {calendar: always}, sales: {calendar: office}}
reasons: {timing: Not now, price: Too dear, other: Something else}
fields:
  email: {type: email, personal: true}
  size: {type: integer, label: Company size}
  role: {type: choice, options: [owner, director]}
  budget: {type: money, label: Budget}
  need: {type: text, label: Need}
  source: text
  campaign: text
  rep: owner
scores:
  fit:
    - {points: 25, when: size >= 50}
    - {points: 15, when: "role in [owner, director]"}
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: 09:00-17:00}}
stages:
  lead:
    owner: marketing
    initial: true
    sla: {look: {within: 8h, calendar: always, then: escalate}}
  mql:
    owner: marketing
    sla: {accept: {within: 8h, calendar: office, then: escalate}}
  sal:
    owner: sales
    sla:
      routing: {within: 1h, calendar: always, until: assigned, then: escalate}
      touch:
        {within: 4h, calendar: always, start: assigned, until: called, then: escalate}
  sql: {owner: sales}
  nurture: {owner: marketing, kind: parked, wake: {after: 30 days, to: lead}}
  won: {owner: sales, kind: won}
  lost: {kind: lost}
transitions:
  qualify: {from: lead, to: mql, automatic: true, when: score.fit >= 40}
  accept: {from: mql, to: sal, by: [sales]}
  confirm: {from: sal, to: sql, when: {at_least: 2, of: [need is known,
            budget >= 100, size > 10]}}
  send_back: {from: sal, to: mql, by: [sales], reason: [timing, other]}
  recycle: {from: [lead, mql, sal], to: nurture, reason: [timing, other]}
  reawaken: {from: nurture, to: lead}
  win: {from: sql, to: won, by: [sales]}
  lose: {from: any open, to: lost, reason: [price, other]}
"""
LIFECYCLE = load_workflow_text(WORKFLOW)
START = datetime(2026, 1, 5, 11, tzinfo=UTC)  # a Monday noon in Berlin
VERSIONS = ("a" * 64, "b" * 64)


def at(days: float) -> datetime:
    """Return a moment so many days after the start."""
    return START + timedelta(days=days)


@dataclass(frozen=True, kw_only=True)
class Stay:
    """One stay of a lead.

    Attributes:
        entered: Days after the start; None when nobody knows.
        left: The same; None while it goes on (see ``ended``).
        ended: It ended, though nobody may know when.
        via: The transition along which it was left; None for a move in the CRM.
        kind: What the row says that ended it.
    """

    stage: str
    entered: float | None
    left: float | None = None
    ended: bool = True
    via: str | None = None
    reason: str | None = None
    owner: str | None = None
    pass_number: int = 1
    version: str = VERSIONS[0]
    kind: HistoryKind = HistoryKind.MOVED


@dataclass(frozen=True, kw_only=True)
class Lead:
    """A lead and its stays, in order; the last one goes on unless it ended."""

    stays: Sequence[Stay]
    values: dict[str, object] = field(default_factory=dict)
    id: str = field(default_factory=lambda: uuid4().hex)


def way(*steps: tuple[str, float], **given: object) -> tuple[Stay, ...]:
    """Return the stays of a lead that was in these stages from these days on.

    The last step stays open.
    """
    common: dict[str, object] = {"owner": given.get("owner")}
    stays = []
    number = 1
    for place, (stage, entered) in enumerate(steps):
        before = steps[place - 1][0] if place else stage
        number += _comes_back(before, stage)
        later = steps[place + 1] if place + 1 < len(steps) else None
        via = None if later is None else _transition(stage, later[0])
        stays.append(
            Stay(
                stage=stage,
                entered=entered,
                left=None if later is None else later[1],
                ended=later is not None,
                via=via,
                reason=given.get("reason") if _needs_reason(via) else None,  # type: ignore[arg-type]
                pass_number=number,
                **common,  # type: ignore[arg-type]
            )
        )
    return tuple(stays)


def _comes_back(before: str, stage: str) -> bool:
    kinds = LIFECYCLE.stages[before].kind, LIFECYCLE.stages[stage].kind
    return kinds[0] is not StageKind.OPEN and kinds[1] is StageKind.OPEN


def _transition(source: str, target: str) -> str | None:
    found = (
        one.name
        for one in LIFECYCLE.transitions.values()
        if source in one.sources and one.target == target
    )
    return next(found, None)


def _needs_reason(via: str | None) -> bool:
    return via is not None and bool(LIFECYCLE.transitions[via].reasons)


def tell(
    store: Store,
    leads: Sequence[Lead],
    *,
    clocks: Sequence[SlaClock] = (),
    entries: Sequence[HistoryEntry] = (),
) -> None:
    """Write a past, all in one commit."""
    with store.begin() as work:
        work.records.add([_new(lead) for lead in leads])
        for lead in leads:
            _stays(work, lead)
        work.clocks.save(list(clocks))
        work.history.append(list(entries))
        work.commit()


def _new(lead: Lead) -> NewRecord:
    fields = LIFECYCLE.fields
    typed = {
        name: coerce(value, fields[name].type, fields[name].options)
        for name, value in lead.values.items()
    }
    known = {name: value for name, value in typed.items() if value is not None}
    last = lead.stays[-1]
    owner = known.get("rep")
    return NewRecord(
        record=Record(
            id=lead.id,
            stage=last.stage,
            pass_number=last.pass_number,
            stage_version=len(lead.stays) - 1,
            entered_at=None if last.entered is None else at(last.entered),
            workflow_version=last.version,
            values=known,
        ),
        workflow="told",
        created_at=START,
        folded=folded(known, fields),
        owner=owner if isinstance(owner, str) else last.owner,
    )


def _stays(work: Work, lead: Lead) -> None:
    rows = [_entry(lead, None, lead.stays[0])]
    for stay, later in zip(lead.stays, (*lead.stays[1:], None), strict=True):
        if later is not None or (stay.ended and stay.kind is not HistoryKind.MOVED):
            rows.append(_entry(lead, stay, later))
    ids = [*work.history.append(rows), None]
    work.connection.execute(
        insert(visit),
        [
            {
                "record_id": lead.id,
                "stage": stay.stage,
                "pass_number": stay.pass_number,
                "entered_at": None if stay.entered is None else at(stay.entered),
                "left_at": None if stay.left is None else at(stay.left),
                "entered_by": ids[place],
                "left_by": ids[place + 1],
                "owner": stay.owner,
                "workflow_version": stay.version,
                "reported": False,
            }
            for place, stay in enumerate(lead.stays)
        ],
    )


def _entry(lead: Lead, stay: Stay | None, later: Stay | None) -> HistoryEntry:
    moment = stay.left if stay is not None else lead.stays[0].entered
    return HistoryEntry(
        record_id=lead.id,
        kind=stay.kind if stay is not None else HistoryKind.ENTERED,
        cause=Cause.MANUAL,
        actor="ann",
        happened_at=None if moment is None else at(moment),
        learnt_at=at(moment or 0),
        from_stage=stay.stage if stay is not None else None,
        to_stage=later.stage if later is not None else None,
        transition=stay.via if stay is not None else None,
        reason=stay.reason if stay is not None else None,
        pass_number=later.pass_number if later is not None else 1,
        workflow_version=stay.version if stay is not None else "",
    )


def pasts(folder: Path) -> Iterator[Callable[..., Store]]:
    """Yield a function that tells a past to a fresh store; close all at the end."""
    template = folder / "template.db"
    open_store(f"sqlite:///{template}").close()
    opened: list[Store] = []

    def make(*leads: Lead, **given: Sequence[object]) -> Store:
        path = folder / f"{uuid4().hex}.db"
        shutil.copy(template, path)
        opened.append(open_store(f"sqlite:///{path}"))
        tell(opened[-1], leads, **given)  # type: ignore[arg-type]
        return opened[-1]

    yield make
    for store in opened:
        store.close()
